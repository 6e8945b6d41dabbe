package datasettest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/conform"
)

func beforeCommit(ctx context.Context, w *workplace) error {
	first, err := newNumbers(0, 2)
	if err != nil {
		return err
	}
	sink, err := w.Create(w.path, first.Schema())
	if err != nil {
		return err
	}
	defer func() { _ = sink.Close() }()
	if err := sink.Write(ctx, first); err != nil {
		return err
	}
	if _, err := os.Lstat(w.path); err == nil {
		return errors.New("there is something before Commit")
	}
	if err := sink.Commit(ctx); err != nil {
		return err
	}
	second, old, written, err := w.replace(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = second.Close() }()
	if err := w.holds(ctx, old.Schema(), old); err != nil {
		return err
	}
	if err := second.Commit(ctx); err != nil {
		return err
	}
	return w.holds(ctx, written.Schema(), written)
}

func closeAlone(ctx context.Context, w *workplace) error {
	sink, _, err := w.start(ctx, 0, 2)
	if err == nil {
		err = sink.Close()
	}
	if err != nil {
		return err
	}
	if list, err := os.ReadDir(w.dir); err != nil || len(list) > 0 {
		return errors.Join(fmt.Errorf("%d files are there", len(list)), err)
	}
	sink, old, _, err := w.replace(ctx)
	if err == nil {
		err = sink.Close()
	}
	if err != nil {
		return err
	}
	return w.holds(ctx, old.Schema(), old)
}

func closeTwice(ctx context.Context, w *workplace) error {
	sink, _, written, err := w.replace(ctx)
	if err == nil {
		err = sink.Commit(ctx)
	}
	for range 2 {
		if err == nil {
			err = sink.Close()
		}
	}
	if err != nil {
		return err
	}
	if err := w.holds(ctx, written.Schema(), written); err != nil {
		return err
	}
	sink, err = w.Create(w.path, written.Schema())
	for range 2 {
		if err == nil {
			err = sink.Close()
		}
	}
	return err
}

func commitTwice(ctx context.Context, w *workplace) error {
	sink, _, written, err := w.replace(ctx)
	if err == nil {
		err = sink.Commit(ctx)
	}
	if err == nil {
		err = fails("a second Commit", sink.Commit(ctx))
	}
	if err != nil {
		return err
	}
	return w.holds(ctx, written.Schema(), written)
}

func writeAfterCommit(ctx context.Context, w *workplace) error {
	sink, _, written, err := w.replace(ctx)
	if err == nil {
		err = sink.Commit(ctx)
	}
	if err != nil {
		return err
	}
	empty := written.Slice(0, 0)
	defer empty.Release()
	for _, b := range []dataset.Batch{written, empty} {
		if err := fails("a Write after Commit", sink.Write(ctx, b)); err != nil {
			return err
		}
	}
	_ = sink.Commit(ctx)
	return w.holds(ctx, written.Schema(), written)
}

func afterClose(ctx context.Context, w *workplace) error {
	sink, old, written, err := w.replace(ctx)
	if err == nil {
		err = sink.Close()
	}
	if err == nil {
		err = fails("a Write after Close", sink.Write(ctx, written))
	}
	if err == nil {
		err = fails("a Commit after Close", sink.Commit(ctx))
	}
	if err != nil {
		return err
	}
	return w.holds(ctx, old.Schema(), old)
}

func otherSchema(ctx context.Context, w *workplace) error {
	for _, change := range []func(f *dataset.Field){
		func(f *dataset.Field) { f.Name = "other" },
		func(f *dataset.Field) { f.Unit = "EUR" },
		func(f *dataset.Field) { f.Nullable = !f.Nullable },
	} {
		sink, old, written, err := w.replace(ctx)
		if err != nil {
			return err
		}
		fields := written.Schema().Fields()
		change(&fields[0])
		s, err := dataset.NewSchema(fields...)
		if err != nil {
			return err
		}
		b, err := dataset.NewBatch(s, written.Record().Columns(), written.NumRows())
		if err != nil {
			return err
		}
		err = sink.Write(ctx, b)
		b.Release()
		if err := conform.WantError("a Write of another schema", err, dataset.ErrSchema); err != nil {
			return err
		}
		if err := w.ended(ctx, sink, old); err != nil {
			return err
		}
	}
	return nil
}

