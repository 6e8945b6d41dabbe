package sql

import (
	"database/sql"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tidewheel/tidewheel/dataset"
)

// inferRows is the number of rows that decide the types of columns of which the driver says nothing.
const inferRows = 1000

// infer returns the schema of a result that is at its start.
func (s *Source) infer(rows *sql.Rows) (*dataset.Schema, error) {
	columns, err := rows.ColumnTypes()
	if err != nil {
		return nil, err
	}
	if len(columns) > s.o.MaxColumns {
		return nil, fmt.Errorf("%d columns, want at most %d: %w", len(columns), s.o.MaxColumns, dataset.ErrLimit)
	}
	fields := make([]dataset.Field, len(columns))
	names := make([]string, len(columns))
	met := make([]*kinds, len(columns))
	into := make([]any, len(columns))
	unknown := false
	for i, c := range columns {
		names[i] = c.Name()
		nullable, ok := c.Nullable()
		f := dataset.Field{Name: c.Name(), Nullable: nullable || !ok, Type: s.o.Types[c.Name()]}
		into[i] = nowhere{}
		if f.Type == "" {
			if f.Type, err = columnType(c); err != nil {
				return nil, fmt.Errorf("column %q: %w", c.Name(), err)
			}
		}
		if f.Type == "" {
			met[i] = &kinds{}
			into[i], unknown = met[i], true
		}
		fields[i] = f
	}
	if err := checkNames(s.o.Types, names); err != nil {
		return nil, err
	}
	for n := 1; unknown && n <= inferRows && rows.Next(); n++ {
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		for i, k := range met {
			if k == nil {
				continue
			}
			var want string
			if fields[i].Type, want = k.join(); want != "" {
				return nil, fmt.Errorf("row %d: %w", n, &dataset.SchemaError{Column: names[i], Want: want, Got: "one of type " + k.last.String()})
			}
		}
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	for i, k := range met {
		if k != nil && fields[i].Type == "" {
			fields[i].Type = dataset.Utf8
		}
	}
	return dataset.NewSchema(fields...)
}

// columnType returns the type of a column, "" where the driver does not know.
func columnType(c *sql.ColumnType) (dataset.Type, error) {
	name := strings.ToUpper(strings.TrimSpace(c.DatabaseTypeName()))
	name, arguments, _ := strings.Cut(name, "(")
	name = strings.TrimSpace(name)
	switch name {
	case "DECIMAL", "NUMERIC", "NUMBER", "DEC", "FIXED", "MONEY", "SMALLMONEY":
		return decimalType(c, name, arguments)
	case "JSON", "JSONB":
		return dataset.JSON, nil
	case "DATE":
		return dataset.Date32, nil
	case "UUID", "TIME", "TIMETZ", "INTERVAL":
		return dataset.Utf8, nil
	case "BOOL", "BOOLEAN":
		return dataset.Bool, nil
	case "TIMESTAMPTZ", "TIMESTAMP_TZ", "TIMESTAMP_LTZ", "DATETIMEOFFSET":
		return dataset.TimeUTC, nil
	case "TIMESTAMP", "TIMESTAMP_NTZ", "DATETIME", "DATETIME2", "SMALLDATETIME":
		if strings.Contains(arguments, "WITH TIME ZONE") || strings.Contains(arguments, "WITH LOCAL TIME ZONE") {
			return dataset.TimeUTC, nil
		}
		return dataset.Timestamp, nil
	case "TIMESTAMP WITH TIME ZONE", "TIMESTAMP WITH LOCAL TIME ZONE":
		return dataset.TimeUTC, nil
	}
	scanned := goType(c.ScanType())
	switch named := nameType(name); {
	case name == "": // some drivers then say the type of the first row's value
		return "", nil
	case named == "" || named == dataset.Int64 && scanned.Class() == dataset.ClassInteger || named == dataset.Float64 && scanned.Class() == dataset.ClassFloat:
		return scanned, nil
	default:
		return named, nil
	}
}

// nameType returns the type that a name of a database stands for, by the rules that SQLite has for any name, which suit other databases too; "" for other names.
func nameType(name string) dataset.Type {
	has := func(parts ...string) bool {
		return slices.ContainsFunc(parts, func(p string) bool { return strings.Contains(name, p) })
	}
	switch {
	case strings.HasPrefix(name, "_") || has("POINT", "INTERVAL", "RANGE", "[", "VECTOR"):
		return ""
	case has("INT"):
		return dataset.Int64
	case has("CHAR", "CLOB", "TEXT", "STRING"):
		return dataset.Utf8
	case has("BLOB", "BINARY", "BYTEA", "BYTES"):
		return dataset.Binary
	case has("REAL", "FLOAT", "DOUBLE"):
		return dataset.Float64
	default:
		return ""
	}
}

// decimalType returns the exact type of a decimal. One without a stated size, which any digit may have, gets 38 digits with 18 of them behind the point.
func decimalType(c *sql.ColumnType, name, arguments string) (dataset.Type, error) {
	precision, scale, ok := c.DecimalSize()
	if first, second, both := strings.Cut(strings.TrimSuffix(strings.TrimSpace(arguments), ")"), ","); !ok && arguments != "" {
		p, err := strconv.ParseInt(strings.TrimSpace(first), 10, 32)
		ok = err == nil
		precision = p
		if both && ok {
			scale, err = strconv.ParseInt(strings.TrimSpace(second), 10, 32)
			ok = err == nil
		}
	}
	switch {
	case !ok && (name == "MONEY" || name == "SMALLMONEY"):
		return dataset.Decimal128(19, 4), nil
	case !ok || precision == 0 || precision > 1000 || scale > 1000: // drivers say a largest number for no size
		return dataset.Decimal128(38, 18), nil
	case precision < 0 || precision > 38 || scale < 0 || scale > precision:
		return "", fmt.Errorf("decimal of %d digits, %d behind the point: %w", precision, scale, dataset.ErrUnsupported)
	default:
		return dataset.Decimal128(int(precision), int(scale)), nil
	}
}

// goType returns the type of the values of a Go type, "" for one that says nothing.
func goType(t reflect.Type) dataset.Type {
	if t == nil {
		return ""
	}
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t {
	case reflect.TypeFor[time.Time](), reflect.TypeFor[sql.NullTime]():
		return dataset.TimeUTC
	case reflect.TypeFor[sql.NullBool]():
		return dataset.Bool
	case reflect.TypeFor[sql.NullByte]():
		return dataset.Uint8
	case reflect.TypeFor[sql.NullInt16]():
		return dataset.Int16
	case reflect.TypeFor[sql.NullInt32]():
		return dataset.Int32
	case reflect.TypeFor[sql.NullInt64]():
		return dataset.Int64
	case reflect.TypeFor[sql.NullFloat64]():
		return dataset.Float64
	case reflect.TypeFor[sql.NullString]():
		return dataset.Utf8
	}
	switch t.Kind() {
	case reflect.Bool:
		return dataset.Bool
	case reflect.Int, reflect.Int64:
		return dataset.Int64
	case reflect.Int8:
		return dataset.Int8
	case reflect.Int16:
		return dataset.Int16
	case reflect.Int32:
		return dataset.Int32
	case reflect.Uint, reflect.Uint64:
		return dataset.Uint64
	case reflect.Uint8:
		return dataset.Uint8
	case reflect.Uint16:
		return dataset.Uint16
	case reflect.Uint32:
		return dataset.Uint32
	case reflect.Float32:
		return dataset.Float32
	case reflect.Float64:
		return dataset.Float64
	case reflect.String:
		return dataset.Utf8
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return dataset.Binary
		}
	default:
	}
	return ""
}

// kinds is what the values of a column of no stated type were.
type kinds struct {
	typ  dataset.Type
	last reflect.Type // the Go type of a value that does not go with those before it
}

// Scan implements sql.Scanner.
func (k *kinds) Scan(src any) error {
	if src == nil || k.last != nil {
		return nil
	}
	t := goType(reflect.TypeOf(src))
	number := func(t dataset.Type) bool { return t == dataset.Int64 || t == dataset.Float64 }
	switch {
	case t == "":
		k.last = reflect.TypeOf(src)
	case k.typ == "" || k.typ == t:
		k.typ = t
	case number(k.typ) && number(t):
		k.typ = dataset.Float64
	default:
		k.last = reflect.TypeOf(src)
	}
	return nil
}

// join returns the type that has all values, "" without any, and what a value should have been that does not go with them.
func (k *kinds) join() (t dataset.Type, want string) {
	switch {
	case k.last == nil:
		return k.typ, ""
	case k.typ == "":
		return "", "a value of a known type"
	default:
		return "", "values of type " + string(k.typ)
	}
}
