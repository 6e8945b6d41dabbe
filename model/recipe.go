package model

import (
	"context"
	"fmt"
	"slices"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/features"
	"github.com/tidewheel/tidewheel/internal/plan"
)

// Recipe is features and an estimator as one Estimator, whose Predictor takes the raw columns. Cross-validation, search and sealing use it, so that nothing of a
// test fold reaches the features.
type Recipe struct {
	Features  features.Fitter // fitted on the features alone; nil passes the columns on as they are
	Estimator Estimator
}

// Fit implements Estimator. It fits the features on the training rows, then the estimator on what they make. It ranges t.Rows as often as both of them do. Errors are
// theirs; besides, ErrNoRows, and an *OptionError without an Estimator.
func (r Recipe) Fit(ctx context.Context, t Training) (Predictor, error) {
	if r.Estimator == nil {
		return nil, fmt.Errorf("model: recipe: %w", &OptionError{Field: "model.Recipe.Estimator", Value: "nil", Want: "an Estimator"})
	}
	if r.Features == nil {
		return r.Estimator.Fit(ctx, t)
	}
	columns, err := t.Problem.Columns(t.Rows.Schema())
	if err != nil {
		return nil, fmt.Errorf("model: recipe: %w", err)
	}
	raw, err := dataset.Select(ctx, t.Rows, columns...)
	if err != nil {
		return nil, fmt.Errorf("model: recipe: %w", err)
	}
	fitted, err := r.Features.Fit(ctx, raw)
	if err != nil && empty(ctx, raw) {
		return nil, fmt.Errorf("model: recipe: %w", ErrNoRows)
	}
	if err != nil {
		return nil, fmt.Errorf("model: recipe: %w", err)
	}
	made, err := fitted.Output(raw.Schema())
	if err != nil {
		return nil, fmt.Errorf("model: recipe: %w", err)
	}
	inner := Training{Problem: t.Problem}
	inner.Problem.Features = made.Names()
	if inner.Rows, err = r.made(ctx, t, fitted, columns, t.Rows); err != nil {
		return nil, err
	}
	if t.Validation != nil {
		if inner.Validation, err = r.made(ctx, t, fitted, columns, t.Validation); err != nil {
			return nil, err
		}
	}
	p, err := r.Estimator.Fit(ctx, inner)
	if err != nil {
		return nil, fmt.Errorf("model: recipe: %w", err)
	}
	return join(t, raw.Schema(), fitted, p)
}

// empty reports whether src can be ranged and has no rows.
func empty(ctx context.Context, src dataset.Source) bool {
	for b, err := range src.Batches(ctx) {
		if err != nil || b.NumRows() > 0 {
			return false
		}
	}
	return true
}

// made returns the rows with their features made, and only the other columns that the estimator needs.
func (r Recipe) made(ctx context.Context, t Training, fitted features.Transformer, columns []string, rows dataset.Source) (dataset.Source, error) {
	names := slices.Clone(columns)
	for _, name := range []string{t.Problem.Target, t.Problem.Weight, t.Problem.Group} {
		if name != "" {
			names = append(names, name)
		}
	}
	if t.Problem.InitScore != "" {
		names = append(names, t.Problem.InitScore)
	}
	narrow, err := dataset.Select(ctx, rows, names...)
	if err != nil {
		return nil, fmt.Errorf("model: recipe: %w", err)
	}
	out, err := features.Apply(fitted, narrow)
	if err != nil {
		return nil, fmt.Errorf("model: recipe: %w", err)
	}
	return out, nil
}

func join(t Training, raw *dataset.Schema, fitted features.Transformer, p Predictor) (Predictor, error) {
	inner, ok := p.(*Planned)
	if !ok {
		return &staged{fitted: fitted, input: raw, inner: p}, nil
	}
	whole, err := plan.Compose(fitted.Plan(), inner.Plan())
	if err != nil {
		return nil, fmt.Errorf("model: recipe: %w", err)
	}
	target, err := t.Problem.TargetField(t.Rows.Schema())
	if err != nil {
		return nil, fmt.Errorf("model: recipe: %w", err)
	}
	problem := t.Problem
	problem.Features = nil
	out, err := NewPredictor(problem, raw, target, whole)
	if err != nil {
		return nil, err
	}
	return out, nil
}

// staged is a recipe whose estimator came from the host and has no plan: features first, then the predictor.
type staged struct {
	fitted features.Transformer
	input  *dataset.Schema
	inner  Predictor
}

// Signature implements Predictor.
func (s *staged) Signature() Signature {
	return Signature{Input: s.input, Output: s.inner.Signature().Output}
}

// Predict implements Predictor.
func (s *staged) Predict(ctx context.Context, in dataset.Batch) (dataset.Batch, error) {
	made, err := features.Transform(ctx, s.fitted, in)
	if err != nil {
		return dataset.Batch{}, err
	}
	defer made.Release()
	return s.inner.Predict(ctx, made)
}
