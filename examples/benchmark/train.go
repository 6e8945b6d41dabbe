package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/examples/internal/cli"
	"github.com/tidewheel/tidewheel/examples/internal/lab"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/metric"
	"github.com/tidewheel/tidewheel/model/tree"
)

// learning is rows in memory to learn from and to measure on: every fourth row is for the latter.
type learning struct {
	problem     model.Problem
	train, test *dataset.Batches
}

func (b *bench) learning(ctx context.Context) (l learning, err error) {
	src, err := lab.OpenColumns(ctx, b.data, nil, []lab.Role{{Flag: "target", Column: b.target, Role: dataset.Target}})
	if err != nil {
		return l, err
	}
	all, err := dataset.Cache(ctx, src)
	if err != nil {
		return l, err
	}
	defer func() { err = errors.Join(err, all.Close()) }() // the parts are copies
	if all.NumRows() == 0 {
		return l, errors.New("flag -data: want rows, got none")
	}
	if l.problem, err = model.NewProblem(ctx, all, b.target, model.ProblemOptions{}); err != nil {
		return l, err
	}
	if err := lab.CheckTraining(ctx, b.Program, all, l.problem); err != nil {
		return l, err
	}
	parts := make(dataset.Assignment, all.NumRows())
	for i := range parts {
		if i%4 == 3 {
			parts[i] = dataset.PartTest
		}
	}
	if l.train, err = b.keep(ctx, parts.Part(all, dataset.PartTrain)); err != nil {
		return l, err
	}
	l.test, err = b.keep(ctx, parts.Part(all, dataset.PartTest))
	return l, err
}

// train fits boosting, a linear model and a random forest, features and binning included, to rows in memory.
func (b *bench) train(ctx context.Context) ([]*job, error) {
	l, err := b.learning(ctx)
	if err != nil {
		return nil, err
	}
	var jobs []*job
	for _, name := range []string{"gbdt", "linear", "forest"} {
		for _, w := range b.cores() {
			recipe, err := b.recipe(name, l.problem.Task, w)
			if err != nil {
				return nil, err
			}
			var fitted model.Predictor
			jobs = append(jobs, &job{
				name: name, rows: l.train.NumRows(), columns: l.train.Schema().Len() - 1, workers: w,
				run: func(ctx context.Context) (err error) {
					fitted, err = recipe.Fit(ctx, model.Training{Problem: l.problem, Rows: l.train})
					return err
				},
				quality: func() map[string]float64 { return l.reached(ctx, fitted) },
			})
		}
	}
	return jobs, nil
}

// recipe returns the recipe of a case of train; a forest gets the features of boosting.
func (b *bench) recipe(name string, task model.Task, workers int) (model.Recipe, error) {
	p := cli.Program{Seed: b.Seed, Workers: workers}
	if name == "linear" {
		r, err := lab.NewRecipe(&p, name, task, "")
		return r.Recipe, err
	}
	r, err := lab.NewRecipe(&p, "gbdt", task, fmt.Sprintf(`{"leaves": %d}`, b.leaves))
	if err == nil && name == "forest" {
		r.Estimator, err = tree.NewRandomForest(tree.ForestOptions{Seed: b.Seed, Workers: workers})
	}
	return r.Recipe, err
}

// stream fits boosting to rows that are read from the file as often as needed and never held as a whole by the suite.
func (b *bench) stream(ctx context.Context) ([]*job, error) {
	src, err := lab.OpenColumns(ctx, b.data, nil, []lab.Role{{Flag: "target", Column: b.target, Role: dataset.Target}})
	if err != nil {
		return nil, err
	}
	problem, err := model.NewProblem(ctx, src, b.target, model.ProblemOptions{})
	if err != nil {
		return nil, err
	}
	rows, err := lab.CountRows(ctx, src)
	if err != nil {
		return nil, err
	}
	var jobs []*job
	for _, w := range b.cores() {
		recipe, err := b.recipe("gbdt", problem.Task, w)
		if err != nil {
			return nil, err
		}
		jobs = append(jobs, &job{
			name: "gbdt", rows: rows, columns: src.Schema().Len() - 1, workers: w,
			run: func(ctx context.Context) error {
				_, err := recipe.Fit(ctx, model.Training{Problem: problem, Rows: src})
				return err
			},
			quality: func() map[string]float64 { return nil },
		})
	}
	return jobs, nil
}

// reached returns the main metric of p on the test rows; nothing when they cannot be measured on, such as rows of one class.
func (l learning) reached(ctx context.Context, p model.Predictor) map[string]float64 {
	out := make(map[string]float64)
	e, err := model.Evaluate(ctx, p, l.problem, l.test, metric.ReportOptions{})
	if err != nil {
		return out
	}
	name := lab.PrimaryMetric(l.problem.Task)
	if v, ok := e.Get(name); ok {
		out[cli.MetricName(name)] = v.Value
	}
	return out
}
