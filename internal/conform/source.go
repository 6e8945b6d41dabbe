package conform

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/tidewheel/tidewheel/dataset"
)

// Contents returns the values of every batch of src, as JSON.
func Contents(ctx context.Context, src dataset.Source) ([]byte, error) {
	var out []byte
	for b, err := range src.Batches(ctx) {
		if err != nil {
			return nil, err
		}
		for j := range b.Schema().Len() {
			text, err := b.Column(j).MarshalJSON()
			if err != nil {
				return nil, err
			}
			out = append(out, text...)
		}
	}
	return out, nil
}

// Unchanged calls f and returns its error, or one when the values of src are others afterwards.
func Unchanged(ctx context.Context, src dataset.Source, f func() error) error {
	before, err := Contents(ctx, src)
	if err != nil {
		return err
	}
	if err := f(); err != nil {
		return err
	}
	after, err := Contents(ctx, src)
	if err != nil {
		return err
	}
	if !bytes.Equal(before, after) {
		return errors.New("the batches were written to")
	}
	return nil
}

// Watched is a source that calls what is set. It is ranged by one goroutine at a time.
type Watched struct {
	dataset.Source
	Err    error        // comes in place of the third batch
	Before func(at int) // is called before batch number at
	End    func()       // is called when it was ranged to its end
	Empty  bool         // batches without rows stand before, between and behind the others
}

// Batches implements dataset.Source.
func (w *Watched) Batches(ctx context.Context) iter.Seq2[dataset.Batch, error] {
	return func(yield func(dataset.Batch, error) bool) {
		at := 0
		for b, err := range w.Source.Batches(ctx) {
			if at == 2 && w.Err != nil {
				yield(dataset.Batch{}, w.Err)
				return
			}
			if w.Before != nil && err == nil {
				w.Before(at)
			}
			at++
			if w.Empty && err == nil && !yieldEmpty(b, yield) {
				return
			}
			if !yield(b, err) {
				return
			}
			if w.Empty && err == nil && !yieldEmpty(b, yield) {
				return
			}
		}
		if w.End != nil {
			w.End()
		}
	}
}

func yieldEmpty(b dataset.Batch, yield func(dataset.Batch, error) bool) bool {
	empty := b.Slice(0, 0)
	defer empty.Release()
	return yield(empty, nil)
}

// Once is a source that can be ranged once.
type Once struct {
	dataset.Source
	done bool
}

// Batches implements dataset.Source.
func (o *Once) Batches(ctx context.Context) iter.Seq2[dataset.Batch, error] {
	return func(yield func(dataset.Batch, error) bool) {
		if o.done {
			yield(dataset.Batch{}, fmt.Errorf("conform: a second range: %w", dataset.ErrConsumed))
			return
		}
		o.done = true
		o.Source.Batches(ctx)(yield)
	}
}

// Cancelling returns src and a context that ends when batch number at is asked for. pulled says how many batches were asked for in all, and frees the context.
func Cancelling(ctx context.Context, src dataset.Source, at int) (_ context.Context, s dataset.Source, pulled func() int) {
	inner, cancel := context.WithCancel(ctx)
	n := 0
	w := &Watched{Source: src, Before: func(k int) {
		if n++; k == at {
			cancel()
		}
	}}
	return inner, w, func() int { cancel(); return n }
}

// Scribble overwrites the numbers and the texts of b, as memory that is used again would be.
func Scribble(b dataset.Batch) {
	for j := range b.Schema().Len() {
		scribble(b.Column(j).Data())
	}
}

func scribble(d arrow.ArrayData) {
	if len(d.Buffers()) > 0 {
		if values := d.Buffers()[len(d.Buffers())-1]; values != nil && d.DataType().ID() != arrow.DICTIONARY {
			for i := range values.Bytes() {
				values.Bytes()[i] = 0x31 // a small number, or the digit 1
			}
		}
	}
	if dictionary := d.Dictionary(); dictionary != nil {
		if inner, ok := dictionary.(*array.Data); ok && inner != nil {
			scribble(inner)
		}
	}
	for _, c := range d.Children() {
		scribble(c)
	}
}

// WantError returns nil when got is want, which is a sentinel.
func WantError(what string, got, want error) error {
	switch {
	case errors.Is(got, want):
		return nil
	case got == nil:
		return fmt.Errorf("%s: got no error, want one that is %q", what, want.Error())
	default:
		return fmt.Errorf("%s: got error %w, want one that is %q", what, got, want.Error())
	}
}
