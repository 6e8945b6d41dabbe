package jsonl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"

	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/internal/textfile"
	"github.com/tidewheel/tidewheel/internal/cell"
)

// jsonLines is what the format is called in errors about types.
const jsonLines = "JSON lines"

// Options says how JSON lines are read. The zero value is ready to use.
type Options struct {
	Schema       *dataset.Schema  // columns wanted, found by their keys; other keys are dropped; nil infers
	MaxLineBytes int              // longest line; 0 is 16 MiB
	MaxDepth     int              // deepest nesting of objects and arrays, the line's own object included; 0 is 64
	MaxColumns   int              // most keys when the schema is inferred, and most in a line; 0 is 10,000
	BatchRows    int              // rows of a batch; 0 is dataset.ChunkRows
	Allocator    memory.Allocator // for the batches; nil is Go's
}

func (o Options) check() (Options, error) {
	var errs []error
	for _, n := range []struct {
		name  string
		value *int
		zero  int
	}{
		{"MaxLineBytes", &o.MaxLineBytes, 16 << 20},
		{"MaxDepth", &o.MaxDepth, 64},
		{"MaxColumns", &o.MaxColumns, 10_000},
		{"BatchRows", &o.BatchRows, dataset.ChunkRows},
	} {
		if *n.value < 0 {
			errs = append(errs, &dataset.OptionError{Field: "jsonl.Options." + n.name, Value: strconv.Itoa(*n.value), Want: "0 or more"})
		} else if *n.value == 0 {
			*n.value = n.zero
		}
	}
	if o.Allocator == nil {
		o.Allocator = memory.DefaultAllocator
	}
	return o, errors.Join(errs...)
}

// Source reads JSON lines. One that Open made can be ranged again and by several goroutines at once; one that NewSource made by one at a time, and again when
// its reader can seek.
type Source struct {
	name     string
	open     textfile.Opener
	o        Options
	schema   *dataset.Schema
	optional bool // a column may be absent from every line, as those that were inferred are when the file has no rows
}

// Open returns the source of a file, which is decompressed as it is read when its name ends in .gz or .zst. It reads the whole file when the schema is to be
// inferred, and nothing otherwise. It errors with a *dataset.FormatError for malformed text, with dataset.ErrUnsupported for a column that JSON lines do not hold
// (binary, list, struct), with *dataset.OptionError for bad options, and with the system's error for a file that cannot be read.
func Open(path string, o Options) (*Source, error) {
	open := textfile.Opener(func() (io.ReadCloser, error) { return textfile.Open(path) })
	if o.Schema != nil { // else inferring reads it
		if err := open.With(func(io.Reader) error { return nil }); err != nil {
			return nil, fmt.Errorf("jsonl: open %s: %w", path, err)
		}
	}
	return newSource(path, open, o)
}

// NewSource returns the source of r. When r is an io.Seeker the source starts where r stands now, each time it is ranged. Otherwise it can be ranged once, and
// needs o.Schema. It does not close r. Errors are those of Open.
func NewSource(r io.Reader, o Options) (*Source, error) {
	open, rewindable, err := textfile.FromReader(r)
	if err == nil && !rewindable && o.Schema == nil {
		err = &dataset.OptionError{Field: "jsonl.Options.Schema", Value: "none", Want: "a schema for a reader that cannot seek, since inferring reads twice"}
	}
	if err != nil {
		return nil, fmt.Errorf("jsonl: new source: %w", err)
	}
	return newSource("reader", open, o)
}

func newSource(name string, open textfile.Opener, o Options) (*Source, error) {
	o, err := o.check()
	s := &Source{name: name, open: open, o: o, schema: o.Schema, optional: o.Schema == nil}
	if err == nil && s.schema == nil {
		err = s.withLines(func(l *lineReader) error {
			s.schema, err = infer(l)
			return err
		})
	}
	if err == nil {
		err = cell.CheckTypes(s.schema, jsonLines)
	}
	if err != nil {
		return nil, fmt.Errorf("jsonl: open %s: %w", name, err)
	}
	return s, nil
}

// withLines opens the text for the length of f.
func (s *Source) withLines(f func(*lineReader) error) error {
	return s.open.With(func(r io.Reader) error { return f(newLineReader(r, s.o)) })
}

// Schema implements dataset.Source.
func (s *Source) Schema() *dataset.Schema { return s.schema }

