package plan

import (
	"math"
	"slices"

	"github.com/tidewheel/tidewheel/internal/num"
)

// newMath returns the kernel of an operation with Math.
func newMath(o *Op, base registers) kernel {
	m := o.Math
	switch o.Kind {
	case OpMap:
		f, _ := m.unary()
		return &mapped{base, f, m.Float32}
	case OpZip:
		f, _ := dyadic(m.Func)
		return &zipped{base, f, m.Float32}
	case OpSelect:
		return &selected{base}
	case OpReduce:
		f, _ := m.reduction()
		return &reduced{base, f, int(m.Group), m.Float32}
	case OpTopK:
		return &topK{base, int(m.Group), int(m.Count), m.Func == FuncSmallest}
	case OpTable:
		return newTable(base, m)
	case OpPick:
		return &picked{base, int(m.Group)}
	case OpPoints:
		return &points{base, m.point(), m.Points, m.Float32}
	default: // OpCouple
		return &coupled{base, int(m.Count), m.Float32}
	}
}

// round32 rounds x to float32.
func round32(x float64) float64 { return float64(float32(x)) }

type mapped struct {
	registers
	f      func(float64) float64
	single bool
}

func (k *mapped) run(f *frame, n int) {
	for j, r := range k.in {
		out := f.regs[k.out+j]
		for i, x := range f.regs[r][:n] {
			y := k.f(x)
			if k.single {
				y = round32(y)
			}
			out[i] = y
		}
	}
}

type zipped struct {
	registers
	f      func(a, b float64) float64
	single bool
}

func (k *zipped) run(f *frame, n int) {
	half := len(k.in) / 2
	for j, r := range k.in[:half] {
		out, b := f.regs[k.out+j], f.regs[k.in[half+j]]
		for i, x := range f.regs[r][:n] {
			y := k.f(x, b[i])
			if k.single {
				y = round32(y)
			}
			out[i] = y
		}
	}
}

type selected struct{ registers }

func (k *selected) run(f *frame, n int) {
	third := len(k.in) / 3
	for j, r := range k.in[:third] {
		out, a, b := f.regs[k.out+j], f.regs[k.in[third+j]], f.regs[k.in[2*third+j]]
		for i, c := range f.regs[r][:n] {
			switch {
			case c != c:
				out[i] = c
			case c != 0:
				out[i] = a[i]
			default:
				out[i] = b[i]
			}
		}
	}
}

type reduced struct {
	registers
	f      func(regs [][]float64, in []int32, i int) float64
	group  int
	single bool
}

func (k *reduced) run(f *frame, n int) {
	for j := range len(k.in) / k.group {
		out, in := f.regs[k.out+j], k.in[j*k.group:(j+1)*k.group]
		for i := range n {
			y := k.f(f.regs, in, i)
			if k.single {
				y = round32(y)
			}
			out[i] = y
		}
	}
}

type topK struct {
	registers
	group, count int
	least        bool
}

// before reports whether x comes before y; NaN comes last.
func (k *topK) before(x, y float64) bool {
	if k.least {
		return x < y || (y != y && x == x)
	}
	return x > y || (y != y && x == x)
}

// run keeps the best so far in order and puts each input in its place: the results lie in the registers, so nothing is allocated.
func (k *topK) run(f *frame, n int) {
	groups := len(k.in) / k.group
	for g := range groups {
		in := k.in[g*k.group : (g+1)*k.group]
		values := f.regs[k.out+g*k.count : k.out+(g+1)*k.count]
		places := f.regs[k.out+(groups+g)*k.count : k.out+(groups+g+1)*k.count]
		for i := range n {
			held := 0
			for j, r := range in {
				x := f.regs[r][i]
				if held == k.count && !k.before(x, values[held-1][i]) {
					continue
				}
				if held < k.count {
					held++
				}
				at := held - 1
				for ; at > 0 && k.before(x, values[at-1][i]); at-- {
					values[at][i], places[at][i] = values[at-1][i], places[at-1][i]
				}
				values[at][i], places[at][i] = x, float64(j)
			}
		}
	}
}

type table struct {
	registers
	places map[uint64]int32 // nil: 0, 1, 2 …
	rows   int
	width  int
	values []float64
	rest   []float64
}

