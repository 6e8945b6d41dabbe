package linear

import (
	"context"
	"fmt"

	"github.com/tidewheel/tidewheel/internal/matrix"
	"github.com/tidewheel/tidewheel/model"
)

// Regression is linear regression: least squares, or ridge with an L2 penalty. It is immutable and safe for concurrent use.
//
// It minimises Σ weight · (target - prediction)² + L2 · Σ coefficient². When features depend on each other, as one-hot columns beside an intercept do, it takes
// the solution with the smallest Σ coefficient², as numpy.linalg.lstsq does on centred features.
type Regression struct{ options RegressionOptions }

// NewRegression returns the estimator. It errors with the joined *model.OptionError of every bad field.
func NewRegression(o RegressionOptions) (*Regression, error) {
	c := checker{name: "RegressionOptions"}
	c.penalty(o.Penalty)
	c.workers(o.Workers)
	if err := c.err(); err != nil {
		return nil, fmt.Errorf("linear: new regression: %w", err)
	}
	return &Regression{options: o}, nil
}

// Fit implements model.Estimator. It is FitModel without the coefficients.
func (e *Regression) Fit(ctx context.Context, t model.Training) (model.Predictor, error) {
	m, err := e.FitModel(ctx, t)
	if err != nil {
		return nil, err
	}
	return m.Planned, nil
}

// FitModel learns from t.Rows, which it ranges once and holds in memory. A ranking is fitted row by row: to the grades, whatever the group.
//
// Cost: n·p² for n rows and p features. ctx is looked at between blocks of rows and of columns; the p³ of the last factorisation, 0.1 s for some hundred features,
// is not interrupted. Errors: model.ErrTarget for a problem that is neither, a missing target and one that is no grade of a ranking, dataset.ErrSchema for a feature that
// does not read as a number, model.ErrNonFinite for a missing or infinite value and a weight that is not finite or below zero, model.ErrNoRows.
//
// Equals sklearn.linear_model.LinearRegression and Ridge 1.9.1 to 1e-6 in the coefficients.
func (e *Regression) FitModel(ctx context.Context, t model.Training) (*Model, error) {
	m, err := e.fit(ctx, t)
	if err != nil {
		return nil, fmt.Errorf("linear: fit regression: %w", err)
	}
	return m, nil
}

func (e *Regression) fit(ctx context.Context, t model.Training) (*Model, error) {
	ranking := t.Problem.Task == model.Ranking
	if t.Problem.Task != model.Regression && !ranking {
		return nil, fmt.Errorf("%w: want a regression or a ranking, got task %s", model.ErrTarget, t.Problem.Task)
	}
	names, err := columns(t)
	if err != nil {
		return nil, err
	}
	r := matrix.Request{Columns: names, Target: t.Problem.Target, Weight: t.Problem.Weight, Compact: true}
	if ranking {
		r.Group = t.Problem.Group // not used, but rows without one are refused as by every ranking
	}
	table, err := matrix.Read(ctx, t.Rows, r)
	if err != nil {
		return nil, err
	}
	if ranking {
		if err := t.Problem.CheckGrades(table.Target); err != nil {
			return nil, err
		}
	}
	d, err := newDesign(ctx, table, !e.options.NoIntercept, e.options.Workers)
	if err != nil {
		return nil, err
	}
	alpha := 0.0
	if e.options.Penalty != nil {
		alpha = e.options.Penalty.strength()
	}
	s, err := leastSquares(ctx, d, table.Target, alpha)
	if err != nil {
		return nil, err
	}
	return newModel(t, table, s)
}
