package validatetest

import (
	"bytes"
	"context"
	"encoding"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"

	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/conform"
)

// gap turns a batch into one of missing values; what says of which.
type gap struct {
	what   string
	change func(dataset.Batch) (dataset.Batch, error)
}

// gaps puts nulls in place of every value, where the schema takes them, and NaN.
func gaps(mem memory.Allocator) []gap {
	return []gap{
		{"nulls", func(b dataset.Batch) (dataset.Batch, error) {
			return replaced(mem, b, func(f dataset.Field) bool { return f.Nullable }, func(to array.Builder) { to.AppendNull() })
		}},
		{"NaN", func(b dataset.Batch) (dataset.Batch, error) {
			return replaced(mem, b, func(f dataset.Field) bool { return f.Type.Class() == dataset.ClassFloat }, func(to array.Builder) {
				switch to := to.(type) {
				case *array.Float64Builder:
					to.Append(math.NaN())
				case *array.Float32Builder:
					to.Append(float32(math.NaN()))
				default:
					to.AppendEmptyValue()
				}
			})
		}},
	}
}

// missing folds columns of nulls, where the schema takes them, and of NaN, in batches and at once.
func (s *folding[F]) missing(ctx context.Context) error {
	for _, g := range gaps(s.mem) {
		var folds [2]F
		for k, size := range []int{60, 7} {
			src, err := s.source(conform.Rows{N: 60, Batch: size, Seed: 4})
			if err != nil {
				return err
			}
			folds[k] = s.newFold()
			changed := dataset.Map(src, src.Schema(), func(_ context.Context, b dataset.Batch) (dataset.Batch, error) { return g.change(b) })
			if err := s.observe(ctx, folds[k], changed, nil); err != nil {
				return fmt.Errorf("columns of %s: %w", g.what, err)
			}
		}
		if err := s.traits.Near(folds[0], folds[1]); err != nil {
			return fmt.Errorf("columns of %s: %w", g.what, err)
		}
	}
	return nil
}

// replaced returns b with the chosen columns made anew, cell by cell.
func replaced(mem memory.Allocator, b dataset.Batch, chosen func(dataset.Field) bool, appendTo func(array.Builder)) (dataset.Batch, error) {
	columns := slices.Clone(b.Record().Columns())
	for j, f := range b.Schema().Fields() {
		if !chosen(f) {
			continue
		}
		dt, err := f.Type.Arrow()
		if err != nil {
			return dataset.Batch{}, err
		}
		to := array.NewBuilder(mem, dt)
		defer to.Release()
		for range b.NumRows() {
			appendTo(to)
		}
		columns[j] = to.NewArray()
		defer columns[j].Release()
	}
	return dataset.NewBatch(b.Schema(), columns, b.NumRows())
}

func (s *folding[F]) codes(ctx context.Context) error {
	coded := usual()
	coded.PlainText = false
	want, err := s.fold(ctx, usual())
	if err != nil {
		return err
	}
	got, err := s.fold(ctx, coded)
	if err != nil {
		return err
	}
	return s.traits.Same(want, got)
}

func (s *folding[F]) slices(ctx context.Context) error {
	long := usual()
	long.N, long.Batch = 700, 700
	src, err := s.source(long)
	if err != nil {
		return err
	}
	want, err := s.fold(ctx, usual())
	if err != nil {
		return err
	}
	got := s.newFold()
	for b, err := range src.Batches(ctx) {
		if err != nil {
			return err
		}
		part := b.Slice(0, 600)
		err := got.Observe(part)
		part.Release()
		if err != nil {
			return err
		}
	}
	if err := s.traits.Same(want, got); err != nil {
		return fmt.Errorf("the first rows of a batch: %w", err)
	}
	return s.offset(ctx, src)
}

// offset compares the last rows of a batch as a slice of it with the same rows in buffers of their own.
func (s *folding[F]) offset(ctx context.Context, src dataset.Source) error {
	for b, err := range src.Batches(ctx) {
		if err != nil {
			return err
		}
		part := b.Slice(101, b.NumRows())
		defer part.Release()
		rows := make([]int32, part.NumRows())
		for i := range rows {
			rows[i] = int32(101 + i)
		}
		own, err := dataset.Take(s.mem, b, rows)
		if err != nil {
			return err
		}
		defer own.Release()
		want, got := s.newFold(), s.newFold()
		if err := errors.Join(want.Observe(own), got.Observe(part)); err != nil {
			return err
		}
		if err := s.traits.Same(want, got); err != nil {
			return fmt.Errorf("the last rows of a batch: %w", err)
		}
	}
	return nil
}

// borrowed overwrites each batch once it was observed, the same texts coming again in the next.
func (s *folding[F]) borrowed(ctx context.Context) error {
	for _, plain := range []bool{true, false} {
		r := usual()
		r.Batch, r.PlainText = 200, plain
		want, err := s.fold(ctx, r)
		if err != nil {
			return err
		}
		src, err := s.source(r)
		if err != nil {
			return err
		}
		got := s.newFold()
		if err := s.observe(ctx, got, src, conform.Scribble); err != nil {
			return err
		}
		if err := s.traits.Same(want, got); err != nil {
			return fmt.Errorf("after the batches were overwritten: %w", err)
		}
	}
	return nil
}

func (s *folding[F]) unchanged(ctx context.Context) error {
	src, err := s.source(conform.Rows{N: 400, Batch: 150, Seed: 5})
	if err != nil {
		return err
	}
	return conform.Unchanged(ctx, src, func() error { return s.observe(ctx, s.newFold(), src, nil) })
}

