package num

import "math"

// Softmax replaces x by e**x[i] / Σ e**x[j], after subtracting the largest value so that nothing overflows.
//
// Shapes: any length; nothing happens to an empty slice.
// Units: results are in [0, 1] and add to 1 up to rounding. A value of -Inf gives 0; a NaN, a +Inf, or nothing but -Inf
// gives NaN everywhere. The sum runs from left to right.
func Softmax(x []float64) {
	largest := math.Inf(-1)
	for _, v := range x {
		if !(v <= largest) { // true for NaN
			largest = v
		}
		if v != v {
			break
		}
	}
	sum := 0.0
	for i, v := range x {
		e := Exp(v - largest)
		x[i] = e
		sum += e
	}
	for i, v := range x {
		x[i] = v / sum
	}
}

// LogSumExp returns log Σ e**x[i], after subtracting the largest value so that nothing overflows.
//
// Units: -Inf for an empty slice or nothing but -Inf, +Inf if a value is, NaN if one is NaN.
func LogSumExp(x []float64) float64 {
	largest := math.Inf(-1)
	for _, v := range x {
		if v != v {
			return v
		}
		if v > largest {
			largest = v
		}
	}
	if math.IsInf(largest, 0) {
		return largest
	}
	sum := 0.0
	for _, v := range x {
		sum += Exp(v - largest)
	}
	return largest + Log(sum)
}

// Accumulator adds numbers with Neumaier's compensation: the error of the sum stays near one rounding however many
// numbers there are, unless they cancel almost wholly. The zero value is an empty sum. Not safe for concurrent use.
type Accumulator struct {
	sum, rest float64
}

// Add adds x. An infinity or NaN makes the total infinite or NaN as plain addition does.
func (a *Accumulator) Add(x float64) {
	t := a.sum + x
	if math.Abs(a.sum) >= math.Abs(x) {
		a.rest += (a.sum - t) + x
	} else {
		a.rest += (x - t) + a.sum
	}
	a.sum = t
}

// Merge adds the total of b, keeping its rest.
func (a *Accumulator) Merge(b Accumulator) {
	a.Add(b.sum)
	a.rest += b.rest
}

// Value returns the total.
func (a *Accumulator) Value() float64 {
	if math.IsInf(a.sum, 0) || a.sum != a.sum {
		return a.sum
	}
	return a.sum + a.rest
}

// Sum returns the compensated sum of x, from left to right; 0 for an empty slice.
func Sum(x []float64) float64 {
	var a Accumulator
	for _, v := range x {
		a.Add(v)
	}
	return a.Value()
}
