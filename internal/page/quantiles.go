package page

import (
	"math"
	"sort"
)

// Grid is a distribution as its quantiles at equal steps from the smallest to the largest value.
type Grid []float64

// Below returns the share of values below x, within one step of the grid.
func (g Grid) Below(x float64) float64 {
	k := sort.SearchFloat64s(g, x) // the first that is not below x
	switch {
	case len(g) < 2 || k == 0:
		return 0
	case k == len(g):
		return 1
	}
	inside := (x/2 - g[k-1]/2) / (g[k]/2 - g[k-1]/2) // halves, so that the widest range does not overflow
	return (float64(k-1) + inside) / float64(len(g)-1)
}

// at returns the quantile of a share.
func (g Grid) at(share float64) float64 { return g[int(math.Round(share*float64(len(g)-1)))] }

// Shares returns the share of values in each bin: from an edge on, and below the next; the last bin has its upper edge too.
func (g Grid) Shares(edges []float64) []float64 {
	out := make([]float64, len(edges)-1)
	for i := range out {
		to := g.Below(edges[i+1])
		if i == len(out)-1 && len(g) > 0 && edges[i+1] >= g[len(g)-1] {
			to = 1
		}
		out[i] = max(0, to-g.Below(edges[i]))
	}
	return out
}

// bulk is the share of values on each side that an axis may leave out for the sake of the others.
const bulk = 0.01

// Window returns the ends of an axis on which grids can be seen side by side: all values, or the middle 98 % of them where the rest would take more than three
// quarters of the axis, which cut says.
func Window(grids ...Grid) (low, high float64, cut bool) {
	low, high = math.Inf(1), math.Inf(-1)
	inLow, inHigh := low, high
	for _, g := range grids {
		if len(g) > 1 {
			low, high = min(low, g[0]), max(high, g[len(g)-1])
			inLow, inHigh = min(inLow, g.at(bulk)), max(inHigh, g.at(1-bulk))
		}
	}
	if inHigh > inLow && high/4-low/4 > inHigh-inLow {
		return inLow, inHigh, true
	}
	return low, high, false
}

// Edges returns the edges of n bins from low to high. Bins of whole numbers hold equally many of them.
func Edges(low, high float64, n int, whole bool) []float64 {
	if !(high > low) {
		return []float64{low, high}
	}
	if whole && high-low < 1e9 {
		low = math.Floor(low) - 0.5
		width := math.Ceil((math.Floor(high) + 0.5 - low) / float64(n))
		n = int(math.Ceil((math.Floor(high) + 0.5 - low) / width))
		high = low + width*float64(n)
	}
	out := make([]float64, n+1)
	for i := range out {
		f := float64(i) / float64(n)
		out[i] = low*(1-f) + high*f
	}
	out[n] = high
	return out
}
