package lab_test

import (
	"runtime/debug"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/examples/internal/lab"
)

// Not parallel: the limit is the process's.
func TestRowsThatDoNotFitIntoTheMemoryAreRefused(t *testing.T) {
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(-1))
	if err := lab.WantMemory(1<<40, 1000); err != nil {
		t.Errorf("without a limit: got %v", err)
	}
	debug.SetMemoryLimit(512 << 20) // of 244 bytes a row: 2,200,290 rows
	if err := lab.WantMemory(2_200_290, 20); err != nil {
		t.Errorf("rows that fit: got %v", err)
	}
	if err := lab.WantMemory(2_200_291, 20); err == nil || !strings.Contains(err.Error(), "-sample 1650217") {
		t.Errorf("rows that do not fit: want -sample named, got %v", err)
	}
}
