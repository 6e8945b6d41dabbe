package drift_test

import (
	"math/rand/v2"
	"testing"

	"github.com/tidewheel/tidewheel/monitor/drift"
)

// 20 columns, 100,000 rows on each side.
func BenchmarkCompare(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 1))
	reference, current := plain(b, draw(rng, 100_000)...), plain(b, draw(rng, 100_000)...)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := drift.Compare(b.Context(), reference, current, drift.Options{Workers: 1}); err != nil {
			b.Fatal(err)
		}
	}
}
