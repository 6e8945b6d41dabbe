package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/examples/internal/cli"
	"github.com/tidewheel/tidewheel/examples/internal/lab"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/selection"
)

// open opens the training rows, or a sample of them, gives columns their roles, and states the problem. It returns the rows of the whole file too.
func (t *training) open(ctx context.Context) (dataset.Source, model.Problem, int, error) {
	task, err := lab.ParseTask(t.task)
	if err != nil {
		return nil, model.Problem{}, 0, err
	}
	t.Stage("reading")
	src, err := lab.OpenColumns(ctx, t.data, cli.List(t.drop), []lab.Role{
		{Flag: "target", Column: t.target, Role: dataset.Target},
		{Flag: "time", Column: t.time, Role: dataset.Time},
		{Flag: "weight", Column: t.weight, Role: dataset.Weight},
		{Flag: "group", Column: t.group, Role: dataset.Group},
		{Flag: "sensitive", Column: t.sensitive, Role: dataset.Feature, Sensitive: true},
	})
	if err != nil {
		return nil, model.Problem{}, 0, err
	}
	src = t.Watch(t.data, src)
	rows, err := lab.CountRows(ctx, src)
	if err != nil {
		return nil, model.Problem{}, 0, err
	}
	switch {
	case t.sample == 0 || t.sample >= rows:
		err = lab.WantMemory(t.model, rows, src.Schema().Len()-1)
	case task == model.Ranking:
		src, err = lab.SampleQueries(ctx, src, t.group, t.sample, t.Seed)
	default:
		src, err = lab.Sample(ctx, src, rows, t.sample, t.Seed)
	}
	if err != nil {
		return nil, model.Problem{}, 0, err
	}
	problem, err := model.NewProblem(ctx, src, t.target, model.ProblemOptions{Task: task, Weight: t.weight, Group: t.group})
	if err != nil {
		return nil, problem, 0, err
	}
	if t.sensitive != "" && problem.Task != model.Binary {
		return nil, problem, 0, fmt.Errorf("flag -sensitive: want a target of two classes, got a task of %s", problem.Task)
	}
	return src, problem, rows, lab.CheckTraining(ctx, t.Program, src, problem)
}

// choose returns the recipe: the one asked for, or for auto the best over folds.
func (t *training) choose(ctx context.Context, problem model.Problem, src dataset.Source) (lab.Recipe, *selection.Result, error) {
	if t.model != "auto" {
		r, err := lab.NewRecipe(t.Program, t.model, problem.Task, t.params)
		if err != nil || t.folds == 0 {
			return r, nil, err
		}
		t.Stage("cross-validating " + t.model)
		cv, err := selection.CrossValidate(ctx, r, problem, src, lab.Folds(t.Program, problem, t.folds, t.time))
		return r, cv, err
	}
	if t.params != "" {
		return lab.Recipe{}, nil, errors.New("flag -params: want a -model other than auto, got auto")
	}
	return lab.BestRecipe(ctx, t.Program, problem, src, lab.Folds(t.Program, problem, max(t.folds, 3), t.time))
}
