package explain

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/matrix"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/metric"
)

// ImportanceOptions are those of PermutationImportance. The zero value is ready to use.
type ImportanceOptions struct {
	Metric  string   // of metric.GreaterIsBetter's list and of the task's report; default "log_loss", "rmse" of a regression and "ndcg_10" of a ranking
	Columns []string // those to permute; default all that the model reads
	Repeats int      // permutations a column, 2 to 10,000; default 5
	Level   float64  // of the intervals, above 0 and below 1; default 0.95
	Seed    uint64   // of the permutations
	Workers int      // 0 is GOMAXPROCS, 1 starts no goroutine. Results do not depend on it
}

// Importance is how much worse a metric gets when a column is permuted.
type Importance struct {
	Metric   string
	Baseline float64            // the metric on the rows as they are
	Columns  []ColumnImportance // in the order asked, or of the model's input
}

// ColumnImportance is that of one column, in the metric's unit: above 0 where the metric is worse with the column permuted.
type ColumnImportance struct {
	Column    string
	Mean, Std float64   // over the repeats; Std as numpy's, with the number of repeats below
	Low, High float64   // Student's interval of the mean: what more repeats would find on these rows, not what other rows would
	Values    []float64 // one for each repeat
}

// Ranked returns the columns with the largest mean first, equal ones in their order.
func (im *Importance) Ranked() []ColumnImportance {
	out := slices.Clone(im.Columns)
	slices.SortStableFunc(out, func(a, b ColumnImportance) int {
		switch {
		case a.Mean > b.Mean:
			return -1
		case a.Mean < b.Mean:
			return 1
		default:
			return 0
		}
	})
	return out
}

// PermutationImportance measures p on rows, which hold the target of problem and which p must not have seen in training, then again with each column's values
// permuted, Repeats times each. A column whose facts another column has too is little missed and looks unimportant.
//
// Cost: 1 + columns × Repeats predictions of rows. Errors: *model.OptionError, dataset.ErrSchema for an unknown column, those of model.Evaluate, ctx.Err().
// Source: Breiman (2001) in the form of sklearn.inspection.permutation_importance 1.9, whose numbers are others since its random numbers are.
func PermutationImportance(ctx context.Context, p model.Predictor, problem model.Problem, rows dataset.Batch, o ImportanceOptions) (*Importance, error) {
	o, err := o.withDefaults(problem, p.Signature().Input)
	if err != nil {
		return nil, fmt.Errorf("explain: permutation importance: %w", err)
	}
	m := &permuter{ctx: ctx, p: p, problem: problem, rows: rows, metric: o.Metric}
	baseline, err := m.measure(rows)
	if err != nil {
		return nil, fmt.Errorf("explain: permutation importance: %w", err)
	}
	out := &Importance{Metric: o.Metric, Baseline: baseline, Columns: make([]ColumnImportance, len(o.Columns))}
	worse := 1.0
	if greater, _ := metric.GreaterIsBetter(o.Metric); greater {
		worse = -1
	}
	values := make([]float64, len(o.Columns)*o.Repeats)
	errs := make([]error, len(values))
	err = matrix.Parallel(ctx, o.Workers, len(values), func(task, _ int) {
		c := task / o.Repeats
		stream := uint64(p.Signature().Input.Index(o.Columns[c]))<<32 | uint64(task%o.Repeats)
		var v float64
		v, errs[task] = m.permuted(o.Columns[c], rand.New(rand.NewPCG(o.Seed, stream)))
		values[task] = worse * (v - baseline)
	})
	if err == nil {
		for _, e := range errs {
			if e != nil {
				err = e
				break
			}
		}
	}
	if err != nil {
		return nil, fmt.Errorf("explain: permutation importance: %w", err)
	}
	for c, name := range o.Columns {
		if out.Columns[c], err = summarize(name, values[c*o.Repeats:(c+1)*o.Repeats], o.Level); err != nil {
			return nil, fmt.Errorf("explain: permutation importance: column %q: %w", name, err)
		}
	}
	return out, nil
}

