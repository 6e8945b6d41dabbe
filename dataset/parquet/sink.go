package parquet

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/internal/sinkfile"
)

// Compression is a codec of pages.
type Compression uint8

// The codecs that Create writes. Open also reads gzip and Brotli.
const (
	Zstd         Compression = iota // the zero value
	Snappy                          // faster and larger
	Uncompressed                    // for files that something else compresses
)

// WriteOptions says how Create writes. The zero value is ready to use.
type WriteOptions struct {
	Compression  Compression // of pages
	RowGroupRows int         // rows after which a row group ends, at the end of a batch; 0 is 262,144
	Bloom        []string    // columns with a Bloom filter, about 10 bits a value of a row group, for readers that look for a value
}

// dictionaryBytes is the size of a text column's dictionary at which the rest of a row group is written plain.
const dictionaryBytes = 1 << 20

// Sink writes a Parquet file.
type Sink struct {
	schema *dataset.Schema
	rows   int // of the current row group
	limit  int
	file   *sinkfile.File
	w      *parquet.GenericWriter[any]
	values []parquet.Value
}

// Create returns the sink that writes batches of schema s to path, with statistics of row groups and an index of pages. The file is written beside path and appears at
// Commit. The same batches give the same bytes. Text is dictionary encoded; lists and structs are groups of optional fields. It errors with *dataset.OptionError for bad
// options, and with a *dataset.SchemaError for a schema without columns, which Parquet does not know.
func Create(path string, s *dataset.Schema, o WriteOptions) (*Sink, error) {
	codec, err := o.check(s)
	if err != nil {
		return nil, fmt.Errorf("parquet: create %s: %w", path, err)
	}
	root, err := newGroup(s)
	if err != nil {
		return nil, fmt.Errorf("parquet: create %s: %w", path, err)
	}
	text, err := s.MarshalJSON()
	if err != nil {
		return nil, fmt.Errorf("parquet: create %s: %w", path, err)
	}
	file, err := sinkfile.Create("parquet", path, s)
	if err != nil {
		return nil, err
	}
	k := &Sink{schema: s, limit: o.RowGroupRows, file: file}
	if k.limit == 0 {
		k.limit = 262_144
	}
	filters := make([]parquet.BloomFilterColumn, len(o.Bloom))
	for i, name := range o.Bloom {
		filters[i] = parquet.SplitBlockFilter(10, name)
	}
	err = guard(func() error {
		k.w = parquet.NewGenericWriter[any](k.file, parquet.NewSchema("schema", root), parquet.Compression(codec), parquet.CreatedBy("tidewheel", "1", "0"),
			parquet.KeyValueMetadata(schemaKey, string(text)), parquet.DictionaryMaxBytes(dictionaryBytes), parquet.BloomFilters(filters...))
		return nil
	})
	if err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("parquet: create %s: %w", path, err)
	}
	return k, nil
}

func (o WriteOptions) check(s *dataset.Schema) (compress.Codec, error) {
	var errs []error
	if o.RowGroupRows < 0 {
		errs = append(errs, &dataset.OptionError{Field: "parquet.WriteOptions.RowGroupRows", Value: strconv.Itoa(o.RowGroupRows), Want: "0 or more"})
	}
	for _, name := range o.Bloom {
		if f, ok := s.Lookup(name); !ok || f.Type.Class() == dataset.ClassList || f.Type.Class() == dataset.ClassStruct {
			errs = append(errs, &dataset.OptionError{Field: "parquet.WriteOptions.Bloom", Value: strconv.Quote(name), Want: "columns of the schema, not of lists or structs"})
		}
	}
	var codec compress.Codec
	switch o.Compression {
	case Zstd:
		codec = &parquet.Zstd
	case Snappy:
		codec = &parquet.Snappy
	case Uncompressed:
		codec = &parquet.Uncompressed
	default:
		errs = append(errs, &dataset.OptionError{
			Field: "parquet.WriteOptions.Compression", Value: strconv.Itoa(int(o.Compression)), Want: "Zstd, Snappy or Uncompressed",
		})
	}
	return codec, errors.Join(errs...)
}

