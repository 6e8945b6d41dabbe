package dataset

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"github.com/apache/arrow/go/v17/arrow"
)

// Type is the logical type of a column, written as text: "float64", "timestamp[us,UTC]", "list<float32>". The list is closed: ParseType refuses all else by
// name. Types are comparable with ==; a Type made by ParseType or by the functions below is in canonical form.
//
// Text has one logical meaning and three encodings: a column declared Utf8, LargeUtf8 or Dictionary accepts any of Arrow's utf8, large_utf8 and
// dictionary<integer, utf8>; the declared one is what readers build.
type Type string

// The types without parameters.
const (
	Bool       Type = "bool"
	Int8       Type = "int8"
	Int16      Type = "int16"
	Int32      Type = "int32"
	Int64      Type = "int64"
	Uint8      Type = "uint8"
	Uint16     Type = "uint16"
	Uint32     Type = "uint32"
	Uint64     Type = "uint64"
	Float32    Type = "float32"
	Float64    Type = "float64"
	Utf8       Type = "utf8"
	LargeUtf8  Type = "large_utf8"
	Dictionary Type = "dictionary" // utf8 behind int32 codes that are private to each batch
	Binary     Type = "binary"
	Date32     Type = "date32"        // days since 1970-01-01
	JSON       Type = "json"          // utf8 that is passed through unread
	Timestamp  Type = "timestamp[us]" // naive: microseconds of a wall clock without a zone
	TimeUTC    Type = "timestamp[us,UTC]"
)

// TimestampIn returns the timestamp type, microseconds since the epoch, shown in a zone of the IANA database.
func TimestampIn(zone string) Type { return Type("timestamp[us," + zone + "]") }

// Decimal128 returns the exact decimal type of precision digits (1 to 38), scale of them behind the point.
func Decimal128(precision, scale int) Type {
	return Type(fmt.Sprintf("decimal128(%d,%d)", precision, scale))
}

// List returns the type of lists of elem.
func List(elem Type) Type { return "list<" + elem + ">" }

// FixedSizeList returns the type of lists of exactly n elem.
func FixedSizeList(elem Type, n int) Type {
	return "fixed_size_list<" + elem + ">[" + Type(strconv.Itoa(n)) + "]"
}

// Class groups the types by how kernels read them.
type Class uint8

// The classes.
const (
	ClassInvalid Class = iota
	ClassBool          // 0 or 1 as a number
	ClassInteger
	ClassFloat
	ClassDecimal // rounded once to float64 as a number
	ClassDate    // days since the epoch as a number
	ClassTime    // microseconds since the epoch as a number
	ClassText
	ClassJSON
	ClassBinary
	ClassList
	ClassStruct
)

// Class returns the class of t, ClassInvalid for a text that is no type.
func (t Type) Class() Class {
	switch t {
	case Bool:
		return ClassBool
	case Int8, Int16, Int32, Int64, Uint8, Uint16, Uint32, Uint64:
		return ClassInteger
	case Float32, Float64:
		return ClassFloat
	case Utf8, LargeUtf8, Dictionary:
		return ClassText
	case JSON:
		return ClassJSON
	case Binary:
		return ClassBinary
	case Date32:
		return ClassDate
	case Timestamp, TimeUTC:
		return ClassTime
	}
	for _, p := range []struct {
		prefix string
		class  Class
	}{
		{"timestamp[", ClassTime},
		{"decimal128(", ClassDecimal},
		{"list<", ClassList},
		{"fixed_size_list<", ClassList},
		{"struct<", ClassStruct},
	} {
		if strings.HasPrefix(string(t), p.prefix) {
			return p.class
		}
	}
	return ClassInvalid
}

// IsNumeric reports whether a column of t reads as one number a row: bool, integer, float, decimal, date or timestamp.
func (t Type) IsNumeric() bool {
	c := t.Class()
	return c >= ClassBool && c <= ClassTime
}

// IsText reports whether t is one of the encodings of text.
func (t Type) IsText() bool { return t.Class() == ClassText }

// maxTypeDepth bounds the nesting of lists and structs, maxTypeLen the text of a type.
const (
	maxTypeDepth = 8
	maxTypeLen   = 1 << 16
)

