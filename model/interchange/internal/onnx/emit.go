package onnx

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/tidewheel/tidewheel/internal/plan"
)

// planError is an error of a plan that the file's numbers do not fit.
func (c *compiler) planError(err error) error {
	if errors.Is(err, plan.ErrInvalid) {
		return fmt.Errorf("%w: %w", c.bad("parameters that fit", "others"), err)
	}
	return err
}

// add appends an operation.
func (c *compiler) add(o plan.Op, width int) []int32 {
	c.ops++
	c.registers += width
	if c.err == nil && (c.ops > maxOps || c.registers > maxRegisters || c.spend(opCost+len(o.In)) != nil) {
		c.err = c.over()
	}
	if c.err != nil {
		return make([]int32, width)
	}
	out := c.b.Add(o)
	if len(out) != width { // parameters that check would refuse
		c.err = c.bad("parameters that fit", "others")
		return make([]int32, width)
	}
	return out
}

// reg returns the registers of t, those of a constant made when first asked for.
func (c *compiler) reg(t *tensor) []int32 {
	if t.regs != nil {
		return t.regs
	}
	out := make([]int32, len(t.nums))
	var missing plan.Floats
	for _, x := range t.nums {
		if t.kind == whole && isCount(x) && c.err == nil {
			c.err = c.refuse("a computation with the number of rows")
		}
		bits := math.Float64bits(x)
		if _, ok := c.consts[bits]; !ok {
			c.consts[bits] = -1
			missing = append(missing, x)
		}
	}
	if len(missing) > 0 {
		for i, r := range c.add(plan.Op{Kind: plan.OpConstant, Fill: missing}, len(missing)) {
			c.consts[math.Float64bits(missing[i])] = r
		}
	}
	for i, x := range t.nums {
		out[i] = c.consts[math.Float64bits(x)]
	}
	return out
}

// math appends an operation with Math and returns a tensor of its registers.
func (c *compiler) math(kind plan.OpKind, m plan.Math, in []int32, width int) []int32 {
	if len(in) == 0 {
		return nil
	}
	return c.add(plan.Op{Kind: kind, In: in, Math: &m}, width)
}

// unary is a function of each value.
func (c *compiler) unary(f plan.Func, t *tensor, k kind, params ...float64) *tensor {
	if c.spend(t.size()) != nil && c.err == nil {
		c.err = c.over()
	}
	m := plan.Math{Func: f, Float32: k == single, Params: params}
	in := c.reg(t)
	out := &tensor{kind: k, dims: t.dims, rows: t.rows, bounded: t.bounded}
	out.regs = c.math(plan.OpMap, m, in, len(in))
	if t.domain != nil {
		out.domain = apply(plan.OpMap, m, t.domain)
	}
	return out
}

// apply runs an operation with Math on numbers, each of which is a row's register; nil if it is none.
func apply(kind plan.OpKind, m plan.Math, args ...[]float64) []float64 {
	b := plan.NewBuilder()
	var in plan.Ints
	for _, a := range args {
		in = append(in, b.Add(plan.Op{Kind: plan.OpConstant, Fill: a})...)
	}
	for _, r := range b.Add(plan.Op{Kind: kind, In: in, Math: &m}) {
		b.Output("", r)
	}
	p, err := b.Build()
	if err != nil {
		return nil
	}
	g, err := plan.Compile(p)
	if err != nil {
		return nil
	}
	s := g.NewRowScratch()
	g.Row(nil, s)
	out := make([]float64, len(p.Outputs))
	for i := range out {
		out[i] = g.Output(s, i)
	}
	return out
}

