package modeltest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/tidewheel/tidewheel/internal/conform"
	"github.com/tidewheel/tidewheel/model"
)

func sourceError(s *subject) error {
	t, err := s.training(data{batch: 50})
	if err != nil {
		return err
	}
	broken := errors.New("the line is broken")
	t.Rows = &conform.Watched{Source: t.Rows, Err: broken}
	_, err = s.fitOn(s.estimator(1), t)
	return conform.WantError("fit on a source that fails", err, broken)
}

func cancelledBefore(s *subject) error {
	p, err := s.fit(data{})
	if err != nil {
		return err
	}
	t, err := s.training(data{})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(s.ctx)
	cancel()
	for b, err := range t.Rows.Batches(s.ctx) {
		if err != nil {
			return err
		}
		out, err := p.Predict(ctx, b)
		out.Release()
		if err := conform.WantError("predict under a cancelled context", err, context.Canceled); err != nil {
			return err
		}
	}
	_, err = s.estimator(1).Fit(ctx, t)
	return conform.WantError("fit under a cancelled context", err, context.Canceled)
}

// cancelledInside cancels fits at several moments after they have read their rows. A fit that ends by itself before that shows nothing. One of twelve tries must
// be in time, because the machine may have other work.
func cancelledInside(s *subject) error {
	const limit, tries = 100 * time.Millisecond, 12
	n := s.traits.LongRows
	if n == 0 {
		n = 10_000
	}
	t, held, err := s.heldTraining(data{rows: n, batch: 5000})
	if err != nil {
		return err
	}
	defer func() { _ = held.Close() }()
	for _, after := range []time.Duration{0, 10 * time.Millisecond, 50 * time.Millisecond} {
		late := 0
		for late < tries {
			inTime, err := s.cancelAfter(t, after, limit)
			if err != nil {
				return err
			}
			if inTime {
				break
			}
			late++
		}
		if late == tries {
			return fmt.Errorf("a fit that was cancelled %v after it had read its rows did not end within %v", after, limit)
		}
	}
	return nil
}

func (s *subject) cancelAfter(t model.Training, after, limit time.Duration) (inTime bool, err error) {
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	read, done := make(chan struct{}), make(chan error, 1)
	var once sync.Once
	t.Rows = &conform.Watched{Source: t.Rows, End: func() { once.Do(func() { close(read) }) }}
	go func() {
		_, err := s.estimator(0).Fit(ctx, t)
		done <- err
	}()
	select {
	case <-read:
	case err := <-done:
		return true, err
	}
	select {
	case <-time.After(after):
	case err := <-done:
		return true, err
	}
	cancel()
	inTime = true
	select {
	case err = <-done:
	case <-time.After(limit):
		inTime = false
		err = <-done
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		return false, fmt.Errorf("fit, cancelled: got error %w, want context.Canceled", err)
	}
	return inTime, nil
}
