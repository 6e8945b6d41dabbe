package servetest

import (
	"context"
	"fmt"
	"runtime/debug"
	"testing"
	"time"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/serve"
	"github.com/tidewheel/tidewheel/validate/validatetest"
)

// ObserverTraits says which promises the observer under test makes beside those of every serve.Observer. They choose the checks.
type ObserverTraits struct {
	Rows      func(o serve.Observer) int64 // how many rows it has been given so far; nil: it cannot tell
	Close     func(o serve.Observer) error // ends it, when it has goroutines, files or connections; nil: there is nothing to end
	Allocates bool                         // allocates, so that scoring with it does too
	Grows     bool                         // keeps something for every row, in memory
	MaxPause  time.Duration                // the longest that one call may take, while none of the process's memory is collected; default 50 ms
}

// TestObserver runs every check against the observers that newObserver returns, each a subtest. Each observer is given rows of validatetest.Payment and answers of
// two classes, and rows and answers of other forms too; it is closed at the end of its check. t must not be parallel, since allocations are counted.
func TestObserver(t *testing.T, traits ObserverTraits, newObserver func(t testing.TB) serve.Observer) {
	t.Helper()
	for _, c := range observerChecks() {
		if c.when != nil && !c.when(traits) {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			if err := c.against(t.Context(), traits, func() serve.Observer { return newObserver(t) }); err != nil {
				t.Error(err)
			}
		})
	}
}

// observerCheck is one promise. run returns an error when the observer breaks it. when chooses by traits; nil is always.
type observerCheck struct {
	name string
	run  func(*watch) error
	when func(ObserverTraits) bool
}

func observerChecks() []observerCheck {
	counts := func(t ObserverTraits) bool { return t.Rows != nil }
	free := func(t ObserverTraits) bool { return !t.Allocates && !raceEnabled } // the race detector drops what is pooled at random
	closes := func(t ObserverTraits) bool { return t.Close != nil }
	bounded := func(t ObserverTraits) bool { return !t.Grows }
	return []observerCheck{
		{"every row is taken once", takesRows, counts},
		{"rows from many goroutines are all taken", takesConcurrently, counts},
		{"it may be called by many at once", manyAtOnce, nil},
		{"two observers are two", twoAreTwo, counts},
		{"rows and answers of every form are taken", everyForm, nil},
		{"what it is given stays as it was", leavesArguments, nil},
		{"it keeps nothing of what it is given", keepsNothing, nil},
		{"a call allocates nothing", allocatesNothing, free},
		{"memory does not grow with the rows", boundedObserver, bounded},
		{"no call takes long", neverBlocks, nil},
		{"it leaves no goroutine", leavesNoGoroutine, nil},
		{"a row after its end does no harm", afterEnd, closes},
		{"it may be ended twice", endsTwice, closes},
		{"a scorer with it scores the same bits", sameScores, nil},
	}
}

// against runs the check on a new observer, and turns a panic into an error.
func (c observerCheck) against(ctx context.Context, traits ObserverTraits, newObserver func() serve.Observer) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	if traits.MaxPause <= 0 {
		traits.MaxPause = 50 * time.Millisecond
	}
	s, err := validatetest.Schema()
	if err != nil {
		return err
	}
	w := &watch{ctx: ctx, traits: traits, schema: s, open: newObserver}
	defer func() {
		for _, o := range w.opened {
			if traits.Close != nil && err == nil {
				err = traits.Close(o)
			}
		}
	}()
	return c.run(w)
}

// watch is the observers under test, for one check.
type watch struct {
	ctx    context.Context //nolint:containedctx // of one check, which is one call
	traits ObserverTraits
	schema *dataset.Schema
	open   func() serve.Observer
	opened []serve.Observer
}

// observer makes a new observer, which is ended with the check.
func (w *watch) observer() serve.Observer {
	o := w.open()
	w.opened = append(w.opened, o)
	return o
}

// row writes a payment to row, as the typed entrance does.
func row(p validatetest.Payment, out dataset.Row) {
	for i, c := range p.Cells() {
		switch c.Kind {
		case validatetest.Text:
			out.Values[i] = dataset.TextValue(c.Text)
		case validatetest.Number:
			out.Values[i] = dataset.NumberValue(c.Number)
		case validatetest.Bool:
			out.Values[i] = dataset.NumberValue(0)
			if c.Bool {
				out.Values[i] = dataset.NumberValue(1)
			}
		default:
			out.Values[i] = dataset.Value{}
		}
	}
}
