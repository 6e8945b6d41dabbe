//go:build !unix

package main

import "math"

// cpuSeconds is unknown here.
func cpuSeconds() float64 { return math.NaN() }

func resetPeak() {}

// peakMiB is unknown here.
func peakMiB() float64 { return math.NaN() }
