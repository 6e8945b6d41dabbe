package dataset

import (
	"context"
	"fmt"
	"iter"
	"math"
	"reflect"
	"strconv"
	"time"
	"unsafe"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
)

// StructsOptions says how FromStructs makes batches. The zero value is ready to use.
type StructsOptions struct {
	BatchRows int              // rows of a batch, 1 or more; 0 is ChunkRows
	Allocator memory.Allocator // for the batches; nil is Go's
}

// FromStructs returns rows as a source, under SchemaOf[T]. It can be ranged again and by several goroutines at once. It keeps rows, which must not change while
// it is ranged. Batches copy the values.
func FromStructs[T any](rows []T, o StructsOptions) (Source, error) {
	if o.BatchRows < 0 {
		return nil, &OptionError{Field: "dataset.StructsOptions.BatchRows", Value: strconv.Itoa(o.BatchRows), Want: "0 or more"}
	}
	if o.BatchRows == 0 {
		o.BatchRows = ChunkRows
	}
	if o.Allocator == nil {
		o.Allocator = memory.DefaultAllocator
	}
	columns, s, err := structColumns(reflect.TypeFor[T]())
	if err != nil {
		return nil, err
	}
	return &structSource[T]{rows: rows, columns: columns, schema: s, o: o}, nil
}

type structSource[T any] struct {
	rows    []T
	columns []structColumn
	schema  *Schema
	o       StructsOptions
}

// Schema implements Source.
func (s *structSource[T]) Schema() *Schema { return s.schema }

// Batches implements Source.
func (s *structSource[T]) Batches(ctx context.Context) iter.Seq2[Batch, error] {
	return func(yield func(Batch, error) bool) {
		for at := 0; at < len(s.rows); at += s.o.BatchRows {
			if err := ctx.Err(); err != nil {
				yield(Batch{}, fmt.Errorf("dataset: from structs: %w", err))
				return
			}
			b, err := s.batch(s.rows[at:min(at+s.o.BatchRows, len(s.rows))])
			if err != nil {
				yield(Batch{}, err)
				return
			}
			more := yield(b, nil)
			b.Release()
			if !more {
				return
			}
		}
	}
}

func (s *structSource[T]) batch(rows []T) (Batch, error) {
	rb := array.NewRecordBuilder(s.o.Allocator, s.schema.Arrow())
	defer rb.Release()
	rb.Reserve(len(rows))
	for j := range s.columns {
		c := &s.columns[j]
		b := rb.Field(j)
		for i := range rows {
			q := c.at(unsafe.Pointer(&rows[i]))
			if q == nil {
				b.AppendNull()
				continue
			}
			if err := c.append(b, q); err != nil {
				return Batch{}, fmt.Errorf("dataset: from structs: column %q: %w", c.field.Name, err)
			}
		}
	}
	rec := rb.NewRecord()
	b, err := FromRecord(rec, s.schema)
	if err != nil {
		rec.Release()
	}
	return b, err
}

// append adds the value at q to the builder of the column's type.
func (c *structColumn) append(b array.Builder, q unsafe.Pointer) error {
	switch b := b.(type) {
	case *array.BooleanBuilder:
		b.Append(*(*bool)(q))
	case *array.Int8Builder:
		b.Append(int8(c.kind.integer(q)))
	case *array.Int16Builder:
		b.Append(int16(c.kind.integer(q)))
	case *array.Int32Builder:
		b.Append(int32(c.kind.integer(q)))
	case *array.Int64Builder:
		b.Append(c.kind.integer(q))
	case *array.Uint8Builder:
		b.Append(uint8(c.kind.integer(q)))
	case *array.Uint16Builder:
		b.Append(uint16(c.kind.integer(q)))
	case *array.Uint32Builder:
		b.Append(uint32(c.kind.integer(q)))
	case *array.Uint64Builder:
		b.Append(uint64(c.kind.integer(q)))
	case *array.Float32Builder:
		b.Append(float32(c.kind.number(q)))
	case *array.Float64Builder:
		b.Append(c.kind.number(q))
	case *array.Date32Builder:
		b.Append(arrow.Date32(timeNumber(*(*time.Time)(q), Date32)))
	case *array.TimestampBuilder:
		b.Append(arrow.Timestamp(timeNumber(*(*time.Time)(q), c.field.Type)))
	default:
		return appendText(b, c.kind.text(q))
	}
	return nil
}

