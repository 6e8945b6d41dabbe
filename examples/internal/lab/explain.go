package lab

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/explain"
	"github.com/tidewheel/tidewheel/serve"
	"github.com/tidewheel/tidewheel/validate"
)

// The rows of the data that a model's answers are compared with, where that is needed: for the linear parts of a model, and for trees that do not tell how many rows
// reached their nodes, which take longer.
const (
	compared           = 1000
	comparedOneByOne   = 100
	contributionPrefix = "contribution_"
)

// Explaining is a model with what gives the contributions of its columns.
type Explaining struct {
	*explain.Explainer
	Model  *model.Planned
	Method string // path_dependent or interventional
	checks *validate.Validator
	names  []string
}

// Explain makes ready to explain the answers of a model to the rows of src. The first rows of src are those that it compares with.
func Explain(ctx context.Context, a serve.Artifact, src dataset.Source, workers int) (*Explaining, error) {
	x := &Explaining{Model: a.Predictor(), Method: "path_dependent"}
	x.names = x.Model.Signature().Input.Names()
	schema, err := a.Schema().Select(x.names...)
	if err != nil {
		return nil, err
	}
	if x.checks, err = validate.New(schema, validate.ValidatorOptions{}); err != nil {
		return nil, err
	}
	back, err := x.background(ctx, src)
	if err != nil {
		return nil, err
	}
	defer back.Release()
	x.Explainer, err = explain.New(x.Model, explain.Options{Background: back, Workers: workers})
	var unsupported *model.UnsupportedError
	if errors.As(err, &unsupported) && back.NumRows() > 0 {
		few := back.Slice(0, min(back.NumRows(), comparedOneByOne))
		defer few.Release()
		x.Method = "interventional"
		x.Explainer, err = explain.New(x.Model, explain.Options{Method: explain.Interventional, Background: few, Workers: workers})
	}
	return x, err
}

// background returns the first rows of src that are not refused.
func (x *Explaining) background(ctx context.Context, src dataset.Source) (dataset.Batch, error) {
	for b, err := range src.Batches(ctx) {
		if err != nil {
			return dataset.Batch{}, err
		}
		first := b.Slice(0, min(b.NumRows(), compared))
		defer first.Release()
		rows, valid, err := x.Rows(first)
		if err != nil {
			return dataset.Batch{}, err
		}
		defer rows.Release()
		return dataset.Filter(nil, rows, valid)
	}
	return dataset.Batch{}, errors.New("want at least one row to compare with, got none")
}

// Rows returns the columns of b that the model reads, in their order, and which rows are not refused. The caller owns the batch.
func (x *Explaining) Rows(b dataset.Batch) (dataset.Batch, []bool, error) {
	whole, result, err := x.checks.Conform(b)
	if err != nil {
		return dataset.Batch{}, nil, err
	}
	if whole.IsZero() {
		f := result.Report.Findings[0]
		return dataset.Batch{}, nil, fmt.Errorf("column %q: %s: want %s, got %s", f.Column, f.Rule, f.Want, f.Got)
	}
	defer whole.Release()
	rows, err := whole.Select(x.names...)
	if err != nil {
		return dataset.Batch{}, nil, err
	}
	valid := make([]bool, rows.NumRows())
	for i, s := range result.Rows {
		valid[i] = s != validate.Refused
	}
	return rows, valid, nil
}

// Classes returns the class of each explained number, nothing where there is one.
func (x *Explaining) Classes() []string {
	if x.Outputs() == 1 {
		return nil
	}
	return x.Model.Problem().Classes
}

// Contributions returns a sink that writes what it gets to the sink that open makes, with a column for each contribution behind: contribution_<column>, or
// contribution_<class>_<column> of several classes. A refused row has nulls.
func (x *Explaining) Contributions(in *dataset.Schema, open func(*dataset.Schema) (dataset.Sink, error)) (dataset.Sink, error) {
	fields := in.Fields()
	for o := range x.Outputs() {
		prefix := contributionPrefix
		if classes := x.Classes(); classes != nil {
			prefix += classes[o] + "_"
		}
		for _, g := range x.Groups() {
			name := prefix + g.Name()
			if slices.ContainsFunc(fields, func(f dataset.Field) bool { return f.Name == name }) {
				return nil, &dataset.SchemaError{Column: name, Want: "rows whose columns are named otherwise than those that -contributions adds", Got: "a column of the name"}
			}
			fields = append(fields, dataset.Field{Name: name, Type: dataset.Float64, Nullable: true})
		}
	}
	s, err := dataset.NewSchema(fields...)
	if err != nil {
		return nil, err
	}
	sink, err := open(s)
	if err != nil {
		return nil, err
	}
	return &contributing{Sink: sink, x: x, schema: s}, nil
}

type contributing struct {
	dataset.Sink
	x      *Explaining
	schema *dataset.Schema
}

// Write implements dataset.Sink.
func (c *contributing) Write(ctx context.Context, b dataset.Batch) error {
	rows, valid, err := c.x.Rows(b)
	if err != nil {
		return err
	}
	defer rows.Release()
	got, err := c.x.Explainer.Contributions(ctx, rows)
	if err != nil {
		return err
	}
	columns := slices.Clone(b.Record().Columns())
	for o := range c.x.Outputs() {
		for g := range c.x.Groups() {
			made := array.NewFloat64Builder(memory.DefaultAllocator)
			for i, ok := range valid {
				if v := got.Row(i, o)[g]; ok && v == v {
					made.Append(v)
				} else {
					made.AppendNull()
				}
			}
			columns = append(columns, made.NewArray())
			made.Release()
		}
	}
	defer release(columns[b.Record().NumCols():])
	out, err := dataset.NewBatch(c.schema, columns, b.NumRows())
	if err != nil {
		return err
	}
	defer out.Release()
	return c.Sink.Write(ctx, out)
}

func release(columns []arrow.Array) {
	for _, c := range columns {
		c.Release()
	}
}
