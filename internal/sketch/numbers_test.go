package sketch_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/tidewheel/tidewheel/internal/sketch"
)

func TestTopNumbersIsExactWithinItsCapacity(t *testing.T) {
	t.Parallel()
	var a, b, all sketch.TopNumbers
	for i := range 1024 {
		x := []float64{float64(i % 700), float64(i)}
		all.AddSlice(x)
		if i%2 == 0 {
			a.AddSlice(x)
		} else {
			b.AddSlice(x)
		}
	}
	a.AddSlice([]float64{0, math.Copysign(0, -1)})
	all.AddSlice([]float64{0, 0})
	a.Merge(&b)
	if a.ErrorBound() != 0 || a.Total() != 2050 || a.Len() != 1024 || !slices.Equal(a.Top(-1), all.Top(-1)) {
		t.Errorf("bound %d, total %d, %d values", a.ErrorBound(), a.Total(), a.Len())
	}
	// 0 is 0 % 700, 700 % 700 and 0, and twice more; 1 is 1, 701 % 700 and 1.
	if got := a.Top(2); !slices.Equal(got, []sketch.NumberCount{{Value: 0, Count: 5}, {Value: 1, Count: 3}}) {
		t.Errorf("got %v", got)
	}
	if got := new(sketch.TopNumbers).Top(3); len(got) != 0 {
		t.Errorf("empty: %v", got)
	}
}

// The bound holds for every number, in one pass and merged, for few heavy numbers among many that come once and for a long tail.
func TestTopNumbersKeepsItsErrorBound(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(3, 3))
	zipf := rand.NewZipf(rng, 1.1, 1, 1_000_000)
	for name, draw := range map[string]func(i int) float64{
		"heavy and single": func(i int) float64 {
			if i%10 < 3 {
				return float64(i % 10)
			}
			return rng.Float64()
		},
		"zipf": func(int) float64 { return float64(zipf.Uint64()) },
	} {
		truth := map[float64]uint64{}
		var one, merged sketch.TopNumbers
		for range 4 {
			values := make([]float64, 50_000)
			for i := range values {
				values[i] = draw(i)
				truth[values[i]]++
			}
			var part sketch.TopNumbers
			one.AddSlice(values)
			part.AddSlice(values)
			merged.Merge(&part)
		}
		for how, k := range map[string]*sketch.TopNumbers{"one": &one, "merged": &merged} {
			if k.ErrorBound() > 2*k.Total()/1025 || k.Len() > 1024 || k.Total() != 200_000 {
				t.Errorf("%s, %s: bound %d, %d values", name, how, k.ErrorBound(), k.Len())
			}
			listed := map[float64]uint64{}
			for _, c := range k.Top(-1) {
				listed[c.Value] = c.Count
			}
			for x, n := range truth {
				if c := listed[x]; c > n || n-c > k.ErrorBound() {
					t.Errorf("%s, %s: %g has %d, counted %d, bound %d", name, how, x, n, c, k.ErrorBound())
				}
			}
		}
	}
}

func BenchmarkTopNumbersOfDistinctValues(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 1))
	values := make([]float64, 65_536)
	for i := range values {
		values[i] = rng.Float64()
	}
	b.SetBytes(8 * int64(len(values)))
	for b.Loop() {
		var k sketch.TopNumbers
		k.AddSlice(values)
	}
}
