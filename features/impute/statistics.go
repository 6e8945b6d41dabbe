package impute

import (
	"math"
	"slices"

	"github.com/tidewheel/tidewheel/features/internal/fit"
)

type mean struct{ fit.Moments }

// Merge implements fit.Statistic.
func (m *mean) Merge(next *mean) { m.Moments.Merge(&next.Moments) }

func (m *mean) result() (float64, bool) { return m.Mean() }

// values keeps every value.
type values struct{ of []float64 }

// Add implements fit.Statistic.
func (v *values) Add(x float64) { v.of = append(v.of, x) }

// Merge implements fit.Statistic.
func (v *values) Merge(next *values) { v.of = append(v.of, next.of...) }

// result sorts the values.
func (v *values) result() (float64, bool) {
	n := len(v.of)
	if n == 0 {
		return 0, false
	}
	slices.Sort(v.of)
	if n%2 == 1 {
		return v.of[n/2], true
	}
	low, high := v.of[n/2-1], v.of[n/2]
	if sum := low + high; !math.IsInf(sum, 0) {
		return sum / 2, true
	}
	return low/2 + high/2, true
}

// frequencies counts every distinct value.
type frequencies struct{ of map[float64]int64 }

// Add implements fit.Statistic.
func (f *frequencies) Add(x float64) { f.of[x]++ }

// Merge implements fit.Statistic.
func (f *frequencies) Merge(next *frequencies) {
	for x, n := range next.of {
		f.of[x] += n
	}
}

func (f *frequencies) result() (float64, bool) {
	best, most := 0.0, int64(0)
	for x, n := range f.of {
		if n > most || (n == most && x < best) {
			best, most = x, n
		}
	}
	return best, most > 0
}
