package datasettest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/ipc"
)

func ipcTraits() SinkTraits {
	return SinkTraits{Name: "a.arrow", Types: []dataset.Type{dataset.Float64, dataset.Utf8, dataset.Dictionary, dataset.TimeUTC, dataset.List(dataset.Int8)}}
}

func ipcSinks() Sinks {
	return Sinks{
		Create: func(path string, s *dataset.Schema) (dataset.Sink, error) {
			return ipc.Create(path, s, ipc.WriteOptions{})
		},
		Open: func(mem memory.Allocator, path string, _ *dataset.Schema) (dataset.Source, error) {
			return ipc.Open(path, ipc.Options{Allocator: mem})
		},
	}
}

func TestHonestSinks(t *testing.T) { TestSink(t, ipcTraits(), ipcSinks()) }

// spoiled is a sink with a bug.
type spoiled struct {
	dataset.Sink
	path   string
	write  func(ctx context.Context, k *spoiled, b dataset.Batch) error
	commit func(ctx context.Context, k *spoiled) error
	close  func(k *spoiled) error
	n      int
	ended  bool
}

// Write implements dataset.Sink.
func (k *spoiled) Write(ctx context.Context, b dataset.Batch) error {
	k.n++
	if k.write != nil {
		return k.write(ctx, k, b)
	}
	return k.Sink.Write(ctx, b)
}

// Commit implements dataset.Sink.
func (k *spoiled) Commit(ctx context.Context) error {
	if k.commit != nil {
		return k.commit(ctx, k)
	}
	return k.Sink.Commit(ctx)
}

// Close implements dataset.Sink.
func (k *spoiled) Close() error {
	if k.close != nil {
		return k.close(k)
	}
	return k.Sink.Close()
}

// spoil returns sinks with the bug of k.
func spoil(k spoiled) Sinks {
	s := ipcSinks()
	create := s.Create
	s.Create = func(path string, schema *dataset.Schema) (dataset.Sink, error) {
		inner, err := create(path, schema)
		fresh := k
		fresh.Sink, fresh.path = inner, path
		return &fresh, err
	}
	return s
}

// spoilRead returns sinks that are read with a bug.
func spoilRead(open func(src dataset.Source, s *dataset.Schema) (dataset.Source, error)) Sinks {
	s := ipcSinks()
	inner := s.Open
	s.Open = func(mem memory.Allocator, path string, schema *dataset.Schema) (dataset.Source, error) {
		src, err := inner(mem, path, schema)
		if err != nil {
			return nil, err
		}
		return open(src, schema)
	}
	return s
}

// keeps adds a batch that is written to those that are written again later, as a sink that retains what it borrows.
func keeps(ctx context.Context, k *spoiled, b dataset.Batch) error {
	b.Retain()
	return k.Sink.Write(ctx, b)
}

// scribble writes into a batch that it only borrows.
func scribble(ctx context.Context, k *spoiled, b dataset.Batch) error {
	err := k.Sink.Write(ctx, b)
	for _, c := range b.Record().Columns() {
		if f, ok := c.(*array.Float64); ok {
			f.Float64Values()[1] = 42
		}
	}
	return err
}

// eager commits at the first Write.
func eager(ctx context.Context, k *spoiled, b dataset.Batch) error {
	if err := k.Sink.Write(ctx, b); err != nil || k.n > 1 {
		return err
	}
	return k.Sink.Commit(ctx)
}

func ignoreErrors(ctx context.Context, k *spoiled, b dataset.Batch) error {
	_ = k.Sink.Write(context.WithoutCancel(ctx), b)
	return nil
}

