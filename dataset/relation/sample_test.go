package relation_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/relation"
)

type number struct {
	N    int64
	Text string
}

// numbers returns the source of 0 to n-1.
func numbers(t testing.TB, mem memory.Allocator, n, batch int) dataset.Source {
	t.Helper()
	rows := make([]number, n)
	for i := range rows {
		rows[i] = number{int64(i), fmt.Sprint("text of row ", i)}
	}
	src, err := dataset.FromStructs(rows, dataset.StructsOptions{BatchRows: batch, Allocator: mem})
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// values returns the numbers that src gives.
func values(t testing.TB, src dataset.Source) (out []int64) {
	t.Helper()
	for b, err := range src.Batches(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, b.Column(0).(*array.Int64).Int64Values()...)
	}
	return out
}

func TestSampleDependsOnTheSeedAlone(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	for _, o := range []relation.SampleOptions{{Rows: 50, Seed: 3, Allocator: mem}, {Rows: 1, Allocator: mem}, {Share: 0.3, Seed: 3, Allocator: mem}} {
		var want []int64
		for _, batch := range []int{6000, 1, 7, 4000} {
			src, err := relation.Sample(numbers(t, mem, 6000, batch), o)
			if err != nil {
				t.Fatal(err)
			}
			got := values(t, src)
			if want == nil {
				want = got
			}
			if !slices.Equal(got, want) {
				t.Errorf("%+v, batches of %d: other rows", o, batch)
			}
			if !slices.IsSorted(got) || o.Rows > 0 && len(got) != o.Rows {
				t.Errorf("%+v: %d rows, in order: %v", o, len(got), slices.IsSorted(got))
			}
		}
	}
	src, err := relation.Sample(numbers(t, mem, 30, 7), relation.SampleOptions{Rows: 100, Allocator: mem})
	if err != nil {
		t.Fatal(err)
	}
	if got := values(t, src); len(got) != 30 {
		t.Errorf("a sample of more than all has %d rows", len(got))
	}
}

// TestSampleIsUniform counts how often each row is drawn: chi-square with 39 degrees of freedom exceeds 72.1 with a probability of 0.001 (scipy 1.16 chi2.isf), and is
// smaller here since rows are drawn without replacement.
func TestSampleIsUniform(t *testing.T) {
	const n, k, rounds = 40, 10, 2000
	for _, o := range []relation.SampleOptions{{Rows: k}, {Share: float64(k) / n}} {
		counts := make([]float64, n)
		for seed := range rounds {
			o.Seed = uint64(seed)
			src, err := relation.Sample(numbers(t, memory.DefaultAllocator, n, 16), o)
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range values(t, src) {
				counts[v]++
			}
		}
		chi := 0.0
		for _, c := range counts {
			want := float64(rounds) * k / n
			chi += (c - want) * (c - want) / want
		}
		if chi > 72.1 {
			t.Errorf("%+v: chi-square is %g", o, chi)
		}
	}
}

func TestSampleRefuses(t *testing.T) {
	src := numbers(t, memory.DefaultAllocator, 3, 1)
	for field, o := range map[string]relation.SampleOptions{"Rows": {}, "Share": {Share: 1.5}, ".Rows": {Rows: -1}, "SampleOptions.Rows": {Rows: 1, Share: 0.1}} {
		_, err := relation.Sample(src, o)
		optionError(t, err, field)
	}
}

func TestSampleIsASource(t *testing.T) {
	for _, o := range []relation.SampleOptions{{Rows: 20, Seed: 1}, {Share: 1}} {
		suite(t, map[int]int{20: 20, 0: 60}[o.Rows], func(mem memory.Allocator, batch int) (dataset.Source, error) {
			o.Allocator = mem
			return relation.Sample(numbers(t, mem, 60, batch), o)
		})
	}
}

// A sample of a source of any size holds a few times the rows wanted.
func TestSampleHoldsFewRows(t *testing.T) {
	mem := &peak{Allocator: memory.NewGoAllocator()}
	src, err := relation.Sample(numbers(t, mem, 100_000, 1000), relation.SampleOptions{Rows: 2000, Allocator: mem})
	if err != nil {
		t.Fatal(err)
	}
	if got := values(t, src); len(got) != 2000 {
		t.Errorf("%d rows", len(got))
	}
	// A row takes about 32 bytes, compacting copies what stays, and Arrow rounds buffers up.
	if most := mem.most.Load(); most > 1<<20 || mem.now.Load() != 0 {
		t.Errorf("%d bytes were held, %d are left", most, mem.now.Load())
	}
}
