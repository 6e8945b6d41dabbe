package plan

import (
	"math"
	"slices"

	"github.com/tidewheel/tidewheel/internal/num"
)

// reduction returns the function of OpReduce.
func (m *Math) reduction() (func(regs [][]float64, in []int32, i int) float64, bool) {
	fold := func(start float64, next func(s, x float64) float64, last func(s float64, n int) float64) (func([][]float64, []int32, int) float64, bool) {
		return func(regs [][]float64, in []int32, i int) float64 {
			s := start
			for _, r := range in {
				s = next(s, regs[r][i])
			}
			return last(s, len(in))
		}, true
	}
	same := func(s float64, _ int) float64 { return s }
	sum := func(s, x float64) float64 { return s + x }
	square := func(s, x float64) float64 { return m.squared(s, x, 0) }
	switch m.Func {
	case FuncSum:
		return fold(0, sum, same)
	case FuncMean:
		return fold(0, sum, func(s float64, n int) float64 { return s / float64(n) })
	case FuncProd:
		return fold(1, func(s, x float64) float64 { return float64(s * x) }, same)
	case FuncLargest:
		return fold(math.Inf(-1), func(s, x float64) float64 { return max(s, x) }, same)
	case FuncSmallest:
		return fold(math.Inf(1), func(s, x float64) float64 { return min(s, x) }, same)
	case FuncL1:
		return fold(0, func(s, x float64) float64 { return s + math.Abs(x) }, same)
	case FuncL2:
		return fold(0, square, func(s float64, _ int) float64 { return math.Sqrt(s) })
	case FuncSumSquare:
		return fold(0, square, same)
	case FuncLogSumExp:
		return logSumExp, true
	case FuncArgMax:
		return extreme(func(x, best float64) bool { return x > best }), true
	case FuncArgMin:
		return extreme(func(x, best float64) bool { return x < best }), true
	case FuncLastMax:
		return extreme(func(x, best float64) bool { return x >= best }), true
	case FuncLastMin:
		return extreme(func(x, best float64) bool { return x <= best }), true
	default:
		return nil, false
	}
}

// extreme returns the place of the input that is better than those before it. NaN, as the first, stays.
func extreme(better func(x, best float64) bool) func(regs [][]float64, in []int32, i int) float64 {
	return func(regs [][]float64, in []int32, i int) float64 {
		at, best := 0, regs[in[0]][i]
		for j, r := range in[1:] {
			if x := regs[r][i]; better(x, best) {
				at, best = j+1, x
			}
		}
		return float64(at)
	}
}

func logSumExp(regs [][]float64, in []int32, i int) float64 {
	top := math.Inf(-1)
	for _, r := range in {
		top = max(top, regs[r][i])
	}
	if top-top != 0 {
		return top
	}
	s := 0.0
	for _, r := range in {
		s += num.Exp(regs[r][i] - top)
	}
	return num.Log(s) + top
}

// unary returns the function of OpMap, and whether it is known and takes so many parameters.
func (m *Math) unary() (func(float64) float64, bool) {
	v := m.Params
	params := map[Func]int{FuncLeakyRelu: 1, FuncElu: 1, FuncHardSigmoid: 2, FuncClip: 2}[m.Func]
	if len(v) != params || slices.ContainsFunc(v, math.IsNaN) {
		return nil, false
	}
	switch m.Func {
	case FuncLeakyRelu:
		return func(x float64) float64 {
			if x < 0 {
				return float64(v[0] * x)
			}
			return x
		}, true
	case FuncElu:
		return func(x float64) float64 {
			if x < 0 {
				return float64(v[0] * num.Expm1(x))
			}
			return x
		}, true
	case FuncHardSigmoid:
		return func(x float64) float64 { return min(1, max(0, float64(v[0]*x)+v[1])) }, true
	case FuncClip:
		return func(x float64) float64 { return min(v[1], max(v[0], x)) }, true
	default:
		f := plain(m.Func)
		return f, f != nil
	}
}

