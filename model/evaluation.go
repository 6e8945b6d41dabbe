package model

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model/metric"
)

// Evaluation is what a Predictor reached on rows it had not seen: the task and the metrics that fit it, under scikit-learn's names, with confidence intervals.
type Evaluation struct {
	Task string `json:"task"`
	metric.Report
}

// ErrGate says that an Evaluation did not reach what a Gate asks. Its facts are in a *GateError.
var ErrGate = errors.New("gate not met")

// GateError is an unmet Gate. It wraps ErrGate.
type GateError struct {
	Gate string // what is asked: "roc_auc at least 0.9"
	Got  string // what was reached
}

// Error implements error.
func (e *GateError) Error() string { return fmt.Sprintf("gate: want %s, got %s", e.Gate, e.Got) }

// Is reports whether target is ErrGate.
func (e *GateError) Is(target error) bool { return target == ErrGate }

// Gate is a condition that an Evaluation must meet before a model is released. Check returns nil or a *GateError. live is the Evaluation, on the same rows, of the
// model that the new one would replace, nil for none. Implementations are immutable values.
type Gate interface {
	Check(e, live *Evaluation) error
}

// Check returns the errors of all unmet gates, joined, so that a release sees every one of them.
func Check(e, live *Evaluation, gates ...Gate) error {
	var errs []error
	for _, g := range gates {
		errs = append(errs, g.Check(e, live))
	}
	return errors.Join(errs...)
}

// AtLeast asks that the metric is Value or more; with Certain, that the low end of its interval is.
type AtLeast struct {
	Metric  string
	Value   float64
	Certain bool
}

// Check implements Gate.
func (g AtLeast) Check(e, _ *Evaluation) error {
	return bound(e, g.Metric, "at least", g.Value, func(m metric.Interval) (float64, bool) {
		v := m.Value
		if g.Certain {
			v = m.Low
		}
		return v, v >= g.Value
	})
}

// AtMost asks that the metric is Value or less; with Certain, that the high end of its interval is.
type AtMost struct {
	Metric  string
	Value   float64
	Certain bool
}

// Check implements Gate.
func (g AtMost) Check(e, _ *Evaluation) error {
	return bound(e, g.Metric, "at most", g.Value, func(m metric.Interval) (float64, bool) {
		v := m.Value
		if g.Certain {
			v = m.High
		}
		return v, v <= g.Value
	})
}

func bound(e *Evaluation, name, relation string, value float64, holds func(metric.Interval) (float64, bool)) error {
	asked := name + " " + relation + " " + number(value)
	m, ok := e.Get(name)
	if !ok {
		return &GateError{Gate: asked, Got: "no such metric"}
	}
	if v, ok := holds(m); !ok {
		return &GateError{Gate: asked, Got: number(v)}
	}
	return nil
}

// NoWorse asks that the metric is not worse than the live model's by more than Margin. Without a live model it holds.
type NoWorse struct {
	Metric string  // of metric.GreaterIsBetter's list
	Margin float64 // >= 0, in the metric's unit
}

// Check implements Gate.
func (g NoWorse) Check(e, live *Evaluation) error {
	if live == nil {
		return nil
	}
	m, ok1 := e.Get(g.Metric)
	l, ok2 := live.Get(g.Metric)
	asked := g.Metric + " no worse than the live model's by more than " + number(g.Margin)
	greater, known := metric.GreaterIsBetter(g.Metric)
	if !ok1 || !ok2 || !known {
		return &GateError{Gate: asked, Got: "no such metric"}
	}
	worse := l.Value - m.Value
	if !greater {
		worse = -worse
	}
	if !(worse <= g.Margin) { // NaN fails
		return &GateError{Gate: asked, Got: number(m.Value) + " against " + number(l.Value)}
	}
	return nil
}

func number(v float64) string { return strconv.FormatFloat(v, 'g', 6, 64) }

// Evaluate measures p on rows, which it must not have seen in training, for problem. A row whose target is null, or a class that problem does not know, or no grade of a
// ranking, is an error that wraps ErrTarget; one without a group is dataset.ErrSchema. It holds the target, the weight, the group and the scores of all rows in memory. The positive class of two counts as predicted from a probability above
// one half; an exact tie goes to the first class, as in Predict. It errors with ErrNoRows without a row of positive weight, with ErrNonFinite for a target, a weight or an
// answer that is not finite, with ErrTarget for the task Anomaly, which has no target, and otherwise as package metric does.
func Evaluate(ctx context.Context, p Predictor, problem Problem, rows dataset.Source, o metric.ReportOptions) (*Evaluation, error) {
	if problem.Task == Anomaly {
		return nil, fmt.Errorf("model: evaluate: %w: want a target to measure against, got task %s", ErrTarget, problem.Task)
	}
	if m, ok := p.(*Planned); ok && !slices.Equal(m.problem.Classes, problem.Classes) {
		return nil, fmt.Errorf("model: evaluate: %w", &dataset.SchemaError{Column: problem.Target, Want: "the classes of the predictor in their order", Got: "others"})
	}
	e := &evaluator{problem: problem}
	for b, err := range rows.Batches(ctx) {
		if err != nil {
			return nil, fmt.Errorf("model: evaluate: %w", err)
		}
		if err := e.batch(ctx, p, b); err != nil {
			return nil, fmt.Errorf("model: evaluate: %w", err)
		}
	}
	if e.rows == 0 {
		return nil, fmt.Errorf("model: evaluate: %w", ErrNoRows)
	}
	report, err := e.report(o)
	switch {
	case errors.Is(err, metric.ErrEmpty):
		err = measureError{err, ErrNoRows}
	case errors.Is(err, metric.ErrNonFinite):
		err = measureError{err, ErrNonFinite}
	}
	if err != nil {
		return nil, fmt.Errorf("model: evaluate: %w", err)
	}
	return &Evaluation{Task: problem.Task.String(), Report: report}, nil
}

