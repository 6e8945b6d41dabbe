package check

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/tidewheel/tidewheel/dataset"
)

// cell appends the exact form of row i's value to dst, nothing and false for a missing one.
type cell func(dst []byte, i int) ([]byte, bool)

// cells returns the exact forms of the check's columns. Integers of all sizes, bools and floats without a fraction share one form, as do all encodings of text.
func (v *view) cells() ([]cell, error) {
	out := make([]cell, len(v.columns))
	for k := range out {
		c, err := v.cell(k)
		if err != nil {
			return nil, err
		}
		out[k] = c
	}
	return out, nil
}

func (v *view) cell(k int) (cell, error) {
	f := v.field(k)
	switch column := v.column(k).(type) {
	case *array.Int64:
		return func(dst []byte, i int) ([]byte, bool) {
			if column.IsNull(i) {
				return dst, false
			}
			return binary.BigEndian.AppendUint64(append(dst, 'i'), uint64(column.Value(i))), true
		}, nil
	case *array.Uint64:
		return func(dst []byte, i int) ([]byte, bool) {
			if column.IsNull(i) {
				return dst, false
			}
			return appendUint(dst, column.Value(i)), true
		}, nil
	case *array.Decimal128:
		return func(dst []byte, i int) ([]byte, bool) {
			if column.IsNull(i) {
				return dst, false
			}
			x := column.Value(i)
			dst = binary.BigEndian.AppendUint64(append(dst, 'd'), uint64(x.HighBits()))
			return binary.BigEndian.AppendUint64(dst, x.LowBits()), true
		}, nil
	case *array.Binary:
		return func(dst []byte, i int) ([]byte, bool) {
			if column.IsNull(i) {
				return dst, false
			}
			return appendBytes(dst, 'b', column.ValueString(i)), true
		}, nil
	}
	if f.Type.IsText() || f.Type == dataset.JSON {
		t, err := v.texts(k)
		return func(dst []byte, i int) ([]byte, bool) {
			if t.IsNull(i) {
				return dst, false
			}
			return appendBytes(dst, 's', t.Value(i)), true
		}, err
	}
	x, err := v.numbers(k)
	tag := byte('i')
	if class := f.Type.Class(); class == dataset.ClassDate {
		tag = 'D'
	} else if class == dataset.ClassTime {
		tag = 'T'
	}
	return func(dst []byte, i int) ([]byte, bool) {
		switch n := x[i]; {
		case n != n:
			return dst, false
		case n == math.Trunc(n) && math.Abs(n) < 1<<63:
			return binary.BigEndian.AppendUint64(append(dst, tag), uint64(int64(n))), true
		default:
			return binary.BigEndian.AppendUint64(append(dst, 'f'), math.Float64bits(n)), true
		}
	}, err
}

func appendUint(dst []byte, u uint64) []byte {
	tag := byte('i')
	if u > math.MaxInt64 {
		tag = 'u'
	}
	return binary.BigEndian.AppendUint64(append(dst, tag), u)
}

func appendBytes(dst []byte, tag byte, s string) []byte {
	return append(binary.AppendUvarint(append(dst, tag), uint64(len(s))), s...)
}

// keys calls f with the key of each row that misses none of its columns; the key is valid until f returns.
func (v *view) keys(f func(i int, key []byte)) error {
	cells, err := v.cells()
	if err != nil {
		return err
	}
	var buf []byte
rows:
	for i := range v.batch.NumRows() {
		buf = buf[:0]
		for _, c := range cells {
			var ok bool
			if buf, ok = c(buf, i); !ok {
				continue rows
			}
		}
		f(i, buf)
	}
	return nil
}

// Unique wants no two rows with the same values in Columns. Every row that shares its values is found, the first one too; rows that miss one of them are passed
// over, as in SQL. It holds every distinct key and some 50 bytes for each.
type Unique struct {
	Columns []string // one or more columns, compared exactly
}

func (c Unique) plan() (plan, error) {
	err := named("Unique.Columns", c.Columns...)
	if len(c.Columns) == 0 {
		err = option("Unique.Columns", "no columns", "one or more")
	}
	want := "other values in every row"
	if len(c.Columns) > 2 {
		want = "other values of " + list(c.Columns) + " in every row"
	}
	return plan{
		rule: "unique", needs: needs(key, c.Columns...), want: want, got: "values of another row",
		start: func() part { return &unique{first: make(map[string]int64)} },
	}, err
}

// unique is the first row of each key, or its complement when it was found already.
type unique struct{ first map[string]int64 }

