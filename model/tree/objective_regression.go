package tree

import (
	"context"
	"math"

	"github.com/tidewheel/tidewheel/model"
)

// squared is half the squared error of one output.
type squared struct{}

func (squared) traits() objectiveTraits { return objectiveTraits{metric: "squared_error", unit: true} }

func (squared) check(l *labels, n int) error { return checkSums(l, n, true) }

func (squared) base(l *labels, n int) []float64 { return []float64{mean(l, n)} }

// mean returns the weighted mean of the targets.
func mean(l *labels, n int) float64 {
	var sum, total float64
	for i, y := range l.value[:n] {
		w := l.weightOf(i)
		total += w
		if total > 0 {
			sum += w / total * (y - sum) // a running mean: huge values do not overflow
		}
	}
	return sum
}

func (squared) gradients(l *labels, score [][]float64, to *pairs) {
	value := l.value[to.lo:to.hi]
	for i, s := range score[0][to.lo:to.hi] {
		to.g[i], to.h[i] = s-value[i], 1
	}
}

func (squared) loss(ctx context.Context, workers int, l *labels, score [][]float64) (float64, error) {
	return meanLoss(ctx, workers, l, len(score[0]), func(i int) float64 {
		d := score[0][i] - l.value[i]
		return d * d
	})
}

// huber is squared error up to a distance and absolute error beyond it.
type huber struct {
	squared // check and base
	delta   float64
}

func (huber) traits() objectiveTraits { return objectiveTraits{metric: "huber", unit: true} }

func (o huber) gradients(l *labels, score [][]float64, to *pairs) {
	value := l.value[to.lo:to.hi]
	for i, s := range score[0][to.lo:to.hi] {
		to.g[i], to.h[i] = min(max(s-value[i], -o.delta), o.delta), 1
	}
}

func (o huber) loss(ctx context.Context, workers int, l *labels, score [][]float64) (float64, error) {
	return meanLoss(ctx, workers, l, len(score[0]), func(i int) float64 {
		d := math.Abs(score[0][i] - l.value[i])
		if d <= o.delta {
			return d * d / 2
		}
		return o.delta * (d - o.delta/2)
	})
}

// pinball is the loss whose best constant is a quantile: absolute error for the median, twice as steep. Its second derivative is none, so that leaves take the
// quantile of what their rows lack.
type pinball struct {
	alpha    float64
	absolute bool // alpha is 0.5 and the loss is the absolute error
}

// newQuantile rounds alpha to float32, as LightGBM does: ties between splits hang on it.
func newQuantile(o BoostingOptions, _ model.Problem) objective {
	return pinball{alpha: float64(float32(o.Alpha))}
}

func (o pinball) traits() objectiveTraits {
	return objectiveTraits{metric: map[bool]string{true: "absolute_error", false: "quantile"}[o.absolute], unit: true}
}

func (pinball) check(l *labels, n int) error { return checkSums(l, n, true) }

func (o pinball) base(l *labels, n int) []float64 {
	return []float64{o.quantile(l, n, func(i int) (int, float64) { return i, l.value[i] })}
}

func (o pinball) renew(l *labels, score []float64, rows []int32) float64 {
	return o.quantile(l, len(rows), func(i int) (int, float64) { r := int(rows[i]); return r, l.value[r] - score[r] })
}

// quantile returns the quantile of n values, each with its row.
func (o pinball) quantile(l *labels, n int, at func(i int) (row int, v float64)) float64 {
	v := make([]float64, n)
	var w []float64
	if l.weight != nil {
		w = make([]float64, n)
	}
	for i := range v {
		var row int
		if row, v[i] = at(i); w != nil {
			w[i] = l.weight[row]
		}
	}
	if w != nil {
		return weightedQuantile(v, w, o.alpha)
	}
	return quantile(v, o.alpha)
}

func (o pinball) gradients(l *labels, score [][]float64, to *pairs) {
	value := l.value[to.lo:to.hi]
	below, above := -o.alpha, 1-o.alpha
	if o.absolute {
		below, above = -1, 1
	}
	for i, s := range score[0][to.lo:to.hi] {
		g := above
		switch {
		case s < value[i]:
			g = below
		case s == value[i] && o.absolute:
			g = 0
		}
		to.g[i], to.h[i] = g, 1
	}
}

func (o pinball) loss(ctx context.Context, workers int, l *labels, score [][]float64) (float64, error) {
	below, above := o.alpha, 1-o.alpha
	if o.absolute {
		below, above = 1, 1
	}
	return meanLoss(ctx, workers, l, len(score[0]), func(i int) float64 {
		if d := l.value[i] - score[0][i]; d >= 0 {
			return below * d
		} else {
			return -above * d
		}
	})
}
