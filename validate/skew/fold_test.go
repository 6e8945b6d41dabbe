package skew

import (
	"fmt"
	"slices"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/validate/validatetest"
)

func TestNumbersAreFolds(t *testing.T) {
	s, err := dataset.NewSchema(
		dataset.Field{Name: "amount", Type: dataset.Float64, Nullable: true},
		dataset.Field{Name: "count", Type: dataset.Int32},
		dataset.Field{Name: "age", Type: dataset.Int32, Personal: true},
		dataset.Field{Name: "country", Type: dataset.Utf8, Nullable: true},
	)
	if err != nil {
		t.Fatal(err)
	}
	same := func(want, got *numbers) error {
		for i := range want.columns {
			a, b := want.columns[i], got.columns[i]
			if (a != nil) != (i < 2) || a != nil && (a.Count() != b.Count() || !slices.Equal(a.Sorted(), b.Sorted())) {
				return fmt.Errorf("column %d: other values", i)
			}
		}
		return nil
	}
	traits := validatetest.FoldTraits[*numbers]{Schema: s, Same: same, AnySchema: true, AnyOrder: true, Rows: 70_000, MaxGrowth: 1 << 20}
	validatetest.TestFold(t, traits, func() *numbers { return newNumbers(s, 1024) })
}
