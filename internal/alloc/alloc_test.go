package alloc_test

import (
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
