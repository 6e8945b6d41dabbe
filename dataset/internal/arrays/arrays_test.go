package arrays_test

import (
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset/internal/arrays"
)

func TestNew(t *testing.T) {
	checked := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer checked.AssertSize(t, 0)
	for _, mem := range []memory.Allocator{memory.DefaultAllocator, checked} {
		values := []int64{7, 0, 9}
		a := arrays.New(arrow.PrimitiveTypes.Int64, mem, arrays.Validity{Rows: 3, Nulls: 1, Bits: []byte{0b101}}, arrow.GetBytes(values)).(*array.Int64)
		values[2] = 8 // shared with Go's memory, copied for another
		want := map[bool]int64{true: 8, false: 9}[mem == memory.DefaultAllocator]
		if a.Len() != 3 || a.NullN() != 1 || !a.IsNull(1) || a.Value(0) != 7 || a.Value(2) != want {
			t.Errorf("got %v", a)
		}
		a.Release()
		text := arrays.New(arrow.BinaryTypes.String, mem, arrays.Validity{Rows: 2}, arrow.GetBytes([]int32{0, 1, 3}), []byte("abc")).(*array.String)
		if text.NullN() != 0 || text.Value(0) != "a" || text.Value(1) != "bc" {
			t.Errorf("got %v", text)
		}
		text.Release()
	}
}
