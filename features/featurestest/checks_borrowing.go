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

func borrowingChecks() []check {
	return []check{
		{"training rows are not looked at after the fit", borrowedRows, nil},
		{"a slice of a batch is its own rows", slicedBatches, nil},
		{"the memory of a fit is bounded by its rows", fitMemory, nil},
		{"transforms leave nothing behind", nothingBehind, nil},
	}
}

// scribbled overwrites every batch of src.
func scribbled(ctx context.Context, src dataset.Source) error {
	for b, err := range src.Batches(ctx) {
		if err != nil {
			return err
		}
		conform.Scribble(b)
	}
	return nil
}

func borrowedRows(ctx context.Context, s *subject) error {
	for _, plain := range []bool{true, false} {
		train, err := s.source(conform.Rows{N: 400, Batch: 100, Seed: 25, PlainText: plain})
		if err != nil {
			return err
		}
		t, err := s.fitOn(ctx, train)
		if err != nil {
			return err
		}
		before, err := encoded(t)
		if err != nil {
			return err
		}
		if err := scribbled(ctx, train); err != nil {
			return err
		}
		after, err := encoded(t)
		if err != nil {
			return err
		}
		if before != after {
			return errors.New("the plan changed when the training rows were overwritten")
		}
	}
	return nil
}

// made returns the columns of out that t made.
func made(t features.Transformer, out dataset.Batch) ([][]float64, error) {
	var columns [][]float64
	for _, o := range t.Plan().Outputs {
		c, err := out.ByName(o.Name)
		if err != nil {
			return nil, err
		}
		v := make([]float64, c.Len())
		if err := dataset.Float64s(c, v); err != nil {
			return nil, err
		}
		columns = append(columns, v)
	}
	return columns, nil
}

func slicedBatches(ctx context.Context, s *subject) error {
	t, src, err := s.fitted(ctx, conform.Rows{N: 200, Batch: 200, Seed: 27, Unseen: true})
	if err != nil {
		return err
	}
	for b, err := range src.Batches(ctx) {
		if err != nil {
			return err
		}
		whole, err := features.Transform(ctx, t, b)
		if err != nil {
			return err
		}
		defer whole.Release()
		want, err := made(t, whole)
		if err != nil {
			return err
		}
		part := b.Slice(37, 150)
		out, err := features.Transform(ctx, t, part)
		part.Release()
		if err != nil {
			return err
		}
		defer out.Release()
		got, err := made(t, out)
		if err != nil {
			return err
		}
		for j := range want {
			want[j] = want[j][37:150]
		}
		if err := sameBits(want, got); err != nil {
			return err
		}
	}
	return nil
}

// fitMemory compares what a fit allocates with what one of ten times as many rows does.
func fitMemory(ctx context.Context, s *subject) error {
	const rows = 2000
	limit := s.traits.RowBytes
	if limit == 0 {
		limit = 1000
	}
	var bytes [2]int64
	for k, n := range []int{rows, 10 * rows} {
		src, err := s.source(conform.Rows{N: n, Batch: 10 * rows, Seed: 28, PlainText: true})
		if err != nil {
			return err
		}
		bytes[k], err = conform.Allocated(func() error {
			_, err := s.fitOn(ctx, src)
			return err
		})
		if err != nil {
			return err
		}
	}
	if got := (bytes[1] - bytes[0]) / (9 * rows); got > int64(limit) {
		return fmt.Errorf("a fit allocates %d bytes for each further row, want at most %d", got, limit)
	}
	return nil
}

func transformAll(ctx context.Context, t features.Transformer, src dataset.Source) error {
	for b, err := range src.Batches(ctx) {
		if err != nil {
			return err
		}
		out, err := features.Transform(ctx, t, b)
		if err != nil {
			return err
		}
		out.Release()
	}
	return nil
}

func nothingBehind(ctx context.Context, s *subject) error {
	t, src, err := s.fitted(ctx, conform.Rows{N: 1000, Batch: 1000, Seed: 29})
	if err != nil {
		return err
	}
	var live [2]int64
	for k, times := range []int{2, 40} {
		for range times {
			if err := transformAll(ctx, t, src); err != nil {
				return err
			}
		}
		live[k] = conform.Live()
	}
	runtime.KeepAlive(t)
	if grown := live[1] - live[0]; grown > 128<<10 { // 40 columns of 1,000 rows are 320,000 bytes
		return fmt.Errorf("40 transforms leave %d bytes behind", grown)
	}
	return nil
}
