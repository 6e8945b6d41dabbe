package sql

import (
	"fmt"
	"math"
	"reflect"
	"strconv"
	"time"
	"unicode/utf8"
	"unsafe"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/cell"
)

// column appends the values of a column. It is a sql.Scanner, so that database/sql hands it what the driver gave, without a conversion and without a copy.
type column struct {
	field   dataset.Field
	builder array.Builder
	put     func(src any) bool // appends a value that is not nil; false for one that is none of the type
	text    func([]byte) bool  // the same from its text
	longest int
	bytes   *int
	zone    *time.Location // of a wall clock's first time
	offset  int            // and its offset, which is all that a zone without a name has
	fault   error
	scratch []byte
}

func newColumn(f dataset.Field, b array.Builder, longest int) *column {
	c := &column{field: f, builder: b, text: cell.Appender(b), longest: longest}
	switch b := b.(type) {
	case *array.Int64Builder:
		c.put = whole(c, b.Append)
	case *array.Int32Builder:
		c.put = whole(c, b.Append)
	case *array.Int16Builder:
		c.put = whole(c, b.Append)
	case *array.Int8Builder:
		c.put = whole(c, b.Append)
	case *array.Uint64Builder:
		c.put = whole(c, b.Append)
	case *array.Uint32Builder:
		c.put = whole(c, b.Append)
	case *array.Uint16Builder:
		c.put = whole(c, b.Append)
	case *array.Uint8Builder:
		c.put = whole(c, b.Append)
	case *array.Float64Builder:
		c.put = func(src any) bool {
			if v, ok := src.(float64); ok {
				b.Append(v)
				return true
			}
			return c.float(src)
		}
	case *array.Float32Builder:
		c.put = c.float
	case *array.BooleanBuilder:
		c.put = func(src any) bool {
			if v, ok := src.(bool); ok {
				b.Append(v)
				return true
			}
			return c.integer(src)
		}
	case *array.TimestampBuilder:
		zoned := b.Type().(*arrow.TimestampType).TimeZone != ""
		c.put = func(src any) bool {
			v, ok := src.(time.Time)
			if !ok {
				return c.other(src)
			}
			micros, ok := c.micros(v, zoned)
			b.Append(arrow.Timestamp(micros))
			return ok
		}
	case *array.Date32Builder:
		c.put = func(src any) bool {
			v, ok := src.(time.Time)
			if !ok {
				return c.other(src)
			}
			micros, ok := c.micros(v, false)
			b.Append(arrow.Date32(micros / dayMicros))
			return ok && micros%dayMicros == 0
		}
	case *array.Decimal128Builder:
		c.put = c.decimal
	case *array.BinaryBuilder:
		c.text = func(v []byte) bool { b.Append(v); return true }
		c.put = c.other
	default:
		c.put = c.other
	}
	return c
}

// whole is the put of integers, which drivers give as int64 when they fit.
func whole[T int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64](c *column, add func(T)) func(any) bool {
	return func(src any) bool {
		if v, ok := src.(int64); ok && int64(T(v)) == v && (T(v) < 0) == (v < 0) {
			add(T(v))
			return true
		}
		return c.integer(src)
	}
}

const dayMicros = 86400 * 1_000_000

// Scan implements sql.Scanner.
func (c *column) Scan(src any) error {
	if src == nil {
		c.builder.AppendNull()
		return nil
	}
	if !c.put(src) {
		if c.fault == nil {
			c.fault = &dataset.SchemaError{Column: c.field.Name, Want: string(c.field.Type), Got: "a " + reflect.TypeOf(src).String() + " that is none"}
		}
		return c.fault
	}
	return nil
}

// other appends what the text or the bytes of src say, and nothing else.
func (c *column) other(src any) bool {
	switch v := src.(type) {
	case []byte:
		return c.sized(v)
	case string:
		return c.sized(unsafe.Slice(unsafe.StringData(v), len(v))) // which is read only
	}
	v := reflect.ValueOf(src)
	switch {
	case v.Kind() == reflect.String:
		return c.other(v.String())
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8:
		return c.other(v.Bytes())
	default:
		return false
	}
}

