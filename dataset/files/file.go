package files

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/url"
	"slices"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/cell"
)

// noPartition is what Hive writes for a null.
const noPartition = "__HIVE_DEFAULT_PARTITION__"

// constant is a column with one value in all rows of a file.
type constant struct {
	field dataset.Field
	text  string
	null  bool
}

// file is the source of one file.
type file struct {
	path      string
	open      func(path string) (dataset.Source, error)
	o         Options
	own       *dataset.Schema // of the file itself
	schema    *dataset.Schema // with the constants behind
	constants []constant
	scan      dataset.ScanOptions // for the file itself
}

// describe finds the schema, of the file of that name when it is not given already.
func (f *file) describe(name string) error {
	if f.own == nil {
		src, err := f.open(f.path)
		if err != nil {
			return err
		}
		f.own = src.Schema()
		if err := closeSource(src); err != nil {
			return err
		}
	}
	for _, p := range f.o.Partitions {
		c, err := partition(p, name)
		if err != nil {
			return err
		}
		f.constants = append(f.constants, c)
	}
	if f.o.NameColumn != "" {
		f.constants = append(f.constants, constant{field: dataset.Field{Name: f.o.NameColumn, Type: dataset.Dictionary}, text: name})
	}
	fields := f.own.Fields()
	for _, c := range f.constants {
		if f.own.Index(c.field.Name) >= 0 {
			return &dataset.SchemaError{Column: c.field.Name, Want: "a name that the file does not have", Got: "a column of the file"}
		}
		one, err := c.column(f.o.Allocator, 1)
		if err != nil {
			return err
		}
		one.Release()
		fields = append(fields, c.field)
	}
	var err error
	f.schema, err = dataset.NewSchema(fields...)
	return err
}

func closeSource(src dataset.Source) error {
	if c, ok := src.(interface{ Close() error }); ok {
		return c.Close()
	}
	return nil
}

// partition finds the value of a partition in the folders of name.
func partition(field dataset.Field, name string) (constant, error) {
	folders := strings.Split(name, "/")
	for _, folder := range folders[:len(folders)-1] {
		key, text, ok := strings.Cut(folder, "=")
		if !ok || key != field.Name {
			continue
		}
		if text == noPartition {
			field.Nullable = true
			return constant{field: field, null: true}, nil
		}
		plain, err := url.PathUnescape(text)
		if err != nil {
			return constant{}, &dataset.SchemaError{Column: key, Want: "a folder name with valid escapes", Got: "another"}
		}
		return constant{field: field, text: plain}, nil
	}
	return constant{}, &dataset.SchemaError{Column: field.Name, Want: "a folder of that name with = and a value", Got: "none"}
}

// column returns n rows of the constant. The caller owns them.
func (c constant) column(mem memory.Allocator, n int) (arrow.Array, error) {
	dt, err := c.field.Type.Arrow()
	if err != nil {
		return nil, err
	}
	if c.null {
		return array.MakeArrayOfNull(mem, dt, n), nil
	}
	if dt.ID() == arrow.DICTIONARY {
		return c.coded(mem, dt, n), nil
	}
	b := array.NewBuilder(mem, dt)
	defer b.Release()
	b.Reserve(n)
	add := cell.Appender(b)
	for range n {
		if add == nil || !add([]byte(c.text)) {
			return nil, &dataset.SchemaError{Column: c.field.Name, Want: "a folder with a value of type " + string(c.field.Type), Got: "another"}
		}
	}
	return b.NewArray(), nil
}

// coded returns n codes of one text.
func (c constant) coded(mem memory.Allocator, dt arrow.DataType, n int) arrow.Array {
	texts := array.NewStringBuilder(mem)
	defer texts.Release()
	texts.Append(c.text)
	value := texts.NewArray()
	defer value.Release()
	codes := array.NewInt32Builder(mem)
	defer codes.Release()
	codes.AppendValues(make([]int32, n), nil)
	indices := codes.NewArray()
	defer indices.Release()
	return array.NewDictionaryArray(dt, indices, value)
}

// Schema implements dataset.Source.
func (f *file) Schema() *dataset.Schema { return f.schema }

