package model_test

import (
	"context"
	"errors"
	"iter"
	"math"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/metric"
)

// breaking yields the first batch of its source and then an error.
type breaking struct {
	dataset.Source
	err error
}

func (b breaking) Batches(ctx context.Context) iter.Seq2[dataset.Batch, error] {
	return func(yield func(dataset.Batch, error) bool) {
		for first, err := range b.Source.Batches(ctx) {
			if err != nil || !yield(first, nil) {
				return
			}
			break
		}
		yield(dataset.Batch{}, b.err)
	}
}

type outcome struct {
	X float64 `ml:"name=x"`
	Y bool    `ml:"name=y,role=target"`
	N float64 `ml:"name=n"`
	W float64 `ml:"name=w"`
}

func fitted(t *testing.T, task model.Task) *model.Planned {
	t.Helper()
	if task == model.Regression {
		return must[*model.Planned](t)(model.NewPredictor(model.Problem{Task: task, Target: "n"}, number(t), dataset.Field{Name: "n", Type: dataset.Float64}, double(t)))
	}
	problem := model.Problem{Task: task, Target: "y", Classes: []string{"false", "true"}}
	return must[*model.Planned](t)(model.NewPredictor(problem, number(t), dataset.Field{Name: "y", Type: dataset.Bool}, logit(t)))
}

func near(t *testing.T, e *model.Evaluation, name string, want float64) {
	t.Helper()
	got, ok := e.Get(name)
	if !ok || math.Abs(got.Value-want) > 1e-12 { // sums of a few terms
		t.Errorf("%s is %v, want %v", name, got.Value, want)
	}
}

func TestEvaluateRegressionByHand(t *testing.T) {
	// Predictions 2, 4, 6 of 1, 4, 8: errors 1, 0, -2; weighted 1, 2, 1 in the second round.
	rows := source(t, outcome{X: 1, N: 1, W: 1}, outcome{X: 2, N: 4, W: 2}, outcome{X: 3, N: 8, W: 1})
	p := fitted(t, model.Regression)
	e := must[*model.Evaluation](t)(model.Evaluate(t.Context(), p, model.Problem{Task: model.Regression, Target: "n"}, rows, metric.ReportOptions{}))
	near(t, e, "mae", 1)
	near(t, e, "mse", 5.0/3)
	near(t, e, "rmse", math.Sqrt(5.0/3))
	near(t, e, "max_error", 2)
	near(t, e, "r2", 1-5/(74.0/3)) // squares about the mean 13/3 sum to 74/3
	if e.Task != "regression" || e.Rows != 3 {
		t.Errorf("task %q of %d rows", e.Task, e.Rows)
	}
	e = must[*model.Evaluation](t)(model.Evaluate(t.Context(), p, model.Problem{Task: model.Regression, Target: "n", Weight: "w"}, rows, metric.ReportOptions{}))
	near(t, e, "mae", 3.0/4)
	near(t, e, "mse", 5.0/4)
}

func TestEvaluateBinaryByHand(t *testing.T) {
	// log odds log 3, 0 and -log 3 are probabilities 3/4, 1/2 and 1/4. The tie counts as false, in spite of its outcome.
	l := math.Log(3)
	rows := source(t, outcome{X: l, Y: true}, outcome{X: 0, Y: true}, outcome{X: -l}, outcome{X: l}, outcome{X: -l, Y: true})
	p := fitted(t, model.Binary)
	e := must[*model.Evaluation](t)(model.Evaluate(t.Context(), p, p.Problem(), rows, metric.ReportOptions{}))
	near(t, e, "accuracy", 2.0/5)
	near(t, e, "precision", 1.0/2)
	near(t, e, "recall", 1.0/3)
	near(t, e, "brier", (1.0/16+1.0/4+1.0/16+9.0/16+9.0/16)/5)
	near(t, e, "log_loss", (2*math.Log(4.0/3)+math.Log(2)+2*math.Log(4))/5)
	near(t, e, "roc_auc", (1+0.5+1+0+0.5+0)/6) // pairs of a true and a false row; ties count one half
}

func TestEvaluateCountsWhatPredictPredicts(t *testing.T) {
	var rows []outcome
	for i := range 41 {
		rows = append(rows, outcome{X: float64(i-20) * 0x1p-54, Y: i%3 == 0}, outcome{X: float64(i - 20), Y: i%2 == 0})
	}
	p := fitted(t, model.Binary)
	e := must[*model.Evaluation](t)(model.Evaluate(t.Context(), p, p.Problem(), source(t, rows...), metric.ReportOptions{}))
	right := 0
	out := predict(t, p, source(t, rows...))
	for i, r := range rows {
		if out.Column(0).(*array.Boolean).Value(i) == r.Y {
			right++
		}
	}
	near(t, e, "accuracy", float64(right)/float64(len(rows)))
}

