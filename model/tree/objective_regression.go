package tree

import "context"

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