// ParseType reads the text of a type and returns its canonical form. It errors with ErrUnsupported, naming the text, for anything outside the closed list.
func ParseType(text string) (Type, error) {
	if len(text) > maxTypeLen {
		return "", fmt.Errorf("dataset: type of %d bytes: %w", len(text), ErrLimit)
	}
	t := Type(strings.TrimSpace(text))
	dt, err := t.arrow(0)
	switch {
	case err != nil:
		return "", err
	case t == JSON: // which is utf8 to Arrow
		return t, nil
	}
	return TypeOf(dt)
}

// Arrow returns the Arrow type that readers build for t. It errors with ErrUnsupported for a text that is no type.
func (t Type) Arrow() (arrow.DataType, error) { return t.arrow(0) }

func (t Type) arrow(depth int) (arrow.DataType, error) {
	unsupported := func() (arrow.DataType, error) {
		return nil, fmt.Errorf("dataset: type %q: %w", string(t), ErrUnsupported)
	}
	if depth > maxTypeDepth {
		return nil, fmt.Errorf("dataset: type nested deeper than %d: %w", maxTypeDepth, ErrLimit)
	}
	if dt := plainArrow(t); dt != nil {
		return dt, nil
	}
	switch t.Class() {
	case ClassTime:
		unit, zone, _ := strings.Cut(inner(string(t), "timestamp[", "]"), ",")
		if unit != "us" || !validZone(zone) {
			return unsupported()
		}
		return &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: zone}, nil
	case ClassDecimal:
		p, s, ok := strings.Cut(inner(string(t), "decimal128(", ")"), ",")
		precision, err1 := strconv.ParseInt(p, 10, 32)
		scale, err2 := strconv.ParseInt(strings.TrimSpace(s), 10, 32)
		if !ok || err1 != nil || err2 != nil || precision < 1 || precision > 38 || scale < 0 || scale > precision {
			return unsupported()
		}
		return &arrow.Decimal128Type{Precision: int32(precision), Scale: int32(scale)}, nil
	case ClassList:
		return t.listArrow(depth)
	case ClassStruct:
		return t.structArrow(depth)
	default:
		return unsupported()
	}
}

func (t Type) listArrow(depth int) (arrow.DataType, error) {
	s := string(t)
	if strings.HasPrefix(s, "list<") {
		elem, err := Type(inner(s, "list<", ">")).arrow(depth + 1)
		if err != nil {
			return nil, err
		}
		return arrow.ListOf(elem), nil
	}
	i := strings.LastIndexByte(s, '[')
	if i < 0 {
		return nil, fmt.Errorf("dataset: type %q: %w", s, ErrUnsupported)
	}
	n, err := strconv.ParseInt(inner(s[i:], "[", "]"), 10, 32)
	if err != nil || n < 1 || n > 1<<20 {
		return nil, fmt.Errorf("dataset: type %q: %w", s, ErrUnsupported)
	}
	elem, err := Type(inner(s[:i], "fixed_size_list<", ">")).arrow(depth + 1)
	if err != nil {
		return nil, err
	}
	return arrow.FixedSizeListOf(int32(n), elem), nil
}

func (t Type) structArrow(depth int) (arrow.DataType, error) {
	var fields []arrow.Field
	for _, part := range splitTop(inner(string(t), "struct<", ">")) {
		name, typ, ok := strings.Cut(part, ":")
		if !ok || name == "" {
			return nil, fmt.Errorf("dataset: type %q: %w", string(t), ErrUnsupported)
		}
		dt, err := Type(typ).arrow(depth + 1)
		if err != nil {
			return nil, err
		}
		fields = append(fields, arrow.Field{Name: name, Type: dt, Nullable: true})
	}
	return arrow.StructOf(fields...), nil
}

