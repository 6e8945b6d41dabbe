package csv

import (
	"fmt"
	"math"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/tidewheel/tidewheel/dataset"
)

// column appends the cells of one column to its builder.
type column struct {
	name   string
	typ    dataset.Type
	from   int // position in the file
	text   bool
	null   func()
	append func(b []byte) bool // reports false for a cell that is no value of the type
}

func newColumn(f dataset.Field, from int, b array.Builder) (column, error) {
	c := column{name: f.Name, typ: f.Type, from: from, text: f.Type.IsText() || f.Type == dataset.JSON, null: b.AppendNull}
	switch b := b.(type) {
	case *array.BooleanBuilder:
		c.append = func(v []byte) bool {
			x, ok := parseBool(v)
			if !ok && len(v) == 1 && (v[0] == '0' || v[0] == '1') {
				x, ok = v[0] == '1', true
			}
			b.Append(x)
			return ok
		}
	case *array.Float64Builder:
		c.append = func(v []byte) bool { x, ok := parseFloat(v); b.Append(x); return ok }
	case *array.Float32Builder:
		c.append = func(v []byte) bool {
			x, ok := parseFloat(v)
			b.Append(float32(x))
			return ok && (math.IsInf(x, 0) || !math.IsInf(float64(float32(x)), 0))
		}
	case *array.StringBuilder:
		c.append = func(v []byte) bool { b.BinaryBuilder.Append(v); return true }
	case *array.LargeStringBuilder:
		c.append = func(v []byte) bool { b.BinaryBuilder.Append(v); return true }
	case *array.BinaryDictionaryBuilder:
		c.append = func(v []byte) bool {
			if len(v) == 0 {
				return b.AppendString("") == nil
			}
			return b.Append(v) == nil
		}
	case *array.Date32Builder:
		c.append = func(v []byte) bool { x, ok := parseDate(v); b.Append(arrow.Date32(x)); return ok }
	case *array.TimestampBuilder:
		zoned := f.Type != dataset.Timestamp
		c.append = func(v []byte) bool {
			x, has, ok := parseTime(v)
			b.Append(arrow.Timestamp(x))
			return ok && has == zoned
		}
	case *array.Decimal128Builder:
		dt := b.Type().(*arrow.Decimal128Type)
		c.append = func(v []byte) bool { x, ok := parseDecimal(v, dt.Precision, dt.Scale); b.Append(x); return ok }
	default:
		if c.append = integerAppend(b); c.append == nil {
			return c, fmt.Errorf("column %q: type %s in delimited text: %w", f.Name, f.Type, dataset.ErrUnsupported)
		}
	}
	return c, nil
}

// integerAppend returns nil for a builder of another type.
func integerAppend(b array.Builder) func([]byte) bool {
	switch b := b.(type) {
	case *array.Int64Builder:
		return func(v []byte) bool { x, ok := parseInt(v); b.Append(x); return ok }
	case *array.Int32Builder:
		return func(v []byte) bool { x, ok := parseInt(v); b.Append(int32(x)); return ok && int64(int32(x)) == x }
	case *array.Int16Builder:
		return func(v []byte) bool { x, ok := parseInt(v); b.Append(int16(x)); return ok && int64(int16(x)) == x }
	case *array.Int8Builder:
		return func(v []byte) bool { x, ok := parseInt(v); b.Append(int8(x)); return ok && int64(int8(x)) == x }
	case *array.Uint64Builder:
		return func(v []byte) bool { x, ok := parseUint(v); b.Append(x); return ok }
	case *array.Uint32Builder:
		return func(v []byte) bool { x, ok := parseUint(v); b.Append(uint32(x)); return ok && x <= math.MaxUint32 }
	case *array.Uint16Builder:
		return func(v []byte) bool { x, ok := parseUint(v); b.Append(uint16(x)); return ok && x <= math.MaxUint16 }
	case *array.Uint8Builder:
		return func(v []byte) bool { x, ok := parseUint(v); b.Append(uint8(x)); return ok && x <= math.MaxUint8 }
	default:
		return nil
	}
}

// add appends a cell.
func (c *column) add(v cell, nulls *nullSet, line int64) error {
	b := v.data
	if c.text {
		if !v.quoted && nulls.has(b) {
			c.null()
			return nil
		}
	} else {
		if b = trim(b); nulls.has(b) {
			c.null()
			return nil
		}
	}
	if !c.append(b) {
		return formatError(line, c.name, string(c.typ), fmt.Sprintf("a cell of %d bytes that is none", len(v.data)))
	}
	return nil
}
