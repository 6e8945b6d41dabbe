package stat

import (
	"cmp"
	"fmt"
	"slices"
)

// BenjaminiHochberg returns the adjusted p-values of one family of tests, in the order of p: rejecting those at most q keeps the expected
// share of false rejections at most q (for independent or positively dependent tests). p is not changed; no p gives none.
// The error is ErrOption for a p that is NaN or outside [0, 1].
// Source: Benjamini and Hochberg (1995); equals statsmodels.stats.multitest.multipletests(method="fdr_bh") 0.15 to 1e-12.
func BenjaminiHochberg(p []float64) ([]float64, error) {
	order := make([]int, len(p))
	for i, x := range p {
		if !(x >= 0 && x <= 1) {
			return nil, fmt.Errorf("stat: benjamini-hochberg: p-value %d of %d: %w: want 0 to 1", i, len(p), ErrOption)
		}
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Or(cmp.Compare(p[a], p[b]), cmp.Compare(a, b)) })
	adjusted := make([]float64, len(p))
	least := 1.0
	for rank := len(p); rank > 0; rank-- {
		i := order[rank-1]
		least = min(least, p[i]*float64(len(p))/float64(rank))
		adjusted[i] = least
	}
	return adjusted, nil
}
