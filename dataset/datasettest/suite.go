// Package datasettest checks that a source of rows keeps the promises of dataset.Source, and a sink those of dataset.Sink. It is for those who write one, for a
// format, a query or a stream: call TestSource or TestSink from a test of the implementation.
//
//	func TestSource(t *testing.T) {
//		datasettest.TestSource(t, datasettest.SourceTraits{Rows: 500}, func(mem memory.Allocator) (dataset.Source, error) {
//			return mine.Open("testdata/rows.bin", mine.Options{Allocator: mem})
//		})
//	}
package datasettest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/conform"
)

// SourceTraits says what the source under test gives and which checks apply to it.
type SourceTraits struct {
	Rows    int  // rows that the source gives, at least 2, so that it can be stopped before its end
	OneShot bool // the source can be ranged once: a second range must end with dataset.ErrConsumed
}

// TestSource runs every check that applies to traits on sources from open, each check on a fresh one and as a subtest. Every source that open returns in one
// test gives the same rows. Batches must come from mem, which counts what is not released and spoils what is; a source that has a Close method is closed after each check.
func TestSource(t *testing.T, traits SourceTraits, open func(mem memory.Allocator) (dataset.Source, error)) {
	t.Helper()
	for _, c := range sourceChecks() {
		if c.rewinds && traits.OneShot || c.oneShot && !traits.OneShot {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			if err := c.do(t.Context(), traits, open); err != nil {
				t.Error(err)
			}
		})
	}
}

type opener = func(mem memory.Allocator) (dataset.Source, error)

type sourceCheck struct {
	name    string
	rewinds bool // for sources that can be ranged again
	oneShot bool // for those that cannot
	run     func(ctx context.Context, s *subject) error
}

// do runs a check and then looks for batches and goroutines that are left.
func (c sourceCheck) do(ctx context.Context, traits SourceTraits, open opener) error {
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	err := conform.NoneLeft(ctx, func(ctx context.Context) error {
		src, err := open(poison{mem})
		if err != nil {
			return fmt.Errorf("open: %w", err)
		}
		err = c.run(ctx, &subject{src: src, traits: traits, patience: patience})
		if closer, ok := src.(interface{ Close() error }); ok {
			err = errors.Join(err, closer.Close())
		}
		return err
	})
	if left := mem.CurrentAlloc(); left != 0 {
		err = errors.Join(err, fmt.Errorf("%d bytes of batches are not released", left))
	}
	return err
}

// subject is the source of one check.
type subject struct {
	src      dataset.Source
	traits   SourceTraits
	patience time.Duration
}

func sourceChecks() []sourceCheck {
	return []sourceCheck{
		{name: "every batch has the schema of the source and there are as many rows as stated", run: shape},
		{name: "a second range gives the same rows", rewinds: true, run: again},
		{name: "the content has one digest, whatever the range and the workers", rewinds: true, run: content},
		{name: "a second range of a one-shot source ends with ErrConsumed", oneShot: true, run: consumed},
		{name: "a range that is left early leaves nothing behind", run: early},
		{name: "a range can start again after one that was left early", rewinds: true, run: afterEarly},
		{name: "a cancelled context ends the range with its error and a zero batch", run: cancelled},
		{name: "a context that ends midway ends the range", run: midway},
		{name: "a context that ends ends the range at once", run: atOnce},
		{name: "a range can start again after one that was cancelled", rewinds: true, run: afterCancel},
		{name: "a batch that is retained stays as it was", run: retained},
		{name: "a scan gives the wanted columns of the same rows", rewinds: true, run: scan},
		{name: "a fold has the same bits for 1 and 8 workers", rewinds: true, run: workers},
	}
}

// lines returns every row of src as JSON.
func lines(ctx context.Context, src dataset.Source) (out []string, err error) {
	for b, err := range src.Batches(ctx) {
		if err != nil {
			return nil, err
		}
		out = append(out, batchLines(b)...)
	}
	return out, nil
}

// batchLines returns every row of b as text.
func batchLines(b dataset.Batch) []string {
	out := make([]string, b.NumRows())
	for i := range out {
		for j := range b.Schema().Len() {
			c := b.Column(j)
			if c.IsNull(i) {
				out[i] += "null;"
				continue
			}
			if d, ok := c.(*array.Dictionary); ok {
				out[i] += fmt.Sprintf("%q;", d.Dictionary().ValueStr(d.GetValueIndex(i)))
				continue
			}
			out[i] += fmt.Sprintf("%q;", c.ValueStr(i))
		}
	}
	return out
}

