package dataset_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/conform"
)

// sequence is a fold whose bits show every row, their order and the chunks: a float sum is not associative, and the hash takes rows and merges in order.
type sequence struct {
	sum   float64
	rows  int
	hash  uint64
	texts int
	fail  func(chunkStart float64) error
}

func (s *sequence) Observe(b dataset.Batch) error {
	values := make([]float64, b.NumRows())
	if err := dataset.Float64s(b.Column(0), values); err != nil {
		return err
	}
	texts, err := dataset.NewTexts(b.Column(1))
	if err != nil {
		return err
	}
	if s.fail != nil && len(values) > 0 {
		if err := s.fail(values[0]); err != nil {
			return err
		}
	}
	h := uint64(1)
	for i, v := range values {
		s.sum += v / 3
		h = h*1099511628211 + math.Float64bits(v)
		if !texts.IsNull(i) {
			s.texts++
			h = h*31 + uint64(texts.Value(i)[0])
		}
	}
	s.rows += len(values)
	s.hash = s.hash*31 + h
	return nil
}

func (s *sequence) Merge(next *sequence) error {
	s.sum += next.sum
	s.rows += next.rows
	s.texts += next.texts
	s.hash = s.hash*31 + next.hash
	return nil
}

type runRow struct {
	X float64
	S *string `ml:"type=dictionary"`
}

func runRows(n int) []runRow {
	names := []string{"a", "b", "c"}
	rows := make([]runRow, n)
	for i := range rows {
		rows[i].X = float64(i)
		if i%4 != 0 {
			rows[i].S = &names[i%3]
		}
	}
	return rows
}

func TestRunGivesTheSameBitsForAnyWorkersAndBatches(t *testing.T) {
	rows := runRows(2*dataset.ChunkRows + 100)
	var first *sequence
	for _, batch := range []int{5000, dataset.ChunkRows + 1} {
		for _, workers := range []int{1, 2, 8} {
			mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
			src, err := dataset.FromStructs(rows, dataset.StructsOptions{BatchRows: batch, Allocator: mem})
			if err != nil {
				t.Fatal(err)
			}
			got, err := dataset.Run(t.Context(), src, func() *sequence { return &sequence{} }, dataset.RunOptions{Workers: workers, Allocator: mem})
			if err != nil {
				t.Fatal(err)
			}
			if first == nil {
				first = got
			}
			if got.rows != len(rows) || math.Float64bits(got.sum) != math.Float64bits(first.sum) || got.hash != first.hash || got.texts != first.texts {
				t.Errorf("batches of %d, %d workers: %+v, want %+v", batch, workers, got, first)
			}
			mem.AssertSize(t, 0)
		}
	}
}

func TestRunReturnsTheFirstErrorInRowOrder(t *testing.T) {
	rows := runRows(4 * dataset.ChunkRows)
	for _, workers := range []int{1, 2, 8} {
		mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
		src, err := dataset.FromStructs(rows, dataset.StructsOptions{BatchRows: 50_000, Allocator: mem})
		if err != nil {
			t.Fatal(err)
		}
		fold := func() *sequence {
			return &sequence{fail: func(start float64) error {
				switch start / dataset.ChunkRows {
				case 1:
					time.Sleep(20 * time.Millisecond) // the later chunk fails first
					return errors.New("chunk 1")
				case 2:
					return errors.New("chunk 2")
				}
				return nil
			}}
		}
		got, err := dataset.Run(t.Context(), src, fold, dataset.RunOptions{Workers: workers, Allocator: mem})
		if err == nil || err.Error() != "chunk 1" || got != nil {
			t.Errorf("%d workers: %v, %v", workers, got, err)
		}
		mem.AssertSize(t, 0)
	}
}

// failing yields the batches of a source and then an error.
type failing struct {
	dataset.Source
	after int
	err   error
}

func (f failing) Batches(ctx context.Context) iter.Seq2[dataset.Batch, error] {
	return func(yield func(dataset.Batch, error) bool) {
		n := 0
		for b, err := range f.Source.Batches(ctx) {
			if n == f.after {
				yield(dataset.Batch{}, f.err)
				return
			}
			if n++; !yield(b, err) || err != nil {
				return
			}
		}
	}
}

func TestRunStopsWithItsSourceAndItsContext(t *testing.T) {
	if err := conform.NoneLeft(t.Context(), func(ctx context.Context) error { runStops(ctx, t); return nil }); err != nil {
		t.Error(err)
	}
}

