package csv

import (
	"io"
	"sync"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/internal/arrays"
)

// keeper has the batches that inferring read, for the first range. They are in Go's memory.
type keeper struct {
	mu    sync.Mutex
	list  []dataset.Batch
	next  place // where the rows behind them are
	whole bool  // there are none
}

func (k *keeper) take() []dataset.Batch {
	if k == nil {
		return nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	list := k.list
	k.list = nil
	return list
}

// complete returns the batches that inferring kept, after reading again the columns that it kept as another type than that of the schema; none when the text is another now.
func (s *Source) complete(in *inference) ([]dataset.Batch, error) {
	if len(in.kept) == 0 {
		return nil, nil
	}
	schema, rows := s.schema, min(in.rows, int64(len(in.kept))*int64(in.o.BatchRows))
	var names []string
	stale := int64(0)
	for _, g := range in.columns {
		if g.stale > 0 {
			names = append(names, g.name)
			stale = max(stale, min(g.stale, rows))
		}
	}
	if len(names) > 0 {
		if same, err := s.readAgain(in, names, stale); err != nil || !same {
			return nil, err
		}
	}
	batches := make([]dataset.Batch, len(in.kept))
	for i, columns := range in.kept {
		n := min(in.o.BatchRows, int(rows)-i*in.o.BatchRows)
		for j, c := range columns {
			if c == nil { // nothing but nulls
				b := newBuilder(schema.Arrow().Field(j).Type, memory.DefaultAllocator)
				b.placeholders(n)
				columns[j] = b.take(memory.DefaultAllocator)
			}
		}
		var err error
		if batches[i], err = dataset.NewBatch(schema, columns, n); err != nil {
			return nil, err
		}
		in.kept[i] = nil
	}
	return batches, nil
}

// readAgain replaces the named columns of the batches that start before row stale. It reports whether the text is the same as before.
func (s *Source) readAgain(in *inference, names []string, stale int64) (bool, error) {
	narrow, err := s.schema.Select(names...)
	if err != nil {
		return false, err
	}
	again := &Source{name: s.name, open: s.open, o: s.o, header: s.header, schema: narrow, shared: s.shared}
	again.o.Allocator = memory.DefaultAllocator
	if again.position, err = again.locate(s.header); err != nil {
		return false, err
	}
	i, same := 0, true
	err = again.open.With(func(r io.Reader) error {
		return again.read(untilEnd, r, place{}, func(b dataset.Batch) bool {
			if same = i < len(in.kept) && b.NumRows() == min(in.o.BatchRows, int(in.rows)-i*in.o.BatchRows); !same {
				return false
			}
			for k, name := range names {
				b.Column(k).Retain()
				in.kept[i][s.schema.Index(name)] = b.Column(k)
			}
			i++
			return int64(i)*int64(in.o.BatchRows) < stale
		})
	})
	return same && int64(i)*int64(in.o.BatchRows) >= min(stale, in.rows), err
}

// copied returns a with its buffers in mem. The caller owns it.
func copied(a arrow.Array, mem memory.Allocator) arrow.Array {
	d := copiedData(a.Data(), mem)
	defer d.Release()
	return array.MakeFromData(d)
}

func copiedData(d arrow.ArrayData, mem memory.Allocator) *array.Data {
	buffers := make([]*memory.Buffer, len(d.Buffers()))
	for i, b := range d.Buffers() {
		if b != nil {
			buffers[i] = arrays.Buffer(b.Bytes(), mem)
			defer buffers[i].Release()
		}
	}
	if d.DataType().ID() != arrow.DICTIONARY {
		return array.NewData(d.DataType(), d.Len(), buffers, nil, d.NullN(), d.Offset())
	}
	words := copiedData(d.Dictionary(), mem)
	defer words.Release()
	return array.NewDataWithDictionary(d.DataType(), d.Len(), buffers, d.NullN(), d.Offset(), words)
}
