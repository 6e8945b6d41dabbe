package libsvm

import (
	"context"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/internal/ranging"
	"github.com/tidewheel/tidewheel/dataset/internal/textfile"
)

// format is what the format is called in errors.
const format = "libsvm"

// Source reads libsvm text. One that Open made can be ranged again and by several goroutines at once; one that NewSource made by one at a time, and again when its
// reader can seek.
type Source struct {
	name   string
	open   textfile.Opener
	o      Options
	schema *dataset.Schema
}

// Open returns the source of a file, which is decompressed as it is read when its name ends in .gz or .zst. It reads the whole file when the schema is to be inferred, and
// nothing otherwise. It errors with a *dataset.FormatError for malformed text, with dataset.ErrLimit for text beyond the limits of the options, with
// *dataset.OptionError for bad options, with *dataset.SchemaError for a schema whose columns the format does not have, and with the system's error for a file that cannot be read.
func Open(path string, o Options) (*Source, error) {
	open := textfile.Opener(func() (io.ReadCloser, error) { return textfile.Open(path) })
	if o.Schema != nil { // else inferring reads it
		if err := open.With(func(io.Reader) error { return nil }); err != nil {
			return nil, fmt.Errorf("libsvm: open %s: %w", path, err)
		}
	}
	return newSource(path, open, o)
}

// NewSource returns the source of r. When r is an io.Seeker the source starts where r stands now, each time it is ranged. Otherwise it can be ranged once, and needs
// o.Schema. It does not close r. Errors are those of Open.
func NewSource(r io.Reader, o Options) (*Source, error) {
	open, rewindable, err := textfile.FromReader(r)
	if err == nil && !rewindable && o.Schema == nil {
		err = &dataset.OptionError{Field: "libsvm.Options.Schema", Value: "none", Want: "a schema for a reader that cannot seek, since inferring reads twice"}
	}
	if err != nil {
		return nil, fmt.Errorf("libsvm: new source: %w", err)
	}
	return newSource("reader", open, o)
}

func newSource(name string, open textfile.Opener, o Options) (*Source, error) {
	o, err := o.check()
	s := &Source{name: name, open: open, o: o, schema: o.Schema}
	if err == nil && s.schema == nil {
		err = open.With(func(r io.Reader) error {
			s.schema, err = infer(r, o)
			return err
		})
	}
	if err == nil {
		err = checkSchema(s.schema)
	}
	if err != nil {
		return nil, fmt.Errorf("libsvm: open %s: %w", name, err)
	}
	return s, nil
}

// checkSchema refuses columns that the format does not have.
func checkSchema(s *dataset.Schema) error {
	for _, f := range s.Fields() {
		switch n, ok := featureNumber(f.Name); {
		case f.Name == labelColumn || f.Name == groupColumn:
			if !f.Type.IsNumeric() && !f.Type.IsText() {
				return &dataset.SchemaError{Column: f.Name, Want: "a numeric or text type", Got: "type " + string(f.Type)}
			}
		case !ok:
			return &dataset.SchemaError{Column: f.Name, Want: "label, qid, or f and the number of a feature", Got: "another name"}
		case n > maxPosition:
			return fmt.Errorf("column %q: want features up to %d: %w", f.Name, maxPosition, dataset.ErrLimit)
		case f.Type != dataset.Float64:
			return &dataset.SchemaError{Column: f.Name, Want: "type float64", Got: "type " + string(f.Type)}
		}
	}
	return nil
}

// maxPosition is the largest number of a feature in a schema: places are looked up in a list.
const maxPosition = 1 << 20

// featureNumber returns the number in the name of a feature.
func featureNumber(name string) (int32, bool) {
	text, ok := strings.CutPrefix(name, "f")
	if !ok || len(text) > 1 && text[0] == '0' {
		return 0, false
	}
	return number([]byte(text))
}

// Schema implements dataset.Source.
func (s *Source) Schema() *dataset.Schema { return s.schema }

// Scan implements dataset.Scanner: features that are not wanted are checked, but take no memory.
func (s *Source) Scan(_ context.Context, o dataset.ScanOptions) (dataset.Source, error) {
	return ranging.Scan("libsvm: scan "+s.name, s, o, func(narrow *dataset.Schema) (dataset.Source, error) {
		out := *s
		out.schema = narrow
		return &out, nil
	})
}

// Batches implements dataset.Source.
func (s *Source) Batches(ctx context.Context) iter.Seq2[dataset.Batch, error] {
	return ranging.Batches("libsvm: read "+s.name, func(emit func(dataset.Batch) bool) error {
		return s.open.With(func(r io.Reader) error { return s.read(ctx, newParser(r, s.o), emit) })
	})
}

func (s *Source) read(ctx context.Context, p *parser, emit func(dataset.Batch) bool) error {
	t := newTable(s.schema, s.o)
	defer t.release()
	limit := ranging.BatchRows(s.o.BatchRows, s.schema.Len())
	for more := true; more; {
		for t.rows < limit && more {
			if t.rows%1024 == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			err := p.next()
			if more = !isEnd(err); !more {
				break
			}
			if err == nil {
				err = t.add(p)
			}
			if err != nil {
				return err
			}
		}
		if t.rows == 0 {
			break
		}
		b, err := t.batch()
		if err != nil {
			return err
		}
		wanted := emit(b)
		b.Release()
		if !wanted {
			break
		}
	}
	return nil
}
