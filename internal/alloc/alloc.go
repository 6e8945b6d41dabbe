// Package alloc holds a function to what it may allocate. The fuzz targets use it: a decoder's memory follows from the length of its input and from its
// stated limits, whatever the input says of itself.
package alloc

import (
	"fmt"
	"runtime/metrics"
)

// Bound calls f and returns an error when the process has allocated more than limit bytes meanwhile, freed ones included. The count is that of the runtime,
// which adds small objects a span at a time: limits below 1 MiB say nothing.
func Bound(limit int, f func()) error {
	before := allocated()
	f()
	if n := allocated() - before; n > uint64(max(limit, 0)) {
		return fmt.Errorf("alloc: want at most %d bytes allocated, got %d", limit, n)
	}
	return nil
}

func allocated() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
