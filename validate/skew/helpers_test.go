package skew_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/csv"
	"github.com/tidewheel/tidewheel/validate"
	"github.com/tidewheel/tidewheel/validate/skew"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// column is one column of a test's source: numbers (NaN is NaN), integers or texts, with valid nil for no nulls.
type column struct {
	field   dataset.Field
	numbers []float64
	texts   []string
	valid   []bool
}

func numbers(name string, x []float64) column {
	return column{field: dataset.Field{Name: name, Type: dataset.Float64, Nullable: true}, numbers: x}
}

func texts(name string, x []string) column {
	return column{field: dataset.Field{Name: name, Type: dataset.Utf8, Nullable: true}, texts: x}
}

func (c column) array(mem memory.Allocator) arrow.Array {
	switch {
	case c.texts != nil:
		b := array.NewStringBuilder(mem)
		defer b.Release()
		b.AppendValues(c.texts, c.valid)
		return b.NewArray()
	case c.field.Type == dataset.Int64 || c.field.Type == dataset.Date32:
		b := array.NewInt64Builder(mem)
		d := array.NewDate32Builder(mem)
		defer b.Release()
		defer d.Release()
		for _, x := range c.numbers {
			b.Append(int64(x))
			d.Append(arrow.Date32(int32(x)))
		}
		if c.field.Type == dataset.Date32 {
			return d.NewArray()
		}
		return b.NewArray()
	default:
		b := array.NewFloat64Builder(mem)
		defer b.Release()
		b.AppendValues(c.numbers, c.valid)
		return b.NewArray()
	}
}

// source returns the columns in batches of size rows; 0 is one batch.
func source(t testing.TB, mem memory.Allocator, size int, columns ...column) *dataset.Batches {
	t.Helper()
	var fields []dataset.Field
	var arrays []arrow.Array
	n := 0
	for _, c := range columns {
		fields, arrays = append(fields, c.field), append(arrays, c.array(mem))
		n = arrays[len(arrays)-1].Len()
	}
	s, err := dataset.NewSchema(fields...)
	must(t, err)
	all, err := dataset.NewBatch(s, arrays, n)
	must(t, err)
	defer all.Release()
	for _, a := range arrays {
		a.Release()
	}
	var batches []dataset.Batch
	if size == 0 {
		size = max(n, 1)
	}
	for i := 0; i < n; i += size {
		b := all.Slice(i, min(i+size, n))
		defer b.Release()
		batches = append(batches, b)
	}
	src, err := dataset.NewBatches(s, batches...)
	must(t, err)
	t.Cleanup(func() { _ = src.Close() })
	return src
}

func plain(t testing.TB, columns ...column) *dataset.Batches {
	t.Helper()
	return source(t, memory.DefaultAllocator, 0, columns...)
}

func profile(t testing.TB, src dataset.Source) *validate.Profile {
	t.Helper()
	p, err := validate.ProfileOf(t.Context(), src, validate.ProfileOptions{Workers: 1})
	must(t, err)
	return p
}

func compare(t testing.TB, a, b dataset.Source, o skew.Options) *skew.Report {
	t.Helper()
	r, err := skew.Compare(profile(t, a), profile(t, b), o)
	must(t, err)
	return r
}

func compareRows(t testing.TB, a, b dataset.Source, o skew.Options) *skew.Report {
	t.Helper()
	r, err := skew.CompareRows(t.Context(), a, b, o)
	must(t, err)
	return r
}

// draw returns 20 columns of n rows: 15 numeric (normal, lognormal, uniform, few values, many zeros, some nulls) and 5 texts.
func draw(rng *rand.Rand, n int) []column {
	var out []column
	for j := range 15 {
		c := numbers(fmt.Sprintf("x%d", j), make([]float64, n))
		for i := range c.numbers {
			z := rng.NormFloat64()
			switch j % 5 {
			case 0:
				c.numbers[i] = z
			case 1:
				c.numbers[i] = math.Exp(z)
			case 2:
				c.numbers[i] = rng.Float64()
			case 3:
				c.numbers[i] = math.Floor(math.Exp(z / 2))
			default:
				c.numbers[i] = max(z, 0)
			}
		}
		if j == 10 {
			c.valid = make([]bool, n)
			for i := range c.valid {
				c.valid[i] = rng.IntN(10) > 0
			}
		}
		out = append(out, c)
	}
	names := make([]string, 70)
	for i := range names {
		names[i] = fmt.Sprint("k", i)
	}
	for j := range 5 {
		c := texts(fmt.Sprintf("c%d", j), make([]string, n))
		for i := range c.texts {
			u := rng.Float64()
			c.texts[i] = names[int(u*u*float64(2+17*j))]
		}
		out = append(out, c)
	}
	return out
}

func near(t *testing.T, what string, got *float64, want, tolerance float64) {
	t.Helper()
	if got == nil || !(math.Abs(*got-want) <= tolerance*max(1, math.Abs(want))) {
		t.Errorf("%s: got %v, want %v", what, show(got), want)
	}
}

func show(v *float64) string {
	if v == nil {
		return "none"
	}
	return fmt.Sprint(*v)
}

func realSource(t *testing.T, name string) *csv.Source {
	t.Helper()
	root := os.Getenv("TIDEWHEEL_DATA")
	if root == "" {
		t.Skip("TIDEWHEEL_DATA is not set")
	}
	src, err := csv.Open(filepath.Join(root, name), csv.Options{})
	must(t, err)
	return src
}