// broadcast returns the dims that the tensors have together and, for each, where its values go.
func (c *compiler) broadcast(ts ...*tensor) (dims []int, rows int, at [][]int, err error) {
	rank := 0
	for _, t := range ts {
		rank = max(rank, len(t.dims))
	}
	dims, rows = ones(rank), -1
	for _, t := range ts {
		if t.rows < 0 {
			continue
		}
		if a := t.rows + rank - len(t.dims); rows < 0 || rows == a {
			rows = a
		} else {
			return nil, 0, nil, c.refuse("a computation across rows")
		}
	}
	for _, t := range ts {
		for i, d := range t.dims {
			a := i + rank - len(t.dims)
			if a == rows && t.rows < 0 && d != 1 {
				return nil, 0, nil, c.refuse("a fixed number of rows")
			}
			if a == rows && t.rows < 0 {
				continue
			}
			if d != 1 && dims[a] != 1 && d != dims[a] {
				return nil, 0, nil, c.bad("dimensions that fit each other", "others")
			}
			if dims[a] == 1 {
				dims[a] = d
			}
		}
	}
	if err := c.spend(c.sizeOf(dims)); err != nil {
		return nil, 0, nil, err
	}
	for _, t := range ts {
		at = append(at, spread(t.dims, dims))
	}
	return dims, rows, at, nil
}

// sizeOf is the product of dims; too large a one is over any budget.
func (c *compiler) sizeOf(dims []int) int {
	n := 1
	for _, d := range dims {
		if d < 0 || (d > 0 && n > maxTensorLength/d) {
			return maxTensorLength
		}
		n *= d
	}
	return n
}

// spread returns, for each place of to, the place in from that broadcasting reads.
func spread(from, to []int) []int {
	steps := strides(from)
	shift := len(to) - len(from)
	out := make([]int, 0, sizeOf(to))
	walk(to, func(at []int) {
		n := 0
		for i, d := range from {
			if d > 1 {
				n += at[i+shift] * steps[i]
			}
		}
		out = append(out, n)
	})
	return out
}

// zip is a function of two tensors.
func (c *compiler) zip(f plan.Func, a, b *tensor, k kind) (*tensor, error) {
	dims, rows, at, err := c.broadcast(a, b)
	if err != nil {
		return nil, err
	}
	m := plan.Math{Func: f, Float32: k == single}
	in := append(pickAll(c.reg(a), at[0]), pickAll(c.reg(b), at[1])...)
	out := &tensor{kind: k, dims: dims, rows: rows, bounded: a.bounded && b.bounded}
	out.regs = c.math(plan.OpZip, m, in, len(in)/2)
	if x, ok := b.scalar(); ok && a.domain != nil && len(a.domain) <= maxDomain {
		out.domain = apply(plan.OpZip, m, a.domain, slices.Repeat([]float64{x}, len(a.domain)))
	}
	if x, ok := a.scalar(); ok && b.domain != nil && len(b.domain) <= maxDomain {
		out.domain = apply(plan.OpZip, m, slices.Repeat([]float64{x}, len(b.domain)), b.domain)
	}
	return out, nil
}

// choose is a where cond is not 0, else b.
func (c *compiler) choose(cond, a, b *tensor) (*tensor, error) {
	dims, rows, at, err := c.broadcast(cond, a, b)
	if err != nil {
		return nil, err
	}
	in := slices.Concat(pickAll(c.reg(cond), at[0]), pickAll(c.reg(a), at[1]), pickAll(c.reg(b), at[2]))
	out := &tensor{kind: a.kind, dims: dims, rows: rows, bounded: a.bounded && b.bounded}
	out.regs = c.math(plan.OpSelect, plan.Math{}, in, len(in)/3)
	var values []float64
	for _, t := range []*tensor{b, a} {
		switch x, ok := t.scalar(); {
		case ok:
			values = append(values, x)
		case t.domain != nil:
			values = append(values, t.domain...)
		default:
			return out, nil
		}
	}
	out.domain = distinct(values)
	return out, nil
}

func distinct(values []float64) []float64 {
	seen := make(map[float64]bool, len(values))
	var out []float64
	for _, v := range values {
		if !seen[v] {
			seen[v] = true
			out = append(out, v)
		}
	}
	return out
}
