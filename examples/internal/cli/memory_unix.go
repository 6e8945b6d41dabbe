//go:build unix

package cli

import (
	"bytes"
	"math"
	"os"
	"runtime/debug"
	"strconv"
	"syscall"
)

// respectMemoryLimit tells the garbage collector of the memory that the process may have, so that it collects in time and the system does not end the process:
// three quarters of the least of what ulimit -d and -v and the container allow. GOMEMLIMIT, when it is set, is the user's word and stays.
func respectMemoryLimit() {
	if os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	least := uint64(math.MaxInt64)
	for _, resource := range []int{syscall.RLIMIT_DATA, syscall.RLIMIT_AS} {
		var limit syscall.Rlimit
		if err := syscall.Getrlimit(resource, &limit); err == nil {
			least = min(least, uint64(limit.Cur)) //nolint:unconvert // signed on FreeBSD
		}
	}
	if text, err := os.ReadFile("/sys/fs/cgroup/memory.max"); err == nil { // absent outside of Linux; "max" where there is no limit
		if limit, err := strconv.ParseUint(string(bytes.TrimSpace(text)), 10, 64); err == nil {
			least = min(least, limit)
		}
	}
	if least < math.MaxInt64 {
		debug.SetMemoryLimit(int64(least / 4 * 3))
	}
}
