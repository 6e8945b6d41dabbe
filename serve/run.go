package serve

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"sync"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/validate"
)

// RunOptions says how Run works. The zero value is ready to use.
type RunOptions struct {
	Raw     bool // write the raw scores too
	Workers int  // goroutines that score; 0 is GOMAXPROCS, 1 starts none. The result does not depend on it
}

// Run scores every row of src, which must be rewindable, and writes the rows, in their order, with what the model says of them:
//
//   - prediction, and probability_<class> for a classification;
//   - with o.Raw: raw for one raw score, raw_<class> for more;
//   - refused_<rule> and flagged_<rule>, true in the rows that the rule met, for each rule that met any. A refused row has nulls in the columns before.
//
// src may have another schema than the model: it is conformed as validate.Validator does. The first range checks all rows, so that the columns are known; open then
// makes the sink for them; the second range scores. Run commits the sink and closes it. Observers are not called. It returns the report of the checks. It errors with a
// *RefusedError, before open is called, when a column is missing or cannot become the schema's, and with dataset.ErrSchema when src has a column of a name that Run
// writes. It holds at most 2 × workers batches.
func Run(ctx context.Context, m *Model, src dataset.Source, open func(*dataset.Schema) (dataset.Sink, error), o RunOptions) (*validate.Report, error) {
	if o.Workers < 0 {
		return nil, fmt.Errorf("serve: run: %w", &dataset.OptionError{Field: "serve.RunOptions.Workers", Value: strconv.Itoa(o.Workers), Want: "0 or more"})
	}
	report, err := m.validator.Check(ctx, src)
	if err != nil {
		return nil, fmt.Errorf("serve: run: %w", err)
	}
	if err := refusedWhole(report); err != nil {
		return nil, fmt.Errorf("serve: run: %w", err)
	}
	r := &run{m: m, raw: o.Raw}
	for _, f := range report.Findings {
		mark := mark{f.Rule, f.Severity}
		if f.Severity >= validate.Flagged && !slices.Contains(r.marks, mark) {
			r.marks = append(r.marks, mark)
		}
	}
	if r.schema, err = r.output(src.Schema()); err != nil {
		return nil, fmt.Errorf("serve: run: %w", err)
	}
	sink, err := open(r.schema)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(r.all(ctx, src, sink, o.Workers), sink.Close()); err != nil {
		return nil, fmt.Errorf("serve: run: %w", err)
	}
	return report, nil
}

// refusedWhole returns the error of columns that refuse every row.
func refusedWhole(report *validate.Report) error {
	e := &RefusedError{Rows: int(report.Rows), Refused: int(report.Rows)}
	for _, f := range report.Findings {
		if f.Rule == validate.RuleMissingColumn || f.Rule == validate.RuleColumnType {
			e.Findings = append(e.Findings, Finding{Field: f.Column, Rule: f.Rule, Severity: f.Severity})
		}
	}
	if len(e.Findings) == 0 {
		return nil
	}
	return e
}

// mark is a column that says which rows a rule met.
type mark struct {
	rule     validate.Rule
	severity validate.Severity
}

type run struct {
	m      *Model
	raw    bool
	marks  []mark
	schema *dataset.Schema // of what is written
}

// output returns the columns that are written.
func (r *run) output(in *dataset.Schema) (*dataset.Schema, error) {
	out := r.m.Output()
	fields := append(in.Fields(), out.Field(0))
	number := func(name string) {
		fields = append(fields, dataset.Field{Name: name, Type: dataset.Float64})
	}
	for _, c := range r.m.classes {
		number(model.ProbabilityColumn + "_" + c)
	}
	if i := out.Index(model.RawColumn); r.raw && i >= 0 {
		dt, err := out.Field(i).Type.Arrow()
		if err != nil {
			return nil, err
		}
		if list, ok := dt.(*arrow.FixedSizeListType); ok && list.Len() == 1 {
			number(model.RawColumn)
		} else {
			for _, c := range r.m.classes {
				number(model.RawColumn + "_" + c)
			}
		}
	}
	for i := in.Len(); i < len(fields); i++ {
		fields[i].Nullable = true
	}
	for _, m := range r.marks {
		fields = append(fields, dataset.Field{Name: m.severity.String() + "_" + string(m.rule), Type: dataset.Bool})
	}
	for _, f := range fields[in.Len():] {
		if in.Index(f.Name) >= 0 {
			return nil, &dataset.SchemaError{Column: f.Name, Want: "rows whose columns are named otherwise than those that scoring adds", Got: "a column of the name"}
		}
	}
	return dataset.NewSchema(fields...)
}

