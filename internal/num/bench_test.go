package num_test

import (
	"math"
	"testing"

	"github.com/tidewheel/tidewheel/internal/num"
)

func benchmark(b *testing.B, scale, shift float64, f func(float64) float64) {
	x := make([]float64, 1024)
	for i := range x {
		x[i] = float64(i)/1024*scale + shift
	}
	b.SetBytes(8 * 1024)
	b.ReportAllocs()
	sum := 0.0
	for b.Loop() {
		for _, v := range x {
			sum += f(v)
		}
	}
	if sum != sum {
		b.Fatal("NaN")
	}
}

func BenchmarkExp(b *testing.B)     { benchmark(b, 20, -10, num.Exp) }
func BenchmarkMathExp(b *testing.B) { benchmark(b, 20, -10, math.Exp) }
func BenchmarkLog(b *testing.B)     { benchmark(b, 5, 1e-3, num.Log) }
func BenchmarkMathLog(b *testing.B) { benchmark(b, 5, 1e-3, math.Log) }
func BenchmarkPow(b *testing.B) {
	benchmark(b, 5, 1e-3, func(x float64) float64 { return num.Pow(x, 1.7) })
}

func BenchmarkMathPow(b *testing.B) {
	benchmark(b, 5, 1e-3, func(x float64) float64 { return math.Pow(x, 1.7) })
}
func BenchmarkTanh(b *testing.B)     { benchmark(b, 4, -2, num.Tanh) }
func BenchmarkMathTanh(b *testing.B) { benchmark(b, 4, -2, math.Tanh) }
func BenchmarkSigmoid(b *testing.B)  { benchmark(b, 10, -5, num.Sigmoid) }
func BenchmarkLog1p(b *testing.B)    { benchmark(b, 5, -0.5, num.Log1p) }
func BenchmarkExpm1(b *testing.B)    { benchmark(b, 4, -2, num.Expm1) }
