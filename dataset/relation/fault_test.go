package relation_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/relation"
)

var errPlanted = errors.New("planted")

// failing is a source that fails behind so many batches.
type failing struct {
	dataset.Source
	after int
}

func (f failing) Batches(ctx context.Context) iter.Seq2[dataset.Batch, error] {
	return func(yield func(dataset.Batch, error) bool) {
		n := 0
		for b, err := range f.Source.Batches(ctx) {
			if n == f.after {
				b, err = dataset.Batch{}, errPlanted
			}
			if !yield(b, err) || err != nil {
				return
			}
			n++
		}
	}
}

// operations makes a source of each kind out of two sources of numbers.
func operations(dir string, mem memory.Allocator) map[string]func(left, right dataset.Source) (dataset.Source, error) {
	out := map[string]func(left, right dataset.Source) (dataset.Source, error){
		"concat": func(l, r dataset.Source) (dataset.Source, error) {
			return relation.Concat(relation.ConcatOptions{Allocator: mem}, l, r)
		},
		"dedupe": func(l, _ dataset.Source) (dataset.Source, error) {
			return relation.Dedupe(l, relation.DedupeOptions{Allocator: mem})
		},
		"dedupe, last": func(l, _ dataset.Source) (dataset.Source, error) {
			return relation.Dedupe(l, relation.DedupeOptions{Keep: relation.KeepLast, Allocator: mem})
		},
		"dedupe texts": func(l, _ dataset.Source) (dataset.Source, error) {
			return relation.DedupeTexts(l, relation.DedupeTextsOptions{Column: "Text", Allocator: mem})
		},
		"sample": func(l, _ dataset.Source) (dataset.Source, error) {
			return relation.Sample(l, relation.SampleOptions{Rows: 3, Allocator: mem})
		},
		"share": func(l, _ dataset.Source) (dataset.Source, error) {
			return relation.Sample(l, relation.SampleOptions{Share: 0.9, Allocator: mem})
		},
		"shuffle": func(l, _ dataset.Source) (dataset.Source, error) {
			return relation.Shuffle(l, relation.ShuffleOptions{Dir: dir, Allocator: mem})
		},
	}
	for kind := relation.InnerJoin; kind <= relation.AntiJoin; kind++ {
		out[fmt.Sprint("join ", kind)] = func(l, r dataset.Source) (dataset.Source, error) {
			return relation.Join(l, r, relation.JoinOptions{On: []string{"N"}, Kind: kind, Suffix: "2", Allocator: mem})
		}
	}
	for direction := relation.Backward; direction <= relation.Nearest; direction++ {
		out[fmt.Sprint("as-of ", direction)] = func(l, r dataset.Source) (dataset.Source, error) {
			return relation.AsOfJoin(l, r, relation.AsOfOptions{Time: "N", By: []string{"Text"}, Direction: direction, Allocator: mem})
		}
	}
	return out
}

func TestErrorsOfSourcesEndTheRange(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	for name, make := range operations(t.TempDir(), mem) {
		for after := range 4 {
			for _, right := range []bool{false, true} {
				sources := [2]dataset.Source{numbers(t, mem, 8, 2), numbers(t, mem, 8, 2)}
				at := 0
				if right {
					at = 1
				}
				sources[at] = failing{sources[at], after}
				src, err := make(sources[0], sources[1])
				if err != nil {
					t.Fatal(err)
				}
				_, err = read(t.Context(), src)
				two := name == "concat" || name[0] == 'j' || name[:2] == "as"
				if want := !right || two; errors.Is(err, errPlanted) != want {
					t.Errorf("%s, right: %v, after %d batches: got %v", name, right, after, err)
				}
			}
		}
	}
}

func TestOperationsOnNoRows(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	for name, make := range operations(t.TempDir(), mem) {
		src, err := make(numbers(t, mem, 0, 2), numbers(t, mem, 0, 2))
		if err != nil {
			t.Fatal(err)
		}
		if got := rows(t, src); got != "" {
			t.Errorf("%s gives %q", name, got)
		}
	}
}

// TestOperationsNest joins a shuffled sample with itself, out of a concatenation.
func TestOperationsNest(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	both, err := relation.Concat(relation.ConcatOptions{}, numbers(t, mem, 50, 7), numbers(t, mem, 80, 9))
	if err != nil {
		t.Fatal(err)
	}
	once, err := relation.Dedupe(both, relation.DedupeOptions{Allocator: mem})
	if err != nil {
		t.Fatal(err)
	}
	some, err := relation.Sample(once, relation.SampleOptions{Rows: 40, Allocator: mem})
	if err != nil {
		t.Fatal(err)
	}
	mixed, err := relation.Shuffle(some, relation.ShuffleOptions{Allocator: mem})
	if err != nil {
		t.Fatal(err)
	}
	joined, err := relation.Join(mixed, once, relation.JoinOptions{On: []string{"N", "Text"}, Allocator: mem})
	if err != nil {
		t.Fatal(err)
	}
	if a, b := values(t, joined), values(t, mixed); len(a) != 40 || fmt.Sprint(a) != fmt.Sprint(b) {
		t.Errorf("got %v, want %v", a, b)
	}
}
