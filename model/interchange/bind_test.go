package interchange_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/interchange"
)

// categories returns the tail of a LightGBM file trained on a data frame with categories, of two features of 40 and 5.
func categories(shop, kind func(code int) string) string {
	list := func(n int, f func(int) string) string {
		texts := make([]string, n)
		for i := range texts {
			texts[i] = f(i)
		}
		return "[" + strings.Join(texts, ",") + "]"
	}
	return "\npandas_categorical:[" + list(40, shop) + "," + list(5, kind) + "]\n"
}

// TestCategoriesAreBoundByTheirValues scores the rows of a case with every code replaced by the category that it stands for.
func TestCategoriesAreBoundByTheirValues(t *testing.T) {
	tail := categories(func(i int) string { return fmt.Sprintf("%q", fmt.Sprint("shop ", i)) }, func(i int) string { return fmt.Sprint(7*i - 14) })
	e := readExpected(t, "testdata/lgb_binary.json")
	rows := make([][]any, 0, len(e.rows))
	kept := expected{}
	for i, r := range e.rows {
		row := make([]any, len(r))
		for j, x := range r {
			row[j] = x
			switch {
			case x != x:
				row[j] = nil
			case (j == 1 || j == 4) && (x < 0 || x >= 40 || x != float64(int(x)) || (j == 4 && x > 4)):
				row = nil // no category
			case j == 1:
				row[j] = fmt.Sprint("shop ", int(x))
			case j == 4:
				row[j] = 7*x - 14
			}
			if row == nil {
				break
			}
		}
		if row != nil {
			rows, kept.raw, kept.predict = append(rows, row), append(kept.raw, e.raw[i]), append(kept.predict, e.predict[i])
		}
	}
	if len(rows) < 40 {
		t.Fatalf("%d rows are left", len(rows))
	}
	fields := func(shop, kind dataset.Type) *dataset.Schema {
		return schema(t, dataset.Field{Name: "age", Type: dataset.Float64, Nullable: true}, dataset.Field{Name: "shop", Type: shop, Nullable: true},
			dataset.Field{Name: "spend", Type: dataset.Float64, Nullable: true}, dataset.Field{Name: "delta", Type: dataset.Float64, Nullable: true},
			dataset.Field{Name: "kind", Type: kind, Nullable: true})
	}
	for name, s := range map[string]*dataset.Schema{"of the file": nil, "of texts and floats": fields(dataset.Utf8, dataset.Float64), "of texts": fields(dataset.Utf8, dataset.Utf8)} {
		t.Run(name, func(t *testing.T) {
			m, err := interchange.LightGBM(strings.NewReader(text(t, "binary")+tail), interchange.LightGBMOptions{Schema: s})
			if err != nil {
				t.Fatal(err)
			}
			input := m.Signature().Input
			values := rows
			if f, _ := input.Lookup("kind"); f.Type == dataset.Utf8 {
				values = make([][]any, len(rows))
				for i, r := range rows {
					values[i] = append([]any(nil), r...)
					if r[4] != nil {
						values[i][4] = fmt.Sprint(r[4])
					}
				}
			}
			in := batchOf(t, input, values)
			defer in.Release()
			compareBatch(t, m, in, kept, lightGBMTolerance)
			if s == nil {
				shop, _ := input.Lookup("shop")
				kind, _ := input.Lookup("kind")
				if shop.Type != dataset.Utf8 || len(shop.OneOf) != 40 || shop.Unseen != dataset.UnseenMissing || kind.Type != dataset.Int64 {
					t.Errorf("shop is %+v, kind %+v", shop, kind)
				}
			}
		})
	}
}

func TestColumnsOfAnotherTypeAreRefused(t *testing.T) {
	number, words := dataset.Field{Name: "x", Type: dataset.Float64}, dataset.Field{Name: "x", Type: dataset.Utf8}
	bind := func(change dataset.Field, feature string) error {
		var fields []dataset.Field
		for _, name := range []string{"age", "shop", "spend", "delta", "kind"} {
			f := number
			f.Name = name
			if name == "shop" {
				f.Type = dataset.Utf8
			}
			if name == feature {
				f.Type = change.Type
			}
			fields = append(fields, f)
		}
		_, err := interchange.XGBoost(bytes.NewReader(read(t, "testdata/xgb_named.ubj")), interchange.XGBoostOptions{Schema: schema(t, fields...)})
		return err
	}
	if err := bind(number, "shop"); err != nil {
		t.Errorf("codes of a feature with texts: %v", err)
	}
	if err := bind(words, "kind"); err != nil {
		t.Errorf("texts of a feature with numbers: %v", err)
	}
	var s *dataset.SchemaError
	if err := bind(words, "age"); !errors.As(err, &s) || s.Column != "age" || !strings.Contains(s.Want, `"float"`) {
		t.Errorf("want age refused with its type in the file, got %v", err)
	}
	if err := bind(dataset.Field{Type: dataset.Binary}, "spend"); !errors.As(err, &s) {
		t.Errorf("want a binary column refused, got %v", err)
	}
	// A text that reads as a number cannot be told from a code in a numeric column.
	tail := categories(func(i int) string { return fmt.Sprintf("%q", fmt.Sprint(i+1)) }, func(i int) string { return fmt.Sprint(i) })
	codes := interchange.LightGBMOptions{Schema: schema(t, dataset.Field{Name: "age", Type: dataset.Float64}, dataset.Field{Name: "shop", Type: dataset.Int64},
		dataset.Field{Name: "spend", Type: dataset.Float64}, dataset.Field{Name: "delta", Type: dataset.Float64}, dataset.Field{Name: "kind", Type: dataset.Int8})}
	_, err := interchange.LightGBM(strings.NewReader(text(t, "binary")+tail), codes)
	wantUnsupported(t, err, `codes in column "shop"`)
}

func TestXGBoostNamesClassesAndTarget(t *testing.T) {
	m, err := interchange.XGBoost(bytes.NewReader(read(t, "testdata/xgb_vector.ubj")), interchange.XGBoostOptions{Target: "size", Classes: []string{"S", "M", "L"}})
	if err != nil {
		t.Fatal(err)
	}
	if p := m.Problem(); p.Target != "size" || p.Task != model.Multiclass || fmt.Sprint(p.Classes) != "[S M L]" {
		t.Errorf("problem %+v", p)
	}
}
