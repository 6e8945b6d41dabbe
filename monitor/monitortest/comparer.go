package monitortest

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/monitor/drift"
)

// Comparer says how two sources differ. drift.Compare with options is one. It is safe for concurrent use, reads each source at most once at a time, and releases what
// it takes of them.
type Comparer func(ctx context.Context, reference, current dataset.Source) (*drift.Report, error)

// ComparerTraits says which promises the comparer under test makes. The zero value is for drift.Compare.
type ComparerTraits struct {
	FalseAlarms float64 // largest share of reports on unchanged columns that name one, in (0, 1]; 0 is 0.1, for 40 reports
}

// TestComparer runs every check against the comparers that newComparer returns, each a subtest. workers is the number of goroutines that the comparer may use, mem is for
// what it allocates of Arrow.
func TestComparer(t *testing.T, traits ComparerTraits, newComparer func(t testing.TB, workers int, mem memory.Allocator) Comparer) {
	t.Helper()
	for _, c := range comparerChecks() {
		t.Run(c.name, func(t *testing.T) {
			if err := c.against(t.Context(), traits, func(workers int, mem memory.Allocator) Comparer { return newComparer(t, workers, mem) }); err != nil {
				t.Error(err)
			}
		})
	}
}

// comparerCheck is one promise. run returns an error when the comparer breaks it.
type comparerCheck struct {
	name string
	run  func(*pair) error
}

func comparerChecks() []comparerCheck {
	return []comparerCheck{
		{"unchanged columns are seldom named", seldomNamed},
		{"a planted shift is named, and nothing else", shiftNamed},
		{"any cut into batches gives the same report", anyCut},
		{"1, 2 and 8 workers give the same report", anyWorkers},
		{"the order of the rows does not matter", anyRowOrder},
		{"comparisons at the same time agree", sameTime},
		{"missing and infinite values leave no figure that is not a number", oddColumns},
		{"a source without rows gives no verdict", withoutRows},
		{"columns that one side lacks are listed", lackingColumns},
		{"sources without a common column are a schema error", nothingCommon},
		{"the error of a source ends it", sourceFails},
		{"a cancelled context ends it", contextEnds},
		{"the sources stay as they were", sourcesUnchanged},
	}
}

// against runs the check, and turns a panic or a leak into an error.
func (c comparerCheck) against(ctx context.Context, traits ComparerTraits, newComparer func(workers int, mem memory.Allocator) Comparer) (err error) {
	if traits.FalseAlarms <= 0 {
		traits.FalseAlarms = 0.1
	}
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
		if n := mem.CurrentAlloc(); n != 0 && err == nil {
			err = fmt.Errorf("want every batch released, got %d bytes that were not", n)
		}
	}()
	return c.run(&pair{ctx: ctx, traits: traits, mem: mem, open: newComparer})
}

// pair is the comparer under test, for one check.
type pair struct {
	ctx    context.Context //nolint:containedctx // of one check, which is one call
	traits ComparerTraits
	mem    *memory.CheckedAllocator
	open   func(workers int, mem memory.Allocator) Comparer
}

// source returns trips in batches of n rows; 0 is one batch.
func (p *pair) source(all []trip, n int) (dataset.Source, error) {
	return dataset.FromStructs(all, dataset.StructsOptions{BatchRows: n, Allocator: p.mem})
}

// compare compares trips in batches of n rows on a number of workers.
func (p *pair) compare(reference, current []trip, n, workers int) (*drift.Report, error) {
	a, err := p.source(reference, n)
	if err != nil {
		return nil, err
	}
	b, err := p.source(current, n)
	if err != nil {
		return nil, err
	}
	r, err := p.open(workers, p.mem)(p.ctx, a, b)
	if err == nil && r == nil {
		return nil, errors.New("want a report or an error, got neither")
	}
	return r, err
}

// fails wants an error that is target and no report beside it.
func (p *pair) fails(ctx context.Context, what string, reference, current dataset.Source, target error) error {
	r, err := p.open(2, p.mem)(ctx, reference, current)
	if !errors.Is(err, target) {
		return fmt.Errorf("%s: want the error %q, got: %w", what, target.Error(), errors.Join(err, errNone(err)))
	}
	if r != nil {
		return fmt.Errorf("%s: want no report beside the error, got one", what)
	}
	return nil
}

// errNone says that there was no error.
func errNone(err error) error {
	if err == nil {
		return errors.New("none")
	}
	return nil
}
