package stream

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
)

// Options says how a feed becomes batches. The zero value gives full batches, without a watermark.
type Options struct {
	BatchRows  int           // most rows of a batch; 0 is dataset.ChunkRows
	BatchBytes int           // records beyond which a batch ends, in bytes; 0 is 64 MiB; not for structs
	FlushEvery time.Duration // longest time that a row waits for its batch to fill; 0 waits until it is full or the feed ends
	EventTime  string        // column with the time of the event, a timestamp or a date; empty keeps no watermark
	Lateness   time.Duration // how far behind the latest event a row may be before it is late
	Late       Late          // what happens to late rows; the zero value counts them and lets them pass
	Resume     Token         // where to begin: behind the rows of the source that gave the token

	// OnBad is called for a record that does not decode, with its number in the feed, from 1. When it returns nil the record is counted and left out, else the range ends
	// with its error. nil ends the range at the first.
	OnBad func(record int64, err error) error

	// AfterFunc calls f once when d is over, unless stop is called before; nil is time.AfterFunc. It is FlushEvery's clock.
	AfterFunc func(d time.Duration, f func()) (stop func() bool)

	Allocator memory.Allocator // for the batches; nil is Go's
}

// Late is what happens to late rows. They are counted in each case.
type Late uint8

// The policies.
const (
	LatePass  Late = iota // they are rows as others
	LateDrop              // they are left out
	LateError             // the range ends with ErrLate
)

// ErrLate says that a row lies before the watermark and Options.Late is LateError.
var ErrLate = errors.New("later than allowed")

func (o Options) check(s *dataset.Schema, resumes bool) (Options, error) {
	var errs []error
	bad := func(field, value, want string) {
		errs = append(errs, &dataset.OptionError{Field: "stream.Options." + field, Value: value, Want: want})
	}
	for _, n := range []struct {
		name  string
		value *int
		zero  int
	}{{"BatchRows", &o.BatchRows, dataset.ChunkRows}, {"BatchBytes", &o.BatchBytes, 64 << 20}} {
		if *n.value < 0 {
			bad(n.name, strconv.Itoa(*n.value), "0 or more")
		} else if *n.value == 0 {
			*n.value = n.zero
		}
	}
	if o.FlushEvery < 0 {
		bad("FlushEvery", o.FlushEvery.String(), "0 or more")
	}
	if o.Lateness < 0 {
		bad("Lateness", o.Lateness.String(), "0 or more")
	}
	if o.Late > LateError {
		bad("Late", strconv.Itoa(int(o.Late)), "a known policy")
	}
	if f, ok := s.Lookup(o.EventTime); o.EventTime != "" && (!ok || f.Type.Class() != dataset.ClassTime && f.Type.Class() != dataset.ClassDate) {
		bad("EventTime", strconv.Quote(o.EventTime), "a column of the schema that is a timestamp or a date")
	}
	if o.EventTime == "" && (o.Lateness != 0 || o.Late != LatePass) {
		bad("EventTime", "none", "a column by which rows are late")
	}
	if o.Resume.position != "" && !resumes {
		bad("Resume", "a token", "none for a feed that cannot be taken up")
	}
	if o.Resume.position == "" && o.Resume.rows > 0 {
		bad("Resume", "a token without a position", "one of a feed that can be taken up")
	}
	if o.AfterFunc == nil {
		o.AfterFunc = func(d time.Duration, f func()) func() bool { return time.AfterFunc(d, f).Stop }
	}
	if o.Allocator == nil {
		o.Allocator = memory.DefaultAllocator
	}
	return o, errors.Join(errs...)
}

// Source is a feed as batches. It is ranged once, by one goroutine; Token may be called by others meanwhile.
type Source struct {
	schema *dataset.Schema
	o      Options
	used   atomic.Bool
	each   func(ctx context.Context, yield func(dataset.Batch, error) bool)

	mu    sync.Mutex
	token Token
}

