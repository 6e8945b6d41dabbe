package fit

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/validate/validatetest"
)

func sameCounts(want, got *Counts) error {
	texts := func(a, b map[string]*int64) bool {
		return maps.EqualFunc(a, b, func(n, m *int64) bool { return *n == *m })
	}
	if !slices.EqualFunc(want.of, got.of, texts) || !slices.Equal(want.Nulls, got.Nulls) {
		return fmt.Errorf("nulls %v, want %v, or other texts", got.Nulls, want.Nulls)
	}
	return nil
}

// Counts keeps every distinct text: some 100 bytes each.
func TestCountsIsAFold(t *testing.T) {
	s, err := dataset.NewSchema(
		dataset.Field{Name: "c", Type: dataset.Utf8, Nullable: true},
		dataset.Field{Name: "d", Type: dataset.Dictionary, OneOf: []string{"x", "y"}},
	)
	if err != nil {
		t.Fatal(err)
	}
	traits := validatetest.FoldTraits[*Counts]{
		Schema: s, Same: sameCounts, AnyOrder: true, KeepsMerged: true, AnySchema: true, Rows: 70_000, MaxGrowth: 2 * 54_000 * 150,
	}
	validatetest.TestFold(t, traits, func() *Counts { return newCounts(s) })
}

// last is a statistic of the number and the last of the values.
type last struct {
	n int
	x float64
}

func (l *last) Add(x float64) { l.n, l.x = l.n+1, x }

func (l *last) Merge(next *last) {
	if next.n > 0 {
		l.n, l.x = l.n+next.n, next.x
	}
}

func TestColumnsIsAFold(t *testing.T) {
	s, err := dataset.NewSchema(
		dataset.Field{Name: "x", Type: dataset.Float64, Nullable: true},
		dataset.Field{Name: "n", Type: dataset.Int16},
		dataset.Field{Name: "f", Type: dataset.Bool, Nullable: true},
	)
	if err != nil {
		t.Fatal(err)
	}
	same := func(want, got *Columns[*last]) error {
		for j := range want.Of {
			if *want.Of[j] != *got.Of[j] || want.Missing[j] != got.Missing[j] || want.Infinite[j] != got.Infinite[j] {
				return fmt.Errorf("column %d: %+v and %d missing, want %+v and %d", j, *got.Of[j], got.Missing[j], *want.Of[j], want.Missing[j])
			}
		}
		return nil
	}
	traits := validatetest.FoldTraits[*Columns[*last]]{Schema: s, Same: same, KeepsMerged: true, AnySchema: true, Rows: 70_000}
	validatetest.TestFold(t, traits, func() *Columns[*last] { return NewColumns(s.Len(), func() *last { return new(last) }) })
}
