//go:build unix

package cli

import (
	"bytes"
	"math"
	"os"
	"strconv"
	"syscall"
)

// memoryLimit returns the least of what ulimit -d and -v and the container allow.
func memoryLimit() uint64 {
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
	return least
}
