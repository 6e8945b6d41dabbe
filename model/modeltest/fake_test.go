package modeltest

import (
	"context"
	"math"
	"slices"
	"sync/atomic"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/matrix"
	"github.com/tidewheel/tidewheel/internal/plan"
	"github.com/tidewheel/tidewheel/model"
)

// fake is an estimator put together by hand, of one linear operation, and the places where a bug can be planted: the slopes of a regression are those of each
// feature alone; a class has the log odds of a normal distribution of variance 1 about its mean.
type fake struct {
	before func(ctx context.Context, t *model.Training) (context.Context, error) // looks at what Fit got
	spoil  func(*matrix.Table)                                                   // changes what was read
	rescue func(error) error                                                     // changes reading's error
	after  func(*model.Planned) model.Predictor
}

func (f *fake) Fit(ctx context.Context, t model.Training) (model.Predictor, error) {
	if f.before != nil {
		var err error
		if ctx, err = f.before(ctx, &t); err != nil {
			return nil, err
		}
	}
	names, err := t.Problem.Columns(t.Rows.Schema())
	if err != nil {
		return nil, err
	}
	r := matrix.Request{Columns: names, Target: t.Problem.Target, Weight: t.Problem.Weight, Group: t.Problem.Group}
	if t.Problem.Task.IsClassification() {
		r.Classes = t.Problem.ReadClasses
	}
	table, err := matrix.Read(ctx, t.Rows, r)
	if err == nil && t.Problem.Task == model.Ranking {
		err = t.Problem.CheckGrades(table.Target)
	}
	if err == nil {
		err = summable(table)
	}
	if err != nil && f.rescue != nil {
		err = f.rescue(err)
	}
	if err != nil {
		return nil, err
	}
	if table == nil { // rescued
		table = &matrix.Table{Rows: 1, Target: []float64{0}, Class: []int32{0}, WeightSum: 1, Columns: make([]matrix.Column, len(names))}
		for j := range table.Columns {
			table.Columns[j].Numbers = []float64{0}
		}
	}
	if f.spoil != nil {
		f.spoil(table)
	}
	op, err := learn(table, len(t.Problem.Classes))
	if err != nil && f.rescue != nil {
		err = f.rescue(err)
	}
	if err != nil {
		return nil, err
	}
	return f.predictor(t, names, op)
}

// summable refuses numbers whose squares overflow.
func summable(t *matrix.Table) error {
	for _, c := range t.Columns {
		for _, v := range c.Numbers {
			if math.Abs(v) > 1e150 {
				return model.ErrNonFinite
			}
		}
	}
	return nil
}

func weight(t *matrix.Table, i int) float64 {
	if t.Weight == nil {
		return 1
	}
	return t.Weight[i]
}

// mean returns the weighted mean of v over the rows of a class, -1 for all, and the share of the weight that they have.
func mean(t *matrix.Table, class int32, v func(i int) float64) (m, share float64) {
	sum := 0.0
	for i := range t.Rows {
		if class < 0 || t.Class[i] == class {
			sum += weight(t, i) * v(i)
			share += weight(t, i)
		}
	}
	return sum / max(share, 1e-9), share / t.WeightSum
}

func learn(t *matrix.Table, classes int) (plan.Op, error) {
	op := plan.Op{Kind: plan.OpLinear}
	for j := range t.Columns {
		op.In = append(op.In, int32(j))
	}
	if classes == 0 && t.Target == nil { // all rows are alike
		op.Shift, op.Coef = plan.Floats{0}, make(plan.Floats, len(t.Columns))
		return op, nil
	}
	if classes == 0 {
		y, _ := mean(t, -1, func(i int) float64 { return t.Target[i] })
		op.Shift = plan.Floats{y}
		for _, c := range t.Columns {
			x, _ := mean(t, -1, func(i int) float64 { return c.Numbers[i] })
			cov, _ := mean(t, -1, func(i int) float64 { return (c.Numbers[i] - x) * (t.Target[i] - y) })
			square, _ := mean(t, -1, func(i int) float64 { return (c.Numbers[i] - x) * (c.Numbers[i] - x) })
			slope := 0.0
			if square > 0 {
				slope = cov / square
			}
			op.Coef = append(op.Coef, slope)
			op.Shift[0] -= slope * x
		}
		return op, nil
	}
	for k := range int32(classes) {
		_, share := mean(t, k, func(int) float64 { return 0 })
		if share > 1-1e-9 {
			return op, model.ErrTarget
		}
		shift := math.Log(max(share, 1e-9))
		for _, c := range t.Columns {
			overall, _ := mean(t, -1, func(i int) float64 { return c.Numbers[i] })
			m, _ := mean(t, k, func(i int) float64 { return c.Numbers[i] - overall })
			op.Coef = append(op.Coef, m)
			shift -= m*m/2 + m*overall
		}
		op.Shift = append(op.Shift, shift)
	}
	return op, nil
}

