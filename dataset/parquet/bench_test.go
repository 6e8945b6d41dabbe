package parquet_test

import (
	"path/filepath"
	"testing"

	"github.com/tidewheel/tidewheel/dataset/parquet"
)

// BenchmarkSource reads the 50,000 flights of examples/quickstart.
func BenchmarkSource(b *testing.B) {
	src, err := parquet.Open(filepath.Join("..", "..", "examples", "quickstart", "data", "flights.parquet"), parquet.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		for _, err := range src.Batches(b.Context()) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(src.NumRows())*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