func TestEvaluateMulticlass(t *testing.T) {
	// The same model under a task of many classes: 2 of 4 right.
	l := math.Log(3)
	rows := source(t, outcome{X: l, Y: true}, outcome{X: l}, outcome{X: -l}, outcome{X: -l, Y: true})
	p := fitted(t, model.Multiclass)
	e := must[*model.Evaluation](t)(model.Evaluate(t.Context(), p, p.Problem(), rows, metric.ReportOptions{}))
	near(t, e, "accuracy", 1.0/2)
	near(t, e, "log_loss", (2*math.Log(4.0/3)+2*math.Log(4))/4)
}

// A host asks for the sentinels of this package, whichever package below it found the fault.
func TestEvaluateErrorsByOneName(t *testing.T) {
	p := fitted(t, model.Regression)
	for _, c := range []struct {
		name    string
		rows    []outcome
		want    error
		measure error
	}{
		{"no weight", []outcome{{X: 1, N: 1}, {X: 2, N: 2}}, model.ErrNoRows, metric.ErrEmpty},
		{"a target that is not finite", []outcome{{X: 1, N: math.Inf(1), W: 1}, {X: 2, N: 2, W: 1}}, model.ErrNonFinite, metric.ErrNonFinite},
		{"a weight that is not finite", []outcome{{X: 1, N: 1, W: math.NaN()}, {X: 2, N: 2, W: 1}}, model.ErrNonFinite, metric.ErrNonFinite},
	} {
		_, err := model.Evaluate(t.Context(), p, model.Problem{Task: model.Regression, Target: "n", Weight: "w"}, source(t, c.rows...), metric.ReportOptions{})
		if !errors.Is(err, c.want) || !errors.Is(err, c.measure) {
			t.Errorf("%s: want an error that is %q and %q, got %v", c.name, c.want, c.measure, err)
		}
	}
}

// bent is a host's predictor whose answer is another batch.
type bent struct {
	model.Predictor
	bend func(dataset.Batch) (dataset.Batch, error)
}

func (b bent) Predict(ctx context.Context, in dataset.Batch) (dataset.Batch, error) {
	out, err := b.Predictor.Predict(ctx, in)
	if err != nil {
		return out, err
	}
	defer out.Release()
	return b.bend(out)
}

func TestEvaluateTakesEmptyAndSlicedBatches(t *testing.T) {
	p := fitted(t, model.Binary)
	for b, err := range source(t, outcome{X: 1, Y: true}, outcome{X: -1}, outcome{X: 2, Y: true}).Batches(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		none, first, rest := b.Slice(0, 0), b.Slice(0, 1), b.Slice(1, 3)
		for _, x := range []dataset.Batch{none, first, rest} {
			defer x.Release()
		}
		src := must[*dataset.Batches](t)(dataset.NewBatches(b.Schema(), none, first, none, rest))
		defer src.Close()
		e := must[*model.Evaluation](t)(model.Evaluate(t.Context(), p, p.Problem(), src, metric.ReportOptions{}))
		near(t, e, "accuracy", 1)
	}
	// A host may answer with a slice of a larger column.
	sliced := bent{p, func(out dataset.Batch) (dataset.Batch, error) {
		columns := make([]arrow.Array, 0, out.Schema().Len())
		for j := range out.Schema().Len() {
			double, err := array.Concatenate([]arrow.Array{out.Column(j), out.Column(j)}, memory.DefaultAllocator)
			if err != nil {
				return dataset.Batch{}, err
			}
			defer double.Release()
			half := array.NewSlice(double, int64(out.NumRows()), int64(2*out.NumRows()))
			defer half.Release()
			columns = append(columns, half)
		}
		return dataset.NewBatch(out.Schema(), columns, out.NumRows())
	}}
	e := must[*model.Evaluation](t)(model.Evaluate(t.Context(), sliced, p.Problem(), source(t, outcome{X: 1, Y: true}, outcome{X: -1}), metric.ReportOptions{}))
	near(t, e, "accuracy", 1)
}

func TestEvaluateRefuses(t *testing.T) {
	p, broken := fitted(t, model.Binary), errors.New("broken")
	rows := source(t, outcome{X: 1, Y: true}, outcome{X: -1})
	other := p.Problem()
	other.Classes = []string{"true", "false"}
	unknown := p.Problem()
	unknown.Target = "z"
	three := p.Problem()
	three.Classes = []string{"false", "true", "maybe"}
	fewer := bent{p, func(out dataset.Batch) (dataset.Batch, error) { return out.Slice(0, 1), nil }}
	without := bent{p, func(out dataset.Batch) (dataset.Batch, error) { return out.Select(model.PredictionColumn) }}
	for name, c := range map[string]struct {
		predictor model.Predictor
		problem   model.Problem
		rows      dataset.Source
		want      error
	}{
		"no rows":                       {p, p.Problem(), source[outcome](t), model.ErrNoRows},
		"a source that breaks":          {p, p.Problem(), breaking{rows, broken}, broken},
		"classes in another order":      {p, other, rows, dataset.ErrSchema},
		"more classes than predicted":   {hosted{p}, three, rows, dataset.ErrSchema},
		"an unknown target":             {p, unknown, rows, dataset.ErrSchema},
		"an unknown weight":             {p, model.Problem{Task: model.Binary, Target: "y", Classes: other.Classes, Weight: "z"}, rows, dataset.ErrSchema},
		"fewer rows than asked":         {fewer, p.Problem(), rows, dataset.ErrSchema},
		"no probabilities":              {without, p.Problem(), rows, dataset.ErrSchema},
		"a class the problem lacks":     {hosted{p}, model.Problem{Task: model.Binary, Target: "y", Classes: []string{"false", "maybe"}}, rows, model.ErrTarget},
		"rows of one class":             {p, p.Problem(), source(t, outcome{Y: true}), metric.ErrOneClass},
		"a regression without a target": {fitted(t, model.Regression), model.Problem{Task: model.Regression, Target: "n"}, source(t, missing{1, nil}), model.ErrTarget},
	} {
		e, err := model.Evaluate(t.Context(), c.predictor, c.problem, c.rows, metric.ReportOptions{})
		if !errors.Is(err, c.want) || e != nil {
			t.Errorf("%s: got error %v, want one that is %q alone", name, err, c.want.Error())
		}
	}
}

