package cli

import (
	"math"
	"os"
	"runtime/debug"
)

// respectMemoryLimit lets the garbage collector keep the process small. What the programs hold are mostly buffers without pointers, so that collecting twice as often
// costs next to nothing. Where the system limits the memory of the process, the collector knows three quarters of it as its limit, so that it collects in time and
// the system does not end the process. GOGC and GOMEMLIMIT, when they are set, are the user's word and stay.
func respectMemoryLimit() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(50)
	}
	if limit := memoryLimit(); limit < math.MaxInt64 && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(int64(limit / 4 * 3))
	}
}
