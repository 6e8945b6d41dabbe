package monitor_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/monitor"
	"github.com/tidewheel/tidewheel/validate"
)

// fields of a generated row: 11 floats (one with nulls), 4 integers of few values, a bool, 4 texts (one of many categories).
func fields() []dataset.Field {
	var f []dataset.Field
	for i := range 11 {
		f = append(f, dataset.Field{Name: fmt.Sprintf("x%d", i), Type: dataset.Float64, Nullable: i == 10})
	}
	for i := range 4 {
		f = append(f, dataset.Field{Name: fmt.Sprintf("n%d", i), Type: dataset.Int32})
	}
	f = append(f, dataset.Field{Name: "b", Type: dataset.Bool})
	for i := range 4 {
		f = append(f, dataset.Field{Name: fmt.Sprintf("c%d", i), Type: dataset.Utf8})
	}
	return f
}

// categoryNames are the categories: c0 has all of them with shares falling as 1/rank, the other texts the first few.
var categoryNames = func() []string {
	out := make([]string, 60)
	for i := range out {
		out[i] = fmt.Sprintf("k%02d", i)
	}
	return out
}()

// fill draws the values of a row of fields(): normal, lognormal and uniform floats, geometric integers.
func fill(rng *rand.Rand, row dataset.Row) {
	for i := range 11 {
		var x float64
		switch i % 3 {
		case 0:
			x = rng.NormFloat64()
		case 1:
			x = math.Exp(rng.NormFloat64())
		default:
			x = rng.Float64()
		}
		row.Values[i] = dataset.NumberValue(x)
	}
	if rng.Float64() < 0.05 {
		row.Values[10] = dataset.Value{}
	}
	for i := range 4 {
		row.Values[11+i] = dataset.NumberValue(math.Floor(math.Log(1-rng.Float64()) / math.Log(0.3+0.1*float64(i))))
	}
	row.Values[15] = dataset.NumberValue(float64(rng.IntN(10) / 9))
	rank := int(math.Pow(60, rng.Float64())) - 1
	row.Values[16] = dataset.TextValue(categoryNames[rank])
	for i := range 3 {
		u := rng.Float64()
		row.Values[17+i] = dataset.TextValue(categoryNames[int(u*u*float64(2+3*i))])
	}
}

func schemaOf(t testing.TB, f ...dataset.Field) *dataset.Schema {
	t.Helper()
	s, err := dataset.NewSchema(f...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// batchOf returns n rows that next makes.
func batchOf(t testing.TB, s *dataset.Schema, n int, next func(i int, row dataset.Row)) *dataset.Batches {
	t.Helper()
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	t.Cleanup(func() { mem.AssertSize(t, 0) })
	builders := make([]array.Builder, s.Len())
	for j, f := range s.Fields() {
		dt, err := f.Type.Arrow()
		if err != nil {
			t.Fatal(err)
		}
		builders[j] = array.NewBuilder(mem, dt)
	}
	row := dataset.NewRow(s)
	for i := range n {
		next(i, row)
		for j, v := range row.Values {
			if !v.Valid {
				builders[j].AppendNull()
				continue
			}
			switch b := builders[j].(type) {
			case *array.Float64Builder:
				b.Append(v.Number)
			case *array.Int32Builder:
				b.Append(int32(v.Number))
			case *array.BooleanBuilder:
				b.Append(v.Number == 1)
			case *array.StringBuilder:
				b.Append(v.Text)
			default:
				t.Fatalf("no builder for %T", b)
			}
		}
	}
	columns := make([]arrow.Array, len(builders))
	for j, b := range builders {
		columns[j] = b.NewArray()
		b.Release()
		defer columns[j].Release()
	}
	batch, err := dataset.NewBatch(s, columns, n)
	if err != nil {
		t.Fatal(err)
	}
	defer batch.Release()
	src, err := dataset.NewBatches(s, batch)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = src.Close() })
	return src
}

func profileOf(t testing.TB, s *dataset.Schema, n int, next func(i int, row dataset.Row)) *validate.Profile {
	t.Helper()
	p, err := validate.ProfileOf(t.Context(), batchOf(t, s, n, next), validate.ProfileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// generated returns the profile of n drawn rows.
func generated(t testing.TB, s *dataset.Schema, n int, seed uint64) *validate.Profile {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 1))
	return profileOf(t, s, n, func(_ int, row dataset.Row) { fill(rng, row) })
}

func newMonitor(t testing.TB, p *validate.Profile, o monitor.Options) *monitor.Monitor {
	t.Helper()
	m, err := monitor.New(p, o)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// none is an answer without anything.
var none = model.Output{Class: -1}

// answerBatch returns answers under the schema of one: class b with probability x, else the number 2x.
func answerBatch(s *dataset.Schema, x []float64) (dataset.Batch, error) {
	var columns []arrow.Array
	if s.Len() == 1 {
		b := array.NewFloat64Builder(memory.DefaultAllocator)
		defer b.Release()
		for _, v := range x {
			b.Append(2 * v)
		}
		columns = append(columns, b.NewArray())
	} else {
		classes := array.NewStringBuilder(memory.DefaultAllocator)
		defer classes.Release()
		lists := array.NewFixedSizeListBuilder(memory.DefaultAllocator, 2, arrow.PrimitiveTypes.Float64)
		defer lists.Release()
		values := lists.ValueBuilder().(*array.Float64Builder)
		for _, v := range x {
			classes.Append(string(rune('a' + int(v+0.5))))
			lists.Append(true)
			values.Append(1 - v)
			values.Append(v)
		}
		columns = append(columns, classes.NewArray(), lists.NewArray())
	}
	defer func() {
		for _, c := range columns {
			c.Release()
		}
	}()
	return dataset.NewBatch(s, columns, len(x))
}