func (c *column) sized(v []byte) bool {
	if len(v) > c.longest {
		c.fault = fmt.Errorf("column %q: %d bytes, want at most %d: %w", c.field.Name, len(v), c.longest, dataset.ErrLimit)
		return false
	}
	switch c.field.Type.Class() {
	case dataset.ClassText, dataset.ClassJSON:
		if !utf8.Valid(v) {
			c.fault = &dataset.SchemaError{Column: c.field.Name, Want: "UTF-8", Got: "other bytes"}
			return false
		}
	case dataset.ClassBinary:
	default:
		return c.text(cell.Trim(v))
	}
	*c.bytes += len(v)
	return c.text(v)
}

// integer appends whole numbers of any form; the appender of texts knows the width of the column.
func (c *column) integer(src any) bool {
	switch v := reflect.ValueOf(src); v.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		c.scratch = strconv.AppendInt(c.scratch[:0], v.Int(), 10)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		c.scratch = strconv.AppendUint(c.scratch[:0], v.Uint(), 10)
	case reflect.Float32, reflect.Float64:
		if f := v.Float(); f != math.Trunc(f) || math.Abs(f) >= 1<<53 {
			return false
		}
		c.scratch = strconv.AppendInt(c.scratch[:0], int64(v.Float()), 10)
	case reflect.Bool:
		if c.field.Type != dataset.Bool {
			return false
		}
		c.scratch = strconv.AppendBool(c.scratch[:0], v.Bool())
	default:
		return c.other(src)
	}
	return c.text(c.scratch)
}

// float appends numbers of any form. An integer that no float has is refused.
func (c *column) float(src any) bool {
	var f float64
	switch v := reflect.ValueOf(src); v.Kind() {
	case reflect.Float32, reflect.Float64:
		f = v.Float()
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		f = float64(v.Int())
		if f >= 1<<63 || int64(f) != v.Int() {
			return false
		}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		f = float64(v.Uint())
		if f >= 1<<64 || uint64(f) != v.Uint() {
			return false
		}
	default:
		return c.other(src)
	}
	switch b := c.builder.(type) {
	case *array.Float64Builder:
		b.Append(f)
	case *array.Float32Builder:
		b.Append(float32(f))
		return math.IsInf(f, 0) || !math.IsInf(float64(float32(f)), 0)
	}
	return true
}

// decimal appends the digits of a number. A float has those of the shortest decimal that reads back to it.
func (c *column) decimal(src any) bool {
	switch v := src.(type) {
	case []byte, string:
		return c.other(src)
	case float64:
		c.scratch = strconv.AppendFloat(c.scratch[:0], v, 'f', -1, 64)
	case float32:
		c.scratch = strconv.AppendFloat(c.scratch[:0], float64(v), 'f', -1, 32)
	case fmt.Stringer: // a driver's own decimal
		return c.other(v.String())
	default:
		return c.integer(src)
	}
	return c.text(c.scratch)
}

// micros returns an instant, or what the clock on the wall shows.
func (c *column) micros(t time.Time, zoned bool) (int64, bool) {
	if t.Nanosecond()%1000 != 0 {
		c.fault = &dataset.SchemaError{Column: c.field.Name, Want: string(c.field.Type), Got: "a time finer than microseconds"}
		return 0, false
	}
	micros := t.UnixMicro()
	if zoned {
		t = t.UTC()
	} else {
		_, offset := t.Zone()
		if c.zone == nil {
			c.zone, c.offset = t.Location(), offset
		}
		if name := t.Location().String(); c.zone != t.Location() && (c.zone.String() != name || name == "" && c.offset != offset) {
			c.fault = &dataset.SchemaError{Column: c.field.Name, Want: string(c.field.Type), Got: "times of several zones"}
			return 0, false
		}
		micros += int64(offset) * 1_000_000
	}
	year := t.Year()
	return micros, year >= 0 && year <= 9999
}