// Scan implements dataset.Scanner: columns that are not wanted are parsed, but neither converted nor checked.
func (s *Source) Scan(_ context.Context, o dataset.ScanOptions) (dataset.Source, error) {
	names := o.Reads()
	if names == nil {
		return dataset.ScanBatches(s, o)
	}
	narrow := *s
	var err error
	if narrow.schema, err = s.schema.Select(names...); err != nil {
		return nil, fmt.Errorf("jsonl: scan %s: %w", s.name, err)
	}
	return dataset.ScanBatches(&narrow, o)
}

// Batches implements dataset.Source.
func (s *Source) Batches(ctx context.Context) iter.Seq2[dataset.Batch, error] {
	return func(yield func(dataset.Batch, error) bool) {
		stopped := false
		err := s.withLines(func(l *lineReader) error {
			return s.read(ctx, l, func(b dataset.Batch) bool {
				stopped = !yield(b, nil)
				return !stopped
			})
		})
		if err != nil && !stopped {
			yield(dataset.Batch{}, fmt.Errorf("jsonl: read %s: %w", s.name, err))
		}
	}
}

func (s *Source) read(ctx context.Context, l *lineReader, emit func(dataset.Batch) bool) error {
	rb := array.NewRecordBuilder(s.o.Allocator, s.schema.Arrow())
	defer rb.Release()
	r := newRowReader(s.schema, rb, s.optional)
	for more := true; more; {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := r.rows(l, s.o.BatchRows)
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		more = err == nil
		if n == 0 {
			continue
		}
		b, err := cell.NewBatch(rb, s.schema, n)
		if err != nil {
			return err
		}
		wanted := emit(b)
		b.Release()
		if !wanted {
			return nil
		}
	}
	if s.optional {
		return nil
	}
	return r.checkSeen()
}

// rowReader fills the builders.
type rowReader struct {
	columns []column
	index   map[string]int
	mark    []int64 // the line in which a column was last met
	total   int64
}

type column struct {
	name   string
	typ    dataset.Type
	append func([]byte) bool
	null   func()
	mixed  bool // a text column that was inferred: numbers and bools are texts there as they are written
}

func newRowReader(s *dataset.Schema, rb *array.RecordBuilder, inferred bool) *rowReader {
	r := &rowReader{index: make(map[string]int, s.Len()), mark: make([]int64, s.Len())}
	for i, f := range s.Fields() {
		r.columns = append(r.columns, column{name: f.Name, typ: f.Type, append: cell.Appender(rb.Field(i)), null: rb.Field(i).AppendNull, mixed: inferred})
		r.index[f.Name] = i
	}
	return r
}

// rows reads up to limit lines and returns how many there were; the error is io.EOF at the end.
func (r *rowReader) rows(l *lineReader, limit int) (int, error) {
	for n := range limit {
		line, err := l.next(func(key []byte, v value) error {
			i, ok := r.index[string(key)]
			if !ok {
				return nil
			}
			r.mark[i] = l.line
			return r.columns[i].add(v, l.line)
		})
		if err != nil {
			return n, err
		}
		r.total++
		for i, at := range r.mark {
			if at != line {
				r.columns[i].null()
			}
		}
	}
	return limit, nil
}

// checkSeen errors for columns that no line had.
func (r *rowReader) checkSeen() error {
	if r.total == 0 {
		return nil
	}
	var missing []error
	for i, at := range r.mark {
		if at == 0 {
			missing = append(missing, &dataset.SchemaError{Column: r.columns[i].name, Want: "its key in a line", Got: "no such key"})
		}
	}
	return errors.Join(missing...)
}

// add appends a value.
func (c *column) add(v value, line int64) error {
	if v.kind == kindNull {
		c.null()
		return nil
	}
	ok := false
	switch class := c.typ.Class(); {
	case class == dataset.ClassJSON:
		ok = c.append(v.raw)
	case class == dataset.ClassText && c.mixed && (v.kind == kindNumber || v.kind == kindBool):
		ok = c.append(v.raw)
	case class == dataset.ClassText:
		ok = v.kind == kindString && c.append(v.text)
	case v.kind == kindString:
		ok = c.append(cell.Trim(v.text))
	case v.kind == kindNumber && class <= dataset.ClassDecimal:
		ok = c.append(v.raw)
	case v.kind == kindBool && class == dataset.ClassBool:
		ok = c.append(v.raw)
	}
	if !ok {
		return formatError(line, c.name, string(c.typ), v.kind.String()+" that is none")
	}
	return nil
}

func formatError(line int64, column, want, got string) error {
	return &dataset.FormatError{Format: "jsonl", Line: line, Column: column, Want: want, Got: got}
}
