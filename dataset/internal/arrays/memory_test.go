package arrays_test

import (
	"testing"
	"unsafe"

	"github.com/tidewheel/tidewheel/dataset/internal/arrays"
)

func TestPiecesOfASlabDoNotOverlap(t *testing.T) {
	for _, s := range []*arrays.Slab{nil, arrays.NewSlab(1), arrays.NewSlab(arrays.SlabBytes / 8), arrays.NewSlab(1 << 40)} {
		var pieces [][]byte
		for i, n := range []int{0, 1, 4095, 4096, 5000, 100_001, arrays.SlabBytes / 2, arrays.SlabBytes/2 + 1, 1 << 20, 2 << 20, 3 << 20, 4 << 20, 5 << 20} {
			b := s.Bytes(n)
			if len(b) != n {
				t.Fatalf("%d bytes, want %d", len(b), n)
			}
			if n >= 8 && uintptr(unsafe.Pointer(&b[0]))%8 != 0 {
				t.Errorf("%d bytes at an address that is no multiple of 8", n)
			}
			b = b[:cap(b)]
			for j := 0; j < len(b); j += 64 {
				b[j], b[len(b)-1-j] = byte(i), byte(i)
			}
			pieces = append(pieces, b)
		}
		for i, b := range pieces {
			for j := 0; j < len(b); j += 64 {
				if b[j] != byte(i) || b[len(b)-1-j] != byte(i) {
					t.Fatalf("piece %d was written over", i)
				}
			}
		}
		if v := arrays.Values[uint64](s, 1000); len(v) != 1000 || cap(v) < 1000 {
			t.Errorf("%d values", len(v))
		}
	}
}
