package tree

import (
	"math"
	"slices"
)

// quantile returns the alpha quantile of v, at least one number, by interpolation between its neighbours (type 7 of Hyndman and Fan 1996, as LightGBM has it). It
// reorders v, in O(n).
func quantile(v []float64, alpha float64) float64 {
	n := len(v)
	at := float64(n-1) * (1 - alpha) // from the top
	top := int(at)
	if top >= n-1 {
		return slices.Min(v)
	}
	k := n - 2 - top
	selectK(v, k)
	high := slices.Min(v[k+1:])
	return high - (high-v[k])*(at-float64(top))
}

// selectK moves the k-th smallest number of v to v[k], with none larger before it and none smaller behind.
func selectK(v []float64, k int) {
	for lo, hi := 0, len(v); hi-lo > 1; {
		less, more := divide(v[lo:hi], nil)
		switch {
		case k < lo+less:
			hi = lo + less
		case k >= lo+more:
			lo += more
		default:
			return
		}
	}
}

// weightedQuantile returns the alpha quantile of v, at least one number, whose weights count as rows: where the number at which more than a share alpha of the
// weight is reached has a weight of at least 1, it interpolates from the number before, else it returns the number before, as LightGBM 4.7.0 does. It changes
// neither, in O(n).
func weightedQuantile(v, w []float64, alpha float64) float64 {
	var total float64
	for _, x := range w {
		total += x
	}
	target := total * alpha
	x := reached(slices.Clone(v), slices.Clone(w), target)
	var below float64
	before, last := math.Inf(-1), 0 // the number before x in order; the last row that has x
	top := true
	for i, y := range v {
		switch {
		case y < x:
			below += w[i]
			before = max(before, y)
		case y == x:
			last = i
		default:
			top = false
		}
	}
	for i, y := range v { // equal numbers are in row order
		if y != x {
			continue
		}
		if i != last && below+w[i] <= target {
			below += w[i]
			before = x
			continue
		}
		switch {
		case math.IsInf(before, -1) || (top && i == last):
			return x
		case w[i] >= 1:
			return before + min(max((target-below)/w[i], 0), 1)*(x-before)
		default:
			return before
		}
	}
	return x
}

// reached returns the first of the numbers in order up to which the weights sum to more than target, else the last. It reorders v and w.
func reached(v, w []float64, target float64) float64 {
	for {
		less, more := divide(v, w)
		var below, equal float64
		for _, x := range w[:less] {
			below += x
		}
		for _, x := range w[less:more] {
			equal += x
		}
		switch {
		case less > 0 && below > target:
			v, w = v[:less], w[:less]
		case below+equal > target || more == len(v):
			return v[less]
		default:
			target -= below + equal
			v, w = v[more:], w[more:]
		}
	}
}

// divide reorders v, and w in step where it is not nil, around the middle one of three of its numbers: less of them are below it and len(v)-more above.
func divide(v, w []float64) (less, more int) {
	a, b, c := v[0], v[len(v)/2], v[len(v)-1]
	pivot := max(min(a, b), min(max(a, b), c))
	swap := func(i, j int) {
		v[i], v[j] = v[j], v[i]
		if w != nil {
			w[i], w[j] = w[j], w[i]
		}
	}
	more = len(v)
	for i := 0; i < more; {
		switch {
		case v[i] < pivot:
			swap(i, less)
			less++
			i++
		case v[i] > pivot:
			more--
			swap(i, more)
		default:
			i++
		}
	}
	return less, more
}
