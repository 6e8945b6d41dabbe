package alloc_test

import (
	"runtime"
	"testing"

	"github.com/tidewheel/tidewheel/internal/alloc"
)

func TestBound(t *testing.T) {
	var kept []byte
	for _, c := range []struct {
		size  int
		limit int
		over  bool
	}{{1 << 20, 2 << 20, false}, {4 << 20, 2 << 20, true}, {4 << 20, -1, true}} {
		if err := alloc.Bound(c.limit, func() { kept = make([]byte, c.size) }); (err != nil) != c.over {
			t.Errorf("%d bytes, limit %d: got %v", c.size, c.limit, err)
		}
	}
	// What is freed again counts.
	if err := alloc.Bound(2<<20, func() {
		for range 8 {
			kept = make([]byte, 1<<20)
		}
	}); err == nil || len(kept) != 1<<20 {
		t.Errorf("8 MiB in pieces: got %v", err)
	}
}

// A collection in the middle makes the cheap count take in what was allocated before: the exact one decides.
func TestBoundIsExact(t *testing.T) {
	var kept [][]byte
	for size := 16; size <= 32<<10; size += size / 8 {
		kept = append(kept, make([]byte, size))
	}
	calls := 0
	if err := alloc.Bound(-1, func() { calls++; runtime.GC() }); err == nil && calls != 2 {
		t.Errorf("%d calls, %v", calls, err)
	}
	if err := alloc.Bound(1<<20, func() { runtime.GC() }); err != nil {
		t.Errorf("nothing but a collection, %d kept: %v", len(kept), err)
	}
}
