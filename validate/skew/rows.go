package skew

import (
	"context"
	"fmt"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/sketch"
	"github.com/tidewheel/tidewheel/validate"
)

// side is what is at hand of one table.
type side struct {
	profile *validate.Profile
	numbers *numbers // nil when there is only the profile
}

// sorted returns the values of a column in order, nil where they are not kept.
func (s *side) sorted(column string) []float64 {
	if s.numbers == nil {
		return nil
	}
	v := s.numbers.columns[s.profile.Schema().Index(column)]
	if v == nil || !v.Exact() || v.Count() == 0 {
		return nil
	}
	return v.Sorted()
}

// read folds a source.
func read(ctx context.Context, src dataset.Source, o Options) (*side, error) {
	type both = dataset.Both[*validate.Profiler, *numbers]
	s := src.Schema()
	limit := o.ExactRows
	if limit == 0 {
		limit = sketch.ValuesLimit(len(newNumbers(s, 0).kept()))
	}
	fold, err := dataset.Run(ctx, src, func() *both { return &both{First: validate.NewProfiler(s), Second: newNumbers(s, limit)} },
		dataset.RunOptions{Workers: o.Workers, Allocator: o.Allocator})
	if err != nil {
		return nil, err
	}
	return &side{profile: fold.First.Profile(), numbers: fold.Second}, nil
}

// numbers is the fold that keeps the values of the numeric columns that are not personal.
type numbers struct {
	schema  *dataset.Schema
	columns []*sketch.Values // nil for the others
}

func newNumbers(s *dataset.Schema, limit int) *numbers {
	n := &numbers{schema: s, columns: make([]*sketch.Values, s.Len())}
	for i, f := range s.Fields() {
		if f.Type.IsNumeric() && !f.Personal {
			n.columns[i] = sketch.NewValues(limit)
		}
	}
	return n
}

// kept returns the places of the columns that are kept.
func (n *numbers) kept() (places []int) {
	for i, v := range n.columns {
		if v != nil {
			places = append(places, i)
		}
	}
	return places
}

// Observe implements dataset.Folder.
func (n *numbers) Observe(b dataset.Batch) error {
	for _, i := range n.kept() {
		column := b.Column(i)
		values := make([]float64, column.Len())
		if err := dataset.Float64s(column, values); err != nil {
			return fmt.Errorf("column %q: %w", n.schema.Field(i).Name, err)
		}
		n.columns[i].TakeSlice(values)
	}
	return nil
}

// Merge implements dataset.Folder.
func (n *numbers) Merge(next *numbers) error {
	for _, i := range n.kept() {
		n.columns[i].Merge(next.columns[i])
	}
	return nil
}
