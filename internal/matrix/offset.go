package matrix

import (
	"math"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/tidewheel/tidewheel/dataset"
)

// newOffsets returns the room for the numbers of a column of offsets, one stack for each place of its lists.
func newOffsets(s *dataset.Schema, name string) ([]stack[float64], error) {
	f, err := lookup(s, name)
	if err != nil {
		return nil, err
	}
	if f.Type.IsNumeric() {
		return make([]stack[float64], 1), nil
	}
	dt, err := f.Type.Arrow()
	if err != nil {
		return nil, err
	}
	if list, ok := dt.(*arrow.FixedSizeListType); ok && list.Len() > 0 {
		if elem, err := dataset.TypeOf(list.Elem()); err == nil && elem.IsNumeric() {
			return make([]stack[float64], list.Len()), nil
		}
	}
	return nil, &dataset.SchemaError{Column: name, Want: "initial scores as numbers or as fixed-size lists of them", Got: "type " + string(f.Type)}
}

func (r *reader) readOffset(b dataset.Batch, n int) error {
	column, err := b.ByName(r.request.Offset)
	if err != nil || n == 0 {
		return err
	}
	if list, ok := column.(*array.FixedSizeList); ok {
		if list.NullN() > 0 {
			return notFinite(r.request.Offset, "initial scores in every row", "a missing list")
		}
		from, _ := list.ValueOffsets(0)
		_, to := list.ValueOffsets(n - 1)
		column = array.NewSlice(list.ListValues(), from, to)
		defer column.Release()
	}
	k := len(r.offsets)
	r.scratch = slices.Grow(r.scratch[:0], k*n)[:k*n]
	if err := dataset.Float64s(column, r.scratch); err != nil {
		return err
	}
	for c := range r.offsets {
		offsets := r.offsets[c].push(n)
		for i := range offsets {
			v := r.scratch[i*k+c]
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return notFinite(r.request.Offset, "finite initial scores", "another value")
			}
			offsets[i] = v
		}
	}
	return nil
}
