package sketch_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/tidewheel/tidewheel/internal/sketch"
)

func TestSortFloatsEqualsSlicesSort(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for _, n := range []int{0, 1, 100, 2048, 10_001} {
		for _, draw := range []func() float64{
			rng.NormFloat64,
			func() float64 { return float64(rng.IntN(5) - 2) },
			func() float64 { return math.Float64frombits(rng.Uint64()) },
			func() float64 { return 7 },
		} {
			values := make([]float64, n)
			for i := range values {
				for values[i] = draw(); math.IsNaN(values[i]); values[i] = draw() {
				}
				values[i] += 0
			}
			want := slices.Sorted(slices.Values(values))
			if sketch.SortFloats(values); !slices.Equal(values, want) {
				t.Errorf("%d values are not sorted", n)
			}
		}
	}
}
