package main

import (
	"context"
	"fmt"
	"time"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/examples/internal/cli"
	"github.com/tidewheel/tidewheel/examples/internal/lab"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/metric"
	"github.com/tidewheel/tidewheel/model/selection"
	"github.com/tidewheel/tidewheel/validate"
)

// ingest opens the file and reads it once.
func (l *life) ingest(ctx context.Context) (figures, error) {
	src, err := openFlights(ctx)
	if err != nil {
		return nil, err
	}
	if l.flights, err = dataset.Cache(ctx, l.Watch("", src)); err != nil {
		return nil, err
	}
	return figures{"rows": l.flights.NumRows(), "columns": src.Schema().Len(), "bytes": len(flightsParquet)}, nil
}

// describe profiles every column of the flights from January to April, the reference for all that follows.
func (l *life) describe(ctx context.Context) (figures, error) {
	history, err := between(ctx, l.flights, time.January, time.May)
	if err != nil {
		return nil, err
	}
	if l.reference, err = validate.ProfileOf(ctx, history, validate.ProfileOptions{Workers: l.Workers}); err != nil {
		return nil, err
	}
	nulls, late := int64(0), 0.0
	for _, c := range l.reference.Columns() {
		nulls += c.Nulls
		if c.Name == "late" {
			late = c.Number.Mean
		}
	}
	return figures{"rows": l.reference.Rows(), "nulls": nulls, "late_share": late}, nil
}

// validate checks the real rows, and rows with planted faults, each of which must be refused.
func (l *life) validate(ctx context.Context) (figures, error) {
	v, err := validate.New(l.flights.Schema(), validate.ValidatorOptions{Reference: l.reference, Workers: l.Workers})
	if err != nil {
		return nil, err
	}
	clean, err := v.Check(ctx, l.flights)
	if err != nil {
		return nil, err
	}
	rows, err := readFlights(ctx, l.flights)
	if err != nil {
		return nil, err
	}
	planted, err := dataset.FromStructs(faults(rows[0]), dataset.StructsOptions{})
	if err != nil {
		return nil, err
	}
	report, err := v.Check(ctx, planted)
	if err != nil {
		return nil, err
	}
	f := figures{"rows": clean.Rows, "refused": clean.RowsBad, "flagged": clean.RowsFlagged, "faults_planted": report.Rows, "faults_refused": report.RowsBad}
	if clean.RowsBad > 0 || report.RowsBad != report.Rows {
		return f, unmetError("want no real flight and every planted fault refused")
	}
	return f, nil
}

// split puts the past into training and what follows into testing: January to March, and April.
func (l *life) split(ctx context.Context) (f figures, err error) {
	if l.train, err = between(ctx, l.flights, time.January, time.April); err != nil {
		return nil, err
	}
	if l.test, err = between(ctx, l.flights, time.April, time.May); err != nil {
		return nil, err
	}
	if l.problem, err = model.NewProblem(ctx, l.train, "late", model.ProblemOptions{}); err != nil {
		return nil, err
	}
	train, err := lab.CountRows(ctx, l.train)
	if err != nil {
		return nil, err
	}
	test, err := lab.CountRows(ctx, l.test)
	return figures{"train": train, "test": test, "task": l.problem.Task.String()}, err
}

// compare fits the candidates on January and February and measures them on March.
func (l *life) compare(ctx context.Context) (figures, error) {
	fit, err := between(ctx, l.train, time.January, time.March)
	if err != nil {
		return nil, err
	}
	held, err := between(ctx, l.train, time.March, time.April)
	if err != nil {
		return nil, err
	}
	f, best := figures{}, 0.0
	for _, name := range []string{"dummy", "linear", "gbdt"} {
		r, err := lab.NewRecipe(l.Program, name, l.problem.Task, "")
		if err != nil {
			return nil, err
		}
		fitted, err := r.Fit(ctx, model.Training{Problem: l.problem, Rows: fit})
		if err != nil {
			return nil, err
		}
		e, err := model.Evaluate(ctx, fitted, l.problem, held, metric.ReportOptions{})
		if err != nil {
			return nil, err
		}
		auc, _ := e.Get("roc_auc")
		f[name+"_auc"] = auc.Value
		if name == "dummy" {
			l.result.BaselineAUC = cli.Number(auc.Value)
		}
		if auc.Value > best {
			best, l.recipe = auc.Value, r
		}
	}
	f["best"] = l.recipe.Name
	if l.recipe.Name == "dummy" {
		return f, unmetError("want a model that is better than the baseline")
	}
	return f, nil
}

// crossValidate measures the best candidate over folds that train on the past.
func (l *life) crossValidate(ctx context.Context) (figures, error) {
	cv, err := selection.CrossValidate(ctx, l.recipe, l.problem, l.train, selection.TimeSeries{K: 3, Time: "time"})
	if err != nil {
		return nil, err
	}
	auc, _ := cv.Get("roc_auc")
	return figures{"folds": len(cv.Folds), "auc_mean": auc.Mean, "auc_std": auc.Std}, nil
}

// evaluate fits on all of the training part and measures on April.
func (l *life) evaluate(ctx context.Context) (f figures, err error) {
	if l.live.fitted, err = l.recipe.Fit(ctx, model.Training{Problem: l.problem, Rows: l.train}); err != nil {
		return nil, err
	}
	if l.live.evaluation, err = model.Evaluate(ctx, l.live.fitted, l.problem, l.test, metric.ReportOptions{}); err != nil {
		return nil, err
	}
	auc, _ := l.live.evaluation.Get("roc_auc")
	l.result.AUC = cli.Number(auc.Value)
	return figures{"rows": l.live.evaluation.Rows, "auc": auc.Value, "auc_low": auc.Low, "auc_high": auc.High}, nil
}

// gate asks of the evaluation what a release must reach.
func (l *life) gate(context.Context) (figures, error) {
	gates := []model.Gate{
		model.AtLeast{Metric: "roc_auc", Value: 0.8, Certain: true},
		model.AtLeast{Metric: "roc_auc", Value: float64(l.result.BaselineAUC) + 0.1},
		model.AtMost{Metric: "log_loss", Value: 0.5},
	}
	f := figures{"gates": len(gates)}
	if err := model.Check(l.live.evaluation, nil, gates...); err != nil {
		return f, unmetError(fmt.Sprint(err))
	}
	return f, nil
}
