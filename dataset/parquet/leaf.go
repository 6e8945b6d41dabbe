package parquet

import (
	"fmt"
	"slices"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/format"

	"github.com/tidewheel/tidewheel/dataset"
)

// schemaKey is the key of the file's metadata that holds the schema.
const schemaKey = "tidewheel.schema"

// leaf is a column of values, not of further columns.
type leaf struct {
	name     string
	index    int // among the leaves of the file
	nullable bool
	kind     parquet.Kind
	size     int          // bytes of a value of FIXED_LEN_BYTE_ARRAY
	typ      dataset.Type // empty: refused
	refused  string       // what the column is, when it is refused
	micros   micros       // of a timestamp or a time of day
	form     form
	unit     string // of the numbers that a column without a type of its own becomes
}

// micros says how the unit of a time becomes microseconds.
type micros struct{ times, over int64 }

// form is what a value is, where neither its physical type nor the type that it becomes says so.
type form uint8

const (
	ownForm  form = iota
	halfForm      // FLOAT16
	uuidForm
	timeForm // TIME
)

func leafOf(e *format.SchemaElement, index int) leaf {
	l := leaf{name: e.Name, index: index, kind: parquet.Kind(e.Type.V), size: int(e.TypeLength.V)}
	switch {
	case !e.RepetitionType.Valid:
		l.refused = "a column without repetition type"
		return l
	case l.kind == parquet.FixedLenByteArray && l.size <= 0:
		l.refused = "values of no bytes"
		return l
	}
	l.nullable = e.RepetitionType.V == format.Optional
	if e.LogicalType.Value != nil {
		l.logical(e)
	} else if e.ConvertedType.Valid {
		l.converted(e)
	} else {
		l.physical()
	}
	if l.typ == "" && l.refused == "" {
		l.refused = "physical type " + l.kind.String() + " of an unknown kind"
	}
	return l
}

// is sets the type when the physical type is one of kinds.
func (l *leaf) is(t dataset.Type, kinds ...parquet.Kind) {
	if slices.Contains(kinds, l.kind) {
		l.typ = t
	} else {
		l.refused = fmt.Sprintf("type %s in physical type %s", t, l.kind)
	}
}

func (l *leaf) physical() {
	switch l.kind {
	case parquet.Boolean:
		l.typ = dataset.Bool
	case parquet.Int32:
		l.typ = dataset.Int32
	case parquet.Int64:
		l.typ = dataset.Int64
	case parquet.Int96:
		l.typ = dataset.Timestamp
	case parquet.Float:
		l.typ = dataset.Float32
	case parquet.Double:
		l.typ = dataset.Float64
	case parquet.ByteArray, parquet.FixedLenByteArray:
		l.typ = dataset.Binary
	}
}

func (l *leaf) logical(e *format.SchemaElement) {
	switch t := e.LogicalType.Value.(type) {
	case *format.StringType, *format.EnumType:
		l.is(dataset.Utf8, parquet.ByteArray)
	case *format.JsonType:
		l.is(dataset.JSON, parquet.ByteArray)
	case *format.BsonType:
		l.is(dataset.Binary, parquet.ByteArray)
	case *format.DateType:
		l.is(dataset.Date32, parquet.Int32)
	case *format.IntType:
		l.integer(int(t.BitWidth), t.IsSigned)
	case *format.DecimalType:
		l.decimal(int(t.Precision), int(t.Scale))
	case *format.TimestampType:
		l.timestamp(t)
	case *format.TimeType:
		l.timeOfDay(t.Unit)
	case *format.UUIDType:
		l.fixed(dataset.Utf8, uuidForm, 16)
	case *format.Float16Type:
		l.fixed(dataset.Float32, halfForm, 2)
	case *format.GeometryType, *format.GeographyType:
		l.is(dataset.Binary, parquet.ByteArray)
	case *format.NullType: // nothing but nulls, of whatever type
		l.physical()
	default:
		l.refused = "logical type " + e.LogicalType.String()
	}
}

