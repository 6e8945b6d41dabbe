package matrix_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/matrix"
)

// source returns one batch a list of columns.
func source(t testing.TB, fields []dataset.Field, batches ...[]arrow.Array) *dataset.Batches {
	t.Helper()
	s, err := dataset.NewSchema(fields...)
	if err != nil {
		t.Fatal(err)
	}
	list := make([]dataset.Batch, len(batches))
	for i, columns := range batches {
		if list[i], err = dataset.NewBatch(s, columns, columns[0].Len()); err != nil {
			t.Fatal(err)
		}
		for _, c := range columns {
			c.Release()
		}
	}
	src, err := dataset.NewBatches(s, list...)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range list {
		b.Release()
	}
	return src
}

func numbers(mem memory.Allocator, v ...float64) arrow.Array {
	b := array.NewFloat64Builder(mem)
	defer b.Release()
	for _, x := range v {
		if math.IsNaN(x) {
			b.AppendNull()
		} else {
			b.Append(x)
		}
	}
	return b.NewArray()
}

func integers(mem memory.Allocator, v ...int64) arrow.Array {
	b := array.NewInt64Builder(mem)
	defer b.Release()
	b.AppendValues(v, nil)
	return b.NewArray()
}

// texts returns plain text; "-" is null.
func texts(mem memory.Allocator, v ...string) arrow.Array {
	b := array.NewStringBuilder(mem)
	defer b.Release()
	for _, s := range v {
		if s == "-" {
			b.AppendNull()
		} else {
			b.Append(s)
		}
	}
	return b.NewArray()
}

// dictionary returns the same behind codes, in the order of their first row.
func dictionary(mem memory.Allocator, v ...string) arrow.Array {
	b := array.NewDictionaryBuilder(mem, &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: arrow.BinaryTypes.String}).(*array.BinaryDictionaryBuilder)
	defer b.Release()
	for _, s := range v {
		if s == "-" {
			b.AppendNull()
		} else {
			_ = b.AppendString(s)
		}
	}
	return b.NewArray()
}

func fields(oneOf []string, unseen dataset.Unseen) []dataset.Field {
	return []dataset.Field{
		{Name: "a", Type: dataset.Float64, Nullable: true},
		{Name: "n", Type: dataset.Int64},
		{Name: "s", Type: dataset.Utf8, Nullable: true, OneOf: oneOf, Unseen: unseen},
		{Name: "y", Type: dataset.Float64, Nullable: true},
		{Name: "w", Type: dataset.Float64, Nullable: true},
	}
}

func TestColumnsOfAllBatchesAreStacked(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer mem.AssertSize(t, 0)
	nan := math.NaN()
	src := source(t, fields(nil, ""),
		[]arrow.Array{numbers(mem, 1, nan), integers(mem, 10, 20), texts(mem, "pear", "fig"), numbers(mem, 5, 6), numbers(mem, 1, 0)},
		[]arrow.Array{numbers(mem, 3), integers(mem, 30), dictionary(mem, "-"), numbers(mem, 7), numbers(mem, 2.5)},
		[]arrow.Array{numbers(mem, 4, 5, 6), integers(mem, 40, 50, 60), dictionary(mem, "kiwi", "fig", "kiwi"), numbers(mem, 8, 9, 10), numbers(mem, 1, 1, 1)})
	defer src.Close()
	got, err := matrix.Read(t.Context(), src, matrix.Request{Columns: []string{"n", "s", "a"}, Target: "y", Weight: "w", Missing: true, Text: true})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got.Columns[0].Numbers, []float64{10, 20, 30, 40, 50, 60}) || !slices.Equal(got.Target, []float64{5, 6, 7, 8, 9, 10}) {
		t.Errorf("numbers %v, target %v", got.Columns[0].Numbers, got.Target)
	}
	if a := got.Columns[2].Numbers; a[0] != 1 || !math.IsNaN(a[1]) || a[5] != 6 {
		t.Errorf("missing is NaN: %v", a)
	}
	if c := got.Columns[1]; !c.IsText() || !slices.Equal(c.Codes, []int32{2, 0, -1, 1, 0, 1}) || !slices.Equal(c.Vocabulary, []string{"fig", "kiwi", "pear"}) {
		t.Errorf("codes %v of %v", c.Codes, c.Vocabulary)
	}
	if got.Rows != 6 || got.WeightSum != 6.5 || got.Class != nil {
		t.Errorf("%d rows, weight %v", got.Rows, got.WeightSum)
	}
}