func (f *fake) predictor(t model.Training, names []string, op plan.Op) (model.Predictor, error) {
	var inputs []plan.Input
	for _, n := range names {
		inputs = append(inputs, plan.Input{Name: n, Kind: plan.Number})
	}
	b := plan.NewBuilder(inputs...)
	raw := b.Add(op)
	switch t.Problem.Task {
	case model.Regression, model.Ranking:
		b.Output(model.PredictionColumn, raw[0])
	case model.Anomaly:
		b.Output(model.PredictionColumn, raw[0])
		b.Output(model.RawColumn, raw[0])
	default:
		b.Output(model.PredictionColumn, b.Add(plan.Op{Kind: plan.OpArgmax, In: raw})[0])
		for _, r := range b.Add(plan.Op{Kind: plan.OpSoftmax, In: raw}) {
			b.Output(model.ProbabilityColumn, r)
		}
	}
	p, err := b.Build()
	if err != nil {
		return nil, err
	}
	target, _ := t.Rows.Schema().Lookup(t.Problem.Target)
	m, err := model.NewPredictor(t.Problem, t.Rows.Schema(), target, p)
	if err != nil {
		return nil, err
	}
	if f.after != nil {
		return f.after(m), nil
	}
	return m, nil
}

// bent is a predictor whose Predict has another step before or behind.
type bent struct {
	*model.Planned
	calls *atomic.Int64
	in    func(dataset.Batch) (dataset.Batch, error) // the caller owns the result
	out   func(call int64, in, out dataset.Batch) (dataset.Batch, error)
	fails error // in place of Predict's own
	rules func(model.Signature) model.Signature
	share bool // one row scorer for all
	row   *model.RowScorer
}

func (b *bent) Signature() model.Signature {
	if b.rules != nil {
		return b.rules(b.Planned.Signature())
	}
	return b.Planned.Signature()
}

func (b *bent) NewRowScorer() *model.RowScorer {
	if !b.share {
		return b.Planned.NewRowScorer()
	}
	if b.row == nil {
		b.row = b.Planned.NewRowScorer()
	}
	return b.row
}

func (b *bent) Predict(ctx context.Context, in dataset.Batch) (dataset.Batch, error) {
	call := b.calls.Add(1)
	if b.in != nil {
		var err error
		if in, err = b.in(in); err != nil {
			return dataset.Batch{}, err
		}
		defer in.Release()
	}
	out, err := b.Planned.Predict(ctx, in)
	if err != nil && b.fails != nil {
		return dataset.Batch{}, b.fails
	}
	if err != nil || b.out == nil {
		return out, err
	}
	defer out.Release()
	return b.out(call, in, out)
}

// raised returns out with by(i) added to its prediction i, or to the first probability of its row i.
func raised(out dataset.Batch, by func(i int) float64) (dataset.Batch, error) {
	columns := slices.Clone(out.Record().Columns())
	j := min(1, len(columns)-1)
	values, width, list := columns[j], 1, (*array.FixedSizeList)(nil)
	if l, ok := columns[j].(*array.FixedSizeList); ok {
		list, values, width = l, l.ListValues(), l.ListValues().Len()/max(1, l.Len())
	}
	numbers := make([]float64, values.Len())
	if err := dataset.Float64s(values, numbers); err != nil {
		return dataset.Batch{}, err
	}
	for i := range out.NumRows() {
		numbers[i*width] += by(i)
	}
	b := array.NewFloat64Builder(memory.DefaultAllocator)
	defer b.Release()
	b.AppendValues(numbers, nil)
	fresh := b.NewArray()
	defer fresh.Release()
	columns[j] = fresh
	if list != nil {
		data := array.NewData(list.DataType(), list.Len(), list.Data().Buffers(), []arrow.ArrayData{fresh.Data()}, 0, 0)
		defer data.Release()
		whole := array.NewFixedSizeListData(data)
		defer whole.Release()
		columns[j] = whole
	}
	return dataset.NewBatch(out.Schema(), columns, out.NumRows())
}

// bending plants a step before or behind Predict.
func bending(b bent) *fake {
	return &fake{after: func(p *model.Planned) model.Predictor {
		made := b
		made.Planned, made.calls = p, new(atomic.Int64)
		return &made
	}}
}

// adding plants a number that is added to every row.
func adding(by func(call int64, in dataset.Batch, i int) float64) *fake {
	return bending(bent{out: func(call int64, in, out dataset.Batch) (dataset.Batch, error) {
		return raised(out, func(i int) float64 { return by(call, in, i) })
	}})
}

// edited plants a change of the training before it is read.
func edited(edit func(t *model.Training)) *fake {
	return &fake{before: func(ctx context.Context, t *model.Training) (context.Context, error) {
		edit(t)
		return ctx, nil
	}}
}

// filled reads the rows of column name as fix makes them.
func filled(name string, fix func(float64) float64) *fake {
	return edited(func(t *model.Training) {
		t.Rows = dataset.Map(t.Rows, t.Rows.Schema(), func(_ context.Context, b dataset.Batch) (dataset.Batch, error) {
			j := b.Schema().Index(name)
			f := b.Schema().Field(max(j, 0))
			if j < 0 || f.Type != dataset.Float64 {
				b.Retain()
				return b, nil
			}
			v := make([]float64, b.NumRows())
			if err := dataset.Float64s(b.Column(j), v); err != nil {
				return dataset.Batch{}, err
			}
			fixed := array.NewFloat64Builder(memory.DefaultAllocator)
			defer fixed.Release()
			for _, x := range v {
				fixed.Append(fix(x))
			}
			c := fixed.NewArray()
			defer c.Release()
			columns := slices.Clone(b.Record().Columns())
			columns[j] = c
			return dataset.NewBatch(b.Schema(), columns, b.NumRows())
		})
	})
}
