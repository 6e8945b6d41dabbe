package stream

import (
	"context"
	"fmt"

	"github.com/tidewheel/tidewheel/dataset"
)

// Deliver writes each batch of src to a sink of its own, commits it, and then saves the token behind it. It returns the number of rows. open gives the sink of a part,
// which replaces what a run before left under that name; save must be durable when it returns, as SaveToken is.
//
// Together the parts have every row of the feed once, whenever and however often the process is killed, when each run resumes at the token that was saved last: a part
// that was committed without its token is written over by the next run. Until then a part from Token.Part of the saved token on is provisional.
func Deliver(ctx context.Context, src *Source, open func(part string) (dataset.Sink, error), save func(context.Context, Token) error) (rows int64, err error) {
	saved := src.Token()
	for b, err := range src.Batches(ctx) {
		if err != nil {
			return rows, err
		}
		if err := deliver(ctx, b, saved.Part(), open); err != nil {
			return rows, fmt.Errorf("stream: deliver: part %s: %w", saved.Part(), err)
		}
		saved = src.Token()
		if err := save(ctx, saved); err != nil {
			return rows, fmt.Errorf("stream: deliver: %w", err)
		}
		rows += int64(b.NumRows())
	}
	if end := src.Token(); end != saved { // rows behind the last batch were left out
		if err := save(ctx, end); err != nil {
			return rows, fmt.Errorf("stream: deliver: %w", err)
		}
	}
	return rows, nil
}

func deliver(ctx context.Context, b dataset.Batch, part string, open func(part string) (dataset.Sink, error)) (err error) {
	sink, err := open(part)
	if err != nil {
		return err
	}
	defer func() {
		if e := sink.Close(); err == nil {
			err = e
		}
	}()
	if err := sink.Write(ctx, b); err != nil {
		return err
	}
	return sink.Commit(ctx)
}
