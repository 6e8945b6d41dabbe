package skew

import (
	"slices"
	"sort"

	"github.com/tidewheel/tidewheel/validate"
)

// bucket is a bin of a histogram as TFDV has it: values from low to high, or all equal to both.
type bucket struct{ low, high, count float64 }

// histogram is one side's buckets in order, and what is in none.
type histogram struct {
	buckets       []bucket
	infinite, nan float64
}

// histogramOf returns the bins of a profile: equally wide ones, or those between deciles.
func histogramOf(c *validate.ColumnProfile, h Histogram) histogram {
	out := histogram{infinite: float64(c.Infinite), nan: float64(c.NaN)}
	n := c.Number
	if h == Standard {
		edges := n.Edges()
		for i, k := range n.Histogram {
			out.buckets = append(out.buckets, bucket{edges[i], edges[i+1], float64(k)})
		}
		return out
	}
	step := (len(n.Quantiles) - 1) / 10
	for i := step; i < len(n.Quantiles); i += step {
		out.buckets = append(out.buckets, bucket{n.Quantiles[i-step], n.Quantiles[i], float64(n.Count) / 10})
	}
	return out
}

// align cuts both histograms at the edges of both, with values spread evenly within a bucket, and returns their counts: buckets of one value stand apart, one for each
// value, and infinities and NaN of one side have no equal on the other. Source: AlignHistograms of TFDV 1.22, anomalies/metrics.cc.
func align(a, b histogram) (p, q []float64) {
	edges := edgesOf(a, b)
	p, q = spread(a, edges), spread(b, edges)
	points := pointsOf(a, b)
	p, q = append(p, atPoints(a, points)...), append(q, atPoints(b, points)...)
	p, q = append(p, a.infinite, 0), append(q, 0, b.infinite)
	return append(p, 0, a.nan), append(q, b.nan, 0)
}

// edgesOf returns the edges of all buckets that are wider than a point.
func edgesOf(both ...histogram) []float64 {
	var edges []float64
	for _, h := range both {
		for _, k := range h.buckets {
			if k.low < k.high {
				edges = append(edges, k.low, k.high)
			}
		}
	}
	slices.Sort(edges)
	return slices.Compact(edges)
}

// spread returns the counts of a histogram between edges, which have all of its own.
func spread(h histogram, edges []float64) []float64 {
	counts := make([]float64, max(len(edges)-1, 0))
	for _, k := range h.buckets {
		if k.low == k.high {
			continue
		}
		for i := sort.SearchFloat64s(edges, k.low); edges[i] < k.high; i++ {
			counts[i] += k.count * ((edges[i+1]/2 - edges[i]/2) / (k.high/2 - k.low/2)) // halves, since a width may overflow
		}
	}
	return counts
}

// pointsOf returns the values of buckets of one value.
func pointsOf(both ...histogram) []float64 {
	var points []float64
	for _, h := range both {
		for _, k := range h.buckets {
			if k.low == k.high {
				points = append(points, k.low)
			}
		}
	}
	slices.Sort(points)
	return slices.Compact(points)
}

func atPoints(h histogram, points []float64) []float64 {
	counts := make([]float64, len(points))
	for _, k := range h.buckets {
		if k.low == k.high {
			counts[sort.SearchFloat64s(points, k.low)] += k.count
		}
	}
	return counts
}
