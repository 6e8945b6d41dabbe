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

// Nulls are found in every part of a column, wherever it begins in a byte of the bitmap.
func TestFloat64sOfNullsInSlices(t *testing.T) {
	b := array.NewInt32Builder(memory.DefaultAllocator)
	defer b.Release()
	null := func(i int) bool { return i >= 20 && i%7 == 0 || i == 199 }
	for i := range 200 {
		if null(i) {
			b.AppendNull()
		} else {
			b.Append(int32(i))
		}
	}
	all := b.NewArray()
	defer all.Release()
	for from := range 40 {
		for _, to := range []int{from, from + 1, from + 9, 64, 199, 200} {
			if to < from {
				continue
			}
			part := array.NewSlice(all, int64(from), int64(to))
			x := make([]float64, to-from)
			if err := dataset.Float64s(part, x); err != nil {
				t.Fatal(err)
			}
			for i, n := range x {
				if want := float64(from + i); null(from+i) != (n != n) || n == n && n != want {
					t.Fatalf("rows %d to %d: %v in row %d", from, to, n, i)
				}
			}
			part.Release()
		}
	}
}
