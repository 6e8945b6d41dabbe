package tree

import (
	"context"
	"fmt"
	"math"

	"github.com/tidewheel/tidewheel/model"
)

// The objectives of this file predict the exponential of their one raw score: a mean above 0.

// leastMean is what the mean is taken for where it is less, in the losses, as in LightGBM's.
const leastMean = 1e-10

// checkCounts refuses targets below 0, or with positive those at 0 too, and targets that are all 0.
func checkCounts(l *labels, n int, positive bool) error {
	if err := checkSums(l, n, true); err != nil {
		return err
	}
	low, top := math.Inf(1), 0.0
	for _, y := range l.value[:n] {
		low, top = min(low, y), max(top, y)
	}
	switch {
	case positive && !(low > 0):
		return fmt.Errorf("%w: want targets above 0", model.ErrTarget)
	case low < 0:
		return fmt.Errorf("%w: want targets of at least 0", model.ErrTarget)
	case top == 0:
		return fmt.Errorf("%w: want a target above 0", model.ErrTarget)
	}
	return nil
}

// poisson is the deviance of counts.
type poisson struct{}

// poissonStep is added to the score in the second derivative, so that steps stay small; LightGBM's poisson_max_delta_step.
const poissonStep = 0.7

func (poisson) traits() objectiveTraits { return objectiveTraits{metric: "poisson", log: true} }

func (poisson) check(l *labels, n int) error { return checkCounts(l, n, false) }

func (poisson) base(l *labels, n int) []float64 { return []float64{math.Log(mean(l, n))} }

func (poisson) gradients(l *labels, score [][]float64, to *pairs) {
	value, step := l.value[to.lo:to.hi], math.Exp(poissonStep)
	for i, s := range score[0][to.lo:to.hi] {
		m := math.Exp(s)
		to.g[i], to.h[i] = m-value[i], m*step
	}
}

func (poisson) loss(ctx context.Context, workers int, l *labels, score [][]float64) (float64, error) {
	return meanLoss(ctx, workers, l, len(score[0]), func(i int) float64 {
		m := max(math.Exp(score[0][i]), leastMean)
		return m - l.value[i]*math.Log(m)
	})
}

// gamma is the deviance of amounts whose standard deviation is in proportion to their mean.
type gamma struct{ poisson }

func (gamma) traits() objectiveTraits { return objectiveTraits{metric: "gamma", log: true} }

func (gamma) check(l *labels, n int) error { return checkCounts(l, n, true) }

func (gamma) gradients(l *labels, score [][]float64, to *pairs) {
	value := l.value[to.lo:to.hi]
	for i, s := range score[0][to.lo:to.hi] {
		v := value[i] * math.Exp(-s)
		to.g[i], to.h[i] = 1-v, v
	}
}

func (gamma) loss(ctx context.Context, workers int, l *labels, score [][]float64) (float64, error) {
	return meanLoss(ctx, workers, l, len(score[0]), func(i int) float64 {
		return l.value[i]*math.Exp(-score[0][i]) + score[0][i]
	})
}

// tweedie is the deviance of amounts many of which are 0: their variance is the mean to a power between 1 and 2.
type tweedie struct {
	poisson
	power float64
}

func (tweedie) traits() objectiveTraits { return objectiveTraits{metric: "tweedie", log: true} }

func (o tweedie) gradients(l *labels, score [][]float64, to *pairs) {
	value, one, two := l.value[to.lo:to.hi], 1-o.power, 2-o.power
	for i, s := range score[0][to.lo:to.hi] {
		a, b := value[i]*math.Exp(one*s), math.Exp(two*s)
		to.g[i], to.h[i] = b-a, two*b-one*a
	}
}

func (o tweedie) loss(ctx context.Context, workers int, l *labels, score [][]float64) (float64, error) {
	one, two := 1-o.power, 2-o.power
	return meanLoss(ctx, workers, l, len(score[0]), func(i int) float64 {
		s := max(score[0][i], math.Log(leastMean))
		return math.Exp(two*s)/two - l.value[i]*math.Exp(one*s)/one
	})
}
