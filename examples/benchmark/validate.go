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
			quality: func() map[string]float64 { return figures(p) },
		})
	}
	return jobs, nil
}

// figures are sums over the columns of what every tool must agree on.
func figures(p *validate.Profile) map[string]float64 {
	nulls, means, spreads := int64(0), 0.0, 0.0
	for _, c := range p.Columns() {
		nulls += c.Nulls
		if n := c.Number; n != nil && (c.Type.Class() == dataset.ClassInteger || c.Type.Class() == dataset.ClassFloat) {
			means, spreads = means+n.Mean, spreads+n.Std
		}
	}
	return map[string]float64{"nulls": float64(nulls), "means": means, "spreads": spreads}
}

// validate checks rows in memory by the schema that is inferred of them and, guarded, by their profile; rows of parcel by a list of checks too.
func (b *bench) validate(ctx context.Context) ([]*job, error) {
	all, err := b.load(ctx)
	if err != nil {
		return nil, err
	}
	known, err := dataset.SchemaOf[parcel]()
	if err != nil {
		return nil, err
	}
	_, strange := all.Schema().Select(known.Names()...)
	var profile *validate.Profile
	var jobs []*job
	for _, w := range b.cores() {
		for _, name := range []string{"rules", "rules_and_guard"} {
			var v *validate.Validator
			var r *validate.Report
			jobs = append(jobs, &job{
				name: name, rows: all.NumRows(), columns: all.Schema().Len(), workers: w,
				prepare: func(ctx context.Context) (err error) {
					if profile == nil {
						if profile, err = validate.ProfileOf(ctx, all, validate.ProfileOptions{Workers: b.Workers}); err != nil {
							return err
						}
					}
					v, err = validator(profile, name == "rules_and_guard", w)
					return err
				},
				run: func(ctx context.Context) (err error) {
					r, err = v.Check(ctx, all)
					return err
				},
				quality: func() map[string]float64 {
					return map[string]float64{"refused": float64(r.RowsBad), "flagged": float64(r.RowsFlagged)}
				},
			})
		}
		if strange == nil {
			jobs = append(jobs, checks(all, w))
		}
	}
	return jobs, nil
}

// validator checks by the rules that are inferred of profile and, guarded, by profile itself.
func validator(profile *validate.Profile, guarded bool, w int) (*validate.Validator, error) {
	rules, err := validate.Infer(profile, validate.InferOptions{})
	if err != nil {
		return nil, err
	}
	o := validate.ValidatorOptions{Workers: w}
	if guarded {
		o.Reference = profile
	}
	return validate.New(rules, o)
}

// checks runs the checks of parcels and writes down the address of every row that one finds.
func checks(all *dataset.Batches, w int) *job {
	var found addresses
	return &job{
		name: "checks", rows: all.NumRows(), columns: all.Schema().Len(), workers: w,
		run: func(ctx context.Context) (err error) {
			found, err = runChecks(ctx, all, w)
			return err
		},
		quality: func() map[string]float64 { return found.quality() },
	}
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
