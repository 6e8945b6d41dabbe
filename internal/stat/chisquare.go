package stat

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// ChiSquareOptions choose the form of the test. The zero value is the plain Pearson test.
type ChiSquareOptions struct {
	Yates bool // continuity correction, applied with one degree of freedom only (scipy's default)
}

// ChiSquareResult is the outcome of ChiSquare.
type ChiSquareResult struct {
	Statistic        float64 // Pearson's, corrected if asked for
	P                float64 // upper tail of the chi-square distribution
	DegreesOfFreedom int     // categories that occur, less one
	CramersV         float64 // √(uncorrected statistic / (n+m)), in [0, 1], without bias correction
}

// ChiSquare tests whether two count vectors come from one distribution (homogeneity: both are samples; the reference is not taken for the
// population). Categories that occur in neither are left out. Where fewer than two are left the result is Statistic 0, P 1, V 0.
// The p-value is asymptotic: with expected counts under 5 it is rough. Errors: ErrLength, ErrEmpty.
// Source: equals scipy.stats.chi2_contingency 1.17, statistic to 1e-12 and p to 1e-9; V as statsmodels without correction.
func ChiSquare(reference, current []uint64, o ChiSquareOptions) (ChiSquareResult, error) {
	n, m, err := totals("chi-square", reference, current)
	if err != nil {
		return ChiSquareResult{}, err
	}
	total := float64(n) + float64(m)
	table := occupied(reference, current)
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

// chiSquareSurvival returns P(X ≥ x) for a chi-square variable with dof ≥ 1 degrees of freedom.
func chiSquareSurvival(x float64, dof int) float64 {
	if x <= 0 {
		return 1
	}
	return min(max(mathext.GammaIncRegComp(float64(dof)/2, x/2), 0), 1)
}
