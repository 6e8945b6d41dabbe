package stat_test

import (
	"math"
	"testing"

	"github.com/tidewheel/tidewheel/internal/stat"
)

func TestStudentsTQuantile(t *testing.T) {
	t.Parallel()
	// scipy 1.17.1: scipy.stats.t.ppf(p, dof).
	for _, c := range []struct{ p, dof, want float64 }{
		{0.975, 4, 2.7764451051977934},
		{0.975, 9, 2.262157162798205},
		{0.025, 9, -2.2621571627982053},
		{0.995, 1, 63.656741162871526},
		{0.9, 2.5, 1.7302509288071766},
		{0.5, 3, 0},
		{0.975, 1e6, 1.959966356814107},
	} {
		if got := stat.StudentsTQuantile(c.p, c.dof); math.Abs(got-c.want) > 1e-9*math.Abs(c.want) {
			t.Errorf("%g with %g degrees of freedom: got %v, want %v", c.p, c.dof, got, c.want)
		}
	}
	for _, c := range [][2]float64{{0, 3}, {1, 3}, {-0.1, 3}, {math.NaN(), 3}, {0.9, 0}, {0.9, math.NaN()}} {
		if got := stat.StudentsTQuantile(c[0], c[1]); !math.IsNaN(got) {
			t.Errorf("p %g, dof %g: got %v, want NaN", c[0], c[1], got)
		}
	}
}
