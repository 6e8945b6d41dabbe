// Evaluate measures predictions that are already in a file of rows, whoever made them.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/examples/internal/cli"
	"github.com/tidewheel/tidewheel/examples/internal/lab"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/metric"
)

func main() { app().Main() }

func app() cli.App {
	return cli.App{
		Name:    "evaluate",
		Summary: "measures predictions in a file of rows by every metric that fits the task, with confidence intervals",
		Example: "evaluate -data scored.parquet -actual income -probability probability_>50K",
		Setup: func(p *cli.Program) func(context.Context) error {
			e := &evaluating{Program: p}
			p.StringVar(&e.data, "data", "", "`file` of rows: .csv, .tsv, .parquet or .jsonl")
			p.StringVar(&e.actual, "actual", "", "`column` of what happened")
			p.StringVar(&e.predicted, "predicted", "", "`column` of predicted numbers, for a regression")
			p.StringVar(&e.probability, "probability", "", "`columns` of probabilities: one of the positive class, the last in order or the one its name ends in; or one for each class in order")
			p.StringVar(&e.weight, "weight", "", "`column` of row weights")
			p.IntVar(&e.resamples, "resamples", 0, "bootstrap `draws` for the intervals of all metrics; 0 takes formulas where there are some")
			return e.run
		},
	}
}

type evaluating struct {
	*cli.Program
	data, actual, predicted, probability, weight string
	resamples                                    int
}

type result struct {
	Task      string                   `json:"task"`
	Rows      int                      `json:"rows"`
	Metrics   map[string]cli.Number    `json:"metrics"`
	Intervals map[string][2]cli.Number `json:"intervals"`
}

func (e *evaluating) run(ctx context.Context) error {
	if err := e.Require("data", "actual"); err != nil {
		return err
	}
	if (e.predicted == "") == (e.probability == "") {
		return errors.New("flags -predicted, -probability: want one of them, got both or neither")
	}
	src, err := lab.OpenData(e.data, nil)
	if err != nil {
		return err
	}
	o := metric.ReportOptions{Resamples: e.resamples, Seed: e.Seed, Workers: e.Workers}
	report, err := e.report(ctx, src, o)
	if err != nil {
		return err
	}
	r := result{Task: report.Task, Rows: report.Rows, Metrics: map[string]cli.Number{}, Intervals: map[string][2]cli.Number{}}
	for _, v := range report.Values {
		r.Metrics[v.Name] = cli.Number(v.Value)
		if v.Low == v.Low { // NaN: no interval
			r.Intervals[v.Name] = [2]cli.Number{cli.Number(v.Low), cli.Number(v.High)}
		}
	}
	return e.Print(r, func(w io.Writer) {
		cli.Printf(w, "%s of %q over %d rows, with 95 %% intervals:\n", r.Task, e.actual, r.Rows)
		cli.ShowEvaluation(w, report)
	})
}

func (e *evaluating) report(ctx context.Context, src dataset.Source, o metric.ReportOptions) (*model.Evaluation, error) {
	var weight []float64
	var err error
	if e.weight != "" {
		if weight, err = lab.Numbers(ctx, src, e.weight); err != nil {
			return nil, err
		}
	}
	if e.predicted != "" {
		actual, err1 := lab.Numbers(ctx, src, e.actual)
		predicted, err2 := lab.Numbers(ctx, src, e.predicted)
		if err := errors.Join(err1, err2); err != nil {
			return nil, err
		}
		r, err := metric.Regression(actual, predicted, weight, o)
		return &model.Evaluation{Task: model.Regression.String(), Report: r}, err
	}
	columns := cli.List(e.probability)
	problem, err := model.NewProblem(ctx, src, e.actual, model.ProblemOptions{Task: task(len(columns)), Positive: e.positive(ctx, src, columns)})
	if err != nil {
		return nil, err
	}
	classes, err := lab.Classes(ctx, src, problem)
	if err != nil {
		return nil, err
	}
	probabilities := make([][]float64, len(columns))
	for i, c := range columns {
		if probabilities[i], err = lab.Numbers(ctx, src, c); err != nil {
			return nil, err
		}
	}
	var r metric.Report
	if problem.Task == model.Binary {
		class := make([]bool, len(classes))
		for i, k := range classes {
			class[i] = k == 1
		}
		r, err = metric.Binary(class, probabilities[len(columns)-1], weight, 0.5, o)
	} else if len(columns) != len(problem.Classes) {
		return nil, fmt.Errorf("flag -probability: want a column for each of the %d classes, got %d", len(problem.Classes), len(columns))
	} else {
		r, err = metric.Multiclass(classes, lab.Interleave(probabilities), weight, o)
	}
	return &model.Evaluation{Task: problem.Task.String(), Report: r}, err
}

func task(columns int) model.Task {
	if columns <= 2 {
		return model.Binary
	}
	return model.Multiclass
}

// positive returns the class whose name ends the name of the only, or last, column of a binary task; empty when there is none.
func (e *evaluating) positive(ctx context.Context, src dataset.Source, columns []string) string {
	if len(columns) > 2 {
		return ""
	}
	problem, err := model.NewProblem(ctx, src, e.actual, model.ProblemOptions{Task: model.Binary})
	if err != nil {
		return "" // NewProblem says it again where it is returned
	}
	for _, c := range problem.Classes {
		if strings.HasSuffix(columns[len(columns)-1], "_"+c) {
			return c
		}
	}
	return ""
}
