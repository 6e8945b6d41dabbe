package datasettest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
)

type row struct {
	A int64
	B *string `ml:"type=dictionary"`
	C float64
}

func rows() []row {
	names := []string{"x", "y"}
	out := make([]row, 100)
	for i := range out {
		out[i] = row{A: int64(i), C: float64(i) / 3}
		if i%3 > 0 {
			out[i].B = &names[i%2]
		}
	}
	return out
}

func honest(mem memory.Allocator) (dataset.Source, error) {
	return dataset.FromStructs(rows(), dataset.StructsOptions{BatchRows: 7, Allocator: mem})
}

func TestHonestSources(t *testing.T) {
	traits := SourceTraits{Rows: 100}
	t.Run("structs", func(t *testing.T) { TestSource(t, traits, honest) })
	t.Run("cache", func(t *testing.T) {
		TestSource(t, traits, func(mem memory.Allocator) (dataset.Source, error) {
			src, err := honest(mem)
			if err != nil {
				return nil, err
			}
			return dataset.Cache(t.Context(), src)
		})
	})
	t.Run("map", func(t *testing.T) {
		TestSource(t, traits, func(mem memory.Allocator) (dataset.Source, error) {
			src, err := honest(mem)
			if err != nil {
				return nil, err
			}
			return dataset.Map(src, src.Schema(), func(_ context.Context, b dataset.Batch) (dataset.Batch, error) { b.Retain(); return b, nil }), nil
		})
	})
	t.Run("part", func(t *testing.T) {
		a := make(dataset.Assignment, 100)
		for i := range a {
			a[i] = uint8(i % 2)
		}
		TestSource(t, SourceTraits{Rows: 50}, func(mem memory.Allocator) (dataset.Source, error) {
			src, err := honest(mem)
			if err != nil {
				return nil, err
			}
			return a.Part(src, 1), nil
		})
	})
	t.Run("one shot", func(t *testing.T) {
		TestSource(t, SourceTraits{Rows: 100, OneShot: true}, func(mem memory.Allocator) (dataset.Source, error) {
			src, err := honest(mem)
			return &planted{Source: src, ranged: func(n int, _ context.Context, yield func(dataset.Batch, error) bool) bool {
				if n > 1 {
					yield(dataset.Batch{}, dataset.ErrConsumed)
				}
				return n == 1
			}}, err
		})
	})
}

// planted is a source with a bug.
type planted struct {
	dataset.Source
	n      int
	ranged func(n int, ctx context.Context, yield func(dataset.Batch, error) bool) bool // false: it has done the range
	each   func(n, i int, b dataset.Batch) dataset.Batch
	deaf   bool // to the context
}

// Batches implements dataset.Source.
func (p *planted) Batches(ctx context.Context) iter.Seq2[dataset.Batch, error] {
	return func(yield func(dataset.Batch, error) bool) {
		p.n++
		if p.ranged != nil && !p.ranged(p.n, ctx, yield) {
			return
		}
		inner := ctx
		if p.deaf {
			inner = context.WithoutCancel(ctx)
		}
		i := 0
		for b, err := range p.Source.Batches(inner) {
			if i++; err == nil && p.each != nil {
				b = p.each(p.n, i, b)
			}
			if !yield(b, err) {
				return
			}
		}
	}
}

// freed yields batches over memory that it gives back when the next one is asked for, whoever holds them.
type freed struct {
	schema *dataset.Schema
	mem    memory.Allocator
}

// Schema implements dataset.Source.
func (f freed) Schema() *dataset.Schema { return f.schema }

// Batches implements dataset.Source.
func (f freed) Batches(context.Context) iter.Seq2[dataset.Batch, error] {
	return func(yield func(dataset.Batch, error) bool) {
		for range 2 {
			data := f.mem.Allocate(8)
			clear(data)
			err := f.yield(data, yield)
			f.mem.Free(data)
			if err != nil {
				return
			}
		}
	}
}

