package stat_test

import (
	"math"
	"testing"

	"github.com/tidewheel/tidewheel/internal/stat"
)

// No counts and no samples give NaN.
func FuzzMeasures(f *testing.F) {
	f.Add(uint64(1), uint64(2), uint64(0), uint64(5), 1.0, 2.0, 0.5, 0.01)
	f.Add(uint64(0), uint64(9), uint64(9), uint64(0), -1e308, 1e308, 0.0, 0.9)
	f.Fuzz(func(t *testing.T, a, b, c, d uint64, x, y, z, s float64) {
		const limit = 1 << 60 // sums stay in range
		p, q := []uint64{a % limit, b % limit}, []uint64{c % limit, d % limit}
		var got []float64
		add := func(v float64, err error) {
			if err == nil {
				got = append(got, v)
			}
		}
		add(stat.PSI(p, q, s))
		add(stat.JensenShannon(p, q))
		r, err := stat.ChiSquare(p, q, stat.ChiSquareOptions{})
		add(r.Statistic+r.P+r.CramersV, err)
		ks, err := kolmogorovSmirnov([]float64{x, y}, []float64{z})
		add(ks.Statistic+ks.P, err)
		add(wasserstein([]float64{x, y}, []float64{z}))
		for i, v := range got {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				t.Fatalf("result %d is %v", i, v)
			}
		}
	})
}
