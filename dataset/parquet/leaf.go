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

// leaf is a top-level column of a file.
type leaf struct {
	name     string
	index    int // among the leaves of the file
	nullable bool
	kind     parquet.Kind
	size     int          // of a value of a fixed-length byte array
	typ      dataset.Type // empty: refused
	refused  string       // what the column is, when it is refused
	micros   micros       // of a timestamp
}

// micros says how a timestamp's unit becomes microseconds.
type micros struct{ times, over int64 }

// leaves returns the top-level columns in order.
func leaves(elements []format.SchemaElement) ([]leaf, error) {
	if len(elements) == 0 {
		return nil, formatError("", "a root column", "none")
	}
	var out []leaf
	index := 0
	for at := 1; at < len(elements); {
		size, nested := subtree(elements[at:], 0)
		if size == 0 {
			return nil, formatError("", "a tree of columns", "one that does not end")
		}
		l := leafOf(&elements[at], index)
		if size > 1 || elements[at].NumChildren.V > 0 || !elements[at].Type.Valid {
			l.typ, l.refused = "", "a nested column"
		}
		out = append(out, l)
		index += nested
		at += size
	}
	if int(elements[0].NumChildren.V) != len(out) {
		return nil, formatError("", fmt.Sprintf("%d columns", elements[0].NumChildren.V), fmt.Sprint(len(out)))
	}
	return out, nil
}

// maxDepth bounds the nesting of columns.
const maxDepth = 64

// subtree returns how many elements the first column takes and how many of them are leaves; 0 when it does not end.
func subtree(elements []format.SchemaElement, depth int) (size, leafs int) {
	if len(elements) == 0 || depth > maxDepth {
		return 0, 0
	}
	children := int(elements[0].NumChildren.V)
	if children <= 0 {
		return 1, 1
	}
	size = 1
	for range children {
		n, m := subtree(elements[size:], depth+1)
		if n == 0 {
			return 0, 0
		}
		size += n
		leafs += m
	}
	return size, leafs
}

func leafOf(e *format.SchemaElement, index int) leaf {
	l := leaf{name: e.Name, index: index, kind: parquet.Kind(e.Type.V), size: int(e.TypeLength.V)}
	switch {
	case !e.RepetitionType.Valid:
		l.refused = "a column without repetition type"
		return l
	case e.RepetitionType.V == format.Repeated:
		l.refused = "a repeated column"
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

func (l *leaf) timestamp(t *format.TimestampType) {
	switch t.Unit.Value.(type) {
	case *format.MilliSeconds:
		l.micros = micros{times: 1000, over: 1}
	case *format.MicroSeconds:
		l.micros = micros{times: 1, over: 1}
	case *format.NanoSeconds:
		l.micros = micros{times: 1, over: 1000}
	default:
		l.refused = "a timestamp of an unknown unit"
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
	default:
		l.refused = fmt.Sprintf("converted type %d", c)
	}
}
