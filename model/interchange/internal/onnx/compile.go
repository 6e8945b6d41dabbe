package onnx

import (
	"fmt"
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
