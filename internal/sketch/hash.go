package sketch

import (
	"math"
	"math/bits"
)

// mix is the finalizer of SplitMix64 (Steele, Lea and Flood 2014, variant 13 of Stafford): a bijection on 64 bits.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}

// HashUint64 returns a hash of 64 bits, a bijection, as Distinct takes it for whole numbers beyond 2^53 and for hashes that are put together.
func HashUint64(x uint64) uint64 { return mix(x) }

// HashFloat64 returns the hash of a number that Distinct uses: -0 hashes as +0 and every NaN alike.
func HashFloat64(x float64) uint64 {
	if x != x {
		return mix(math.Float64bits(math.NaN()))
	}
	return mix(math.Float64bits(x + 0)) // -0 + 0 is +0
}

// HashString returns the hash of a string that Distinct and TopK use: words of eight bytes, the last padded with zeros, each folded in by a
// multiplication of 64 by 64 to 128 bits, and the length at the end. It has no seed, is part of the binary form and never changes. It does not resist chosen collisions.
func HashString(s string) uint64 {
	h := uint64(0x243f6a8885a308d3)
	n := uint64(len(s))
	for len(s) >= 8 {
		w := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
			uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
		h = fold(h, w)
		s = s[8:]
	}
	w := uint64(0)
	for i := 0; i < len(s); i++ {
		w |= uint64(s[i]) << (8 * i)
	}
	return mix(fold(h, w) ^ n)
}

func fold(h, w uint64) uint64 {
	hi, lo := bits.Mul64(h^w^0x13198a2e03707344, 0xa0761d6478bd642f)
	return mix(h+w) ^ hi ^ lo
}