// Scan implements dataset.Scanner.
func (f *file) Scan(ctx context.Context, o dataset.ScanOptions) (dataset.Source, error) {
	out, err := dataset.ScanBatches(f, o) // what is wrong with o
	if err != nil {
		return nil, err
	}
	narrow := *f
	wanted := o.Columns
	if wanted == nil {
		wanted = f.schema.Names()
	}
	narrow.constants, narrow.scan.Columns = nil, []string{}
	fields := []dataset.Field{}
	for _, name := range wanted {
		if f.own.Index(name) >= 0 {
			narrow.scan.Columns = append(narrow.scan.Columns, name)
			field, _ := f.schema.Lookup(name)
			fields = append(fields, field)
		}
	}
	for _, c := range f.constants {
		if slices.Contains(wanted, c.field.Name) {
			narrow.constants = append(narrow.constants, c)
			fields = append(fields, c.field)
		}
	}
	narrow.scan.Filter = slices.Clone(f.scan.Filter)
	for _, p := range o.Filter {
		at := slices.IndexFunc(f.constants, func(c constant) bool { return c.field.Name == p.Column })
		if at < 0 {
			narrow.scan.Filter = append(narrow.scan.Filter, p)
			continue
		}
		holds, err := f.constants[at].holds(ctx, p)
		if err != nil {
			return nil, err
		}
		if !holds {
			return dataset.NewBatches(out.Schema())
		}
	}
	if narrow.schema, err = dataset.NewSchema(fields...); err != nil {
		return nil, err
	}
	return dataset.ScanBatches(&narrow, dataset.ScanOptions{Columns: wanted})
}

// holds reports whether the constant holds a predicate.
func (c constant) holds(ctx context.Context, p dataset.Predicate) (bool, error) {
	s, err := dataset.NewSchema(c.field)
	if err != nil {
		return false, err
	}
	column, err := c.column(memory.DefaultAllocator, 1)
	if err != nil {
		return false, err
	}
	b, err := dataset.NewBatch(s, []arrow.Array{column}, 1)
	if err != nil {
		return false, err
	}
	one, err := dataset.NewBatches(s, b)
	if err != nil {
		return false, err
	}
	kept, err := dataset.ScanBatches(one, dataset.ScanOptions{Filter: []dataset.Predicate{p}})
	if err != nil {
		return false, err
	}
	rows := 0
	for b, err := range kept.Batches(ctx) {
		if err != nil {
			return false, err
		}
		rows += b.NumRows()
	}
	return rows > 0, nil
}

// Batches implements dataset.Source.
func (f *file) Batches(ctx context.Context) iter.Seq2[dataset.Batch, error] {
	return func(yield func(dataset.Batch, error) bool) {
		stopped := false
		err := f.read(ctx, func(b dataset.Batch) bool {
			stopped = !yield(b, nil)
			return !stopped
		})
		if err != nil && !stopped {
			yield(dataset.Batch{}, fmt.Errorf("files: %s: %w", f.path, err))
		}
	}
}

func (f *file) read(ctx context.Context, emit func(dataset.Batch) bool) (err error) {
	if err := ctx.Err(); err != nil {
		return err
	}
	whole, err := f.open(f.path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeSource(whole)) }()
	if err := agrees(f.own, whole.Schema()); err != nil {
		return err
	}
	src, err := dataset.Scan(ctx, whole, f.scan)
	if err != nil {
		return err
	}
	for _, field := range src.Schema().Fields() {
		if before, _ := f.own.Lookup(field.Name); field.Nullable && !before.Nullable {
			return &dataset.SchemaError{Column: field.Name, Want: "no nulls, as in the files before", Got: "a nullable column"}
		}
	}
	for b, err := range src.Batches(ctx) {
		if err != nil {
			return err
		}
		out, err := f.extend(b)
		if err != nil {
			return err
		}
		more := emit(out)
		out.Release()
		if !more {
			return nil
		}
	}
	return nil
}

// extend returns b with the constants behind it. The caller owns it.
func (f *file) extend(b dataset.Batch) (dataset.Batch, error) {
	columns := slices.Clone(b.Record().Columns())
	for _, c := range f.constants {
		column, err := c.column(f.o.Allocator, b.NumRows())
		if err != nil {
			return dataset.Batch{}, err
		}
		defer column.Release()
		columns = append(columns, column)
	}
	return dataset.NewBatch(f.schema, columns, b.NumRows())
}
