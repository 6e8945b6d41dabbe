package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/examples/internal/cli"
	"github.com/tidewheel/tidewheel/examples/internal/lab"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/metric"
)

// report measures what the flags name. Predicted classes decide the metrics of classes, probabilities all others.
func (e *evaluating) report(ctx context.Context, src dataset.Source, o metric.ReportOptions) (*model.Evaluation, error) {
	var weight []float64
	var err error
	if e.weight != "" {
		if weight, err = lab.Numbers(ctx, src, e.weight); err != nil {
			return nil, err
		}
	}
	if e.query != "" {
		return e.ranking(ctx, src, weight, o)
	}
	columns := cli.List(e.probability)
	problem, err := model.NewProblem(ctx, src, e.actual, model.ProblemOptions{Task: task(len(columns)), Positive: e.positive(ctx, src, columns)})
	if err != nil && len(columns) > 0 {
		return nil, err
	}
	var labels []int32
	if e.predicted != "" {
		if err == nil && problem.Task != model.Regression {
			labels, err = e.labels(ctx, src, problem)
		}
		f, _ := src.Schema().Lookup(e.actual)
		numbers := len(columns) == 0 && (!f.Type.IsText() && f.Type != dataset.Bool)
		if numbers && (labels == nil || problem.Task != model.Binary) {
			return e.regression(ctx, src, weight, o)
		}
		if err != nil {
			return nil, err
		}
	}
	classes, err := lab.Classes(ctx, src, problem)
	if err != nil {
		return nil, err
	}
	var l, r metric.Report
	if labels != nil {
		if l, err = metric.Labels(classes, labels, len(problem.Classes), weight, o); err != nil {
			return nil, err
		}
	}
	if len(columns) > 0 {
		if r, err = e.probabilities(ctx, src, happened{problem, classes, weight}, o); err != nil {
			return nil, err
		}
	}
	if len(l.Values) > 0 {
		r = merge(r, l)
	}
	return &model.Evaluation{Task: problem.Task.String(), Report: r}, nil
}

// merge puts the values of l in the place of those of r that have their names.
func merge(r, l metric.Report) metric.Report {
	for _, v := range r.Values {
		if _, ok := l.Get(v.Name); !ok {
			l.Values = append(l.Values, v)
		}
	}
	return l
}

func (e *evaluating) regression(ctx context.Context, src dataset.Source, weight []float64, o metric.ReportOptions) (*model.Evaluation, error) {
	actual, err1 := lab.Numbers(ctx, src, e.actual)
	predicted, err2 := lab.Numbers(ctx, src, e.predicted)
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	r, err := metric.Regression(actual, predicted, weight, o)
	return &model.Evaluation{Task: model.Regression.String(), Report: r}, err
}

// ranking measures scores within queries.
func (e *evaluating) ranking(ctx context.Context, src dataset.Source, weight []float64, o metric.ReportOptions) (*model.Evaluation, error) {
	problem, err := model.NewProblem(ctx, src, e.actual, model.ProblemOptions{Task: model.Ranking, Group: e.query})
	if err != nil {
		return nil, err
	}
	grades, err1 := lab.Numbers(ctx, src, problem.Target)
	scores, err2 := lab.Numbers(ctx, src, e.predicted)
	queries, err3 := lab.Groups(ctx, src, problem.Group)
	if err := errors.Join(err1, err2, err3); err != nil {
		return nil, err
	}
	r, err := metric.Ranking(grades, scores, queries, weight, o)
	return &model.Evaluation{Task: model.Ranking.String(), Report: r}, err
}

// labels reads the predicted classes.
func (e *evaluating) labels(ctx context.Context, src dataset.Source, problem model.Problem) ([]int32, error) {
	problem.Target = e.predicted
	return lab.Classes(ctx, src, problem)
}

// happened is what the probabilities are measured against.
type happened struct {
	model.Problem
	rows   []int32 // classes as places in Classes
	weight []float64
}

func (e *evaluating) probabilities(ctx context.Context, src dataset.Source, h happened, o metric.ReportOptions) (metric.Report, error) {
	columns := cli.List(e.probability)
	if h.Task != model.Binary && len(columns) != len(h.Classes) {
		return metric.Report{}, fmt.Errorf("flag -probability: want a column for each of the %d classes, got %d", len(h.Classes), len(columns))
	}
	var class []bool
	if h.Task == model.Binary {
		class = make([]bool, len(h.rows))
		for i, k := range h.rows {
			class[i] = k == 1
		}
		h.rows = nil
	}
	values := make([][]float64, len(columns))
	var err error
	for i, c := range columns {
		if values[i], err = lab.Numbers(ctx, src, c); err != nil {
			return metric.Report{}, err
		}
	}
	if len(columns) > 1 {
		if err := sumToOne(values); err != nil {
			return metric.Report{}, err
		}
	}
	if h.Task == model.Binary {
		r, err := metric.Binary(class, values[len(values)-1], h.weight, 0.5, o)
		return r, probabilityError(err)
	}
	r, err := metric.Multiclass(h.rows, lab.Interleave(values), h.weight, o)
	return r, probabilityError(err)
}

// probabilityError names the flag of what could not be measured.
func probabilityError(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("flag -probability: %w", err)
}

// sumToOne refuses columns that are not the probabilities of all classes; they may be rounded to three digits. What is no number has its own error later.
func sumToOne(columns [][]float64) error {
	for i := range columns[0] {
		sum := 0.0
		for _, c := range columns {
			sum += c[i]
		}
		if math.Abs(sum-1) > 0.001*float64(len(columns)) {
			return fmt.Errorf("flag -probability: row %d: want probabilities of all classes, which sum to 1, got another sum", i)
		}
	}
	return nil
}

// task is that of a number of columns of probabilities; without any the column of what happened decides.
func task(columns int) model.Task {
	switch columns {
	case 0:
		return model.TaskUnknown
	case 1, 2:
		return model.Binary
	default:
		return model.Multiclass
	}
}

// positive returns the class whose name ends the name of the only, or last, column of a binary task; empty when there is none.
func (e *evaluating) positive(ctx context.Context, src dataset.Source, columns []string) string {
	if len(columns) == 0 || len(columns) > 2 {
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