func TestCodesOfDeclaredCategoriesAreTheirPlaces(t *testing.T) {
	for unseen, want := range map[dataset.Unseen][]int32{
		dataset.UnseenReject: {1, -1, 0, -1}, dataset.UnseenMissing: {1, -1, 0, -1}, dataset.UnseenOther: {1, 2, 0, -1},
	} {
		for _, column := range []arrow.Array{texts(memory.DefaultAllocator, "low", "odd", "high", "-"), dictionary(memory.DefaultAllocator, "low", "odd", "high", "-")} {
			one := func() arrow.Array { return numbers(memory.DefaultAllocator, 1, 1, 1, 1) }
			src := source(t, fields([]string{"high", "low"}, unseen), []arrow.Array{one(), integers(memory.DefaultAllocator, 1, 2, 3, 4), column, one(), one()})
			got, err := matrix.Read(t.Context(), src, matrix.Request{Columns: []string{"s"}, Missing: true, Text: true})
			if err != nil {
				t.Fatal(err)
			}
			if c := got.Columns[0]; !slices.Equal(c.Codes, want) || !slices.Equal(c.Vocabulary, []string{"high", "low"}) {
				t.Errorf("unseen %q: want %v, got %v of %v", unseen, want, c.Codes, c.Vocabulary)
			}
			_ = src.Close()
		}
	}
}

func TestWhatAKernelCannotUseIsRefused(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer mem.AssertSize(t, 0)
	nan, inf := math.NaN(), math.Inf(1)
	type row struct {
		a, y, w float64
		s       string
	}
	ok := row{1, 1, 1, "x"}
	classes := errors.New("a class that the caller does not know")
	for _, c := range []struct {
		name  string
		row   row
		r     matrix.Request
		want  error
		names string
	}{
		{"a missing feature", row{nan, 1, 1, "x"}, matrix.Request{Columns: []string{"a"}}, matrix.ErrNonFinite, `"a"`},
		{"an infinite feature", row{inf, 1, 1, "x"}, matrix.Request{Columns: []string{"a"}, Missing: true}, matrix.ErrNonFinite, `"a"`},
		{"a missing text", row{1, 1, 1, "-"}, matrix.Request{Columns: []string{"s"}, Text: true}, matrix.ErrNonFinite, `"s"`},
		{"text as a number", ok, matrix.Request{Columns: []string{"s"}}, dataset.ErrSchema, "encode it first"},
		{"an absent feature", ok, matrix.Request{Columns: []string{"z"}}, dataset.ErrSchema, `"z"`},
		{"an absent target", ok, matrix.Request{Target: "z"}, dataset.ErrSchema, `"z"`},
		{"an absent weight", ok, matrix.Request{Weight: "z"}, dataset.ErrSchema, `"z"`},
		{"a text target", ok, matrix.Request{Target: "s"}, matrix.ErrTarget, `"s"`},
		{"a text weight", ok, matrix.Request{Weight: "s"}, dataset.ErrSchema, `"s"`},
		{"a missing target", row{1, nan, 1, "x"}, matrix.Request{Target: "y"}, matrix.ErrTarget, `"y"`},
		{"an infinite target", row{1, -inf, 1, "x"}, matrix.Request{Target: "y"}, matrix.ErrNonFinite, `"y"`},
		{"a missing weight", row{1, 1, nan, "x"}, matrix.Request{Weight: "w"}, matrix.ErrNonFinite, `"w"`},
		{"an infinite weight", row{1, 1, inf, "x"}, matrix.Request{Weight: "w"}, matrix.ErrNonFinite, `"w"`},
		{"a negative weight", row{1, 1, -1, "x"}, matrix.Request{Weight: "w"}, matrix.ErrNonFinite, `"w"`},
		{"zero weights", row{1, 1, 0, "x"}, matrix.Request{Weight: "w"}, matrix.ErrNoRows, `"w"`},
		{"an unknown class", ok, matrix.Request{Target: "s", Classes: func(dataset.Field, arrow.Array, []int32) error { return classes }}, classes, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			src := source(t, fields(nil, ""), []arrow.Array{numbers(mem, c.row.a), integers(mem, 1), texts(mem, c.row.s), numbers(mem, c.row.y), numbers(mem, c.row.w)})
			defer src.Close()
			_, err := matrix.Read(t.Context(), src, c.r)
			if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.names) {
				t.Errorf("want %v and %s, got %v", c.want, c.names, err)
			}
			if c.want != classes && !errors.Is(err, dataset.ErrSchema) { //nolint:errorlint // identity
				t.Errorf("want ErrSchema too, got %v", err)
			}
		})
	}
	empty := source(t, fields(nil, ""))
	if _, err := matrix.Read(t.Context(), empty, matrix.Request{Columns: []string{"a"}}); !errors.Is(err, matrix.ErrNoRows) {
		t.Errorf("want ErrNoRows, got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := matrix.Read(ctx, empty, matrix.Request{Columns: []string{"a"}}); err == nil {
		t.Error("want an error")
	}
}