func (f freed) yield(data []byte, yield func(dataset.Batch, error) bool) error {
	d := array.NewData(arrow.PrimitiveTypes.Int64, 1, []*memory.Buffer{nil, memory.NewBufferBytes(data)}, nil, 0, 0)
	defer d.Release()
	column := array.NewInt64Data(d)
	defer column.Release()
	b, err := dataset.NewBatch(f.schema, []arrow.Array{column}, 1)
	if err != nil {
		return err
	}
	defer b.Release()
	if !yield(b, nil) {
		return errors.New("left")
	}
	return nil
}

// stuck is a source that hangs behind its first batch, whatever its context says.
type stuck struct {
	dataset.Source
	until chan struct{}
}

// Batches implements dataset.Source.
func (s stuck) Batches(ctx context.Context) iter.Seq2[dataset.Batch, error] {
	return func(yield func(dataset.Batch, error) bool) {
		for b, err := range s.Source.Batches(ctx) {
			if !yield(b, err) {
				return
			}
			<-s.until
		}
	}
}

func TestARangeThatHangsIsFound(t *testing.T) {
	src, err := honest(memory.DefaultAllocator)
	if err != nil {
		t.Fatal(err)
	}
	until := make(chan struct{})
	defer close(until)
	err = atOnce(t.Context(), &subject{src: stuck{src, until}, traits: SourceTraits{Rows: 100}, patience: 20 * time.Millisecond})
	if err == nil || !strings.Contains(err.Error(), "the range goes on 20ms after") {
		t.Errorf("got %v", err)
	}
}

// crooked is a Scanner that gives the columns in the file's order.
type crooked struct{ dataset.Source }

// Scan implements dataset.Scanner.
func (c crooked) Scan(_ context.Context, o dataset.ScanOptions) (dataset.Source, error) {
	var names []string
	for _, n := range c.Schema().Names() {
		for _, want := range o.Columns {
			if n == want {
				names = append(names, n)
			}
		}
	}
	return dataset.ScanBatches(c.Source, dataset.ScanOptions{Columns: names})
}

// reused yields batches over one memory, which the next batch overwrites.
type reused struct{ schema *dataset.Schema }

// Schema implements dataset.Source.
func (r reused) Schema() *dataset.Schema { return r.schema }

// Batches implements dataset.Source.
func (r reused) Batches(context.Context) iter.Seq2[dataset.Batch, error] {
	return func(yield func(dataset.Batch, error) bool) {
		data := memory.NewBufferBytes(make([]byte, 8))
		for i := range 2 {
			data.Bytes()[0] = byte(i)
			d := array.NewData(arrow.PrimitiveTypes.Int64, 1, []*memory.Buffer{nil, data}, nil, 0, 0)
			column := array.NewInt64Data(d)
			b, err := dataset.NewBatch(r.schema, []arrow.Array{column}, 1)
			column.Release()
			d.Release()
			if err != nil {
				yield(dataset.Batch{}, err)
				return
			}
			more := yield(b, nil)
			b.Release()
			if !more {
				return
			}
		}
	}
}

func plant(p *planted) opener {
	return func(mem memory.Allocator) (dataset.Source, error) {
		src, err := honest(mem)
		fresh := *p
		fresh.Source = src
		return &fresh, err
	}
}

