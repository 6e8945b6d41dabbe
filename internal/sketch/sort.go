package sketch

import (
	"math"
	"slices"
)

// radixFrom is the length from which sorting by digits is faster than by comparison.
const radixFrom = 2048

// sortFloats sorts finite numbers in ascending order: from radixFrom on by the eight bytes of their bits, which takes linear time and a copy.
func sortFloats(values []float64) {
	if len(values) < radixFrom {
		slices.Sort(values)
		return
	}
	keys, spare := make([]uint64, len(values)), make([]uint64, len(values))
	var counts [8][256]uint32
	for i, v := range values {
		k := math.Float64bits(v)
		k ^= uint64(int64(k)>>63) | 1<<63 // order of unsigned integers is then that of the numbers
		keys[i] = k
		for d := range counts {
			counts[d][byte(k>>(8*d))]++
		}
	}
	for d := range counts {
		c := &counts[d]
		if c[byte(keys[0]>>(8*d))] == uint32(len(values)) {
			continue // the same digit everywhere
		}
		at := uint32(0)
		for b, n := range c {
			c[b] = at
			at += n
		}
		for _, k := range keys {
			b := byte(k >> (8 * d))
			spare[c[b]] = k
			c[b]++
		}
		keys, spare = spare, keys
	}
	for i, k := range keys {
		k ^= uint64(int64(^k)>>63) | 1<<63
		values[i] = math.Float64frombits(k)
	}
}
