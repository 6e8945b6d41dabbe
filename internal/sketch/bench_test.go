package sketch_test

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/tidewheel/tidewheel/internal/sketch"
)

func normals(n int) []float64 {
	rng := rand.New(rand.NewPCG(1, 1))
	values := make([]float64, n)
	for i := range values {
		values[i] = rng.NormFloat64()
	}
	return values
}

const benchRows = 65_536

func benchFloats(b *testing.B, add func(values []float64)) {
	values := normals(benchRows)
	b.SetBytes(8 * benchRows)
	b.ReportAllocs()
	for b.Loop() {
		add(values)
	}
}

func BenchmarkMoments(b *testing.B) {
	var s sketch.Moments
	benchFloats(b, s.AddSlice)
}

func BenchmarkQuantiles(b *testing.B) {
	var s sketch.Quantiles
	benchFloats(b, s.AddSlice)
}

// The rank error is reported as a share of the values, in percent.
func BenchmarkQuantilesOf10Million(b *testing.B) {
	const n = 10_000_000
	for _, name := range []string{"sorted", "reversed", "normal", "seven ties", "period", "zigzag"} {
		b.Run(name, func(b *testing.B) {
			next := streams(n)[name]
			values := make([]float64, n)
			for i := range values {
				values[i] = next(i)
			}
			var s sketch.Quantiles
			b.SetBytes(8 * n)
			for b.Loop() {
				s = sketch.Quantiles{}
				s.AddSlice(values)
			}
			slices.Sort(values)
			b.ReportMetric(100*worstRankError(&s, values), "rank-error-%")
		})
	}
}

func BenchmarkDistinctFloat64(b *testing.B) {
	var s sketch.Distinct
	benchFloats(b, func(values []float64) {
		for _, x := range values {
			s.AddFloat64(x)
		}
	})
}

func BenchmarkTopK(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 1))
	for name, distinct := range map[string]int{"few": 50, "many": 50_000} {
		words := make([]string, benchRows)
		for i := range words {
			words[i] = "category " + strconv.Itoa(rng.IntN(distinct))
		}
		b.Run(name, func(b *testing.B) {
			s := newTopK(b, 128)
			b.ReportAllocs()
			for b.Loop() {
				for _, w := range words {
					s.Add(w)
				}
			}
		})
	}
}