// New returns the source of a feed of structs, under dataset.SchemaOf[T]. It errors with *dataset.OptionError for bad options and with what SchemaOf errors with.
func New[T any](f Feed[T], o Options) (*Source, error) {
	schema, err := dataset.SchemaOf[T]()
	if err != nil {
		return nil, fmt.Errorf("stream: new: %w", err)
	}
	return newSource(f, schema, o, func(s *Source) reader[T] {
		return reader[T]{
			size: func(T) int { return 0 },
			decode: func(ctx context.Context, values []T) (dataset.Batch, int64, error) {
				b, err := structBatch(ctx, values, s.o.Allocator)
				return b, 0, err
			},
		}
	})
}

// NewRecords returns the source of a feed of records, which d turns into rows. Errors are those of New.
func NewRecords(f Feed[[]byte], d Decoder, o Options) (*Source, error) {
	return newSource(f, d.Schema(), o, func(s *Source) reader[[]byte] {
		return reader[[]byte]{size: func(r []byte) int { return len(r) }, decode: (&sieve{d: d, s: s}).decode}
	})
}

func newSource[T any](f Feed[T], schema *dataset.Schema, o Options, newReader func(*Source) reader[T]) (*Source, error) {
	_, resumes := f.(Resumer)
	o, err := o.check(schema, resumes)
	if w, ok := f.(waiter); ok && o.FlushEvery > 0 {
		err = errors.Join(err, w.waitAside())
	}
	if err != nil {
		return nil, fmt.Errorf("stream: new: %w", err)
	}
	s := &Source{schema: schema, o: o, token: o.Resume}
	s.each = func(ctx context.Context, yield func(dataset.Batch, error) bool) {
		r := newReader(s)
		r.s, r.feed, r.next = s, f, s.token
		r.run(ctx, yield)
	}
	return s, nil
}

// Schema implements dataset.Source.
func (s *Source) Schema() *dataset.Schema { return s.schema }

// Token returns where the source stands: behind the batch that was given last, at the end behind the whole feed, and before the first batch at Options.Resume. Call
// it in the body of the range, when the work on the batch is done.
func (s *Source) Token() Token {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.token
}

func (s *Source) setToken(t Token) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.token = t
}

// Batches implements dataset.Source.
func (s *Source) Batches(ctx context.Context) iter.Seq2[dataset.Batch, error] {
	return func(yield func(dataset.Batch, error) bool) {
		if s.used.Swap(true) {
			yield(dataset.Batch{}, fmt.Errorf("stream: read: %w", dataset.ErrConsumed))
			return
		}
		s.each(ctx, yield)
	}
}

// reader is one range over a feed.
type reader[T any] struct {
	s      *Source
	feed   Feed[T]
	size   func(T) int
	decode func(ctx context.Context, values []T) (b dataset.Batch, bad int64, err error)
	values []T
	bytes  int   // of values
	next   Token // behind values
}

func (r *reader[T]) run(ctx context.Context, yield func(dataset.Batch, error) bool) {
	stopped := false
	err := r.read(ctx, func(b dataset.Batch) bool {
		stopped = !yield(b, nil)
		return !stopped
	})
	if c, ok := r.feed.(io.Closer); ok {
		if e := c.Close(); err == nil {
			err = e
		}
	}
	if err != nil && !stopped {
		yield(dataset.Batch{}, fmt.Errorf("stream: read: %w", err))
	}
}

func (r *reader[T]) read(ctx context.Context, emit func(dataset.Batch) bool) error {
	if at := r.next.position; at != "" {
		if resumer, ok := r.feed.(Resumer); ok { // as check has seen
			if err := resumer.Resume(ctx, at); err != nil {
				return fmt.Errorf("resume: %w", err)
			}
		}
	}
	for {
		end := r.gather(ctx)
		if err := ctx.Err(); err != nil {
			return err
		}
		b, err := r.batch(ctx)
		if err != nil {
			return err
		}
		r.s.setToken(r.next)
		if !b.IsZero() {
			more := emit(b)
			b.Release()
			if !more {
				return nil
			}
		}
		if end == io.EOF { //nolint:errorlint // as for an io.Reader: one that is wrapped is an error of another kind
			return nil
		}
		if end != nil {
			return end
		}
	}
}

