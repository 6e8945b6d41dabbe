package cell

import (
	"fmt"

	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
)

// CheckTypes errors for a column of s that text does not hold. format is what the text is, as a person says it.
func CheckTypes(s *dataset.Schema, format string) error {
	rb := array.NewRecordBuilder(memory.DefaultAllocator, s.Arrow())
	defer rb.Release()
	for i, f := range s.Fields() {
		if Appender(rb.Field(i)) == nil {
			return fmt.Errorf("column %q: type %s in %s: %w", f.Name, f.Type, format, dataset.ErrUnsupported)
		}
	}
	return nil
}

// NewBatch takes the n rows out of rb, which is of schema s. The caller owns the batch.
func NewBatch(rb *array.RecordBuilder, s *dataset.Schema, n int) (dataset.Batch, error) {
	if s.Len() == 0 {
		return dataset.NewBatch(s, nil, n)
	}
	rec := rb.NewRecord()
	b, err := dataset.FromRecord(rec, s)
	if err != nil {
		rec.Release()
	}
	return b, err
}
