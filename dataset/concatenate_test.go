package dataset_test

import (
	"errors"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
)

func TestConcatenate(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	type row struct{ A int64 }
	type other struct{ B int64 }
	b := batchOf(t, []row{{1}, {2}, {3}})
	for _, c := range []struct {
		batches []dataset.Batch
		rows    int
	}{{nil, 0}, {[]dataset.Batch{b}, 3}, {[]dataset.Batch{b, b}, 6}} {
		got, err := dataset.Concatenate(mem, b.Schema(), c.batches...)
		if err != nil || got.NumRows() != c.rows || !got.Schema().Equal(b.Schema()) {
			t.Errorf("%d batches: %d rows, %v", len(c.batches), got.NumRows(), err)
		}
		got.Release()
	}
	if _, err := dataset.Concatenate(nil, b.Schema(), b, batchOf(t, []other{{1}})); !errors.Is(err, dataset.ErrSchema) {
		t.Errorf("another schema: got %v", err)
	}
}