// gather takes values until a batch is due. Its error, io.EOF at the end, holds for what comes behind the values.
func (r *reader[T]) gather(ctx context.Context) error {
	clear(r.values)
	r.values, r.bytes = r.values[:0], 0
	for len(r.values) == 0 {
		if err := r.take(ctx); err != nil {
			return err
		}
	}
	if r.s.o.FlushEvery == 0 {
		return r.fill(ctx)
	}
	flush, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := r.s.o.AfterFunc(r.s.o.FlushEvery, cancel)
	defer stop()
	err := r.fill(flush)
	if errors.Is(err, context.Canceled) && flush.Err() != nil && ctx.Err() == nil {
		return nil
	}
	return err
}

func (r *reader[T]) fill(ctx context.Context) error {
	for len(r.values) < r.s.o.BatchRows && r.bytes < r.s.o.BatchBytes {
		if err := r.take(ctx); err != nil {
			return err
		}
	}
	return nil
}

// take adds the next values.
func (r *reader[T]) take(ctx context.Context) error {
	limit := r.s.o.BatchRows - len(r.values)
	values, at, err := r.feed.Next(ctx, limit)
	if err != nil {
		return err
	}
	if err := at.check(); err != nil {
		return err
	}
	if len(values) > limit {
		return fmt.Errorf("feed: want at most %d values, got %d: %w", limit, len(values), dataset.ErrLimit)
	}
	r.next.position = at
	r.next.rows += int64(len(values))
	r.values = append(r.values, values...)
	for _, v := range values {
		r.bytes += r.size(v)
	}
	return nil
}

// batch returns the values as a batch, the zero one when no row is left.
func (r *reader[T]) batch(ctx context.Context) (dataset.Batch, error) {
	if len(r.values) == 0 {
		return dataset.Batch{}, nil
	}
	b, bad, err := r.decode(ctx, r.values)
	if err != nil {
		return dataset.Batch{}, err
	}
	r.next.bad += bad
	if b.IsZero() {
		return b, nil
	}
	return r.s.watch(b, &r.next)
}

// sieve decodes records and finds the bad ones.
type sieve struct {
	d Decoder
	s *Source
}

func (v *sieve) decode(ctx context.Context, records [][]byte) (dataset.Batch, int64, error) {
	first := v.s.Token().rows
	b, err := v.try(ctx, records)
	if err == nil {
		return b, 0, nil
	}
	if v.s.o.OnBad == nil || ctx.Err() != nil {
		return dataset.Batch{}, 0, relocate(err, first)
	}
	good, err := v.sift(ctx, records, first, nil)
	if err != nil || len(good) == 0 {
		return dataset.Batch{}, int64(len(records)), err
	}
	b, err = v.try(ctx, good)
	return b, int64(len(records) - len(good)), err
}

// try wants a row for each record.
func (v *sieve) try(ctx context.Context, records [][]byte) (dataset.Batch, error) {
	b, err := v.d.Decode(ctx, records, v.s.o.Allocator)
	if err != nil {
		return dataset.Batch{}, err
	}
	if n := b.NumRows(); n != len(records) || !b.Schema().Equal(v.s.schema) {
		b.Release()
		return dataset.Batch{}, fmt.Errorf("decode: %w", &dataset.SchemaError{Want: fmt.Sprintf("%d rows of the decoder's schema", len(records)), Got: fmt.Sprintf("%d rows", n)})
	}
	return b, nil
}

// sift appends to good the records that decode, of which the first is the one behind the first of the feed.
func (v *sieve) sift(ctx context.Context, records [][]byte, first int64, good [][]byte) ([][]byte, error) {
	b, err := v.try(ctx, records)
	if err == nil {
		b.Release()
		return append(good, records...), nil
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if len(records) == 1 {
		return good, v.s.o.OnBad(first+1, relocate(err, first))
	}
	half := len(records) / 2
	if good, err = v.sift(ctx, records[:half], first, good); err != nil {
		return nil, err
	}
	return v.sift(ctx, records[half:], first+int64(half), good)
}

// relocate makes the line of an error the number of a record in the feed, of which first come before the batch.
func relocate(err error, first int64) error {
	var at *dataset.FormatError
	if !errors.As(err, &at) || at.Line == 0 {
		return err
	}
	moved := *at
	moved.Line += first
	return &moved
}
