package monitortest_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/monitor"
	"github.com/tidewheel/tidewheel/monitor/drift"
	"github.com/tidewheel/tidewheel/monitor/monitortest"
)

func ExampleTestDetector() {
	conforms := func(t *testing.T) {
		monitortest.TestDetector(t, monitortest.DetectorTraits{FalseAlarms: 0.005}, func(t testing.TB, s monitortest.Setup) monitortest.Detector {
			t.Helper()
			m, err := monitor.New(s.Reference, monitor.Options{Scores: s.Scores, WindowRows: s.WindowRows, Keep: s.Keep, Alpha: 0.01})
			if err != nil {
				t.Fatal(err)
			}
			return m
		})
	}
	// In a file of tests, conforms is func TestStrictMonitor.
	tests := []testing.InternalTest{{Name: "TestStrictMonitor", F: conforms}}
	fmt.Println(len(tests), "test")
	// Output: 1 test
}

func ExampleTestComparer() {
	conforms := func(t *testing.T) {
		monitortest.TestComparer(t, monitortest.ComparerTraits{}, func(_ testing.TB, workers int, mem memory.Allocator) monitortest.Comparer {
			return func(ctx context.Context, reference, current dataset.Source) (*drift.Report, error) {
				return drift.Compare(ctx, reference, current, drift.Options{Alpha: 0.01, Workers: workers, Allocator: mem})
			}
		})
	}
	// In a file of tests, conforms is func TestStrictCompare.
	tests := []testing.InternalTest{{Name: "TestStrictCompare", F: conforms}}
	fmt.Println(len(tests), "test")
	// Output: 1 test
}
