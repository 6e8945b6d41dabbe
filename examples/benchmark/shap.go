package main

import (
	"context"
	"errors"
	"math"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/explain"
)

const explainedRows = 2000 // at most

// shap returns the job of explaining some rows by exact Shapley values, which the raw scores are the sums of; none for a model that does not tell what they
// need.
func (s *scoring) shap(b *bench, name string) ([]*job, error) {
	e, err := explain.New(s.predictor, explain.Options{Workers: 1})
	var unsupported *model.UnsupportedError
	var background *model.OptionError // of a model with linear terms
	switch {
	case errors.As(err, &unsupported) || errors.As(err, &background):
		return nil, nil
	case err != nil:
		return nil, err
	}
	rows := make([]int32, min(s.batches[0].NumRows(), explainedRows))
	for i := range rows {
		rows[i] = int32(i)
	}
	in, err := dataset.Take(nil, s.batches[0], rows)
	if err != nil {
		return nil, err
	}
	b.close = append(b.close, func() error { in.Release(); return nil })
	var c *explain.Contributions
	return []*job{{
		name: name, rows: len(rows), columns: s.Schema().Len(), workers: 1,
		run: func(ctx context.Context) (err error) {
			c, err = e.Contributions(ctx, in)
			return err
		},
		quality: func() map[string]float64 { return explained(c) },
	}}, nil
}

// explained returns the mean raw score as the contributions add up to it, over rows and outputs, the mean size of a contribution, and how far a sum is from its score
// at most.
func explained(c *explain.Contributions) map[string]float64 {
	sum, size, off := 0.0, 0.0, 0.0
	for i := range c.NumRows() {
		for o, raw := range c.Base {
			for _, v := range c.Row(i, o) {
				raw += v
				size += math.Abs(v)
			}
			sum += raw
			off = max(off, math.Abs(raw-c.Score(i, o)))
		}
	}
	n := float64(c.NumRows() * len(c.Base))
	return map[string]float64{"raw": sum / n, "contribution": size / n / float64(len(c.Groups)), "off": off}
}
