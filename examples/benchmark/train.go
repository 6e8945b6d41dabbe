package main

import (
	"context"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/examples/internal/cli"
	"github.com/tidewheel/tidewheel/examples/internal/lab"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/metric"
)

// learning is rows in memory to learn from and to measure on: every fourth row is for the latter.
type learning struct {
	problem     model.Problem
	train, test *dataset.Batches
}

func (b *bench) learning(ctx context.Context) (learning, error) {
	var l learning
	src, err := lab.OpenColumns(ctx, b.data, nil, []lab.Role{{Flag: "target", Column: b.target, Role: dataset.Target}})
	if err != nil {
		return l, err
	}
	all, err := b.keep(ctx, src)
	if err != nil {
		return l, err
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

// train fits the recipes of the program train, features and binning included, to rows in memory.
func (b *bench) train(ctx context.Context) ([]*job, error) {
	l, err := b.learning(ctx)
	if err != nil {
		return nil, err
	}
	var jobs []*job
	for _, name := range []string{"gbdt", "linear"} {
		for _, w := range b.cores() {
			p := cli.Program{Seed: b.Seed, Workers: w}
			recipe, err := lab.NewRecipe(&p, name, l.problem.Task, "")
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
