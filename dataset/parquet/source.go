package parquet

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/parquet-go/parquet-go"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/internal/ranging"
)

// Options says how Parquet files are read. The zero value is ready to use.
type Options struct {
	Columns         []string         // the columns wanted, in this order; nil is all of them
	Dictionary      []string         // text columns to give as Arrow dictionaries, as the file keeps most of them, without making texts of their rows
	AllDictionaries bool             // as if every text column were in Dictionary
	BatchRows       int              // most rows of a batch, which never crosses a row group; 0 is dataset.ChunkRows
	Flatten         bool             // the fields of structs are columns, named by their path with points: place.city; lists stay as they are
	MaxFooterBytes  int64            // largest footer, which holds the file's metadata; 0 is 64 MiB
	MaxPageBytes    int64            // largest page, compressed or not, whatever its header states (but see the package comment on Brotli); 0 is 256 MiB
	Workers         int              // goroutines that read columns, that of the caller being one; 0 is GOMAXPROCS, 1 starts none; the batches are the same for any
	Counters        *Counters        // counts what ranges read; nil does not
	Allocator       memory.Allocator // for the batches; nil is Go's
}

// Source reads a Parquet file. It can be ranged again and by several goroutines at once; each range opens the file.
type Source struct {
	name    string
	open    func() (io.ReaderAt, int64, func() error, error)
	o       Options
	columns []*node // the wanted ones, in order
	rows    int64
	schema  *dataset.Schema
}

// Open returns the source of a file. It reads the metadata only. It errors with a *dataset.FormatError for a file that is not Parquet or is truncated, with
// dataset.ErrUnsupported for a wanted column outside the package's types, with a *dataset.SchemaError for a wanted column that is not there, with
// *dataset.OptionError for bad options, and with the system's error for a file that cannot be read. A page that is corrupt is an error of the range.
func Open(path string, o Options) (*Source, error) {
	return newSource(path, func() (io.ReaderAt, int64, func() error, error) {
		f, err := os.Open(path)
		if err != nil {
			return nil, 0, nil, err
		}
		info, err := f.Stat()
		if err == nil && info.IsDir() {
			err = errors.New("want a file, got a directory")
		}
		if err != nil {
			_ = f.Close()
			return nil, 0, nil, err
		}
		return f, info.Size(), f.Close, nil
	}, o)
}

// NewSource returns the source of a file of size bytes in r, which must be safe for concurrent use when the source is. Errors are those of Open.
func NewSource(r io.ReaderAt, size int64, o Options) (*Source, error) {
	return newSource("reader", func() (io.ReaderAt, int64, func() error, error) {
		return r, size, func() error { return nil }, nil
	}, o)
}

func formatError(column, want, got string) error {
	return &dataset.FormatError{Format: "parquet", Column: column, Want: want, Got: got}
}

// guard calls f and turns a panic of the Parquet library on bytes that it does not expect into an error.
func guard(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = formatError("", "well-formed content", "content that cannot be decoded")
		}
	}()
	return f()
}

func (o Options) check() (Options, error) {
	var errs []error
	bad := func(field, value string) {
		errs = append(errs, &dataset.OptionError{Field: "parquet.Options." + field, Value: value, Want: "0 or more"})
	}
	if o.BatchRows < 0 {
		bad("BatchRows", strconv.Itoa(o.BatchRows))
	}
	if o.MaxFooterBytes < 0 {
		bad("MaxFooterBytes", strconv.FormatInt(o.MaxFooterBytes, 10))
	}
	if o.MaxPageBytes < 0 {
		bad("MaxPageBytes", strconv.FormatInt(o.MaxPageBytes, 10))
	}
	if o.Workers < 0 {
		bad("Workers", strconv.Itoa(o.Workers))
	}
	if o.Workers == 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.BatchRows == 0 {
		o.BatchRows = dataset.ChunkRows
	}
	if o.MaxPageBytes == 0 {
		o.MaxPageBytes = 256 << 20
	}
	if o.MaxFooterBytes == 0 {
		o.MaxFooterBytes = 64 << 20
	}
	if o.Allocator == nil {
		o.Allocator = memory.DefaultAllocator
	}
	return o, errors.Join(errs...)
}

