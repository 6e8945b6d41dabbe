package main

import (
	"context"
	"errors"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/examples/internal/cli"
	"github.com/tidewheel/tidewheel/examples/internal/lab"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/registry"
	"github.com/tidewheel/tidewheel/serve"
	"github.com/tidewheel/tidewheel/validate"
)

// scoring is a model with rows that it accepts, in the forms that the entrances take.
type scoring struct {
	*serve.Model
	predictor *model.Planned
	source    dataset.Source  // as they are in the data
	batches   []dataset.Batch // under the model's schema
	rows      []dataset.Row
	typed     []Numbers // nil when the model reads other columns
	actual    []int32   // classes; nil unless there are two
	refused   int       // rows that were left out
}

// score measures the entrances of a model: batch files' and one row's, with the checks that serving makes (batch_checked, row_checked, row_typed, which reads a Go
// struct) and the model alone (batch, row).
func (b *bench) score(ctx context.Context) ([]*job, error) {
	l, err := b.learning(ctx)
	if err != nil {
		return nil, err
	}
	s, prefix, err := b.scoring(ctx, l)
	if err != nil {
		return nil, err
	}
	jobs := []*job{s.batch(prefix + "_batch")}
	for _, w := range b.cores() {
		jobs = append(jobs, s.batchChecked(prefix+"_batch_checked", l.test.NumRows(), w))
	}
	jobs = append(jobs, s.row(prefix+"_row"), s.rowChecked(prefix+"_row_checked"))
	if s.typed != nil {
		typed, err := s.rowTyped(prefix + "_row_typed")
		if err != nil {
			return nil, err
		}
		jobs = append(jobs, typed)
	}
	return jobs, nil
}

// scoring fits or opens the model and readies the test rows for it.
func (b *bench) scoring(ctx context.Context, l learning) (*scoring, string, error) {
	artifact, prefix := serve.Artifact(nil), "imported"
	var err error
	if b.model == "" {
		prefix = "gbdt"
		artifact, err = b.fitted(ctx, l)
	} else {
		artifact, err = cli.OpenModel(ctx, b.model)
	}
	if err != nil {
		return nil, "", err
	}
	s := &scoring{predictor: artifact.Predictor(), source: l.test}
	if s.Model, err = serve.NewModel(artifact, serve.Options{}); err != nil {
		return nil, "", err
	}
	var actual []int32
	if l.problem.Task == model.Binary {
		if actual, err = lab.Classes(ctx, l.test, l.problem); err != nil {
			return nil, "", err
		}
	}
	return s, prefix, s.accept(ctx, b, l.test, actual)
}

func (b *bench) fitted(ctx context.Context, l learning) (*registry.Bundle, error) {
	recipe, err := lab.NewRecipe(b.Program, "gbdt", l.problem.Task, "")
	if err != nil {
		return nil, err
	}
	fitted, err := recipe.Fit(ctx, model.Training{Problem: l.problem, Rows: l.train})
	if err != nil {
		return nil, err
	}
	return lab.Seal(ctx, b.Program, l.train, registry.Contents{Name: "benchmark", Model: fitted, Lineage: registry.Lineage{Recipe: "gbdt"}})
}

// accept keeps the rows of src that the model does not refuse.
func (s *scoring) accept(ctx context.Context, b *bench, src dataset.Source, actual []int32) error {
	v, err := validate.New(s.Schema(), validate.ValidatorOptions{})
	if err != nil {
		return err
	}
	_, notTyped := serve.Bind[Numbers](s.Model)
	at := 0
	for in, err := range src.Batches(ctx) {
		if err != nil {
			return err
		}
		conformed, result, err := v.Conform(in)
		if err != nil {
			return err
		}
		if conformed.IsZero() {
			return errors.New("flag -data: want the columns of the model in their types, got others")
		}
		accepted, err := dataset.Take(nil, conformed, result.Accepted())
		conformed.Release()
		if err != nil {
			return err
		}
		b.close = append(b.close, func() error { accepted.Release(); return nil })
		s.batches = append(s.batches, accepted)
		for _, i := range result.Accepted() {
			if actual != nil {
				s.actual = append(s.actual, actual[at+int(i)])
			}
		}
		at += in.NumRows()
		for i := range accepted.NumRows() {
			row := dataset.NewRow(s.Schema())
			if err := accepted.ReadRow(i, row); err != nil {
				return err
			}
			s.rows = append(s.rows, row)
		}
		if notTyped == nil {
			if s.typed, err = dataset.ScanStructs(accepted, s.typed); err != nil {
				return err
			}
		}
	}
	if s.refused = at - len(s.rows); len(s.rows) == 0 {
		return errors.New("flag -data: want rows that the model accepts, got none")
	}
	return nil
}