type missing struct {
	X float64  `ml:"name=x"`
	N *float64 `ml:"name=n"`
}

// report is an Evaluation with a value and an interval for each metric.
func report(values ...metric.Named) *model.Evaluation {
	return &model.Evaluation{Report: metric.Report{Values: values}}
}

func named(name string, value, low, high float64) metric.Named {
	return metric.Named{Name: name, Interval: metric.Interval{Value: value, Low: low, High: high}}
}

func TestGates(t *testing.T) {
	e := report(named("roc_auc", 0.9, 0.85, 0.95), named("mae", 10, 8, 12), named("f1", 0.5, math.NaN(), math.NaN()), named("mcc", math.NaN(), 0, 1))
	live := report(named("roc_auc", 0.91, 0, 1), named("mae", 9, 0, 1), named("mcc", 0.5, 0, 1))
	for name, c := range map[string]struct {
		gate  model.Gate
		live  *model.Evaluation
		holds bool
	}{
		"at least, reached":                {model.AtLeast{Metric: "roc_auc", Value: 0.9}, nil, true},
		"at least, missed":                 {model.AtLeast{Metric: "roc_auc", Value: 0.901}, nil, false},
		"at least, certain":                {model.AtLeast{Metric: "roc_auc", Value: 0.85, Certain: true}, nil, true},
		"at least, not certain":            {model.AtLeast{Metric: "roc_auc", Value: 0.86, Certain: true}, nil, false},
		"at least, without an interval":    {model.AtLeast{Metric: "f1", Value: 0.1, Certain: true}, nil, false},
		"at least, NaN":                    {model.AtLeast{Metric: "mcc", Value: -1}, nil, false},
		"at least, an unknown metric":      {model.AtLeast{Metric: "auc", Value: 0}, nil, false},
		"at most, reached":                 {model.AtMost{Metric: "mae", Value: 10}, nil, true},
		"at most, missed":                  {model.AtMost{Metric: "mae", Value: 9.9}, nil, false},
		"at most, certain":                 {model.AtMost{Metric: "mae", Value: 12, Certain: true}, nil, true},
		"at most, not certain":             {model.AtMost{Metric: "mae", Value: 11, Certain: true}, nil, false},
		"at most, NaN":                     {model.AtMost{Metric: "mcc", Value: 2}, nil, false},
		"no worse, nothing live":           {model.NoWorse{Metric: "roc_auc"}, nil, true},
		"no worse, greater is better":      {model.NoWorse{Metric: "roc_auc"}, live, false},
		"no worse, within the margin":      {model.NoWorse{Metric: "roc_auc", Margin: 0.011}, live, true},
		"no worse, less is better":         {model.NoWorse{Metric: "mae"}, live, false},
		"no worse, less, within":           {model.NoWorse{Metric: "mae", Margin: 1}, live, true},
		"no worse, NaN":                    {model.NoWorse{Metric: "mcc", Margin: 9}, live, false},
		"no worse, absent from the live":   {model.NoWorse{Metric: "f1"}, live, false},
		"no worse than a worse live model": {model.NoWorse{Metric: "roc_auc"}, report(named("roc_auc", 0.8, 0, 1)), true},
	} {
		err := c.gate.Check(e, c.live)
		var ge *model.GateError
		if (err == nil) != c.holds || (err != nil && (!errors.Is(err, model.ErrGate) || !errors.As(err, &ge) || ge.Gate == "" || ge.Got == "")) {
			t.Errorf("%s: got error %v, want that it holds: %v", name, err, c.holds)
		}
	}
	err := model.Check(e, live, model.AtLeast{Metric: "roc_auc", Value: 0.99}, model.AtMost{Metric: "mae", Value: 10}, model.NoWorse{Metric: "mae"})
	if !errors.Is(err, model.ErrGate) || strings.Count(err.Error(), "gate:") != 2 {
		t.Errorf("two unmet gates of three: got %v", err)
	}
	if err := model.Check(e, nil); err != nil {
		t.Errorf("no gates: got error %v", err)
	}
}
