package csv

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/internal/sinkfile"
	"github.com/tidewheel/tidewheel/dataset/internal/textfile"
	"github.com/tidewheel/tidewheel/internal/cell"
)

// Sink writes a file of delimited text.
type Sink struct {
	schema *dataset.Schema
	o      WriteOptions
	file   *sinkfile.File
	out    io.WriteCloser // to file, through the compression
	nulls  *nullSet
	line   []byte
	bad    string // what the last cell should have been, empty when it was fine
}

// Create returns the sink that writes batches of schema s to path: a header unless o.NoHeader, then one line a row, ended by \n. The file is written beside path
// and appears at Commit; it is compressed when its name ends in .gz or .zst. A cell is quoted when it holds a delimiter, a quote or a line end, and, in a text
// column, when it is empty or a null token; a null is empty, in a file of one column NA. NaN is written as NaN, which Open reads as a null unless its null tokens
// leave NaN out. It errors with dataset.ErrUnsupported for a column that text does not hold (binary, list, struct), and with *dataset.OptionError for bad options.
func Create(path string, s *dataset.Schema, o WriteOptions) (*Sink, error) {
	o, err := o.check(path)
	if err == nil {
		err = cell.CheckTypes(s, delimitedText)
	}
	if err != nil {
		return nil, fmt.Errorf("csv: create %s: %w", path, err)
	}
	k := &Sink{schema: s, o: o, nulls: newNullSet(o.NullTokens)}
	if k.file, err = sinkfile.Create("csv", path, s); err != nil {
		return nil, err
	}
	if k.out, err = textfile.NewWriter(path, k.file); err == nil && !o.NoHeader {
		err = k.header()
	}
	if err != nil {
		_ = k.Close()
		return nil, fmt.Errorf("csv: create %s: %w", path, err)
	}
	return k, nil
}

func (k *Sink) header() error {
	for i, name := range k.schema.Names() {
		k.separate(i)
		k.text([]byte(name))
	}
	return k.endLine()
}

// Write implements dataset.Sink.
func (k *Sink) Write(ctx context.Context, b dataset.Batch) error { return k.file.Take(ctx, b, k.write) }

func (k *Sink) write(ctx context.Context, b dataset.Batch) error {
	write := make([]func(i int), k.schema.Len())
	for j := range write {
		var err error
		if write[j], err = k.writer(b.Column(j)); err != nil {
			return fmt.Errorf("column %q: %w", k.schema.Field(j).Name, err)
		}
	}
	for i := range b.NumRows() {
		if i%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		for j, w := range write {
			k.separate(j)
			if w(i); k.bad != "" {
				return &dataset.SchemaError{Column: k.schema.Field(j).Name, Want: k.bad, Got: "another cell"}
			}
		}
		if err := k.endLine(); err != nil {
			return err
		}
	}
	return nil
}

// Commit implements dataset.Sink.
func (k *Sink) Commit(ctx context.Context) error { return k.file.Commit(ctx, k.out.Close) }

// Close implements dataset.Sink.
func (k *Sink) Close() error { return k.file.Close() }

func (k *Sink) separate(column int) {
	if column > 0 {
		k.line = append(k.line, k.o.Delimiter)
	}
}

func (k *Sink) endLine() error {
	k.line = append(k.line, '\n')
	_, err := k.out.Write(k.line)
	k.line = k.line[:0]
	return err
}

// text appends a text cell, quoted where a reader would take it for something else.
func (k *Sink) text(v []byte) {
	if !utf8.Valid(v) || bytes.IndexByte(v, 0) >= 0 {
		k.bad = "UTF-8 text without NUL"
	}
	if len(v) > 0 && !k.nulls.has(v) && bytes.IndexByte(v, k.o.Delimiter) < 0 && !bytes.ContainsAny(v, "\"\n\r") && !bytes.HasPrefix(v, []byte("\xef\xbb\xbf")) {
		k.line = append(k.line, v...)
		return
	}
	k.line = append(k.line, '"')
	k.line = append(k.line, bytes.ReplaceAll(v, []byte(`"`), []byte(`""`))...)
	k.line = append(k.line, '"')
}

// null appends a null. A line without a byte would be skipped by readers.
func (k *Sink) null() {
	if k.schema.Len() == 1 {
		k.line = append(k.line, "NA"...)
	}
}

// writer returns the function that appends cell i of a column.
func (k *Sink) writer(a arrow.Array) (func(i int), error) {
	var value func(i int)
	isNull := a.IsNull
	switch a := a.(type) {
	case *array.Float64:
		value = func(i int) { k.line = cell.AppendFloat(k.line, a.Value(i), 64) }
	case *array.Float32:
		value = func(i int) { k.line = cell.AppendFloat(k.line, float64(a.Value(i)), 32) }
	case *array.String, *array.LargeString, *array.Dictionary:
		texts, err := dataset.NewTexts(a)
		if err != nil {
			return nil, err
		}
		isNull = texts.IsNull
		value = func(i int) { k.text([]byte(texts.Value(i))) }
	default:
		printed := cell.Printer(a)
		if printed == nil {
			return nil, fmt.Errorf("arrow type %s: %w", a.DataType(), dataset.ErrUnsupported)
		}
		value = func(i int) {
			var ok bool
			if k.line, ok = printed(k.line, i); !ok {
				k.bad = "a year of four digits"
			}
		}
	}
	return func(i int) {
		if isNull(i) {
			k.null()
		} else {
			value(i)
		}
	}, nil
}
