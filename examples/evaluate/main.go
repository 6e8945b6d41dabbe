// Evaluate measures predictions that are already in a file of rows, whoever made them.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/tidewheel/tidewheel/examples/internal/cli"
	"github.com/tidewheel/tidewheel/examples/internal/lab"
	"github.com/tidewheel/tidewheel/model/metric"
)

func main() { app().Main() }

func app() cli.App {
	return cli.App{
		Name:    "evaluate",
		Summary: "measures predictions in a file of rows by every metric that fits the task, with confidence intervals",
		Example: "evaluate -data scored.parquet -actual late -probability probability_true",
		Setup: func(p *cli.Program) func(context.Context) error {
			e := &evaluating{Program: p}
			p.StringVar(&e.data, "data", "", "`file` of rows: "+lab.Formats)
			p.StringVar(&e.actual, "actual", "", "`column` of what happened")
			p.StringVar(&e.predicted, "predicted", "", "`column` of predicted numbers, for a regression, or of predicted classes")
			p.StringVar(&e.probability, "probability", "", "`columns` of probabilities: one of the positive class, the last in order or the one its name ends in; or one for each class in order")
			p.StringVar(&e.query, "query", "", "`column` of the queries of a ranking: -actual has grades from 0 to 30, -predicted scores")
			p.StringVar(&e.group, "group", "", "`column` of the groups that are measured each, and compared in what is predicted of them")
			p.StringVar(&e.weight, "weight", "", "`column` of row weights")
			p.IntVar(&e.resamples, "resamples", 0, "bootstrap `draws` for the intervals of all metrics; 0 takes formulas where there are some")
			p.StringVar(&e.html, "html", "", cli.PageUsage)
			return e.run
		},
	}
}

// minResamples is the fewest bootstrap draws that intervals can be told from.
const minResamples = 20

type evaluating struct {
	*cli.Program
	data, actual, predicted, probability, query, group, weight, html string
	resamples                                                        int
}

type result struct {
	Task      string                   `json:"task"`
	Rows      int                      `json:"rows"`
	Metrics   map[string]cli.Number    `json:"metrics"`
	Intervals map[string][2]cli.Number `json:"intervals"`
	ByGroup   map[string]group         `json:"by_group,omitempty"`
	Fairness  *lab.Fairness            `json:"fairness,omitempty"`
}

func (e *evaluating) run(ctx context.Context) error {
	if err := e.Require("data", "actual"); err != nil {
		return err
	}
	if e.resamples < 0 || e.resamples > 0 && e.resamples < minResamples {
		return fmt.Errorf("flag -resamples: want 0, or %d or more, got %d", minResamples, e.resamples)
	}
	if e.predicted == "" && e.probability == "" {
		return errors.New("flags -predicted, -probability: want one of them or both, got neither")
	}
	if e.query != "" && (e.predicted == "" || e.probability != "") {
		return errors.New("flag -query: want -predicted and no -probability beside it, got others")
	}
	if err := cli.CheckPage(e.html, e.data); err != nil {
		return err
	}
	e.Stage("reading")
	src, err := lab.OpenData(e.data, nil)
	if err != nil {
		return err
	}
	src = e.Watch(e.data, src)
	if err := lab.WantRows(ctx, e.data, src); err != nil {
		return err
	}
	e.Stage("measuring")
	o := metric.ReportOptions{Resamples: e.resamples, Seed: e.Seed, Workers: e.Workers}
	report, err := e.report(ctx, src, o)
	if err != nil {
		return cli.ReadError(e.data, err)
	}
	if err := e.page(ctx, src, report); err != nil {
		return cli.ReadError(e.data, err)
	}
	r := result{Task: report.Task, Rows: report.Rows, Metrics: map[string]cli.Number{}, Intervals: map[string][2]cli.Number{}}
	for _, v := range report.Values {
		name := cli.MetricName(v.Name)
		r.Metrics[name] = cli.Number(v.Value)
		if v.Low == v.Low { // NaN: no interval
			r.Intervals[name] = [2]cli.Number{cli.Number(v.Low), cli.Number(v.High)}
		}
	}
	if err := e.groups(ctx, src, &r); err != nil {
		return cli.ReadError(e.data, err)
	}
	return e.Print(r, func(w io.Writer) {
		cli.Printf(w, "%s of %q over %d rows, with 95 %% intervals:\n", r.Task, e.actual, r.Rows)
		cli.ShowEvaluation(w, report)
		e.showGroups(w, r, report.Values)
	})
}
