package tree

import (
	"context"
	"math"

	"github.com/tidewheel/tidewheel/internal/matrix"
	"github.com/tidewheel/tidewheel/model"
)

func newLogLoss(_ BoostingOptions, p model.Problem) objective {
	if len(p.Classes) == 2 {
		return logistic{}
	}
	return &softmax{}
}

// logistic is the log loss of one output, the log-odds of class 1.
type logistic struct{}

func (logistic) traits() objectiveTraits { return objectiveTraits{metric: "log_loss"} }

func (logistic) check(l *labels, n int) error {
	if err := checkSums(l, n, false); err != nil {
		return err
	}
	return checkClasses(l, n)
}

func (logistic) base(l *labels, n int) []float64 {
	share := classShares(l, n)
	p := min(max(share[1], epsilon), 1-epsilon)
	return []float64{math.Log(p / (1 - p))}
}

// classShares returns the share of the weight that each class has.
func classShares(l *labels, n int) []float64 {
	share := make([]float64, max(l.classes, 2))
	var total float64
	for i, c := range l.class[:n] {
		w := l.weightOf(i)
		share[c] += w
		total += w
	}
	for c := range share {
		share[c] /= total
	}
	return share
}

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

func (logistic) gradients(l *labels, score [][]float64, to *pairs) {
	class := l.class[to.lo:to.hi]
	for i, s := range score[0][to.lo:to.hi] {
		p := sigmoid(s)
		to.g[i], to.h[i] = p-float64(class[i]), p*(1-p)
	}
}

func (logistic) loss(ctx context.Context, workers int, l *labels, score [][]float64) (float64, error) {
	return meanLoss(ctx, workers, l, len(score[0]), func(i int) float64 {
		m := score[0][i]
		if l.class[i] == 1 {
			m = -m
		}
		return max(m, 0) + math.Log1p(math.Exp(-math.Abs(m)))
	})
}

// softmax is the log loss of one output a class. It keeps the probabilities of the round.
type softmax struct{ probability [][]float64 }

func (*softmax) traits() objectiveTraits { return objectiveTraits{metric: "log_loss"} }

func (*softmax) check(l *labels, n int) error { return logistic{}.check(l, n) }

// base is the log share of each class. A class without weight has the log of epsilon.
func (*softmax) base(l *labels, n int) []float64 {
	share := classShares(l, n)
	for c := range share {
		share[c] = math.Log(max(share[c], epsilon))
	}
	return share
}

func (o *softmax) prepare(ctx context.Context, workers int, _ *labels, score [][]float64) error {
	n := len(score[0])
	if o.probability == nil {
		o.probability = filled(make([]float64, len(score)), n)
	}
	return matrix.Parallel(ctx, workers, chunks(n), func(k, _ int) {
		lo, hi := chunk(k, n)
		probabilities(o.probability, score, lo, hi)
	})
}

// probabilities fills the rows lo to hi of p, one slice a class, with the softmax of the scores.
func probabilities(p, score [][]float64, lo, hi int) {
	for i := lo; i < hi; i++ {
		top := math.Inf(-1)
		for _, s := range score {
			top = max(top, s[i])
		}
		var sum float64
		for c, s := range score {
			p[c][i] = math.Exp(s[i] - top)
			sum += p[c][i]
		}
		for c := range p {
			p[c][i] /= sum
		}
	}
}

func (o *softmax) gradients(l *labels, _ [][]float64, to *pairs) {
	factor := float64(l.classes) / float64(l.classes-1)
	class := l.class[to.lo:to.hi]
	for i, p := range o.probability[to.output][to.lo:to.hi] {
		to.g[i], to.h[i] = p, factor*p*(1-p)
		if int(class[i]) == to.output {
			to.g[i] = p - 1
		}
	}
}

func (*softmax) loss(ctx context.Context, workers int, l *labels, score [][]float64) (float64, error) {
	return meanLoss(ctx, workers, l, len(score[0]), func(i int) float64 {
		top := math.Inf(-1)
		for _, s := range score {
			top = max(top, s[i])
		}
		var e float64
		for _, s := range score {
			e += math.Exp(s[i] - top)
		}
		return top + math.Log(e) - score[l.class[i]][i]
	})
}