// group is a parquet.Group whose columns keep their order.
type group struct {
	parquet.Group
	order []string
}

// Fields implements parquet.Node.
func (g group) Fields() []parquet.Field {
	byName := make(map[string]parquet.Field, len(g.order))
	for _, f := range g.Group.Fields() {
		byName[f.Name()] = f
	}
	out := make([]parquet.Field, len(g.order))
	for i, name := range g.order {
		out[i] = byName[name]
	}
	return out
}

func newGroup(s *dataset.Schema) (group, error) {
	g := group{Group: parquet.Group{}, order: s.Names()}
	if s.Len() == 0 {
		return g, &dataset.SchemaError{Want: "at least one column", Got: "none"}
	}
	for _, f := range s.Fields() {
		node, err := optionalNode(f.Type)
		if err != nil {
			return g, fmt.Errorf("column %q: %w", f.Name, err)
		}
		g.Group[f.Name] = node
	}
	return g, nil
}

func nodeOf(t dataset.Type) (parquet.Node, bool) {
	switch t {
	case dataset.Bool:
		return parquet.Leaf(parquet.BooleanType), true
	case dataset.Int8, dataset.Int16, dataset.Int32, dataset.Int64:
		bits, err := strconv.Atoi(string(t[len("int"):]))
		return parquet.Int(bits), err == nil
	case dataset.Uint8, dataset.Uint16, dataset.Uint32, dataset.Uint64:
		bits, err := strconv.Atoi(string(t[len("uint"):]))
		return parquet.Uint(bits), err == nil
	case dataset.Float32:
		return parquet.Leaf(parquet.FloatType), true
	case dataset.Float64:
		return parquet.Leaf(parquet.DoubleType), true
	case dataset.Utf8, dataset.LargeUtf8, dataset.Dictionary:
		return parquet.String(), true
	case dataset.JSON:
		return parquet.JSON(), true
	case dataset.Binary:
		return parquet.Leaf(parquet.ByteArrayType), true
	case dataset.Date32:
		return parquet.Date(), true
	default:
		return parameterNode(t)
	}
}

// parameterNode returns the node of a type with parameters.
func parameterNode(t dataset.Type) (parquet.Node, bool) {
	dt, err := t.Arrow()
	if err != nil {
		return nil, false
	}
	switch dt := dt.(type) {
	case *arrow.TimestampType:
		return parquet.TimestampAdjusted(parquet.Microsecond, dt.TimeZone != ""), true
	case *arrow.Decimal128Type:
		return parquet.Decimal(int(dt.Scale), int(dt.Precision), parquet.FixedLenByteArrayType(16)), true
	default:
		return nil, false
	}
}

// Write implements dataset.Sink.
func (k *Sink) Write(ctx context.Context, b dataset.Batch) error {
	return k.file.Take(ctx, b, func(_ context.Context, b dataset.Batch) error { return guard(func() error { return k.write(b) }) })
}

func (k *Sink) write(b dataset.Batch) error {
	writers, leaf := k.w.ColumnWriters(), 0
	for j := range b.Schema().Len() {
		column := b.Column(j)
		n := leavesOf(column.DataType())
		var err error
		if arrow.IsNested(column.DataType().ID()) {
			err = writeNested(writers, column, leaf)
		} else {
			err = k.writeFlat(writers[leaf], column, leaf)
		}
		if err != nil {
			return fmt.Errorf("column %q: %w", k.schema.Field(j).Name, err)
		}
		leaf += n
	}
	if k.rows += b.NumRows(); k.rows >= k.limit {
		k.rows = 0
		return k.w.Flush()
	}
	return nil
}