func plainArrow(t Type) arrow.DataType {
	switch t {
	case Bool:
		return arrow.FixedWidthTypes.Boolean
	case Int8:
		return arrow.PrimitiveTypes.Int8
	case Int16:
		return arrow.PrimitiveTypes.Int16
	case Int32:
		return arrow.PrimitiveTypes.Int32
	case Int64:
		return arrow.PrimitiveTypes.Int64
	case Uint8:
		return arrow.PrimitiveTypes.Uint8
	case Uint16:
		return arrow.PrimitiveTypes.Uint16
	case Uint32:
		return arrow.PrimitiveTypes.Uint32
	case Uint64:
		return arrow.PrimitiveTypes.Uint64
	case Float32:
		return arrow.PrimitiveTypes.Float32
	case Float64:
		return arrow.PrimitiveTypes.Float64
	case Utf8, JSON:
		return arrow.BinaryTypes.String
	case LargeUtf8:
		return arrow.BinaryTypes.LargeString
	case Dictionary:
		return &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: arrow.BinaryTypes.String}
	case Binary:
		return arrow.BinaryTypes.Binary
	case Date32:
		return arrow.FixedWidthTypes.Date32
	default:
		return nil
	}
}

// TypeOf returns the logical type of an Arrow type. It errors with ErrUnsupported, naming the Arrow type, for one outside the closed list.
func TypeOf(dt arrow.DataType) (Type, error) { return typeOf(dt, 0) }

func typeOf(dt arrow.DataType, depth int) (Type, error) {
	if depth > maxTypeDepth {
		return "", fmt.Errorf("dataset: type nested deeper than %d: %w", maxTypeDepth, ErrLimit)
	}
	switch dt := dt.(type) {
	case *arrow.TimestampType:
		if dt.Unit == arrow.Microsecond && validZone(dt.TimeZone) {
			if dt.TimeZone == "" {
				return Timestamp, nil
			}
			return TimestampIn(dt.TimeZone), nil
		}
	case *arrow.Decimal128Type:
		return Decimal128(int(dt.Precision), int(dt.Scale)), nil
	case *arrow.DictionaryType:
		if id := dt.ValueType.ID(); id == arrow.STRING || id == arrow.LARGE_STRING {
			return Dictionary, nil
		}
	case *arrow.FixedSizeListType:
		elem, err := typeOf(dt.Elem(), depth+1)
		return FixedSizeList(elem, int(dt.Len())), err
	case *arrow.ListType:
		elem, err := typeOf(dt.Elem(), depth+1)
		return List(elem), err
	case *arrow.StructType:
		parts := make([]string, dt.NumFields())
		for i, f := range dt.Fields() {
			elem, err := typeOf(f.Type, depth+1)
			if err != nil {
				return "", err
			}
			parts[i] = f.Name + ":" + string(elem)
		}
		return Type("struct<" + strings.Join(parts, ",") + ">"), nil
	default:
		for _, t := range []Type{
			Bool, Int8, Int16, Int32, Int64, Uint8, Uint16, Uint32, Uint64, Float32, Float64, Utf8, LargeUtf8, Binary, Date32,
		} {
			if plainArrow(t).ID() == dt.ID() {
				return t, nil
			}
		}
	}
	return "", fmt.Errorf("dataset: arrow type %s: %w", dt, ErrUnsupported)
}

// accepts reports whether a physical Arrow type may stand in a column declared t.
func (t Type) accepts(dt arrow.DataType) bool {
	got, err := TypeOf(dt)
	if err != nil {
		return false
	}
	if t == JSON {
		return got == Utf8
	}
	return got == t || (t.IsText() && got.IsText())
}

// validZone checks the form of a zone's name only: which names exist depends on the machine's time zone database, and a schema must not.
func validZone(zone string) bool {
	for _, r := range zone {
		if !strings.ContainsRune("+-/_:", r) && (r > 'z' || (!unicode.IsLetter(r) && !unicode.IsDigit(r))) {
			return false
		}
	}
	return zone != "Local" && len(zone) <= 64
}

// inner strips prefix and suffix, and returns "" when either is absent.
func inner(s, prefix, suffix string) string {
	s, ok1 := strings.CutPrefix(s, prefix)
	s, ok2 := strings.CutSuffix(s, suffix)
	if !ok1 || !ok2 {
		return ""
	}
	return s
}

// splitTop splits at the commas outside every bracket.
func splitTop(s string) []string {
	var parts []string
	depth, start := 0, 0
	for i, r := range s {
		switch r {
		case '<', '(', '[':
			depth++
		case '>', ')', ']':
			depth--
		case ',':
			if depth == 0 {
				parts = append(parts, s[start:i])
				start = i + 1
			}
		}
	}
	return append(parts, s[start:])
}
