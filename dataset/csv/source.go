package csv

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/internal/ranging"
	"github.com/tidewheel/tidewheel/dataset/internal/textfile"
	"github.com/tidewheel/tidewheel/internal/cell"
)

// Source reads delimited text. One that Open made can be ranged again and by several goroutines at once; one that NewSource made by one at a time, and again
// when its reader can seek.
type Source struct {
	name     string
	open     textfile.Opener
	o        Options
	header   []string
	schema   *dataset.Schema
	position []int // of each field in the header
	shared   *shared
	kept     *keeper // nil where nothing is
	report   *Report // nil where nothing was inferred
	origin   string  // of types that were inferred from a part of the text, for errors
}

// Open returns the source of a file, which is decompressed as it is read when its name ends in .gz or .zst. It reads the header, and when the schema is to be
// inferred the first o.InferBytes of text. It errors with a *dataset.FormatError for a malformed file, with a *dataset.SchemaError for a column that o.Schema wants and the header
// lacks, with dataset.ErrUnsupported for a column that text does not hold (binary, list, struct), with *dataset.OptionError for bad options, and with the system's
// error for a file that cannot be read.
func Open(path string, o Options) (*Source, error) {
	o, err := o.check(path)
	if err != nil {
		return nil, fmt.Errorf("csv: open %s: %w", path, err)
	}
	return newSource(path, func() (io.ReadCloser, error) { return textfile.Open(path) }, o)
}

// NewSource returns the source of r. When r is an io.Seeker the source starts where r stands now, each time it is ranged. Otherwise it can be ranged once, and
// needs o.Schema. It does not close r. Errors are those of Open.
func NewSource(r io.Reader, o Options) (*Source, error) {
	o, err := o.check("")
	if err != nil {
		return nil, fmt.Errorf("csv: new source: %w", err)
	}
	open, rewindable, err := textfile.FromReader(r)
	if err != nil {
		return nil, fmt.Errorf("csv: new source: %w", err)
	}
	switch {
	case rewindable:
		return newSource("reader", open, o)
	case o.Schema == nil:
		return nil, fmt.Errorf("csv: new source: %w",
			&dataset.OptionError{Field: "csv.Options.Schema", Value: "none", Want: "a schema for a reader that cannot seek, since inferring reads twice"})
	}
	if err := cell.CheckTypes(o.Schema, delimitedText); err != nil {
		return nil, fmt.Errorf("csv: new source: %w", err)
	}
	return &Source{name: "reader", open: open, o: o, schema: o.Schema, shared: o.shared()}, nil // the range reads the header
}

func newSource(name string, open textfile.Opener, o Options) (*Source, error) {
	s := &Source{name: name, open: open, o: o, schema: o.Schema, shared: o.shared()}
	err := s.open.With(func(r io.Reader) error {
		cut := newCutter(r, &s.o)
		header, err := s.readHeader(cut)
		if err != nil {
			return err
		}
		s.header = header
		if s.schema == nil {
			if err := s.checkForcedTypes(); err != nil {
				return err
			}
			if err := s.infer(cut, header); err != nil {
				return err
			}
		}
		s.position, err = s.locate(header)
		return err
	})
	if err == nil {
		err = cell.CheckTypes(s.schema, delimitedText)
	}
	if err != nil {
		return nil, fmt.Errorf("csv: open %s: %w", name, err)
	}
	return s, nil
}

