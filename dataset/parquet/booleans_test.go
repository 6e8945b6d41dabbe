package parquet_test

import (
	"testing"

	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/tidewheel/tidewheel/dataset/parquet"
)

// TestBooleansInRuns reads files of testdata/gen/booleans.py, whose booleans are in the RLE encoding, in pages of both versions.
func TestBooleansInRuns(t *testing.T) {
	want := map[string]func(i int) (value, valid bool){
		"runs":    func(i int) (bool, bool) { return i/37%2 == 0, true },
		"mixed":   func(i int) (bool, bool) { return i < 500 || i%3 == 0, i%11 != 5 },
		"always":  func(int) (bool, bool) { return true, true },
		"nothing": func(int) (bool, bool) { return false, false },
	}
	for _, file := range []string{"booleans-v1.parquet", "booleans-v2.parquet"} {
		src, err := parquet.Open("testdata/"+file, parquet.Options{BatchRows: 333})
		if err != nil {
			t.Fatal(err)
		}
		row := 0
		for b, err := range src.Batches(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			for name, of := range want {
				column, err := b.ByName(name)
				if err != nil {
					t.Fatal(err)
				}
				values := column.(*array.Boolean)
				for i := range b.NumRows() {
					if value, valid := of(row + i); values.IsValid(i) != valid || (valid && values.Value(i) != value) {
						t.Fatalf("%s, column %s, row %d: want %v, %v, got %v, %v", file, name, row+i, value, valid, values.Value(i), values.IsValid(i))
					}
				}
			}
			row += b.NumRows()
		}
		if row != 1500 {
			t.Errorf("%s: want 1500 rows, got %d", file, row)
		}
	}
}
