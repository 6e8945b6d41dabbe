//go:build !unix

package cli

import "math"

// memoryLimit is not known here.
func memoryLimit() uint64 { return math.MaxInt64 }
