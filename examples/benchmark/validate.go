package main

import (
	"context"
	"errors"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/examples/internal/lab"
	"github.com/tidewheel/tidewheel/validate"
)

// profile makes the statistics of every column of rows in memory.
func (b *bench) profile(ctx context.Context) ([]*job, error) {
	all, err := b.load(ctx)
	if err != nil {
		return nil, err
	}
	var jobs []*job
	for _, w := range b.cores() {
		var p *validate.Profile
		jobs = append(jobs, &job{
			name: "columns", rows: all.NumRows(), columns: all.Schema().Len(), workers: w,
			run: func(ctx context.Context) (err error) {
				p, err = validate.ProfileOf(ctx, all, validate.ProfileOptions{Workers: w})
				return err
			},
			quality: func() map[string]float64 {
				nulls := int64(0)
				for _, c := range p.Columns() {
					nulls += c.Nulls
				}
				return map[string]float64{"nulls": float64(nulls)}
			},
		})
	}
	return jobs, nil
}

// validate checks rows in memory by the schema that is inferred of them and, guarded, by their profile.
func (b *bench) validate(ctx context.Context) ([]*job, error) {
	all, err := b.load(ctx)
	if err != nil {
		return nil, err
	}
	profile, err := validate.ProfileOf(ctx, all, validate.ProfileOptions{Workers: b.Workers})
	if err != nil {
		return nil, err
	}
	rules, err := validate.Infer(profile, validate.InferOptions{})
	if err != nil {
		return nil, err
	}
	checking := func(name string, w int, o validate.ValidatorOptions) (*job, error) {
		o.Workers = w
		v, err := validate.New(rules, o)
		var r *validate.Report
		return &job{
			name: name, rows: all.NumRows(), columns: all.Schema().Len(), workers: w,
			run: func(ctx context.Context) (err error) {
				r, err = v.Check(ctx, all)
				return err
			},
			quality: func() map[string]float64 {
				return map[string]float64{"refused": float64(r.RowsBad), "flagged": float64(r.RowsFlagged)}
			},
		}, err
	}
	var jobs []*job
	for _, w := range b.cores() {
		plain, err1 := checking("rules", w, validate.ValidatorOptions{})
		guarded, err2 := checking("rules_and_guard", w, validate.ValidatorOptions{Reference: profile})
		if err := errors.Join(err1, err2); err != nil {
			return nil, err
		}
		jobs = append(jobs, plain, guarded)
	}
	return jobs, nil
}

// load reads the file into memory.
func (b *bench) load(ctx context.Context) (*dataset.Batches, error) {
	src, err := lab.OpenData(b.data, nil)
	if err != nil {
		return nil, err
	}
	return b.keep(ctx, src)
}

// keep reads src into memory until the end of the run.
func (b *bench) keep(ctx context.Context, src dataset.Source) (*dataset.Batches, error) {
	all, err := dataset.Cache(ctx, src)
	if err != nil {
		return nil, err
	}
	b.close = append(b.close, all.Close)
	if all.NumRows() == 0 {
		return nil, errors.New("flag -data: want rows, got none")
	}
	return all, nil
}

// copyTo writes src to a new sink.
func copyTo(ctx context.Context, src dataset.Source, create func() (dataset.Sink, error)) (err error) {
	sink, err := create()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sink.Close()) }()
	_, err = dataset.Copy(ctx, sink, src)
	return err
}
