package postgres

import (
	"encoding/binary"
	"math"
	"math/big"
	"unicode/utf8"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/cell"
)

// take appends value i, which is not null, in the server's binary form. It returns what the value should have been where the table's column does not hold it.
type take func(dst []byte, i int) (out []byte, bad string)

// writable reports whether columns of a type go into a column of the table.
func writable(t dataset.Type, into served) bool {
	dt, err := t.Arrow()
	if err != nil {
		return false
	}
	b := array.NewBuilder(memory.DefaultAllocator, dt)
	defer b.Release()
	empty := b.NewArray()
	defer empty.Release()
	return newTake(empty, into) != nil
}

// newTake returns the take of a column, nil for types that do not go together.
func newTake(a arrow.Array, into served) take {
	switch a := a.(type) {
	case *array.Boolean:
		if into.form == formBool {
			return func(dst []byte, i int) ([]byte, string) {
				if a.Value(i) {
					return append(dst, 1), ""
				}
				return append(dst, 0), ""
			}
		}
	case *array.Uint64:
		return takeUint64(a, into.form)
	case *array.Float64:
		return takeFloat(a.Value, into.form, 64)
	case *array.Float32:
		return takeFloat(func(i int) float64 { return float64(a.Value(i)) }, into.form, 32)
	case *array.Decimal128:
		if into.form == formNumeric {
			scale := a.DataType().(*arrow.Decimal128Type).Scale
			var text []byte
			return func(dst []byte, i int) ([]byte, string) {
				text = cell.AppendDecimal(text[:0], a.Value(i), scale)
				return appendNumeric(dst, text, int(scale)), ""
			}
		}
	case *array.String, *array.LargeString, *array.Dictionary:
		return takeText(a, into.form)
	case *array.Binary:
		if into.form == formBytea {
			return func(dst []byte, i int) ([]byte, string) { return append(dst, a.Value(i)...), "" }
		}
	case *array.Date32:
		if into.form == formDate {
			return func(dst []byte, i int) ([]byte, string) {
				days := int64(a.Value(i)) - epochDays
				return binary.BigEndian.AppendUint32(dst, uint32(days)), inRange(days, -2451507, 2145031949, "a date that the server has")
			}
		}
	case *array.Timestamp:
		zoned := a.DataType().(*arrow.TimestampType).TimeZone != ""
		if zoned && into.form == formTimestampTZ || !zoned && into.form == formTimestamp {
			return func(dst []byte, i int) ([]byte, string) {
				micros := int64(a.Value(i))
				bad := inRange(micros, -210866803200000000+epochMicros, math.MaxInt64, "a time that the server has")
				return binary.BigEndian.AppendUint64(dst, uint64(micros-epochMicros)), bad
			}
		}
	case *array.List:
		if into.form == formArray {
			return takeList(a.ListValues(), a.ValueOffsets, into)
		}
	case *array.FixedSizeList:
		if into.form == formArray {
			return takeList(a.ListValues(), a.ValueOffsets, into)
		}
	}
	if at := cell.Integers(a); at != nil {
		return takeInteger(at, into.form)
	}
	return nil
}

func inRange(v, low, high int64, want string) string {
	if v < low || v > high {
		return want
	}
	return ""
}

func takeInteger(at func(i int) int64, into form) take {
	switch into {
	case formInt2:
		return func(dst []byte, i int) ([]byte, string) {
			v := at(i)
			return binary.BigEndian.AppendUint16(dst, uint16(v)), inRange(v, math.MinInt16, math.MaxInt16, "a number of 16 bits")
		}
	case formInt4:
		return func(dst []byte, i int) ([]byte, string) {
			v := at(i)
			return binary.BigEndian.AppendUint32(dst, uint32(v)), inRange(v, math.MinInt32, math.MaxInt32, "a number of 32 bits")
		}
	case formInt8:
		return func(dst []byte, i int) ([]byte, string) { return binary.BigEndian.AppendUint64(dst, uint64(at(i))), "" }
	case formNumeric:
		var text []byte
		return func(dst []byte, i int) ([]byte, string) {
			text = big.NewInt(at(i)).Append(text[:0], 10)
			return appendNumeric(dst, text, 0), ""
		}
	default:
		return nil
	}
}

// takeUint64 writes what may be above the largest int64.
func takeUint64(a *array.Uint64, into form) take {
	var text []byte
	small := takeInteger(func(i int) int64 { return int64(a.Value(i)) }, into)
	if small == nil {
		return nil
	}
	return func(dst []byte, i int) ([]byte, string) {
		if a.Value(i) <= math.MaxInt64 {
			return small(dst, i)
		}
		if into != formNumeric {
			return dst, "a number of 63 bits"
		}
		text = new(big.Int).SetUint64(a.Value(i)).Append(text[:0], 10)
		return appendNumeric(dst, text, 0), ""
	}
}

