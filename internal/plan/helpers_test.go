package plan_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/plan"
)

var nan, inf = math.NaN(), math.Inf(1)

// same compares bits; NaN equals NaN.
func same(a, b float64) bool {
	return math.Float64bits(a) == math.Float64bits(b) || (math.IsNaN(a) && math.IsNaN(b))
}

// build returns the plan of one operation over n numbers named a, b, c …, or over one text named t when n is 0; outputs are named 0, 1, 2 ….
func build(t testing.TB, n int, o plan.Op) *plan.Plan {
	t.Helper()
	var in []plan.Input
	for i := range n {
		in = append(in, plan.Input{Name: string(rune('a' + i)), Kind: plan.Number})
		o.In = append(o.In, int32(i))
	}
	if o.Kind == plan.OpLookup {
		in, o.In = []plan.Input{{Name: "t", Kind: plan.Text}}, plan.Ints{0}
	}
	b := plan.NewBuilder(in...)
	for i, r := range b.Add(o) {
		b.Output(string(rune('0'+i)), r)
	}
	p, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func compile(t testing.TB, p *plan.Plan) *plan.Program {
	t.Helper()
	g, err := plan.Compile(p)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// row runs the row entrance.
func row(g *plan.Program, values ...dataset.Value) []float64 {
	s := g.NewRowScratch()
	g.Row(values, s)
	out := make([]float64, len(g.Plan().Outputs))
	for i := range out {
		out[i] = g.Output(s, i)
	}
	return out
}

func numbers(x ...float64) []dataset.Value {
	v := make([]dataset.Value, len(x))
	for i := range x {
		v[i] = dataset.NumberValue(x[i])
	}
	return v
}

// batch makes a batch of float64 columns a, b, c ….
func batch(t testing.TB, columns ...[]float64) dataset.Batch {
	t.Helper()
	var fields []dataset.Field
	var arrays []arrow.Array
	for j, c := range columns {
		fields = append(fields, dataset.Field{Name: string(rune('a' + j)), Type: dataset.Float64, Nullable: true})
		b := array.NewFloat64Builder(memory.DefaultAllocator)
		b.AppendValues(c, nil)
		arrays = append(arrays, b.NewArray())
	}
	return newBatch(t, len(columns[0]), fields, arrays)
}

func newBatch(t testing.TB, n int, fields []dataset.Field, arrays []arrow.Array) dataset.Batch {
	t.Helper()
	s, err := dataset.NewSchema(fields...)
	if err != nil {
		t.Fatal(err)
	}
	b, err := dataset.NewBatch(s, arrays, n)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// run runs the batch entrance.
func run(t testing.TB, g *plan.Program, b dataset.Batch) [][]float64 {
	t.Helper()
	out := make([][]float64, len(g.Plan().Outputs))
	for i := range out {
		out[i] = make([]float64, b.NumRows())
	}
	if err := g.Batch(b, out); err != nil {
		t.Fatal(err)
	}
	return out
}

// values draws numbers with missing, infinite, tiny and whole ones among them.
func values(r *rand.Rand, n int) []float64 {
	special := []float64{nan, inf, -inf, 0, math.Copysign(0, -1), 1e-35, -1e-35, 1.0000000180025095e-35, 1e-300, 1, 2, 3}
	out := make([]float64, n)
	for i := range out {
		switch r.IntN(4) {
		case 0:
			out[i] = special[r.IntN(len(special))]
		case 1:
			out[i] = float64(r.IntN(70) - 3)
		default:
			out[i] = r.NormFloat64() * 3
		}
	}
	return out
}
