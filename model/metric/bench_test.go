package metric_test

import (
	"math/rand/v2"
	"testing"

	"github.com/tidewheel/tidewheel/model/metric"
)

func benchmarkRows(b *testing.B, f func(class []bool, score []float64) error) {
	const n = 1_000_000
	random := rand.New(rand.NewPCG(1, 1))
	class, score := make([]bool, n), make([]float64, n)
	for i := range class {
		class[i], score[i] = random.Float64() < 0.3, random.Float64()
	}
	b.SetBytes(9 * n)
	b.ReportAllocs()
	for b.Loop() {
		if err := f(class, score); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkROCAUCOfAMillionRows(b *testing.B) {
	benchmarkRows(b, func(class []bool, score []float64) error {
		_, err := metric.ROCAUC(class, score, nil)
		return err
	})
}

func BenchmarkDeLongOfAMillionRows(b *testing.B) {
	benchmarkRows(b, func(class []bool, score []float64) error {
		_, err := metric.DeLong(class, score, nil, 0.95)
		return err
	})
}

func BenchmarkLogLossOfAMillionRows(b *testing.B) {
	benchmarkRows(b, func(class []bool, score []float64) error {
		_, err := metric.LogLoss(class, score, nil)
		return err
	})
}

func BenchmarkBinaryOfAMillionRows(b *testing.B) {
	benchmarkRows(b, func(class []bool, score []float64) error {
		_, err := metric.Binary(class, score, nil, 0.5, metric.ReportOptions{})
		return err
	})
}
