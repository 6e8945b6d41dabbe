package featurestest

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/features"
	"github.com/tidewheel/tidewheel/internal/conform"
)

// samePlans fits on each source and compares the plans' texts.
func (s *subject) samePlans(fits ...func() (features.Transformer, error)) error {
	var want string
	for i, f := range fits {
		t, err := f()
		if err != nil {
			return err
		}
		got, err := encoded(t)
		if err != nil {
			return err
		}
		if i == 0 {
			want = got
		} else if got != want {
			return fmt.Errorf("fit %d gives another plan than the first", i)
		}
	}
	return nil
}

func refit(ctx context.Context, s *subject) error {
	first := func() (features.Transformer, error) { return s.fit(ctx) }
	other := func() (features.Transformer, error) {
		src, err := s.source(conform.Rows{N: 90, Batch: 90, Seed: 6})
		if err != nil {
			return nil, err
		}
		if _, err := s.fitOn(ctx, src); err != nil {
			return nil, err
		}
		return s.fit(ctx)
	}
	return s.samePlans(first, first, other)
}

func (s *subject) fitLarge(ctx context.Context, d conform.Rows) func() (features.Transformer, error) {
	return func() (features.Transformer, error) {
		src, err := s.source(d)
		if err != nil {
			return nil, err
		}
		return s.fitOn(ctx, src)
	}
}

func fitBatches(ctx context.Context, s *subject) error {
	return s.samePlans(s.fitLarge(ctx, conform.Rows{N: 600, Batch: 600, Seed: 7}), s.fitLarge(ctx, conform.Rows{N: 600, Batch: 1, Seed: 7, PlainText: true}),
		s.fitLarge(ctx, conform.Rows{N: 600, Batch: 197, Seed: 7}))
}

// fitWorkers sets GOMAXPROCS, which is what an option Workers of 0 stands for.
func fitWorkers(ctx context.Context, s *subject) error {
	n := s.traits.Rows
	if n == 0 {
		n = 140_000
	}
	src, err := s.source(conform.Rows{N: n, Batch: 50_000, Seed: 8})
	if err != nil {
		return err
	}
	with := func(workers int) func() (features.Transformer, error) {
		return func() (features.Transformer, error) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(workers))
			return s.fitOn(ctx, src)
		}
	}
	return s.samePlans(with(1), with(2), with(8))
}

func inputsUnchanged(ctx context.Context, s *subject) error {
	src, err := s.source(conform.Rows{N: 400, Batch: 150, Seed: 9})
	if err != nil {
		return err
	}
	return conform.Unchanged(ctx, src, func() error {
		t, err := s.fitOn(ctx, src)
		if err != nil {
			return err
		}
		_, err = transformed(ctx, t, src)
		return err
	})
}

func fewRows(ctx context.Context, s *subject) error {
	empty, err := s.source(conform.Rows{N: 0, Batch: 1})
	if err != nil {
		return err
	}
	t, err := s.fitter.Fit(ctx, empty)
	if (err == nil) == (t == nil) {
		return errors.New("fit without rows gives neither a transformer nor an error, or both")
	}
	if err != nil && s.traits.NoLearning {
		return fmt.Errorf("fit without rows: %w", err)
	}
	if err != nil && !errors.Is(err, dataset.ErrSchema) {
		return conform.WantError("fit without rows", err, dataset.ErrSchema)
	}
	if t, err = s.fit(ctx); err != nil {
		return err
	}
	one, err := s.source(conform.Rows{N: 1, Batch: 1, Seed: 10})
	if err != nil {
		return err
	}
	for b, err := range one.Batches(ctx) {
		if err != nil {
			return err
		}
		for n := range 2 {
			part := b.Slice(0, n)
			out, err := features.Transform(ctx, t, part)
			part.Release()
			if err != nil {
				return fmt.Errorf("transform %d rows: %w", n, err)
			}
			got := out.NumRows()
			out.Release()
			if got != n {
				return fmt.Errorf("transform of %d rows gives %d", n, got)
			}
		}
	}
	return nil
}

func cancelled(ctx context.Context, s *subject) error {
	ctx, cancel := context.WithCancel(ctx)
	cancel()
	src, err := s.source(conform.Rows{N: 100, Batch: 10, Seed: 13})
	if err != nil {
		return err
	}
	_, err = s.fitter.Fit(ctx, src)
	return conform.WantError("fit under a cancelled context", err, context.Canceled)
}
