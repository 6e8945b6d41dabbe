package dataset_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
)

// Counts agrees with a map, for few texts and for many, with the empty one among them.
func TestTextsAreCountedInTheOrderInWhichTheyAreMet(t *testing.T) {
	for _, distinct := range []int{1, 3, 40, 70, 5000} {
		mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
		b := array.NewStringBuilder(mem)
		r := rand.New(rand.NewPCG(1, uint64(distinct)))
		var order []string
		want := make(map[string]uint64)
		gaps := int64(0)
		for range 20_000 {
			v := ""
			switch k := r.IntN(distinct + 1); {
			case k == distinct:
				b.AppendNull()
				gaps++
				continue
			case k > 0:
				v = fmt.Sprintf("text %d", k)
			}
			if want[v] == 0 {
				order = append(order, v)
			}
			want[v]++
			b.Append(v)
		}
		column := b.NewStringArray()
		b.Release()
		texts, err := dataset.NewTexts(column)
		if err != nil {
			t.Fatal(err)
		}
		values, counts, nulls := texts.Counts()
		if !slices.Equal(values, order) || nulls != gaps {
			t.Errorf("%d: want %d texts in order and %d nulls, got %d and %d", distinct, len(order), gaps, len(values), nulls)
		}
		for i, v := range values {
			if counts[i] != want[v] {
				t.Errorf("%d: want %d rows of text %d, got %d", distinct, want[v], i, counts[i])
			}
		}
		column.Release()
		mem.AssertSize(t, 0)
	}
}
