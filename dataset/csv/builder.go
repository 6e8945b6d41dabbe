package csv

import (
	"math"
	"slices"
	"sort"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/bitutil"
	"github.com/apache/arrow/go/v17/arrow/decimal128"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset/internal/arrays"
)

// builder puts the vectors of a column together to one array.
type builder interface {
	// add appends rows from (inclusive) to to (exclusive) of v. It reports false when the array would hold more text than it can.
	add(v *vector, from, to int) bool
	// placeholders appends n nulls.
	placeholders(n int)
	// take returns the array, which the caller owns, and starts again.
	take(mem memory.Allocator) arrow.Array
	// release gives back what is held for an array that is not taken.
	release()
}

// newBuilder returns the builder of arrays of a type that text holds.
func newBuilder(dt arrow.DataType, mem memory.Allocator) builder {
	floats := func(v *vector) []float64 { return v.floats }
	switch dt.ID() {
	case arrow.BOOL:
		return &bools{dt: dt}
	case arrow.INT8:
		return integers[int8](dt)
	case arrow.INT16:
		return integers[int16](dt)
	case arrow.INT32, arrow.DATE32:
		return integers[int32](dt)
	case arrow.UINT8:
		return integers[uint8](dt)
	case arrow.UINT16:
		return integers[uint16](dt)
	case arrow.UINT32:
		return integers[uint32](dt)
	case arrow.UINT64:
		return integers[uint64](dt)
	case arrow.FLOAT32:
		return &fixed[float64, float32]{dt: dt, of: floats, as: func(x float64) float32 { return float32(x) }}
	case arrow.FLOAT64:
		return &fixed[float64, float64]{dt: dt, of: floats}
	case arrow.DECIMAL128:
		return &fixed[decimal128.Num, decimal128.Num]{dt: dt, of: func(v *vector) []decimal128.Num { return v.decimals }}
	case arrow.DICTIONARY:
		return &codes{b: array.NewBuilder(mem, dt).(*array.BinaryDictionaryBuilder)} //nolint:errcheck // text is the only dictionary
	case arrow.STRING:
		return &texts[int32]{dt: dt, most: math.MaxInt32}
	case arrow.LARGE_STRING:
		return &texts[int64]{dt: dt, most: math.MaxInt64}
	default: // int64 and timestamps
		return &fixed[int64, int64]{dt: dt, of: func(v *vector) []int64 { return v.integers }}
	}
}

func integers[T int8 | int16 | int32 | uint8 | uint16 | uint32 | uint64](dt arrow.DataType) builder {
	return &fixed[int64, T]{dt: dt, of: func(v *vector) []int64 { return v.integers }, as: func(x int64) T { return T(x) }}
}

// validity is the bits of rows that are not null.
type validity struct {
	bits     []byte
	n, nulls int
}

// add appends n rows, those of nulls that lie between from and from+n being null.
func (b *validity) add(nulls []uint32, from, n int) {
	b.grow(n)
	bitutil.SetBitsTo(b.bits, int64(b.n), int64(n), true)
	at := sort.Search(len(nulls), func(i int) bool { return int(nulls[i]) >= from })
	for ; at < len(nulls) && int(nulls[at]) < from+n; at++ {
		bitutil.ClearBit(b.bits, b.n+int(nulls[at])-from)
		b.nulls++
	}
	b.n += n
}

func (b *validity) placeholders(n int) {
	b.grow(n)
	bitutil.SetBitsTo(b.bits, int64(b.n), int64(n), false)
	b.n += n
	b.nulls += n
}

func (b *validity) grow(n int) {
	if more := (b.n+n+7)/8 - len(b.bits); more > 0 {
		b.bits = append(b.bits, make([]byte, more)...)
	}
}

// take returns the array of the buffers behind the validity.
func (b *validity) take(dt arrow.DataType, mem memory.Allocator, buffers ...[]byte) arrow.Array {
	out := arrays.New(dt, mem, arrays.Validity{Rows: b.n, Nulls: b.nulls, Bits: b.bits}, buffers...)
	*b = validity{}
	return out
}

// fixed builds arrays of values of fixed width.
type fixed[S any, T arrow.FixedWidthType] struct {
	dt     arrow.DataType
	of     func(*vector) []S
	as     func(S) T // nil where they are the same
	values []T
	want   int
	valid  validity
}

func (b *fixed[S, T]) add(v *vector, from, to int) bool {
	values := b.of(v)[from:to]
	b.values = room(b.values, b.want)
	if same, ok := any(values).([]T); ok {
		b.values = append(b.values, same...)
	} else {
		for _, x := range values {
			b.values = append(b.values, b.as(x))
		}
	}
	b.valid.add(v.nulls, from, to-from)
	return true
}

