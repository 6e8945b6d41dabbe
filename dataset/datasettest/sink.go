package datasettest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
)

// SinkTraits says what the sink under test writes and which checks apply to it.
type SinkTraits struct {
	Name       string         // file name of what it writes, with the extension that its format wants
	Types      []dataset.Type // column types that it holds; each is written with nulls and extreme values and must read back equal
	NoNaN      bool           // NaN reads back as null
	NoInfinity bool           // a Write of an infinity is an error
}

// Sinks makes the sinks of a test and reads what they have written.
type Sinks struct {
	Create func(path string, s *dataset.Schema) (dataset.Sink, error)                         // the sink that writes to path
	Open   func(mem memory.Allocator, path string, s *dataset.Schema) (dataset.Source, error) // the rows at path, of schema s; batches come from mem
}

// TestSink runs every check that applies to traits, each in a folder of its own and as a subtest. A sink that Create returns writes a file at path, which appears at
// Commit: whatever else it does to get there, nothing but that file is left in the folder.
func TestSink(t *testing.T, traits SinkTraits, sinks Sinks) {
	t.Helper()
	for _, c := range sinkChecks() {
		t.Run(c.name, func(t *testing.T) {
			if err := c.do(t.Context(), t.TempDir(), traits, sinks); err != nil {
				t.Error(err)
			}
		})
	}
}

type sinkCheck struct {
	name string
	run  func(ctx context.Context, w *workplace) error
}

// workplace is what one check works on.
type workplace struct {
	SinkTraits
	Sinks
	dir, path string
	mem       *memory.CheckedAllocator
}

func (c sinkCheck) do(ctx context.Context, dir string, traits SinkTraits, sinks Sinks) error {
	w := &workplace{SinkTraits: traits, Sinks: sinks, dir: dir, path: filepath.Join(dir, traits.Name), mem: memory.NewCheckedAllocator(memory.NewGoAllocator())}
	err := c.run(ctx, w)
	if left := w.mem.CurrentAlloc(); left != 0 {
		err = errors.Join(err, fmt.Errorf("%d bytes of batches are not released", left))
	}
	list, e := os.ReadDir(dir)
	for _, f := range list {
		if f.Name() != traits.Name {
			e = errors.Join(e, fmt.Errorf("file %s is left", f.Name()))
		}
	}
	return errors.Join(err, e)
}

func sinkChecks() []sinkCheck {
	return []sinkCheck{
		{"what is committed reads back as the same rows under the same schema", roundTrip},
		{"the encoding of text in a batch does not matter", encodings},
		{"slices of a batch are written as they stand", slicesOf},
		{"how rows are cut into batches does not matter", cuts},
		{"the same batches give the same bytes", sameBytes},
		{"no batch gives no rows, and they can be read", noRows},
		{"a batch without rows changes nothing", emptyBatch},
		{"a batch is neither kept nor changed", borrowed},
		{"nothing is visible before Commit", beforeCommit},
		{"Close without Commit leaves what was there", closeAlone},
		{"Close is idempotent and does nothing after Commit", closeTwice},
		{"a second Commit is an error and takes nothing away", commitTwice},
		{"a Write after Commit is an error and changes nothing", writeAfterCommit},
		{"a Write and a Commit after Close are errors", afterClose},
		{"a batch of another schema is refused with ErrSchema and ends the sink", otherSchema},
		{"a cancelled Write is an error and ends the sink", cancelledWrite},
		{"a cancelled Commit leaves what was there", cancelledCommit},
		{"a Commit that cannot be done is an error", failedCommit},
		{"whoever reads meanwhile reads what was there", readersMeanwhile},
		{"of two sinks at once the last to commit stays, whole", twoSinks},
		{"an error of the source commits nothing", failedSource},
		{"numbers that are not finite read back or are refused", notFinite},
	}
}

// write writes batches and commits.
func (w *workplace) write(ctx context.Context, s *dataset.Schema, batches ...dataset.Batch) error {
	sink, err := w.Create(w.path, s)
	if err != nil {
		return fmt.Errorf("create: %w", err)
	}
	defer func() { _ = sink.Close() }()
	for _, b := range batches {
		if err := sink.Write(ctx, b); err != nil {
			return fmt.Errorf("write: %w", err)
		}
	}
	if err := sink.Commit(ctx); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return sink.Close()
}

// holds checks that the rows of batches are at path.
func (w *workplace) holds(ctx context.Context, s *dataset.Schema, batches ...dataset.Batch) error {
	src, err := w.Open(w.mem, w.path, s)
	if err != nil {
		return fmt.Errorf("open: %w", err)
	}
	if !src.Schema().Equal(s) {
		return errors.New("the schema that is read is another")
	}
	err = w.sameRows(ctx, src, batches...)
	if closer, ok := src.(interface{ Close() error }); ok {
		err = errors.Join(err, closer.Close())
	}
	return err
}

func (w *workplace) sameRows(ctx context.Context, src dataset.Source, batches ...dataset.Batch) error {
	var want []string
	for _, b := range batches {
		want = append(want, batchLines(b)...)
	}
	got, err := lines(ctx, src)
	if err != nil {
		return fmt.Errorf("read: %w", err)
	}
	return same(want, got)
}

// before writes three rows, which are there before the sink under test starts, and returns their batch.
func (w *workplace) before(ctx context.Context) (dataset.Batch, error) {
	b, err := newNumbers(100, 103)
	if err == nil {
		err = w.write(ctx, b.Schema(), b)
	}
	return b, err
}

// replace starts a sink over what is there and writes two rows to it.
func (w *workplace) replace(ctx context.Context) (sink dataset.Sink, old, written dataset.Batch, err error) {
	if old, err = w.before(ctx); err != nil {
		return nil, old, old, err
	}
	sink, written, err = w.start(ctx, 0, 2)
	return sink, old, written, err
}

// start creates a sink and writes the rows of newNumbers(from, to) to it.
func (w *workplace) start(ctx context.Context, from, to int) (dataset.Sink, dataset.Batch, error) {
	b, err := newNumbers(from, to)
	if err != nil {
		return nil, b, err
	}
	sink, err := w.Create(w.path, b.Schema())
	if err == nil {
		err = sink.Write(ctx, b)
	}
	return sink, b, err
}

// fails wants an error from an action that must have one.
func fails(what string, err error) error {
	if err == nil {
		return fmt.Errorf("%s gives no error", what)
	}
	return nil
}
