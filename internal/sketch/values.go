package sketch

import (
	"math"
	"slices"
)

// MinValues and MaxValues are the smallest and the largest limit that a host may set for the Values of a column.
const (
	MinValues = 1 << 10
	MaxValues = 1 << 28
)

// ValuesLimit returns the limit for so many columns that are kept at once where nothing else is asked: 2,097,152, or as many as make 8,388,608 values in all (64 MiB)
// where there are more than four, at least MinValues.
func ValuesLimit(columns int) int { return max(MinValues, min(1<<21, (1<<23)/max(1, columns))) }

// valuesGrid is the number of quantiles that stand for the values of a Quantiles.
const valuesGrid = 4096

// Values keeps numbers for tests that need them in order: all of them up to a limit, 8 bytes each, beyond it a Quantiles that stands for them. Only NewValues makes a
// usable one.
type Values struct {
	limit  int64
	n      int64
	chunks [][]float64
	sketch *Quantiles // instead of chunks, once there are more than limit
}

// NewValues returns the Values of no numbers that keeps up to limit of them.
func NewValues(limit int) *Values { return &Values{limit: int64(limit)} }

// TakeSlice takes the finite ones of values, a slice that it keeps and changes, and returns how many there were. -0 becomes +0.
func (v *Values) TakeSlice(values []float64) int {
	kept := values[:0]
	for _, x := range values {
		if !math.IsNaN(x) && !math.IsInf(x, 0) {
			kept = append(kept, x+0)
		}
	}
	v.take([][]float64{kept}, int64(len(kept)))
	return len(kept)
}

// take adds chunks of n values in all, and goes over to a sketch when there are too many.
func (v *Values) take(chunks [][]float64, n int64) {
	v.n += n
	v.chunks = append(v.chunks, chunks...)
	if v.n > v.limit || v.sketch != nil {
		v.condense()
	}
}

func (v *Values) condense() {
	if v.sketch == nil {
		v.sketch = new(Quantiles)
	}
	for _, values := range v.chunks {
		v.sketch.AddSlice(values)
	}
	v.chunks = nil
}

// Merge adds what o has seen, after what v has. o must have the limit of v and is not used further.
func (v *Values) Merge(o *Values) {
	if o.sketch == nil {
		v.take(o.chunks, o.n)
		return
	}
	v.condense()
	v.n += o.n
	v.sketch.Merge(o.sketch)
}

// Count returns the number of values.
func (v *Values) Count() int64 { return v.n }

// Exact reports whether Sorted gives the values themselves.
func (v *Values) Exact() bool { return v.sketch == nil }

// Sorted returns the values in ascending order, or 4,096 quantiles that stand for them, and forgets them.
func (v *Values) Sorted() []float64 {
	if v.sketch != nil {
		view := v.sketch.View()
		out := make([]float64, valuesGrid)
		for i := range out {
			out[i], _ = view.Quantile((float64(i) + 0.5) / valuesGrid)
		}
		return out
	}
	out := slices.Concat(v.chunks...)
	v.chunks = nil
	sortFloats(out)
	return out
}
