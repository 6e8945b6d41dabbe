package onnx

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/plan"
	"github.com/tidewheel/tidewheel/model"
)

const (
	formatName     = "onnx"
	standardDomain = "ai.onnx"
	mlDomain       = "ai.onnx.ml"
	msDomain       = "com.microsoft"

	maxOps       = 1 << 16 // of a plan
	maxRegisters = 1 << 20 // of a plan
	maxDomain    = 10_000
	opCost       = 8 // values that an operation counts for
)

func unsupported(feature string) error {
	return &model.UnsupportedError{Format: formatName, Feature: feature}
}

// compiler turns nodes into operations. The first error of emitting stays in err.
type compiler struct {
	b         *plan.Builder
	consts    map[uint64]int32 // registers of numbers
	values    map[string]*tensor
	opsets    map[string]int64
	known     map[string]map[string]operator
	node      *nodeProto
	version   int64 // of the node's operator set
	registers int
	ops       int
	budget    int // how many more values tensors may hold, so that memory is bounded by the file's length
	nulls     []int32
	err       error
}

// operator says how a node is compiled.
type operator struct {
	attributes string // the names that it may have
	least      int    // inputs
	most       int    // inputs; -1 for any number
	outputs    int    // at most
	computes   bool   // it emits operations; with nothing but constants it is computed at once
	since      int64  // the version of the operator set that brought it
	compile    func(c *compiler, in []*tensor) ([]*tensor, error)
}

func (c *compiler) where() string {
	domain := c.node.domain
	if domain == "" {
		domain = standardDomain
	}
	return fmt.Sprintf("node %q, operator %s.%s-%d", short(c.node.name), short(domain), short(c.node.op), c.version)
}

func short(s string) string {
	const most = 60
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}

// refuse says that the node asks for something that is not supported.
func (c *compiler) refuse(what string, args ...any) error {
	return unsupported(c.where() + ": " + fmt.Sprintf(what, args...))
}

// bad says that the node is malformed.
func (c *compiler) bad(want, got string) error { return malformed(c.where()+": "+want, got) }

func (c *compiler) over() error { return fmt.Errorf("%s: %w", c.where(), dataset.ErrLimit) }

// spend takes n values from the budget.
func (c *compiler) spend(n int) error {
	if n < 0 || n > c.budget {
		return c.over()
	}
	c.budget -= n
	return nil
}

// graph compiles the nodes of g that its outputs need.
func (c *compiler) graph(g *graphProto) error {
	for _, t := range g.initializers {
		v, err := constantOf(t)
		if err != nil {
			return err
		}
		if c.values[t.name] != nil {
			return malformed("initializers of different names", fmt.Sprintf("two of the name %q", short(t.name)))
		}
		if err := c.define(t.name, v); err != nil {
			return err
		}
	}
	needed, err := live(g)
	if err != nil {
		return err
	}
	for i, n := range g.nodes {
		c.node = n
		op, err := c.operator()
		if err != nil {
			return err
		}
		if !needed[i] {
			continue
		}
		if err := c.compileNode(op); err != nil {
			return err
		}
	}
	return nil
}

func (c *compiler) define(name string, t *tensor) error {
	if c.values[name] != nil {
		return malformed("values of different names", fmt.Sprintf("two of the name %q", short(name)))
	}
	c.values[name] = t
	return nil
}

// live says which nodes the outputs need.
func live(g *graphProto) ([]bool, error) {
	maker := map[string]int{}
	for i, n := range g.nodes {
		for _, o := range n.outputs {
			if o == "" {
				continue
			}
			if _, ok := maker[o]; ok {
				return nil, malformed("values of different names", fmt.Sprintf("two of the name %q", short(o)))
			}
			maker[o] = i
		}
	}
	needed := make([]bool, len(g.nodes))
	var stack []string
	for _, o := range g.outputs {
		stack = append(stack, o.name)
	}
	for len(stack) > 0 {
		name := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		i, ok := maker[name]
		if !ok || needed[i] {
			continue
		}
		needed[i] = true
		stack = append(stack, g.nodes[i].inputs...)
	}
	return needed, nil
}

