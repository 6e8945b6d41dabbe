package matrix_test

import (
	"slices"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/matrix"
)

type sparseRow struct {
	Zero  float64 `ml:"name=zero"`
	Rare  float64 `ml:"name=rare"`  // a quarter is not zero
	Later float64 `ml:"name=later"` // mostly zero at first
	Full  float64 `ml:"name=full"`
}

// A column held without its zeros has the values that the same column has with them, wherever in the rows it stops being mostly zero.
func TestCompactColumnsExpandToTheirNumbers(t *testing.T) {
	const n = 16_000
	rows := make([]sparseRow, n)
	for i := range rows {
		rows[i].Full = float64(i + 1)
		if i%4 == 3 {
			rows[i].Rare = -float64(i)
		}
		if i >= n/2 {
			rows[i].Later = float64(i)
		}
	}
	src, err := dataset.FromStructs(rows, dataset.StructsOptions{BatchRows: 900})
	if err != nil {
		t.Fatal(err)
	}
	request := matrix.Request{Columns: []string{"zero", "rare", "later", "full"}}
	want, err := matrix.Read(t.Context(), src, request)
	if err != nil {
		t.Fatal(err)
	}
	request.Compact = true
	got, err := matrix.Read(t.Context(), src, request)
	if err != nil {
		t.Fatal(err)
	}
	for j, compact := range []bool{true, true, false, false} {
		c := got.Columns[j]
		if (c.Numbers == nil) != compact {
			t.Errorf("%s: want it compact: %v, got the other", c.Field.Name, compact)
			continue
		}
		numbers := c.Numbers
		if compact {
			numbers = slices.Repeat([]float64{7}, n)
			c.Expand(numbers)
		}
		if !slices.Equal(numbers, want.Columns[j].Numbers) {
			t.Errorf("%s: want the numbers that stand in the rows, got others", c.Field.Name)
		}
	}
}
