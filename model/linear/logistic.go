package linear

import (
	"context"
	"fmt"
	"strconv"

	"github.com/tidewheel/tidewheel/internal/matrix"
	"github.com/tidewheel/tidewheel/model"
)

const (
	defaultTolerance     = 1e-8
	defaultMaxIterations = 1000
)

// Logistic is logistic regression of two or more classes with an L2 penalty. It is immutable and safe for concurrent use.
//
// It minimises Σ weight · log loss + L2/2 · Σ coefficient², with one margin for two classes and one for each of more (softmax). Intercepts are not penalised;
// with more classes they, like the coefficients of each feature, sum to zero. The solver is L-BFGS, scaled by a bound of the curvature, so that features of
// unlike scales converge as fast as standardised ones.
type Logistic struct{ options LogisticOptions }

// NewLogistic returns the estimator. It errors with the joined *model.OptionError of every bad field.
func NewLogistic(o LogisticOptions) (*Logistic, error) {
	c := checker{name: "LogisticOptions"}
	c.penalty(o.Penalty)
	c.want(o.Tolerance >= 0 && o.Tolerance < 1, "Tolerance", formatFloat(o.Tolerance), "at least 0 and below 1")
	c.want(o.MaxIterations >= 0, "MaxIterations", strconv.Itoa(o.MaxIterations), "0 or more")
	c.workers(o.Workers)
	if err := c.err(); err != nil {
		return nil, fmt.Errorf("linear: new logistic: %w", err)
	}
	if o.Penalty == nil {
		o.Penalty = L2(1)
	}
	if o.Tolerance == 0 {
		o.Tolerance = defaultTolerance
	}
	if o.MaxIterations == 0 {
		o.MaxIterations = defaultMaxIterations
	}
	return &Logistic{options: o}, nil
}

// Fit implements model.Estimator. It is FitModel without the coefficients.
func (e *Logistic) Fit(ctx context.Context, t model.Training) (model.Predictor, error) {
	m, err := e.FitModel(ctx, t)
	if err != nil {
		return nil, err
	}
	return m.Planned, nil
}

// FitModel learns from t.Rows, which it ranges once and holds in memory; columns that are mostly zero are kept without their zeros.
//
// Cost: a pass over the features for each iteration, about 20 to 200 of them. A fit that ends at MaxIterations has Report.Converged false. Errors:
// model.ErrTarget for a problem without classes, a class that the problem does not know, and rows of one class only; the others as Regression.FitModel.
//
// Equals sklearn.linear_model.LogisticRegression 1.9.1 (C = 1/L2) to 1e-6 in the coefficients when that is run to its optimum.
func (e *Logistic) FitModel(ctx context.Context, t model.Training) (*Model, error) {
	m, err := e.fit(ctx, t)
	if err != nil {
		return nil, fmt.Errorf("linear: fit logistic: %w", err)
	}
	return m, nil
}

func (e *Logistic) fit(ctx context.Context, t model.Training) (*Model, error) {
	k := len(t.Problem.Classes)
	if (t.Problem.Task != model.Binary && t.Problem.Task != model.Multiclass) || k < 2 {
		return nil, fmt.Errorf("%w: want a classification of at least 2 classes, got task %s of %d", model.ErrTarget, t.Problem.Task, k)
	}
	names, err := columns(t)
	if err != nil {
		return nil, err
	}
	table, err := matrix.Read(ctx, t.Rows, matrix.Request{
		Columns: names, Target: t.Problem.Target, Classes: t.Problem.ReadClasses, Weight: t.Problem.Weight, Compact: true,
	})
	if err != nil {
		return nil, err
	}
	d, err := newDesign(ctx, table, !e.options.NoIntercept, e.options.Workers)
	if err != nil {
		return nil, err
	}
	l, err := newLogLoss(d, table.Class, k, e.options.Penalty.strength())
	if err != nil {
		return nil, err
	}
	found, err := minimize(ctx, l.evaluate, l.start(), e.options.Tolerance, e.options.MaxIterations)
	if err != nil {
		return nil, err
	}
	return newModel(t, table, l.solution(found))
}
