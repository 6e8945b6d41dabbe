package parquet

import "github.com/tidewheel/tidewheel/dataset/internal/arrays"

// roomFor returns b with a capacity of at least n.
func roomFor(b []byte, n int) []byte {
	if cap(b) >= n {
		return b
	}
	grown := arrays.Raw(n + n/16)[:len(b)]
	copy(grown, b)
	return grown
}