func takeFloat(at func(i int) float64, into form, bits int) take {
	switch {
	case into == formFloat8:
		return func(dst []byte, i int) ([]byte, string) {
			return binary.BigEndian.AppendUint64(dst, math.Float64bits(at(i))), ""
		}
	case into == formFloat4 && bits == 32:
		return func(dst []byte, i int) ([]byte, string) {
			return binary.BigEndian.AppendUint32(dst, math.Float32bits(float32(at(i)))), ""
		}
	default:
		return nil
	}
}

func takeText(a arrow.Array, into form) take {
	if into != formText && into != formJSONB && into != formUUID {
		return nil
	}
	texts, err := dataset.NewTexts(a)
	if err != nil {
		return nil
	}
	return func(dst []byte, i int) ([]byte, string) {
		v := texts.Value(i)
		switch {
		case !utf8.ValidString(v):
			return dst, "UTF-8 text"
		case into == formUUID:
			return appendUUID(dst, v)
		case into == formJSONB:
			dst = append(dst, 1)
		}
		return append(dst, v...), ""
	}
}

// appendUUID appends the 16 bytes of a text of 32 digits, with dashes or without.
func appendUUID(dst []byte, text string) ([]byte, string) {
	const bad = "a UUID of 32 digits"
	count, high := 0, byte(0)
	for i := range len(text) {
		c := text[i]
		switch {
		case c == '-':
			continue
		case c >= '0' && c <= '9':
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return dst, bad
		}
		if count++; count%2 == 0 {
			dst = append(dst, high<<4|c)
		}
		high = c
	}
	if count != 32 {
		return dst, bad
	}
	return dst, ""
}

// takeList writes lists as arrays of one dimension.
func takeList(values arrow.Array, offsets func(i int) (from, to int64), into served) take {
	elem := newTake(values, served{form: into.elem})
	if elem == nil {
		return nil
	}
	return func(dst []byte, i int) (out []byte, bad string) {
		from, to := offsets(i)
		dimensions := uint32(1)
		if from == to {
			dimensions = 0
		}
		dst = binary.BigEndian.AppendUint32(dst, dimensions)
		dst = append(dst, 0, 0, 0, 1) // there may be nulls
		dst = binary.BigEndian.AppendUint32(dst, into.elemOID)
		if dimensions == 0 {
			return dst, ""
		}
		dst = binary.BigEndian.AppendUint32(dst, uint32(to-from))
		dst = append(dst, 0, 0, 0, 1) // the first index
		for j := int(from); j < int(to); j++ {
			at := len(dst)
			dst = append(dst, 0xff, 0xff, 0xff, 0xff)
			if values.IsNull(j) {
				continue
			}
			if dst, bad = elem(dst, j); bad != "" {
				return dst, bad
			}
			binary.BigEndian.PutUint32(dst[at:], uint32(len(dst)-at-4))
		}
		return dst, ""
	}
}

// appendNumeric appends the binary form of a decimal, scale digits of which stand behind the point.
func appendNumeric(dst, text []byte, scale int) []byte {
	sign := uint16(0)
	if len(text) > 0 && text[0] == '-' {
		sign, text = signNegative, text[1:]
	}
	whole := len(text)
	if scale > 0 {
		whole -= scale + 1
	}
	at := len(dst)
	dst = append(dst, 0, 0, 0, 0, 0, 0, 0, 0)
	// Groups of four digits to both sides of the point; digit(i) is the i-th digit from the point to the right, from 0.
	digit := func(i int) uint16 {
		i += whole
		if i >= whole && scale > 0 {
			i++ // the point
		}
		if i < 0 || i >= len(text) {
			return 0
		}
		return uint16(text[i] - '0')
	}
	first := -((whole + groupDigits - 1) / groupDigits)
	last := (scale + groupDigits - 1) / groupDigits
	groups, weight, end := 0, 0, len(dst)
	for g := first; g < last; g++ {
		v := uint16(0)
		for i := range groupDigits {
			v = v*10 + digit(g*groupDigits+i)
		}
		if v == 0 && groups == 0 {
			continue // leading zeros
		}
		if groups == 0 {
			weight = -g - 1
		}
		groups++
		dst = binary.BigEndian.AppendUint16(dst, v)
		if v != 0 {
			end = len(dst)
		}
	}
	dst = dst[:end] // without trailing zeros
	binary.BigEndian.PutUint16(dst[at:], uint16((end-at-8)/2))
	binary.BigEndian.PutUint16(dst[at+2:], uint16(int16(weight)))
	binary.BigEndian.PutUint16(dst[at+4:], sign)
	binary.BigEndian.PutUint16(dst[at+6:], uint16(scale))
	return dst
}
