package synthetic

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/decimal128"

	"github.com/tidewheel/tidewheel/dataset"
)

// appendCell appends x, a cell of c, to the builder of a column of type t. c may be nil for texts and plain numbers.
func appendCell(b array.Builder, t dataset.Type, c *column, x cell) error {
	if x.null {
		b.AppendNull()
		return nil
	}
	switch b := b.(type) {
	case *array.StringBuilder:
		b.Append(c.textOf(x))
	case *array.LargeStringBuilder:
		b.Append(c.textOf(x))
	case *array.BinaryDictionaryBuilder:
		return b.AppendString(c.textOf(x))
	case *array.BinaryBuilder:
		b.Append([]byte(c.textOf(x)))
	case *array.Decimal128Builder:
		b.Append(c.decimal.num(x.number))
	case *array.TimestampBuilder:
		if c != nil && c.class == dataset.ClassDate {
			x.number *= microsPerDay
		}
		b.Append(arrow.Timestamp(x.number))
	case *array.Float64Builder:
		b.Append(x.number)
	case *array.Float32Builder:
		b.Append(float32(x.number))
	case *array.BooleanBuilder:
		b.Append(x.number != 0)
	case *array.Date32Builder:
		b.Append(arrow.Date32(x.number))
	default:
		return appendWhole(b, t, x.number)
	}
	return nil
}

func appendWhole(b array.Builder, t dataset.Type, x float64) error {
	switch b := b.(type) {
	case *array.Int64Builder:
		b.Append(int64(x))
	case *array.Int32Builder:
		b.Append(int32(x))
	case *array.Int16Builder:
		b.Append(int16(x))
	case *array.Int8Builder:
		b.Append(int8(x))
	case *array.Uint64Builder:
		b.Append(uint64(x))
	case *array.Uint32Builder:
		b.Append(uint32(x))
	case *array.Uint16Builder:
		b.Append(uint16(x))
	case *array.Uint8Builder:
		b.Append(uint8(x))
	default:
		return fmt.Errorf("column of type %s: %w", t, dataset.ErrUnsupported)
	}
	return nil
}

// num returns a number of units exactly.
func (f decimalForm) num(units float64) decimal128.Num {
	n := big.NewInt(int64(units))
	if f.zeros > 0 {
		n.Mul(n, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(f.zeros)), nil))
	}
	return decimal128.FromBigInt(n)
}

// text returns a number of units as digits, with the whole scale behind the point.
func (f decimalForm) text(units float64) string {
	sign, digits := "", strconv.FormatInt(int64(units), 10)
	if digits[0] == '-' {
		sign, digits = "-", digits[1:]
	}
	if len(digits) <= f.digits {
		digits = strings.Repeat("0", f.digits+1-len(digits)) + digits
	}
	at := len(digits) - f.digits
	return sign + digits[:at] + "." + digits[at:] + strings.Repeat("0", f.zeros)
}

// textOf returns a cell as a file of text has it.
func (c *column) textOf(x cell) string {
	if x.asText || c == nil {
		return x.text
	}
	switch c.class {
	case dataset.ClassBool:
		return strconv.FormatBool(x.number != 0)
	case dataset.ClassInteger:
		return strconv.FormatFloat(x.number, 'f', -1, 64)
	case dataset.ClassFloat:
		bits := 64
		if c.field.Type == dataset.Float32 && float64(float32(x.number)) == x.number {
			bits = 32
		}
		return strconv.FormatFloat(x.number, 'g', -1, bits)
	case dataset.ClassDecimal:
		return strings.TrimSuffix(c.decimal.text(x.number), ".")
	case dataset.ClassDate:
		return time.Unix(int64(x.number)*24*60*60, 0).UTC().Format(time.DateOnly)
	case dataset.ClassTime:
		layout := "2006-01-02T15:04:05.999999"
		if c.field.Type != dataset.Timestamp {
			layout += "Z"
		}
		return time.UnixMicro(int64(x.number)).UTC().Format(layout)
	default:
		return x.text
	}
}

// appendAt appends the bytes, the list or the struct of a row.
func (c *column) appendAt(b array.Builder, d *draw, row int64) {
	if c.isNull(d, row) {
		b.AppendNull()
		return
	}
	if c.unique {
		d.at(^c.stream, int64(c.addresses[row]))
	} else {
		d.at(c.stream, row).Float64()
	}
	appendSome(b, d)
}

func someBytes(d *draw) []byte {
	out := make([]byte, 4+d.IntN(13))
	for i := range out {
		out[i] = byte(d.Uint64())
	}
	return out
}

// appendSome appends a value of the builder's type.
func appendSome(b array.Builder, d *draw) {
	switch b := b.(type) {
	case *array.BinaryBuilder:
		b.Append(someBytes(d))
	case *array.ListBuilder:
		b.Append(true)
		for range d.IntN(4) {
			appendSome(b.ValueBuilder(), d)
		}
	case *array.FixedSizeListBuilder:
		b.Append(true)
		t, ok := b.Type().(*arrow.FixedSizeListType)
		for i := int32(0); ok && i < t.Len(); i++ {
			appendSome(b.ValueBuilder(), d)
		}
	case *array.StructBuilder:
		b.Append(true)
		for i := range b.NumField() {
			appendSome(b.FieldBuilder(i), d)
		}
	default:
		t, err := dataset.TypeOf(b.Type())
		x := cell{number: float64(d.IntN(10)), text: word(d, 4)}
		if t == dataset.Date32 {
			x.number += fromDay
		}
		if err != nil || appendCell(b, t, plain(t), x) != nil {
			b.AppendNull() // no type of the closed list comes here
		}
	}
}

// plain returns a column whose cells have the form of type t and no rules.
func plain(t dataset.Type) *column { return &column{field: dataset.Field{Type: t}, class: t.Class()} }
