// Train fits a model to a file of rows, measures it, and seals it with the schema and the profile of its training rows.
package main

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/examples/internal/cli"
	"github.com/tidewheel/tidewheel/examples/internal/lab"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/selection"
)

func main() { app().Main() }

func app() cli.App {
	return cli.App{
		Name:    "train",
		Summary: "fits a model to a file of rows, measures it and seals it",
		Example: `train -data january.csv -test february.csv -target late -drop id,flight,arr_delay -model gbdt -params '{"trees":50}' -registry models -name late`,
		Setup: func(p *cli.Program) func(context.Context) error {
			t := &training{Program: p}
			p.StringVar(&t.data, "data", "", "`file` of training rows: "+lab.Formats)
			p.StringVar(&t.target, "target", "", "`column` to predict")
			p.StringVar(&t.task, "task", "auto", "`task`: auto, binary, multiclass or regression")
			p.StringVar(&t.model, "model", "auto", "`model`: auto (the best of gbdt and linear over folds), gbdt, linear or dummy")
			p.StringVar(&t.params, "params", "", "options of the model as a JSON `object`, names in snake_case")
			p.StringVar(&t.test, "test", "", "`file` of rows to measure the model on")
			p.IntVar(&t.sample, "sample", 0, "`rows` to learn from at most, chosen by -seed; 0 for all. Rows are held in memory")
			p.IntVar(&t.folds, "folds", 0, "`number` of folds to cross-validate over; 0 for none")
			p.StringVar(&t.time, "time", "", "`column` of the time of a row: folds train on the past; it is no feature")
			p.StringVar(&t.weight, "weight", "", "`column` of row weights; it is no feature")
			p.StringVar(&t.drop, "drop", "", "`columns` to leave out, separated by commas")
			p.StringVar(&t.registry, "registry", "", "`directory` of the registry to put the model into")
			p.StringVar(&t.name, "name", "", "`name` of the model; the target's when it is empty")
			p.StringVar(&t.out, "out", "", "`file` to write the sealed model to, .tide")
			return t.run
		},
	}
}

type training struct {
	*cli.Program
	data, target, task, model, params, test, time, weight, drop, registry, name, out string
	sample, folds                                                                    int
}

func (t *training) run(ctx context.Context) error {
	if err := t.checkFlags(); err != nil {
		return err
	}
	src, problem, all, err := t.open(ctx)
	if err != nil {
		return err
	}
	if held, ok := src.(io.Closer); ok {
		defer func() { _ = held.Close() }() // the sample, whose Close never fails
	}
	rows := all
	if t.sample > 0 {
		rows = min(rows, t.sample)
	}
	if err := t.checkTest(ctx, problem, src.Schema()); err != nil {
		return err
	}
	recipe, cv, err := t.choose(ctx, problem, src)
	if err != nil {
		return err
	}
	r := result{Task: problem.Task.String(), Model: recipe.Name, Rows: rows, DataRows: all, CV: folds(cv), Params: lab.Params(recipe.Options)}
	t.Stage("fitting " + recipe.Name)
	start := time.Now()
	trees := remember(&recipe)
	fitted, err := recipe.Fit(ctx, model.Training{Problem: problem, Rows: src})
	if err != nil {
		return err
	}
	r.Fit = time.Since(start).Seconds()
	r.Columns = fitted.Signature().Input.Names()
	r.Features = len(r.Columns)
	var evaluation *model.Evaluation
	if t.test != "" {
		if evaluation, r.Predict, err = t.measure(ctx, fitted, problem, src.Schema()); err != nil {
			return err
		}
		r.Test = figures(evaluation)
	}
	if r.Importance, err = t.importances(ctx, fitted, problem, trees.last, src.Schema()); err != nil {
		return err
	}
	if err := t.seal(ctx, &r, src, fitted, evaluation); err != nil {
		return err
	}
	return t.Print(r, func(w io.Writer) { t.show(w, r, evaluation) })
}

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
	})
	if err != nil {
		return nil, model.Problem{}, 0, err
	}
	src = t.Watch(t.data, src)
	rows, err := lab.CountRows(ctx, src)
	if err != nil {
		return nil, model.Problem{}, 0, err
	}
	if t.sample > 0 && t.sample < rows {
		src, err = lab.Sample(ctx, src, rows, t.sample, t.Seed)
	} else {
		err = lab.WantMemory(rows, src.Schema().Len()-1)
	}
	if err != nil {
		return nil, model.Problem{}, 0, err
	}
	problem, err := model.NewProblem(ctx, src, t.target, model.ProblemOptions{Task: task, Weight: t.weight})
	if err != nil {
		return nil, problem, 0, err
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
