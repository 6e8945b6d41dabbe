package dataset

import (
	"fmt"
	"reflect"
	"strings"
	"time"
	"unsafe"
)

// goKind is how a struct field is read.
type goKind uint8

const (
	goBool goKind = iota
	goInt8
	goInt16
	goInt32
	goInt64
	goUint8
	goUint16
	goUint32
	goUint64
	goFloat32
	goFloat64
	goString
	goBytes
	goTime
)

// nullForm is how a struct field says null.
type nullForm uint8

const (
	nullNever   nullForm = iota
	nullPointer          // a nil pointer
	nullFlag             // a false Valid of a type of database/sql
	nullSlice            // a nil []byte, where the tag says nullable
)

// structColumn is a struct field as a column. Offsets are from the start of the outermost struct.
type structColumn struct {
	field  Field
	kind   goKind
	null   nullForm
	offset uintptr // of the value, or of the pointer to it
	flag   uintptr // of Valid
}

// SchemaOf returns the schema of the struct type T: a column for each exported field, in order, fields of embedded structs in their place. The Go type gives
// the column's type: bool, the sized integers and floats (int is int64 and uint is uint64), string is utf8, []byte is binary, time.Time is timestamp[us,UTC]. A
// pointer, and sql.Null[…] and its relatives, make the column nullable. The tag `ml` carries the rules:
//
//	type Payment struct {
//		Amount  float64          `ml:"name=amount,unit=EUR,min=0,max=5000"`
//		Country string           `ml:"name=country,oneof=DE|FR|US,unseen=missing"`
//		Code    string           `ml:"name=code,pattern='[A-Z]{2,3}',personal,purpose=fraud"`
//		Day     time.Time        `ml:"name=day,type=date32,role=time"`
//		Age     sql.Null[int32]  `ml:"name=age,sensitive,description=years"`
//		Fraud   *bool            `ml:"name=fraud,role=target"`
//		Note    string           `ml:"-"`
//	}
//
// The keys are name (default: the Go name), type, role, unit, min, max, oneof (between bars), unseen, pattern, purpose, description and, without a value,
// nullable, personal and sensitive. A value with a comma stands in single quotes, where two of them are one. type may widen without loss (int32 to int64 or
// float64), and may turn a string into large_utf8, dictionary or json, []byte into json, and a time.Time into date32 or another timestamp.
// An unknown key, an unfit type or a field that is no column is an error that names the field; it wraps ErrSchema, or ErrUnsupported for a type outside the
// closed list.
func SchemaOf[T any]() (*Schema, error) {
	_, s, err := structColumns(reflect.TypeFor[T]())
	return s, err
}

// structColumns returns the columns of a struct type and their schema.
func structColumns(t reflect.Type) ([]structColumn, *Schema, error) {
	if t.Kind() != reflect.Struct || t == reflect.TypeFor[time.Time]() {
		return nil, nil, fmt.Errorf("dataset: schema of %s: want a struct type: %w", t, ErrSchema)
	}
	columns, err := appendColumns(nil, t, t, 0, 0)
	if err != nil {
		return nil, nil, err
	}
	fields := make([]Field, len(columns))
	for i, c := range columns {
		fields[i] = c.field
	}
	s, err := NewSchema(fields...)
	if err != nil {
		return nil, nil, fmt.Errorf("dataset: struct %s: %w", t, err)
	}
	return columns, s, nil
}

