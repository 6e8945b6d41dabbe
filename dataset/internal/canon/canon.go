// Package canon writes the cells of Arrow columns as bytes that are the same for the same value: whatever the batch, the encoding of a text, the codes of a dictionary,
// offsets, and what stands in memory behind a null. It knows Arrow only, so that package dataset and the packages below it can share it.
package canon

import (
	"encoding/binary"
	"math"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
)

// Cell appends the form of cell i to dst: a byte 0 for null, else a byte 1 and the value, which ends where it says itself, so that cells can stand one behind the other. The
// column is borrowed for as long as the function is used.
type Cell func(dst []byte, i int) []byte

// Content returns the cells of a column for telling whether content is the same: every NaN is one value, and 0 and -0 are two. It returns nil for a type
// outside the closed list of package dataset.
func Content(a arrow.Array) Cell {
	return cells(a, func(v float64) uint64 { return math.Float64bits(v) })
}

// Key returns the cells of a column for telling whether rows have one key: as Content, but 0 and -0 are one value.
func Key(a arrow.Array) Cell {
	return cells(a, func(v float64) uint64 { return math.Float64bits(v + 0) }) // -0 + 0 is +0
}

func cells(a arrow.Array, bits func(float64) uint64) Cell {
	value := values(a, bits)
	switch {
	case value == nil:
		return nil
	case a.DataType().ID() == arrow.DICTIONARY: // a code may point at a null
		return value
	case a.NullN() == 0:
		return func(dst []byte, i int) []byte { return value(append(dst, 1), i) }
	default:
		return func(dst []byte, i int) []byte {
			if a.IsNull(i) {
				return append(dst, 0)
			}
			return value(append(dst, 1), i)
		}
	}
}

// values returns the cells without their first byte, but those of a dictionary.
func values(a arrow.Array, bits func(float64) uint64) Cell {
	switch a := a.(type) {
	case *array.Boolean:
		return func(dst []byte, i int) []byte {
			if a.Value(i) {
				return append(dst, 1)
			}
			return append(dst, 0)
		}
	case *array.Float64:
		return func(dst []byte, i int) []byte {
			return binary.LittleEndian.AppendUint64(dst, floatBits(a.Value(i), bits))
		}
	case *array.Float32:
		return func(dst []byte, i int) []byte {
			return binary.LittleEndian.AppendUint64(dst, floatBits(float64(a.Value(i)), bits))
		}
	case *array.Decimal128:
		return func(dst []byte, i int) []byte {
			v := a.Value(i)
			return binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(dst, v.LowBits()), uint64(v.HighBits()))
		}
	case *array.Binary:
		return func(dst []byte, i int) []byte {
			v := a.Value(i)
			return append(binary.AppendUvarint(dst, uint64(len(v))), v...)
		}
	case *array.String:
		return func(dst []byte, i int) []byte { return text(dst, a.Value(i)) }
	case *array.LargeString:
		return func(dst []byte, i int) []byte { return text(dst, a.Value(i)) }
	case *array.Dictionary:
		inner := cells(a.Dictionary(), bits)
		if inner == nil {
			return nil
		}
		return func(dst []byte, i int) []byte {
			if a.IsNull(i) {
				return append(dst, 0)
			}
			return inner(dst, a.GetValueIndex(i))
		}
	default:
		if values, ok := Integers(a, nil); ok {
			return func(dst []byte, i int) []byte { return binary.LittleEndian.AppendUint64(dst, uint64(values[i])) }
		}
		return nested(a, bits)
	}
}

func floatBits(v float64, bits func(float64) uint64) uint64 {
	if v != v {
		return math.Float64bits(math.NaN())
	}
	return bits(v)
}

func text(dst []byte, v string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(v))), v...)
}

func nested(a arrow.Array, bits func(float64) uint64) Cell {
	switch a := a.(type) {
	case *array.Struct:
		fields := make([]Cell, a.NumField())
		for j := range fields {
			if fields[j] = cells(a.Field(j), bits); fields[j] == nil {
				return nil
			}
		}
		return func(dst []byte, i int) []byte {
			for _, f := range fields {
				dst = f(dst, i)
			}
			return dst
		}
	case array.ListLike:
		inner := cells(a.ListValues(), bits)
		if inner == nil {
			return nil
		}
		return func(dst []byte, i int) []byte {
			from, to := a.ValueOffsets(i)
			dst = binary.AppendUvarint(dst, uint64(to-from))
			for k := from; k < to; k++ {
				dst = inner(dst, int(k))
			}
			return dst
		}
	default:
		return nil
	}
}

// Integers returns the values of a column of integers, dates or timestamps, which alias it when they are of 64 bits and else stand in buf, and false for another column. A uint64
// keeps its bits. What stands at a null is not said.
func Integers(a arrow.Array, buf []int64) ([]int64, bool) {
	switch a := a.(type) {
	case *array.Int64:
		return a.Int64Values(), true
	case *array.Timestamp:
		return arrow.GetData[int64](arrow.GetBytes(a.TimestampValues())), true
	case *array.Uint64:
		return arrow.GetData[int64](arrow.GetBytes(a.Uint64Values())), true
	case *array.Int8:
		return whole(buf, a.Int8Values()), true
	case *array.Int16:
		return whole(buf, a.Int16Values()), true
	case *array.Int32:
		return whole(buf, a.Int32Values()), true
	case *array.Uint8:
		return whole(buf, a.Uint8Values()), true
	case *array.Uint16:
		return whole(buf, a.Uint16Values()), true
	case *array.Uint32:
		return whole(buf, a.Uint32Values()), true
	case *array.Date32:
		return whole(buf, a.Date32Values()), true
	default:
		return nil, false
	}
}

func whole[T int8 | int16 | int32 | uint8 | uint16 | uint32 | arrow.Date32](buf []int64, values []T) []int64 {
	buf = slices.Grow(buf[:0], len(values))[:len(values)]
	for i, v := range values {
		buf[i] = int64(v)
	}
	return buf
}