func (k goKind) text(q unsafe.Pointer) []byte {
	if k == goString {
		s := *(*string)(q)
		return unsafe.Slice(unsafe.StringData(s), len(s))
	}
	return *(*[]byte)(q)
}

func appendText(b array.Builder, v []byte) error {
	switch b := b.(type) {
	case *array.StringBuilder:
		b.BinaryBuilder.Append(v)
	case *array.LargeStringBuilder:
		b.BinaryBuilder.Append(v)
	case *array.BinaryBuilder:
		b.Append(v)
	case *array.BinaryDictionaryBuilder:
		if len(v) == 0 {
			return b.AppendString("") // a nil slice would be null
		}
		return b.Append(v)
	default:
		return fmt.Errorf("type %s: %w", b.Type(), ErrUnsupported)
	}
	return nil
}

// ScanStructs appends the rows of b to dst as values of T and returns it. Every field of T must be a column of b by SchemaOf's name; other columns of b are not
// read. Values are converted only without loss: an integer that the field cannot hold, a fraction or a null for a field that has no null is a *SchemaError
// with the column. Text is copied. Timestamps come back in UTC, naive ones and dates as that wall clock in UTC. On an error dst comes back as nil.
func ScanStructs[T any](b Batch, dst []T) ([]T, error) {
	columns, _, err := structColumns(reflect.TypeFor[T]())
	if err != nil {
		return nil, err
	}
	n := b.NumRows()
	at := len(dst)
	dst = append(dst, make([]T, n)...)
	for j := range columns {
		c := &columns[j]
		a, err := b.ByName(c.field.Name)
		if err != nil {
			return nil, fmt.Errorf("dataset: scan structs: %w", err)
		}
		if err := scanColumn(c, a, n, func(i int) unsafe.Pointer { return unsafe.Pointer(&dst[at+i]) }); err != nil {
			return nil, fmt.Errorf("dataset: scan structs: %w", err)
		}
	}
	return dst, nil
}

func scanColumn(c *structColumn, a arrow.Array, n int, row func(int) unsafe.Pointer) error {
	bad := func(want, got string) error { return &SchemaError{Column: c.field.Name, Want: want, Got: got} }
	set, isNull, err := c.setter(a)
	if err != nil {
		return err
	}
	for i := range n {
		p := row(i)
		q := unsafe.Add(p, c.offset)
		if isNull(i) {
			if c.null == nullNever {
				return bad("a value for a Go field without null", fmt.Sprintf("null in row %d of the batch", i))
			}
			continue
		}
		switch c.null {
		case nullPointer:
			fresh := c.kind.fresh()
			*(*unsafe.Pointer)(q) = fresh
			q = fresh
		case nullFlag:
			*(*bool)(unsafe.Add(p, c.flag)) = true
		case nullNever, nullSlice:
		}
		if !set(q, i) {
			return bad("values that the Go field holds", fmt.Sprintf("another in row %d of the batch", i))
		}
	}
	return nil
}

// fresh allocates a value of k.
func (k goKind) fresh() unsafe.Pointer {
	switch k {
	case goString:
		return unsafe.Pointer(new(string))
	case goBytes:
		return unsafe.Pointer(new([]byte))
	case goTime:
		return unsafe.Pointer(new(time.Time))
	default:
		return unsafe.Pointer(new(uint64)) // holds every number, and bool
	}
}

