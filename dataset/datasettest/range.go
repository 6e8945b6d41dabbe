package datasettest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tidewheel/tidewheel/dataset"
)

// patience is how long a range may take to end behind the end of its context.
const patience = 10 * time.Second

// content compares what two ranges hold, value by value and cut into other batches.
func content(ctx context.Context, s *subject) error {
	first, err := dataset.Digest(ctx, s.src, dataset.RunOptions{Workers: 1})
	if err != nil {
		return err
	}
	second, err := dataset.Digest(ctx, s.src, dataset.RunOptions{Workers: 3})
	if err != nil {
		return err
	}
	if first != second {
		return errors.New("the digests differ")
	}
	return nil
}

// atOnce ends the context behind the first batch. A batch that was ready then may still come.
func atOnce(ctx context.Context, s *subject) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	late := 0
	done := make(chan struct{})
	cancelled := make(chan struct{})
	go func() {
		defer close(done)
		seen := false
		for _, err := range s.src.Batches(ctx) {
			if err == nil && seen {
				late++
			}
			if !seen {
				seen = true
				cancel()
				close(cancelled)
			}
		}
	}()
	select {
	case <-cancelled:
	case <-done:
	}
	select {
	case <-done:
	case <-time.After(s.patience):
		return fmt.Errorf("the range goes on %s after its context has ended", s.patience)
	}
	if late > 1 {
		return fmt.Errorf("want the end of the range, got %d more batches after its context has ended", late)
	}
	return nil
}

// afterCancel ranges anew behind a range that was cancelled midway.
func afterCancel(ctx context.Context, s *subject) error {
	if err := midway(ctx, s); err != nil {
		return err
	}
	return shape(ctx, s)
}