// pending is a batch that is being scored.
type pending struct {
	out  dataset.Batch
	err  error
	done chan struct{}
}

// all scores the batches on workers and writes them in order.
func (r *run) all(ctx context.Context, src dataset.Source, sink dataset.Sink, workers int) (err error) {
	if workers == 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	var queue []*pending
	var wait sync.WaitGroup
	defer func() {
		wait.Wait()
		for _, p := range queue {
			p.out.Release()
		}
	}()
	first := func() error {
		p := queue[0]
		queue = queue[1:]
		<-p.done
		defer p.out.Release()
		if p.err != nil {
			return p.err
		}
		return sink.Write(ctx, p.out)
	}
	for b, err := range src.Batches(ctx) {
		if err != nil {
			return err
		}
		p := &pending{done: make(chan struct{})}
		queue = append(queue, p)
		if workers == 1 {
			p.out, p.err = r.batch(ctx, b)
			close(p.done)
		} else {
			b.Retain()
			wait.Go(func() {
				defer close(p.done)
				defer b.Release()
				p.out, p.err = r.batch(ctx, b)
			})
		}
		if len(queue) >= workers {
			if err := first(); err != nil {
				return err
			}
		}
	}
	for len(queue) > 0 {
		if err := first(); err != nil {
			return err
		}
	}
	return sink.Commit(ctx)
}

// batch returns b with its scores. The caller owns it.
func (r *run) batch(ctx context.Context, b dataset.Batch) (dataset.Batch, error) {
	rows, result, err := r.m.validator.Conform(b)
	if err != nil {
		return dataset.Batch{}, err
	}
	defer rows.Release()
	if rows.IsZero() {
		return dataset.Batch{}, &dataset.SchemaError{Want: "the same columns at each range", Got: "others"}
	}
	scored, err := r.m.predictor.Predict(ctx, rows)
	if err != nil {
		return dataset.Batch{}, err
	}
	defer scored.Release()
	n := b.NumRows()
	valid := make([]bool, n)
	for i, s := range result.Rows {
		valid[i] = s != validate.Refused
	}
	var columns []arrow.Array
	defer func() {
		for _, c := range columns[min(len(columns), int(b.Record().NumCols())):] {
			c.Release()
		}
	}()
	columns = append(columns, b.Record().Columns()...)
	columns = append(columns, masked(scored.Column(0), valid))
	if len(r.m.classes) > 0 {
		columns = append(columns, spread(scored.Column(1), valid)...)
	}
	if i := scored.Schema().Index(model.RawColumn); r.raw && i >= 0 {
		columns = append(columns, spread(scored.Column(i), valid)...)
	}
	for _, m := range r.marks {
		met := make([]bool, n)
		for _, c := range result.Cells {
			if c.Rule == m.rule && c.Severity == m.severity {
				met[c.Row] = true
			}
		}
		bools := array.NewBooleanBuilder(memory.DefaultAllocator)
		bools.AppendValues(met, nil)
		columns = append(columns, bools.NewArray())
		bools.Release()
	}
	return dataset.NewBatch(r.schema, columns, n)
}

// masked returns c, which has no nulls and no offset, with nulls where valid is false.
func masked(c arrow.Array, valid []bool) arrow.Array {
	bitmap := make([]byte, (len(valid)+7)/8)
	nulls := 0
	for i, v := range valid {
		if v {
			bitmap[i/8] |= 1 << (i % 8)
		} else {
			nulls++
		}
	}
	d := c.Data()
	buffers := slices.Clone(d.Buffers())
	buffers[0] = memory.NewBufferBytes(bitmap)
	data := array.NewData(d.DataType(), d.Len(), buffers, d.Children(), nulls, 0)
	defer data.Release()
	return array.MakeFromData(data)
}

// spread returns the columns of a fixed_size_list of float64, with nulls where valid is false.
func spread(c arrow.Array, valid []bool) []arrow.Array {
	list, ok := c.(*array.FixedSizeList)
	if !ok {
		return nil
	}
	values, ok := list.ListValues().(*array.Float64)
	if !ok {
		return nil
	}
	k := int(list.DataType().(*arrow.FixedSizeListType).Len())
	out := make([]arrow.Array, k)
	for j := range out {
		b := array.NewFloat64Builder(memory.DefaultAllocator)
		b.Reserve(len(valid))
		for i, v := range valid {
			if v {
				b.Append(values.Value(i*k + j))
			} else {
				b.AppendNull()
			}
		}
		out[j] = b.NewArray()
		b.Release()
	}
	return out
}