func newSource(name string, open func() (io.ReaderAt, int64, func() error, error), o Options) (*Source, error) {
	o, err := o.check()
	if err != nil {
		return nil, fmt.Errorf("parquet: open %s: %w", name, err)
	}
	s := &Source{name: name, open: open, o: o}
	err = s.withFile(func(_ io.ReaderAt, f *parquet.File) error { return guard(func() error { return s.describe(f) }) })
	if err != nil {
		return nil, fmt.Errorf("parquet: open %s: %w", name, err)
	}
	return s, nil
}

// withFile opens the file for the length of f.
func (s *Source) withFile(f func(io.ReaderAt, *parquet.File) error) error {
	r, size, closeFile, err := s.open()
	if err != nil {
		return err
	}
	var file *parquet.File
	err = guard(func() (err error) {
		if err = checkEnds(r, size, s.o.MaxFooterBytes); err != nil {
			return err
		}
		// A schema of its own keeps the library from making a Go type of the columns, which fails for some names.
		options := []parquet.FileOption{parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true), parquet.FileSchema(parquet.NewSchema("file", parquet.Group{}))}
		file, err = parquet.OpenFile(r, size, options...)
		if err != nil {
			if r, size, ok := mended(r, size); ok {
				file, err = parquet.OpenFile(r, size, options...)
			}
		}
		switch {
		case err != nil && strings.Contains(err.Error(), "cannot represent"): // columns too many or too deep
			return fmt.Errorf("metadata: %w: %w", dataset.ErrLimit, err)
		case err != nil:
			return formatError("", "readable metadata", err.Error())
		}
		return nil
	})
	if err == nil {
		err = f(r, file)
	}
	if e := closeFile(); err == nil {
		err = e
	}
	return err
}

// checkEnds checks the magic bytes and the footer's length before anything is allocated for it.
func checkEnds(r io.ReaderAt, size, maxFooter int64) error {
	if size < 12 {
		return formatError("", "at least 12 bytes", strconv.FormatInt(size, 10))
	}
	var head [4]byte
	var tail [8]byte
	if _, err := r.ReadAt(head[:], 0); err != nil {
		return err
	}
	if _, err := r.ReadAt(tail[:], size-8); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	switch {
	case string(head[:]) == "PARE" || string(tail[4:]) == "PARE":
		return unsupported("", encrypted)
	case string(head[:]) != "PAR1":
		return formatError("", "a file that starts with PAR1", "other bytes")
	case string(tail[4:]) != "PAR1":
		return formatError("", "a file that ends with PAR1", "other bytes, as of a truncated file")
	}
	footer := int64(binary.LittleEndian.Uint32(tail[:4]))
	if footer > size-12 {
		return formatError("", fmt.Sprintf("a footer of at most %d bytes", size-12), strconv.FormatInt(footer, 10))
	}
	if footer > maxFooter {
		return fmt.Errorf("footer of %d bytes, want at most %d: %w", footer, maxFooter, dataset.ErrLimit)
	}
	return nil
}

// describe reads the columns and the schema.
func (s *Source) describe(f *parquet.File) error {
	md := f.Metadata()
	if md.EncryptionAlgorithm.Value != nil {
		return unsupported("", encrypted)
	}
	all, err := columnTrees(md.Schema)
	if err != nil {
		return err
	}
	if s.o.Flatten {
		all = flattened(all)
	}
	for _, group := range f.RowGroups() {
		if group.NumRows() < 0 {
			return formatError("", "row groups of 0 rows or more", "fewer")
		}
		s.rows += group.NumRows()
	}
	if s.columns, err = pick(all, s.o.Columns); err != nil {
		return err
	}
	if err := s.keepDictionaries(); err != nil {
		return err
	}
	fields := make([]dataset.Field, len(s.columns))
	for i, n := range s.columns {
		if n.refused != "" {
			return unsupported(n.at.path(), n.refused)
		}
		fields[i] = dataset.Field{Name: n.name, Type: n.typ, Nullable: n.nullable, Unit: n.leaf.unit}
	}
	if err := checkCodecs(md, s.columns); err != nil {
		return err
	}
	if s.schema, err = dataset.NewSchema(fields...); err != nil {
		return err
	}
	if text, ok := f.Lookup(schemaKey); ok {
		return s.adopt(text)
	}
	return nil
}

