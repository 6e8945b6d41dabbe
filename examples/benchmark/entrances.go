package main

import (
	"context"
	"errors"

	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/examples/internal/lab"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/metric"
	"github.com/tidewheel/tidewheel/serve"
	"github.com/tidewheel/tidewheel/validate"
)

// job returns the job of all, which scores every row and writes the probability of the last class or the number to scores.
func (s *scoring) job(name string, all func(ctx context.Context, scores []float64) error) *job {
	scores := make([]float64, len(s.rows))
	return &job{
		name: name, rows: len(s.rows), columns: s.Schema().Len(), workers: 1,
		run: func(ctx context.Context) error { return all(ctx, scores) },
		quality: func() map[string]float64 {
			out := map[string]float64{"refused": float64(s.refused)}
			if s.actual == nil {
				return out
			}
			class := make([]bool, len(s.actual))
			for i, c := range s.actual {
				class[i] = c == 1
			}
			if auc, err := metric.ROCAUC(class, scores, nil); err == nil {
				out["roc_auc"] = auc
			}
			return out
		},
	}
}

func (s *scoring) batch(name string) *job {
	return s.job(name, func(ctx context.Context, scores []float64) error {
		at := 0
		for _, b := range s.batches {
			out, err := s.predictor.Predict(ctx, b)
			if err != nil {
				return err
			}
			err = lastScores(out, scores[at:at+b.NumRows()])
			out.Release()
			if err != nil {
				return err
			}
			at += b.NumRows()
		}
		return nil
	})
}

func (s *scoring) batchChecked(name string, rows, workers int) *job {
	var r *validate.Report
	return &job{
		name: name, rows: rows, columns: s.Schema().Len(), workers: workers,
		run: func(ctx context.Context) (err error) {
			discard := func(*dataset.Schema) (dataset.Sink, error) { return lab.Discard{}, nil }
			r, err = serve.Run(ctx, s.Model, s.source, discard, serve.RunOptions{Workers: workers})
			return err
		},
		quality: func() map[string]float64 {
			return map[string]float64{"refused": float64(r.RowsBad), "flagged": float64(r.RowsFlagged)}
		},
	}
}

func (s *scoring) row(name string) *job {
	scorer := s.predictor.NewRowScorer()
	return s.job(name, func(_ context.Context, scores []float64) error {
		var out model.Output
		for i, r := range s.rows {
			scorer.Score(r, &out)
			scores[i] = out.Prediction.Number
			if k := len(out.Probability); k > 0 {
				scores[i] = out.Probability[k-1]
			}
		}
		return nil
	})
}

func (s *scoring) rowChecked(name string) *job {
	return s.job(name, func(ctx context.Context, scores []float64) error {
		var p serve.Prediction
		for i, r := range s.rows {
			if err := s.ScoreInto(ctx, r, &p); err != nil {
				return err
			}
			scores[i] = lastScore(&p)
		}
		return nil
	})
}

func (s *scoring) rowTyped(name string) (*job, error) {
	scorer, err := serve.Bind[Numbers](s.Model)
	if err != nil {
		return nil, err
	}
	return s.job(name, func(ctx context.Context, scores []float64) error {
		var p serve.Prediction
		for i := range s.typed {
			if err := scorer.ScoreInto(ctx, &s.typed[i], &p); err != nil {
				return err
			}
			scores[i] = lastScore(&p)
		}
		return nil
	}), nil
}

func lastScore(p *serve.Prediction) float64 {
	if k := len(p.Probability); k > 0 {
		return p.Probability[k-1]
	}
	return p.Value.Number
}

// lastScores writes what lastScore does of the rows that Predict returned.
func lastScores(b dataset.Batch, scores []float64) error {
	column, err := b.ByName(model.ProbabilityColumn)
	if err != nil { // a regression
		if column, err = b.ByName(model.PredictionColumn); err != nil {
			return err
		}
		return dataset.Float64s(column, scores)
	}
	list, ok := column.(*array.FixedSizeList)
	if !ok {
		return errors.New("probability: want a list of fixed size")
	}
	values, ok := list.ListValues().(*array.Float64)
	if !ok {
		return errors.New("probability: want float64")
	}
	for i := range scores {
		_, end := list.ValueOffsets(i)
		scores[i] = values.Value(int(end) - 1)
	}
	return nil
}
