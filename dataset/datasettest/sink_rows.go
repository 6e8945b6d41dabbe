package datasettest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
)

func roundTrip(ctx context.Context, w *workplace) error {
	b, err := newValues(memory.DefaultAllocator, w.Types)
	if err != nil {
		return err
	}
	if err := w.write(ctx, b.Schema(), b); err != nil {
		return err
	}
	return w.holds(ctx, b.Schema(), b)
}

func encodings(ctx context.Context, w *workplace) error {
	declared := []dataset.Type{dataset.Utf8, dataset.LargeUtf8, dataset.Dictionary}
	for _, d := range declared {
		if !slices.Contains(w.Types, d) {
			continue
		}
		for _, physical := range declared {
			b, err := newTexts(d, physical)
			if err != nil {
				return err
			}
			if err := w.write(ctx, b.Schema(), b, b); err != nil {
				return fmt.Errorf("%s in a column of %s: %w", physical, d, err)
			}
			if err := w.holds(ctx, b.Schema(), b, b); err != nil {
				return fmt.Errorf("%s in a column of %s: %w", physical, d, err)
			}
		}
	}
	return nil
}

func slicesOf(ctx context.Context, w *workplace) error {
	b, err := newValues(memory.DefaultAllocator, w.Types)
	if err != nil {
		return err
	}
	var parts []dataset.Batch
	for _, at := range [][2]int{{1, b.NumRows()}, {2, 3}, {0, 1}, {3, 3}, {1, 4}} {
		part := b.Slice(at[0], at[1])
		defer part.Release()
		parts = append(parts, part)
	}
	if err := w.write(ctx, b.Schema(), parts...); err != nil {
		return err
	}
	return w.holds(ctx, b.Schema(), parts...)
}

func cuts(ctx context.Context, w *workplace) error {
	whole, err := newNumbers(0, 1000)
	if err != nil {
		return err
	}
	for _, size := range []int{1000, 7, 1} {
		var parts []dataset.Batch
		for at := 0; at < 1000; at += size {
			part := whole.Slice(at, min(at+size, 1000))
			defer part.Release()
			parts = append(parts, part)
		}
		if err := w.write(ctx, whole.Schema(), parts...); err != nil {
			return err
		}
		if err := w.holds(ctx, whole.Schema(), whole); err != nil {
			return fmt.Errorf("batches of %d: %w", size, err)
		}
	}
	return nil
}

func sameBytes(ctx context.Context, w *workplace) error {
	b, err := newValues(memory.DefaultAllocator, w.Types)
	if err != nil {
		return err
	}
	var first []byte
	for i := range 2 {
		if err := w.write(ctx, b.Schema(), b, b); err != nil {
			return err
		}
		data, err := os.ReadFile(w.path)
		if err != nil {
			return err
		}
		if i == 1 && string(data) != string(first) {
			return errors.New("the bytes differ")
		}
		first = data
	}
	return nil
}

func noRows(ctx context.Context, w *workplace) error {
	b, err := newNumbers(0, 1)
	if err != nil {
		return err
	}
	if err := w.write(ctx, b.Schema()); err != nil {
		return err
	}
	return w.holds(ctx, b.Schema())
}

func emptyBatch(ctx context.Context, w *workplace) error {
	b, err := newValues(memory.DefaultAllocator, w.Types)
	if err != nil {
		return err
	}
	empty := b.Slice(1, 1)
	defer empty.Release()
	if err := w.write(ctx, b.Schema(), empty, b, empty, empty); err != nil {
		return err
	}
	return w.holds(ctx, b.Schema(), b)
}

// poison is memory that holds something else once it is given back.
type poison struct{ memory.Allocator }

// Free implements memory.Allocator.
func (p poison) Free(b []byte) {
	for i := range b {
		b[i] = 0x2a
	}
	p.Allocator.Free(b)
}

func borrowed(ctx context.Context, w *workplace) error {
	kept, err := newValues(memory.DefaultAllocator, w.Types)
	if err != nil {
		return err
	}
	want := batchLines(kept)
	sink, err := w.Create(w.path, kept.Schema())
	if err != nil {
		return err
	}
	defer func() { _ = sink.Close() }()
	for range 3 {
		b, err := newValues(poison{w.mem}, w.Types)
		if err != nil {
			return err
		}
		err = sink.Write(ctx, b)
		rows := batchLines(b)
		b.Release()
		if err != nil {
			return err
		}
		if err := same(want, rows); err != nil {
			return fmt.Errorf("the batch that was written has changed: %w", err)
		}
		if left := w.mem.CurrentAlloc(); left != 0 {
			return fmt.Errorf("%d bytes of a batch are kept after Write", left)
		}
	}
	if err := sink.Commit(ctx); err != nil {
		return err
	}
	return w.holds(ctx, kept.Schema(), kept, kept, kept)
}

func notFinite(ctx context.Context, w *workplace) error {
	for _, t := range []dataset.Type{dataset.Float32, dataset.Float64} {
		if !slices.Contains(w.Types, t) {
			continue
		}
		nan, err1 := newFloats(t, false)
		infinite, err2 := newFloats(t, true)
		if err := errors.Join(err1, err2); err != nil {
			return err
		}
		if err := w.write(ctx, nan.Schema(), nan); err != nil {
			return err
		}
		err := w.holds(ctx, nan.Schema(), nan)
		if w.NoNaN && err == nil || !w.NoNaN && err != nil {
			return errors.Join(errors.New("NaN does not read back as stated"), err)
		}
		err = w.write(ctx, infinite.Schema(), infinite)
		switch {
		case w.NoInfinity && err == nil:
			return errors.New("want an infinity to be refused by Write, got no error")
		case w.NoInfinity && !strings.Contains(err.Error(), "write: "):
			return fmt.Errorf("want an infinity to be refused by Write, got error %w", err)
		case w.NoInfinity:
			err = w.holds(ctx, nan.Schema(), nan)
			if w.NoNaN {
				err = nil
			}
		case err == nil:
			err = w.holds(ctx, infinite.Schema(), infinite)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