func newTable(base registers, m *Math) kernel {
	t := &table{registers: base, rows: len(m.Values) / int(m.Width), width: int(m.Width), values: m.Values, rest: m.Default}
	if len(m.Keys) > 0 {
		t.places = make(map[uint64]int32, len(m.Keys))
		for i, k := range m.Keys {
			t.places[keyOf(k)] = int32(i)
		}
	}
	return t
}

func (k *table) row(x float64) []float64 {
	if k.places != nil {
		if at, ok := k.places[keyOf(x)]; ok {
			return k.values[int(at)*k.width:]
		}
		return k.rest
	}
	if at := place(x, k.rows); at >= 0 {
		return k.values[at*k.width:]
	}
	return k.rest
}

// place returns the place of n that x names, a negative x from the end; -1 for none.
func place(x float64, n int) int {
	if x < 0 {
		x += float64(n)
	}
	if x >= 0 && x < float64(n) {
		return int(x)
	}
	return -1
}

func (k *table) run(f *frame, n int) {
	for j, r := range k.in {
		for i, x := range f.regs[r][:n] {
			row := k.row(x)
			for w := range k.width {
				f.regs[k.out+j*k.width+w][i] = row[w]
			}
		}
	}
}

type picked struct {
	registers
	group int
}

func (k *picked) run(f *frame, n int) {
	for g := range len(k.in) / k.group {
		in := k.in[g*k.group : (g+1)*k.group]
		out := f.regs[k.out+g]
		for i, x := range f.regs[in[k.group-1]][:n] {
			out[i] = math.NaN()
			if at := place(x, k.group-1); at >= 0 {
				out[i] = f.regs[in[at]][i]
			}
		}
	}
}

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

// coupled makes the probabilities of k classes from those of their pairs by the second method of Wu, Lin and Weng (2004), "Probability estimates for multi-class
// classification by pairwise coupling", with libsvm's bounds of 0.005/k
// and 100 rounds. Beyond eight classes a call allocates (k+2)k numbers.
type coupled struct {
	registers
	k      int
	single bool
}

func (c *coupled) run(f *frame, n int) {
	k := c.k
	var few [8 * (8 + 2)]float64 // so that a row of few classes allocates nothing
	memory := few[:]
	if need := k * (k + 2); need > len(memory) {
		memory = make([]float64, need)
	}
	q, qp, p := memory[:k*k], memory[k*k:k*(k+1)], memory[k*(k+1):k*(k+2)]
	for row := range n {
		c.matrix(f, row, q)
		for i := range p {
			p[i] = 1 / float64(k)
		}
		for range 100 {
			if coupling(q, qp, p) {
				break
			}
		}
		for i, x := range p {
			if c.single {
				x = round32(x)
			}
			f.regs[c.out+i][row] = x
		}
	}
}

// matrix fills q with the products of the pairs' probabilities.
func (c *coupled) matrix(f *frame, row int, q []float64) {
	k := c.k
	clear(q)
	at := 0
	for i := range k {
		for j := i + 1; j < k; j++ {
			pair := f.regs[c.in[at]][row] // of i against j
			other := 1 - pair
			at++
			q[i*k+i] += float64(other * other)
			q[j*k+j] += float64(pair * pair)
			q[i*k+j] = -float64(other * pair)
			q[j*k+i] = q[i*k+j]
		}
	}
}

// coupling does one round and reports whether p had settled before it.
func coupling(q, qp, p []float64) bool {
	k := len(p)
	pqp, worst := 0.0, 0.0
	for i := range k {
		qp[i] = 0
		for j := range k {
			qp[i] += float64(q[i*k+j] * p[j])
		}
		pqp += float64(p[i] * qp[i])
	}
	for i := range k {
		worst = max(worst, math.Abs(qp[i]-pqp))
	}
	if !(worst >= 0.005/float64(k)) { // NaN settles
		return true
	}
	for i := range k {
		d := (pqp - qp[i]) / q[i*k+i]
		p[i] += d
		scale := 1 + d
		pqp = (pqp + float64(d*(float64(d*q[i*k+i])+float64(2*qp[i])))) / scale / scale
		for j := range k {
			qp[j] = (qp[j] + float64(d*q[i*k+j])) / scale
			p[j] /= scale
		}
	}
	return false
}

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
