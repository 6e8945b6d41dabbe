package num

import "math"

const (
	exponentBias = 1023
	mantissaBits = 52
	// roundShift added to a number below 2^51 rounds it to an integer, which its lowest bits then hold.
	roundShift = 0x1.8p52

	expOverflow  = 709.782712893384   // the largest x with a finite exp(x)
	expUnderflow = -745.1332191019412 // below it exp(x) rounds to 0
	expNormal    = 660                // within it the scale, the result and their small parts are normal
)

// expParts reduces x+rest to exp(x+rest) = 2^(k/128)·(1+fraction) with k the integer nearest to 128x/ln 2, and returns
// k, 2^((k mod 128)/128) and fraction. It needs |x| < 750 and |rest| far below 1.
func expParts(x, rest float64) (k int64, value, fraction float64) {
	shifted := float64(x*inverseStep) + roundShift
	kd := shifted - roundShift
	k = int64(kd)
	r := x - float64(kd*stepHi) // exact for |k| < 2^17
	r = r - float64(kd*stepLo) + rest
	entry := &expTable[k&127]
	r2 := float64(r * r)
	low := 1.0/2 + float64(r*(1.0/6))
	high := 1.0/24 + float64(r*(1.0/120))
	fraction = (entry.rest + r) + (float64(r2*low) + float64(float64(r2*r2)*high))
	return k, entry.value, fraction
}

// scaleOf returns 2^e for a normal exponent.
func scaleOf(e int64) float64 {
	return math.Float64frombits(uint64(e+exponentBias) << mantissaBits)
}

// Exp returns e**x.
//
// Units: the result is in [0, +Inf]. Exp(+Inf) is +Inf, Exp(-Inf) is 0, Exp(NaN) is NaN; a result too large is +Inf, one
// too small is 0.
// Source: table of 2^(i/128) and the Taylor polynomial of degree 5; error below 0.52 ulp against mpmath 1.4.1.
func Exp(x float64) float64 {
	if x >= -expNormal && x <= expNormal {
		k, value, fraction := expParts(x, 0)
		value = float64(value * scaleOf(k>>7))
		return value + float64(value*fraction)
	}
	return expExtreme(x, 0)
}

// expExtreme is exp(x+rest) where the result or its scale may leave the normal range.
func expExtreme(x, rest float64) float64 {
	switch {
	case x != x:
		return x
	case x > expOverflow+1:
		return math.Inf(1)
	case x < expUnderflow-1:
		return 0
	}
	k, value, fraction := expParts(x, rest)
	hi, lo := fastTwoSum(value, float64(value*fraction))
	e := k >> 7
	if e > 0 {
		return float64(float64((hi+lo)*scaleOf(e-1)) * 2)
	}
	return roundScaled(hi, lo, e)
}

// roundScaled returns (hi+lo)·2^e for a result that may be subnormal, with one rounding only.
func roundScaled(hi, lo float64, e int64) float64 {
	if e > -exponentBias {
		return float64((hi + lo) * scaleOf(e))
	}
	// Adding this power of two to hi leaves the bits that the subnormal result can hold.
	shift := scaleOf(-exponentBias + 1 - e)
	sum, rest := fastTwoSum(shift, hi)
	sum = sum + (rest + lo)
	return float64(float64((sum-shift)*scaleOf(-exponentBias+1)) * scaleOf(e+exponentBias-1))
}

// expm1Parts returns exp(x)-1 as an unevaluated sum for |x| <= 60.
func expm1Parts(x float64) (hi, lo float64) {
	k, value, _ := expParts(x, 0)
	kd := float64(k)
	c := float64(kd * stepLo)
	r0 := x - float64(kd*stepHi)
	r := r0 - c
	rRest := (r0 - r) - c
	scale := scaleOf(k >> 7)
	value = float64(value * scale)
	r2 := float64(r * r)
	// Degree 9: the result may be as small as r itself.
	q := 1.0/6 + float64(r*(1.0/24+float64(r*(1.0/120+float64(r*(1.0/720))))))
	low := float64(r2*0.5) + float64(float64(r2*r)*q)
	tableRest := expTable[k&127].rest
	low += tableRest + float64(tableRest*r) + rRest
	above, aboveRest := twoSum(value, -1)
	sum, rest := twoSum(above, r)
	rest += aboveRest
	// value·(1+r+low) - 1 = (value-1) + r + low + (value-1)·(r+low), the last product with its rest where it matters.
	p, pRest := twoProduct(above, r)
	rest += low + float64(above*low) + pRest
	sum, sumRest := twoSum(sum, p)
	return fastTwoSum(sum, sumRest+rest)
}

// Expm1 returns e**x - 1, accurately also for x near zero.
//
// Units: the result is in [-1, +Inf]. Expm1(±0) is ±0, Expm1(+Inf) is +Inf, Expm1(-Inf) is -1, Expm1(NaN) is NaN.
// Source: as Exp, in double-double where values cancel; error below 0.52 ulp against mpmath 1.4.1.
func Expm1(x float64) float64 {
	switch {
	case x > 60: // e**60 > 2^86: the 1 is far below the last bit
		return Exp(x)
	case x < -60:
		return -1
	case x > -0x1p-54 && x < 0x1p-54: // keeps -0 and subnormal numbers
		return x
	case x != x:
		return x
	}
	hi, lo := expm1Parts(x)
	return hi + lo
}

// Tanh returns the hyperbolic tangent of x.
//
// Units: the result is in [-1, 1]. Tanh(±0) is ±0, Tanh(±Inf) is ±1, Tanh(NaN) is NaN.
// Source: (e**2x - 1)/(e**2x + 1) in double-double; error below 0.52 ulp against mpmath 1.4.1.
func Tanh(x float64) float64 {
	switch {
	case x > 22:
		return 1
	case x < -22:
		return -1
	case x > -0x1p-28 && x < 0x1p-28: // x - x³/3 rounds to x
		return x
	case x != x:
		return x
	}
	hi, lo := expm1Parts(float64(2 * x))
	den, denRest := twoSum(hi, 2)
	return divide(hi, lo, den, denRest+lo)
}

// Sigmoid returns the logistic function 1/(1+e**-x), accurately in both tails.
//
// Units: the result is in [0, 1]; Sigmoid(0) is 0.5, Sigmoid(+Inf) is 1, Sigmoid(-Inf) is 0, Sigmoid(NaN) is NaN.
// Source: e**-|x| with its rest and one corrected division; error below 0.52 ulp against mpmath 1.4.1.
func Sigmoid(x float64) float64 {
	switch {
	case x > 40: // e**-40 is far below half a unit of 1
		return 1
	case x < -40: // 1 + e**x rounds to 1
		return Exp(x)
	case x != x:
		return x
	}
	k, value, fraction := expParts(-math.Abs(x), 0)
	value = float64(value * scaleOf(k>>7))
	e, eRest := fastTwoSum(value, float64(value*fraction))
	den, denRest := fastTwoSum(1, e)
	denRest += eRest
	if x >= 0 {
		return divide(1, 0, den, denRest)
	}
	return divide(e, eRest, den, denRest)
}
