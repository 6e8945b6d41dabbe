package num

// twoSum returns the rounded sum of a and b and its exact rest.
func twoSum(a, b float64) (sum, rest float64) {
	sum = a + b
	t := sum - a
	return sum, (a - (sum - t)) + (b - t)
}

// fastTwoSum is twoSum for |a| >= |b| or a zero.
func fastTwoSum(a, b float64) (sum, rest float64) {
	sum = a + b
	return sum, (a - sum) + b
}

// twoProduct returns the rounded product of a and b and its exact rest (Dekker 1971). It needs |a|, |b| < 2^995 and
// a product well above the subnormal range.
func twoProduct(a, b float64) (product, rest float64) {
	const splitter = 1<<27 + 1
	product = float64(a * b)
	t := float64(splitter * a)
	aHi := t - (t - a)
	aLo := a - aHi
	t = float64(splitter * b)
	bHi := t - (t - b)
	bLo := b - bHi
	rest = float64(aHi*bHi) - product
	rest += float64(aHi * bLo)
	rest += float64(aLo * bHi)
	rest += float64(aLo * bLo)
	return product, rest
}

// divide returns (a+aRest)/(b+bRest) rounded almost correctly: one division and a correction of its rest.
func divide(a, aRest, b, bRest float64) float64 {
	q := a / b
	p, pRest := twoProduct(q, b)
	rest := (a - p) - pRest + aRest - float64(q*bRest)
	return q + rest/b
}
