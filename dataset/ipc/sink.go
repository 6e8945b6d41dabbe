package ipc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/ipc"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/internal/sinkfile"
)

// Compression is a codec of the buffers of a batch.
type Compression uint8

// The codecs.
const (
	Uncompressed Compression = iota // the zero value; what other tools map into memory
	Zstd                            // smallest
	LZ4                             // between the two
)

// WriteOptions says how Create writes. The zero value is ready to use.
type WriteOptions struct {
	Compression Compression // of buffers
	Stream      bool        // write the stream form; a name that ends in .arrows asks for it too
}

// Sink writes an Arrow file or stream.
type Sink struct {
	schema  *dataset.Schema
	written *arrow.Schema
	nested  *dataset.Schema // the columns of lists and structs
	file    *sinkfile.File
	w       interface {
		Write(rec arrow.Record) error
		Close() error
	}
}

// Create returns the sink that writes batches of schema s to path, a record batch for each. The file is written beside path and appears at Commit. The same batches
// give the same bytes. Dictionary columns are written as utf8, since a file has one dictionary for all of its batches and the last one is not known when the first
// is written; they read back as text with the schema that says dictionary. It errors with dataset.ErrUnsupported for a dictionary within a list or struct, with a
// *dataset.SchemaError for a schema without columns, and with *dataset.OptionError for bad options.
func Create(path string, s *dataset.Schema, o WriteOptions) (*Sink, error) {
	options, err := o.check()
	k := &Sink{schema: s}
	if err == nil {
		k.written, err = writtenSchema(s)
	}
	if err == nil {
		nested := slices.DeleteFunc(s.Fields(), func(f dataset.Field) bool {
			return f.Type.Class() != dataset.ClassList && f.Type.Class() != dataset.ClassStruct
		})
		k.nested, err = dataset.NewSchema(nested...)
	}
	if err != nil {
		return nil, fmt.Errorf("ipc: create %s: %w", path, err)
	}
	if k.file, err = sinkfile.Create("ipc", path, s); err != nil {
		return nil, err
	}
	options = append(options, ipc.WithSchema(k.written))
	if o.Stream || strings.EqualFold(filepath.Ext(path), ".arrows") {
		k.w = ipc.NewWriter(k.file, options...)
		return k, nil
	}
	if k.w, err = ipc.NewFileWriter(&counter{w: k.file}, options...); err != nil {
		_ = k.file.Close()
		return nil, fmt.Errorf("ipc: create %s: %w", path, err)
	}
	return k, nil
}

func (o WriteOptions) check() ([]ipc.Option, error) {
	switch o.Compression {
	case Uncompressed:
		return nil, nil
	case Zstd:
		return []ipc.Option{ipc.WithZstd()}, nil
	case LZ4:
		return []ipc.Option{ipc.WithLZ4()}, nil
	default:
		return nil, &dataset.OptionError{Field: "ipc.WriteOptions.Compression", Value: strconv.Itoa(int(o.Compression)), Want: "Uncompressed, Zstd or LZ4"}
	}
}

// writtenSchema returns the Arrow schema of the file.
func writtenSchema(s *dataset.Schema) (*arrow.Schema, error) {
	if s.Len() == 0 {
		return nil, errNoColumns
	}
	declared := s.Arrow()
	fields := declared.Fields()
	for i, f := range fields {
		switch {
		case f.Type.ID() == arrow.DICTIONARY:
			fields[i].Type = arrow.BinaryTypes.String
		case strings.Contains(string(s.Field(i).Type), string(dataset.Dictionary)):
			return nil, fmt.Errorf("column %q: type %s: %w", f.Name, s.Field(i).Type, dataset.ErrUnsupported)
		}
		fields[i].Nullable = true // the schema says where a null is refused, and a sink writes what it is given
	}
	md := declared.Metadata()
	return arrow.NewSchema(fields, &md), nil
}

// Write implements dataset.Sink.
func (k *Sink) Write(ctx context.Context, b dataset.Batch) error {
	return k.file.Take(ctx, b, func(_ context.Context, b dataset.Batch) error { return guard(func() error { return k.write(b) }) })
}