// operator finds the node's operator and checks its attributes and the number of its inputs and outputs.
func (c *compiler) operator() (operator, error) {
	n := c.node
	version, ok := c.opsets[n.domain]
	if !ok {
		return operator{}, c.refuse("an operator set that the model does not import")
	}
	c.version = version
	op, ok := c.known[n.domain][n.op]
	if !ok || op.since > version {
		return op, unsupported(c.where())
	}
	allowed := strings.Fields(op.attributes)
	names := make([]string, 0, len(n.attributes))
	for name := range n.attributes {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if !slices.Contains(allowed, name) {
			return op, c.refuse("attribute %q", short(name))
		}
	}
	if len(n.inputs) < op.least || (op.most >= 0 && len(n.inputs) > op.most) || len(n.outputs) == 0 || len(n.outputs) > op.outputs {
		return op, c.bad("inputs and outputs as the operator has them", fmt.Sprintf("%d inputs and %d outputs", len(n.inputs), len(n.outputs)))
	}
	return op, nil
}

// compileNode compiles one node.
func (c *compiler) compileNode(op operator) error {
	n := c.node
	in := make([]*tensor, max(len(n.inputs), op.most))
	constants := true
	for i, name := range n.inputs {
		if name == "" {
			if i < op.least {
				return c.bad("an input", "an empty name")
			}
			continue
		}
		t := c.values[name]
		if t == nil {
			return c.bad("inputs that were made before", fmt.Sprintf("%q", short(name)))
		}
		if t.classes != nil {
			return c.refuse("maps as input")
		}
		if t.stacked && n.op != "Reshape" {
			return c.refuse("rows behind rows")
		}
		in[i] = t
		constants = constants && t.isConst()
	}
	if op.most < 0 && slices.Contains(in, nil) {
		return c.bad("an input", "an empty name")
	}
	var out []*tensor
	var err error
	if op.computes && constants {
		out, err = c.fold(op, in)
	} else {
		out, err = op.compile(c, in)
	}
	if err == nil {
		err = c.err
	}
	if err != nil {
		return err
	}
	for i, name := range n.outputs {
		if name == "" {
			continue
		}
		if i >= len(out) || out[i] == nil {
			return c.refuse("output %d", i)
		}
		if err := c.define(name, out[i]); err != nil {
			return err
		}
	}
	return nil
}

// fold computes a node of constants: it compiles it into a plan of its own and runs that on a row.
func (c *compiler) fold(op operator, in []*tensor) ([]*tensor, error) {
	b, consts, registers, ops := c.b, c.consts, c.registers, c.ops
	defer func() { c.b, c.consts, c.registers, c.ops = b, consts, registers, ops }()
	c.b, c.consts, c.registers, c.ops = plan.NewBuilder(), map[uint64]int32{}, 0, 0
	out, err := op.compile(c, in)
	if err == nil {
		err = c.err
	}
	if err != nil {
		return nil, err
	}
	for _, t := range out {
		if t == nil || t.regs == nil {
			continue
		}
		for _, r := range t.regs {
			c.b.Output("", r)
		}
	}
	p, err := c.b.Build()
	if err != nil {
		return nil, c.planError(err)
	}
	g, err := plan.Compile(p)
	if err != nil {
		return nil, c.planError(err)
	}
	s := g.NewRowScratch()
	g.Row(nil, s)
	at := 0
	for _, t := range out {
		if t == nil || t.regs == nil {
			continue
		}
		nums := make([]float64, len(t.regs))
		for i := range nums {
			nums[i] = g.Output(s, at)
			at++
		}
		if t.kind == text {
			t.strs = make([]string, len(nums))
			for i, x := range nums {
				if !(x >= 0 && x < float64(len(t.dict))) {
					return nil, c.refuse("a text that the operator does not know")
				}
				t.strs[i] = t.dict[int(x)]
			}
			nums, t.dict = nil, nil
		}
		t.nums, t.regs, t.bounded = nums, nil, true
	}
	return out, nil
}

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

// number is a constant of one value.
func number(k kind, x float64) *tensor { return constant(k, nil, []float64{x}) }

// constantOf is an initializer as a tensor.
func constantOf(t *tensorProto) (*tensor, error) {
	k := kindOf(t.kind)
	if t.refused != "" || k == 0 {
		why := t.refused
		if why == "" {
			why = fmt.Sprintf("a tensor of data type %d", t.kind)
		}
		return nil, unsupported(fmt.Sprintf("tensor %q: %s", short(t.name), why))
	}
	dims := make([]int, len(t.dims))
	for i, d := range t.dims {
		dims[i] = int(d)
	}
	return &tensor{kind: k, dims: dims, rows: -1, nums: t.numbers, strs: t.texts, bounded: true}, nil
}
