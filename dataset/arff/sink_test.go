package arff_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/arff"
	"github.com/tidewheel/tidewheel/dataset/datasettest"
)

func TestSinkKeepsItsPromises(t *testing.T) {
	types := []dataset.Type{
		dataset.Bool, dataset.Int8, dataset.Int16, dataset.Int32, dataset.Int64, dataset.Uint8, dataset.Uint16, dataset.Uint32, dataset.Uint64, dataset.Float32, dataset.Float64,
		dataset.Utf8, dataset.LargeUtf8, dataset.Dictionary, dataset.JSON, dataset.Date32, dataset.Decimal128(38, 10),
	}
	for _, name := range []string{"rows.arff", "rows.arff.gz"} {
		t.Run(name, func(t *testing.T) {
			datasettest.TestSink(t, datasettest.SinkTraits{Name: name, Types: types, NoNaN: true}, datasettest.Sinks{
				Create: func(path string, s *dataset.Schema) (dataset.Sink, error) {
					return arff.Create(path, s, arff.WriteOptions{})
				},
				Open: func(mem memory.Allocator, path string, s *dataset.Schema) (dataset.Source, error) {
					return arff.Open(path, arff.Options{Schema: s, Allocator: mem})
				},
			})
		})
	}
}

type sold struct {
	N    *int64
	X    float64
	OK   bool
	City string `ml:"type=dictionary,oneof=Rome|New York|?"`
	Note *string
	Day  time.Time `ml:"type=date32"`
	At   time.Time
	W    float64
}

func sales(t *testing.T) dataset.Source {
	t.Helper()
	n, note := int64(-7), "it's 100 % \"new\", \\n or\n{so} é"
	src, err := dataset.FromStructs([]sold{
		{&n, 0.1, true, "New York", &note, time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC), time.Date(1969, 12, 31, 23, 59, 59, 999_000_000, time.UTC), 2.5},
		{nil, math.Inf(-1), false, "?", nil, time.Unix(0, 0).UTC(), time.Unix(0, 0).UTC(), 1},
		{&n, 1e300, false, "Rome", new(string), time.Unix(0, 0).UTC(), time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC), 1},
	}, dataset.StructsOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return src
}

const written = `@relation 'the sales'
@attribute N integer
@attribute X numeric
@attribute OK {false,true}
@attribute City {Rome,'New York','?'}
@attribute Note string
@attribute Day date "yyyy-MM-dd"
@attribute At date "yyyy-MM-dd'T'HH:mm:ss.SSSX"
@data
-7,0.1,true,'New York','it\'s 100 % "new", \\n or\n{so} é',2024-02-29,1969-12-31T23:59:59.999Z,{2.5}
?,-Infinity,false,'?',?,1970-01-01,1970-01-01T00:00:00.000Z,{1.0}
-7,1e+300,false,Rome,'',1970-01-01,9999-12-31T00:00:00.000Z,{1.0}
`

func TestWhatIsWritten(t *testing.T) {
	src := sales(t)
	path := filepath.Join(t.TempDir(), "a.arff")
	if err := write(t, path, src, arff.WriteOptions{Relation: "the sales", Weight: "W"}); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != written {
		t.Errorf("got\n%s\nwant\n%s; %v", got, written, err)
	}
	for name, s := range map[string]*dataset.Schema{"of the header": nil, "given": src.Schema()} {
		back, err := arff.Open(path, arff.Options{Schema: s, Weight: "W"})
		if err != nil {
			t.Fatal(err)
		}
		want, err1 := cells(src)
		got, err2 := cells(back)
		for i := range want {
			if s == nil { // the header says nominal of a bool
				want[i][2] = fmt.Sprint(want[i][2] == 1.0)
			}
		}
		if !reflect.DeepEqual(got, want) || err1 != nil || err2 != nil {
			t.Errorf("%s: got %v, want %v; %v, %v", name, got, want, err1, err2)
		}
		if f := back.Schema().Field(3); !reflect.DeepEqual(f.OneOf, []string{"Rome", "New York", "?"}) {
			t.Errorf("%s: categories are %q", name, f.OneOf)
		}
	}
}