// keepDictionaries makes dictionaries of the texts that are wanted as such.
func (s *Source) keepDictionaries() error {
	for _, n := range s.columns {
		if n.shape == leafShape && n.typ == dataset.Utf8 && n.refused == "" && (s.o.AllDictionaries || slices.Contains(s.o.Dictionary, n.name)) {
			n.typ = dataset.Dictionary
		}
	}
	for _, name := range s.o.Dictionary {
		if i := slices.IndexFunc(s.columns, func(n *node) bool { return n.name == name }); i < 0 || s.columns[i].typ != dataset.Dictionary {
			return &dataset.OptionError{Field: "parquet.Options.Dictionary", Value: strconv.Quote(name), Want: "text columns that are wanted"}
		}
	}
	return nil
}

// adopt takes the rules of the schema in the file's metadata.
func (s *Source) adopt(text string) error {
	own, err := dataset.ParseSchema([]byte(text))
	if err != nil {
		return err
	}
	fields := make([]dataset.Field, len(s.columns))
	for i, n := range s.columns {
		f, ok := n.declared(own)
		if !ok {
			return fmt.Errorf("metadata: %w", &dataset.SchemaError{Column: n.name, Want: "it in " + schemaKey, Got: "no such column"})
		}
		if !n.fits(f.Type) {
			return fmt.Errorf("metadata: %w", &dataset.SchemaError{Column: n.name, Want: "type " + string(n.typ), Got: "type " + string(f.Type)})
		}
		if n.typ == dataset.Dictionary {
			f.Type = n.typ
		}
		fields[i] = f
	}
	s.schema, err = dataset.NewSchema(fields...)
	return err
}

// pick returns the named columns in order, all of them for nil.
func pick(all []*node, names []string) ([]*node, error) {
	if names == nil {
		return all, nil
	}
	at := make(map[string]int, len(all))
	for i, n := range all {
		if _, ok := at[n.name]; ok {
			i = -1
		}
		at[n.name] = i
	}
	out := make([]*node, 0, len(names))
	for _, name := range names {
		i, ok := at[name]
		switch {
		case !ok:
			return nil, &dataset.SchemaError{Column: name, Want: "a column of the file", Got: "no such column"}
		case i < 0:
			return nil, &dataset.SchemaError{Column: name, Want: "one column of the name", Got: "two or more"}
		}
		out = append(out, all[i])
	}
	return out, nil
}

// Schema implements dataset.Source.
func (s *Source) Schema() *dataset.Schema { return s.schema }

// NumRows returns the number of rows that the row groups state.
func (s *Source) NumRows() int64 { return s.rows }

// Scan implements dataset.Scanner: columns that are not wanted are not read. With a filter, row groups are passed over that by their statistics or Bloom filters cannot
// have a wanted row, and pages by the index of pages; of the rest the columns of the filter are read first, and pages of the other columns only where they have a wanted row.
func (s *Source) Scan(_ context.Context, o dataset.ScanOptions) (dataset.Source, error) {
	narrow, names := *s, o.Reads()
	var err error
	if names != nil {
		if narrow.schema, err = s.schema.Select(names...); err != nil {
			return nil, fmt.Errorf("parquet: scan %s: %w", s.name, err)
		}
		if narrow.columns, err = pick(s.columns, names); err != nil {
			return nil, fmt.Errorf("parquet: scan %s: %w", s.name, err)
		}
	}
	if len(o.Filter) == 0 {
		return &narrow, nil
	}
	f := &filtered{from: &narrow, out: narrow.schema}
	if o.Columns != nil {
		if f.out, err = s.schema.Select(o.Columns...); err != nil {
			return nil, fmt.Errorf("parquet: scan %s: %w", s.name, err)
		}
	}
	if err = f.prepare(o.Filter); err != nil {
		return nil, fmt.Errorf("parquet: scan %s: %w", s.name, err)
	}
	return f, nil
}

// Batches implements dataset.Source.
func (s *Source) Batches(ctx context.Context) iter.Seq2[dataset.Batch, error] {
	return s.batches(ctx, nil)
}

func (s *Source) batches(ctx context.Context, filter *filtered) iter.Seq2[dataset.Batch, error] {
	return ranging.Batches("parquet: read "+s.name, func(emit func(dataset.Batch) bool) error {
		return s.withFile(func(r io.ReaderAt, f *parquet.File) error {
			rd, err := s.newReading(r, f, filter)
			if err != nil {
				return err
			}
			stopped := false
			err = rd.run(ctx, func(b dataset.Batch) bool {
				stopped = !emit(b)
				return !stopped
			})
			if err == nil && !stopped {
				err = ctx.Err()
			}
			return err
		})
	})
}