func (u *unique) observe(v *view) error {
	return v.keys(func(i int, key []byte) {
		first, again := u.first[string(key)]
		if !again {
			u.first[string(key)] = v.row(i)
			return
		}
		v.bad(i)
		if first >= 0 {
			v.hits.add(first)
			u.first[string(key)] = ^first
		}
	})
}

func (u *unique) merge(next part, offset int64, bad *rowset) {
	for key, theirs := range as[*unique](next).first {
		mine, again := u.first[key]
		found := theirs < 0
		if found {
			theirs = ^theirs
		}
		theirs += offset
		if !again {
			if found {
				theirs = ^theirs
			}
			u.first[key] = theirs
			continue
		}
		bad.add(theirs)
		if mine >= 0 {
			bad.add(mine)
			u.first[key] = ^mine
		}
	}
}

func (u *unique) finish(*rowset) bool { return false }

// DistinctCount wants Min to Max distinct values in a column. It holds every distinct value and some 50 bytes for each.
type DistinctCount struct {
	Column   string
	Min, Max float64 // an infinity is no bound
}

func (c DistinctCount) plan() (plan, error) {
	return plan{
		rule: "distinct_count", needs: needs(key, c.Column), want: span(c.Min, c.Max) + " distinct values", got: "another number of them", whole: true,
		start: func() part { return &distinct{seen: make(map[string]struct{}), min: c.Min, max: c.Max} },
	}, errors.Join(named("DistinctCount.Column", c.Column), bounds("DistinctCount", c.Min, c.Max))
}

type distinct struct {
	seen     map[string]struct{}
	min, max float64
}

func (d *distinct) observe(v *view) error {
	return v.keys(func(_ int, key []byte) {
		if _, ok := d.seen[string(key)]; !ok {
			d.seen[string(key)] = struct{}{}
		}
	})
}

func (d *distinct) merge(next part, _ int64, _ *rowset) {
	for key := range as[*distinct](next).seen {
		d.seen[key] = struct{}{}
	}
}

func (d *distinct) finish(*rowset) bool { return outside(float64(len(d.seen)), d.min, d.max) }

func outside(x, low, high float64) bool { return !(x >= low && x <= high) }

// References wants the values of Columns to be those of a row of another source: a foreign key. Rows that miss one are passed over. Run reads To once, before its
// own source; it holds every distinct key of To and some 50 bytes for each.
type References struct {
	Columns []string       // one or more columns
	To      dataset.Source // rewindable where a Checker runs more than once
	Keys    []string       // its columns, in the order of Columns; nil is the same names. Values of two kinds of type (numbers, dates, times, texts …) never agree; decimals need one scale
}

func (c References) plan() (plan, error) {
	err := named("References", slices.Concat(c.Columns, c.Keys)...)
	if len(c.Columns) == 0 || c.Keys != nil && len(c.Keys) != len(c.Columns) {
		err = errors.Join(err, option("References.Keys", fmt.Sprintf("%d keys for %d columns", len(c.Keys), len(c.Columns)), "one for each column"))
	}
	p := plan{rule: "references", needs: needs(key, c.Columns...), want: "values of the other source", got: "values that it lacks", prepare: c.read}
	names := c.Keys
	if names == nil {
		names = c.Columns
	}
	if c.To == nil {
		return p, errors.Join(err, option("References.To", "nil", "a source"))
	}
	other := plan{needs: needs(key, names...)}
	if n, rule, typ := other.unfit(c.To.Schema()); rule != "" {
		err = errors.Join(err, fmt.Errorf("check.References.Keys: %w", &dataset.SchemaError{Column: n.column, Want: n.kind.String(), Got: string(rule) + " " + string(typ)}))
	}
	return p, err
}

func (c References) read(ctx context.Context, o dataset.RunOptions) (func() part, error) {
	names := c.Keys
	if names == nil {
		names = c.Columns
	}
	all := &Checker{plans: []plan{{needs: needs(key, names...)}}}
	start := func() part { return &distinct{seen: make(map[string]struct{})} }
	f, err := dataset.Run(ctx, c.To, func() *fold { return newFold(all, c.To.Schema(), []func() part{start}) }, o)
	if err != nil {
		return nil, err
	}
	known := as[*distinct](f.parts[0]).seen
	return rows(func(v *view) error {
		return v.keys(func(i int, key []byte) {
			if _, ok := known[string(key)]; !ok {
				v.bad(i)
			}
		})
	}), nil
}
