package arrays

import (
	"strings"
	"sync"
	"unsafe"

	"github.com/apache/arrow/go/v17/arrow"
)

// leastRaw is the size from which on leaving out zeros is worth it.
const leastRaw = 4096

// Raw returns n bytes of any value, all of which the caller overwrites or leaves out: zeroing what is decoded into took a tenth of the time of reading a file.
func Raw(n int) []byte {
	if n < leastRaw {
		return make([]byte, n)
	}
	// A strings.Builder is the way to Go memory that is not zeroed.
	var b strings.Builder
	b.Grow(n)
	b.WriteByte(0)
	return unsafe.Slice(unsafe.StringData(b.String()), n)
}

// SlabBytes is the most bytes of a slab.
const SlabBytes = 16 << 20

// Slab gives memory for arrays, of which many share one allocation. Where rows stay, a heap grows from next to nothing, and Go's collector runs each time it has doubled: with
// an allocation for each array six times for 20 MB, and in between it gave memory back to the system that the next arrays asked for again. Whoever keeps an array keeps its whole
// slab, and so at most SlabBytes of the arrays that were read just before and after it. Safe for concurrent use; nil gives every array memory of its own.
type Slab struct {
	size int
	mu   sync.Mutex
	free []byte
}

// NewSlab returns the memory for arrays of about so many bytes together, nil when that is little.
func NewSlab(bytes int64) *Slab {
	if bytes < SlabBytes/8 {
		return nil
	}
	return &Slab{size: int(min(bytes, SlabBytes))}
}

// Bytes is Raw, at a multiple of 64 bytes.
func (s *Slab) Bytes(n int) []byte {
	if s == nil || n < leastRaw || n > s.size/2 {
		return Raw(n)
	}
	room := (n + 63) &^ 63
	s.mu.Lock()
	defer s.mu.Unlock()
	if room > len(s.free) {
		s.free = Raw(s.size)
	}
	out := s.free[:n:room]
	s.free = s.free[room:]
	return out
}

// Values is Bytes for values; s may be nil.
func Values[D arrow.FixedWidthType](s *Slab, n int) []D {
	var one D
	size := n * int(unsafe.Sizeof(one))
	if size < leastRaw {
		return make([]D, n)
	}
	return arrow.GetData[D](s.Bytes(size))
}
