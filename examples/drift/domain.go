package main

import (
	"context"
	"errors"
	"math"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/relation"
	"github.com/tidewheel/tidewheel/examples/internal/cli"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/selection"
	"github.com/tidewheel/tidewheel/model/tree"
	"github.com/tidewheel/tidewheel/monitor/drift"
)

const (
	domainRows  = 10_000 // of each file
	domainLeast = 50
	domainTrees = 50
)

// domainAUC returns how well a model tells the rows of the two files apart, by the columns that were judged but for those of a target and a prediction: the mean ROC AUC
// over five folds, 0.5 when there is nothing to tell. nil when there are no such columns, or fewer than 50 rows on a side.
func (c *comparing) domainAUC(ctx context.Context, r *drift.Report, reference, current dataset.Source) (*float64, error) {
	var names []string
	outputs := append(cli.List(c.prediction), c.target)
	for _, column := range r.Columns {
		if column.Verdict != drift.Excluded && column.Verdict != drift.Identifier && min(column.NReference, column.NCurrent) > 0 && !slices.Contains(outputs, column.Name) {
			names = append(names, column.Name)
		}
	}
	if len(names) == 0 || min(r.RowsReference, r.RowsCurrent) < domainLeast {
		return nil, nil
	}
	c.Stage("telling the files apart")
	a, err1 := domain(ctx, reference, names, 0, c.Seed)
	b, err2 := domain(ctx, current, names, 1, c.Seed)
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	all, err := relation.Concat(relation.ConcatOptions{}, a, b)
	if err != nil {
		return nil, err
	}
	rows, err := dataset.Cache(ctx, all)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // it never fails
	e, err := tree.NewBoosting(tree.BoostingOptions{Trees: domainTrees, Seed: c.Seed, Workers: c.Workers})
	if err != nil {
		return nil, err
	}
	problem := model.Problem{Task: model.Binary, Target: rows.Schema().Field(len(names)).Name, Classes: []string{"false", "true"}}
	cv, err := selection.CrossValidate(ctx, e, problem, rows, selection.Stratified{Shuffle: true, Seed: c.Seed})
	if err != nil {
		return nil, err
	}
	auc, _ := cv.Get("roc_auc")
	return &auc.Mean, nil
}

// domain returns some rows of a file as numbers and texts, and behind them which file it is.
func domain(ctx context.Context, src dataset.Source, names []string, which byte, seed uint64) (dataset.Source, error) {
	src, err := dataset.Select(ctx, src, names...)
	if err != nil {
		return nil, err
	}
	if src, err = relation.Sample(src, relation.SampleOptions{Rows: domainRows, Seed: seed}); err != nil {
		return nil, err
	}
	current := "current"
	for slices.Contains(names, current) {
		current += "_"
	}
	fields := make([]dataset.Field, 0, len(names)+1)
	for _, f := range src.Schema().Fields() {
		t := dataset.Float64
		if f.Type.IsText() {
			t = dataset.Utf8
		}
		fields = append(fields, dataset.Field{Name: f.Name, Type: t, Nullable: true})
	}
	out, err := dataset.NewSchema(append(fields, dataset.Field{Name: current, Type: dataset.Bool, Role: dataset.Target})...)
	if err != nil {
		return nil, err
	}
	return dataset.Map(src, out, func(_ context.Context, b dataset.Batch) (dataset.Batch, error) {
		columns := make([]arrow.Array, 0, len(names)+1)
		defer func() {
			for _, column := range columns {
				column.Release()
			}
		}()
		for i := range names {
			column, err := plain(b.Column(i), fields[i].Type)
			if err != nil {
				return dataset.Batch{}, err
			}
			columns = append(columns, column)
		}
		is := array.NewBooleanBuilder(memory.DefaultAllocator)
		defer is.Release()
		for range b.NumRows() {
			is.Append(which == 1)
		}
		columns = append(columns, is.NewArray())
		return dataset.NewBatch(out, columns, b.NumRows())
	}), nil
}

// plain returns a column as one of numbers or texts.
func plain(column arrow.Array, t dataset.Type) (arrow.Array, error) {
	if t == dataset.Utf8 {
		texts, err := dataset.NewTexts(column)
		if err != nil {
			return nil, err
		}
		b := array.NewStringBuilder(memory.DefaultAllocator)
		defer b.Release()
		for i := range column.Len() {
			if texts.IsNull(i) {
				b.AppendNull()
			} else {
				b.Append(texts.Value(i))
			}
		}
		return b.NewArray(), nil
	}
	values := make([]float64, column.Len())
	if err := dataset.Float64s(column, values); err != nil {
		return nil, err
	}
	b := array.NewFloat64Builder(memory.DefaultAllocator)
	defer b.Release()
	for _, x := range values {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			b.AppendNull()
		} else {
			b.Append(x)
		}
	}
	return b.NewArray(), nil
}
