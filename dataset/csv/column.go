package csv

import (
	"fmt"
	"math"

	"github.com/apache/arrow/go/v17/arrow/decimal128"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/cell"
)

// delimitedText is what the format is called in errors about types.
const delimitedText = "delimited text"

// kind is how the cells of a column are read.
type kind uint8

// The kinds. Up to kindText they are also what the cells of a column have been so far while its type is inferred.
const (
	kindNone  kind = iota // nulls
	kindBool              // true and false
	kindInt               // int64
	kindHuge              // integers, of which int64 does not hold some
	kindFloat             // numbers
	kindDate
	kindNaive // times without an offset
	kindZoned // times with one
	kindText
	kindUint
	kindDecimal
)

// column is how the cells of one column are read.
type column struct {
	name     string
	typ      dataset.Type
	origin   string // of the type, for errors
	from     int    // position in the file
	kind     kind
	strict   bool // what a type is inferred from: 0 is no bool, 3.0 no integer
	low      int64
	high     uint64
	nulls    *nullSet
	slow     bool // some null token is a value, or numbers are written in another way
	notation *notation
	decimals *decimals

	precision, scale int32
}

// reads returns the column that reads a field of the schema.
func (o *Options) reads(f dataset.Field, from int, shared *shared) column {
	c := column{name: f.Name, typ: f.Type, from: from, low: math.MinInt64, high: math.MaxInt64}
	switch f.Type {
	case dataset.Bool:
		c.kind = kindBool
	case dataset.Int8:
		c.kind, c.low, c.high = kindInt, math.MinInt8, math.MaxInt8
	case dataset.Int16:
		c.kind, c.low, c.high = kindInt, math.MinInt16, math.MaxInt16
	case dataset.Int32:
		c.kind, c.low, c.high = kindInt, math.MinInt32, math.MaxInt32
	case dataset.Int64:
		c.kind = kindInt
	case dataset.Uint8:
		c.kind, c.high = kindUint, math.MaxUint8
	case dataset.Uint16:
		c.kind, c.high = kindUint, math.MaxUint16
	case dataset.Uint32:
		c.kind, c.high = kindUint, math.MaxUint32
	case dataset.Uint64:
		c.kind, c.high = kindUint, math.MaxUint64
	case dataset.Float32, dataset.Float64:
		c.kind = kindFloat
	case dataset.Date32:
		c.kind = kindDate
	default:
		switch f.Type.Class() {
		case dataset.ClassTime:
			if c.kind = kindZoned; f.Type == dataset.Timestamp {
				c.kind = kindNaive
			}
		case dataset.ClassDecimal:
			c.kind = kindDecimal
			_, _ = fmt.Sscanf(string(f.Type), "decimal128(%d,%d)", &c.precision, &c.scale)
		default:
			c.kind = kindText
		}
	}
	c.share(shared)
	return c
}

// infers returns the column that reads what has been of a kind so far.
func infers(name string, from int, k kind, shared *shared) column {
	c := column{name: name, typ: k.typ(), from: from, kind: k, strict: true, low: math.MinInt64, high: math.MaxInt64}
	c.share(shared)
	return c
}

// shared is what the columns of a source have in common.
type shared struct {
	nulls    *nullSet
	decimals *decimals
	notation *notation
}

func (o *Options) shared() *shared {
	return &shared{nulls: newNullSet(o.NullTokens), decimals: newDecimals(), notation: newNotation(o.DecimalComma, o.Thousands)}
}

func (c *column) share(s *shared) {
	c.nulls, c.decimals, c.notation = s.nulls, s.decimals, s.notation
	c.slow = c.kind != kindText && s.notation != nil && c.isNumber()
	if c.kind == kindText {
		return
	}
	for token := range c.nulls.set {
		if c.isValue(&vector{}, []byte(token)) {
			c.slow = true
		}
	}
}

func (c *column) isNumber() bool {
	return c.kind == kindInt || c.kind == kindHuge || c.kind == kindFloat || c.kind == kindUint || c.kind == kindDecimal
}

// plain returns a number in Go's notation. It reports false for one that is not written as the column's are.
func (c *column) plain(v *vector, b []byte) ([]byte, bool) {
	if c.notation == nil || !c.isNumber() {
		return b, true
	}
	var ok bool
	v.scratch, ok = c.notation.plain(v.scratch[:0], b)
	return v.scratch, ok
}

// typ returns the type that a column of cells of kind k has.
func (k kind) typ() dataset.Type {
	switch k {
	case kindBool:
		return dataset.Bool
	case kindInt:
		return dataset.Int64
	case kindFloat:
		return dataset.Float64
	case kindDate:
		return dataset.Date32
	case kindNaive:
		return dataset.Timestamp
	case kindZoned:
		return dataset.TimeUTC
	default:
		return dataset.Utf8
	}
}

