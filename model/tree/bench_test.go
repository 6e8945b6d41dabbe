package tree

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// BenchmarkBoost trains 100 trees on 100,000 rows of 30 columns, a third of them categorical and a quarter of the numeric ones with missing values.
func BenchmarkBoost(b *testing.B) {
	tb := synthetic(100_000, 30, 1)
	for _, leaves := range []int{31, 255} {
		for _, workers := range []int{1, 2} {
			b.Run(fmt.Sprintf("leaves=%d/workers=%d", leaves, workers), func(b *testing.B) {
				p := defaults()
				p.objective, p.leaves, p.workers = logistic{}, leaves, workers
				b.ReportAllocs()
				b.SetBytes(int64(tb.rows * len(tb.columns)))
				for b.Loop() {
					if _, err := boost(b.Context(), tb, nil, p); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkBin bins 200,000 rows of 8 numeric columns.
func BenchmarkBin(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 0))
	tb := &table{rows: 200_000}
	for range 8 {
		c := column{numeric: make([]float64, tb.rows)}
		for i := range c.numeric {
			c.numeric[i] = r.NormFloat64()
		}
		tb.columns = append(tb.columns, c)
	}
	binners := make([]*binner, len(tb.columns))
	b.SetBytes(int64(8 * tb.rows * len(tb.columns)))
	b.ReportAllocs()
	for b.Loop() {
		for f, c := range tb.columns {
			binners[f] = newBinner(c, nil, maxBinLimit)
		}
		if _, err := binColumns(b.Context(), tb.columns, binners, tb.rows, 1); err != nil {
			b.Fatal(err)
		}
	}
}
