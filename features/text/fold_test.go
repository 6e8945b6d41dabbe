package text

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/validate/validatetest"
)

func same(want, got *vocabulary) error {
	terms := func(a, b map[string]*seen) bool {
		return maps.EqualFunc(a, b, func(n, m *seen) bool { return n.times == m.times && n.rows == m.rows })
	}
	if !slices.EqualFunc(want.of, got.of, terms) || !slices.Equal(want.rows, got.rows) {
		return fmt.Errorf("rows %v, want %v, or other terms", got.rows, want.rows)
	}
	return nil
}

// A vocabulary keeps every distinct term: some 150 bytes each.
func TestVocabularyIsAFold(t *testing.T) {
	s, err := dataset.NewSchema(
		dataset.Field{Name: "c", Type: dataset.Utf8, Nullable: true},
		dataset.Field{Name: "d", Type: dataset.Dictionary, OneOf: []string{"x yy", "yy zz, yy"}},
	)
	if err != nil {
		t.Fatal(err)
	}
	traits := validatetest.FoldTraits[*vocabulary]{
		Schema: s, Same: same, AnyOrder: true, KeepsMerged: true, AnySchema: true, Rows: 70_000, MaxGrowth: 2 * 54_000 * 300,
	}
	validatetest.TestFold(t, traits, func() *vocabulary { return newVocabulary(s.Fields(), Terms{MaxWords: 2}.op(NormNone)) })
}