func (b *fixed[S, T]) placeholders(n int) {
	b.values = append(b.values, make([]T, n)...)
	b.valid.placeholders(n)
}

func (b *fixed[S, T]) take(mem memory.Allocator) arrow.Array {
	values := trimmed(b.values)
	b.want, b.values = len(values), nil
	return b.valid.take(b.dt, mem, arrow.GetBytes(values))
}

// room returns s, which has room for n when it is the first one.
func room[T any](s []T, n int) []T {
	if s == nil {
		return make([]T, 0, n)
	}
	return s
}

// trimmed returns s without the room behind it where that is much.
func trimmed[T any](s []T) []T {
	if cap(s)-len(s) > len(s)/4+64 {
		return slices.Clone(s)
	}
	return s
}

// bools builds arrays of bits.
type bools struct {
	dt    arrow.DataType
	bits  []byte
	valid validity
}

func (b *bools) add(v *vector, from, to int) bool {
	n := b.valid.n
	b.valid.add(v.nulls, from, to-from)
	b.bits = append(b.bits, make([]byte, (b.valid.n+7)/8-len(b.bits))...)
	for _, x := range v.integers[from:to] {
		b.bits[n/8] |= byte(x) << (n % 8)
		n++
	}
	return true
}

func (b *bools) placeholders(n int) {
	b.valid.placeholders(n)
	b.bits = append(b.bits, make([]byte, (b.valid.n+7)/8-len(b.bits))...)
}

func (b *bools) take(mem memory.Allocator) arrow.Array {
	bits := b.bits
	b.bits = nil
	return b.valid.take(b.dt, mem, bits)
}

// texts builds arrays of text.
type texts[T int32 | int64] struct {
	dt      arrow.DataType
	most    uint64 // bytes of text
	offsets []T
	data    []byte
	valid   validity

	rows, bytes int // that the last array had
}

func (b *texts[T]) add(v *vector, from, to int) bool {
	b.offsets, b.data = room(b.offsets, b.rows), room(b.data, b.bytes)
	if len(b.offsets) == 0 {
		b.offsets = append(b.offsets, 0)
	}
	start, end := uint32(0), uint32(0)
	if from > 0 {
		start = v.ends[from-1]
	}
	if to > 0 {
		end = v.ends[to-1]
	}
	if uint64(len(b.data))+uint64(end-start) > b.most {
		return false
	}
	base := T(len(b.data)) - T(start)
	b.data = append(b.data, v.data[start:end]...)
	n := len(b.offsets)
	b.offsets = slices.Grow(b.offsets, to-from)[:n+to-from]
	offsets := b.offsets[n:]
	for i, e := range v.ends[from:to] {
		offsets[i] = base + T(e)
	}
	b.valid.add(v.nulls, from, to-from)
	return true
}

func (b *texts[T]) placeholders(n int) {
	for range n + 1 - min(len(b.offsets), 1) {
		b.offsets = append(b.offsets, T(len(b.data)))
	}
	b.valid.placeholders(n)
}

func (b *texts[T]) take(mem memory.Allocator) arrow.Array {
	offsets, data := trimmed(b.offsets), trimmed(b.data)
	b.rows, b.bytes = len(offsets), len(data)+len(data)/32
	b.offsets, b.data = nil, nil
	return b.valid.take(b.dt, mem, arrow.GetBytes(offsets), data)
}

// codes builds dictionaries.
type codes struct {
	b *array.BinaryDictionaryBuilder
}

func (c *codes) add(v *vector, from, to int) bool {
	at, nulls := uint32(0), v.nulls
	if from > 0 {
		at = v.ends[from-1]
	}
	for r := from; r < to; r++ {
		for len(nulls) > 0 && int(nulls[0]) < r {
			nulls = nulls[1:]
		}
		switch text := v.data[at:v.ends[r]]; {
		case len(nulls) > 0 && int(nulls[0]) == r:
			c.b.AppendNull()
		case len(text) == 0:
			if c.b.AppendString("") != nil {
				return false
			}
		case c.b.Append(text) != nil:
			return false
		}
		at = v.ends[r]
	}
	return true
}

func (c *codes) placeholders(n int) { c.b.AppendNulls(n) }

func (c *codes) take(memory.Allocator) arrow.Array { return c.b.NewArray() }

func (b *fixed[S, T]) release() {}
func (b *bools) release()       {}
func (b *texts[T]) release()    {}
func (c *codes) release()       { c.b.Release() }