// readHeader returns the column names of the file.
func (s *Source) readHeader(cut *cutter) ([]string, error) {
	if s.o.NoHeader && s.o.Schema != nil {
		return s.o.Schema.Names(), nil
	}
	b := &block{}
	split := s.o.splitter()
	for b.rows == 0 {
		err := cut.next(b)
		if isEOF(err) {
			return nil, formatError(0, "", "a header line", "an empty file")
		}
		if err != nil {
			return nil, err
		}
		at := 0
		if !s.o.NoHeader {
			at = split.split(b, 0)
		} else {
			first := *b // its cells are read again
			first.buf = slices.Clone(b.buf)
			split.split(&first, 0)
			b.rows, b.width, b.err = first.rows, first.width, first.err
		}
		if b.err != nil {
			return nil, b.err
		}
		if b.rows > 0 {
			cut.unread(b, at)
		}
	}
	if s.o.NoHeader {
		header := make([]string, b.width)
		for i := range header {
			header[i] = "f" + strconv.Itoa(i)
		}
		return header, nil
	}
	line := b.lineOf(0)
	header := make([]string, b.width)
	seen := make(map[string]bool, b.width)
	for i := range header {
		raw, _ := b.cell(0, i)
		name := string(raw)
		switch {
		case name == "":
			return nil, formatError(line, "", fmt.Sprintf("a name for column %d", i+1), "an empty one")
		case seen[name]:
			return nil, formatError(line, name, "unique column names", "the name twice")
		}
		header[i], seen[name] = name, true
	}
	_, mark := b.cell(0, 0)
	return header, s.checkDelimiter(line, header, mark == quoted)
}

// checkDelimiter refuses a header of one column whose name holds another delimiter.
func (s *Source) checkDelimiter(line int64, header []string, quoted bool) error {
	if len(header) != 1 || quoted || (s.o.Schema != nil && s.o.Schema.Index(header[0]) >= 0) {
		return nil
	}
	for _, d := range ",;\t|" {
		if byte(d) != s.o.Delimiter && strings.ContainsRune(header[0], d) {
			return formatError(line, "", fmt.Sprintf("columns between %q", s.o.Delimiter), fmt.Sprintf("one column whose name holds %q: set the delimiter", d))
		}
	}
	return nil
}

// locate finds the fields of the schema in the header.
func (s *Source) locate(header []string) ([]int, error) {
	places := make(map[string]int, len(header))
	for i, name := range header {
		places[name] = i
	}
	position := make([]int, s.schema.Len())
	var missing []error
	for i, name := range s.schema.Names() {
		var ok bool
		if position[i], ok = places[name]; !ok {
			missing = append(missing, &dataset.SchemaError{Column: name, Want: "it in the header", Got: "no such column"})
		}
	}
	return position, errors.Join(missing...)
}

// checkForcedTypes checks that o.Types names columns of the header.
func (s *Source) checkForcedTypes() error {
	for _, name := range slices.Sorted(maps.Keys(s.o.Types)) {
		if !slices.Contains(s.header, name) {
			return &dataset.SchemaError{Column: name, Want: "it in the header", Got: "no such column"}
		}
	}
	forced := make([]dataset.Field, 0, len(s.o.Types))
	for _, name := range slices.Sorted(maps.Keys(s.o.Types)) {
		forced = append(forced, dataset.Field{Name: name, Type: s.o.Types[name]})
	}
	schema, err := dataset.NewSchema(forced...)
	if err != nil {
		return err
	}
	return cell.CheckTypes(schema, delimitedText)
}

// Schema implements dataset.Source.
func (s *Source) Schema() *dataset.Schema { return s.schema }

// Header returns the column names of the file in order, nil for a reader that cannot seek.
func (s *Source) Header() []string { return slices.Clone(s.header) }

// Extra returns the columns of the file that the schema does not want, in order; nil for a reader that cannot seek.
func (s *Source) Extra() []string {
	return slices.DeleteFunc(s.Header(), func(name string) bool { return s.schema.Index(name) >= 0 })
}

// Scan implements dataset.Scanner: columns that are not wanted are neither converted nor checked.
func (s *Source) Scan(_ context.Context, o dataset.ScanOptions) (dataset.Source, error) {
	return ranging.Scan("csv: scan "+s.name, s, o, func(narrow *dataset.Schema) (_ dataset.Source, err error) {
		out := *s
		if out.schema = narrow; out.header != nil {
			out.position, err = out.locate(s.header)
		}
		return &out, err
	})
}