func TestPlantedBugsAreFound(t *testing.T) {
	drop := plant(&planted{ranged: func(n int, ctx context.Context, yield func(dataset.Batch, error) bool) bool { return n == 1 }})
	deaf := plant(&planted{deaf: true})
	end := make(chan struct{})
	defer close(end)
	for _, c := range []struct {
		check  string
		traits SourceTraits
		open   opener
		want   string
	}{
		{"every batch", SourceTraits{Rows: 99}, honest, "want 99 rows, got 100"},
		{"every batch", SourceTraits{Rows: 100}, plant(&planted{each: func(_, i int, b dataset.Batch) dataset.Batch {
			s, err := b.Schema().With(dataset.Field{Name: "A", Type: dataset.Int64, Unit: "x"})
			if err != nil {
				return b
			}
			other, err := dataset.FromRecord(b.Record(), s)
			if err != nil {
				return b
			}
			return other
		}}), "another schema"},
		{"a second range gives", SourceTraits{Rows: 100}, drop, "want 100 rows, got 0"},
		{"a second range of a one-shot", SourceTraits{Rows: 100, OneShot: true}, honest, "a second range: got no error"},
		{"a range that is left early", SourceTraits{Rows: 100}, plant(&planted{each: func(_, _ int, b dataset.Batch) dataset.Batch { b.Retain(); return b }}), "not released"},
		{"a range that is left early", SourceTraits{Rows: 100}, plant(&planted{ranged: func(_ int, ctx context.Context, _ func(dataset.Batch, error) bool) bool {
			for range 16 { // many, since goroutines of a check before this one may end meanwhile
				go func() { <-ctx.Done() }()
			}
			return true
		}}), "goroutines are left"},
		{"a range can start again", SourceTraits{Rows: 100}, drop, "want 100 rows, got 0"},
		{"a cancelled context", SourceTraits{Rows: 101}, deaf, "want context.Canceled, got the end"},
		{"a context that ends midway", SourceTraits{Rows: 101}, deaf, "want context.Canceled, got the end"},
		{"a context that ends midway", SourceTraits{Rows: 100}, plant(&planted{ranged: func(_ int, _ context.Context, yield func(dataset.Batch, error) bool) bool {
			yield(dataset.Batch{}, errors.New("another"))
			return false
		}}), "want context.Canceled, got another"},
		{"a context that ends midway", SourceTraits{Rows: 100}, plant(&planted{ranged: func(_ int, _ context.Context, _ func(dataset.Batch, error) bool) bool {
			for range 64 {
				go func() { <-end }()
			}
			return true
		}}), "goroutines are left"},
		{"the content has one digest", SourceTraits{Rows: 100}, drop, "the digests differ"},
		{"the content has one digest", SourceTraits{Rows: 100}, plant(&planted{each: func(n, i int, b dataset.Batch) dataset.Batch {
			if n == 2 && i == 1 {
				return b.Slice(0, b.NumRows()-1)
			}
			return b
		}}), "the digests differ"},
		{"a context that ends ends the range at once", SourceTraits{Rows: 100}, deaf, "got 14 more batches"},
		{"a range can start again after one that was cancelled", SourceTraits{Rows: 100}, drop, "want 100 rows, got 0"},
		{"a batch that is retained", SourceTraits{Rows: 2}, func(mem memory.Allocator) (dataset.Source, error) {
			s, err := dataset.NewSchema(dataset.Field{Name: "a", Type: dataset.Int64})
			return freed{s, mem}, err
		}, "row 0 differs"},
		{"a batch that is retained", SourceTraits{Rows: 2}, func(memory.Allocator) (dataset.Source, error) {
			s, err := dataset.NewSchema(dataset.Field{Name: "a", Type: dataset.Int64})
			return reused{s}, err
		}, "row 0 differs"},
		{"a scan gives", SourceTraits{Rows: 100}, func(mem memory.Allocator) (dataset.Source, error) {
			src, err := honest(mem)
			return crooked{src}, err
		}, "want columns"},
		{"a fold has", SourceTraits{Rows: 100}, drop, "want 100 rows, got 0"},
	} {
		for _, check := range sourceChecks() {
			if !strings.HasPrefix(check.name, c.check) {
				continue
			}
			ctx, cancel := context.WithCancel(t.Context())
			err := check.do(ctx, c.traits, c.open)
			cancel()
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: error is %v", check.name, err)
			}
		}
	}
}

func ExampleTestSource() {
	open := func(mem memory.Allocator) (dataset.Source, error) {
		return dataset.FromStructs([]row{{A: 1}, {A: 2}}, dataset.StructsOptions{BatchRows: 1, Allocator: mem})
	}
	// In a test: datasettest.TestSource(t, datasettest.SourceTraits{Rows: 2}, open)
	src, err := open(memory.DefaultAllocator)
	fmt.Println(src.Schema().Names(), err)
	// Output: [A B C] <nil>
}

func ExampleSourceTraits() {
	fmt.Printf("%+v\n", SourceTraits{Rows: 500, OneShot: true})
	// Output: {Rows:500 OneShot:true}
}
