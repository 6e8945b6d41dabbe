package sketch

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// weightOf returns the number of values that the levels stand for; false if it does not fit.
func weightOf(levels [][]float64) (uint64, bool) {
	total := uint64(0)
	for h, level := range levels {
		hi, w := bits.Mul64(uint64(len(level)), 1<<h)
		sum, carry := bits.Add64(total, w, 0)
		if hi != 0 || carry != 0 {
			return 0, false
		}
		total = sum
	}
	return total, true
}

// MarshalBinary returns the canonical form, at most about 11 KB; the error is always nil.
func (s *Quantiles) MarshalBinary() ([]byte, error) { return s.AppendBinary(nil) }

// AppendBinary appends the canonical form to dst; the error is always nil. It does not change s.
func (s *Quantiles) AppendBinary(dst []byte) ([]byte, error) {
	dst = append(dst, kindQuantiles, formVersion)
	dst = appendUint64(dst, s.n)
	dst = appendUint64(dst, s.nan)
	if s.n == 0 {
		return dst, nil
	}
	dst = appendFloat(dst, s.lo)
	dst = appendFloat(dst, s.hi)
	dst = append(dst, byte(len(s.levels)))
	for h, level := range s.levels {
		dst = binary.AppendUvarint(dst, s.rounds[h])
		dst = appendUint16(dst, uint16(len(level)))
		if h == 0 && !slices.IsSorted(level) {
			level = slices.Clone(level)
			slices.Sort(level)
		}
		dst = appendAscending(dst, level)
	}
	return dst, nil
}

// UnmarshalBinary replaces s with the state in data, or leaves s as it is and returns an error that is ErrDecode.
func (s *Quantiles) UnmarshalBinary(data []byte) error {
	r := newReader("quantiles", kindQuantiles, data)
	v := Quantiles{n: r.uint64(), nan: r.uint64()}
	if v.n > maxCount {
		r.fail("more values than a stream has")
	}
	if v.n > 0 && r.err == nil {
		v.lo, v.hi = r.float(), r.float()
		if !(v.lo <= v.hi) || isNegativeZero(v.lo) || isNegativeZero(v.hi) {
			r.fail("minimum and maximum out of order")
		}
		levels := int(r.byte())
		if levels < 1 || levels > maxLevels {
			r.fail("number of levels out of range")
		}
		for h := 0; h < levels && r.err == nil; h++ {
			v.addLevel()
			v.readLevel(r, h)
		}
		if n, ok := weightOf(v.levels); r.err == nil && (!ok || n != v.n) {
			r.fail("levels do not stand for the number of values")
		}
		if r.err == nil && v.kept > v.budget {
			r.fail("more values than such a sketch keeps")
		}
	}
	if err := r.end(); err != nil {
		return err
	}
	*s = v
	return nil
}

func (s *Quantiles) readLevel(r *reader, h int) {
	s.rounds[h] = r.uvarint()
	n := int(r.uint16())
	if n > maxRetained {
		r.fail("a level keeps too many values")
	}
	if n == 0 || r.err != nil {
		return
	}
	r.ascending(n, s.lo, s.hi, func(x float64) { s.levels[h] = append(s.levels[h], x) })
	s.kept += n
}