// writeFlat writes a column that is not nested to the writer of a number.
func (k *Sink) writeFlat(w *parquet.ColumnWriter, column arrow.Array, leaf int) error {
	at, err := valueAt(column)
	if err != nil {
		return err
	}
	for from := 0; from < column.Len(); from += partRows {
		k.values = k.values[:0]
		for i := from; i < min(from+partRows, column.Len()); i++ {
			v, level := at(i), 1
			if v.IsNull() {
				level = 0
			}
			k.values = append(k.values, v.Level(0, level, leaf))
		}
		if _, err := w.WriteRowValues(k.values); err != nil {
			return err
		}
	}
	return nil
}

// Commit implements dataset.Sink.
func (k *Sink) Commit(ctx context.Context) error {
	return k.file.Commit(ctx, func() error { return guard(k.w.Close) })
}

// Close implements dataset.Sink.
func (k *Sink) Close() error { return k.file.Close() }

// valueAt returns the function that reads cell i as a Parquet value, null for a null.
func valueAt(a arrow.Array) (func(i int) parquet.Value, error) {
	isNull := a.IsNull
	var value func(i int) parquet.Value
	switch a := a.(type) {
	case *array.Boolean:
		value = func(i int) parquet.Value { return parquet.BooleanValue(a.Value(i)) }
	case *array.Float32:
		value = func(i int) parquet.Value { return parquet.FloatValue(a.Value(i)) }
	case *array.Float64:
		value = func(i int) parquet.Value { return parquet.DoubleValue(a.Value(i)) }
	case *array.Timestamp:
		value = func(i int) parquet.Value { return parquet.Int64Value(int64(a.Value(i))) }
	case *array.Date32:
		value = func(i int) parquet.Value { return parquet.Int32Value(int32(a.Value(i))) }
	case *array.Binary:
		value = func(i int) parquet.Value { return parquet.ByteArrayValue(append([]byte{}, a.Value(i)...)) }
	case *array.Decimal128:
		value = func(i int) parquet.Value {
			var v [16]byte
			binary.BigEndian.PutUint64(v[:8], uint64(a.Value(i).HighBits()))
			binary.BigEndian.PutUint64(v[8:], a.Value(i).LowBits())
			return parquet.FixedLenByteArrayValue(v[:])
		}
	case *array.String, *array.LargeString, *array.Dictionary:
		texts, err := dataset.NewTexts(a)
		if err != nil {
			return nil, err
		}
		isNull = texts.IsNull
		value = func(i int) parquet.Value { return parquet.ByteArrayValue([]byte(texts.Value(i))) }
	default:
		if value = integerAt(a); value == nil {
			return nil, fmt.Errorf("arrow type %s: %w", a.DataType(), dataset.ErrUnsupported)
		}
	}
	return func(i int) parquet.Value {
		if isNull(i) {
			return parquet.NullValue()
		}
		return value(i)
	}, nil
}

func integerAt(a arrow.Array) func(i int) parquet.Value {
	switch a := a.(type) {
	case *array.Int64:
		return func(i int) parquet.Value { return parquet.Int64Value(a.Value(i)) }
	case *array.Uint64:
		return func(i int) parquet.Value { return parquet.Int64Value(int64(a.Value(i))) }
	case *array.Int32:
		return func(i int) parquet.Value { return parquet.Int32Value(a.Value(i)) }
	case *array.Uint32:
		return func(i int) parquet.Value { return parquet.Int32Value(int32(a.Value(i))) }
	case *array.Int16:
		return func(i int) parquet.Value { return parquet.Int32Value(int32(a.Value(i))) }
	case *array.Uint16:
		return func(i int) parquet.Value { return parquet.Int32Value(int32(a.Value(i))) }
	case *array.Int8:
		return func(i int) parquet.Value { return parquet.Int32Value(int32(a.Value(i))) }
	case *array.Uint8:
		return func(i int) parquet.Value { return parquet.Int32Value(int32(a.Value(i))) }
	default:
		return nil
	}
}
