package main

import (
	"context"
	"io"
	"path/filepath"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/examples/internal/cli"
	"github.com/tidewheel/tidewheel/examples/internal/lab"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/report"
)

// page writes the page of -html, for which the columns are read once more.
func (e *evaluating) page(ctx context.Context, src dataset.Source, v *model.Evaluation) error {
	if e.html == "" {
		return nil
	}
	e.Stage("drawing")
	a, err := e.answers(ctx, src, v.Task == model.Regression.String() || e.query != "")
	if err != nil {
		return err
	}
	return cli.WritePage(e.html, func(w io.Writer) error {
		return report.WriteEvaluation(w, v, a, report.Options{Title: e.actual + " in " + filepath.Base(e.data)})
	})
}

func (e *evaluating) answers(ctx context.Context, src dataset.Source, regression bool) (a report.Answers, err error) {
	if e.weight != "" {
		if a.Weight, err = lab.Numbers(ctx, src, e.weight); err != nil {
			return a, err
		}
	}
	if regression {
		if a.Actual, err = lab.Numbers(ctx, src, e.actual); err != nil {
			return a, err
		}
		if a.Number, err = lab.Numbers(ctx, src, e.predicted); err != nil || e.query == "" {
			return a, err
		}
		a.Query, err = lab.Groups(ctx, src, e.query)
		return a, err
	}
	columns := cli.List(e.probability)
	problem, err := model.NewProblem(ctx, src, e.actual, model.ProblemOptions{Task: task(len(columns)), Positive: e.positive(ctx, src, columns)})
	if err != nil {
		return a, err
	}
	a.Classes = problem.Classes
	if a.Class, err = lab.Classes(ctx, src, problem); err != nil {
		return a, err
	}
	if e.predicted != "" {
		if a.Predicted, err = e.labels(ctx, src, problem); err != nil {
			return a, err
		}
	}
	if len(columns) > 0 && problem.Task == model.Binary {
		columns = columns[len(columns)-1:] // of the positive class
	}
	values := make([][]float64, len(columns))
	for i, c := range columns {
		if values[i], err = lab.Numbers(ctx, src, c); err != nil {
			return a, err
		}
	}
	if len(values) > 0 {
		a.Probability = lab.Interleave(values)
	}
	return a, nil
}
