package cell

import (
	"math"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
)

// Appender returns the function that appends the text of a value to b. It reports false for a text that is no value of b's type without loss; b then has a
// value too many. It returns nil for a builder of a type that text does not hold: binary, list and struct.
//
// Bools are what Bool reads and 0 and 1, integers what Int reads, within their width. A timestamp with a zone wants an offset, a naive one must have none.
func Appender(b array.Builder) func(text []byte) bool {
	switch b := b.(type) {
	case *array.BooleanBuilder:
		return func(v []byte) bool {
			x, ok := Bool(v)
			if !ok && len(v) == 1 && (v[0] == '0' || v[0] == '1') {
				x, ok = v[0] == '1', true
			}
			b.Append(x)
			return ok
		}
	case *array.Float64Builder:
		return func(v []byte) bool { x, ok := Float(v); b.Append(x); return ok }
	case *array.Float32Builder:
		return func(v []byte) bool {
			x, ok := Float(v)
			b.Append(float32(x))
			return ok && (math.IsInf(x, 0) || !math.IsInf(float64(float32(x)), 0))
		}
	case *array.StringBuilder:
		return func(v []byte) bool { b.BinaryBuilder.Append(v); return true }
	case *array.LargeStringBuilder:
		return func(v []byte) bool { b.BinaryBuilder.Append(v); return true }
	case *array.BinaryDictionaryBuilder:
		return func(v []byte) bool {
			if len(v) == 0 {
				return b.AppendString("") == nil
			}
			return b.Append(v) == nil
		}
	case *array.Date32Builder:
		return func(v []byte) bool { x, ok := Date(v); b.Append(arrow.Date32(x)); return ok }
	case *array.TimestampBuilder:
		zoned := b.Type().(*arrow.TimestampType).TimeZone != ""
		return func(v []byte) bool {
			x, has, ok := Time(v)
			b.Append(arrow.Timestamp(x))
			return ok && has == zoned
		}
	case *array.Decimal128Builder:
		dt := b.Type().(*arrow.Decimal128Type)
		return func(v []byte) bool { x, ok := Decimal(v, dt.Precision, dt.Scale); b.Append(x); return ok }
	default:
		return integerAppend(b)
	}
}

// integerAppend returns nil for a builder of another type.
func integerAppend(b array.Builder) func([]byte) bool {
	switch b := b.(type) {
	case *array.Int64Builder:
		return func(v []byte) bool { x, ok := Int(v); b.Append(x); return ok }
	case *array.Int32Builder:
		return func(v []byte) bool { x, ok := Int(v); b.Append(int32(x)); return ok && int64(int32(x)) == x }
	case *array.Int16Builder:
		return func(v []byte) bool { x, ok := Int(v); b.Append(int16(x)); return ok && int64(int16(x)) == x }
	case *array.Int8Builder:
		return func(v []byte) bool { x, ok := Int(v); b.Append(int8(x)); return ok && int64(int8(x)) == x }
	case *array.Uint64Builder:
		return func(v []byte) bool { x, ok := Uint(v); b.Append(x); return ok }
	case *array.Uint32Builder:
		return func(v []byte) bool { x, ok := Uint(v); b.Append(uint32(x)); return ok && x <= math.MaxUint32 }
	case *array.Uint16Builder:
		return func(v []byte) bool { x, ok := Uint(v); b.Append(uint16(x)); return ok && x <= math.MaxUint16 }
	case *array.Uint8Builder:
		return func(v []byte) bool { x, ok := Uint(v); b.Append(uint8(x)); return ok && x <= math.MaxUint8 }
	default:
		return nil
	}
}
