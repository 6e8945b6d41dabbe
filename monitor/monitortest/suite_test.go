package monitortest_test

import (
	"context"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/memory"
	"go.uber.org/goleak"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/monitor"
	"github.com/tidewheel/tidewheel/monitor/drift"
	"github.com/tidewheel/tidewheel/monitor/monitortest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var _ monitortest.Detector = (*monitor.Monitor)(nil)

func newMonitor(t testing.TB, s monitortest.Setup) monitortest.Detector {
	t.Helper()
	m, err := monitor.New(s.Reference, monitor.Options{Scores: s.Scores, WindowRows: s.WindowRows, Keep: s.Keep})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestMonitor(t *testing.T) {
	monitortest.TestDetector(t, monitortest.DetectorTraits{}, newMonitor)
}

// A monitor of rows alone makes fewer promises.
func TestMonitorOfRows(t *testing.T) {
	monitortest.TestDetector(t, monitortest.DetectorTraits{RowsOnly: true}, func(t testing.TB, s monitortest.Setup) monitortest.Detector {
		t.Helper()
		s.Scores = nil
		return newMonitor(t, s)
	})
}

func TestCompare(t *testing.T) {
	monitortest.TestComparer(t, monitortest.ComparerTraits{}, func(_ testing.TB, workers int, mem memory.Allocator) monitortest.Comparer {
		return func(ctx context.Context, reference, current dataset.Source) (*drift.Report, error) {
			return drift.Compare(ctx, reference, current, drift.Options{Workers: workers, Allocator: mem})
		}
	})
}
