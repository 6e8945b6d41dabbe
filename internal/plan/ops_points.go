package plan

import (
	"math"

	"github.com/tidewheel/tidewheel/internal/num"
)

type points struct {
	registers
	f      func(regs [][]float64, in []int32, i int, p []float64) float64
	points []float64
	single bool
}

func (k *points) run(f *frame, n int) {
	p := len(k.in)
	for j := range len(k.points) / p {
		out, point := f.regs[k.out+j], k.points[j*p:(j+1)*p]
		for i := range n {
			y := k.f(f.regs, k.in, i, point)
			if k.single {
				y = round32(y)
			}
			out[i] = y
		}
	}
}

// rounded rounds x to float32 with Float32.
func (m *Math) rounded(x float64) float64 {
	if m.Float32 {
		return round32(x)
	}
	return x
}

// power is x**y; with Float32, squares and cubes are products that are rounded each.
func (m *Math) power(x, y float64) float64 {
	switch {
	case m.Float32 && y == 2:
		return round32(x * x)
	case m.Float32 && y == 3:
		return round32(round32(x*x) * x)
	default:
		return num.Pow(x, y)
	}
}

// fused adds x p to s and rounds once, to float32 if single: the product of two float32 numbers is exact in float64.
func (m *Math) fused(s, x, p float64) float64 {
	return m.rounded(s + float64(x*p))
}

// squared adds (x - p)² to s; with Float32 the difference, the square and the sum are rounded each.
func (m *Math) squared(s, x, p float64) float64 {
	if m.Float32 {
		d := round32(x - p)
		return round32(s + round32(d*d))
	}
	d := x - p
	return s + float64(d*d)
}

// point returns the function of OpPoints, nil for an unknown one or other parameters than it takes.
func (m *Math) point() func(regs [][]float64, in []int32, i int, p []float64) float64 {
	pair := func(first func(s, x, p float64) float64, last func(s float64) float64) func([][]float64, []int32, int, []float64) float64 {
		return func(regs [][]float64, in []int32, i int, p []float64) float64 {
			s := 0.0
			for j, r := range in {
				s = first(s, regs[r][i], p[j])
			}
			return last(s)
		}
	}
	same := func(s float64) float64 { return s }
	square, dot := m.squared, m.fused
	v := m.Params
	switch {
	case m.Func == FuncEuclidean && len(v) == 0:
		return pair(square, math.Sqrt)
	case m.Func == FuncSquaredEuclidean && len(v) == 0:
		return pair(square, same)
	case m.Func == FuncManhattan && len(v) == 0:
		return pair(func(s, x, p float64) float64 { return s + math.Abs(x-p) }, same)
	case m.Func == FuncChebyshev && len(v) == 0:
		return pair(func(s, x, p float64) float64 { return max(s, math.Abs(x-p)) }, same)
	case m.Func == FuncMinkowskiSum && len(v) == 1:
		return pair(func(s, x, p float64) float64 { return s + num.Pow(math.Abs(x-p), v[0]) }, same)
	case m.Func == FuncCosine && len(v) == 0:
		return cosine
	case m.Func == FuncLinearKernel && len(v) == 0:
		return pair(dot, same)
	case m.Func == FuncDecision && len(v) == 1:
		return pair(func(s, x, p float64) float64 { return s + m.rounded(float64(x*p)) }, func(s float64) float64 { return s + v[0] })
	case m.Func == FuncPolyKernel && len(v) == 3:
		return pair(dot, func(s float64) float64 { return m.power(m.fused(v[1], v[0], s), v[2]) })
	case m.Func == FuncRBFKernel && len(v) == 1:
		return pair(square, func(s float64) float64 { return num.Exp(-m.rounded(float64(v[0] * s))) })
	case m.Func == FuncSigmoidKernel && len(v) == 2:
		return pair(dot, func(s float64) float64 { return num.Tanh(m.fused(v[1], v[0], s)) })
	default:
		return nil
	}
}

func cosine(regs [][]float64, in []int32, i int, p []float64) float64 {
	dot, xx, pp := 0.0, 0.0, 0.0
	for j, r := range in {
		x := regs[r][i]
		dot += float64(x * p[j])
		xx += float64(x * x)
		pp += float64(p[j] * p[j])
	}
	return 1 - dot/float64(math.Sqrt(xx)*math.Sqrt(pp))
}
