package validate_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/validate"
)

// guardTable has independent columns: two floats of different ranges, one around zero, two whole numbers, two closed texts, an open text, a running number.
func guardTable(t *testing.T, n int) *dataset.Batches {
	t.Helper()
	rng := rand.New(rand.NewPCG(11, 1))
	small, large, around, whole, big := make([]float64, n), make([]float64, n), make([]float64, n), make([]int64, n), make([]int64, n)
	running, letters, colours, open := make([]int64, n), make([]string, n), make([]string, n), make([]string, n)
	for i := range n {
		small[i], large[i], around[i] = 1+rng.Float64(), 500+100*rng.Float64(), rng.NormFloat64()
		whole[i], big[i], running[i] = int64(rng.IntN(30)), int64(5000+rng.IntN(1000)), int64(i)
		letters[i], colours[i] = string(rune('a'+rng.IntN(5))), []string{"red", "green"}[rng.IntN(2)]
		open[i] = fmt.Sprint("name ", rng.IntN(1_000_000))
	}
	field := func(name string, typ dataset.Type) dataset.Field { return dataset.Field{Name: name, Type: typ} }
	return tableOf(t, column{field("small", dataset.Float64), small}, column{field("large", dataset.Float64), large},
		column{field("around", dataset.Float64), around}, column{field("whole", dataset.Int64), whole}, column{field("big", dataset.Int64), big},
		column{field("running", dataset.Int64), running}, column{field("letter", dataset.Utf8), letters}, column{field("colour", dataset.Utf8), colours},
		column{field("open", dataset.Utf8), open})
}

func TestGuard(t *testing.T) {
	src := guardTable(t, 20_000)
	v, err := validate.New(src.Schema(), validate.ValidatorOptions{Reference: profileOf(t, src)})
	must(t, err)
	number, text := dataset.NumberValue, dataset.TextValue
	clean := []dataset.Value{number(1.5), number(550), number(0.1), number(12), number(5500), number(3), text("a"), text("red"), text("name 5")}
	with := func(changes map[int]dataset.Value) []dataset.Value {
		row := append([]dataset.Value(nil), clean...)
		for i, x := range changes {
			row[i] = x
		}
		return row
	}
	for _, c := range []struct {
		name string
		row  []dataset.Value
		want string
	}{
		{"clean", clean, "[]"},
		{"a further running number", with(map[int]dataset.Value{5: number(1e6)}), "[]"},
		{"a new name", with(map[int]dataset.Value{8: text("Ada")}), "[]"},
		{"missing values", with(map[int]dataset.Value{0: {}, 2: number(math.NaN()), 6: {}}), "[{null refused 0 -1} {non_finite refused 2 -1} {null refused 6 -1}]"},
		{"an infinity is its own rule's", with(map[int]dataset.Value{0: number(math.Inf(1))}), "[{non_finite refused 0 -1}]"},
		{"times 100", with(map[int]dataset.Value{0: number(150)}), "[{unit_scale flagged 0 -1}]"},
		{"times 1000", with(map[int]dataset.Value{0: number(1500)}), "[{unit_scale flagged 0 -1}]"},
		{"over 100", with(map[int]dataset.Value{1: number(5.5)}), "[{unit_scale flagged 1 -1}]"},
		{"over 1000", with(map[int]dataset.Value{1: number(0.55)}), "[{unit_scale flagged 1 -1}]"},
		{"times 10,000, which no factor explains", with(map[int]dataset.Value{1: number(5_500_000)}), "[{unit_scale flagged 1 -1}]"},
		{"negative and times 100", with(map[int]dataset.Value{2: number(-120)}), "[{unit_scale flagged 2 -1}]"},
		{"a little beyond", with(map[int]dataset.Value{1: number(700)}), "[]"},
		{"zero", with(map[int]dataset.Value{1: number(0)}), "[]"},
		{"two floats swapped", with(map[int]dataset.Value{0: number(550), 1: number(1.5)}), "[{swapped_columns flagged 0 1}]"},
		{"two whole numbers swapped", with(map[int]dataset.Value{3: number(5500), 4: number(12)}), "[{swapped_columns flagged 3 4}]"},
		{"one side is usual in both", with(map[int]dataset.Value{0: number(0.3), 2: number(1.5)}), "[{swapped_columns flagged 0 2}]"},
		{"two texts swapped", with(map[int]dataset.Value{6: text("red"), 7: text("a")}), "[{swapped_columns flagged 6 7}]"},
		{"a new category that fits nowhere", with(map[int]dataset.Value{6: text("z")}), "[]"},
	} {
		var r validate.RowResult
		v.CheckRow(dataset.Row{Schema: src.Schema(), Values: c.row}, &r)
		if got := fmt.Sprint(r.Findings); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// Without a reference nothing is flagged; personal columns and targets never are.
func TestGuardLooksAtFeaturesOnly(t *testing.T) {
	cells := repeat(5000, 1.0, 2, 3)
	for _, f := range []dataset.Field{
		{Name: "x", Type: dataset.Float64, Personal: true}, {Name: "x", Type: dataset.Float64, Role: dataset.Target}, {Name: "x", Type: dataset.Float64, Role: dataset.Key},
	} {
		src := tableOf(t, column{f, cells})
		v, err := validate.New(src.Schema(), validate.ValidatorOptions{Reference: profileOf(t, src)})
		must(t, err)
		var r validate.RowResult
		v.CheckRow(dataset.Row{Schema: src.Schema(), Values: []dataset.Value{dataset.NumberValue(200)}}, &r)
		if len(r.Findings) != 0 {
			t.Errorf("%+v: %v", f, r.Findings)
		}
	}
}

// The promise for small references: of clean rows at most 1 % are flagged on average, of skewed columns with up to six decades.
func TestGuardOfSmallReferences(t *testing.T) {
	for _, n := range []int{50, 200, 1000, 5000} {
		flagged, rows := 0, 0
		for seed := range uint64(20) {
			draw := func(stream uint64, n int) *dataset.Batches {
				rng := rand.New(rand.NewPCG(seed, stream))
				columns := make([]column, 6)
				for j := range columns {
					cells := make([]float64, n)
					for i := range cells {
						cells[i] = math.Exp(float64(1+j%3) * rng.NormFloat64())
					}
					columns[j] = column{dataset.Field{Name: fmt.Sprint("x", j), Type: dataset.Float64}, cells}
				}
				return tableOf(t, columns...)
			}
			ref := draw(1, n)
			v, err := validate.New(ref.Schema(), validate.ValidatorOptions{Reference: profileOf(t, ref)})
			must(t, err)
			r, err := v.Check(t.Context(), draw(2, 1000))
			must(t, err)
			flagged += int(r.RowsFlagged)
			rows += 1000
		}
		if flagged*100 > rows {
			t.Errorf("%d reference rows: %d of %d clean rows flagged", n, flagged, rows)
		}
		t.Logf("%d reference rows: %d of %d clean rows flagged", n, flagged, rows)
	}
}