// setter returns the function that stores cell i at q, and reports false when that would lose something.
func (c *structColumn) setter(a arrow.Array) (set func(q unsafe.Pointer, i int) bool, isNull func(int) bool, err error) {
	isNull = a.IsNull
	switch c.kind {
	case goString:
		t, err := NewTexts(a)
		if err != nil {
			return nil, nil, &SchemaError{Column: c.field.Name, Want: "a text column", Got: "arrow type " + a.DataType().String()}
		}
		return func(q unsafe.Pointer, i int) bool { *(*string)(q) = string([]byte(t.Value(i))); return true }, t.IsNull, nil
	case goBytes:
		switch v := a.(type) {
		case *array.Binary:
			return func(q unsafe.Pointer, i int) bool { *(*[]byte)(q) = append([]byte{}, v.Value(i)...); return true }, isNull, nil
		case *array.String:
			return func(q unsafe.Pointer, i int) bool { *(*[]byte)(q) = []byte(v.Value(i)); return true }, isNull, nil
		}
	case goTime:
		switch v := a.(type) {
		case *array.Timestamp:
			return func(q unsafe.Pointer, i int) bool {
				*(*time.Time)(q) = time.UnixMicro(int64(v.Value(i))).UTC()
				return true
			}, isNull, nil
		case *array.Date32:
			return func(q unsafe.Pointer, i int) bool {
				*(*time.Time)(q) = time.Unix(int64(v.Value(i))*86400, 0).UTC()
				return true
			}, isNull, nil
		}
	default:
		if set := c.kind.numberSetter(a); set != nil {
			return set, isNull, nil
		}
	}
	return nil, nil, &SchemaError{Column: c.field.Name, Want: "a column for type " + string(c.field.Type), Got: "arrow type " + a.DataType().String()}
}

// numberSetter returns nil when columns of a's type do not go into fields of k.
func (k goKind) numberSetter(a arrow.Array) func(q unsafe.Pointer, i int) bool {
	switch v := a.(type) {
	case *array.Boolean:
		if k != goBool {
			return nil
		}
		return func(q unsafe.Pointer, i int) bool { *(*bool)(q) = v.Value(i); return true }
	case *array.Float64:
		return k.floatSetter(func(i int) float64 { return v.Value(i) })
	case *array.Float32:
		return k.floatSetter(func(i int) float64 { return float64(v.Value(i)) })
	case *array.Uint64:
		return func(q unsafe.Pointer, i int) bool {
			x := v.Value(i)
			if k == goUint64 {
				*(*uint64)(q) = x
				return true
			}
			return x <= math.MaxInt64 && k.storeInteger(q, int64(x))
		}
	case *array.Int64:
		return k.intSetter(func(i int) int64 { return v.Value(i) })
	case *array.Int32:
		return k.intSetter(func(i int) int64 { return int64(v.Value(i)) })
	case *array.Int16:
		return k.intSetter(func(i int) int64 { return int64(v.Value(i)) })
	case *array.Int8:
		return k.intSetter(func(i int) int64 { return int64(v.Value(i)) })
	case *array.Uint32:
		return k.intSetter(func(i int) int64 { return int64(v.Value(i)) })
	case *array.Uint16:
		return k.intSetter(func(i int) int64 { return int64(v.Value(i)) })
	case *array.Uint8:
		return k.intSetter(func(i int) int64 { return int64(v.Value(i)) })
	default:
		return nil
	}
}

func (k goKind) floatSetter(at func(int) float64) func(unsafe.Pointer, int) bool {
	switch k {
	case goFloat64:
		return func(q unsafe.Pointer, i int) bool { *(*float64)(q) = at(i); return true }
	case goFloat32:
		return func(q unsafe.Pointer, i int) bool {
			v := at(i)
			*(*float32)(q) = float32(v)
			return float64(float32(v)) == v || math.IsNaN(v)
		}
	default:
		return nil
	}
}

func (k goKind) intSetter(at func(int) int64) func(unsafe.Pointer, int) bool {
	if k == goBool {
		return nil
	}
	return func(q unsafe.Pointer, i int) bool { return k.storeInteger(q, at(i)) }
}

// storeInteger reports false when k does not hold v exactly.
func (k goKind) storeInteger(q unsafe.Pointer, v int64) bool {
	switch k {
	case goInt8:
		*(*int8)(q) = int8(v)
	case goInt16:
		*(*int16)(q) = int16(v)
	case goInt32:
		*(*int32)(q) = int32(v)
	case goInt64:
		*(*int64)(q) = v
	case goUint8:
		*(*uint8)(q) = uint8(v)
	case goUint16:
		*(*uint16)(q) = uint16(v)
	case goUint32:
		*(*uint32)(q) = uint32(v)
	case goUint64:
		*(*uint64)(q) = uint64(v)
		return v >= 0
	case goFloat32:
		*(*float32)(q) = float32(v)
		return v >= -1<<24 && v <= 1<<24
	case goFloat64:
		*(*float64)(q) = float64(v)
		return v >= -1<<53 && v <= 1<<53
	default:
		return false
	}
	return k.integer(q) == v
}