func runStops(ctx context.Context, t *testing.T) {
	t.Helper()
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	src, err := dataset.FromStructs(runRows(4*dataset.ChunkRows), dataset.StructsOptions{BatchRows: 30_000, Allocator: mem})
	if err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	fold := func() *sequence { return &sequence{} }
	if _, err := dataset.Run(ctx, failing{src, 3, broken}, fold, dataset.RunOptions{Workers: 2, Allocator: mem}); !errors.Is(err, broken) {
		t.Errorf("error is %v", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var seen atomic.Int64
	stopping := func() *sequence {
		return &sequence{fail: func(float64) error {
			if seen.Add(1) == 2 {
				cancel()
			}
			return nil
		}}
	}
	if _, err := dataset.Run(ctx, src, stopping, dataset.RunOptions{Workers: 1, Allocator: mem}); !errors.Is(err, context.Canceled) || seen.Load() > 3 {
		t.Errorf("error is %v after %d chunks", err, seen.Load())
	}
	mem.AssertSize(t, 0)
}

func TestRunWithoutRowsAndWithBadOptions(t *testing.T) {
	src := structSource(t, []runRow{}, 0)
	got, err := dataset.Run(t.Context(), src, func() *sequence { return &sequence{hash: 7} }, dataset.RunOptions{})
	if err != nil || got.rows != 0 || got.hash != 7 {
		t.Errorf("got %+v, %v", got, err)
	}
	var option *dataset.OptionError
	if _, err := dataset.Run(t.Context(), src, func() *sequence { return &sequence{} }, dataset.RunOptions{Workers: -1}); !errors.As(err, &option) {
		t.Errorf("error is %v", err)
	}
}

func TestBothFeedsTwoFoldsInOnePass(t *testing.T) {
	src := structSource(t, runRows(dataset.ChunkRows+10), 1000)
	type pair = dataset.Both[*sequence, *sequence]
	got, err := dataset.Run(t.Context(), src, func() *pair { return &pair{First: &sequence{}, Second: &sequence{}} }, dataset.RunOptions{Workers: 2})
	if err != nil || got.First.hash != got.Second.hash || got.First.rows != dataset.ChunkRows+10 {
		t.Errorf("got %+v, %v", got, err)
	}
	broken := errors.New("broken")
	_, err = dataset.Run(t.Context(), src, func() *pair {
		return &pair{First: &sequence{}, Second: &sequence{fail: func(float64) error { return broken }}}
	}, dataset.RunOptions{})
	if !errors.Is(err, broken) {
		t.Errorf("error is %v", err)
	}
}

func TestRunTakesEveryTypeAndEncoding(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer mem.AssertSize(t, 0)
	one := everyTypeBatch(t, mem)
	defer one.Release()
	plain := func(b dataset.Batch) dataset.Batch { // the same rows, with dictionary columns as plain text
		s := b.Schema()
		columns := b.Record().Columns()
		text := array.NewStringBuilder(mem)
		defer text.Release()
		i := s.Index("c13")
		texts, err := dataset.NewTexts(b.Column(i))
		if err != nil {
			t.Fatal(err)
		}
		for r := range b.NumRows() {
			if texts.IsNull(r) {
				text.AppendNull()
			} else {
				text.Append(texts.Value(r))
			}
		}
		replaced := append(columns[:i:i], text.NewArray())
		replaced = append(replaced, columns[i+1:]...)
		defer replaced[i].Release()
		out, err := dataset.NewBatch(s, replaced, b.NumRows())
		if err != nil {
			t.Fatal(err)
		}
		return out
	}(one)
	defer plain.Release()
	src, err := dataset.NewBatches(one.Schema(), one, plain, one)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	got, err := dataset.Run(t.Context(), src, func() *lineFold { return &lineFold{t: t} }, dataset.RunOptions{Allocator: mem})
	if err != nil {
		t.Fatal(err)
	}
	lines := jsonLines(t, one)
	if want := strings.Join(append(append(lines[:6:6], lines...), lines...), "\n"); strings.Join(got.lines, "\n") != want {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got.lines, "\n"), want)
	}
}

// lineFold keeps every row as JSON.
type lineFold struct {
	t     *testing.T
	lines []string
}

func (l *lineFold) Observe(b dataset.Batch) error {
	l.lines = append(l.lines, jsonLines(l.t, b)...)
	return nil
}

func (l *lineFold) Merge(next *lineFold) error {
	l.lines = append(l.lines, next.lines...)
	return nil
}

// sum is the fold of ExampleRun.
type sum struct{ total float64 }

func (s *sum) Observe(b dataset.Batch) error {
	values := make([]float64, b.NumRows())
	if err := dataset.Float64s(b.Column(0), values); err != nil {
		return err
	}
	for _, v := range values {
		s.total += v
	}
	return nil
}

func (s *sum) Merge(next *sum) error {
	s.total += next.total
	return nil
}

func ExampleRun() {
	type row struct{ Amount float64 }
	src, err := dataset.FromStructs([]row{{1}, {2}, {3.5}}, dataset.StructsOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	total, err := dataset.Run(context.Background(), src, func() *sum { return &sum{} }, dataset.RunOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(total.total)
	// Output: 6.5
}
