package sketch

import "math"

// Moments accumulates the count, the mean, central moments to the fourth, the minimum and the maximum of finite numbers.
// NaN and infinities are counted apart and change nothing else. The zero value is empty and ready to use; it may be copied.
//
// Source: Pébay (2008), "Formulas for robust, one-pass parallel computation of covariances and arbitrary-order statistical moments".
type Moments struct {
	n              uint64
	nonFinite      uint64
	mean           float64
	m2, m3, m4     float64
	smallest, most float64
}

// Add takes one value. It allocates nothing.
func (m *Moments) Add(x float64) {
	if !isFinite(x) {
		m.nonFinite++
		return
	}
	x += 0 // -0 becomes +0
	before := float64(m.n)
	m.n++
	if m.n == 1 {
		m.mean, m.smallest, m.most = x, x, x
		return
	}
	m.smallest = min(m.smallest, x)
	m.most = max(m.most, x)
	n := float64(m.n)
	delta := x - m.mean
	dn := delta / n
	dn2 := dn * dn
	term := float64(float64(delta*dn) * before)
	nn := float64(n*n) - float64(3*n) + 3
	m.mean += dn
	m.m4 += float64(float64(term*dn2)*nn) + float64(6*float64(dn2*m.m2)) - float64(4*float64(dn*m.m3))
	m.m3 += float64(float64(term*dn)*(n-2)) - float64(3*float64(dn*m.m2))
	m.m2 += term
}

// AddSlice is Add of each value in order, to the bit.
func (m *Moments) AddSlice(values []float64) {
	for _, x := range values {
		m.Add(x)
	}
}

// Merge adds what o has seen, as if its values came after those of m; sums are rounded differently from one pass (relative error near 1e-15
// of the moment for well conditioned data), counts, minimum and maximum are exact. o is not changed.
func (m *Moments) Merge(o *Moments) {
	nonFinite := m.nonFinite + o.nonFinite
	switch {
	case o.n == 0:
	case m.n == 0:
		*m = *o
	default:
		m.merge(*o)
	}
	m.nonFinite = nonFinite
}

func (m *Moments) merge(o Moments) {
	na, nb := float64(m.n), float64(o.n)
	n := na + nb
	d := o.mean - m.mean
	dn := d / n
	dn2 := dn * dn
	ab := float64(na * nb)
	term := float64(float64(d*dn) * ab) // d²·na·nb/n
	m4 := float64(float64(term*dn2)*(float64(na*na)-ab+float64(nb*nb))) +
		float64(6*float64(dn2*(float64(float64(na*na)*o.m2)+float64(float64(nb*nb)*m.m2)))) +
		float64(4*float64(dn*(float64(na*o.m3)-float64(nb*m.m3))))
	m3 := float64(float64(term*dn)*(na-nb)) + float64(3*float64(dn*(float64(na*o.m2)-float64(nb*m.m2))))
	m.m4 = m.m4 + o.m4 + m4
	m.m3 = m.m3 + o.m3 + m3
	m.m2 = m.m2 + o.m2 + term
	m.mean += float64(dn * nb)
	m.n += o.n
	m.smallest = min(m.smallest, o.smallest)
	m.most = max(m.most, o.most)
}

// Count returns the number of finite values.
func (m *Moments) Count() uint64 { return m.n }

// NonFinite returns the number of NaN and infinite values, which count nowhere else.
func (m *Moments) NonFinite() uint64 { return m.nonFinite }

// Mean returns the arithmetic mean; false if there is no value, or if values near the largest float64 made it overflow.
func (m *Moments) Mean() (float64, bool) { return m.mean, m.n > 0 && isFinite(m.mean) }

// Min returns the smallest value; false if there is none.
func (m *Moments) Min() (float64, bool) { return m.smallest, m.n > 0 }

// Max returns the largest value; false if there is none.
func (m *Moments) Max() (float64, bool) { return m.most, m.n > 0 }

// Variance returns the sample variance, M2/(n-1); false below two values or if it overflows. It is 0 for a constant column.
func (m *Moments) Variance() (float64, bool) {
	if m.n < 2 {
		return 0, false
	}
	v := max(m.m2, 0) / float64(m.n-1)
	return finiteOrZero(v)
}

// StdDev returns the square root of Variance; false where that is.
func (m *Moments) StdDev() (float64, bool) {
	v, ok := m.Variance()
	return math.Sqrt(v), ok
}

// Skewness returns the third standardized moment √n·M3/M2^1.5 (biased, the default of scipy.stats.skew); false for a constant column, for
// no value and when a moment overflows.
func (m *Moments) Skewness() (float64, bool) {
	if m.n == 0 || !(m.m2 > 0) {
		return 0, false
	}
	return finiteOrZero(math.Sqrt(float64(m.n)) * m.m3 / (m.m2 * math.Sqrt(m.m2)))
}

// Kurtosis returns the excess kurtosis n·M4/M2² − 3 (biased, the default of scipy.stats.kurtosis); false where Skewness is.
func (m *Moments) Kurtosis() (float64, bool) {
	if m.n == 0 || !(m.m2 > 0) {
		return 0, false
	}
	return finiteOrZero(float64(float64(m.n)*m.m4/float64(m.m2*m.m2)) - 3)
}

func finiteOrZero(x float64) (float64, bool) {
	if !isFinite(x) {
		return 0, false
	}
	return x, true
}

// MarshalBinary returns the 74 bytes of the canonical form; the error is always nil.
func (m *Moments) MarshalBinary() ([]byte, error) { return m.AppendBinary(nil) }

// AppendBinary appends the canonical form to dst; the error is always nil.
func (m *Moments) AppendBinary(dst []byte) ([]byte, error) {
	dst = append(dst, kindMoments, formVersion)
	dst = appendUint64(dst, m.n)
	dst = appendUint64(dst, m.nonFinite)
	for _, x := range [...]float64{m.mean, m.m2, m.m3, m.m4, m.smallest, m.most} {
		dst = appendFloat(dst, x)
	}
	return dst, nil
}

// UnmarshalBinary replaces m with the state in data, or leaves m as it is and returns an error that is ErrDecode.
func (m *Moments) UnmarshalBinary(data []byte) error {
	r := newReader("moments", kindMoments, data)
	v := Moments{n: r.uint64(), nonFinite: r.uint64()}
	v.mean, v.m2, v.m3, v.m4 = r.float(), r.float(), r.float(), r.float()
	v.smallest, v.most = r.float(), r.float()
	switch {
	case r.err != nil:
	case v.n == 0 && !v.isBlank():
		r.fail("moments of no value")
	case !isFinite(v.smallest) || !isFinite(v.most) || v.smallest > v.most:
		r.fail("minimum and maximum out of order")
	case isNegativeZero(v.smallest) || isNegativeZero(v.most):
		r.fail("negative zero")
	case v.n == 1 && (v.mean != v.smallest || v.mean != v.most || v.m2 != 0):
		r.fail("one value with a spread")
	}
	if err := r.end(); err != nil {
		return err
	}
	*m = v
	return nil
}

// isBlank reports whether all fields but the counts have the bits of zero.
func (m *Moments) isBlank() bool {
	return math.Float64bits(m.mean)|math.Float64bits(m.m2)|math.Float64bits(m.m3)|math.Float64bits(m.m4)|
		math.Float64bits(m.smallest)|math.Float64bits(m.most) == 0
}
