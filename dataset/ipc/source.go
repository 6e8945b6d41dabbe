package ipc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"
	"strconv"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/ipc"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/internal/ranging"
)

// Options says how Arrow files and streams are read. The zero value is ready to use.
type Options struct {
	Columns          []string         // the columns wanted, in this order; nil is all of them
	MaxMetadataBytes int64            // largest metadata of a message and largest footer; 0 is 64 MiB
	MaxBatchBytes    int64            // most memory of a batch, decompressed, with the dictionaries that stand before it; as much again holds its bytes meanwhile; 0 is 1 GiB
	Allocator        memory.Allocator // for the batches; nil is Go's
}

func (o Options) check() (Options, error) {
	var errs []error
	for _, n := range []struct {
		name  string
		value *int64
		zero  int64
	}{{"MaxMetadataBytes", &o.MaxMetadataBytes, 64 << 20}, {"MaxBatchBytes", &o.MaxBatchBytes, 1 << 30}} {
		if *n.value < 0 {
			errs = append(errs, &dataset.OptionError{Field: "ipc.Options." + n.name, Value: strconv.FormatInt(*n.value, 10), Want: "0 or more"})
		} else if *n.value == 0 {
			*n.value = n.zero
		}
	}
	if o.Allocator == nil {
		o.Allocator = memory.DefaultAllocator
	}
	return o, errors.Join(errs...)
}

// Source reads an Arrow file or stream. One that Open or NewSource made can be ranged again and by several goroutines at once; one that NewStream made can be
// ranged once.
type Source struct {
	name   string
	o      Options
	open   func() (*opened, error)
	layout *layout
	schema *dataset.Schema
	order  []int // of each column of schema among the wanted ones in the order of the file
	want   []bool
	ids    map[int64]bool   // of the wanted dictionaries
	narrow []byte           // the schema message of the wanted columns
	units  []arrow.TimeUnit // of each wanted timestamp, in the order of the file
}

// opened is a file or stream that stands behind its schema message.
type opened struct {
	schema []byte
	frames
	close func() error
}

// Open returns the source of a file or of a stream in a file. It reads the schema and, of a file, the footer. It errors with a *dataset.FormatError for bytes that
// are not Arrow's or that end early, with dataset.ErrUnsupported for a wanted column outside the package's types, with a *dataset.SchemaError for a wanted column
// that is not there and for columns that are not those of the schema in the metadata, with dataset.ErrLimit beyond Options, with *dataset.OptionError for bad
// options, and with the system's error for a file that cannot be read. A batch that is damaged is an error of the range. On 32-bit targets it is dataset.ErrUnsupported, since Arrow 17 does not
// read IPC there.
func Open(path string, o Options) (*Source, error) {
	return newSource(path, func(l limits) (*opened, error) {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		info, err := f.Stat()
		if err == nil && !info.Mode().IsRegular() {
			err = errors.New("want a regular file; NewStream reads a pipe")
		}
		var out *opened
		if err == nil {
			out, err = openAt(f, info.Size(), l)
		}
		if err != nil {
			_ = f.Close()
			return nil, err
		}
		out.close = f.Close
		return out, nil
	}, o)
}

// NewSource returns the source of a file or stream of size bytes in r, which must be safe for concurrent use when the source is. Errors are those of Open.
func NewSource(r io.ReaderAt, size int64, o Options) (*Source, error) {
	return newSource("reader", func(l limits) (*opened, error) { return openAt(r, size, l) }, o)
}

// NewStream returns the one-shot source of a stream. It reads the schema from r at once and the rest, up to the end mark, when the source is ranged; what stands behind
// stays unread. It does not close r. Errors are those of Open.
func NewStream(r io.Reader, o Options) (*Source, error) {
	var one *opened
	used := false
	return newSource("stream", func(l limits) (*opened, error) {
		var err error
		switch {
		case one == nil:
			one, err = behindSchema(&stream{r: r, size: -1, limit: l})
		case used:
			err = dataset.ErrConsumed
		default:
			used = true
		}
		return one, err
	}, o)
}

// openAt opens a file or a stream of size bytes.
func openAt(r io.ReaderAt, size int64, l limits) (*opened, error) {
	head := make([]byte, len(magic))
	if n, err := r.ReadAt(head, 0); n < len(head) {
		if errors.Is(err, io.EOF) {
			err = formatError("", "an Arrow file or stream", fmt.Sprintf("%d bytes", n))
		}
		return nil, err
	}
	if string(head) != magic {
		return behindSchema(newSection(r, 0, size, l))
	}
	footer, err := readFooter(r, size, l)
	if err != nil {
		return nil, err
	}
	out, err := behindSchema(newSection(r, 8, size, l))
	if err == nil {
		out.frames = footer
	}
	return out, err
}

func behindSchema(s *stream) (*opened, error) {
	f, err := s.next()
	if errors.Is(err, io.EOF) {
		err = formatError("", "a schema", "an end mark")
	}
	return &opened{schema: f.meta, frames: s, close: func() error { return nil }}, err
}

func newSource(name string, open func(limits) (*opened, error), o Options) (*Source, error) {
	o, err := o.check()
	s := &Source{name: name, o: o}
	if err == nil && strconv.IntSize < 64 { // Arrow 17 counts the references to its reader in a place that 32-bit atomics refuse
		err = fmt.Errorf("arrow IPC on a target of %d bits: %w", strconv.IntSize, dataset.ErrUnsupported)
	}
	if err == nil {
		s.open = func() (*opened, error) { return open(limits{o.MaxMetadataBytes, o.MaxBatchBytes}) }
		err = s.describe()
	}
	if err != nil {
		return nil, fmt.Errorf("ipc: open %s: %w", name, err)
	}
	return s, nil
}

