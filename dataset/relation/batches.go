package relation

import (
	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
)

func allocator(mem memory.Allocator) memory.Allocator {
	if mem == nil {
		return memory.DefaultAllocator
	}
	return mem
}

// bytesOf returns the memory that b's columns keep alive. What columns share counts each time.
func bytesOf(b dataset.Batch) int64 {
	total := int64(0)
	for _, c := range b.Record().Columns() {
		total += dataBytes(c.Data())
	}
	return total
}

func dataBytes(d arrow.ArrayData) int64 {
	total := int64(0)
	for _, buf := range d.Buffers() {
		if buf != nil {
			total += int64(buf.Cap())
		}
	}
	for _, c := range d.Children() {
		total += dataBytes(c)
	}
	if dictionary, ok := d.(*array.Data); ok && d.DataType().ID() == arrow.DICTIONARY {
		total += dataBytes(dictionary.Dictionary())
	}
	return total
}

// list holds batches until it is released.
type list struct {
	batches []dataset.Batch
	rows    int
	bytes   int64
}

// keep retains b.
func (l *list) keep(b dataset.Batch) {
	b.Retain()
	l.take(b)
}

// take takes over the reference to b.
func (l *list) take(b dataset.Batch) {
	l.batches = append(l.batches, b)
	l.rows += b.NumRows()
	l.bytes += bytesOf(b)
}

func (l *list) release() {
	for _, b := range l.batches {
		b.Release()
	}
	*l = list{}
}

// whole returns the batches as one, owned by the caller, and releases them.
func (l *list) whole(mem memory.Allocator, s *dataset.Schema) (dataset.Batch, error) {
	b, err := dataset.Concatenate(mem, s, l.batches...)
	l.release()
	return b, err
}

// padded returns the batches as one, with a row of nulls behind them, owned by the caller, and releases them.
func (l *list) padded(mem memory.Allocator, s *dataset.Schema) (dataset.Batch, error) {
	b, err := nulls(mem, s)
	if err != nil {
		l.release()
		return dataset.Batch{}, err
	}
	l.take(b)
	return l.whole(mem, s)
}

// nulls returns a batch of one row of nulls.
func nulls(mem memory.Allocator, s *dataset.Schema) (dataset.Batch, error) {
	columns := make([]arrow.Array, 0, s.Len())
	defer func() {
		for _, c := range columns {
			c.Release()
		}
	}()
	for _, f := range s.Fields() {
		dt, err := f.Type.Arrow()
		if err != nil {
			return dataset.Batch{}, err
		}
		if dt.ID() == arrow.DICTIONARY { // plain text does, and joins with any encoding
			dt = arrow.BinaryTypes.String
		}
		columns = append(columns, array.MakeArrayOfNull(allocator(mem), dt, 1))
	}
	return dataset.NewBatch(s, columns, 1)
}

// gather returns the rows of b at the given positions: b itself, retained, when it is all of them in order, a slice when they are contiguous, else a copy.
func gather(mem memory.Allocator, b dataset.Batch, rows []int32) (dataset.Batch, error) {
	n := len(rows)
	if n == 0 || int(rows[n-1]-rows[0]) != n-1 {
		return dataset.Take(mem, b, rows)
	}
	for i, r := range rows {
		if int(r-rows[0]) != i {
			return dataset.Take(mem, b, rows)
		}
	}
	if n == b.NumRows() {
		b.Retain()
		return b, nil
	}
	return b.Slice(int(rows[0]), int(rows[0])+n), nil
}

// keepOnly returns the rows of b whose keep is true, owned by the caller, or the zero Batch when there are none.
func keepOnly(mem memory.Allocator, b dataset.Batch, keep []bool) (dataset.Batch, error) {
	for _, k := range keep {
		if k {
			return dataset.Filter(mem, b, keep)
		}
	}
	return dataset.Batch{}, nil
}

// beside returns the columns of left, if there is one, and then the named ones of right under schema s.
func beside(s *dataset.Schema, left, right dataset.Batch, names []string) (dataset.Batch, error) {
	var columns []arrow.Array
	if !left.IsZero() {
		columns = append(columns, left.Record().Columns()...)
	}
	for _, name := range names {
		c, err := right.ByName(name)
		if err != nil {
			return dataset.Batch{}, err
		}
		columns = append(columns, c)
	}
	return dataset.NewBatch(s, columns, right.NumRows())
}