// plain returns a function of one input without parameters, nil for none.
func plain(f Func) func(float64) float64 {
	switch f {
	case FuncIdentity:
		return func(x float64) float64 { return x }
	case FuncNeg:
		return func(x float64) float64 { return -x }
	case FuncAbs:
		return math.Abs
	case FuncSqrt:
		return math.Sqrt
	case FuncExp:
		return num.Exp
	case FuncLog:
		return num.Log
	case FuncReciprocal:
		return func(x float64) float64 { return 1 / x }
	case FuncFloor:
		return math.Floor
	case FuncCeil:
		return math.Ceil
	case FuncRound:
		return math.RoundToEven
	case FuncTruncate:
		return truncate
	case FuncSign:
		return sign
	case FuncNot:
		return func(x float64) float64 { return truth(x, x == 0) }
	case FuncNonZero:
		return func(x float64) float64 { return truth(0, x != 0) }
	case FuncIsNaN:
		return func(x float64) float64 { return truth(0, x != x) }
	case FuncIsInf:
		return func(x float64) float64 { return truth(0, math.IsInf(x, 0)) }
	case FuncRelu:
		return func(x float64) float64 { return max(0, x) }
	case FuncTanh:
		return num.Tanh
	case FuncSigmoid:
		return num.Sigmoid
	case FuncSoftplus:
		return func(x float64) float64 { return max(0, x) + num.Log1p(num.Exp(-math.Abs(x))) }
	case FuncErf:
		return erf
	default:
		return nil
	}
}

// truth returns 1 for true and 0 for false, or NaN where x is NaN.
func truth(x float64, is bool) float64 {
	switch {
	case x != x:
		return x
	case is:
		return 1
	default:
		return 0
	}
}

func truncate(x float64) float64 {
	if !(x > -0x1p63 && x < 0x1p63) {
		return math.NaN()
	}
	return math.Trunc(x)
}

func sign(x float64) float64 {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	default:
		return x // both zeros and NaN
	}
}

// erf returns the error function by its series of positive terms, 2/sqrt(pi) e**(-x²) times the sum of 2**n x**(2n+1) / (1·3·5 … (2n+1)). It errs by less than
// 1e-14 of the result.
func erf(x float64) float64 {
	a := math.Abs(x)
	if !(a < 6) { // 1 - erf(6) is below 2**-55; NaN stays
		return sign(x)
	}
	term, sum := x, x
	for n := 1; math.Abs(term) > math.Abs(sum)*0x1p-56; n++ {
		term = float64(float64(term*2)*float64(x*x)) / float64(2*n+1)
		sum += term
	}
	const factor = 1.1283791670955126 // 2/sqrt(pi)
	return float64(float64(factor*num.Exp(-float64(x*x))) * sum)
}

// dyadic returns the function of OpZip.
func dyadic(f Func) (func(a, b float64) float64, bool) {
	compare := func(is func(a, b float64) bool) (func(a, b float64) float64, bool) {
		return func(a, b float64) float64 { return truth(0, is(a, b)) }, true
	}
	switch f {
	case FuncAdd:
		return func(a, b float64) float64 { return a + b }, true
	case FuncSub:
		return func(a, b float64) float64 { return a - b }, true
	case FuncMul:
		return func(a, b float64) float64 { return float64(a * b) }, true
	case FuncDiv:
		return func(a, b float64) float64 { return a / b }, true
	case FuncQuotient:
		return func(a, b float64) float64 { return truncate(a / b) }, true
	case FuncMod:
		return modulo, true
	case FuncPow:
		return num.Pow, true
	case FuncLesser:
		return func(a, b float64) float64 { return min(a, b) }, true
	case FuncLarger:
		return func(a, b float64) float64 { return max(a, b) }, true
	case FuncLess:
		return compare(func(a, b float64) bool { return a < b })
	case FuncLessEqual:
		return compare(func(a, b float64) bool { return a <= b })
	case FuncGreater:
		return compare(func(a, b float64) bool { return a > b })
	case FuncGreaterEqual:
		return compare(func(a, b float64) bool { return a >= b })
	case FuncEqual:
		return compare(func(a, b float64) bool { return a == b })
	case FuncAnd:
		return compare(func(a, b float64) bool { return a != 0 && b != 0 })
	case FuncOr:
		return compare(func(a, b float64) bool { return a != 0 || b != 0 })
	case FuncXor:
		return compare(func(a, b float64) bool { return (a != 0) != (b != 0) })
	default:
		return nil, false
	}
}

// modulo returns a mod b with the sign of b, for whole numbers.
func modulo(a, b float64) float64 {
	m := math.Mod(a, b)
	if m != 0 && (m < 0) != (b < 0) {
		m += b
	}
	return m
}