func (k *Sink) write(b dataset.Batch) error {
	if b.NumRows() == 0 {
		return nil
	}
	whole, err := k.wholeNested(b)
	if err != nil {
		return err
	}
	defer whole.Release()
	columns := make([]arrow.Array, k.schema.Len())
	for i := range columns {
		c := b.Column(i)
		if j := k.nested.Index(k.schema.Field(i).Name); j >= 0 {
			c = whole.Column(j)
		}
		if c, err = as(c, k.written.Field(i).Type); err != nil {
			return fmt.Errorf("column %q: %w", k.schema.Field(i).Name, err)
		}
		defer c.Release()
		columns[i] = c
	}
	rec := array.NewRecord(k.written, columns, int64(b.NumRows()))
	defer rec.Release()
	return k.w.Write(rec)
}

// wholeNested returns the columns of lists and structs in memory of their own, which the caller releases: the library fails on lists that are a part of longer ones
// when nothing is in them.
func (k *Sink) wholeNested(b dataset.Batch) (dataset.Batch, error) {
	if k.nested.Len() == 0 {
		return dataset.Batch{}, nil
	}
	part, err := b.Select(k.nested.Names()...)
	if err != nil {
		return dataset.Batch{}, err
	}
	defer part.Release()
	rows := make([]int32, b.NumRows())
	for i := range rows {
		rows[i] = int32(i)
	}
	return dataset.Take(nil, part, rows)
}

// Commit implements dataset.Sink.
func (k *Sink) Commit(ctx context.Context) error {
	return k.file.Commit(ctx, func() error { return guard(k.w.Close) })
}

// Close implements dataset.Sink.
func (k *Sink) Close() error { return k.file.Close() }

// as returns a column with the type of the file, which the caller releases: text in its encoding, and lists and structs with the names of its fields.
func as(a arrow.Array, dt arrow.DataType) (arrow.Array, error) {
	switch {
	case arrow.TypeEqual(a.DataType(), dt):
		a.Retain()
		return a, nil
	case dt.ID() == arrow.STRING || dt.ID() == arrow.LARGE_STRING:
		return recode(a, dt)
	}
	d, err := retyped(a.Data(), dt)
	if err != nil {
		return nil, err
	}
	defer d.Release()
	return array.MakeFromData(d), nil
}

func recode(a arrow.Array, dt arrow.DataType) (arrow.Array, error) {
	texts, err := dataset.NewTexts(a)
	if err != nil {
		return nil, err
	}
	builder := array.NewBuilder(memory.DefaultAllocator, dt)
	defer builder.Release()
	b, ok := builder.(array.StringLikeBuilder)
	if !ok {
		return nil, fmt.Errorf("arrow type %s: %w", dt, dataset.ErrUnsupported)
	}
	b.Reserve(texts.Len())
	for i := range texts.Len() {
		if texts.IsNull(i) {
			b.AppendNull()
		} else {
			b.Append(texts.Value(i))
		}
	}
	return b.NewArray(), nil
}

// retyped returns data of the same form under a type with other names.
func retyped(d arrow.ArrayData, dt arrow.DataType) (arrow.ArrayData, error) {
	nested, ok := dt.(arrow.NestedType)
	if d.DataType().ID() != dt.ID() || !ok && !arrow.TypeEqual(d.DataType(), dt) || ok && len(d.Children()) != nested.NumFields() {
		return nil, fmt.Errorf("arrow type %s: %w", d.DataType(), dataset.ErrUnsupported)
	}
	var children []arrow.ArrayData
	defer func() {
		for _, c := range children {
			c.Release()
		}
	}()
	for i, c := range d.Children() {
		child, err := retyped(c, nested.Fields()[i].Type)
		if err != nil {
			return nil, err
		}
		children = append(children, child)
	}
	return array.NewData(dt, d.Len(), d.Buffers(), children, d.NullN(), d.Offset()), nil
}

// counter gives the writer of files, which asks where it stands, a file that cannot seek.
type counter struct {
	w  io.Writer
	at int64
}

// Write implements io.Writer.
func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.at += int64(n)
	return n, err
}

// Seek implements io.Seeker for the question where the writer stands.
func (c *counter) Seek(offset int64, whence int) (int64, error) {
	if offset != 0 || whence != io.SeekCurrent {
		return 0, errors.ErrUnsupported
	}
	return c.at, nil
}