func appendColumns(list []structColumn, root, t reflect.Type, base uintptr, depth int) ([]structColumn, error) {
	if depth > maxTypeDepth {
		return nil, fmt.Errorf("dataset: struct %s: nested deeper than %d: %w", root, maxTypeDepth, ErrLimit)
	}
	for i := range t.NumField() {
		f := t.Field(i)
		tag, tagged := f.Tag.Lookup(tagKey)
		switch {
		case tag == "-":
			continue
		case f.Anonymous && !tagged && f.Type.Kind() == reflect.Struct && f.Type != reflect.TypeFor[time.Time]():
			var err error
			if list, err = appendColumns(list, root, f.Type, base+f.Offset, depth+1); err != nil {
				return nil, err
			}
			continue
		case !f.IsExported() && tagged:
			return nil, structError(root, f.Name, "an exported field", "an unexported one with a tag")
		case !f.IsExported():
			continue
		}
		c, err := newStructColumn(root, f, tag, base)
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, nil
}

func newStructColumn(root reflect.Type, f reflect.StructField, tag string, base uintptr) (structColumn, error) {
	c := structColumn{offset: base + f.Offset}
	value := f.Type
	switch {
	case value.Kind() == reflect.Pointer:
		value, c.null = value.Elem(), nullPointer
	case value.PkgPath() == "database/sql" && strings.HasPrefix(value.Name(), "Null") && value.NumField() == 2 && value.Field(1).Name == "Valid":
		c.flag, c.null = c.offset+value.Field(1).Offset, nullFlag
		c.offset += value.Field(0).Offset
		value = value.Field(0).Type
	}
	kind, typ, ok := kindOf(value)
	if !ok {
		return c, structError(root, f.Name, "bool, a number, string, []byte, time.Time, a pointer to one or a sql.Null of one", f.Type.String())
	}
	c.kind = kind
	field, err := fieldFromTag(Field{Name: f.Name, Type: typ, Nullable: c.null != nullNever}, tag)
	if err != nil {
		return c, fmt.Errorf("dataset: struct %s: field %s: %w", root, f.Name, err)
	}
	if !kind.fits(field.Type) {
		return c, structError(root, f.Name, "a type that holds every "+value.String(), "type "+string(field.Type))
	}
	if kind == goBytes && c.null == nullNever && field.Nullable {
		c.null = nullSlice
	}
	c.field = field
	return c, nil
}

func kindOf(t reflect.Type) (goKind, Type, bool) {
	if t == reflect.TypeFor[time.Time]() {
		return goTime, TimeUTC, true
	}
	switch t.Kind() {
	case reflect.Bool:
		return goBool, Bool, true
	case reflect.Int8:
		return goInt8, Int8, true
	case reflect.Int16:
		return goInt16, Int16, true
	case reflect.Int32:
		return goInt32, Int32, true
	case reflect.Int64:
		return goInt64, Int64, true
	case reflect.Int:
		return sized(t, goInt32, goInt64), Int64, true
	case reflect.Uint8:
		return goUint8, Uint8, true
	case reflect.Uint16:
		return goUint16, Uint16, true
	case reflect.Uint32:
		return goUint32, Uint32, true
	case reflect.Uint64:
		return goUint64, Uint64, true
	case reflect.Uint:
		return sized(t, goUint32, goUint64), Uint64, true
	case reflect.Float32:
		return goFloat32, Float32, true
	case reflect.Float64:
		return goFloat64, Float64, true
	case reflect.String:
		return goString, Utf8, true
	case reflect.Slice:
		return goBytes, Binary, t.Elem().Kind() == reflect.Uint8
	default:
		return 0, "", false
	}
}

// sized returns the kind of int or uint on this platform.
func sized(t reflect.Type, k32, k64 goKind) goKind {
	if t.Size() == 4 {
		return k32
	}
	return k64
}

// fits reports whether a column of type t holds every value of k.
func (k goKind) fits(t Type) bool {
	switch k {
	case goBool:
		return t == Bool
	case goString:
		return t.IsText() || t == JSON
	case goBytes:
		return t == Binary || t == JSON
	case goTime:
		return t == Date32 || t.Class() == ClassTime
	case goFloat32:
		return t == Float32 || t == Float64
	case goFloat64:
		return t == Float64
	default:
		return k.fitsInteger(t)
	}
}

func (k goKind) fitsInteger(t Type) bool {
	bits := func(k goKind) int { return 8 << ((k - goInt8) % 4) }
	signed := k <= goInt64
	for i, to := range []Type{Int8, Int16, Int32, Int64} {
		if to == t {
			return bits(k) < 8<<i || (signed && bits(k) == 8<<i)
		}
	}
	for i, to := range []Type{Uint8, Uint16, Uint32, Uint64} {
		if to == t {
			return !signed && bits(k) <= 8<<i
		}
	}
	return (t == Float64 && bits(k) <= 32) || (t == Float32 && bits(k) <= 16)
}

// at returns the address of the value in the struct at p, nil for null. A struct of T is at p and offsets come from T's own type, so it stays inside.
func (c *structColumn) at(p unsafe.Pointer) unsafe.Pointer {
	q := unsafe.Add(p, c.offset)
	switch c.null {
	case nullPointer:
		return *(*unsafe.Pointer)(q)
	case nullFlag:
		if !*(*bool)(unsafe.Add(p, c.flag)) {
			return nil
		}
	case nullSlice:
		if *(*[]byte)(q) == nil {
			return nil
		}
	case nullNever:
	}
	return q
}

// integer reads an integer or bool; a uint64 keeps its bits.
func (k goKind) integer(q unsafe.Pointer) int64 {
	switch k {
	case goBool:
		if *(*bool)(q) {
			return 1
		}
		return 0
	case goInt8:
		return int64(*(*int8)(q))
	case goInt16:
		return int64(*(*int16)(q))
	case goInt32:
		return int64(*(*int32)(q))
	case goInt64:
		return *(*int64)(q)
	case goUint8:
		return int64(*(*uint8)(q))
	case goUint16:
		return int64(*(*uint16)(q))
	case goUint32:
		return int64(*(*uint32)(q))
	default:
		return int64(*(*uint64)(q))
	}
}

// number reads any number or bool in number form.
func (k goKind) number(q unsafe.Pointer) float64 {
	switch k {
	case goFloat64:
		return *(*float64)(q)
	case goFloat32:
		return float64(*(*float32)(q))
	case goUint64:
		return float64(*(*uint64)(q))
	default:
		return float64(k.integer(q))
	}
}

// timeNumber returns a time in the unit of t: days of its own calendar for a date, microseconds of its own wall clock for a naive timestamp, microseconds
// since the epoch for one with a zone. What is finer than the unit is cut off, towards the past.
func timeNumber(v time.Time, t Type) int64 {
	switch t {
	case Date32, Timestamp:
		y, m, d := v.Date()
		if t == Date32 {
			return time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400
		}
		return time.Date(y, m, d, v.Hour(), v.Minute(), v.Second(), v.Nanosecond(), time.UTC).UnixMicro()
	default:
		return v.UnixMicro()
	}
}
