package synthetic

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/validate"
)

// maxRows keeps row numbers in what a float64 counts.
const maxRows = 1 << 40

// Options says what rows look like within their rules. The zero value is ready to use.
type Options struct {
	Seed uint64
	// Profile gives each column that it has the profile's share of nulls (where the schema allows any), its quantiles between the tails that a Validator's guard knows, and the shares of the values that it lists.
	// Rules of the schema come first. nil is none: values are spread evenly over their bounds.
	Profile   *validate.Profile
	NullShare float64          // of the values of columns that allow nulls and that Profile has not, in [0, 1]; 0 is 0.05
	NoNulls   bool             // no nulls, whatever NullShare and Profile say
	Unique    []string         // columns in which no value comes twice, of any type but lists, structs and JSON; nil is those with the role of key that can be, an empty slice none
	MaxRepeat int              // how often the repeated part of a pattern comes at most, beyond what the pattern wants; 0 is 8
	BatchRows int              // rows of a batch; 0 is dataset.ChunkRows
	Allocator memory.Allocator // for the batches; nil is Go's
}

// Rows is a source of rows that keep the rules of their schema. It is immutable and safe for concurrent use, also by several ranges at once.
type Rows struct {
	schema  *dataset.Schema
	n       int64
	options Options
	columns []*column
}

// New returns n rows of s: types, bounds, categories, patterns, nulls where they are allowed. A column without bounds has numbers from −1,000 to 1,000, and dates and times from 2000 to 2029; a
// bound on one side only moves that range, and a column without repeats has a wider one where it must. Texts are words, those of a pattern what it matches; dates and times lie in the years 1 to 9999, so that files of text hold them. There is no NaN and
// no infinity. A column without repeats is drawn here once, and
// but for whole numbers holds 4 bytes for each row.
//
// Errors: *dataset.OptionError, joined, for options out of range; *dataset.SchemaError, joined, for a column that no value can keep the rules of, for which no text that its pattern matches was found, which has fewer
// values than a column without repeats needs, or which the profile has with another class of type.
func New(s *dataset.Schema, n int64, o Options) (*Rows, error) {
	if err := o.check(s, n); err != nil {
		return nil, fmt.Errorf("synthetic: new: %w", err)
	}
	if o.MaxRepeat == 0 {
		o.MaxRepeat = 8
	}
	if o.BatchRows == 0 {
		o.BatchRows = dataset.ChunkRows
	}
	if o.Allocator == nil {
		o.Allocator = memory.DefaultAllocator
	}
	r := &Rows{schema: s, n: n, options: o}
	var errs []error
	for _, f := range s.Fields() {
		c, err := newColumn(f, &r.options)
		if err == nil && o.unique(f) {
			err = c.withoutRepeats(n)
		}
		if err != nil {
			errs = append(errs, err)
		}
		r.columns = append(r.columns, c)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("synthetic: new: %w", err)
	}
	return r, nil
}

func (o *Options) check(s *dataset.Schema, n int64) error {
	var errs []error
	refuse := func(field, value, want string) {
		errs = append(errs, &dataset.OptionError{Field: "synthetic." + field, Value: value, Want: want})
	}
	if n < 0 || n > maxRows {
		refuse("New.n", fmt.Sprint(n), fmt.Sprintf("0 to %d", int64(maxRows)))
	}
	if !(o.NullShare >= 0 && o.NullShare <= 1) {
		refuse("Options.NullShare", fmt.Sprint(o.NullShare), "a share in [0, 1]")
	}
	if o.MaxRepeat < 0 || o.MaxRepeat > 1000 {
		refuse("Options.MaxRepeat", fmt.Sprint(o.MaxRepeat), "0 to 1000")
	}
	if o.BatchRows < 0 {
		refuse("Options.BatchRows", fmt.Sprint(o.BatchRows), "0 or more")
	}
	for _, name := range o.Unique {
		if f, ok := s.Lookup(name); !ok || !canBeUnique(f) {
			refuse("Options.Unique", fmt.Sprintf("%q", name), "the name of a column of numbers, dates, times, texts or bytes")
		}
	}
	return errors.Join(errs...)
}

func canBeUnique(f dataset.Field) bool {
	c := f.Type.Class()
	return c >= dataset.ClassBool && c <= dataset.ClassText || c == dataset.ClassBinary
}

func (o *Options) unique(f dataset.Field) bool {
	if o.Unique == nil {
		return f.Role == dataset.Key && canBeUnique(f)
	}
	return slices.Contains(o.Unique, f.Name)
}

// Schema implements dataset.Source: it is the schema that New was given.
func (r *Rows) Schema() *dataset.Schema { return r.schema }

// NumRows returns the number of rows.
func (r *Rows) NumRows() int64 { return r.n }

// Batches implements dataset.Source.
func (r *Rows) Batches(ctx context.Context) iter.Seq2[dataset.Batch, error] {
	parts := make([]part, len(r.columns))
	for i, c := range r.columns {
		parts[i] = part{typ: c.field.Type, cell: c.at, column: c}
		if c.nested() {
			parts[i].nested = c
		}
	}
	return r.batches(ctx, r.schema, parts)
}

// part makes one column of a batch.
type part struct {
	typ    dataset.Type
	cell   func(d *draw, row int64) cell
	column *column              // whose cells they are; nil for words
	nested *column              // in place of cell: bytes, lists and structs, which the builder takes value by value
	isNull func(row int64) bool // beside nested: where a null is planted; nil is nowhere
}

func (r *Rows) batches(ctx context.Context, s *dataset.Schema, parts []part) iter.Seq2[dataset.Batch, error] {
	return func(yield func(dataset.Batch, error) bool) {
		d := newDraw()
		for from := int64(0); from < r.n; from += int64(r.options.BatchRows) {
			err := ctx.Err()
			if err == nil {
				var b dataset.Batch
				if b, err = r.batch(ctx, s, parts, d, from); err == nil {
					more := yield(b, nil)
					b.Release()
					if !more {
						return
					}
					continue
				}
			}
			yield(dataset.Batch{}, fmt.Errorf("synthetic: batches: %w", err))
			return
		}
	}
}

// batch makes the rows of the batch that begins with one. The caller owns it.
func (r *Rows) batch(ctx context.Context, s *dataset.Schema, parts []part, d *draw, from int64) (dataset.Batch, error) {
	to := min(r.n, from+int64(r.options.BatchRows))
	columns := make([]arrow.Array, len(parts))
	defer func() {
		for _, c := range columns {
			if c != nil {
				c.Release()
			}
		}
	}()
	for i, p := range parts {
		if err := ctx.Err(); err != nil {
			return dataset.Batch{}, err
		}
		c, err := p.array(r.options.Allocator, d, from, to)
		if err != nil {
			return dataset.Batch{}, err
		}
		columns[i] = c
	}
	return dataset.NewBatch(s, columns, int(to-from))
}

func (p part) array(mem memory.Allocator, d *draw, from, to int64) (arrow.Array, error) {
	dt, err := p.typ.Arrow()
	if err != nil {
		return nil, err
	}
	b := array.NewBuilder(mem, dt)
	defer b.Release()
	b.Reserve(int(to - from))
	for row := from; row < to; row++ {
		switch {
		case p.nested != nil && p.isNull != nil && p.isNull(row):
			b.AppendNull()
			continue
		case p.nested != nil:
			p.nested.appendAt(b, d, row)
			continue
		}
		if err := appendCell(b, p.typ, p.column, p.cell(d, row)); err != nil {
			return nil, err
		}
	}
	return b.NewArray(), nil
}