// join returns the kind of a column that has cells of both kinds. The order of joins does not matter.
func join(a, b kind) kind {
	if a > b {
		a, b = b, a
	}
	switch {
	case a == b || a == kindNone,
		a == kindInt && (b == kindHuge || b == kindFloat),
		a == kindHuge && b == kindFloat,
		a == kindDate && b == kindNaive:
		return b
	default:
		return kindText
	}
}

// integer reads a cell that the fast way does not, without spaces around it: as an int64, or the bits of a uint64.
func (c *column) integer(b []byte) (int64, bool) {
	switch c.kind {
	case kindBool:
		v, ok := cell.Bool(b)
		if !ok && !c.strict && len(b) == 1 && (b[0] == '0' || b[0] == '1') {
			v, ok = b[0] == '1', true
		}
		if v {
			return 1, ok
		}
		return 0, ok
	case kindInt:
		if c.strict && !cell.IsInteger(b) {
			return 0, false
		}
		v, ok := cell.Int(b)
		return v, ok && v >= c.low && (v < 0 || uint64(v) <= c.high)
	case kindUint:
		v, ok := cell.Uint(b)
		return int64(v), ok && v <= c.high
	case kindDate:
		v, ok := cell.Date(b)
		return int64(v), ok
	case kindNaive, kindZoned:
		v, zoned, ok := cell.Time(b)
		return v, ok && zoned == (c.kind == kindZoned)
	default:
		return 0, false
	}
}

// float reads a cell that the fast way does not, without spaces around it.
func (c *column) float(b []byte) (float64, bool) {
	v, ok := cell.Float(b)
	if c.typ == dataset.Float32 {
		ok = ok && (math.IsInf(v, 0) || !math.IsInf(float64(float32(v)), 0))
	}
	return v, ok
}

// isValue reports whether a text without spaces around it is a value of the column.
func (c *column) isValue(v *vector, b []byte) bool {
	b, ok := c.plain(v, b)
	if !ok {
		return false
	}
	switch c.kind {
	case kindNone:
		ok = false
	case kindFloat:
		_, ok = c.float(b)
	case kindHuge:
		if ok = cell.IsInteger(b); ok {
			_, ok = cell.Float(b)
		}
	case kindDecimal:
		_, ok = cell.Decimal(b, c.precision, c.scale)
	case kindText:
	default:
		_, ok = c.integer(b)
	}
	return ok
}

// vector is the values of one column of a block. Nulls have some value.
type vector struct {
	kind     kind
	integers []int64 // also bools, dates and times
	floats   []float64
	decimals []decimal128.Num
	ends     []uint32 // of texts in data
	data     []byte
	nulls    []uint32 // rows, ascending
	scratch  []byte
	bare     bool // some null is one where the column is text as well
	trimmed  bool // some null is none there: it stood in quotes or between spaces
	failed   bool // there is a cell that is no value
}

// sized returns s with length n, whatever it holds.
func sized[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, n+n/8)
	}
	return s[:n]
}

// null adds row r to the nulls when its cell, which stood without spaces in b, is one.
func (c *column) null(v *vector, raw, trimmed []byte, mark uint8, r int) bool {
	if mark != missing && !c.nulls.has(trimmed) {
		return false
	}
	if mark == quoted || mark == bare && len(raw) != len(trimmed) && !c.nulls.has(raw) {
		v.trimmed = true
	} else {
		v.bare = true
	}
	v.nulls = append(v.nulls, uint32(r))
	return true
}

// read puts the values of the first b.rows rows of the column into v. It returns b.rows, or the first row whose cell is neither null nor a value.
func (c *column) read(b *block, v *vector) int {
	v.kind, v.nulls, v.bare, v.trimmed, v.failed = c.kind, v.nulls[:0], false, false, false
	switch c.kind {
	case kindText:
		return c.texts(b, v)
	case kindFloat:
		v.floats = sized(v.floats, b.rows)
		return c.numbers(b, v)
	case kindNone, kindHuge:
		return c.none(b, v)
	case kindDecimal:
		v.decimals = sized(v.decimals, b.rows)
		return c.exact(b, v)
	default:
		v.integers = sized(v.integers, b.rows)
		switch {
		case c.slow:
			return c.others(b, v)
		case c.kind == kindDate, c.kind == kindNaive, c.kind == kindZoned:
			return c.times(b, v)
		case c.kind == kindBool:
			return c.bools(b, v)
		default:
			return c.wholes(b, v)
		}
	}
}

// fault is the error of a cell that is no value.
func (c *column) fault(b *block, r int) error {
	raw, _ := b.cell(r, c.from)
	return formatError(b.lineOf(r), c.name, string(c.typ)+c.origin, fmt.Sprintf("a cell of %d bytes that is none", len(raw)))
}
