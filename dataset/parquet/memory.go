package parquet

import (
	"strings"
	"unsafe"

	"github.com/apache/arrow/go/v17/arrow"
)

// leastRaw is the size from which on leaving out zeros is worth it.
const leastRaw = 4096

// rawBytes returns n bytes of any value, all of which the caller overwrites or leaves out: zeroing what is decoded into took a tenth of the time of reading a file.
func rawBytes(n int) []byte {
	if n < leastRaw {
		return make([]byte, n)
	}
	// A strings.Builder is the way to Go memory that is not zeroed.
	var b strings.Builder
	b.Grow(n)
	b.WriteByte(0)
	return unsafe.Slice(unsafe.StringData(b.String()), n)
}

// rawValues is rawBytes for values.
func rawValues[D arrow.FixedWidthType](n int) []D {
	var one D
	size := n * int(unsafe.Sizeof(one))
	if size < leastRaw {
		return make([]D, n)
	}
	return arrow.GetData[D](rawBytes(size))
}

// roomFor returns b with a capacity of at least n.
func roomFor(b []byte, n int) []byte {
	if cap(b) >= n {
		return b
	}
	grown := rawBytes(n + n/16)[:len(b)]
	copy(grown, b)
	return grown
}
