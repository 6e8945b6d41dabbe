package tree

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/tidewheel/tidewheel/internal/matrix"
	"github.com/tidewheel/tidewheel/model"
)

// ErrDerivatives says that an ObjectiveFunction gave derivatives that cannot be learnt from: NaN, infinities, or second derivatives below 0.
var ErrDerivatives = errors.New("derivatives that cannot be learnt from")

// Labels are rows with what is known about them, column by column. The slices are borrowed, must not be changed, and are valid until the call that lent them
// returns.
type Labels struct {
	Scores  [][]float64 // raw scores: one slice an output
	Targets []float64   // the target of a regression, else the index of the class
	Weights []float64   // nil for ones; with class weights in it on rows trained on
	Groups  []int32     // of a ranking: rows of one number belong together; else nil
}

// ObjectiveFunction is a loss of the host's own, for a regression or a classification: of a row's raw scores, one of a regression and of two classes, one a class of
// more, which start from 0 or from Problem.InitScore.
type ObjectiveFunction interface {
	// Gradients sets g and h, which have the shape of rows.Scores, to the first and second derivatives of each row's weighted loss by each of its scores. They
	// must be finite, h at least 0. It is called for some of the rows at a time, up to 16,384, from several goroutines at once, and must give a row the same
	// bits whatever rows are beside it. The trees of all scores of a round grow on the derivatives at its start.
	Gradients(rows Labels, g, h [][]float64)
}

// Metric measures raw scores of validation rows. It must be safe for use by as many fits as it is given to.
type Metric interface {
	Name() string
	HigherIsBetter() bool
	// Evaluate returns the value for all validation rows, in the order of their source. An error ends the training.
	Evaluate(ctx context.Context, rows Labels) (float64, error)
}

// rows returns what a host is shown of all rows of l.
func (l *labels) rows(score [][]float64) Labels {
	out := Labels{Scores: score, Targets: l.value, Weights: l.weight, Groups: l.group}
	if l.class != nil {
		if l.numbers == nil {
			l.numbers = make([]float64, len(l.class))
			for i, c := range l.class {
				l.numbers[i] = float64(c)
			}
		}
		out.Targets = l.numbers
	}
	return out
}

// part returns the rows lo to hi.
func (l Labels) part(lo, hi int) Labels {
	out := Labels{Targets: l.Targets[lo:hi], Scores: make([][]float64, len(l.Scores))}
	for i, s := range l.Scores {
		out.Scores[i] = s[lo:hi]
	}
	if l.Weights != nil {
		out.Weights = l.Weights[lo:hi]
	}
	if l.Groups != nil {
		out.Groups = l.Groups[lo:hi]
	}
	return out
}

// custom is an objective of the host. Its gradients are weighted already.
type custom struct {
	function ObjectiveFunction
	outputs  int
	all      Labels
	g, h     [][]float64 // of the round, where there are several outputs
}

func (*custom) traits() objectiveTraits { return objectiveTraits{weighted: true} }

func (*custom) check(l *labels, n int) error {
	if l.class != nil {
		return logistic{}.check(l, n)
	}
	return checkSums(l, n, true)
}

func (o *custom) base(*labels, int) []float64 { return make([]float64, o.outputs) }

// prepare derives by all outputs at once where there are several: the trees of the first change the scores before the others grow.
func (o *custom) prepare(ctx context.Context, workers int, l *labels, score [][]float64) error {
	o.all = l.rows(score)
	if o.outputs == 1 {
		return nil
	}
	n := len(score[0])
	if o.g == nil {
		o.g, o.h = filled(make([]float64, o.outputs), n), filled(make([]float64, o.outputs), n)
	}
	return matrix.Parallel(ctx, workers, chunks(n), func(k, _ int) {
		lo, hi := chunk(k, n)
		g, h := make([][]float64, o.outputs), make([][]float64, o.outputs)
		for c := range g {
			g[c], h[c] = o.g[c][lo:hi:hi], o.h[c][lo:hi:hi]
		}
		o.derive(lo, hi, g, h)
	})
}

// derive asks the host for the derivatives of the rows lo to hi.
func (o *custom) derive(lo, hi int, g, h [][]float64) {
	for _, to := range slices.Concat(g, h) {
		for i := range to {
			to[i] = math.NaN() // what is not set is refused
		}
	}
	o.function.Gradients(o.all.part(lo, hi), g, h)
}

func (o *custom) gradients(_ *labels, _ [][]float64, to *pairs) {
	if o.outputs == 1 {
		o.derive(to.lo, to.hi, [][]float64{to.g}, [][]float64{to.h})
		return
	}
	copy(to.g, o.g[to.output][to.lo:to.hi])
	copy(to.h, o.h[to.output][to.lo:to.hi])
}

// loss is not known: traits has no name of one.
func (*custom) loss(context.Context, int, *labels, [][]float64) (float64, error) {
	return math.NaN(), nil
}

// checkDerivatives refuses what a round cannot be grown from, by the largest of each chunk and whether a second derivative is below 0.
func checkDerivatives(o objective, g, h float64, negative bool) error {
	what := ""
	switch {
	case math.IsNaN(g) || math.IsNaN(h):
		what = "NaN"
	case math.IsInf(g, 0) || math.IsInf(h, 0):
		what = "an infinity"
	case negative:
		what = "a second derivative below 0"
	default:
		return nil
	}
	if _, ok := o.(*custom); ok {
		return fmt.Errorf("%w: custom objective: want finite ones, the second at least 0, got %s", ErrDerivatives, what)
	}
	return fmt.Errorf("%w: want finite derivatives of the loss %s, got %s", model.ErrNonFinite, o.traits().metric, what)
}
