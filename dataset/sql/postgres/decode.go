package postgres

import (
	"encoding/binary"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/tidewheel/tidewheel/internal/cell"
)

// The server counts from 2000-01-01.
const (
	epochDays   = 10957
	epochMicros = epochDays * 86400 * 1_000_000
)

// put appends a value in the server's binary form, which is lent. It returns what the value is instead where the column does not hold it, "" when it does.
type put func(v []byte) string

// What a value is that a column does not hold.
const (
	malformed  = "bytes of another form"
	outOfRange = "a number that is none"
	infinite   = "an infinite time"
	notUTF8    = "bytes that are not UTF-8"
)

// newPut returns the put of a form into a builder, nil where there is none. checked says that texts may not be UTF-8.
func newPut(b array.Builder, f form, elem form, checked bool) put {
	switch b := b.(type) {
	case *array.BooleanBuilder:
		if f == formBool {
			return func(v []byte) string {
				if len(v) != 1 {
					return malformed
				}
				b.Append(v[0] != 0)
				return ""
			}
		}
	case *array.Float64Builder:
		return putFloat(f, b.Append)
	case *array.Float32Builder:
		return putFloat32(f, b)
	case *array.Decimal128Builder:
		return putDecimal(f, b)
	case *array.StringBuilder:
		return putText(f, checked, b.BinaryBuilder.Append)
	case *array.LargeStringBuilder:
		return putText(f, checked, b.BinaryBuilder.Append)
	case *array.BinaryDictionaryBuilder:
		appendText := cell.Appender(b)
		return putText(f, checked, func(v []byte) { appendText(v) })
	case *array.BinaryBuilder:
		if f == formBytea {
			return func(v []byte) string { b.Append(v); return "" }
		}
	case *array.Date32Builder:
		if f == formDate {
			return func(v []byte) string {
				if len(v) != 4 {
					return malformed
				}
				days := int32(binary.BigEndian.Uint32(v))
				if days == math.MaxInt32 || days == math.MinInt32 {
					return infinite
				}
				b.Append(arrow.Date32(days + epochDays))
				return ""
			}
		}
	case *array.TimestampBuilder:
		zoned := b.Type().(*arrow.TimestampType).TimeZone != ""
		if zoned && f == formTimestampTZ || !zoned && f == formTimestamp {
			return func(v []byte) string {
				if len(v) != 8 {
					return malformed
				}
				micros := int64(binary.BigEndian.Uint64(v))
				if micros == math.MaxInt64 || micros == math.MinInt64 {
					return infinite
				}
				b.Append(arrow.Timestamp(micros + epochMicros))
				return ""
			}
		}
	case *array.ListBuilder:
		if f == formArray {
			return putList(b.ValueBuilder(), newPut(b.ValueBuilder(), elem, formNone, checked), -1, func() { b.Append(true) })
		}
	case *array.FixedSizeListBuilder:
		if f == formArray {
			n := int(b.Type().(*arrow.FixedSizeListType).Len())
			return putList(b.ValueBuilder(), newPut(b.ValueBuilder(), elem, formNone, checked), n, func() { b.Append(true) })
		}
	default:
		return putInteger(b, f)
	}
	return nil
}

// integer returns how a form of integers is read, nil for another form.
func integer(f form) func(v []byte) (int64, bool) {
	switch f {
	case formInt2:
		return func(v []byte) (int64, bool) {
			if len(v) != 2 {
				return 0, false
			}
			return int64(int16(binary.BigEndian.Uint16(v))), true
		}
	case formInt4:
		return func(v []byte) (int64, bool) {
			if len(v) != 4 {
				return 0, false
			}
			return int64(int32(binary.BigEndian.Uint32(v))), true
		}
	case formOID:
		return func(v []byte) (int64, bool) {
			if len(v) != 4 {
				return 0, false
			}
			return int64(binary.BigEndian.Uint32(v)), true
		}
	case formInt8:
		return func(v []byte) (int64, bool) {
			if len(v) != 8 {
				return 0, false
			}
			return int64(binary.BigEndian.Uint64(v)), true
		}
	default:
		return nil
	}
}

func putInteger(b array.Builder, f form) put {
	switch b := b.(type) {
	case *array.Int64Builder:
		return putInt(f, b.Append)
	case *array.Int32Builder:
		return putInt(f, b.Append)
	case *array.Int16Builder:
		return putInt(f, b.Append)
	case *array.Int8Builder:
		return putInt(f, b.Append)
	case *array.Uint64Builder:
		return putInt(f, b.Append)
	case *array.Uint32Builder:
		return putInt(f, b.Append)
	case *array.Uint16Builder:
		return putInt(f, b.Append)
	case *array.Uint8Builder:
		return putInt(f, b.Append)
	default:
		return nil
	}
}

// putInt reads integers, and numerics without a fraction.
func putInt[T int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64](f form, add func(T)) put {
	read := integer(f)
	if f == formNumeric {
		read = func(v []byte) (int64, bool) {
			var n numeric
			if n.read(v) != "" {
				return 0, false
			}
			return n.int64()
		}
	}
	if read == nil {
		return nil
	}
	return func(v []byte) string {
		x, ok := read(v)
		if !ok || int64(T(x)) != x || (T(x) < 0) != (x < 0) {
			return outOfRange
		}
		add(T(x))
		return ""
	}
}

