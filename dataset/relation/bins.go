package relation

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	arrowipc "github.com/apache/arrow/go/v17/arrow/ipc"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/ipc"
)

// bins are files of rows, each with its key in the last column. They are read by dataset/ipc; they are not written by it, since its files are forced to the disk, which
// what is gone with the range need not be.
type bins struct {
	schema *dataset.Schema // of the rows
	keyed  *dataset.Schema // with the key
	arrow  *arrow.Schema   // of the files, once there is a row
	files  []*bin
}

// bin is one of them.
type bin struct {
	path   string
	file   *os.File
	buffer *bufio.Writer
	writer *arrowipc.Writer // nil until there is a row
	bytes  int64            // of the rows as columns in memory
}

// newBins makes n files.
func (h *shuffle) newBins(n int) (*bins, error) {
	if h.dir == "" {
		dir, err := os.MkdirTemp(h.o.Dir, "tidewheel-shuffle-")
		if err != nil {
			return nil, err
		}
		h.dir = dir
	}
	name := "key"
	for h.Schema().Index(name) >= 0 {
		name += "'"
	}
	keyed, err := h.Schema().With(dataset.Field{Name: name, Type: dataset.Uint64})
	if err != nil {
		return nil, err
	}
	s := &bins{schema: h.Schema(), keyed: keyed}
	for range n {
		h.files++
		f, err := os.Create(filepath.Join(h.dir, fmt.Sprintf("%d.arrows", h.files)))
		if err != nil {
			return nil, errors.Join(err, s.close())
		}
		s.files = append(s.files, &bin{path: f.Name(), file: f, buffer: bufio.NewWriterSize(f, 16<<10)})
	}
	return s, nil
}

// write adds the rows of b, whose texts are plain, to file i.
func (s *bins) write(i int, b dataset.Batch, keys []uint64) error {
	column := keysOf(keys)
	defer column.Release()
	columns := append(append([]arrow.Array{}, b.Record().Columns()...), column)
	if s.arrow == nil {
		s.arrow = s.physical(columns)
	}
	f := s.files[i]
	if f.writer == nil {
		f.writer = arrowipc.NewWriter(f.buffer, arrowipc.WithSchema(s.arrow))
	}
	rec := array.NewRecord(s.arrow, columns, int64(b.NumRows()))
	defer rec.Release()
	f.bytes += bytesOf(b)
	return f.writer.Write(rec)
}

// physical returns the Arrow schema of columns, with the rules of theirs.
func (s *bins) physical(columns []arrow.Array) *arrow.Schema {
	declared := s.keyed.Arrow()
	fields := declared.Fields()
	for j, c := range columns {
		fields[j].Type, fields[j].Nullable = c.DataType(), true
	}
	md := declared.Metadata()
	return arrow.NewSchema(fields, &md)
}

// end ends file i, which can be read then.
func (s *bins) end(i int) error {
	f := s.files[i]
	if f.writer != nil {
		if err := f.writer.Close(); err != nil {
			return err
		}
	}
	err := errors.Join(f.buffer.Flush(), f.file.Close())
	f.file = nil
	return err
}

// read passes on the rows of file i.
func (s *bins) read(ctx context.Context, i int, mem memory.Allocator, f func(b dataset.Batch, keys []uint64) error) error {
	if s.files[i].writer == nil {
		return nil
	}
	src, err := ipc.Open(s.files[i].path, ipc.Options{Allocator: mem})
	if err != nil {
		return err
	}
	for b, err := range src.Batches(ctx) {
		if err != nil {
			return err
		}
		last := s.schema.Len()
		keys, ok := b.Column(last).(*array.Uint64)
		if !ok {
			return fmt.Errorf("file of rows: %w", &dataset.SchemaError{Column: s.keyed.Field(last).Name, Want: "the keys", Got: "another column"})
		}
		rows, err := dataset.NewBatch(s.schema, b.Record().Columns()[:last], b.NumRows())
		if err != nil {
			return err
		}
		err = f(rows, keys.Uint64Values())
		rows.Release()
		if err != nil {
			return err
		}
	}
	return nil
}

// close closes the files that were not ended.
func (s *bins) close() error {
	var errs []error
	for _, f := range s.files {
		if f.file != nil {
			errs = append(errs, f.file.Close())
		}
	}
	return errors.Join(errs...)
}