func TestClassesAreReadByTheCaller(t *testing.T) {
	mem := memory.DefaultAllocator
	src := source(t, fields(nil, ""), []arrow.Array{numbers(mem, 1, 1), integers(mem, 1, 2), texts(mem, "x", "y"), numbers(mem, 1, 1), numbers(mem, 1, 1)},
		[]arrow.Array{numbers(mem, 1), integers(mem, 3), texts(mem, "x"), numbers(mem, 1), numbers(mem, 1)})
	defer src.Close()
	got, err := matrix.Read(t.Context(), src, matrix.Request{Target: "s", Classes: func(f dataset.Field, c arrow.Array, dst []int32) error {
		for i := range dst {
			dst[i] = int32(c.(*array.String).Value(i)[0] - 'x')
		}
		return nil
	}})
	if err != nil || !slices.Equal(got.Class, []int32{0, 1, 0}) || got.Target != nil || got.WeightSum != 3 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestParallelRunsEachTaskOnce(t *testing.T) {
	for _, workers := range []int{0, 1, 3, 100} {
		var done [50]atomic.Int32
		if err := matrix.Parallel(t.Context(), workers, len(done), func(task, _ int) { done[task].Add(1) }); err != nil {
			t.Fatal(err)
		}
		for i := range done {
			if n := done[i].Load(); n != 1 {
				t.Errorf("%d workers: task %d ran %d times", workers, i, n)
			}
		}
	}
	for _, workers := range []int{1, 3} {
		ctx, cancel := context.WithCancel(t.Context())
		var ran atomic.Int32
		err := matrix.Parallel(ctx, workers, 1000, func(_, _ int) { ran.Add(1); cancel() })
		if !errors.Is(err, context.Canceled) || ran.Load() > int32(workers) {
			t.Errorf("%d workers: %v after %d tasks", workers, err, ran.Load())
		}
	}
}

func BenchmarkRead(b *testing.B) {
	v := make([]float64, 100_000)
	mem := memory.DefaultAllocator
	src := source(b, fields(nil, "")[:1], []arrow.Array{numbers(mem, v...)})
	defer src.Close()
	b.SetBytes(int64(8 * len(v)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := matrix.Read(b.Context(), src, matrix.Request{Columns: []string{"a"}}); err != nil {
			b.Fatal(err)
		}
	}
}
