package libsvm

import (
	"context"
	"fmt"
	"io"
	"math"
	"strconv"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/internal/sinkfile"
	"github.com/tidewheel/tidewheel/dataset/internal/textfile"
	"github.com/tidewheel/tidewheel/internal/cell"
)

// WriteOptions says how Create writes. The zero value is ready to use.
type WriteOptions struct {
	Label      string // column of the label, a number; empty is the one of the role target, else the one named label
	Group      string // column of the group, an integer; empty is the one of the role group, else the one named qid, else none
	AbsentNull bool   // nulls are left out and zeros are written; else zeros are left out and nulls refused
}

// Sink writes a file of libsvm text.
type Sink struct {
	o            WriteOptions
	schema       *dataset.Schema
	file         *sinkfile.File
	out          io.WriteCloser // to file, through the compression
	label, group int            // columns; group is -1 without one
	features     []sinkFeature
	begun        bool
	line         []byte
}

// sinkFeature is a column that is a feature, and its number.
type sinkFeature struct {
	column int
	number int32
}

// Create returns the sink that writes batches of schema s to path, one line a row, ended by \n. The file is written beside path and appears at Commit; it is compressed
// when its name ends in .gz or .zst. When every feature is named f and a number, in increasing order, those are its numbers, else they are counted from 1. Names are not
// in the format, and neither are types: all features read back as float64. The first line holds the first and the last feature also when they are 0, so that a reader finds
// as many columns. Floats are the shortest numbers that read back to the same bits. It errors with dataset.ErrSchema when there is no label, and with
// dataset.ErrUnsupported for columns that are not numeric; Write errors for a null label, group or, without AbsentNull, feature.
func Create(path string, s *dataset.Schema, o WriteOptions) (*Sink, error) {
	k := &Sink{o: o, schema: s}
	err := k.columns()
	if err != nil {
		return nil, fmt.Errorf("libsvm: create %s: %w", path, err)
	}
	if k.file, err = sinkfile.Create(format, path, s); err != nil {
		return nil, err
	}
	if k.out, err = textfile.NewWriter(path, k.file); err != nil {
		_ = k.file.Close()
		return nil, fmt.Errorf("libsvm: create %s: %w", path, err)
	}
	return k, nil
}

// columns finds out what each column is.
func (k *Sink) columns() error {
	var err error
	if k.label, err = find(k.schema, k.o.Label, dataset.Target, labelColumn); err != nil {
		return err
	}
	if k.label < 0 {
		return &dataset.SchemaError{Column: labelColumn, Want: "a label: a column of the role target, or named label", Got: "no such column"}
	}
	if k.group, err = find(k.schema, k.o.Group, dataset.Group, groupColumn); err != nil {
		return err
	}
	if k.group == k.label {
		return &dataset.SchemaError{Column: k.schema.Field(k.label).Name, Want: "a label and a group of two columns", Got: "one"}
	}
	if k.group >= 0 && k.schema.Field(k.group).Type.Class() != dataset.ClassInteger {
		return fmt.Errorf("column %q: type %s as a group in libsvm: %w", k.schema.Field(k.group).Name, k.schema.Field(k.group).Type, dataset.ErrUnsupported)
	}
	named, last := true, int32(-1)
	for i, f := range k.schema.Fields() {
		if !f.Type.IsNumeric() {
			return fmt.Errorf("column %q: type %s in libsvm: %w", f.Name, f.Type, dataset.ErrUnsupported)
		}
		if i == k.label || i == k.group {
			continue
		}
		n, ok := featureNumber(f.Name)
		named, last = named && ok && n > last, n
		k.features = append(k.features, sinkFeature{i, n})
	}
	for i := range k.features {
		if !named {
			k.features[i].number = int32(i + 1)
		}
	}
	return nil
}