func (o ImportanceOptions) withDefaults(problem model.Problem, input *dataset.Schema) (ImportanceOptions, error) {
	if o.Metric == "" {
		switch problem.Task {
		case model.Regression:
			o.Metric = "rmse"
		case model.Ranking:
			o.Metric = "ndcg_10"
		default:
			o.Metric = "log_loss"
		}
	}
	if o.Columns == nil {
		o.Columns = input.Names()
	}
	if o.Repeats == 0 {
		o.Repeats = 5
	}
	if o.Level == 0 {
		o.Level = 0.95
	}
	if _, known := metric.GreaterIsBetter(o.Metric); !known {
		return o, &model.OptionError{Field: "explain.ImportanceOptions.Metric", Value: strconv.Quote(o.Metric), Want: "a metric with a better direction"}
	}
	if o.Repeats < 2 || o.Repeats > 10_000 {
		return o, &model.OptionError{Field: "explain.ImportanceOptions.Repeats", Value: strconv.Itoa(o.Repeats), Want: "2 to 10000"}
	}
	if !(o.Level > 0 && o.Level < 1) {
		return o, &model.OptionError{Field: "explain.ImportanceOptions.Level", Value: strconv.FormatFloat(o.Level, 'g', -1, 64), Want: "above 0 and below 1"}
	}
	if o.Workers < 0 {
		return o, &model.OptionError{Field: "explain.ImportanceOptions.Workers", Value: strconv.Itoa(o.Workers), Want: "0 or more"}
	}
	_, err := input.Select(o.Columns...)
	return o, err
}

// permuter measures a predictor on changed rows.
type permuter struct {
	ctx     context.Context //nolint:containedctx // lives as long as the one call
	p       model.Predictor
	problem model.Problem
	rows    dataset.Batch
	metric  string
}

func (m *permuter) measure(b dataset.Batch) (float64, error) {
	src, err := dataset.NewBatches(b.Schema(), b)
	if err != nil {
		return 0, err
	}
	defer func() { _ = src.Close() }() // releases memory only
	e, err := model.Evaluate(m.ctx, m.p, m.problem, src, metric.ReportOptions{Workers: 1})
	if err != nil {
		return 0, err
	}
	v, ok := e.Get(m.metric)
	if !ok {
		return 0, &model.OptionError{Field: "explain.ImportanceOptions.Metric", Value: strconv.Quote(m.metric), Want: "a metric of the task"}
	}
	return v.Value, nil
}

func (m *permuter) permuted(column string, r *rand.Rand) (float64, error) {
	f, ok := m.rows.Schema().Lookup(column)
	if !ok {
		return 0, &dataset.SchemaError{Column: column, Want: "it in the batch", Got: "no such column"}
	}
	order := make([]int32, m.rows.NumRows())
	for i, j := range r.Perm(len(order)) {
		order[i] = int32(j)
	}
	one, err := m.rows.Select(column)
	if err != nil {
		return 0, err
	}
	defer one.Release()
	taken, err := dataset.Take(nil, one, order)
	if err != nil {
		return 0, err
	}
	defer taken.Release()
	b, err := replace(m.rows, f, taken.Column(0))
	if err != nil {
		return 0, err
	}
	defer b.Release()
	return m.measure(b)
}

func summarize(column string, values []float64, level float64) (ColumnImportance, error) {
	out := ColumnImportance{Column: column, Values: values}
	i, err := metric.MeanInterval(values, nil, level)
	if err != nil {
		return out, err
	}
	out.Mean, out.Low, out.High = i.Value, i.Low, i.High
	for _, v := range values {
		out.Std += (v - out.Mean) * (v - out.Mean) / float64(len(values))
	}
	out.Std = math.Sqrt(out.Std)
	return out, nil
}
