package sketch_test

import (
	"math"
	"slices"
	"testing"

	"github.com/tidewheel/tidewheel/internal/sketch"
)

func TestValues(t *testing.T) {
	v, w := sketch.NewValues(5), sketch.NewValues(5)
	if n := v.TakeSlice([]float64{3, math.NaN(), math.Copysign(0, -1), math.Inf(1), 1}); n != 3 || v.Count() != 3 {
		t.Errorf("%d values", n)
	}
	w.TakeSlice([]float64{2})
	v.Merge(w)
	if got := v.Sorted(); !v.Exact() || !slices.Equal(got, []float64{0, 1, 2, 3}) || math.Signbit(got[0]) {
		t.Error(got)
	}
	// Beyond the limit a sketch stands for the values, whichever side had them.
	for _, first := range []bool{true, false} {
		a, b := sketch.NewValues(5), sketch.NewValues(5)
		a.TakeSlice([]float64{7, 8})
		b.TakeSlice([]float64{1, 2, 3, 4, 5, 6})
		if !first {
			a, b = b, a
		}
		a.Merge(b)
		got := a.Sorted()
		if a.Exact() || a.Count() != 8 || len(got) != 4096 || got[0] != 1 || got[4095] != 8 || !slices.IsSorted(got) {
			t.Errorf("%d of %d values, from %v", len(got), a.Count(), got[0])
		}
	}
	if got := []int{sketch.ValuesLimit(0), sketch.ValuesLimit(4), sketch.ValuesLimit(20), sketch.ValuesLimit(1 << 20)}; !slices.Equal(got, []int{1 << 21, 1 << 21, (1 << 23) / 20, 1 << 10}) {
		t.Error(got)
	}
}