func shape(ctx context.Context, s *subject) error {
	if s.src.Schema() == nil {
		return errors.New("the source has no schema")
	}
	rows := 0
	for b, err := range s.src.Batches(ctx) {
		if err != nil {
			return err
		}
		if !b.Schema().Equal(s.src.Schema()) {
			return errors.New("a batch has another schema than the source")
		}
		rows += b.NumRows()
	}
	if rows != s.traits.Rows {
		return fmt.Errorf("want %d rows, got %d", s.traits.Rows, rows)
	}
	return nil
}

func again(ctx context.Context, s *subject) error {
	first, err := lines(ctx, s.src)
	if err != nil {
		return err
	}
	second, err := lines(ctx, s.src)
	if err != nil {
		return err
	}
	return same(first, second)
}

func same(want, got []string) error {
	if len(want) != len(got) {
		return fmt.Errorf("want %d rows, got %d", len(want), len(got))
	}
	for i := range want {
		if want[i] != got[i] {
			return fmt.Errorf("row %d differs", i)
		}
	}
	return nil
}

func consumed(ctx context.Context, s *subject) error {
	if _, err := lines(ctx, s.src); err != nil {
		return err
	}
	_, err := lines(ctx, s.src)
	return conform.WantError("a second range", err, dataset.ErrConsumed)
}

func early(ctx context.Context, s *subject) error {
	next, stop := iter.Pull2(s.src.Batches(ctx))
	defer stop()
	_, err, ok := next()
	if !ok {
		return errors.New("want a batch, got the end")
	}
	return err
}

func afterEarly(ctx context.Context, s *subject) error {
	if err := early(ctx, s); err != nil {
		return err
	}
	return shape(ctx, s)
}

func cancelled(ctx context.Context, s *subject) error {
	ctx, cancel := context.WithCancel(ctx)
	cancel()
	return endsWithContext(ctx, s, func() {})
}

func midway(ctx context.Context, s *subject) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	return endsWithContext(ctx, s, cancel)
}

// endsWithContext ranges and calls after behind the first batch. A source whose rows are all in that batch may end without an error.
func endsWithContext(ctx context.Context, s *subject, after func()) error {
	rows := 0
	ended := false
	for b, err := range s.src.Batches(ctx) {
		switch {
		case ended:
			return errors.New("the range goes on after an error")
		case err != nil && !b.IsZero():
			return errors.New("a batch and an error come together")
		case err != nil && !errors.Is(err, context.Canceled):
			return fmt.Errorf("want context.Canceled, got %w", err)
		case err != nil:
			ended = true
			continue
		}
		rows += b.NumRows()
		after()
	}
	if !ended && (rows == 0 || rows < s.traits.Rows) {
		return fmt.Errorf("want context.Canceled, got the end after %d rows", rows)
	}
	return nil
}

func retained(ctx context.Context, s *subject) error {
	var held []dataset.Batch
	defer func() {
		for _, b := range held {
			b.Release()
		}
	}()
	var want []string
	for b, err := range s.src.Batches(ctx) {
		if err != nil {
			return err
		}
		want = append(want, batchLines(b)...)
		b.Retain()
		held = append(held, b)
	}
	var got []string
	for _, b := range held {
		got = append(got, batchLines(b)...)
	}
	return same(want, got)
}

// scan wants the last column first, which no source gives by itself when it has two.
func scan(ctx context.Context, s *subject) error {
	names := s.src.Schema().Names()
	slices.Reverse(names)
	if len(names) > 2 {
		names = names[:2]
	}
	got, err := dataset.Select(ctx, s.src, names...)
	if err != nil {
		return err
	}
	if !slices.Equal(got.Schema().Names(), names) {
		return fmt.Errorf("want columns %q, got %q", names, got.Schema().Names())
	}
	plain, err := dataset.ScanBatches(s.src, dataset.ScanOptions{Columns: names})
	if err != nil {
		return err
	}
	want, err := lines(ctx, plain)
	if err != nil {
		return err
	}
	rows, err := lines(ctx, got)
	if err != nil {
		return err
	}
	if err := same(want, rows); err != nil {
		return err
	}
	_, err = dataset.Select(ctx, s.src, "no such column")
	return conform.WantError("a scan of an unknown column", err, dataset.ErrSchema)
}

// text is a fold of rows as text.
type text struct{ rows []string }

// Observe implements dataset.Folder.
func (f *text) Observe(b dataset.Batch) error {
	f.rows = append(f.rows, batchLines(b)...)
	return nil
}

// Merge implements dataset.Folder.
func (f *text) Merge(next *text) error {
	f.rows = append(f.rows, next.rows...)
	return nil
}

func workers(ctx context.Context, s *subject) error {
	one, err := dataset.Run(ctx, s.src, func() *text { return &text{} }, dataset.RunOptions{Workers: 1})
	if err != nil {
		return err
	}
	eight, err := dataset.Run(ctx, s.src, func() *text { return &text{} }, dataset.RunOptions{Workers: 8})
	if err != nil {
		return err
	}
	return same(one.rows, eight.rows)
}
