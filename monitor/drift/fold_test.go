package drift

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/validate/validatetest"
)

// sameTables compares counts and, in ascending order, all values.
func sameTables(want, got *table) error {
	if want.rows != got.rows {
		return fmt.Errorf("%d rows, want %d", got.rows, want.rows)
	}
	for i := range want.columns {
		a, b := &want.columns[i], &got.columns[i]
		if a.n != b.n || a.missing != b.missing {
			return fmt.Errorf("column %d: %d values and %d missing, want %d and %d", i, b.n, b.missing, a.n, a.missing)
		}
		if a.kind == kindText {
			x, err := a.top.MarshalBinary()
			y, other := b.top.MarshalBinary()
			if err := errors.Join(err, other); err != nil {
				return err
			}
			if !slices.Equal(x, y) {
				return fmt.Errorf("column %d: other texts", i)
			}
			continue
		}
		if !slices.Equal(a.values.Sorted(), b.values.Sorted()) {
			return fmt.Errorf("column %d: other values", i)
		}
	}
	return nil
}

// Up to its bound a table keeps every value, 8 bytes each; beyond, a sketch of some kilobytes. Batches are those of the schema that the table was made for.
func TestTablesAreFolds(t *testing.T) {
	s, err := dataset.NewSchema(
		dataset.Field{Name: "amount", Type: dataset.Float64, Nullable: true},
		dataset.Field{Name: "count", Type: dataset.Int32},
		dataset.Field{Name: "country", Type: dataset.Utf8, Nullable: true},
	)
	if err != nil {
		t.Fatal(err)
	}
	for name, exact := range map[string]int{"exact": 200_000, "sketch": 1000} {
		t.Run(name, func(t *testing.T) {
			traits := validatetest.FoldTraits[*table]{Schema: s, Same: sameTables, AnySchema: true, AnyOrder: true, Rows: 70_000, MaxGrowth: 1 << 20}
			if exact > 60_000 {
				traits.MaxGrowth += 2 * 8 * 54_000
			}
			validatetest.TestFold(t, traits, func() *table { return newTable(s, exact) })
		})
	}
}
