package linear

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/matrix"
	"github.com/tidewheel/tidewheel/internal/plan"
	"github.com/tidewheel/tidewheel/model"
)

// Model is a fitted linear model: a Predictor with its coefficients and the report of its fit. It is immutable and safe for concurrent use; its slices are
// copies, of which the predictions know nothing.
type Model struct {
	*model.Planned
	Features     []string    // the columns, in the order of the coefficients
	Coefficients [][]float64 // one slice over the features for each raw score
	Intercepts   []float64   // one for each raw score; 0 with NoIntercept
	Report       Report
}

// Report says how a fit ended. Not converging is no error.
type Report struct {
	Converged  bool    // the criterion was met; always true for Regression
	Iterations int     // of the solver; 0 for Regression
	Gradient   float64 // the last value of the criterion: the largest element of the scaled gradient; 0 for Regression
	Objective  float64 // the mean over the weight of the rows of what was minimised, penalty included
	Rank       int     // of the centred features, for Regression; below their number when features depend on each other
}

// solution is what a solver found.
type solution struct {
	coefficients [][]float64
	intercepts   []float64
	report       Report
}

// columns returns the names of the features, at least one.
func columns(t model.Training) ([]string, error) {
	names, err := t.Problem.Columns(t.Rows.Schema())
	if err == nil && len(names) == 0 {
		err = &dataset.SchemaError{Want: "at least one feature", Got: "none"}
	}
	return names, err
}

// newModel emits s as scoring operations.
func newModel(t model.Training, table *matrix.Table, s *solution) (*Model, error) {
	for o, c := range s.coefficients {
		if sum := floats.Sum(c) + s.intercepts[o]; math.IsNaN(sum) || math.IsInf(sum, 0) {
			return nil, fmt.Errorf("%w: a coefficient is beyond float64: want a target and features of smaller numbers", model.ErrNonFinite)
		}
	}
	m := &Model{Coefficients: s.coefficients, Intercepts: s.intercepts, Report: s.report}
	inputs := make([]plan.Input, len(table.Columns))
	op := plan.Op{Kind: plan.OpLinear, Shift: append(plan.Floats(nil), s.intercepts...)}
	for j := range table.Columns {
		name := table.Columns[j].Field.Name
		m.Features = append(m.Features, name)
		inputs[j] = plan.Input{Name: name, Kind: plan.Number}
		op.In = append(op.In, int32(j))
	}
	for _, c := range s.coefficients {
		op.Coef = append(op.Coef, c...)
	}
	b := plan.NewBuilder(inputs...)
	raw := b.Add(op)
	switch len(t.Problem.Classes) {
	case 0:
		b.Output(model.PredictionColumn, raw[0])
	case 2:
		probability := b.Add(plan.Op{Kind: plan.OpComplement, In: b.Add(plan.Op{Kind: plan.OpSigmoid, In: raw})})
		classify(b, probability, probability)
	default:
		classify(b, raw, b.Add(plan.Op{Kind: plan.OpSoftmax, In: raw}))
	}
	for _, r := range raw {
		b.Output(model.RawColumn, r)
	}
	p, err := b.Build()
	if err != nil {
		return nil, err
	}
	target, ok := t.Rows.Schema().Lookup(t.Problem.Target)
	if !ok {
		return nil, fmt.Errorf("no target %q", t.Problem.Target)
	}
	m.Planned, err = model.NewPredictor(t.Problem, t.Rows.Schema(), target, p)
	return m, err
}

// classify puts out the class of the largest score and the probabilities.
func classify(b *plan.Builder, score, probability plan.Ints) {
	b.Output(model.PredictionColumn, b.Add(plan.Op{Kind: plan.OpArgmax, In: score})[0])
	for _, r := range probability {
		b.Output(model.ProbabilityColumn, r)
	}
}
