package stat

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mathext"
)

// ChiSquareOptions choose the form of the test. The zero value is the plain Pearson test.
type ChiSquareOptions struct {
	Yates     bool    // continuity correction, applied with one degree of freedom only (scipy's default)
	PoolBelow float64 // categories with a smaller expected count in either sample are pooled into one; 5 is usual; 0 pools none
}

// ChiSquareResult is the outcome of ChiSquare.
type ChiSquareResult struct {
	Statistic        float64 // Pearson's, corrected if asked for
	P                float64 // upper tail of the chi-square distribution
	DegreesOfFreedom int     // categories that occur, after pooling, less one
	CramersV         float64 // √(uncorrected statistic / (n+m)), in [0, 1], without bias correction
}

// ChiSquare tests whether two count vectors come from one distribution (homogeneity: both are samples; the reference is not taken for the
// population). Categories that occur in neither are left out. Where fewer than two are left the result is Statistic 0, P 1, V 0.
// The p-value is asymptotic: with expected counts under 5 pool them. Errors: ErrLength, ErrEmpty, ErrOption for a negative PoolBelow.
// Source: equals scipy.stats.chi2_contingency 1.17, statistic to 1e-12 and p to 1e-9; V as statsmodels without correction.
func ChiSquare(reference, current []uint64, o ChiSquareOptions) (ChiSquareResult, error) {
	if !(o.PoolBelow >= 0) {
		return ChiSquareResult{}, fmt.Errorf("stat: chi-square: PoolBelow: %w: want 0 or more", ErrOption)
	}
	n, m, err := totals("chi-square", reference, current)
	if err != nil {
		return ChiSquareResult{}, err
	}
	total := float64(n) + float64(m)
	table := occupied(reference, current)
	if o.PoolBelow > 0 {
		table = pool(table, float64(min(n, m))/total, o.PoolBelow)
	}
	dof := len(table) - 1
	if dof == 0 {
		return ChiSquareResult{P: 1}, nil
	}
	plain, corrected := 0.0, 0.0
	for _, c := range table {
		all := float64(c[0]) + float64(c[1])
		for i, size := range [2]uint64{n, m} {
			expected := all * (float64(size) / total)
			d := math.Abs(float64(c[i]) - float64(expected))
			plain += float64(d*d) / expected
			d -= min(0.5, d)
			corrected += float64(d*d) / expected
		}
	}
	r := ChiSquareResult{Statistic: plain, DegreesOfFreedom: dof, CramersV: min(math.Sqrt(plain/total), 1)}
	if o.Yates && dof == 1 {
		r.Statistic = corrected
	}
	r.P = chiSquareSurvival(r.Statistic, dof)
	return r, nil
}

// occupied returns the pairs of counts of the categories that occur.
func occupied(reference, current []uint64) [][2]uint64 {
	table := make([][2]uint64, 0, len(reference))
	for i := range reference {
		if reference[i] > 0 || current[i] > 0 {
			table = append(table, [2]uint64{reference[i], current[i]})
		}
	}
	return table
}

// pool adds up the categories whose expected count in the smaller sample, which is share of the whole, is under least.
func pool(table [][2]uint64, share, least float64) [][2]uint64 {
	kept := table[:0]
	var rest [2]uint64
	for _, c := range table {
		if (float64(c[0])+float64(c[1]))*share < least {
			rest[0] += c[0]
			rest[1] += c[1]
		} else {
			kept = append(kept, c)
		}
	}
	if rest[0] > 0 || rest[1] > 0 {
		kept = append(kept, rest)
	}
	return kept
}

// chiSquareSurvival returns P(X ≥ x) for a chi-square variable with dof ≥ 1 degrees of freedom.
func chiSquareSurvival(x float64, dof int) float64 {
	if x <= 0 {
		return 1
	}
	return min(max(mathext.GammaIncRegComp(float64(dof)/2, x/2), 0), 1)
}
