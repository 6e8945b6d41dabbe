package jsonl

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"unicode/utf8"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/internal/sinkfile"
	"github.com/tidewheel/tidewheel/dataset/internal/textfile"
	"github.com/tidewheel/tidewheel/internal/cell"
)

// Sink writes a file of JSON lines, or of one array.
type Sink struct {
	o      WriteOptions
	begun  bool
	schema *dataset.Schema
	file   *sinkfile.File
	out    io.WriteCloser // to file, through the compression
	keys   [][]byte       // of the columns, quoted, with what stands before and behind
	line   []byte
	bad    string // what the last value should have been, empty when it was fine
}

// WriteOptions says how Create writes. The zero value is ready to use.
type WriteOptions struct {
	Array bool // one array of objects, still one a line, with commas between: a JSON document
}

// Create returns the sink that writes batches of schema s to path, an object with every column a line, ended by \n. The file is written beside path and appears at
// Commit; it is compressed when its name ends in .gz or .zst. Floats are the shortest numbers that read back to the same bits, NaN is null, decimals are exact
// numbers, dates and times strings; a json column is passed through without spaces. It errors with dataset.ErrUnsupported for a column that JSON does not hold
// (binary); Write errors for an infinity, a year of more than four digits, text that is not UTF-8 and a json value that is not JSON.
func Create(path string, s *dataset.Schema, o WriteOptions) (*Sink, error) {
	if err := checkTypes(s); err != nil {
		return nil, fmt.Errorf("jsonl: create %s: %w", path, err)
	}
	file, err := sinkfile.Create("jsonl", path, s)
	if err != nil {
		return nil, err
	}
	k := &Sink{o: o, schema: s, file: file}
	if k.out, err = textfile.NewWriter(path, file); err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("jsonl: create %s: %w", path, err)
	}
	for i, name := range s.Names() {
		before := byte(',')
		if i == 0 {
			before = '{'
		}
		k.keys = append(k.keys, append(appendString([]byte{before}, name), ':'))
	}
	return k, nil
}

// Write implements dataset.Sink.
func (k *Sink) Write(ctx context.Context, b dataset.Batch) error { return k.file.Take(ctx, b, k.write) }

func (k *Sink) write(ctx context.Context, b dataset.Batch) error {
	write := make([]func(i int), k.schema.Len())
	for j := range write {
		var err error
		if write[j], err = k.writer(b.Column(j), k.schema.Field(j).Type); err != nil {
			return fmt.Errorf("column %q: %w", k.schema.Field(j).Name, err)
		}
	}
	for i := range b.NumRows() {
		if i%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		k.begin()
		if len(write) == 0 {
			k.line = append(k.line, '{')
		}
		for j, w := range write {
			k.line = append(k.line, k.keys[j]...)
			if w(i); k.bad != "" {
				return &dataset.SchemaError{Column: k.schema.Field(j).Name, Want: k.bad, Got: "another value"}
			}
		}
		k.line = append(k.line, '}')
		if !k.o.Array {
			k.line = append(k.line, '\n')
		}
		if _, err := k.out.Write(k.line); err != nil {
			return err
		}
		k.line = k.line[:0]
	}
	return nil
}

// begin appends what stands before a row in an array.
func (k *Sink) begin() {
	if !k.o.Array {
		return
	}
	if k.begun {
		k.line = append(k.line, ',', '\n')
	} else {
		k.line = append(k.line, '[', '\n')
	}
	k.begun = true
}

// Commit implements dataset.Sink.
func (k *Sink) Commit(ctx context.Context) error { return k.file.Commit(ctx, k.end) }

// end writes what stands behind the rows.
func (k *Sink) end() error {
	if k.o.Array {
		text := "\n]\n"
		if !k.begun {
			text = "[]\n"
		}
		if _, err := io.WriteString(k.out, text); err != nil {
			return err
		}
	}
	return k.out.Close()
}

// Close implements dataset.Sink.
func (k *Sink) Close() error { return k.file.Close() }