// measureError is an error of package metric that is what a sentinel of this package says too.
type measureError struct {
	error

	sentinel error
}

// Unwrap returns both.
func (e measureError) Unwrap() []error { return []error{e.error, e.sentinel} }

// aboveHalf is the smallest probability of the positive class that is larger than the other's.
const aboveHalf = 0.5 + 0x1p-53

// evaluator gathers what the metrics take.
type evaluator struct {
	problem Problem
	rows    int
	classes []int32   // a classification's targets
	actual  []float64 // a regression's, a ranking's
	scores  []float64 // probabilities, row by row; the predictions of a regression or a ranking
	weight  []float64
	groups  *dataset.Numbering
	group   []int32 // a ranking's
}

func (e *evaluator) batch(ctx context.Context, p Predictor, b dataset.Batch) error {
	n := b.NumRows()
	e.rows += n
	target, err := b.ByName(e.problem.Target)
	if err != nil {
		return err
	}
	field, _ := b.Schema().Lookup(e.problem.Target)
	if !e.problem.Task.IsClassification() {
		e.actual, err = appendNumbers(e.actual, target)
		if err == nil && target.NullN() > 0 {
			err = fmt.Errorf("%w: %w", ErrTarget, &dataset.SchemaError{Column: field.Name, Want: "a target in every row", Got: fmt.Sprintf("%d missing", target.NullN())})
		}
	} else {
		e.classes = append(e.classes, make([]int32, n)...)
		err = e.problem.ReadClasses(field, target, e.classes[len(e.classes)-n:])
	}
	if err != nil {
		return err
	}
	if e.problem.Weight != "" {
		w, err := b.ByName(e.problem.Weight)
		if err != nil {
			return err
		}
		if e.weight, err = appendNumbers(e.weight, w); err != nil {
			return err
		}
	}
	if e.problem.Task == Ranking {
		if err := e.ranked(b); err != nil {
			return err
		}
	}
	out, err := p.Predict(ctx, b)
	if err != nil {
		return err
	}
	defer out.Release()
	if out.NumRows() != n {
		return &dataset.SchemaError{Want: fmt.Sprintf("%d predicted rows", n), Got: fmt.Sprintf("%d", out.NumRows())}
	}
	return e.predicted(out)
}

// ranked checks the grades of a ranking's rows and reads their groups.
func (e *evaluator) ranked(b dataset.Batch) error {
	n := b.NumRows()
	if err := e.problem.CheckGrades(e.actual[len(e.actual)-n:]); err != nil {
		return err
	}
	column, err := b.ByName(e.problem.Group)
	if err != nil {
		return err
	}
	if e.groups == nil {
		e.groups = dataset.NewNumbering()
	}
	e.group = append(e.group, make([]int32, n)...)
	if err := e.groups.Codes(column, e.group[len(e.group)-n:]); err != nil {
		return err
	}
	if e.groups.Null() >= 0 {
		return &dataset.SchemaError{Column: e.problem.Group, Want: "a group in every row", Got: "a missing value"}
	}
	return nil
}

func (e *evaluator) predicted(out dataset.Batch) error {
	name := PredictionColumn
	if e.problem.Task.IsClassification() {
		name = ProbabilityColumn
	}
	c, err := out.ByName(name)
	if err != nil {
		return err
	}
	width := 1
	if list, ok := c.(*array.FixedSizeList); ok && list.Len() > 0 {
		from, _ := list.ValueOffsets(0)
		_, to := list.ValueOffsets(list.Len() - 1)
		width = int(to-from) / list.Len()
		c = array.NewSlice(list.ListValues(), from, to)
		defer c.Release()
	} else if ok {
		return nil
	}
	if want := max(1, len(e.problem.Classes)); width != want {
		return &dataset.SchemaError{Column: name, Want: fmt.Sprintf("%d numbers a row", want), Got: fmt.Sprintf("%d", width)}
	}
	e.scores, err = appendNumbers(e.scores, c)
	return err
}

func appendNumbers(to []float64, column arrow.Array) ([]float64, error) {
	n := len(to)
	to = append(to, make([]float64, column.Len())...)
	return to, dataset.Float64s(column, to[n:])
}

func (e *evaluator) report(o metric.ReportOptions) (metric.Report, error) {
	switch e.problem.Task {
	case Regression:
		return metric.Regression(e.actual, e.scores, e.weight, o)
	case Ranking:
		return metric.Ranking(e.actual, e.scores, e.group, e.weight, o)
	case Binary:
		class, probability := make([]bool, e.rows), make([]float64, e.rows)
		for i, k := range e.classes {
			class[i], probability[i] = k == 1, e.scores[2*i+1]
		}
		return metric.Binary(class, probability, e.weight, aboveHalf, o)
	default:
		return metric.Multiclass(e.classes, e.scores, e.weight, o)
	}
}
