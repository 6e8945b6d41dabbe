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
	if err := t.Problem.RefuseInitScore("linear"); err != nil {
		return nil, err
	}
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
	var err error
	if m.Planned, err = model.NewLinked(t, b, raw); err != nil {
		return nil, err
	}
	return m, nil
}
