package monitortest

import (
	"context"
	"iter"
	"math"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/conform"
	"github.com/tidewheel/tidewheel/monitor/drift"
)

type makeComparer func(workers int, mem memory.Allocator) Comparer

func whole(workers int, mem memory.Allocator) Comparer {
	return func(ctx context.Context, a, b dataset.Source) (*drift.Report, error) {
		return drift.Compare(ctx, a, b, drift.Options{Workers: workers, Allocator: mem})
	}
}

// reported plants a bug in what is reported.
func reported(f func(r *drift.Report, workers int)) makeComparer {
	return func(workers int, mem memory.Allocator) Comparer {
		return func(ctx context.Context, a, b dataset.Source) (*drift.Report, error) {
			r, err := whole(workers, mem)(ctx, a, b)
			if err == nil {
				f(r, workers)
			}
			return r, err
		}
	}
}

// odd is a source that is read wrongly.
type odd struct {
	dataset.Source
	read func(b dataset.Batch, err error, yield func(dataset.Batch, error) bool) bool
}

func (o odd) Batches(ctx context.Context) iter.Seq2[dataset.Batch, error] {
	return func(yield func(dataset.Batch, error) bool) {
		for b, err := range o.Source.Batches(ctx) {
			if !o.read(b, err, yield) {
				return
			}
		}
	}
}

// read plants a bug in how sources are read.
func read(f func(b dataset.Batch, err error, yield func(dataset.Batch, error) bool) bool) makeComparer {
	return func(workers int, mem memory.Allocator) Comparer {
		return func(ctx context.Context, a, b dataset.Source) (*drift.Report, error) {
			return whole(workers, mem)(ctx, odd{a, f}, odd{b, f})
		}
	}
}

func comparerBugs() map[string]makeComparer {
	return map[string]makeComparer{
		"unchanged columns are seldom named": reported(func(r *drift.Report, _ int) {
			for _, c := range r.Columns {
				if c.WassersteinNormed != nil && *c.WassersteinNormed > 0.1 { // the rule of thumb, whatever the rows
					r.Drifted++
				}
			}
		}),
		"a planted shift is named, and nothing else": reported(func(r *drift.Report, _ int) {
			if r.Drifted > 0 {
				r.DriftedColumns = append(r.DriftedColumns, "stops")
			}
		}),
		"any cut into batches gives the same report": read(func(b dataset.Batch, err error, yield func(dataset.Batch, error) bool) bool {
			yield(b, err)
			return false // the first batch is a sample
		}),
		"1, 2 and 8 workers give the same report": reported(func(r *drift.Report, workers int) {
			for range workers {
				r.ShareDrifted = math.Nextafter(r.ShareDrifted, 1)
			}
		}),
		"the order of the rows does not matter": read(func(b dataset.Batch, err error, yield func(dataset.Batch, error) bool) bool {
			if err != nil {
				return yield(b, err)
			}
			head := b.Slice(0, min(100, b.NumRows()))
			defer head.Release()
			return yield(head, nil)
		}),
		"comparisons at the same time agree": func(workers int, mem memory.Allocator) Comparer {
			var calls atomic.Int64
			return func(ctx context.Context, a, b dataset.Source) (*drift.Report, error) {
				r, err := whole(workers, mem)(ctx, a, b)
				if err == nil {
					r.RowsReference += calls.Add(1) // what one leaves, the next finds
				}
				return r, err
			}
		},
		"missing and infinite values leave no figure that is not a number": reported(func(r *drift.Report, _ int) {
			for i, c := range r.Columns {
				if nan := math.NaN(); c.NReference == 0 {
					r.Columns[i].PSI = &nan
				}
			}
		}),
		"a source without rows gives no verdict": reported(func(r *drift.Report, _ int) {
			if r.RowsCurrent == 0 {
				r.Drifted = len(r.Columns) // all of it is gone
			}
		}),
		"columns that one side lacks are listed": reported(func(r *drift.Report, _ int) { r.ExtraColumns = nil }),
		"sources without a common column are a schema error": func(workers int, mem memory.Allocator) Comparer {
			return func(ctx context.Context, a, b dataset.Source) (*drift.Report, error) {
				r, err := whole(workers, mem)(ctx, a, b)
				if err != nil && strings.Contains(err.Error(), "none in common") {
					return new(drift.Report), nil
				}
				return r, err
			}
		},
		"the error of a source ends it": read(func(b dataset.Batch, err error, yield func(dataset.Batch, error) bool) bool {
			return err == nil && yield(b, nil)
		}),
		"a cancelled context ends it": func(workers int, mem memory.Allocator) Comparer {
			return func(ctx context.Context, a, b dataset.Source) (*drift.Report, error) {
				return whole(workers, mem)(context.WithoutCancel(ctx), a, b)
			}
		},
		"the sources stay as they were": read(func(b dataset.Batch, err error, yield func(dataset.Batch, error) bool) bool {
			if err != nil {
				return yield(b, err)
			}
			ok := yield(b, nil)
			conform.Scribble(b) // sorts in place
			return ok
		}),
	}
}

func TestEachPlantedBugOfAComparerFailsItsCheck(t *testing.T) {
	all := comparerBugs()
	for _, c := range comparerChecks() {
		t.Run(c.name, func(t *testing.T) {
			plant, ok := all[c.name]
			if !ok {
				t.Fatal("no bug is planted")
			}
			err := c.against(t.Context(), ComparerTraits{}, plant)
			if err == nil {
				t.Fatal("the bug passes")
			}
			t.Logf("%.300s", err)
		})
	}
	if len(all) != len(comparerChecks()) {
		t.Errorf("want a bug for each of %d checks, got %d", len(comparerChecks()), len(all))
	}
}

// A batch that is kept fails whatever check it is kept in.
func TestABatchThatIsNotReleasedIsFound(t *testing.T) {
	leaking := read(func(b dataset.Batch, err error, yield func(dataset.Batch, error) bool) bool {
		if err == nil {
			b.Retain()
		}
		return yield(b, err)
	})
	for _, c := range comparerChecks()[3:5] {
		if err := c.against(t.Context(), ComparerTraits{}, leaking); err == nil || !strings.Contains(err.Error(), "released") {
			t.Errorf("%s: got %v", c.name, err)
		}
	}
}
