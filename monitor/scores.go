package monitor

import (
	"context"
	"errors"
	"fmt"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/validate"
)

// ScoreProfile returns the profile of what p answers on the rows of src, for Options.Scores: the column prediction and, for a classification, the column probability
// (of two classes that of the last, of more the largest). Take rows that p was not fitted on: on its own training rows a model is too sure. Errors are those of src and
// of p.
func ScoreProfile(ctx context.Context, p model.Predictor, src dataset.Source) (*validate.Profile, error) {
	if p == nil || src == nil {
		return nil, errors.New("monitor: score profile: want a predictor and a source, got nil")
	}
	out := p.Signature().Output
	f, ok := out.Lookup(PredictionColumn)
	if !ok {
		return nil, fmt.Errorf("monitor: score profile: %w", &dataset.SchemaError{Column: PredictionColumn, Want: "it in the answer", Got: "no such column"})
	}
	fields := []dataset.Field{{Name: PredictionColumn, Type: f.Type, Nullable: true}}
	if out.Index(ProbabilityColumn) >= 0 {
		fields = append(fields, dataset.Field{Name: ProbabilityColumn, Type: dataset.Float64, Nullable: true})
	}
	schema, err := dataset.NewSchema(fields...)
	if err != nil {
		return nil, fmt.Errorf("monitor: score profile: %w", err)
	}
	answers := dataset.Map(src, schema, func(ctx context.Context, b dataset.Batch) (dataset.Batch, error) {
		answer, err := p.Predict(ctx, b)
		if err != nil {
			return dataset.Batch{}, err
		}
		defer answer.Release()
		return answerColumns(schema, answer)
	})
	profile, err := validate.ProfileOf(ctx, answers, validate.ProfileOptions{})
	if err != nil {
		return nil, fmt.Errorf("monitor: score profile: %w", err)
	}
	return profile, nil
}

// answerColumns returns the columns of schema out of an answer. The caller owns the batch.
func answerColumns(schema *dataset.Schema, answer dataset.Batch) (dataset.Batch, error) {
	prediction, err := answer.ByName(PredictionColumn)
	if err != nil {
		return dataset.Batch{}, err
	}
	columns := []arrow.Array{prediction}
	if schema.Len() > 1 {
		all, err := answer.ByName(ProbabilityColumn)
		if err != nil {
			return dataset.Batch{}, err
		}
		one, err := probabilities(all)
		if err != nil {
			return dataset.Batch{}, err
		}
		defer one.Release()
		columns = append(columns, one)
	}
	return dataset.NewBatch(schema, columns, answer.NumRows())
}

// probabilities returns the one probability of each row. The caller owns it.
func probabilities(all arrow.Array) (arrow.Array, error) {
	lists, ok := all.(*array.FixedSizeList)
	if !ok {
		return nil, &dataset.SchemaError{Column: ProbabilityColumn, Want: "lists of float64", Got: "arrow type " + all.DataType().String()}
	}
	values, ok := lists.ListValues().(*array.Float64)
	if !ok {
		return nil, &dataset.SchemaError{Column: ProbabilityColumn, Want: "lists of float64", Got: "arrow type " + all.DataType().String()}
	}
	b := array.NewFloat64Builder(memory.DefaultAllocator)
	defer b.Release()
	b.Reserve(lists.Len())
	for i := range lists.Len() {
		low, high := lists.ValueOffsets(i)
		if v := probability(values.Float64Values()[low:high]); lists.IsValid(i) && v.Valid {
			b.Append(v.Number)
		} else {
			b.AppendNull()
		}
	}
	return b.NewArray(), nil
}
