package modeltest

import (
	"errors"
	"fmt"
	"runtime"
	"slices"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/conform"
	"github.com/tidewheel/tidewheel/model"
)

func memoryChecks() []check {
	return []check{
		{"empty batches change nothing", emptyBatches, nil},
		{"rows that can be read once are learnt or refused", readOnce, nil},
		{"a fit that is cancelled while it reads asks for no further batch", cancelledReading, nil},
		{"training rows are not looked at after the fit", borrowedRows, nil},
		{"an answer stays as it was", answersStay, nil},
		{"a slice of a batch predicts its own rows", slicedBatches, nil},
		{"row scorers do not disturb each other", rowScorers, plannedClasses},
		{"the memory of a fit is bounded by its rows", fitMemory, nil},
		{"the memory of a prediction is bounded by its batch", predictMemory, nil},
		{"predictions leave nothing behind", nothingBehind, nil},
	}
}

// held returns the rows of d in memory. The caller closes them.
func (s *subject) held(d data) (*dataset.Batches, error) {
	src, err := s.source(d)
	if err != nil {
		return nil, err
	}
	return dataset.Cache(s.ctx, src)
}

// perRow returns the bytes that f allocates for each of the further rows when there are ten times as many.
func (s *subject) perRow(rows int, f func(dataset.Source) error) (float64, error) {
	var bytes [2]int64
	for k, n := range []int{rows, 10 * rows} {
		src, err := s.held(data{rows: n, batch: 10 * rows})
		if err != nil {
			return 0, err
		}
		bytes[k], err = conform.Allocated(func() error { return f(src) })
		if err := errors.Join(err, src.Close()); err != nil {
			return 0, err
		}
	}
	return float64(bytes[1]-bytes[0]) / float64(9*rows), nil
}

func fitMemory(s *subject) error {
	limit := s.traits.RowBytes
	if limit == 0 {
		limit = 1000
	}
	got, err := s.perRow(1000, func(src dataset.Source) error {
		_, err := s.fitOn(s.estimator(1), model.Training{Problem: s.problem(data{}), Rows: src})
		return err
	})
	if err != nil {
		return err
	}
	if got > float64(limit) {
		return fmt.Errorf("a fit allocates %.0f bytes for each further row, want at most %d", got, limit)
	}
	return nil
}

// predictMemory allows five times the bytes of a row's inputs and outputs.
func predictMemory(s *subject) error {
	p, err := s.fit(data{})
	if err != nil {
		return err
	}
	limit := 5 * 8 * (len(usual()) + 2*s.classes() + 2)
	got, err := s.perRow(1000, func(src dataset.Source) error { return s.dropAnswers(p, src) })
	if err != nil {
		return err
	}
	if got > float64(limit) {
		return fmt.Errorf("a prediction allocates %.0f bytes for each further row, want at most %d", got, limit)
	}
	return nil
}

// dropAnswers predicts the rows of src and keeps nothing.
func (s *subject) dropAnswers(p model.Predictor, src dataset.Source) error {
	for b, err := range src.Batches(s.ctx) {
		if err != nil {
			return err
		}
		out, err := p.Predict(s.ctx, b)
		if err != nil {
			return err
		}
		out.Release()
	}
	return nil
}

func nothingBehind(s *subject) error {
	p, err := s.fit(data{})
	if err != nil {
		return err
	}
	src, err := s.held(data{rows: 1000, batch: 1000})
	if err != nil {
		return err
	}
	defer func() { _ = src.Close() }()
	predict := func(times int) (int64, error) {
		for range times {
			if err := s.dropAnswers(p, src); err != nil {
				return 0, err
			}
		}
		return conform.Live(), nil
	}
	before, err := predict(2)
	if err != nil {
		return err
	}
	after, err := predict(40)
	if err != nil {
		return err
	}
	runtime.KeepAlive(p)
	if grown := after - before; grown > 128<<10 { // 40 predictions of 1,000 rows are at least 320,000 bytes
		return fmt.Errorf("40 predictions leave %d bytes behind", grown)
	}
	return nil
}

// cancelledReading ends the context of a fit when it asks for its third batch. A source ends with its context, so that a fit that goes on has hidden it from the source.
func cancelledReading(s *subject) error {
	const at = 2
	t, held, err := s.heldTraining(data{batch: 20})
	if err != nil {
		return err
	}
	defer func() { _ = held.Close() }()
	ctx, src, pulled := conform.Cancelling(s.ctx, held, at)
	t.Rows = src
	p, err := s.estimator(1).Fit(ctx, t)
	n := pulled()
	if err == nil && p != nil && n <= at { // it has read fewer batches than that
		return nil
	}
	if err := conform.WantError("fit under a context that ends while it reads", err, ctx.Err()); err != nil {
		return err
	}
	if n > at+1 {
		return fmt.Errorf("fit asked for %d batches after the end of its context", n-at-1)
	}
	return nil
}