// find returns the index of a column by its name, else by its role, else by the format's name for it, -1 without any.
func find(s *dataset.Schema, name string, role dataset.Role, usual string) (int, error) {
	if name != "" {
		if s.Index(name) < 0 {
			return -1, &dataset.SchemaError{Column: name, Want: "a column of the schema", Got: "no such column"}
		}
		return s.Index(name), nil
	}
	if names := s.ByRole(role); len(names) > 0 {
		return s.Index(names[0]), nil
	}
	return s.Index(usual), nil
}

// Write implements dataset.Sink.
func (k *Sink) Write(ctx context.Context, b dataset.Batch) error { return k.file.Take(ctx, b, k.write) }

func (k *Sink) write(ctx context.Context, b dataset.Batch) error {
	label, group := k.printer(b.Column(k.label)), k.printer(b.Column(max(k.group, 0)))
	printers := make([]printer, len(k.features))
	for j, f := range k.features {
		printers[j] = k.printer(b.Column(f.column))
	}
	for i := range b.NumRows() {
		if i%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		k.line = k.line[:0]
		if _, null := label(i, true); null {
			return k.null(k.label)
		}
		if k.group >= 0 {
			k.line = append(k.line, " qid:"...)
			if _, null := group(i, true); null {
				return k.null(k.group)
			}
		}
		for j, f := range k.features {
			if err := k.feature(printers[j], i, f, !k.begun && (j == 0 || j == len(k.features)-1)); err != nil {
				return err
			}
		}
		k.begun = true
		k.line = append(k.line, '\n')
		if _, err := k.out.Write(k.line); err != nil {
			return err
		}
	}
	return nil
}

// feature appends a feature of row i with its number, unless it can be left out and need not be there.
func (k *Sink) feature(value printer, i int, f sinkFeature, needed bool) error {
	from := len(k.line)
	k.line = append(k.line, ' ')
	k.line = append(strconv.AppendInt(k.line, int64(f.number), 10), ':')
	written, null := value(i, needed || k.o.AbsentNull)
	if null && !k.o.AbsentNull {
		return k.null(f.column)
	}
	if !written {
		k.line = k.line[:from]
	}
	return nil
}

func (k *Sink) null(column int) error {
	return &dataset.SchemaError{Column: k.schema.Field(column).Name, Want: "a number in every row, since what is left out is 0", Got: "a null"}
}

// printer appends value i of a column to the line, unless it is null or, when zero is false, 0, and says which.
type printer func(i int, zero bool) (written, null bool)

func (k *Sink) printer(a arrow.Array) printer {
	switch a := a.(type) {
	case *array.Float64:
		return func(i int, zero bool) (bool, bool) { return k.float(a, i, a.Value(i), zero) }
	case *array.Float32:
		return func(i int, zero bool) (bool, bool) { return k.float(a, i, float64(a.Value(i)), zero) }
	case *array.Boolean, *array.Date32, *array.Timestamp, *array.Decimal128:
		return func(i int, zero bool) (bool, bool) {
			v, _ := dataset.Float64At(a, i) // the types of Float64s
			if a.IsValid(i) && v == math.Trunc(v) && math.Abs(v) < 1<<53 && (v != 0 || zero) {
				k.line = strconv.AppendInt(k.line, int64(v), 10)
				return true, false
			}
			return k.float(a, i, v, zero)
		}
	}
	text := cell.Printer(a)
	return func(i int, zero bool) (bool, bool) {
		if a.IsNull(i) {
			return false, true
		}
		from := len(k.line)
		k.line, _ = text(k.line, i)
		return zero || string(k.line[from:]) != "0", false
	}
}

func (k *Sink) float(a arrow.Array, i int, v float64, zero bool) (written, null bool) {
	if a.IsNull(i) {
		return false, true
	}
	if v == 0 && !math.Signbit(v) && !zero {
		return false, false
	}
	k.line = cell.AppendFloat(k.line, v, 64)
	return true, false
}

// Commit implements dataset.Sink.
func (k *Sink) Commit(ctx context.Context) error { return k.file.Commit(ctx, k.out.Close) }

// Close implements dataset.Sink.
func (k *Sink) Close() error { return k.file.Close() }
