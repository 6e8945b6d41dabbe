// Package ranging holds what the sources of formats have in common: how a read becomes a sequence, and how it is narrowed to some columns.
package ranging

import (
	"fmt"
	"iter"

	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/cell"
)

// Batches is the sequence of what read emits, with the error of read, behind what, as its last item. Emit borrows its batch and reports whether more are
// wanted; when they are not, read ends, and its error is dropped.
func Batches(what string, read func(emit func(dataset.Batch) bool) error) iter.Seq2[dataset.Batch, error] {
	return func(yield func(dataset.Batch, error) bool) {
		stopped := false
		err := read(func(b dataset.Batch) bool {
			stopped = !yield(b, nil)
			return !stopped
		})
		if err != nil && !stopped {
			yield(dataset.Batch{}, fmt.Errorf("%s: %w", what, err))
		}
	}
}

// Scan is the Scan method of a source that can leave out columns: narrow returns the source of the columns that o reads, and what is wanted of its rows is
// left to dataset.ScanBatches. Errors come behind what.
func Scan(what string, src dataset.Source, o dataset.ScanOptions, narrow func(*dataset.Schema) (dataset.Source, error)) (dataset.Source, error) {
	names := o.Reads()
	if names == nil {
		return dataset.ScanBatches(src, o)
	}
	schema, err := src.Schema().Select(names...)
	if err == nil {
		src, err = narrow(schema)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return dataset.ScanBatches(src, o)
}

// Flush emits the n rows in rb as a batch of s and reports whether more are wanted.
func Flush(rb *array.RecordBuilder, s *dataset.Schema, n int, emit func(dataset.Batch) bool) (more bool, err error) {
	b, err := cell.NewBatch(rb, s, n)
	if err != nil {
		return false, err
	}
	defer b.Release()
	return emit(b), nil
}

// maxValues bounds the values of a batch whose rows are not stated.
const maxValues = 4 << 20

// BatchRows returns the rows of a batch of so many columns: those that are stated, or with 0 as many as a chunk has and values are bounded.
func BatchRows(stated, columns int) int {
	if stated > 0 {
		return stated
	}
	return min(dataset.ChunkRows, max(1, maxValues/max(1, columns)))
}
