package sketch

import (
	"encoding/binary"
	"math"
)

// The forms of an ascending list of numbers. Neighbours of a sorted list are alike, so that what is written is mostly their differences.
const (
	listFloats = 0 // the bits of the first, in an order of their own, and the differences of bits
	listWhole  = 1 // every number is whole and at most 2^53 in size: the first in zigzag form, and the differences
)

const maxWhole = 1 << 53

func isWhole(x float64) bool { return x == math.Trunc(x) && math.Abs(x) <= maxWhole }

// ordered returns bits that are in the order of the numbers.
func ordered(x float64) uint64 {
	b := math.Float64bits(x)
	if b>>63 == 1 {
		return ^b
	}
	return b | 1<<63
}

func unordered(b uint64) float64 {
	if b>>63 == 1 {
		return math.Float64frombits(b &^ (1 << 63))
	}
	return math.Float64frombits(^b)
}

// appendAscending appends a list without NaN and -0, nothing for an empty one.
func appendAscending(dst []byte, values []float64) []byte {
	if len(values) == 0 {
		return dst
	}
	whole := true
	for _, x := range values {
		whole = whole && isWhole(x)
	}
	if !whole {
		dst = append(dst, listFloats)
		last := uint64(0)
		for _, x := range values {
			dst = binary.AppendUvarint(dst, ordered(x)-last)
			last = ordered(x)
		}
		return dst
	}
	dst = binary.AppendVarint(append(dst, listWhole), int64(values[0]))
	for i, x := range values[1:] {
		dst = binary.AppendUvarint(dst, uint64(int64(x)-int64(values[i])))
	}
	return dst
}

// ascending reads n numbers, at least one, within lo and hi, and calls f with each.
func (r *reader) ascending(n int, lo, hi float64, f func(x float64)) {
	form := r.byte()
	if form > listWhole {
		r.fail("unknown form of a list")
	}
	bits, at, whole := uint64(0), int64(0), true
	for i := 0; i < n && r.err == nil; i++ {
		d := r.uvarint()
		var x float64
		switch {
		case form == listFloats:
			if bits+d < bits {
				r.fail("a list is not ascending")
			}
			bits += d
			x = unordered(bits)
		case i == 0:
			at = int64(d>>1) ^ -int64(d&1)
			x = float64(at)
		default:
			if d > 2*maxWhole {
				r.fail("a list goes beyond whole numbers")
				return
			}
			at += int64(d)
			x = float64(at)
		}
		if form == listWhole && (at > maxWhole || at < -maxWhole) || !(x >= lo && x <= hi) || isNegativeZero(x) {
			r.fail("a list is not ascending within its limits")
		}
		whole = whole && isWhole(x)
		if r.err == nil {
			f(x)
		}
	}
	if r.err == nil && whole != (form == listWhole) {
		r.fail("a list is in the wrong form")
	}
}

// noise is the largest count that a trimmed form leaves out, of a table that is not exact.
func noise(total uint64) uint64 { return max(total>>14, 1) }