// describe reads the schema.
func (s *Source) describe() error {
	f, err := s.open()
	if err != nil {
		return err
	}
	if err := f.close(); err != nil {
		return err
	}
	if s.layout, err = readLayout(f.schema); err != nil {
		return err
	}
	if len(s.layout.columns) == 0 {
		return errNoColumns
	}
	return s.choose(s.o.Columns)
}

// choose takes the wanted columns, nil for all, and the rules of their schema.
func (s *Source) choose(names []string) error {
	places, err := s.layout.pick(names)
	if err != nil {
		return err
	}
	s.want, s.ids = make([]bool, len(s.layout.columns)), make(map[int64]bool)
	for _, i := range places {
		if s.want[i] {
			return &dataset.SchemaError{Column: s.layout.columns[i].name, Want: "each column once", Got: "one twice"}
		}
		s.want[i] = true
		for _, id := range s.layout.columns[i].dictionaries {
			s.ids[id] = true
		}
	}
	sorted := slices.Sorted(slices.Values(places))
	s.order = make([]int, len(places))
	for i, place := range places {
		s.order[i], _ = slices.BinarySearch(sorted, place)
	}
	if s.narrow, err = s.layout.narrow(s.want); err != nil {
		return err
	}
	var physical *arrow.Schema
	err = guard(func() error {
		r, err := ipc.NewReaderFromMessageReader(&messages{schema: s.narrow}, ipc.WithEnsureNativeEndian(false))
		if err != nil {
			return formatError("", "a schema that can be read", err.Error())
		}
		defer r.Release()
		physical = r.Schema()
		return nil
	})
	if err != nil {
		return err
	}
	return s.adopt(physical)
}

// schemaKey is the key of the schema's metadata that holds the rules.
const schemaKey = "tidewheel.schema"

// adopt makes the schema of the wanted columns, with the rules in the metadata when it has some.
func (s *Source) adopt(physical *arrow.Schema) error {
	fields := make([]arrow.Field, len(s.order))
	names := make([]string, len(s.order))
	s.units = make([]arrow.TimeUnit, len(s.order))
	for i, at := range s.order {
		f := physical.Field(at)
		s.units[at] = arrow.Microsecond
		if t, ok := f.Type.(*arrow.TimestampType); ok {
			s.units[at] = t.Unit
			f.Type = &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: t.TimeZone}
		}
		fields[i], names[i] = arrow.Field{Name: f.Name, Type: f.Type, Nullable: f.Nullable}, f.Name
	}
	var rules *arrow.Metadata
	if text, ok := physical.Metadata().GetValue(schemaKey); ok {
		own, err := dataset.ParseSchema([]byte(text))
		if err == nil {
			own, err = own.Select(names...)
		}
		if err != nil {
			return fmt.Errorf("metadata: %w", err)
		}
		md := own.Arrow().Metadata()
		rules = &md
	}
	var err error
	s.schema, err = dataset.SchemaFromArrow(arrow.NewSchema(fields, rules))
	return err
}

// guard calls f and turns a panic of the Arrow library on bytes that it does not expect into an error.
func guard(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			if e, ok := p.(overflow); ok {
				err = e
				return
			}
			err = formatError("", "well-formed content", "content that cannot be decoded")
		}
	}()
	return f()
}

// Schema implements dataset.Source.
func (s *Source) Schema() *dataset.Schema { return s.schema }

// Scan implements dataset.Scanner: columns that are not wanted are neither copied nor decompressed.
func (s *Source) Scan(_ context.Context, o dataset.ScanOptions) (dataset.Source, error) {
	return ranging.Scan("ipc: scan "+s.name, s, o, func(*dataset.Schema) (dataset.Source, error) {
		out := *s
		return &out, out.choose(o.Reads())
	})
}

// Batches implements dataset.Source.
func (s *Source) Batches(ctx context.Context) iter.Seq2[dataset.Batch, error] {
	return ranging.Batches("ipc: read "+s.name, func(emit func(dataset.Batch) bool) error { return s.read(ctx, emit) })
}

func (s *Source) read(ctx context.Context, emit func(dataset.Batch) bool) error {
	f, err := s.open()
	if err != nil {
		return err
	}
	if bytes.Equal(f.schema, s.layout.message) {
		err = s.readOpened(ctx, f, emit)
	} else {
		err = formatError("", "the schema that was there when the source was opened", "another")
	}
	if e := f.close(); err == nil {
		err = e
	}
	return err
}

func (s *Source) readOpened(ctx context.Context, f *opened, emit func(dataset.Batch) bool) error {
	d, err := s.newDecoder(f.frames)
	if err != nil {
		return err
	}
	defer d.release()
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		b, err := d.next()
		if errors.Is(err, io.EOF) {
			return atEnd(f.frames)
		}
		if err != nil {
			return err
		}
		more := emit(b)
		b.Release()
		if !more {
			return nil
		}
	}
}

// atEnd refuses a stream of a known size with more behind its end mark, as when streams were put one behind the other: the rows there would be lost.
func atEnd(f frames) error {
	if s, ok := f.(*stream); ok && s.size > s.at {
		return formatError("", "the end of the data behind the end mark", fmt.Sprintf("%d bytes more", s.size-s.at))
	}
	return nil
}
