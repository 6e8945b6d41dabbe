package main

import (
	"fmt"
	"io"
	"math"
	"math/rand/v2"

	"github.com/tidewheel/tidewheel/internal/num"
)

// sweep is the number of arguments of each function.
const sweep = 120_000

// specials are numbers at which functions, conversions and comparisons tend to go their own ways.
func specials() []float64 {
	return []float64{
		math.NaN(), math.Inf(1), math.Inf(-1), 0, math.Copysign(0, -1), math.SmallestNonzeroFloat64, -math.SmallestNonzeroFloat64, 0x1p-1022, math.MaxFloat64, -math.MaxFloat64,
		1e-35, -1e-35, 1.0000000180025095e-35, 1, -1, 0.5, 2, 3, 709.782712893384, -745.1332191019412, 1 << 31, -(1 << 31), 1 << 32, 1 << 53, 1 << 62, -(1 << 62), 1 << 63, 1e300,
	}
}

// argument draws a special, any bits at all, or a number of a usual size. It adds nothing to a product, so that it is the same everywhere itself.
func argument(r *rand.Rand, special []float64) float64 {
	switch r.IntN(8) {
	case 0:
		return special[r.IntN(len(special))]
	case 1, 2:
		return math.Float64frombits(r.Uint64())
	case 3, 4:
		return float64((r.Float64() - 0.5) * 2)
	default:
		return float64((r.Float64() - 0.5) * 1600)
	}
}

// probeNumbers prints a digest of each function of package num.
func probeNumbers(out io.Writer) error {
	for _, f := range []struct {
		name string
		of   func(x, y float64) float64
	}{
		{"exp", func(x, _ float64) float64 { return num.Exp(x) }},
		{"expm1", func(x, _ float64) float64 { return num.Expm1(x) }},
		{"tanh", func(x, _ float64) float64 { return num.Tanh(x) }},
		{"sigmoid", func(x, _ float64) float64 { return num.Sigmoid(x) }},
		{"log", func(x, _ float64) float64 { return num.Log(math.Abs(x)) }},
		{"log1p", func(x, _ float64) float64 { return num.Log1p(math.Abs(x)) }},
		{"pow", func(x, y float64) float64 { return num.Pow(math.Abs(x), y) }},
		{"softmax", func(x, y float64) float64 {
			v := [3]float64{x, y, 1}
			num.Softmax(v[:])
			return v[0]
		}},
		{"logsumexp", func(x, y float64) float64 { return num.LogSumExp([]float64{x, y, 1}) }},
		{"sum", func(x, y float64) float64 { return num.Sum([]float64{x, y, 1, -x}) }},
	} {
		r, special, d := rand.New(rand.NewPCG(1, 2)), specials(), newBits()
		for range sweep {
			x := argument(r, special)
			d.number(f.of(x, argument(r, special)))
		}
		if _, err := fmt.Fprintf(out, "num.%s %s, %d finite\n", f.name, d, d.finite); err != nil {
			return err
		}
	}
	return nil
}
