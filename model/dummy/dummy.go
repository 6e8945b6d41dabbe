package dummy

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/matrix"
	"github.com/tidewheel/tidewheel/internal/plan"
	"github.com/tidewheel/tidewheel/model"
)

// Strategy is what the constant is.
type Strategy uint8

// The strategies.
const (
	Default      Strategy = iota // Prior for a classification, Mean for a regression and a ranking
	Prior                        // the class of the largest weight; the probabilities are the classes' shares of the weight
	MostFrequent                 // the class of the largest weight, with probability 1
	Mean                         // the weighted mean of a numeric target
	Median                       // the weighted median of a numeric target
)

// Options are the hyperparameters of an Estimator. The zero value is ready to use.
type Options struct {
	Strategy Strategy // default Default
}

// Estimator predicts a constant. It reads the target and the weights of the training rows; its Predictor asks for the numeric and text features by name, so
// that it stands in for any other, and looks at none of their values.
type Estimator struct{ strategy Strategy }

// New returns the estimator. It errors with a *model.OptionError for an unknown strategy.
func New(o Options) (*Estimator, error) {
	if o.Strategy > Median {
		return nil, fmt.Errorf("dummy: new: %w",
			&model.OptionError{Field: "dummy.Options.Strategy", Value: strconv.Itoa(int(o.Strategy)), Want: "Default, Prior, MostFrequent, Mean or Median"})
	}
	return &Estimator{strategy: o.Strategy}, nil
}

// Fit implements model.Estimator. Of equally frequent classes the first counts as the most frequent. Where half of the weight lies on either side of a gap
// between two values, the median is half-way between them. The raw score of a regression is its prediction; a classification has none.
//
// Errors: model.ErrTarget for a missing target and for a strategy that does not fit the task, model.ErrNonFinite for an infinite target and a weight that is not
// finite or below zero, model.ErrNoRows, dataset.ErrSchema for an unknown column. Equals sklearn.dummy 1.9.1, whose weighted median is the lower of the two.
func (e *Estimator) Fit(ctx context.Context, t model.Training) (model.Predictor, error) {
	p, err := e.fit(ctx, t)
	if err != nil {
		return nil, fmt.Errorf("dummy: fit: %w", err)
	}
	return p, nil
}

func (e *Estimator) fit(ctx context.Context, t model.Training) (*model.Planned, error) {
	regression := !t.Problem.Task.IsClassification()
	strategy := e.strategy
	if strategy == Default {
		strategy = Prior
		if regression {
			strategy = Mean
		}
	}
	if t.Problem.Task == model.TaskUnknown || regression != (strategy == Mean || strategy == Median) {
		return nil, fmt.Errorf("%w: the strategy is not one for task %s", model.ErrTarget, t.Problem.Task)
	}
	if err := t.Problem.RefuseInitScore("dummy"); err != nil {
		return nil, err
	}
	r := matrix.Request{Target: t.Problem.Target, Weight: t.Problem.Weight}
	if !regression {
		r.Classes = t.Problem.ReadClasses
	}
	table, err := matrix.Read(ctx, t.Rows, r)
	if err != nil {
		return nil, err
	}
	inputs, err := inputs(t)
	if err != nil {
		return nil, err
	}
	b := plan.NewBuilder(inputs...)
	if regression {
		c := b.Add(plan.Op{Kind: plan.OpConstant, Fill: plan.Floats{center(table, strategy)}})
		b.Output(model.PredictionColumn, c[0])
		b.Output(model.RawColumn, c[0])
	} else {
		c := b.Add(plan.Op{Kind: plan.OpConstant, Fill: shares(table, strategy, len(t.Problem.Classes))})
		for i, name := 0, model.PredictionColumn; i < len(c); i, name = i+1, model.ProbabilityColumn {
			b.Output(name, c[i])
		}
	}
	p, err := b.Build()
	if err != nil {
		return nil, err
	}
	target, ok := t.Rows.Schema().Lookup(t.Problem.Target)
	if !ok {
		return nil, &dataset.SchemaError{Column: t.Problem.Target, Want: "the target among the columns", Got: "no such column"}
	}
	return model.NewPredictor(t.Problem, t.Rows.Schema(), target, p)
}

// inputs are the features that a plan can read.
func inputs(t model.Training) ([]plan.Input, error) {
	s := t.Rows.Schema()
	names, err := t.Problem.Columns(s)
	if err != nil {
		return nil, err
	}
	var out []plan.Input
	for _, n := range names {
		f, ok := s.Lookup(n)
		switch {
		case !ok:
			return nil, &dataset.SchemaError{Column: n, Want: "it among the columns", Got: "no such column"}
		case f.Type.IsText():
			out = append(out, plan.Input{Name: n, Kind: plan.Text})
		case f.Type.IsNumeric():
			out = append(out, plan.Input{Name: n, Kind: plan.Number})
		}
	}
	return out, nil
}

// shares returns the index of the most frequent class and the probability of each.
func shares(t *matrix.Table, s Strategy, classes int) plan.Floats {
	out := make(plan.Floats, classes+1)
	p := out[1:]
	for i, c := range t.Class {
		p[c] += weight(t, i)
	}
	top := 0
	for c, w := range p {
		if w > p[top] {
			top = c
		}
	}
	out[0] = float64(top)
	for c := range p {
		switch {
		case s == Prior:
			p[c] /= t.WeightSum
		case c == top:
			p[c] = 1
		default:
			p[c] = 0
		}
	}
	return out
}

func weight(t *matrix.Table, i int) float64 {
	if t.Weight == nil {
		return 1
	}
	return t.Weight[i]
}

func center(t *matrix.Table, s Strategy) float64 {
	if s == Median {
		return median(t)
	}
	first := t.Target[0]
	sum := 0.0 // about the first value, so that a constant target is its own mean
	for i, y := range t.Target {
		sum += weight(t, i) * (y - first)
	}
	return first + sum/t.WeightSum
}

func median(t *matrix.Table) float64 {
	type row struct{ y, w float64 }
	rows := make([]row, 0, t.Rows)
	for i, y := range t.Target {
		if w := weight(t, i); w > 0 {
			rows = append(rows, row{y, w})
		}
	}
	slices.SortStableFunc(rows, func(a, b row) int { return cmp.Compare(a.y, b.y) })
	below := 0.0
	for i, r := range rows {
		below += r.w
		if half := t.WeightSum / 2; below > half {
			return r.y
		} else if below == half && i+1 < len(rows) {
			return r.y + (rows[i+1].y-r.y)/2
		}
	}
	return rows[len(rows)-1].y
}