// forgiving says that a write failed but goes on, so that Commit publishes half of the rows.
func forgiving(ctx context.Context, k *spoiled, b dataset.Batch) error {
	s, err := ipc.Open(k.path, ipc.Options{})
	if err == nil && !s.Schema().Equal(b.Schema()) {
		return fmt.Errorf("planted: %w", &dataset.SchemaError{Want: "this", Got: "that"})
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return k.Sink.Write(ctx, b)
}

func TestPlantedBugsOfSinksAreFound(t *testing.T) {
	plain := ipcTraits()
	commitAnyway := func(ctx context.Context, k *spoiled) error {
		_ = k.Sink.Commit(context.WithoutCancel(ctx))
		return nil
	}
	for _, c := range []struct {
		check  string
		traits SinkTraits
		sinks  Sinks
		want   string
	}{
		{"what is committed reads back", plain, spoilRead(func(src dataset.Source, _ *dataset.Schema) (dataset.Source, error) {
			return dataset.Scan(t.Context(), src, dataset.ScanOptions{Filter: []dataset.Predicate{{Column: "c2", Operator: dataset.NotEqual, Value: dataset.TextValue("NA")}}})
		}), "want 15 rows"},
		{"what is committed reads back", plain, spoilRead(func(src dataset.Source, _ *dataset.Schema) (dataset.Source, error) {
			return dataset.Select(t.Context(), src, "key")
		}), "the schema that is read is another"},
		{"the encoding of text", plain, spoil(spoiled{write: func(ctx context.Context, k *spoiled, b dataset.Batch) error {
			if _, ok := b.Column(1).(*array.LargeString); ok {
				return errors.New("planted")
			}
			return k.Sink.Write(ctx, b)
		}}), "planted"},
		{"slices of a batch", plain, spoil(spoiled{write: func(ctx context.Context, k *spoiled, b dataset.Batch) error {
			data := b.Record().Column(0).Data()
			if data.Offset() == 0 || b.NumRows() == 0 {
				return k.Sink.Write(ctx, b)
			}
			moved := b.Slice(0, b.NumRows()-1) // an offset that is one off
			defer moved.Release()
			return k.Sink.Write(ctx, moved)
		}}), "want 19 rows, got"},
		{"how rows are cut", plain, spoil(spoiled{write: func(ctx context.Context, k *spoiled, b dataset.Batch) error {
			if b.NumRows() == 1 && k.n%100 == 0 {
				return nil
			}
			return k.Sink.Write(ctx, b)
		}}), "batches of 1: want 1000 rows, got 990"},
		{"the same batches give", plain, spoil(spoiled{commit: func(ctx context.Context, k *spoiled) error {
			old, _ := os.ReadFile(k.path)
			if err := k.Sink.Commit(ctx); err != nil || old == nil {
				return err
			}
			data, err := os.ReadFile(k.path)
			if err != nil {
				return err
			}
			return os.WriteFile(k.path, append(data, 0), 0o600)
		}}), "the bytes differ"},
		{"no batch gives", plain, spoil(spoiled{commit: func(ctx context.Context, k *spoiled) error {
			if k.n == 0 {
				return k.Sink.Close()
			}
			return k.Sink.Commit(ctx)
		}}), "no such file"},
		{"a batch without rows", plain, spoil(spoiled{write: func(ctx context.Context, k *spoiled, b dataset.Batch) error {
			if b.NumRows() == 0 {
				return errors.New("planted")
			}
			return k.Sink.Write(ctx, b)
		}}), "planted"},
		{"a batch is neither", plain, spoil(spoiled{write: keeps}), "are kept after Write"},
		{"a batch is neither", plain, spoil(spoiled{write: scribble}), "the batch that was written has changed"},
		{"nothing is visible", plain, spoil(spoiled{write: eager}), "there is something before Commit"},
		{"Close without Commit", plain, spoil(spoiled{close: func(k *spoiled) error {
			_ = k.Sink.Commit(t.Context())
			return nil
		}}), "1 files are there"},
		{"Close without Commit", plain, spoil(spoiled{close: func(k *spoiled) error {
			_ = k.Sink.Close()
			if err := os.Remove(k.path); err != nil && !errors.Is(err, os.ErrNotExist) {
				return err
			}
			return nil
		}}), "no such file"},
		{"Close is idempotent", plain, spoil(spoiled{close: func(k *spoiled) error {
			if k.ended {
				return errors.New("planted")
			}
			k.ended = true
			return k.Sink.Close()
		}}), "planted"},
		{"a second Commit", plain, spoil(spoiled{commit: commitAnyway}), "a second Commit gives no error"},
		{"a Write after Commit", plain, spoil(spoiled{write: ignoreErrors}), "a Write after Commit gives no error"},
		{"a Write and a Commit after Close", plain, spoil(spoiled{write: ignoreErrors}), "a Write after Close gives no error"},
		{"a Write and a Commit after Close", plain, spoil(spoiled{commit: commitAnyway}), "a Commit after Close gives no error"},
		{"a batch of another schema", plain, spoil(spoiled{write: ignoreErrors}), "a Write of another schema: got no error"},
		{"a batch of another schema", plain, spoil(spoiled{write: forgiving}), "a Commit after a Write that failed gives no error"},
		{"a cancelled Write", plain, spoil(spoiled{write: ignoreErrors}), "a cancelled Write: got no error"},
		{"a cancelled Write", plain, spoil(spoiled{write: forgiving}), "a Commit after a Write that failed gives no error"},
		{"a cancelled Commit", plain, spoil(spoiled{commit: commitAnyway}), "a cancelled Commit: got no error"},
		{"a Commit that cannot", plain, spoil(spoiled{commit: commitAnyway}), "a Commit over a folder gives no error"},
		{"whoever reads meanwhile", plain, spoil(spoiled{commit: overwrite}), "a reader of what was there"},
		{"of two sinks at once", plain, spoil(spoiled{commit: func(ctx context.Context, k *spoiled) error {
			if _, err := os.Lstat(k.path); err == nil && k.n > 0 {
				return k.Sink.Close()
			}
			return k.Sink.Commit(ctx)
		}}), "want 4 rows"},
		{"an error of the source", plain, spoil(spoiled{close: func(k *spoiled) error {
			_ = k.Sink.Commit(t.Context())
			return k.Sink.Close()
		}}), "want 3 rows, got 2"},
		{"numbers that are not finite", plain, spoil(spoiled{write: func(ctx context.Context, k *spoiled, b dataset.Batch) error {
			if f, ok := b.Column(0).(*array.Float64); ok && math.IsInf(f.Value(0), 0) {
				return errors.New("planted")
			}
			return k.Sink.Write(ctx, b)
		}}), "planted"},
		{"numbers that are not finite", SinkTraits{Name: "a.arrow", Types: plain.Types, NoNaN: true}, ipcSinks(), "NaN does not read back as stated"},
		{"numbers that are not finite", SinkTraits{Name: "a.arrow", Types: plain.Types, NoInfinity: true}, ipcSinks(), "want an infinity to be refused"},
	} {
		found := false
		for _, check := range sinkChecks() {
			if !strings.HasPrefix(check.name, c.check) {
				continue
			}
			found = true
			err := check.do(t.Context(), t.TempDir(), c.traits, c.sinks)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: error is %v, want %q", check.name, err, c.want)
			}
		}
		if !found {
			t.Errorf("no check starts with %q", c.check)
		}
	}
}

