package validatetest

import (
	"context"
	"errors"
	"fmt"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/conform"
)

// usual is the rows of most checks, as one batch.
func usual() conform.Rows { return conform.Rows{N: 600, Batch: 600, Seed: 1, PlainText: true} }

func (s *folding[F]) again(ctx context.Context) error {
	first, err := s.fold(ctx, usual())
	if err != nil {
		return err
	}
	second, err := s.fold(ctx, usual())
	if err != nil {
		return err
	}
	return s.traits.Same(first, second)
}

func (s *folding[F]) batches(ctx context.Context) error {
	for _, size := range []int{1, 7, 256, 599} {
		want, err := s.fold(ctx, usual())
		if err != nil {
			return err
		}
		r := usual()
		r.Batch = size
		got, err := s.fold(ctx, r)
		if err != nil {
			return err
		}
		if err := s.traits.Near(want, got); err != nil {
			return fmt.Errorf("batches of %d rows: %w", size, err)
		}
	}
	return nil
}

func (s *folding[F]) merging(ctx context.Context) error {
	for _, size := range []int{1, 599, 300, 150} {
		r := usual()
		r.Batch = size
		want, err := s.fold(ctx, r)
		if err != nil {
			return err
		}
		parts, err := s.parts(ctx, r)
		if err != nil {
			return err
		}
		for _, next := range parts[1:] {
			if err := parts[0].Merge(next); err != nil {
				return fmt.Errorf("merge: %w", err)
			}
		}
		if err := s.traits.Near(want, parts[0]); err != nil {
			return fmt.Errorf("merged from batches of %d rows: %w", size, err)
		}
	}
	return nil
}

// association merges (a b)(c d), and a (b (c d)).
func (s *folding[F]) association(ctx context.Context) error {
	r := usual()
	r.Batch = 150
	var folds [2][]F
	for k := range folds {
		var err error
		if folds[k], err = s.parts(ctx, r); err != nil {
			return err
		}
	}
	l, m := folds[0], folds[1]
	if err := errors.Join(l[0].Merge(l[1]), l[2].Merge(l[3])); err != nil {
		return err
	}
	if err := errors.Join(l[0].Merge(l[2]), m[2].Merge(m[3])); err != nil {
		return err
	}
	if err := m[1].Merge(m[2]); err != nil {
		return err
	}
	if err := m[0].Merge(m[1]); err != nil {
		return err
	}
	return s.traits.Near(l[0], m[0])
}

func (s *folding[F]) emptyFolds(ctx context.Context) error {
	for _, before := range []bool{true, false} {
		want, err := s.fold(ctx, usual())
		if err != nil {
			return err
		}
		got, err := s.fold(ctx, usual())
		if err != nil {
			return err
		}
		empty := s.newFold()
		if before {
			got, empty = empty, got
		}
		if err := got.Merge(empty); err != nil {
			return fmt.Errorf("merge with an empty fold: %w", err)
		}
		if err := s.traits.Same(want, got); err != nil {
			return fmt.Errorf("an empty fold, before: %v: %w", before, err)
		}
	}
	both := s.newFold()
	if err := both.Merge(s.newFold()); err != nil {
		return fmt.Errorf("merge of two empty folds: %w", err)
	}
	return s.traits.Same(s.newFold(), both)
}

func (s *folding[F]) emptyBatches(ctx context.Context) error {
	want, err := s.fold(ctx, usual())
	if err != nil {
		return err
	}
	src, err := s.source(usual())
	if err != nil {
		return err
	}
	got := s.newFold()
	if err := s.observe(ctx, got, &conform.Watched{Source: src, Empty: true}, nil); err != nil {
		return err
	}
	return s.traits.Same(want, got)
}

func (s *folding[F]) run(ctx context.Context, src dataset.Source, workers int) (F, error) {
	f, err := dataset.Run(ctx, src, s.newFold, dataset.RunOptions{Workers: workers})
	if err != nil {
		return f, fmt.Errorf("run: %w", err)
	}
	return f, nil
}

func (s *folding[F]) workers(ctx context.Context) error {
	src, err := s.source(conform.Rows{N: s.traits.Rows, Batch: 50_000, Seed: 2})
	if err != nil {
		return err
	}
	for _, workers := range []int{2, 8} {
		want, err := s.run(ctx, src, 1)
		if err != nil {
			return err
		}
		got, err := s.run(ctx, src, workers)
		if err != nil {
			return err
		}
		if err := s.traits.Same(want, got); err != nil {
			return fmt.Errorf("%d workers: %w", workers, err)
		}
	}
	return nil
}

func (s *folding[F]) cuts(ctx context.Context) error {
	whole, err := s.source(conform.Rows{N: s.traits.Rows, Batch: s.traits.Rows, Seed: 3, PlainText: true})
	if err != nil {
		return err
	}
	cut, err := s.source(conform.Rows{N: s.traits.Rows, Batch: 9973, Seed: 3})
	if err != nil {
		return err
	}
	want, err := s.run(ctx, whole, 2)
	if err != nil {
		return err
	}
	got, err := s.run(ctx, cut, 2)
	if err != nil {
		return err
	}
	return s.traits.Same(want, got)
}

func (s *folding[F]) noRows(ctx context.Context) error {
	none, err := s.source(conform.Rows{Batch: 1})
	if err != nil {
		return err
	}
	got, err := s.run(ctx, none, 2)
	if err != nil {
		return err
	}
	return s.traits.Same(s.newFold(), got)
}

func (s *folding[F]) keeps(ctx context.Context) error {
	r := usual()
	r.Batch = 300
	want, err := s.parts(ctx, r)
	if err != nil {
		return err
	}
	got, err := s.parts(ctx, r)
	if err != nil {
		return err
	}
	if err := got[0].Merge(got[1]); err != nil {
		return err
	}
	more, err := s.source(conform.Rows{N: 50, Batch: 50, Seed: 7})
	if err != nil {
		return err
	}
	if err := s.observe(ctx, got[0], more, nil); err != nil {
		return err
	}
	return s.traits.Same(want[1], got[1])
}

func (s *folding[F]) order(ctx context.Context) error {
	back := usual()
	back.Reverse = true
	want, err := s.fold(ctx, usual())
	if err != nil {
		return err
	}
	got, err := s.fold(ctx, back)
	if err != nil {
		return err
	}
	return s.traits.Near(want, got)
}
