package jsonl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/internal/ranging"
	"github.com/tidewheel/tidewheel/dataset/internal/textfile"
)

// What the format is called in errors, and in those about types.
const (
	format    = "jsonl"
	jsonLines = "JSON"
)

// Options says how JSON is read. The zero value is ready to use.
type Options struct {
	Schema       *dataset.Schema  // columns wanted, found by their keys; other keys are dropped; nil infers
	Records      string           // where the records are in a document, as keys with points between: data.items; empty is the top
	Nested       Nested           // what becomes of objects and arrays inside records; the zero value passes them through as JSON
	MaxLineBytes int              // longest record, and longest line where each has its own; 0 is 16 MiB
	MaxDepth     int              // deepest nesting of objects and arrays, the record's own object included; 0 is 64
	MaxColumns   int              // most different keys in a file, and most in a record; 0 is 10,000
	BatchRows    int              // rows of a batch; 0 is dataset.ChunkRows
	Allocator    memory.Allocator // for the batches; nil is Go's

	records []string // the parts of Records
}

// Nested is what becomes of objects and arrays inside records.
type Nested uint8

// What may become of them.
const (
	NestedJSON    Nested = iota // columns of the type json, as they are written
	NestedColumns               // objects become columns named by all keys to them, a.b; arrays of numbers, texts or bools become lists; other arrays are json
)

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
	if o.Nested > NestedColumns {
		errs = append(errs, &dataset.OptionError{Field: "jsonl.Options.Nested", Value: strconv.Itoa(int(o.Nested)), Want: "a known choice"})
	}
	if o.Records != "" {
		o.records = strings.Split(o.Records, ".")
	}
	if o.Allocator == nil {
		o.Allocator = memory.DefaultAllocator
	}
	return o, errors.Join(errs...)
}

// Source reads records of JSON. One that Open made can be ranged again and by several goroutines at once; one that NewSource made by one at a time, and again when
// its reader can seek.
type Source struct {
	name     string
	open     textfile.Opener
	o        Options
	schema   *dataset.Schema
	report   *Report
	optional bool // a column may be absent from every line, as those that were inferred are when the file has no rows
}

// Open returns the source of a file, which is decompressed as it is read when its name ends in .gz or .zst. It reads the whole file when the schema is to be
// inferred, and nothing otherwise. It errors with a *dataset.FormatError for malformed text, with dataset.ErrUnsupported for a column that JSON does not hold
// (binary), with *dataset.OptionError for bad options, and with the system's error for a file that cannot be read.
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
		err = s.withRecords(func(r *recordReader) error {
			s.schema, s.report, err = infer(r)
			return err
		})
	}
	if err == nil {
		err = checkTypes(s.schema)
	}
	if err != nil {
		return nil, fmt.Errorf("jsonl: open %s: %w", name, err)
	}
	return s, nil
}

// withRecords opens the text for the length of f.
func (s *Source) withRecords(f func(*recordReader) error) error {
	return s.open.With(func(r io.Reader) error { return f(newRecordReader(r, s.o)) })
}

// Report returns what was inferred, nil for a source whose schema was given.
func (s *Source) Report() *Report {
	if s.report == nil {
		return nil
	}
	r := *s.report
	r.Columns = slices.Clone(r.Columns)
	return &r
}

// Schema implements dataset.Source.
func (s *Source) Schema() *dataset.Schema { return s.schema }

// Scan implements dataset.Scanner: columns that are not wanted are parsed, but neither converted nor checked.
func (s *Source) Scan(_ context.Context, o dataset.ScanOptions) (dataset.Source, error) {
	return ranging.Scan("jsonl: scan "+s.name, s, o, func(narrow *dataset.Schema) (dataset.Source, error) {
		out := *s
		out.schema = narrow
		return &out, nil
	})
}

// Batches implements dataset.Source.
func (s *Source) Batches(ctx context.Context) iter.Seq2[dataset.Batch, error] {
	return ranging.Batches("jsonl: read "+s.name, func(emit func(dataset.Batch) bool) error {
		return s.withRecords(func(r *recordReader) error { return s.read(ctx, r, emit) })
	})
}

func (s *Source) read(ctx context.Context, in *recordReader, emit func(dataset.Batch) bool) error {
	rb := array.NewRecordBuilder(s.o.Allocator, s.schema.Arrow())
	defer rb.Release()
	r := newRowReader(s.schema, rb, s.optional, in)
	for more := true; more; {
		n, err := r.rows(ctx, s.o.BatchRows)
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		more = err == nil
		if n == 0 {
			continue
		}
		if wanted, err := ranging.Flush(rb, s.schema, n, emit); err != nil || !wanted {
			return err
		}
	}
	if s.optional {
		return nil
	}
	return r.checkSeen()
}

// rowReader fills the builders.
type rowReader struct {
	*recordReader
	columns []column
	place   map[string]int
	places  []int // the column of a key of the recordReader, -1 where it is not wanted
}

type column struct {
	name string
	typ  dataset.Type
	set  setter
	null func()
	mark int64 // the record in which the column was last met
}

func newRowReader(s *dataset.Schema, rb *array.RecordBuilder, inferred bool, in *recordReader) *rowReader {
	r := &rowReader{recordReader: in, place: make(map[string]int, s.Len())}
	for i, f := range s.Fields() {
		b := rb.Field(i)
		r.columns = append(r.columns, column{name: f.Name, typ: f.Type, set: newSetter(b, f.Type, inferred, in.o.MaxDepth), null: b.AppendNull})
		r.place[f.Name] = i
	}
	return r
}

// rows reads up to limit records and returns how many there were; the error is io.EOF at the end.
func (r *rowReader) rows(ctx context.Context, limit int) (int, error) {
	for n := range limit {
		if n%1024 == 0 && ctx.Err() != nil {
			return n, ctx.Err()
		}
		if err := r.next(r.member); err != nil {
			return n, err
		}
		for i := range r.columns {
			if c := &r.columns[i]; c.mark != r.record {
				c.null()
			}
		}
	}
	return limit, nil
}

// member appends the value of a key.
func (r *rowReader) member(id int, v value) error {
	for len(r.places) <= id {
		i, wanted := r.place[r.keys[len(r.places)].name]
		if !wanted {
			i = -1
		}
		r.places = append(r.places, i)
	}
	i := r.places[id]
	if i < 0 {
		return nil
	}
	c := &r.columns[i]
	c.mark = r.record
	if !c.set(v) {
		return formatError(r.line, c.name, string(c.typ), v.kind.String()+" that is none")
	}
	return nil
}

// checkSeen errors for columns that no record had.
func (r *rowReader) checkSeen() error {
	if r.record == 0 {
		return nil
	}
	var missing []error
	for _, c := range r.columns {
		if c.mark == 0 {
			missing = append(missing, &dataset.SchemaError{Column: c.name, Want: "its key in a record", Got: "no such key"})
		}
	}
	return errors.Join(missing...)
}

func formatError(line int64, column, want, got string) error {
	return &dataset.FormatError{Format: format, Line: line, Column: column, Want: want, Got: got}
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
