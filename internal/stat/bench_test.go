package stat_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/tidewheel/tidewheel/internal/stat"
)

func twoSorted(n int) (x, y []float64) {
	rng := rand.New(rand.NewPCG(1, 1))
	x, y = make([]float64, n), make([]float64, n)
	for i := range x {
		x[i], y[i] = rng.NormFloat64(), rng.NormFloat64()
	}
	slices.Sort(x)
	slices.Sort(y)
	return x, y
}

func BenchmarkKolmogorovSmirnovSorted(b *testing.B) {
	x, y := twoSorted(100_000)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := stat.KolmogorovSmirnovSorted(x, y); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkWassersteinSorted(b *testing.B) {
	x, y := twoSorted(100_000)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := stat.WassersteinSorted(x, y); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPSI(b *testing.B) {
	p, q := make([]uint64, 20), make([]uint64, 20)
	for i := range p {
		p[i], q[i] = uint64(i), uint64(2*i)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := stat.PSI(p, q, stat.EmptyShare); err != nil {
			b.Fatal(err)
		}
	}
}
