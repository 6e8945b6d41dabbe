//go:build unix

package main

import (
	"math"
	"os"
	"runtime"
	"syscall"
)

func usage() (syscall.Rusage, bool) {
	var u syscall.Rusage
	return u, syscall.Getrusage(syscall.RUSAGE_SELF, &u) == nil
}

// cpuSeconds returns the CPU time that the process has used, of the user and of the system.
func cpuSeconds() float64 {
	u, ok := usage()
	if !ok {
		return math.NaN()
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

// resetPeak lets the peak of the memory start anew, where the system has that: Linux does.
func resetPeak() { _ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) }

// peakMiB returns the most memory that was resident.
func peakMiB() float64 {
	u, ok := usage()
	switch {
	case !ok:
		return math.NaN()
	case runtime.GOOS == "darwin" || runtime.GOOS == "ios": // in bytes
		return float64(u.Maxrss) / (1 << 20)
	default: // in KiB
		return float64(u.Maxrss) / (1 << 10)
	}
}
