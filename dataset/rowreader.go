package dataset

import (
	"fmt"
	"reflect"
	"time"
	"unsafe"
)

// RowReader fills rows of a schema from values of T. It is immutable and safe for concurrent use.
type RowReader[T any] struct {
	schema *Schema
	reads  []rowRead
}

type rowRead struct {
	structColumn
	to Type // the schema's type
}

// NewRowReader returns the reader of T for the rows of s; all reflection happens here. Every column of s must be a field of T by SchemaOf's name; further
// fields of T are not read. Numbers and bools go into columns of numbers and bools, strings into text and json, times into dates and timestamps, []byte into
// binary. A column that T lacks, or has in another form, is a *SchemaError; all of them are returned joined. The rules of T's own tags are not looked at: s has the rules.
func NewRowReader[T any](s *Schema) (*RowReader[T], error) {
	columns, own, err := structColumns(reflect.TypeFor[T]())
	if err != nil {
		return nil, err
	}
	r := &RowReader[T]{schema: s, reads: make([]rowRead, s.Len())}
	var errs errorList
	for i, f := range s.fields {
		j := own.Index(f.Name)
		if j < 0 {
			errs.schema(f.Name, "a field of "+reflect.TypeFor[T]().String(), "no such field")
			continue
		}
		if !columns[j].kind.readsAs(f.Type) {
			errs.schema(f.Name, "a Go field for type "+string(f.Type), "one of type "+string(columns[j].field.Type))
		}
		r.reads[i] = rowRead{structColumn: columns[j], to: f.Type}
	}
	if err := errs.join(fmt.Sprintf("dataset: row reader of %s", reflect.TypeFor[T]())); err != nil {
		return nil, err
	}
	return r, nil
}

// readsAs reports whether a field of k gives the value form of a column of t.
func (k goKind) readsAs(t Type) bool {
	switch c := t.Class(); c {
	case ClassBool, ClassInteger, ClassFloat, ClassDecimal:
		return k <= goFloat64
	case ClassDate, ClassTime:
		return k == goTime
	case ClassText, ClassJSON:
		return k == goString
	case ClassBinary:
		return k == goBytes
	default:
		return false
	}
}

// Schema returns the schema whose rows the reader fills.
func (r *RowReader[T]) Schema() *Schema { return r.schema }

// Read writes v into row, which must be of the reader's schema (NewRow makes one); row.Values must have its length or Read panics, as indexing does. A nil
// pointer and an invalid sql.Null are null. Times become microseconds since the epoch, or days for a date, as SchemaOf's columns do. Values are not checked
// against any rule. Texts are shared with v. It allocates nothing and does not keep v.
func (r *RowReader[T]) Read(v *T, row Row) {
	p := unsafe.Pointer(v)
	values := row.Values[:len(r.reads)]
	for i := range r.reads {
		c := &r.reads[i]
		q := c.at(p)
		if q == nil {
			values[i] = Value{}
			continue
		}
		switch c.kind {
		case goString:
			values[i] = Value{Valid: true, Text: *(*string)(q)}
		case goTime:
			values[i] = Value{Valid: true, Number: float64(timeNumber(*(*time.Time)(q), c.to))}
		case goBytes:
			values[i] = Value{Valid: true}
		default:
			values[i] = Value{Valid: true, Number: c.kind.number(q)}
		}
	}
}
