package sketch

import (
	"math"
	"slices"
)

// View is a frozen, sorted answer book made from a Quantiles. It owns its memory and is safe for concurrent use.
type View struct {
	values []float64 // ascending
	ranks  []uint64  // number of stream values up to and including each
	lo, hi float64
}

// View returns an answer book of what s has seen until now, in O(k log k) time for k kept values.
func (s *Quantiles) View() View {
	type weighted struct {
		x float64
		w uint64
	}
	all := make([]weighted, 0, s.kept)
	for h, level := range s.levels {
		for _, x := range level {
			all = append(all, weighted{x, 1 << h})
		}
	}
	slices.SortFunc(all, func(a, b weighted) int {
		switch {
		case a.x < b.x:
			return -1
		case a.x > b.x:
			return 1
		}
		return 0
	})
	v := View{values: make([]float64, 0, len(all)), ranks: make([]uint64, 0, len(all)), lo: s.lo, hi: s.hi}
	rank := uint64(0)
	for i, p := range all {
		rank += p.w
		if i+1 < len(all) && all[i+1].x == p.x {
			continue
		}
		v.values = append(v.values, p.x)
		v.ranks = append(v.ranks, rank)
	}
	return v
}

// Quantile is Quantiles.Quantile in O(log k) time and without allocation.
func (v *View) Quantile(q float64) (float64, bool) {
	if len(v.values) == 0 || q != q {
		return 0, false
	}
	if q <= 0 {
		return v.lo, true
	}
	n := v.ranks[len(v.ranks)-1]
	want := math.Ceil(q * float64(n))
	if want >= float64(n) {
		return v.hi, true
	}
	at, _ := slices.BinarySearch(v.ranks, max(1, uint64(want)))
	return v.values[at], true
}
