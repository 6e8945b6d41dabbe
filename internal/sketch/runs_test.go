package sketch

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// The order is that of slices.Sort, whatever the length, the ties and the runs that are in order already.
func TestNumbersAreSortedAsByTheStandardLibrary(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 1))
	draws := map[string]func(i int) float64{
		"normal":     func(int) float64 { return r.NormFloat64() },
		"ties":       func(int) float64 { return float64(r.IntN(5) - 2) },
		"ascending":  func(i int) float64 { return float64(i) },
		"descending": func(i int) float64 { return -float64(i) },
		"edges": func(int) float64 {
			return []float64{math.Inf(1), math.Inf(-1), 0, math.MaxFloat64, -math.MaxFloat64, math.SmallestNonzeroFloat64, -math.SmallestNonzeroFloat64}[r.IntN(7)]
		},
	}
	var scratch []uint64
	for name, draw := range draws {
		for n := range 300 {
			got := make([]float64, n)
			for i := range got {
				got[i] = draw(i)
			}
			want := slices.Sorted(slices.Values(got))
			scratch = sortNumbers(got, scratch)
			if !slices.Equal(got, want) {
				t.Fatalf("%s: %d values are not in order", name, n)
			}
		}
	}
}
