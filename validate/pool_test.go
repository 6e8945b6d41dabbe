package validate_test

import (
	"bytes"
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/validate"
)

func sorted(list []int) []int {
	slices.Sort(list)
	return list
}

// batchOf returns the one batch of a table, which the table owns.
func batchOf(t testing.TB, src dataset.Source) dataset.Batch {
	t.Helper()
	for b, err := range src.Batches(t.Context()) {
		must(t, err)
		return b
	}
	t.Fatal("no batch")
	return dataset.Batch{}
}

// The schema of the profiles of parts is that of the profile of the whole; by hand for two days of which one alone would say something else.
func TestInferAllIsInferOfAllRows(t *testing.T) {
	const n = 9000
	src := mixedTable(t, 5, n)
	defer src.Close()
	whole := batchOf(t, src)
	want, err := validate.Infer(profileOf(t, src), validate.InferOptions{})
	must(t, err)
	for _, cuts := range [][]int{{0, n}, {0, 4500, n}, {0, 50, 3000, 3001, n}} {
		var parts []*validate.Profile
		for i, from := range cuts[:len(cuts)-1] {
			p := validate.NewProfiler(src.Schema())
			b := whole.Slice(from, cuts[i+1])
			must(t, p.Observe(b))
			b.Release()
			parts = append(parts, p.Profile())
		}
		got, err := validate.InferAll(parts, validate.InferOptions{})
		must(t, err)
		for i, f := range want.Fields() {
			g := got.Field(i)
			// A set needs every value to be listed, by each profile: categories of more than 64 or rarely seen ones are not.
			if f.Nullable != g.Nullable || bound(f.Min) != bound(g.Min) && f.Min != nil || bound(f.Max) != bound(g.Max) && f.Max != nil || (f.Max == nil) != (g.Max == nil) {
				t.Errorf("%d parts: %q: want %+v, got %+v", len(parts), f.Name, f, g)
			}
			if g.OneOf != nil && !slices.Equal(f.OneOf, g.OneOf) {
				t.Errorf("%d parts: %q: want %q, got %q", len(parts), f.Name, f.OneOf, g.OneOf)
			}
		}
	}
	day := func(values []float64, texts ...string) *validate.Profile {
		return profileOf(t, tableOf(t, column{dataset.Field{Name: "x", Type: dataset.Float64}, values}, column{dataset.Field{Name: "s", Type: dataset.Utf8}, repeat(len(values), texts...)}))
	}
	s, err := validate.InferAll([]*validate.Profile{day(repeat(60, 1.0, 3), "a", "b"), day(repeat(60, 2.0, 5), "b", "c")}, validate.InferOptions{})
	must(t, err)
	if x := s.Field(0); x.Nullable || bound(x.Min) != 0 || bound(x.Max) != 7 || !slices.Equal(s.Field(1).OneOf, []string{"a", "b", "c"}) {
		t.Errorf("%+v", s.Fields())
	}
}

func TestInferAllRefuses(t *testing.T) {
	one := profileOf(t, tableOf(t, column{dataset.Field{Name: "x", Type: dataset.Float64}, []float64{1}}))
	two := profileOf(t, tableOf(t, column{dataset.Field{Name: "x", Type: dataset.Int64}, []int64{1}}))
	three := profileOf(t, tableOf(t, column{dataset.Field{Name: "x", Type: dataset.Float64}, []float64{1}}, column{dataset.Field{Name: "y", Type: dataset.Float64}, []float64{1}}))
	for _, list := range [][]*validate.Profile{{one, two}, {one, three}} {
		if _, err := validate.InferAll(list, validate.InferOptions{}); !errors.Is(err, dataset.ErrSchema) {
			t.Errorf("got %v", err)
		}
	}
	var bad *dataset.OptionError
	if _, err := validate.InferAll(nil, validate.InferOptions{}); !errors.As(err, &bad) {
		t.Errorf("got %v", err)
	}
}

// Moments put together are those of all values, and a column that one profile calls personal stays so.
func TestPooledProfiles(t *testing.T) {
	skewed := make([]float64, 400)
	for i := range skewed {
		skewed[i] = math.Exp(float64(i%97) / 8) // beyond 2 in skewness, below it in neither half alone
	}
	part := func(values []float64) *validate.Profile {
		return profileOf(t, tableOf(t, column{dataset.Field{Name: "x", Type: dataset.Float64}, values}))
	}
	for _, cut := range []int{1, 100, 399} {
		got, err := validate.InferAll([]*validate.Profile{part(skewed[:cut]), part(skewed[cut:])}, validate.InferOptions{})
		must(t, err)
		want, err := validate.Infer(part(skewed), validate.InferOptions{})
		must(t, err)
		a, _ := want.MarshalJSON()
		b, _ := got.MarshalJSON()
		if !bytes.Equal(a, b) {
			t.Errorf("cut at %d: want %s, got %s", cut, a, b)
		}
	}
	personal := profileOf(t, tableOf(t, column{dataset.Field{Name: "x", Type: dataset.Float64, Personal: true}, skewed}))
	s, err := validate.InferAll([]*validate.Profile{part(skewed), personal}, validate.InferOptions{})
	must(t, err)
	if f := s.Field(0); !f.Personal || f.Max != nil {
		t.Errorf("%+v", f)
	}
}

// A date32 reaches to the year 5,881,580, a timestamp of microseconds to 294,247: 106,751,991 days and some hours on both sides of 1970.
func TestDatesBeyondTimesAreRefused(t *testing.T) {
	b := array.NewDate32Builder(memory.DefaultAllocator)
	defer b.Release()
	days := []arrow.Date32{106_751_991, 106_751_992, -106_751_991, -106_751_992, math.MaxInt32, math.MinInt32}
	b.AppendValues(days, nil)
	src, err := dataset.NewSchema(dataset.Field{Name: "d", Type: dataset.Date32})
	must(t, err)
	column := b.NewArray()
	batch, err := dataset.NewBatch(src, []arrow.Array{column}, len(days))
	must(t, err)
	defer batch.Release()
	for _, to := range []dataset.Type{dataset.TimeUTC, dataset.Timestamp} {
		s, err := dataset.NewSchema(dataset.Field{Name: "d", Type: to, Nullable: true})
		must(t, err)
		v, err := validate.New(s, validate.ValidatorOptions{})
		must(t, err)
		out, _, err := v.Conform(batch)
		must(t, err)
		got, ok := out.Column(0).(*array.Timestamp)
		if !ok || got.Value(0) != 106_751_991*86_400_000_000 || got.Value(2) != -106_751_991*86_400_000_000 {
			t.Fatalf("%s: got %v", to, out.Column(0))
		}
		for i, null := range []bool{false, true, false, true, true, true} {
			if got.IsNull(i) != null {
				t.Errorf("%s: row %d: null %v", to, i, got.IsNull(i))
			}
		}
		out.Release()
		r, err := v.Check(t.Context(), sourceOf(t, batch))
		must(t, err)
		if len(r.Findings) == 0 || r.Findings[0].Rule != validate.RuleOverflow || r.Findings[0].Count != 4 {
			t.Errorf("%s: %+v", to, r.Findings)
		}
	}
}

func sourceOf(t *testing.T, b dataset.Batch) *dataset.Batches {
	t.Helper()
	src, err := dataset.NewBatches(b.Schema(), b)
	must(t, err)
	t.Cleanup(func() { _ = src.Close() })
	return src
}
