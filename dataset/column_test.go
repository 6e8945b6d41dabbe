package dataset_test

import (
	"slices"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
)

// The counts of b, a, null, b are the same in every encoding; in the dictionary one code points at a null value and two at the same text.
func TestCountsOfTextsDoNotDependOnTheEncoding(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer mem.AssertSize(t, 0)
	build := func(b array.Builder, values ...string) arrow.Array {
		defer b.Release()
		for _, v := range values {
			if v == "" {
				b.AppendNull()
			} else if err := b.AppendValueFromString(v); err != nil {
				t.Fatal(err)
			}
		}
		return b.NewArray()
	}
	codes := build(array.NewInt32Builder(mem), "3", "1", "2", "0", "")
	defer codes.Release()
	words := build(array.NewStringBuilder(mem), "b", "a", "", "b")
	defer words.Release()
	dictionary := array.NewDictionaryArray(&arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: arrow.BinaryTypes.String}, codes, words)
	for _, c := range []struct {
		name   string
		column arrow.Array
		nulls  int64
	}{
		{"utf8", build(array.NewStringBuilder(mem), "b", "a", "", "b"), 1},
		{"large_utf8", build(array.NewLargeStringBuilder(mem), "b", "a", "", "b"), 1},
		{"dictionary", dictionary, 2},
	} {
		texts, err := dataset.NewTexts(c.column)
		if err != nil {
			t.Fatal(err)
		}
		values, counts, nulls := texts.Counts()
		if !slices.Equal(values, []string{"b", "a"}) || !slices.Equal(counts, []uint64{2, 1}) || nulls != c.nulls {
			t.Errorf("%s: want b 2, a 1 and %d nulls, got %v %v %d", c.name, c.nulls, values, counts, nulls)
		}
		c.column.Release()
	}
}
