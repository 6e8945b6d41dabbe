// Package alloc holds a function to what it may allocate. The fuzz targets use it: a decoder's memory follows from the length of its input and from its
// stated limits, whatever the input says of itself.
package alloc

import (
	"fmt"
	"runtime"
	"runtime/metrics"
)

// Bound calls f and returns an error when the process has allocated more than limit bytes meanwhile, freed ones included. Limits below 1 MiB say nothing.
//
// The count is the runtime's cheap one, which adds small objects a span at a time and those of every processor's open spans when the collector runs; so a
// call that seems to be over is made and counted once more exactly, for which the world is stopped. f must bear to be called twice.
func Bound(limit int, f func()) error {
	if counted(allocated, f) <= uint64(max(limit, 0)) {
		return nil
	}
	if n := counted(allocatedExactly, f); n > uint64(max(limit, 0)) {
		return fmt.Errorf("alloc: want at most %d bytes allocated, got %d", limit, n)
	}
	return nil
}

func counted(total func() uint64, f func()) uint64 {
	before := total()
	f()
	return total() - before
}

func allocated() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

func allocatedExactly() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}
