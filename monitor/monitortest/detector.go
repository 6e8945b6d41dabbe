package monitortest

import (
	"context"
	"fmt"
	"runtime/debug"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/monitor"
	"github.com/tidewheel/tidewheel/validate"
)

// Detector watches rows and answers in windows of a number of rows, and says when they no longer look like a reference. A monitor.Monitor is one. It is safe for
// concurrent use.
type Detector interface {
	Observe(in dataset.Row, out model.Output) // counts a row and the answer to it, both borrowed, and closes the window when it is full
	Roll()                                    // closes the open window, unless it is empty
	Windows() []monitor.Window                // the last closed windows, the oldest first; the caller's
	Alerts() []monitor.Alert                  // the last alerts, the oldest first; the caller's
}

// Setup is what a detector is made with.
type Setup struct {
	Reference  *validate.Profile // of the rows that the model was made from
	Scores     *validate.Profile // of the model's answers, as monitor.ScoreProfile makes it
	WindowRows int               // rows of a window
	Keep       int               // windows that Windows returns at most
}

// DetectorTraits says which promises the detector under test makes. They choose the checks. The zero value is for a monitor.Monitor.
type DetectorTraits struct {
	FalseAlarms float64 // largest share of windows of 100 and of 500 unchanged rows that send an alert, in (0, 1]; 0 is 0.01
	Delay       int     // windows of 500 rows within which a planted shift must be told; 0 is 3
	RowsOnly    bool    // does not watch the answers
	Allocates   bool    // allocates when it observes
}

// TestDetector runs every check against the detectors that newDetector returns, each a subtest. t must not be parallel, since allocations are counted.
func TestDetector(t *testing.T, traits DetectorTraits, newDetector func(t testing.TB, s Setup) Detector) {
	t.Helper()
	m, err := newMaterial(t.Context(), traits)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range detectorChecks() {
		if c.when != nil && !c.when(m.traits) {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			if err := c.against(t.Context(), m, func(s Setup) Detector { return newDetector(t, s) }); err != nil {
				t.Error(err)
			}
		})
	}
}

// detectorCheck is one promise. run returns an error when the detector breaks it. when chooses by traits; nil is always.
type detectorCheck struct {
	name string
	run  func(*subject) error
	when func(DetectorTraits) bool
}

func detectorChecks() []detectorCheck {
	answers := func(t DetectorTraits) bool { return !t.RowsOnly }
	free := func(t DetectorTraits) bool { return !t.Allocates }
	return []detectorCheck{
		{"unchanged rows seldom alarm", falseAlarms, nil},
		{"a planted shift is told in time and its column comes first", plantedShifts, nil},
		{"answers that shift are told", answersShift, answers},
		{"a shift that stays is told once", toldOnce, nil},
		{"a shift that ends and comes back is told again", toldAgain, nil},
		{"alerts are numbered without a gap and name their window", alertNumbers, nil},
		{"a window closes with its last row", closesWithLastRow, nil},
		{"Roll closes what is open and nothing else", rolls, nil},
		{"the last windows are kept, the oldest first", keepsLast, nil},
		{"a window has every column of the reference", hasColumns, nil},
		{"missing, unseen and out of range values are counted", countsQuality, nil},
		{"columns are found by name", byName, nil},
		{"the order of the rows in a window does not matter", orderOfRows, nil},
		{"1, 2 and 8 goroutines give the same figures", goroutines, nil},
		{"windows close whole under many callers", wholeWindows, nil},
		{"looking changes nothing", lookingChangesNothing, nil},
		{"windows and alerts are the caller's", callersCopies, nil},
		{"every figure of odd values is finite", oddValues, nil},
		{"references without values or with one are taken", oddReferences, nil},
		{"no value of a row comes out", noValueOut, nil},
		{"a row allocates nothing, the closing of a window included", allocatesNothing, free},
	}
}

// against runs the check on new detectors, and turns a panic into an error.
func (c detectorCheck) against(ctx context.Context, m *material, newDetector func(Setup) Detector) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return c.run(&subject{material: m, ctx: ctx, open: newDetector})
}

// subject is the detector under test, for one check.
type subject struct {
	*material
	ctx  context.Context //nolint:containedctx // of one check, which is one call
	open func(Setup) Detector
}

// detector returns a new detector against the shared reference.
func (s *subject) detector(windowRows, keep int) Detector {
	return s.open(Setup{Reference: s.reference, Scores: s.scores, WindowRows: windowRows, Keep: keep})
}
