package metric

import (
	"math"

	"github.com/tidewheel/tidewheel/internal/num"
)

// mean is the weighted mean of value(i) over n rows; rows of weight zero are not looked at.
func mean(n int, weight []float64, value func(i int) float64) float64 {
	var sum, total num.Accumulator
	if weight == nil {
		for i := range n {
			sum.Add(value(i))
		}
		return sum.Value() / float64(n)
	}
	for i, w := range weight {
		if w > 0 {
			sum.Add(float64(w * value(i)))
			total.Add(w)
		}
	}
	return sum.Value() / total.Value()
}

// weightOf is the weight of a row, 1 where there are none.
func weightOf(weight []float64, i int) float64 {
	if weight == nil {
		return 1
	}
	return weight[i]
}

// square is x².
func square(x float64) float64 { return float64(x * x) }

// ratio is a/b, and 0 where b is 0: the zero_division=0 of scikit-learn.
func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

// clipProbability keeps p away from 0 and 1 by the distance of 1 to the next larger float64, as scikit-learn does
// before it takes logarithms.
func clipProbability(p float64) float64 {
	return math.Min(math.Max(p, 0x1p-52), 1-0x1p-52)
}
