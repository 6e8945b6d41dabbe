package stat

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// StudentsTQuantile returns the p-quantile of Student's t distribution with dof > 0 degrees of freedom, which need not be whole. p lies in (0, 1); NaN otherwise.
//
// Source: the inverse of the regularized incomplete beta function, as gonum's stat/distuv computes it, to the bit. That package is not used here because it
// brings gonum's matrices into every program that scores.
func StudentsTQuantile(p, dof float64) float64 {
	if !(p > 0 && p < 1) || !(dof > 0) {
		return math.NaN()
	}
	if p == 0.5 {
		return 0
	}
	t := mathext.InvRegIncBeta(dof/2, 0.5, 2*min(p, 1-p))
	return math.Copysign(math.Sqrt(dof*(1-t)/t), p-0.5)
}
