// Train fits a model to a file of rows, measures it, and seals it with the schema and the profile of its training rows.
package main

import (
	"context"
	"io"
	"time"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/examples/internal/cli"
	"github.com/tidewheel/tidewheel/examples/internal/lab"
	"github.com/tidewheel/tidewheel/model"
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
			p.StringVar(&t.task, "task", "auto", "`task`: auto, binary, multiclass, regression, or ranking: the target is a grade from 0 to 30, -group has the queries")
			p.StringVar(&t.model, "model", "auto", "`model`: auto (the best of gbdt and linear over folds), "+lab.Models)
			p.StringVar(&t.params, "params", "", "options of the model as a JSON `object`, names in snake_case: {\"objective\":\"poisson\",\"leaves\":63}")
			p.StringVar(&t.test, "test", "", "`file` of rows to measure the model on")
			p.IntVar(&t.sample, "sample", 0, "`rows` to learn from at most, chosen by -seed, those of a ranking as whole queries; 0 for all. Rows are held in memory")
			p.IntVar(&t.folds, "folds", 0, "`number` of folds to cross-validate over; 0 for none")
			p.StringVar(&t.time, "time", "", "`column` of the time of a row: folds train on the past; it is no feature")
			p.StringVar(&t.weight, "weight", "", "`column` of row weights; it is no feature")
			p.StringVar(&t.group, "group", "", "`column` of what belongs together, the queries of a ranking: folds keep it together; it is no feature")
			p.StringVar(&t.sensitive, "sensitive", "", "`column` of a protected attribute, by whose values the predictions of -test are compared; it is no feature")
			p.StringVar(&t.drop, "drop", "", "`columns` to leave out, separated by commas")
			p.StringVar(&t.registry, "registry", "", "`directory` of the registry to put the model into")
			p.StringVar(&t.name, "name", "", "`name` of the model; the target's when it is empty")
			p.StringVar(&t.out, "out", "", "`file` to write the sealed model to, .tide")
			p.StringVar(&t.export, "export", "", "`file` to write the model to for other tools: .txt for LightGBM, of models of trees, .onnx for ONNX, of all")
			return t.run
		},
	}
}

type training struct {
	*cli.Program
	data, target, task, model, params, test, time, weight, group, sensitive, drop, registry, name, out, export string
	sample, folds                                                                                              int
}

func (t *training) run(ctx context.Context) error {
	if err := t.checkFlags(); err != nil {
		return err
	}
	src, problem, all, err := t.open(ctx)
	if err != nil {
		return err
	}
	rows := all
	if held, ok := src.(*dataset.Batches); ok {
		defer func() { _ = held.Close() }() // the sample, whose Close never fails
		if rows, err = lab.CountRows(ctx, held); err != nil {
			return err
		}
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
		if r.Fairness, err = t.fairness(ctx, fitted, problem, src.Schema()); err != nil {
			return err
		}
	}
	if r.Importance, err = t.importances(ctx, fitted, problem, trees, src.Schema()); err != nil {
		return err
	}
	if err := t.seal(ctx, &r, src, fitted, evaluation); err != nil {
		return err
	}
	return t.Print(r, func(w io.Writer) { t.show(w, r, evaluation) })
}