// TestOthersReadWhatIsWritten compares with what scipy 1.17.1 and liac-arff 2.5.0 read of the same columns (testdata/gen/written.py), each of the attributes that it knows.
func TestOthersReadWhatIsWritten(t *testing.T) {
	raw, err := os.ReadFile("testdata/written.json")
	if err != nil {
		t.Fatal(err)
	}
	var peers []struct {
		Tool    string
		Columns []string
		Text    string
		Rows    [][]any
	}
	if err := json.Unmarshal(raw, &peers); err != nil || len(peers) != 2 {
		t.Fatalf("%d tools, %v", len(peers), err)
	}
	for _, p := range peers {
		src, err := dataset.Select(t.Context(), sales(t), p.Columns...)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "a.arff")
		if err := write(t, path, src, arff.WriteOptions{}); err != nil {
			t.Fatal(err)
		}
		if text, err := os.ReadFile(path); err != nil || string(text) != p.Text {
			t.Errorf("%s read another file than\n%s; %v", p.Tool, text, err)
		}
		rows, err := cells(src)
		if err != nil {
			t.Fatal(err)
		}
		for i, row := range rows {
			for j, v := range row {
				switch v := v.(type) {
				case nil:
					if p.Rows[i][j] != nil {
						t.Errorf("%s: row %d, column %d: reads %v, want a missing value", p.Tool, i, j, p.Rows[i][j])
					}
				default:
					if got := fmt.Sprint(p.Rows[i][j]); got != fmt.Sprint(v) {
						t.Errorf("%s: row %d, column %d: reads %v, want %v", p.Tool, i, j, got, v)
					}
				}
			}
		}
	}
}

func write(t *testing.T, path string, src dataset.Source, o arff.WriteOptions) error {
	t.Helper()
	sink, err := arff.Create(path, src.Schema(), o)
	if err != nil {
		return err
	}
	defer sink.Close()
	_, err = dataset.Copy(t.Context(), sink, src)
	return err
}

func TestWhatCannotBeWrittenIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		s    *dataset.Schema
		o    arff.WriteOptions
		is   error
		text string
	}{
		"binary":         {schema(t, dataset.Field{Name: "b", Type: dataset.Binary}), arff.WriteOptions{}, dataset.ErrUnsupported, `"b"`},
		"list":           {schema(t, dataset.Field{Name: "l", Type: dataset.List(dataset.Int8)}), arff.WriteOptions{}, dataset.ErrUnsupported, `"l"`},
		"no column":      {schema(t), arff.WriteOptions{}, dataset.ErrSchema, "attribute"},
		"weights alone":  {schema(t, dataset.Field{Name: "w", Type: dataset.Float64}), arff.WriteOptions{Weight: "w"}, dataset.ErrSchema, "attribute"},
		"no weight":      {schema(t, dataset.Field{Name: "n", Type: dataset.Int8}), arff.WriteOptions{Weight: "w"}, dataset.ErrSchema, `"w"`},
		"text as weight": {schema(t, dataset.Field{Name: "w", Type: dataset.Utf8}), arff.WriteOptions{Weight: "w"}, dataset.ErrSchema, `"w"`},
		"relation":       {schema(t, dataset.Field{Name: "n", Type: dataset.Int8}), arff.WriteOptions{Relation: "\xff"}, dataset.ErrSchema, "UTF-8"},
		"category":       {schema(t, dataset.Field{Name: "c", Type: dataset.Utf8, OneOf: []string{"\x00"}}), arff.WriteOptions{}, dataset.ErrSchema, "NUL"},
	} {
		dir := t.TempDir()
		_, err := arff.Create(filepath.Join(dir, "a.arff"), c.s, c.o)
		if !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: error is %v", name, err)
		}
		if left, _ := os.ReadDir(dir); len(left) > 0 {
			t.Errorf("%s: a file is left", name)
		}
	}
	type row struct {
		T time.Time
		S string
		C string `ml:"oneof=a"`
		W *float64
	}
	good, nan, one := time.Unix(1, 0).UTC(), math.NaN(), 1.0
	for name, c := range map[string]struct {
		row  row
		want string
	}{
		"microseconds": {row{good.Add(time.Microsecond), "s", "a", &one}, "milliseconds"},
		"year":         {row{time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), "s", "a", &one}, "year"},
		"bytes":        {row{good, "\xff", "a", &one}, "UTF-8"},
		"NUL":          {row{good, "\x00", "a", &one}, "NUL"},
		"category":     {row{good, "s", "b", &one}, "categories"},
		"null weight":  {row{good, "s", "a", nil}, "weight"},
		"NaN weight":   {row{good, "s", "a", &nan}, "weight"},
	} {
		src, err := dataset.FromStructs([]row{c.row}, dataset.StructsOptions{})
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "a.arff")
		if err := write(t, path, src, arff.WriteOptions{Weight: "W"}); !errors.Is(err, dataset.ErrSchema) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error is %v", name, err)
		}
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s: a file is there", name)
		}
	}
}