// apart folds the same batches on several goroutines at once, each to a fold of its own.
func (s *folding[F]) apart(ctx context.Context) error {
	src, err := s.source(conform.Rows{N: 400, Batch: 100, Seed: 6})
	if err != nil {
		return err
	}
	want := s.newFold()
	if err := s.observe(ctx, want, src, nil); err != nil {
		return err
	}
	folds, errs := make([]F, 4), make([]error, 4)
	var wait sync.WaitGroup
	for k := range folds {
		wait.Go(func() {
			folds[k] = s.newFold()
			errs[k] = s.observe(ctx, folds[k], src, nil)
		})
	}
	wait.Wait()
	for k, f := range folds {
		if k > 0 { // Same may use a fold up
			want = s.newFold()
			errs = append(errs, s.observe(ctx, want, src, nil))
		}
		errs = append(errs, s.traits.Same(want, f))
	}
	return errors.Join(errs...)
}

// schema shows the fold batches without a column, with another name, and with another type.
func (s *folding[F]) schema(ctx context.Context) error {
	for _, f := range s.traits.Schema.Fields() {
		others := map[string]func() (*dataset.Schema, error){
			"no column": func() (*dataset.Schema, error) { return s.traits.Schema.Without(f.Name) },
			"another type of column": func() (*dataset.Schema, error) {
				other := dataset.Field{Name: f.Name, Type: dataset.Utf8, Nullable: true}
				if f.Type.IsText() {
					other.Type = dataset.Float64
				}
				return s.traits.Schema.With(other)
			},
		}
		for what, make := range others {
			schema, err := make()
			if err != nil {
				return err
			}
			src, err := s.sourceOf(schema, conform.Rows{N: 10, Batch: 10, Seed: 8})
			if err != nil {
				return err
			}
			err = s.observe(ctx, s.newFold(), src, nil)
			if err := conform.WantError(fmt.Sprintf("%s %q", what, f.Name), err, dataset.ErrSchema); err != nil {
				return err
			}
		}
	}
	return nil
}

// memory compares what is alive with a fold of some rows and with one of ten times as many.
func (s *folding[F]) memory(ctx context.Context) error {
	const rows = 6000
	sizes := make([]int64, 2)
	for k, n := range []int{rows, 10 * rows} {
		src, err := s.source(conform.Rows{N: n, Batch: rows, Seed: 9, Distinct: true, PlainText: true})
		if err != nil {
			return err
		}
		before := conform.Live()
		f := s.newFold()
		if err := s.observe(ctx, f, src, nil); err != nil {
			return err
		}
		sizes[k] = conform.Live() - before
		runtime.KeepAlive(f)
		runtime.KeepAlive(src)
	}
	if grown := sizes[1] - sizes[0]; grown > int64(s.traits.MaxGrowth) {
		return fmt.Errorf("a fold of %d rows is %d bytes larger than one of %d, want at most %d", 10*rows, grown, rows, s.traits.MaxGrowth)
	}
	return nil
}

// ends lets runs fail and be cancelled before their end and on their way, and compares a run before with one after.
func (s *folding[F]) ends(ctx context.Context) error {
	src, err := s.source(conform.Rows{N: 1000, Batch: 100, Seed: 10})
	if err != nil {
		return err
	}
	want, err := s.run(ctx, src, 2)
	if err != nil {
		return err
	}
	broken := errors.New("the line is broken")
	_, err = s.run(ctx, &conform.Watched{Source: src, Err: broken}, 2)
	if err := conform.WantError("run over a source that fails", err, broken); err != nil {
		return err
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	_, err = s.run(cancelled, src, 2)
	if err := conform.WantError("run under a cancelled context", err, context.Canceled); err != nil {
		return err
	}
	onItsWay, cancel := context.WithCancel(ctx)
	defer cancel()
	_, err = s.run(onItsWay, &conform.Watched{Source: src, Before: func(at int) {
		if at == 3 {
			cancel()
		}
	}}, 2)
	if err := conform.WantError("run that is cancelled on its way", err, context.Canceled); err != nil {
		return err
	}
	got, err := s.run(ctx, src, 2)
	if err != nil {
		return err
	}
	return s.traits.Same(want, got)
}

// binary sends a fold through its binary form, and cut forms to a new fold, which must refuse them.
func (s *folding[F]) binary(ctx context.Context) error {
	want, err := s.fold(ctx, usual())
	if err != nil {
		return err
	}
	form, err := marshalled(want)
	if err != nil {
		return err
	}
	got := s.newFold()
	if err := unmarshal(got, form); err != nil {
		return fmt.Errorf("read the binary form: %w", err)
	}
	second, err := marshalled(got)
	if err != nil {
		return err
	}
	if !bytes.Equal(form, second) {
		return errors.New("what was read has another binary form")
	}
	for _, n := range []int{0, 1, len(form) / 2, len(form) - 1} {
		if err := unmarshal(s.newFold(), form[:n]); err == nil {
			return fmt.Errorf("the first %d of %d bytes are read as a whole", n, len(form))
		}
	}
	for _, f := range []F{want, got} {
		more, err := s.fold(ctx, conform.Rows{N: 100, Batch: 100, Seed: 11})
		if err != nil {
			return err
		}
		if err := f.Merge(more); err != nil {
			return fmt.Errorf("merge with what was read: %w", err)
		}
	}
	return s.traits.Same(want, got)
}

func marshalled[F any](f F) ([]byte, error) {
	m, ok := any(f).(encoding.BinaryMarshaler)
	if !ok {
		return nil, fmt.Errorf("%T has no binary form", f)
	}
	return m.MarshalBinary()
}

func unmarshal[F any](f F, form []byte) error {
	m, ok := any(f).(encoding.BinaryUnmarshaler)
	if !ok {
		return fmt.Errorf("%T does not read a binary form", f)
	}
	return m.UnmarshalBinary(slices.Clone(form))
}
