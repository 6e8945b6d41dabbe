package arff

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/internal/ranging"
	"github.com/tidewheel/tidewheel/dataset/internal/textfile"
	"github.com/tidewheel/tidewheel/internal/cell"
)

// format is what the format is called in errors.
const format = "arff"

// Source reads ARFF. One that Open made can be ranged again and by several goroutines at once; one that NewSource made by one at a time, and again when its reader can
// seek.
type Source struct {
	name   string
	open   textfile.Opener
	o      Options
	schema *dataset.Schema
}

// Open returns the source of a file, which is decompressed as it is read when its name ends in .gz or .zst. It reads the header. It errors with a *dataset.FormatError
// for a header that is malformed, with dataset.ErrUnsupported for a relational attribute, a format of dates with other letters and a column of the schema that text does
// not hold, with dataset.ErrLimit beyond the limits of the options, with *dataset.SchemaError for a column of the schema that the header lacks and for names that are
// none, with *dataset.OptionError for bad options, and with the system's error for a file that cannot be read.
func Open(path string, o Options) (*Source, error) {
	return newSource(path, func() (io.ReadCloser, error) { return textfile.Open(path) }, true, o)
}

// NewSource returns the source of r. When r is an io.Seeker the source starts where r stands now, each time it is ranged. Otherwise it can be ranged once, and needs
// o.Schema, since the header is read with the rows. It does not close r. Errors are those of Open.
func NewSource(r io.Reader, o Options) (*Source, error) {
	open, rewindable, err := textfile.FromReader(r)
	if err == nil && !rewindable && o.Schema == nil {
		err = &dataset.OptionError{Field: "arff.Options.Schema", Value: "none", Want: "a schema for a reader that cannot seek, since the header is read first"}
	}
	if err != nil {
		return nil, fmt.Errorf("arff: new source: %w", err)
	}
	return newSource("reader", open, rewindable, o)
}

func newSource(name string, open textfile.Opener, rewindable bool, o Options) (*Source, error) {
	o, err := o.check()
	s := &Source{name: name, open: open, o: o, schema: o.Schema}
	if err == nil && rewindable {
		err = open.With(func(r io.Reader) error {
			in := newReader(r, o)
			if err := in.header(); err != nil {
				return err
			}
			own, err := in.schema()
			if err == nil && s.schema == nil {
				s.schema = own
			}
			return err
		})
	}
	if err == nil {
		err = cell.CheckTypes(s.schema, "ARFF")
	}
	if err == nil && rewindable && o.Schema != nil {
		err = s.bound()
	}
	if err != nil {
		return nil, fmt.Errorf("arff: open %s: %w", name, err)
	}
	return s, nil
}

// bound errors when the header lacks a column of the schema.
func (s *Source) bound() error {
	return s.open.With(func(r io.Reader) error {
		in := newReader(r, s.o)
		if err := in.header(); err != nil {
			return err
		}
		rb := array.NewRecordBuilder(s.o.Allocator, s.schema.Arrow())
		defer rb.Release()
		_, err := newRows(in, s.schema, rb)
		return err
	})
}

// Schema implements dataset.Source.
func (s *Source) Schema() *dataset.Schema { return s.schema }

// Scan implements dataset.Scanner: columns that are not wanted are cut, but neither converted nor checked.
func (s *Source) Scan(_ context.Context, o dataset.ScanOptions) (dataset.Source, error) {
	return ranging.Scan("arff: scan "+s.name, s, o, func(narrow *dataset.Schema) (dataset.Source, error) {
		out := *s
		out.schema = narrow
		return &out, nil
	})
}

// Batches implements dataset.Source.
func (s *Source) Batches(ctx context.Context) iter.Seq2[dataset.Batch, error] {
	return ranging.Batches("arff: read "+s.name, func(emit func(dataset.Batch) bool) error {
		return s.open.With(func(r io.Reader) error { return s.read(ctx, newReader(r, s.o), emit) })
	})
}

func (s *Source) read(ctx context.Context, in *reader, emit func(dataset.Batch) bool) error {
	if err := in.header(); err != nil {
		return err
	}
	rb := array.NewRecordBuilder(s.o.Allocator, s.schema.Arrow())
	defer rb.Release()
	r, err := newRows(in, s.schema, rb)
	if err != nil {
		return err
	}
	limit := ranging.BatchRows(s.o.BatchRows, s.schema.Len())
	for more := true; more; {
		n := 0
		for ; n < limit; n++ {
			if n%1024 == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			err := r.next()
			if errors.Is(err, io.EOF) {
				more = false
				break
			}
			if err == nil {
				err = r.add()
			}
			if err != nil {
				return err
			}
		}
		if n == 0 {
			break
		}
		if wanted, err := ranging.Flush(rb, s.schema, n, emit); err != nil || !wanted {
			return err
		}
	}
	return nil
}
