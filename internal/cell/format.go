package cell

import (
	"bytes"
	"math"
	"strconv"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
)

// AppendFloat appends the shortest decimal that reads back to the same bits, with a point or an exponent, so that it reads as a float, in the notation of
// Python's repr. Infinities are inf and -inf, NaN is NaN.
func AppendFloat(dst []byte, v float64, bits int) []byte {
	switch a := math.Abs(v); {
	case math.IsInf(v, 1):
		return append(dst, "inf"...)
	case math.IsInf(v, -1):
		return append(dst, "-inf"...)
	case a != 0 && a < 1e-4 || a >= 1e16:
		return strconv.AppendFloat(dst, v, 'e', -1, bits)
	}
	from := len(dst)
	dst = strconv.AppendFloat(dst, v, 'f', -1, bits)
	if v == math.Trunc(v) && bytes.IndexByte(dst[from:], '.') < 0 {
		dst = append(dst, ".0"...)
	}
	return dst
}

// Printer returns the function that appends the text of value i of a column of bools, integers, dates, times or decimals, as Appender reads it back. It reports
// false for a year that has no four digits. It returns nil for a column of another type.
func Printer(a arrow.Array) func(dst []byte, i int) ([]byte, bool) {
	switch a := a.(type) {
	case *array.Boolean:
		return func(dst []byte, i int) ([]byte, bool) { return strconv.AppendBool(dst, a.Value(i)), true }
	case *array.Uint64:
		return func(dst []byte, i int) ([]byte, bool) { return strconv.AppendUint(dst, a.Value(i), 10), true }
	case *array.Date32:
		return func(dst []byte, i int) ([]byte, bool) {
			return calendar(dst, time.Unix(int64(a.Value(i))*86400, 0), time.DateOnly)
		}
	case *array.Timestamp:
		layout := "2006-01-02T15:04:05.999999"
		if a.DataType().(*arrow.TimestampType).TimeZone != "" {
			layout += "Z"
		}
		return func(dst []byte, i int) ([]byte, bool) {
			return calendar(dst, time.UnixMicro(int64(a.Value(i))), layout)
		}
	case *array.Decimal128:
		scale := a.DataType().(*arrow.Decimal128Type).Scale
		return func(dst []byte, i int) ([]byte, bool) { return AppendDecimal(dst, a.Value(i), scale), true }
	}
	at := Integers(a)
	if at == nil {
		return nil
	}
	return func(dst []byte, i int) ([]byte, bool) { return strconv.AppendInt(dst, at(i), 10), true }
}

func calendar(dst []byte, t time.Time, layout string) ([]byte, bool) {
	t = t.UTC()
	return t.AppendFormat(dst, layout), t.Year() >= 0 && t.Year() <= 9999
}

// Integers returns the values of a column of integers but uint64, nil for another one.
func Integers(a arrow.Array) func(i int) int64 {
	switch a := a.(type) {
	case *array.Int64:
		return a.Value
	case *array.Int32:
		return func(i int) int64 { return int64(a.Value(i)) }
	case *array.Int16:
		return func(i int) int64 { return int64(a.Value(i)) }
	case *array.Int8:
		return func(i int) int64 { return int64(a.Value(i)) }
	case *array.Uint32:
		return func(i int) int64 { return int64(a.Value(i)) }
	case *array.Uint16:
		return func(i int) int64 { return int64(a.Value(i)) }
	case *array.Uint8:
		return func(i int) int64 { return int64(a.Value(i)) }
	default:
		return nil
	}
}