// Batches implements dataset.Source.
func (s *Source) Batches(ctx context.Context) iter.Seq2[dataset.Batch, error] {
	return ranging.Batches("csv: read "+s.name, func(emit func(dataset.Batch) bool) error { return s.batches(ctx, emit) })
}

// batches passes on the batches that inferring kept, in the first range, and reads those behind them.
func (s *Source) batches(ctx context.Context, emit func(dataset.Batch) bool) error {
	var from place
	if kept := s.kept.take(); len(kept) > 0 {
		if ended, err := s.pass(ctx, kept, emit); ended || err != nil || s.kept.whole {
			return err
		}
		from = s.kept.next
	}
	return s.open.With(func(r io.Reader) error { return s.read(ctx.Err, r, from, emit) })
}

// pass passes on the batches that inferring kept. It reports whether no more are wanted.
func (s *Source) pass(ctx context.Context, kept []dataset.Batch, emit func(dataset.Batch) bool) (ended bool, err error) {
	for i, k := range kept {
		kept[i] = dataset.Batch{} // its memory is free as soon as it was passed on
		if err := ctx.Err(); err != nil {
			return false, err
		}
		columns := make([]arrow.Array, s.schema.Len())
		for j, name := range s.schema.Names() {
			c, err := k.ByName(name)
			if err != nil {
				return false, err
			}
			if s.o.Allocator == memory.DefaultAllocator {
				c.Retain()
			} else {
				c = copied(c, s.o.Allocator)
			}
			columns[j] = c
		}
		n := k.NumRows()
		k.Release()
		if err := s.emit(columns, n, emit); err != nil {
			return true, ending(err)
		}
	}
	return false, nil
}

// emit passes on a batch of columns, whose references it takes. It returns errStop when no more are wanted.
func (s *Source) emit(columns []arrow.Array, n int, emit func(dataset.Batch) bool) error {
	b, err := dataset.NewBatch(s.schema, columns, n)
	for _, c := range columns {
		c.Release()
	}
	if err != nil {
		return err
	}
	defer b.Release()
	if !emit(b) {
		return errStop
	}
	return nil
}

// untilEnd is what ends opening a source: nothing but the text.
func untilEnd() error { return nil }

// read passes on the batches of one range, which ended ends, behind the header or, when it is not zero, from a place on.
func (s *Source) read(ended func() error, r io.Reader, from place, emit func(dataset.Batch) bool) error {
	cut := newCutter(r, &s.o)
	header, err := s.readHeader(cut)
	if err != nil {
		return err
	}
	position := s.position
	if s.header == nil {
		if position, err = s.locate(header); err != nil {
			return err
		}
	} else if !slices.Equal(header, s.header) {
		return &dataset.SchemaError{Want: "the header that was there at opening", Got: "another"}
	}
	if cut.width = len(header); from.at > 0 {
		if err := cut.skipTo(from); err != nil {
			return err
		}
	}
	columns := make([]column, s.schema.Len())
	for i, f := range s.schema.Fields() {
		columns[i] = s.o.reads(f, position[i], s.shared)
		columns[i].origin = s.origin
	}
	out := newAssembler(s.schema, s.o.BatchRows, s.o.Allocator)
	defer out.release()
	out.flush = func(columns []arrow.Array, n int) error {
		err := ended() // a block may hold many batches
		if err != nil {
			for _, c := range columns {
				c.Release()
			}
			return err
		}
		return s.emit(columns, n, emit)
	}
	split := s.o.splitter()
	p := &pipeline{cut: cut, workers: s.o.Workers}
	p.parse = func(b *block) {
		split.split(b, len(header))
		parseColumns(b, columns)
	}
	p.merge = func(b *block) error {
		if err := out.add(b); err != nil {
			return err
		}
		return b.err
	}
	if err := p.run(ended); err != nil {
		return err
	}
	return ending(out.end())
}

func isEOF(err error) bool { return errors.Is(err, io.EOF) }
