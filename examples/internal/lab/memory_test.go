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
	if err := lab.WantMemory("linear", 1<<30, 1000); err != nil {
		t.Errorf("without a limit: got %v", err)
	}
	debug.SetMemoryLimit(512 << 20) // of 384 bytes a row: 1,398,101 rows
	if err := lab.WantMemory("linear", 1_398_101, 20); err != nil {
		t.Errorf("rows that fit: got %v", err)
	}
	if err := lab.WantMemory("linear", 1_398_102, 20); err == nil || !strings.Contains(err.Error(), "-sample 699050") {
		t.Errorf("rows that do not fit: want -sample named, got %v", err)
	}
	if err := lab.WantMemory("gbdt", 1_398_102, 20); err != nil { // 123 bytes a row
		t.Errorf("rows that fit as bins: got %v", err)
	}
}