func (l *leaf) integer(bits int, signed bool) {
	types := map[int][2]dataset.Type{
		8: {dataset.Uint8, dataset.Int8}, 16: {dataset.Uint16, dataset.Int16}, 32: {dataset.Uint32, dataset.Int32}, 64: {dataset.Uint64, dataset.Int64},
	}
	pair, ok := types[bits]
	if !ok {
		l.refused = fmt.Sprintf("an integer of %d bits", bits)
		return
	}
	t := pair[0]
	if signed {
		t = pair[1]
	}
	if bits == 64 {
		l.is(t, parquet.Int64)
	} else {
		l.is(t, parquet.Int32)
	}
}

func (l *leaf) decimal(precision, scale int) {
	if precision < 1 || precision > 38 || scale < 0 || scale > precision {
		l.refused = fmt.Sprintf("DECIMAL(%d,%d)", precision, scale)
		return
	}
	l.is(dataset.Decimal128(precision, scale), parquet.Int32, parquet.Int64, parquet.ByteArray, parquet.FixedLenByteArray)
}

// in sets the unit of a time.
func (l *leaf) in(u format.TimeUnit) bool {
	switch u.Value.(type) {
	case *format.MilliSeconds:
		l.micros = micros{times: 1000, over: 1}
	case *format.MicroSeconds:
		l.micros = micros{times: 1, over: 1}
	case *format.NanoSeconds:
		l.micros = micros{times: 1, over: 1000}
	default:
		l.refused = "a time of an unknown unit"
		return false
	}
	return true
}

// timeOfDay makes the column one of microseconds since midnight.
func (l *leaf) timeOfDay(u format.TimeUnit) {
	if !l.in(u) {
		return
	}
	l.form, l.unit = timeForm, "us"
	if l.micros.times == 1000 {
		l.is(dataset.Int64, parquet.Int32)
	} else {
		l.is(dataset.Int64, parquet.Int64)
	}
}

// fixed sets the type when values have a number of bytes.
func (l *leaf) fixed(t dataset.Type, f form, size int) {
	l.form = f
	if l.is(t, parquet.FixedLenByteArray); l.typ != "" && l.size != size {
		l.typ, l.refused = "", fmt.Sprintf("values of %d bytes for %d", l.size, size)
	}
}

func (l *leaf) timestamp(t *format.TimestampType) {
	if !l.in(t.Unit) {
		return
	}
	if t.IsAdjustedToUTC {
		l.is(dataset.TimeUTC, parquet.Int64)
	} else {
		l.is(dataset.Timestamp, parquet.Int64)
	}
}

// converted reads the annotations of files from before logical types.
func (l *leaf) converted(e *format.SchemaElement) {
	switch c := e.ConvertedType.V; c {
	case deprecated.UTF8, deprecated.Enum:
		l.is(dataset.Utf8, parquet.ByteArray)
	case deprecated.Json:
		l.is(dataset.JSON, parquet.ByteArray)
	case deprecated.Bson:
		l.is(dataset.Binary, parquet.ByteArray)
	case deprecated.Date:
		l.is(dataset.Date32, parquet.Int32)
	case deprecated.Decimal:
		l.decimal(int(e.Precision.V), int(e.Scale.V))
	case deprecated.TimestampMillis:
		l.micros = micros{times: 1000, over: 1}
		l.is(dataset.TimeUTC, parquet.Int64)
	case deprecated.TimestampMicros:
		l.micros = micros{times: 1, over: 1}
		l.is(dataset.TimeUTC, parquet.Int64)
	case deprecated.Uint8, deprecated.Uint16, deprecated.Uint32, deprecated.Uint64:
		l.integer(8<<int(c-deprecated.Uint8), false)
	case deprecated.Int8, deprecated.Int16, deprecated.Int32, deprecated.Int64:
		l.integer(8<<int(c-deprecated.Int8), true)
	case deprecated.TimeMillis:
		l.timeOfDay(format.TimeUnit{Value: new(format.MilliSeconds)})
	case deprecated.TimeMicros:
		l.timeOfDay(format.TimeUnit{Value: new(format.MicroSeconds)})
	case deprecated.Interval:
		l.refused = "an INTERVAL, which is no length of time"
	default:
		l.refused = fmt.Sprintf("converted type %d", c)
	}
}
