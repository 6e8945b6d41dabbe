package dataset

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"sync"
)

// Source gives rows as batches. Implement it for a new format or feed.
//
// Batches yields borrowed batches of Schema, in row order. An error ends the sequence: it is the last item and its Batch is zero. When ctx ends, the
// sequence ends with its error. Every goroutine and file that ranging opened is closed when the range ends, also when the caller breaks out of it. A source
// may be ranged again from the start; one that cannot yields ErrConsumed. Unless a type says more, one source is not ranged by two goroutines at once.
type Source interface {
	Schema() *Schema
	Batches(ctx context.Context) iter.Seq2[Batch, error]
}

// Scanner is a Source that can skip columns and rows while it reads. Use Scan, which works with every source.
type Scanner interface {
	Source
	Scan(ctx context.Context, o ScanOptions) (Source, error)
}

// ScanOptions says what to read. The zero value reads everything.
type ScanOptions struct {
	Columns []string    // the columns wanted, in this order; nil is all
	Filter  []Predicate // a row is wanted when all predicates hold; a null holds none
}

// Reads returns the columns that a Scanner reads for o, nil for all of them: the wanted ones, and behind them those of the filter that are not among them.
func (o ScanOptions) Reads() []string {
	if o.Columns == nil {
		return nil
	}
	names := append([]string{}, o.Columns...)
	for _, p := range o.Filter {
		if !slices.Contains(names, p.Column) {
			names = append(names, p.Column)
		}
	}
	return names
}

// Operator compares a column with a value.
type Operator uint8

// The operators.
const (
	Equal Operator = iota
	NotEqual
	Less
	LessEqual
	Greater
	GreaterEqual
)

// Predicate is one condition on one column, in value form: Value.Number for a numeric column, Value.Text for a text one.
type Predicate struct {
	Column   string
	Operator Operator
	Value    Value
}

// Sink takes batches. Write borrows its batch. What was written becomes visible, whole, at Commit; Close without Commit leaves what was there before. Close is
// idempotent, and a deferred Close after a Commit does nothing. After a Write that failed nothing can be committed any more. Not safe for concurrent use.
type Sink interface {
	Write(ctx context.Context, b Batch) error
	Commit(ctx context.Context) error
	Close() error
}

// Copy writes every batch of src to dst, commits, and returns the number of rows. It does not close dst. On an error nothing is committed.
func Copy(ctx context.Context, dst Sink, src Source) (rows int64, err error) {
	for b, err := range src.Batches(ctx) {
		if err != nil {
			return rows, err
		}
		if err := dst.Write(ctx, b); err != nil {
			return rows, err
		}
		rows += int64(b.NumRows())
	}
	return rows, dst.Commit(ctx)
}

// Batches is a rewindable source of batches in memory. It holds references until Close.
type Batches struct {
	schema *Schema
	list   []Batch
	once   sync.Once
}

// NewBatches returns the source of batches, all of schema s. It retains them; Close releases them. Safe for concurrent ranging.
func NewBatches(s *Schema, batches ...Batch) (*Batches, error) {
	for _, b := range batches {
		if !b.Schema().Equal(s) {
			return nil, fmt.Errorf("dataset: new batches: %w", &SchemaError{Want: "batches of one schema", Got: "another schema"})
		}
	}
	m := &Batches{schema: s, list: append([]Batch(nil), batches...)}
	for _, b := range m.list {
		b.Retain()
	}
	return m, nil
}

// Cache reads src once and keeps its batches, so that they can be ranged again. It holds the whole of src in memory until Close.
func Cache(ctx context.Context, src Source) (*Batches, error) {
	m := &Batches{schema: src.Schema()}
	for b, err := range src.Batches(ctx) {
		if err != nil {
			_ = m.Close()
			return nil, err
		}
		b.Retain()
		m.list = append(m.list, b)
	}
	return m, nil
}

// Schema implements Source.
func (m *Batches) Schema() *Schema { return m.schema }

// NumRows returns the number of rows held.
func (m *Batches) NumRows() int {
	n := 0
	for _, b := range m.list {
		n += b.NumRows()
	}
	return n
}

// Batches implements Source.
func (m *Batches) Batches(ctx context.Context) iter.Seq2[Batch, error] {
	return func(yield func(Batch, error) bool) {
		for _, b := range m.list {
			if err := ctx.Err(); err != nil {
				yield(Batch{}, fmt.Errorf("dataset: batches: %w", err))
				return
			}
			if !yield(b, nil) {
				return
			}
		}
	}
}

// Close releases the batches. It is idempotent and never fails. No range may be under way.
func (m *Batches) Close() error {
	m.once.Do(func() {
		for _, b := range m.list {
			b.Release()
		}
		m.list = nil
	})
	return nil
}

// Mapped is a source whose batches are those of another, each passed through a function.
type Mapped struct {
	src    Source
	schema *Schema
	f      func(context.Context, Batch) (Batch, error)
}

// Map returns the source that yields f(b) for every batch b of src, under schema out. f borrows b and returns a batch that Map releases once it was yielded;
// a zero batch is left out. It can be ranged as often, and as concurrently, as src and f can.
func Map(src Source, out *Schema, f func(context.Context, Batch) (Batch, error)) *Mapped {
	return &Mapped{src: src, schema: out, f: f}
}

// Schema implements Source.
func (m *Mapped) Schema() *Schema { return m.schema }

// Batches implements Source.
func (m *Mapped) Batches(ctx context.Context) iter.Seq2[Batch, error] {
	return func(yield func(Batch, error) bool) {
		for b, err := range m.src.Batches(ctx) {
			if err != nil {
				yield(Batch{}, err)
				return
			}
			out, err := m.f(ctx, b)
			if err != nil {
				yield(Batch{}, err)
				return
			}
			if out.IsZero() {
				continue
			}
			more := yield(out, nil)
			out.Release()
			if !more {
				return
			}
		}
	}
}
