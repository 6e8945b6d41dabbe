package plan

import "math"

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