func emptyBatches(s *subject) error {
	plain := func() (model.Predictor, error) { return s.fit(data{}) }
	between := func() (model.Predictor, error) {
		t, err := s.training(data{})
		if err != nil {
			return nil, err
		}
		t.Rows = &conform.Watched{Source: t.Rows, Empty: true}
		return s.fitOn(s.estimator(1), t)
	}
	return s.sameModels(plain, between)
}

func readOnce(s *subject) error {
	t, err := s.training(data{})
	if err != nil {
		return err
	}
	t.Rows = &conform.Once{Source: t.Rows}
	p, err := s.fitOn(s.estimator(1), t)
	if errors.Is(err, dataset.ErrConsumed) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("fit on rows that can be read once: got error %w, want none or dataset.ErrConsumed", err)
	}
	return s.sameModels(func() (model.Predictor, error) { return s.fit(data{}) }, func() (model.Predictor, error) { return p, nil })
}

// borrowedRows overwrites the training's rows once they were learnt.
func borrowedRows(s *subject) error {
	t, held, err := s.heldTraining(data{})
	if err != nil {
		return err
	}
	defer func() { _ = held.Close() }()
	p, err := s.fitOn(s.estimator(1), t)
	if err != nil {
		return err
	}
	want, err := s.predict(p, data{seed: 10})
	if err != nil {
		return err
	}
	for b, err := range held.Batches(s.ctx) {
		if err != nil {
			return err
		}
		conform.Scribble(b)
	}
	got, err := s.predict(p, data{seed: 10})
	if err != nil {
		return err
	}
	return sameBits(want, got)
}

// answersStay overwrites the input of a prediction and predicts other rows, and looks at the first answers again.
func answersStay(s *subject) error {
	p, err := s.fit(data{})
	if err != nil {
		return err
	}
	src, err := s.held(data{seed: 11, batch: 50})
	if err != nil {
		return err
	}
	defer func() { _ = src.Close() }()
	var first dataset.Batch
	var want []answer
	for b, err := range src.Batches(s.ctx) {
		if err != nil {
			return err
		}
		out, err := p.Predict(s.ctx, b)
		if err != nil {
			return err
		}
		defer out.Release()
		if first.IsZero() {
			if want, err = appendAnswers(nil, out); err != nil {
				return err
			}
			first = out
			conform.Scribble(b)
		}
	}
	got, err := appendAnswers(nil, first)
	if err != nil {
		return err
	}
	return sameBits(want, got)
}

func slicedBatches(s *subject) error {
	p, err := s.fit(data{})
	if err != nil {
		return err
	}
	want, err := s.predict(p, data{rows: 200, batch: 200, seed: 12})
	if err != nil {
		return err
	}
	src, err := s.source(data{rows: 200, batch: 200, seed: 12})
	if err != nil {
		return err
	}
	for b, err := range src.Batches(s.ctx) {
		if err != nil {
			return err
		}
		part := b.Slice(37, 150)
		out, err := p.Predict(s.ctx, part)
		part.Release()
		if err != nil {
			return err
		}
		got, err := appendAnswers(nil, out)
		out.Release()
		if err != nil {
			return err
		}
		if err := sameBits(want[37:150], got); err != nil {
			return err
		}
	}
	return nil
}

// rowScorers lets two scorers answer in turn, and looks at the first answer after the second.
func rowScorers(s *subject) error {
	p, err := s.planned()
	if err != nil {
		return err
	}
	src, err := s.wide(data{rows: 20, seed: 13}, p.Signature().Input.Names())
	if err != nil {
		return err
	}
	one, two := p.NewRowScorer(), p.NewRowScorer()
	var first, second model.Output
	row := dataset.NewRow(src.Schema())
	for b, err := range src.Batches(s.ctx) {
		if err != nil {
			return err
		}
		for i := range b.NumRows() - 1 {
			if err := b.ReadRow(i, row); err != nil {
				return err
			}
			one.Score(row, &first)
			want := slices.Clone(first.Probability)
			if err := b.ReadRow(i+1, row); err != nil {
				return err
			}
			two.Score(row, &second)
			if !slices.Equal(want, first.Probability) {
				return fmt.Errorf("row %d: an answer changed when another scorer gave one", i)
			}
		}
	}
	return nil
}
