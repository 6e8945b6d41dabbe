package check

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"

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
// over, as in SQL. It holds 16 bytes for each row of a numeric column, else 24 and the key; beyond 4M rows for each distinct key, or twice that.
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
	seed := newSeed()
	return plan{
		rule: "unique", needs: needs(key, c.Columns...), want: want, got: "values of another row",
		start: func() part { return &unique{seed: seed, most: maxHeld} },
	}, err
}

// DistinctCount wants Min to Max distinct values in a column. It holds every distinct value and some 40 bytes for each.
type DistinctCount struct {
	Column   string
	Min, Max float64 // an infinity is no bound
}

func (c DistinctCount) plan() (plan, error) {
	seed := newSeed()
	return plan{
		rule: "distinct_count", needs: needs(key, c.Column), want: span(c.Min, c.Max) + " distinct values", got: "another number of them", whole: true,
		start: func() part { return newDistinct(seed, c.Min, c.Max) },
	}, errors.Join(named("DistinctCount.Column", c.Column), bounds("DistinctCount", c.Min, c.Max))
}

// DistinctShare wants the number of distinct values over that of all values to be Min to Max; 1 is a key. It passes over a column without values, and holds every
// distinct value and some 40 bytes for each.
type DistinctShare struct {
	Column   string
	Min, Max float64 // in [0, 1]
}

func (c DistinctShare) plan() (plan, error) {
	seed := newSeed()
	return plan{
		rule: "distinct_share", needs: needs(key, c.Column), want: "a share of distinct values of " + span(c.Min, c.Max), got: "another share", whole: true,
		start: func() part {
			d := newDistinct(seed, c.Min, c.Max)
			d.share = true
			return d
		},
	}, errors.Join(named("DistinctShare.Column", c.Column), bounds("DistinctShare", c.Min, c.Max))
}

func outside(x, low, high float64) bool { return !(x >= low && x <= high) }

// References wants the values of Columns to be those of a row of another source: a foreign key. Rows that miss one are passed over. Run reads To once, before its
// own source; it holds every distinct key of To and some 40 bytes for each.
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
	seed := newSeed()
	all := &Checker{plans: []plan{{needs: needs(key, names...)}}}
	start := func() part {
		d := newDistinct(seed, 0, 0)
		d.tagged = true
		return d
	}
	f, err := dataset.Run(ctx, c.To, func() *fold { return newFold(all, c.To.Schema(), []func() part{start}, new(sync.Pool)) }, o)
	if err != nil {
		return nil, err
	}
	known := &as[*distinct](f.parts[0]).texts
	return rows(func(v *view) error {
		return v.keys(func(i int, key []byte) {
			if !known.has(seed.text, key) {
				v.bad(i)
			}
		})
	}), nil
}
