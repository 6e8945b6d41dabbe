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

	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/tidewheel/tidewheel/dataset"
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
}

// Open returns the source of a file, which is decompressed as it is read when its name ends in .gz or .zst. It reads the header, and the whole file when the
// schema is to be inferred. It errors with a *dataset.FormatError for a malformed file, with a *dataset.SchemaError for a column that o.Schema wants and the header
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
	return &Source{name: "reader", open: open, o: o, schema: o.Schema}, nil // the range reads the header
}

func newSource(name string, open textfile.Opener, o Options) (*Source, error) {
	s := &Source{name: name, open: open, o: o, schema: o.Schema}
	err := s.withTokens(func(t *tokenizer) error {
		header, err := s.readHeader(t)
		if err != nil {
			return err
		}
		s.header = header
		if s.schema == nil {
			if err := s.checkForcedTypes(); err != nil {
				return err
			}
			s.schema, err = infer(t, header, o)
			if err != nil {
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

// withTokens opens the text for the length of f.
func (s *Source) withTokens(f func(*tokenizer) error) error {
	return s.open.With(func(r io.Reader) error { return f(newTokenizer(r, s.o)) })
}

// readHeader returns the column names of the file.
func (s *Source) readHeader(t *tokenizer) ([]string, error) {
	if s.o.NoHeader {
		return s.o.Schema.Names(), nil
	}
	cells, line, err := t.next()
	if isEOF(err) {
		return nil, formatError(0, "", "a header line", "an empty file")
	}
	if err != nil {
		return nil, err
	}
	header := make([]string, len(cells))
	seen := make(map[string]bool, len(cells))
	for i, c := range cells {
		name := string(c.data)
		switch {
		case name == "":
			return nil, formatError(line, "", fmt.Sprintf("a name for column %d", i+1), "an empty one")
		case seen[name]:
			return nil, formatError(line, name, "unique column names", "the name twice")
		}
		header[i], seen[name] = name, true
	}
	return header, s.checkDelimiter(line, header, cells[0].quoted)
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
	position := make([]int, s.schema.Len())
	var missing []error
	for i, name := range s.schema.Names() {
		if position[i] = slices.Index(header, name); position[i] < 0 {
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
	return nil
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
	names := o.Reads()
	if names == nil {
		return dataset.ScanBatches(s, o)
	}
	narrow := *s
	var err error
	if narrow.schema, err = s.schema.Select(names...); err != nil {
		return nil, fmt.Errorf("csv: scan %s: %w", s.name, err)
	}
	if narrow.header != nil {
		if narrow.position, err = narrow.locate(s.header); err != nil {
			return nil, fmt.Errorf("csv: scan %s: %w", s.name, err)
		}
	}
	return dataset.ScanBatches(&narrow, o)
}

// Batches implements dataset.Source.
func (s *Source) Batches(ctx context.Context) iter.Seq2[dataset.Batch, error] {
	return func(yield func(dataset.Batch, error) bool) {
		stopped := false
		err := s.withTokens(func(t *tokenizer) error {
			return s.read(ctx, t, func(b dataset.Batch) bool {
				stopped = !yield(b, nil)
				return !stopped
			})
		})
		if err != nil && !stopped {
			yield(dataset.Batch{}, fmt.Errorf("csv: read %s: %w", s.name, err))
		}
	}
}

// read passes on the batches of one range.
func (s *Source) read(ctx context.Context, t *tokenizer, emit func(dataset.Batch) bool) error {
	header, err := s.readHeader(t)
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
	rb := array.NewRecordBuilder(s.o.Allocator, s.schema.Arrow())
	defer rb.Release()
	columns := make([]column, s.schema.Len())
	for i, f := range s.schema.Fields() {
		columns[i] = newColumn(f, position[i], rb.Field(i))
	}
	r := &reader{t: t, columns: columns, width: len(header), nulls: newNullSet(s.o.NullTokens)}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := r.rows(s.o.BatchRows)
		if err != nil && !isEOF(err) {
			return err
		}
		if n > 0 {
			b, e := cell.NewBatch(rb, s.schema, n)
			if e != nil {
				return e
			}
			texts := textBytes(b)
			more := emit(b)
			b.Release()
			if !more {
				return nil
			}
			reserve(rb, n, texts)
		}
		if err != nil {
			return nil
		}
	}
}

// textBytes returns the bytes of the text of each column, 0 of others.
func textBytes(b dataset.Batch) []int {
	sizes := make([]int, b.Schema().Len())
	for i := range sizes {
		if c, ok := b.Column(i).(*array.String); ok {
			sizes[i] = len(c.ValueBytes())
		}
	}
	return sizes
}

// reserve makes room for a batch like the last one and a little more, so that buffers do not grow step by step.
func reserve(rb *array.RecordBuilder, n int, texts []int) {
	rb.Reserve(n)
	for i, size := range texts {
		if b, ok := rb.Field(i).(*array.StringBuilder); ok {
			b.ReserveData(size + size/32)
		}
	}
}

// reader fills the builders.
type reader struct {
	t       *tokenizer
	columns []column
	width   int
	nulls   *nullSet
}

// rows reads up to limit records and returns how many there were; the error is io.EOF at the end.
func (r *reader) rows(limit int) (int, error) {
	for n := range limit {
		cells, line, err := r.t.next()
		if err != nil {
			return n, err
		}
		if len(cells) != r.width {
			return n, ragged(line, r.width, len(cells))
		}
		for i := range r.columns {
			c := &r.columns[i]
			if err := c.add(cells[c.from], r.nulls, line); err != nil {
				return n, err
			}
		}
	}
	return limit, nil
}

func isEOF(err error) bool { return errors.Is(err, io.EOF) }

func ragged(line int64, want, got int) error {
	return formatError(line, "", fmt.Sprintf("%d fields", want), strconv.Itoa(got))
}
