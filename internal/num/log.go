package num

import "math"

// logOffset is the bit pattern of 0.6875: significands are taken in [0.6875, 1.375), so that numbers just below 1 need
// no power of two and nothing cancels.
const logOffset = 0x3fe6000000000000

// logParts reduces a positive, finite, normal bit pattern: x = 2^k·z with 1/c near 1/z in table entry i, and
// z/c - 1 = r + rRest exactly.
func logParts(bits uint64) (k int64, i int, r, rRest float64) {
	tmp := bits - logOffset
	i = int(tmp>>45) & 127
	k = int64(tmp) >> mantissaBits
	zBits := bits - tmp&(0xfff<<mantissaBits)
	z := math.Float64frombits(zBits)
	// The upper 26 bits and the lower 27 bits of z times the 10 bits of 1/c are exact.
	zHi := math.Float64frombits(zBits &^ (1<<27 - 1))
	zLo := z - zHi
	inverse := logTable[i].inverse
	a := float64(zHi*inverse) - 1
	r, rRest = fastTwoSum(a, float64(zLo*inverse))
	return k, i, r, rRest
}

// normalBits returns the bit pattern of a positive number with a subnormal one scaled by 2^52, and the power to add.
func normalBits(x float64) (bits uint64, power int64) {
	if x < 0x1p-1022 {
		return math.Float64bits(float64(x * 0x1p52)), -52
	}
	return math.Float64bits(x), 0
}

// logTail is log(1+r) - r for |r| <= 2^-7, to a relative error of 2^-60 of r.
func logTail(r float64) float64 {
	r2 := float64(r * r)
	r4 := float64(r2 * r2)
	p := -1.0/2 + float64(r*(1.0/3))
	p += float64(r2 * (-1.0/4 + float64(r*(1.0/5))))
	q := -1.0/6 + float64(r*(1.0/7))
	q += float64(r2 * (-1.0/8 + float64(r*(1.0/9))))
	return float64(r2 * (p + float64(r4*q)))
}

// Log returns the natural logarithm of x.
//
// Units: Log(+Inf) is +Inf, Log(0) is -Inf, Log(x < 0) and Log(NaN) are NaN, Log(1) is 0.
// Source: table of log(c) and the Taylor polynomial of degree 9; error below 0.52 ulp against mpmath 1.4.1.
func Log(x float64) float64 {
	if !(x > 0 && x <= math.MaxFloat64) {
		return logSpecial(x)
	}
	bits, power := normalBits(x)
	k, i, r, rRest := logParts(bits)
	return logSum(k+power, i, r, rRest)
}

// logSum puts the parts of a logarithm together.
func logSum(k int64, i int, r, rRest float64) float64 {
	kd := float64(k)
	entry := &logTable[i]
	base := float64(kd*ln2Hi) + entry.hi // exact
	sum := base + r
	rest := (base - sum) + r + (float64(kd*ln2Lo) + entry.lo + rRest)
	return sum + (rest + logTail(r))
}

func logSpecial(x float64) float64 {
	switch {
	case x == 0:
		return math.Inf(-1)
	case x > 0: // +Inf
		return x
	default:
		return math.NaN()
	}
}

// Log1p returns the natural logarithm of 1+x, accurately also for x near zero.
//
// Units: Log1p(±0) is ±0, Log1p(+Inf) is +Inf, Log1p(-1) is -Inf, Log1p(x < -1) and Log1p(NaN) are NaN.
// Source: Log on 1+x with the rest of that sum; error below 0.53 ulp against mpmath 1.4.1.
func Log1p(x float64) float64 {
	switch {
	case x > -0x1p-54 && x < 0x1p-54: // keeps -0 and subnormal numbers
		return x
	case x > -0x1p-8 && x < 0x1p-8:
		return x + logTail(x)
	case !(x > -1 && x <= math.MaxFloat64):
		return logSpecial(1 + x)
	}
	u, uRest := twoSum(1, x)
	k, i, r, rRest := logParts(math.Float64bits(u))
	// 1+x is at least 2^-53 and k at most 1023, so that 2^-k is normal or, for k = 1023, exact all the same.
	scaled := float64(float64(uRest*scaleOf(-k/2)) * scaleOf(-k+k/2))
	r, rRest = fastTwoSum(r, rRest+float64(scaled*logTable[i].inverse))
	return logSum(k, i, r, rRest)
}
