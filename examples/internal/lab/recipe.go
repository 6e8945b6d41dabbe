// Package lab assembles what several example programs do with rows and models: opening files, recipes by name, sealing. A host writes these few lines itself, with the
// formats and the estimators that it wants.
package lab

import (
	"context"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/examples/internal/cli"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/metric"
	"github.com/tidewheel/tidewheel/model/selection"
	"github.com/tidewheel/tidewheel/registry"
	"github.com/tidewheel/tidewheel/validate"
)

// Folds returns how to cross-validate: on the past when there is a column of time, with groups in one fold when there are some, with the shares of the classes for a
// classification.
func Folds(p *cli.Program, problem model.Problem, k int, time string) selection.Splitter {
	switch {
	case time != "":
		return selection.TimeSeries{K: k, Time: time}
	case problem.Group != "":
		return selection.Group{K: k}
	case !problem.Task.IsClassification():
		return selection.KFold{K: k, Shuffle: true, Seed: p.Seed}
	default:
		return selection.Stratified{K: k, Shuffle: true, Seed: p.Seed}
	}
}

// PrimaryMetric is the metric by which models of a task are compared.
func PrimaryMetric(t model.Task) string {
	return map[model.Task]string{model.Binary: "roc_auc", model.Multiclass: "log_loss", model.Regression: "rmse", model.Ranking: "ndcg_10"}[t]
}

// BestRecipe cross-validates gbdt and linear and returns the one with the better mean of the task's primary metric.
func BestRecipe(ctx context.Context, p *cli.Program, problem model.Problem, src dataset.Source, s selection.Splitter) (Recipe, *selection.Result, error) {
	var best Recipe
	var reached *selection.Result
	name := PrimaryMetric(problem.Task)
	greater, _ := metric.GreaterIsBetter(name)
	for _, candidate := range []string{"gbdt", "linear"} {
		r, err := NewRecipe(p, candidate, problem.Task, "")
		if err != nil {
			return r, nil, err
		}
		p.Stage("cross-validating " + candidate)
		cv, err := selection.CrossValidate(ctx, r, problem, src, s)
		if err != nil {
			return r, nil, err
		}
		got, _ := cv.Get(name)
		if reached == nil {
			best, reached = r, cv
			continue
		}
		if old, _ := reached.Get(name); (got.Mean > old.Mean) == greater && got.Mean != old.Mean {
			best, reached = r, cv
		}
	}
	return best, reached, nil
}

// Seal profiles the training rows of the columns that c.Model reads, infers their rules, and seals c with both.
func Seal(ctx context.Context, p *cli.Program, train dataset.Source, c registry.Contents) (*registry.Bundle, error) {
	inputs, err := dataset.Select(ctx, train, c.Model.Signature().Input.Names()...)
	if err != nil {
		return nil, err
	}
	if c.Profile, err = validate.ProfileOf(ctx, inputs, validate.ProfileOptions{Workers: p.Workers}); err != nil {
		return nil, err
	}
	if c.Schema, err = validate.Infer(c.Profile, validate.InferOptions{}); err != nil {
		return nil, err
	}
	return registry.Seal(c)
}