// ended checks that a sink whose Write failed commits nothing.
func (w *workplace) ended(ctx context.Context, sink dataset.Sink, old dataset.Batch) error {
	if err := fails("a Commit after a Write that failed", sink.Commit(ctx)); err != nil {
		return err
	}
	if err := sink.Close(); err != nil {
		return err
	}
	return w.holds(ctx, old.Schema(), old)
}

func cancelledWrite(ctx context.Context, w *workplace) error {
	sink, old, written, err := w.replace(ctx)
	if err != nil {
		return err
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if err := conform.WantError("a cancelled Write", sink.Write(ended, written), context.Canceled); err != nil {
		return err
	}
	return w.ended(ctx, sink, old)
}

func cancelledCommit(ctx context.Context, w *workplace) error {
	sink, old, _, err := w.replace(ctx)
	if err != nil {
		return err
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if err := conform.WantError("a cancelled Commit", sink.Commit(ended), context.Canceled); err != nil {
		return err
	}
	if err := sink.Close(); err != nil {
		return err
	}
	return w.holds(ctx, old.Schema(), old)
}

// failedCommit puts a folder in the place of the file, which no sink can replace.
func failedCommit(ctx context.Context, w *workplace) error {
	sink, _, err := w.start(ctx, 0, 2)
	if err == nil {
		err = os.MkdirAll(filepath.Join(w.path, "kept"), 0o700)
	}
	if err == nil {
		err = fails("a Commit over a folder", sink.Commit(ctx))
	}
	if err == nil {
		err = sink.Close()
	}
	if _, e := os.Stat(filepath.Join(w.path, "kept")); e != nil {
		err = errors.Join(err, e)
	}
	return err
}

func readersMeanwhile(ctx context.Context, w *workplace) error {
	if runtime.GOOS == "windows" {
		return nil // an open file cannot be replaced there
	}
	old, err := newNumbers(0, 100_000)
	if err != nil {
		return err
	}
	var parts []dataset.Batch // so that a reader does not have the whole file in memory at once
	for at := 0; at < 100_000; at += 10_000 {
		parts = append(parts, old.Slice(at, at+10_000))
	}
	if err := w.write(ctx, old.Schema(), parts...); err != nil {
		return err
	}
	src, err := w.Open(w.mem, w.path, old.Schema())
	if err != nil {
		return err
	}
	written, err := newNumbers(0, 2)
	if err != nil {
		return err
	}
	rows, at := 0, 0
	for b, err := range src.Batches(ctx) {
		if err != nil {
			return fmt.Errorf("a reader of what was there: %w", err)
		}
		if rows == 0 {
			if err := w.write(ctx, written.Schema(), written); err != nil {
				return err
			}
		}
		part := old.Slice(at, min(at+b.NumRows(), 100_000))
		want := batchLines(part)
		part.Release()
		if err := same(want, batchLines(b)); err != nil {
			return fmt.Errorf("a reader of what was there: %w", err)
		}
		rows += b.NumRows()
		at += b.NumRows()
	}
	if rows != 100_000 {
		return fmt.Errorf("a reader of what was there has %d of 100000 rows", rows)
	}
	return w.holds(ctx, written.Schema(), written)
}

func twoSinks(ctx context.Context, w *workplace) error {
	first, _, _, err := w.replace(ctx)
	if err != nil {
		return err
	}
	second, b, err := w.start(ctx, 5, 9)
	for _, sink := range []dataset.Sink{first, second} {
		if err == nil {
			err = sink.Commit(ctx)
		}
		if err == nil {
			err = sink.Close()
		}
	}
	if err != nil {
		return err
	}
	return w.holds(ctx, b.Schema(), b)
}

func failedSource(ctx context.Context, w *workplace) error {
	sink, old, written, err := w.replace(ctx)
	if err != nil {
		return err
	}
	broken := errors.New("the source is broken")
	src := dataset.Map(sourceOf(written), written.Schema(), func(context.Context, dataset.Batch) (dataset.Batch, error) { return dataset.Batch{}, broken })
	_, err = dataset.Copy(ctx, sink, src)
	if err := conform.WantError("a Copy of a broken source", err, broken); err != nil {
		return err
	}
	if err := sink.Close(); err != nil {
		return err
	}
	return w.holds(ctx, old.Schema(), old)
}
