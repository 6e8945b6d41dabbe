package main

import (
	"context"
	"errors"
	"io"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/examples/internal/cli"
	"github.com/tidewheel/tidewheel/examples/internal/lab"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/metric"
	"github.com/tidewheel/tidewheel/model/report"
)

// group is the metrics of the rows of a group.
type group struct {
	Rows    int                   `json:"rows"`
	Metrics map[string]cli.Number `json:"metrics"`
}

// groups measures the rows of each value of the column of -group, and how far they are apart in what is predicted of them.
func (e *evaluating) groups(ctx context.Context, src dataset.Source, r *result) error {
	if e.group == "" {
		return nil
	}
	e.Stage("comparing groups")
	groups, err := lab.ReadGroups(ctx, src, "group", e.group)
	if err != nil {
		return err
	}
	a, err := e.answers(ctx, src, r.Task == model.Regression.String() || e.query != "")
	if err != nil {
		return err
	}
	r.ByGroup = make(map[string]group, len(groups.Names))
	for i, rows := range groups.Rows() {
		values, err := measure(take(a, rows))
		if err != nil && !errors.Is(err, metric.ErrEmpty) { // rows without weight
			return err
		}
		g := group{len(rows), map[string]cli.Number{}}
		for _, v := range values.Values {
			g.Metrics[cli.MetricName(v.Name)] = cli.Number(v.Value)
		}
		r.ByGroup[groups.Names[i]] = g
	}
	if r.Task != model.Binary.String() {
		return nil
	}
	r.Fairness, err = lab.NewFairness(a.Class, predicted(a), a.Weight, groups)
	return err
}

// measure is what report does, for rows that are held.
func measure(a report.Answers) (metric.Report, error) {
	var o metric.ReportOptions
	switch {
	case a.Query != nil:
		return metric.Ranking(a.Actual, a.Number, a.Query, a.Weight, o)
	case a.Actual != nil:
		return metric.Regression(a.Actual, a.Number, a.Weight, o)
	}
	labels, err := metric.Labels(a.Class, predicted(a), len(a.Classes), a.Weight, o)
	if err != nil || a.Probability == nil {
		return labels, err
	}
	var r metric.Report
	if len(a.Classes) > 2 {
		r, err = metric.Multiclass(a.Class, a.Probability, a.Weight, o)
	} else {
		class := make([]bool, len(a.Class))
		for i, c := range a.Class {
			class[i] = c == 1
		}
		r, err = metric.Binary(class, a.Probability, a.Weight, 0.5, o)
	}
	if errors.Is(err, metric.ErrOneClass) { // what needs several has no value in this group
		return labels, nil
	}
	return merge(r, labels), err
}

// predicted returns the predicted classes: those of the file, else the most probable ones, of two classes the positive one from one half on.
func predicted(a report.Answers) []int32 {
	if a.Predicted != nil {
		return a.Predicted
	}
	k := max(1, len(a.Probability)/max(1, len(a.Class)))
	out := make([]int32, len(a.Class))
	for i := range out {
		p := a.Probability[i*k : i*k+k]
		if k == 1 && p[0] >= 0.5 {
			out[i] = 1
		}
		for c, v := range p {
			if k > 1 && v > p[out[i]] {
				out[i] = int32(c)
			}
		}
	}
	return out
}

// take returns some rows of a.
func take(a report.Answers, rows []int32) report.Answers {
	k := max(1, len(a.Probability)/max(1, len(a.Class)))
	return report.Answers{
		Classes: a.Classes, Class: pick(a.Class, rows, 1), Probability: pick(a.Probability, rows, k), Predicted: pick(a.Predicted, rows, 1),
		Actual: pick(a.Actual, rows, 1), Number: pick(a.Number, rows, 1), Query: pick(a.Query, rows, 1), Weight: pick(a.Weight, rows, 1),
	}
}

func pick[T any](values []T, rows []int32, k int) []T {
	if values == nil {
		return nil
	}
	out := make([]T, 0, len(rows)*k)
	for _, r := range rows {
		out = append(out, values[int(r)*k:int(r+1)*k]...)
	}
	return out
}

// showGroups prints the metrics of the groups one after the other, and how far they are apart.
func (e *evaluating) showGroups(w io.Writer, r result, order []metric.Named) {
	for _, name := range cli.SortedKeys(r.ByGroup) {
		g := r.ByGroup[name]
		cli.Printf(w, "\n%d rows with %s %s:\n", g.Rows, e.group, name)
		for _, v := range order {
			m := cli.MetricName(v.Name)
			if value, ok := g.Metrics[m]; ok {
				cli.Printf(w, "  %-32s %10s\n", m, cli.Text(float64(value)))
			}
		}
	}
	r.Fairness.Show(w, e.group)
}
