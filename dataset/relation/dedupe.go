package relation

import (
	"context"
	"crypto/sha256"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"sync"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
)

// Keep says which of several equal rows stays.
type Keep uint8

// The choices.
const (
	KeepFirst Keep = iota // the first one; src is read once and streams
	KeepLast              // the last one; src is read twice and must give the same rows each time
)

// DedupeOptions says which rows Dedupe takes for the same. The zero value wants all columns equal and keeps the first row.
type DedupeOptions struct {
	By        []string         // columns that make two rows the same; nil is all
	Keep      Keep             // the zero value is KeepFirst
	MaxKeys   int              // most distinct rows, of about 50 bytes each; 0 is 64 million
	Allocator memory.Allocator // for the batches; nil is Go's
}

// Ledger counts what a range has left out.
type Ledger struct {
	Rows int64 // rows that were read
	Kept int64 // rows that were passed on; the others were left out
}

// Deduped is a source without repeated rows.
type Deduped struct {
	src dataset.Source
	run func(ctx context.Context, d *Deduped, yield func(dataset.Batch, error) bool) (Ledger, error)

	mu     sync.Mutex
	ledger Ledger
}

// Dedupe returns the rows of src without those that are equal to another one, in src's order. Nulls are equal to each other here, NaN to NaN, and 0 to -0; a null is not NaN. The encoding
// of a text does not matter.
//
// Rows are told apart by the first 16 bytes of a SHA-256 of the columns in By, so that a row is lost by mistake with a probability below n²/2^129 for n distinct rows, 2e-21 for a thousand million,
// and nobody can make up two rows that collide. It holds about 50 bytes for each distinct row; with more than MaxKeys of them a range ends with dataset.ErrLimit. It can be ranged as
// often, and as concurrently, as src. It errors with ErrSchema for a column that src lacks and with *dataset.OptionError for bad options.
func Dedupe(src dataset.Source, o DedupeOptions) (*Deduped, error) {
	switch {
	case o.Keep > KeepLast:
		return nil, fmt.Errorf("relation: dedupe: %w", &dataset.OptionError{Field: "relation.DedupeOptions.Keep", Value: strconv.Itoa(int(o.Keep)), Want: "a known choice"})
	case o.MaxKeys < 0:
		return nil, fmt.Errorf("relation: dedupe: %w", &dataset.OptionError{Field: "relation.DedupeOptions.MaxKeys", Value: strconv.Itoa(o.MaxKeys), Want: "0 or more"})
	case o.MaxKeys == 0:
		o.MaxKeys = 64_000_000
	}
	if o.By == nil {
		o.By = src.Schema().Names()
	}
	if _, err := src.Schema().Select(o.By...); err != nil {
		return nil, fmt.Errorf("relation: dedupe: %w", err)
	}
	f := o.keepFirst
	if o.Keep == KeepLast {
		f = o.keepLast
	}
	return &Deduped{src: src, run: f}, nil
}

// Schema implements dataset.Source.
func (d *Deduped) Schema() *dataset.Schema { return d.src.Schema() }

// Ledger returns the counts of the range that came to its end last, zeros before the first. It is safe for concurrent use.
func (d *Deduped) Ledger() Ledger {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.ledger
}

// Batches implements dataset.Source.
func (d *Deduped) Batches(ctx context.Context) iter.Seq2[dataset.Batch, error] {
	return func(yield func(dataset.Batch, error) bool) {
		stopped := false
		l, err := d.run(ctx, d, func(b dataset.Batch, err error) bool {
			stopped = !yield(b, err)
			return !stopped
		})
		switch {
		case stopped:
		case err != nil:
			yield(dataset.Batch{}, err)
		default:
			d.mu.Lock()
			d.ledger = l
			d.mu.Unlock()
		}
	}
}

// rowDigest is the beginning of a digest of the columns of a row.
type rowDigest [16]byte

// eachDigest passes on the digest of each row of b.
func (o DedupeOptions) eachDigest(b dataset.Batch, f func(i int, d rowDigest) error) error {
	keys, err := rowsOf(b, o.By)
	if err != nil {
		return fmt.Errorf("relation: dedupe: %w", err)
	}
	for i := range b.NumRows() {
		key, _ := keys.at(i)
		sum := sha256.Sum256(key)
		if err := f(i, rowDigest(sum[:16])); err != nil {
			return err
		}
	}
	return nil
}

func (o DedupeOptions) full() error {
	return fmt.Errorf("relation: dedupe: more than %d distinct rows: %w", o.MaxKeys, dataset.ErrLimit)
}

// passOn yields the rows of b that are kept.
func passOn(mem memory.Allocator, b dataset.Batch, keep []bool, yield func(dataset.Batch, error) bool) (more bool, err error) {
	out, err := keepOnly(mem, b, keep)
	if err != nil || out.IsZero() {
		return err == nil, err
	}
	defer out.Release()
	return yield(out, nil), nil
}

func (o DedupeOptions) keepFirst(ctx context.Context, d *Deduped, yield func(dataset.Batch, error) bool) (l Ledger, err error) {
	met := make(map[rowDigest]struct{})
	var keep []bool
	for b, err := range d.src.Batches(ctx) {
		if err != nil {
			return l, err
		}
		keep = slices.Grow(keep[:0], b.NumRows())[:b.NumRows()]
		err = o.eachDigest(b, func(i int, row rowDigest) error {
			before := len(met)
			met[row] = struct{}{}
			if keep[i] = len(met) > before; keep[i] {
				l.Kept++
			}
			if len(met) > o.MaxKeys {
				return o.full()
			}
			return nil
		})
		if err != nil {
			return l, err
		}
		l.Rows += int64(b.NumRows())
		if more, err := passOn(o.Allocator, b, keep, yield); !more {
			return l, err
		}
	}
	return l, nil
}

func (o DedupeOptions) keepLast(ctx context.Context, d *Deduped, yield func(dataset.Batch, error) bool) (l Ledger, err error) {
	narrow, err := dataset.Select(ctx, d.src, o.By...)
	if err != nil {
		return l, err
	}
	last := make(map[rowDigest]int64) // the number of the last row
	rows := int64(0)
	for b, err := range narrow.Batches(ctx) {
		if err == nil {
			err = o.eachDigest(b, func(_ int, row rowDigest) error {
				last[row] = rows
				rows++
				if len(last) > o.MaxKeys {
					return o.full()
				}
				return nil
			})
		}
		if err != nil {
			return l, err
		}
	}
	var keep []bool
	for b, err := range d.src.Batches(ctx) {
		if err != nil {
			return l, err
		}
		keep = slices.Grow(keep[:0], b.NumRows())[:b.NumRows()]
		err = o.eachDigest(b, func(i int, row rowDigest) error {
			if keep[i] = last[row] == l.Rows; keep[i] {
				l.Kept++
			}
			l.Rows++
			return nil
		})
		if err != nil {
			return l, err
		}
		if more, err := passOn(o.Allocator, b, keep, yield); !more {
			return l, err
		}
	}
	if l.Rows != rows || l.Kept != int64(len(last)) {
		return l, fmt.Errorf("relation: dedupe: %w", &dataset.SchemaError{Want: "a source with the same rows each time it is read", Got: "others"})
	}
	return l, nil
}