// overwrite writes over the bytes that are there, which whoever reads them sees.
func overwrite(ctx context.Context, k *spoiled) error {
	old, err := os.OpenFile(k.path, os.O_RDWR, 0)
	if err != nil {
		return k.Sink.Commit(ctx)
	}
	defer old.Close()
	if err := k.Sink.Commit(ctx); err != nil {
		return err
	}
	data, err := os.ReadFile(k.path)
	if err != nil {
		return err
	}
	info, err := old.Stat()
	if err != nil {
		return err
	}
	_, err = io.Copy(old, io.MultiReader(bytes.NewReader(data), bytes.NewReader(make([]byte, max(0, info.Size()-int64(len(data)))))))
	return err
}

func TestWhatIsLeftIsFound(t *testing.T) {
	sinks := spoil(spoiled{commit: func(ctx context.Context, k *spoiled) error {
		return errors.Join(k.Sink.Commit(ctx), os.WriteFile(filepath.Join(filepath.Dir(k.path), "left"), nil, 0o600))
	}})
	for _, check := range sinkChecks() {
		if check.name == "no batch gives no rows, and they can be read" {
			if err := check.do(t.Context(), t.TempDir(), ipcTraits(), sinks); err == nil || !strings.Contains(err.Error(), "file left is left") {
				t.Errorf("error is %v", err)
			}
		}
	}
}

func ExampleTestSink() {
	sinks := Sinks{
		Create: func(path string, s *dataset.Schema) (dataset.Sink, error) {
			return ipc.Create(path, s, ipc.WriteOptions{})
		},
		Open: func(mem memory.Allocator, path string, _ *dataset.Schema) (dataset.Source, error) {
			return ipc.Open(path, ipc.Options{Allocator: mem})
		},
	}
	// In a test: datasettest.TestSink(t, datasettest.SinkTraits{Name: "rows.arrow", Types: []dataset.Type{dataset.Float64}}, sinks)
	_, err := sinks.Open(memory.DefaultAllocator, "no such file", nil)
	fmt.Println(errors.Is(err, os.ErrNotExist))
	// Output: true
}