func putFloat(f form, add func(float64)) put {
	switch f {
	case formFloat8:
		return func(v []byte) string {
			if len(v) != 8 {
				return malformed
			}
			add(math.Float64frombits(binary.BigEndian.Uint64(v)))
			return ""
		}
	case formFloat4:
		return func(v []byte) string {
			if len(v) != 4 {
				return malformed
			}
			add(float64(math.Float32frombits(binary.BigEndian.Uint32(v))))
			return ""
		}
	case formNumeric:
		var n numeric
		var text []byte
		return func(v []byte) string {
			switch bad := n.read(v); bad {
			case "":
			case notANumber:
				add(math.NaN())
				return ""
			default:
				return bad
			}
			text = n.append(text[:0])
			x, err := strconv.ParseFloat(cell.Text(text), 64)
			if err != nil {
				return outOfRange
			}
			add(x)
			return ""
		}
	default:
		return putFloatOfInt(integer(f), add)
	}
}

// putFloatOfInt reads integers that a float has exactly.
func putFloatOfInt(read func(v []byte) (int64, bool), add func(float64)) put {
	if read == nil {
		return nil
	}
	return func(v []byte) string {
		x, ok := read(v)
		if float := float64(x); ok && float < 1<<63 && int64(float) == x {
			add(float)
			return ""
		}
		return outOfRange
	}
}

func putFloat32(f form, b *array.Float32Builder) put {
	if f != formFloat4 && f != formFloat8 {
		return nil
	}
	var bad string
	read := putFloat(f, func(x float64) {
		if bad = ""; !math.IsInf(x, 0) && math.IsInf(float64(float32(x)), 0) {
			bad = outOfRange
			return
		}
		b.Append(float32(x))
	})
	return func(v []byte) string {
		if malformed := read(v); malformed != "" {
			return malformed
		}
		return bad
	}
}

func putText(f form, checked bool, add func(v []byte)) put {
	var text []byte
	switch f {
	case formText, formJSONB:
		return func(v []byte) string {
			if f == formJSONB { // behind its version
				if len(v) == 0 || v[0] != 1 {
					return malformed
				}
				v = v[1:]
			}
			if checked && !utf8.Valid(v) {
				return notUTF8
			}
			add(v)
			return ""
		}
	case formUUID:
		return func(v []byte) string {
			if len(v) != 16 {
				return malformed
			}
			const digits = "0123456789abcdef"
			text = text[:0]
			for i, c := range v {
				if i == 4 || i == 6 || i == 8 || i == 10 {
					text = append(text, '-')
				}
				text = append(text, digits[c>>4], digits[c&15])
			}
			add(text)
			return ""
		}
	case formTime:
		return func(v []byte) string {
			micros := uint64(math.MaxUint64)
			if len(v) == 8 {
				micros = binary.BigEndian.Uint64(v)
			}
			if micros > 86400*1_000_000 {
				return malformed
			}
			text = appendClock(text[:0], micros)
			add(text)
			return ""
		}
	default:
		return nil
	}
}

// appendClock appends microseconds of a day as 15:04:05.999999.
func appendClock(dst []byte, micros uint64) []byte {
	for i, part := range []uint64{micros / 3_600_000_000, micros / 60_000_000 % 60, micros / 1_000_000 % 60} {
		if i > 0 {
			dst = append(dst, ':')
		}
		dst = append(dst, byte('0'+part/10), byte('0'+part%10))
	}
	if rest := micros % 1_000_000; rest > 0 {
		dst = append(dst, '.')
		for unit := uint64(100_000); rest > 0; unit /= 10 {
			dst = append(dst, byte('0'+rest/unit))
			rest %= unit
		}
	}
	return dst
}

// putList reads arrays of one dimension, or none, into lists; of n values unless n is negative.
func putList(values array.Builder, elem put, n int, add func()) put {
	if elem == nil {
		return nil
	}
	return func(v []byte) string {
		if len(v) < 12 {
			return malformed
		}
		count := 0
		switch dimensions := binary.BigEndian.Uint32(v); {
		case dimensions > 1:
			return "an array of several dimensions"
		case dimensions == 1:
			if len(v) < 20 {
				return malformed
			}
			count = int(int32(binary.BigEndian.Uint32(v[12:])))
			v = v[20:]
		default:
			v = v[12:]
		}
		if count < 0 || count > len(v)/4 {
			return malformed
		}
		if n >= 0 && count != n {
			return "an array of another length"
		}
		add()
		for range count {
			if len(v) < 4 {
				return malformed
			}
			size := int(int32(binary.BigEndian.Uint32(v)))
			v = v[4:]
			switch {
			case size == -1:
				values.AppendNull()
				continue
			case size < 0 || size > len(v):
				return malformed
			}
			if bad := elem(v[:size]); bad != "" {
				return bad
			}
			v = v[size:]
		}
		return ""
	}
}