// writer returns the function that appends value i of a column.
func (k *Sink) writer(a arrow.Array, t dataset.Type) (func(i int), error) {
	var value func(i int)
	isNull := a.IsNull
	switch a := a.(type) {
	case *array.Float64:
		value = func(i int) { k.float(a.Value(i), 64) }
	case *array.Float32:
		value = func(i int) { k.float(float64(a.Value(i)), 32) }
	case *array.String, *array.LargeString, *array.Dictionary:
		texts, err := dataset.NewTexts(a)
		if err != nil {
			return nil, err
		}
		isNull = texts.IsNull
		value = func(i int) { k.text(texts.Value(i)) }
		if t == dataset.JSON {
			value = func(i int) { k.compact(texts.Value(i)) }
		}
	case *array.List, *array.FixedSizeList, *array.Struct:
		var err error
		if value, err = k.nested(a); err != nil {
			return nil, err
		}
	default:
		printed := cell.Printer(a)
		if printed == nil {
			return nil, fmt.Errorf("arrow type %s: %w", a.DataType(), dataset.ErrUnsupported)
		}
		quoted := t.Class() == dataset.ClassDate || t.Class() == dataset.ClassTime
		value = func(i int) { k.printed(printed, i, quoted) }
	}
	return func(i int) {
		if isNull(i) {
			k.line = append(k.line, "null"...)
		} else {
			value(i)
		}
	}, nil
}

// nested returns the function that appends list or struct i.
func (k *Sink) nested(a arrow.Array) (func(i int), error) {
	if st, ok := a.(*array.Struct); ok {
		return k.object(st)
	}
	list, ok := a.(interface {
		ListValues() arrow.Array
		ValueOffsets(i int) (start, end int64)
	})
	if !ok {
		return nil, fmt.Errorf("arrow type %s: %w", a.DataType(), dataset.ErrUnsupported)
	}
	t, err := dataset.TypeOf(list.ListValues().DataType())
	if err != nil {
		return nil, err
	}
	element, err := k.writer(list.ListValues(), t)
	return func(i int) {
		start, end := list.ValueOffsets(i)
		k.line = append(k.line, '[')
		for j := start; j < end; j++ {
			if j > start {
				k.line = append(k.line, ',')
			}
			element(int(j))
		}
		k.line = append(k.line, ']')
	}, err
}

// object returns the function that appends struct i.
func (k *Sink) object(a *array.Struct) (func(i int), error) {
	st := a.DataType().(*arrow.StructType)
	keys, values := make([][]byte, a.NumField()), make([]func(i int), a.NumField())
	for j := range keys {
		if j > 0 {
			keys[j] = []byte{','}
		}
		keys[j] = append(appendString(keys[j], st.Field(j).Name), ':')
		t, err := dataset.TypeOf(st.Field(j).Type)
		if err != nil {
			return nil, err
		}
		if values[j], err = k.writer(a.Field(j), t); err != nil {
			return nil, err
		}
	}
	return func(i int) {
		k.line = append(k.line, '{')
		for j, value := range values {
			k.line = append(k.line, keys[j]...)
			value(i)
		}
		k.line = append(k.line, '}')
	}, nil
}

func (k *Sink) printed(f func([]byte, int) ([]byte, bool), i int, quoted bool) {
	if quoted {
		k.line = append(k.line, '"')
	}
	var ok bool
	if k.line, ok = f(k.line, i); !ok {
		k.bad = "a year of four digits"
	}
	if quoted {
		k.line = append(k.line, '"')
	}
}

func (k *Sink) float(v float64, bits int) {
	switch {
	case math.IsNaN(v):
		k.line = append(k.line, "null"...)
	case math.IsInf(v, 0):
		k.bad = "a finite number, since JSON has no other"
	default:
		k.line = cell.AppendFloat(k.line, v, bits)
	}
}

func (k *Sink) text(v string) {
	if !utf8.ValidString(v) {
		k.bad = "UTF-8 text"
	}
	k.line = appendString(k.line, v)
}

func (k *Sink) compact(v string) {
	var out bytes.Buffer
	if !utf8.ValidString(v) || json.Compact(&out, []byte(v)) != nil {
		k.bad = "JSON"
	}
	k.line = append(k.line, out.Bytes()...)
}

// appendString appends a JSON string: quotes, backslashes and control characters are escaped, all else stays as it is.
func appendString(dst []byte, v string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for i := range len(v) {
		switch c := v[i]; {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c == '\n':
			dst = append(dst, '\\', 'n')
		case c < 0x20:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}
