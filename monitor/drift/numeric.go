package drift

import (
	"math"
	"slices"
	"sort"

	"github.com/tidewheel/tidewheel/internal/stat"
)

const (
	fewValues   = 20  // distinct numbers up to which a column is one of categories
	zeroShare   = 0.2 // of zeros from which a column is split
	deciles     = 10
	minValues   = 30
	largeSample = 1000
	minExpected = 5
)

// The least effects. Those of scores are half as large.
const (
	leastKS             = 0.1
	leastWasserstein    = 0.1
	leastPSI            = 0.1
	leastJensenShannon  = 0.1
	leastTotalVariation = 0.05
	leastMissing        = 0.01
)

// numbers fills in the figures of a numeric column and returns whether the effect is large enough.
func (c *Column) numbers(reference, current []float64, scale float64) (large bool) {
	if len(reference) == 0 || len(current) == 0 {
		return false
	}
	n := min(c.NReference, c.NCurrent)
	// The samples are sorted, finite and not empty: there is no error.
	ks, _ := stat.KolmogorovSmirnovSorted(reference, current)
	c.KS = some(ks.Statistic)
	normed := c.wasserstein(reference, current)
	cuts := cutsOf(reference)
	c.bins(stat.CountSorted(reference, cuts), stat.CountSorted(current, cuts))
	if n < minValues {
		return false
	}
	if values := union(reference, current); values != nil {
		return c.categories(countValues(reference, values), countValues(current, values), scale)
	}
	c.Test, c.Statistic, c.P = KS, c.KS, some(ks.P)
	if p, ok := splitZeros(reference, current); ok {
		c.Test, c.P = ZerosKS, some(p)
	}
	if n <= largeSample || normed == nil {
		c.effect(MeasureKS, ks.Statistic, leastKS*scale)
		return ks.Statistic >= leastKS*scale
	}
	c.effect(MeasureWasserstein, *normed, leastWasserstein*scale)
	return *normed >= leastWasserstein*scale || c.PSIExcess != nil && *c.PSIExcess >= leastPSI*scale
}

func (c *Column) effect(m Measure, v, threshold float64) {
	c.EffectMeasure, c.Effect, c.EffectThreshold = m, some(v), threshold
}

// wasserstein sets the distance and the normed one, which it returns; nil when it overflows.
func (c *Column) wasserstein(reference, current []float64) *float64 {
	w, err := stat.WassersteinSorted(reference, current)
	if err != nil {
		return nil
	}
	c.Wasserstein = some(w)
	normed := 0.0
	scale := deviation(reference)
	if scale == 0 {
		scale = deviation(current)
	}
	switch {
	case w == 0:
	case scale == 0:
		normed = 1
	case math.IsInf(scale, 0) || math.IsNaN(scale):
		return nil
	default:
		normed = w / scale
	}
	if math.IsInf(normed, 0) {
		return nil
	}
	c.WassersteinNormed = some(normed)
	return c.WassersteinNormed
}

// deviation returns the standard deviation of sorted values, with n in the denominator.
func deviation(values []float64) float64 {
	if values[0] == values[len(values)-1] {
		return 0
	}
	mean, sum := 0.0, 0.0
	for i, x := range values {
		d := x - mean
		mean += d / float64(i+1)
		sum += float64(d * (x - mean))
	}
	return math.Sqrt(sum / float64(len(values)))
}

// bins sets PSI and the Jensen–Shannon distance of counts in the reference's bins.
func (c *Column) bins(reference, current []uint64) {
	psi, err := stat.PSI(reference, current, stat.EmptyShare)
	if err != nil {
		return
	}
	js, _ := stat.JensenShannon(reference, current)
	filled := 0
	for i := range reference {
		if reference[i]+current[i] > 0 {
			filled++
		}
	}
	level, _ := stat.PSINullLevel(filled, uint64(c.NReference), uint64(c.NCurrent))
	c.PSI, c.PSIExcess, c.JensenShannon = some(psi), some(psi-level), some(js)
}

// cutsOf returns where the bins of sorted values are cut: at each value when there are few, else at the deciles, and just above
// a value that is at several, as a profile does.
func cutsOf(sorted []float64) []float64 {
	if values := distinct(sorted, nil); values != nil {
		return values
	}
	var cuts []float64
	for k := 1; k < deciles; k++ {
		v := sorted[(k*len(sorted)+deciles-1)/deciles-1]
		switch {
		case k == 1 || v > cuts[len(cuts)-1]:
			cuts = append(cuts, v)
		case v == cuts[len(cuts)-1]: // a value at several deciles has a bin of its own
			cuts = append(cuts, math.Nextafter(v, math.Inf(1)))
		}
	}
	return cuts
}

// distinct returns known and the distinct values of a sorted sample, nil when there are more than fewValues.
func distinct(sorted, known []float64) []float64 {
	out := known
	for i := 0; i < len(sorted); {
		v := sorted[i]
		if at, ok := slices.BinarySearch(out, v); !ok {
			if len(out) == fewValues {
				return nil
			}
			out = slices.Insert(slices.Clip(out), at, v)
		}
		i += sort.Search(len(sorted)-i, func(k int) bool { return sorted[i+k] > v })
	}
	return out
}

// union returns the distinct values of both samples, nil when there are more than fewValues.
func union(a, b []float64) []float64 {
	values := distinct(a, nil)
	if values == nil {
		return nil
	}
	return distinct(b, values)
}

// countValues returns how often each of values, which hold all of sorted, occurs.
func countValues(sorted, values []float64) []uint64 {
	return stat.CountSorted(sorted, values)[1:]
}

// splitZeros tests columns with many zeros in two parts and returns twice the smaller p; false when there are not many, or when one side has none.
func splitZeros(reference, current []float64) (p float64, ok bool) {
	zr, rr := zeros(reference)
	zc, rc := zeros(current)
	if float64(zr+zc) < zeroShare*float64(len(reference)+len(current)) {
		return 0, false
	}
	chi, err := stat.ChiSquare([]uint64{zr, uint64(len(rr))}, []uint64{zc, uint64(len(rc))}, stat.ChiSquareOptions{})
	if err != nil {
		return 0, false
	}
	p = chi.P
	if len(rr) >= minValues && len(rc) >= minValues {
		ks, err := stat.KolmogorovSmirnovSorted(rr, rc)
		if err != nil {
			return 0, false
		}
		p = min(p, ks.P)
	}
	return min(2*p, 1), true
}

// zeros returns the number of zeros and the other values, in order.
func zeros(sorted []float64) (n uint64, rest []float64) {
	from, _ := slices.BinarySearch(sorted, 0)
	to := from + sort.Search(len(sorted)-from, func(k int) bool { return sorted[from+k] > 0 })
	if from == to {
		return 0, sorted
	}
	return uint64(to - from), slices.Concat(sorted[:from], sorted[to:])
}
