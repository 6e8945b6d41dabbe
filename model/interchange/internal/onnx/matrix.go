package onnx

import (
	"slices"

	"github.com/tidewheel/tidewheel/internal/plan"
)

func matMul(c *compiler, in []*tensor) ([]*tensor, error) {
	if err := c.same(in...); err != nil {
		return nil, err
	}
	return one(c.product(in[0], in[1]))
}

// product is the matrix product of a and b, one of which is a constant of at most two dimensions.
func (c *compiler) product(a, b *tensor) (*tensor, error) {
	if len(a.dims) == 0 || len(b.dims) == 0 {
		return nil, c.bad("matrices or vectors", "a number")
	}
	switch {
	case b.isConst() && len(b.dims) <= 2 && a.rows != len(a.dims)-1:
		return c.timesConstant(a, b)
	case a.isConst() && len(a.dims) <= 2 && (len(b.dims) == 1 || b.rows != len(b.dims)-2):
		// (b' a')' is a b.
		flipped, err := c.timesConstant(flip(b), flip(a))
		if err != nil {
			return nil, err
		}
		if len(a.dims) == 1 || len(b.dims) == 1 {
			return flipped, nil
		}
		return flip(flipped), nil
	default:
		return nil, c.refuse("a product of two inputs, or across rows")
	}
}

// flip exchanges the last two axes.
func flip(t *tensor) *tensor {
	n := len(t.dims)
	if n < 2 {
		return t
	}
	perm := make([]int, n)
	for i := range perm {
		perm[i] = i
	}
	perm[n-1], perm[n-2] = n-2, n-1
	return permute(t, perm)
}

// timesConstant is a times a constant matrix or vector.
func (c *compiler) timesConstant(a, b *tensor) (*tensor, error) {
	inner := a.dims[len(a.dims)-1]
	columns := 1
	if len(b.dims) == 2 {
		columns = b.dims[1]
	}
	if b.dims[0] != inner || inner == 0 {
		return nil, c.bad("matrices that fit each other", "others")
	}
	coef := make(plan.Floats, 0, len(b.nums))
	for j := range columns {
		for i := range inner {
			coef = append(coef, b.nums[i*columns+j])
		}
	}
	out, err := c.linear(a, coef, make(plan.Floats, columns), a.kind)
	if err == nil && len(b.dims) == 1 {
		out.dims = out.dims[:len(out.dims)-1]
	}
	return out, err
}

// linear maps the last axis of t: an intercept and a row of coefficients for each of the results.
func (c *compiler) linear(t *tensor, coef, intercepts plan.Floats, k kind) (*tensor, error) {
	rank := len(t.dims)
	inner, outputs := t.dims[rank-1], len(intercepts)
	outer := t.size() / max(1, inner)
	if inner == 0 || outputs == 0 || len(coef) != inner*outputs {
		return nil, c.bad("coefficients for each input", "another number")
	}
	if err := c.spend(outer * outputs * 2); err != nil {
		return nil, err
	}
	dims := append(slices.Clone(t.dims[:rank-1]), outputs)
	if k == single {
		return c.blocks(t, dims, coef, intercepts)
	}
	regs := c.reg(t)
	out := &tensor{kind: k, dims: dims, rows: t.rows}
	for i := range outer {
		in := regs[i*inner : (i+1)*inner : (i+1)*inner]
		out.regs = append(out.regs, c.add(plan.Op{Kind: plan.OpLinear, In: in, Shift: intercepts, Coef: coef}, outputs)...)
	}
	return out, nil
}

// blockLength is how many products onnxruntime adds before it adds their sum to the result: of matrices that it packs in advance, those of the standard operators,
// 256; of others the more the fewer columns there are.
func (c *compiler) blockLength(inner, outputs int) int {
	if c.node.domain == "" {
		return 256
	}
	n := 128
	for wide := 128; outputs < inner && wide > 16 && wide/2 >= outputs; wide /= 2 {
		n *= 2
	}
	return n
}

// blocks is linear in float32: sums of a block of products, rounded at each step, the first of which is added to the intercept and the others to that.
func (c *compiler) blocks(t *tensor, dims []int, coef, intercepts plan.Floats) (*tensor, error) {
	inner, outputs := t.dims[len(t.dims)-1], len(intercepts)
	regs := c.reg(t)
	var sum *tensor
	if slices.ContainsFunc(intercepts, func(x float64) bool { return x != 0 }) {
		sum = constant(single, []int{outputs}, intercepts)
	}
	length := c.blockLength(inner, outputs)
	for start := 0; start < inner; start += length {
		end := min(start+length, inner)
		part := make(plan.Floats, 0, outputs*(end-start))
		for o := range outputs {
			part = append(part, coef[o*inner+start:o*inner+end]...)
		}
		block := &tensor{kind: single, dims: dims, rows: t.rows}
		for i := 0; i < len(regs); i += inner {
			in := regs[i+start : i+end : i+end]
			block.regs = append(block.regs, c.math(plan.OpPoints, plan.Math{Func: plan.FuncLinearKernel, Float32: true, Points: part}, in, outputs)...)
		}
		if sum == nil {
			sum = block
			continue
		}
		var err error
		if sum, err = c.zip(plan.FuncAdd, sum, block, single); err != nil {
			return nil, err
		}
		sum.bounded = false
	}
	return sum, nil
}

func gemm(c *compiler, in []*tensor) ([]*tensor, error) {
	a, b := in[0], in[1]
	alpha, err := c.float("alpha", 1)
	if err != nil {
		return nil, err
	}
	beta, err := c.float("beta", 1)
	if err == nil {
		err = c.same(a, b)
	}
	if err != nil {
		return nil, err
	}
	if len(a.dims) != 2 || len(b.dims) != 2 || !a.kind.isFloat() {
		return nil, c.bad("two matrices of floats", "others")
	}
	for i, name := range []string{"transA", "transB"} {
		v, err := c.integer(name, 0)
		if err != nil {
			return nil, err
		}
		switch {
		case v != 0 && i == 0:
			a = flip(a)
		case v != 0:
			b = flip(b)
		}
	}
	k := in[0].kind
	if v := in[2]; v != nil && alpha == 1 && beta == 1 && v.isConst() && b.isConst() && v.kind == k && a.rows == 0 && v.size() == b.dims[1] && a.dims[1] == b.dims[0] {
		return one(c.linear(a, permute(b, []int{1, 0}).nums, v.nums, k))
	}
	out, err := c.product(a, b)
	if err != nil {
		return nil, err
	}
	if alpha != 1 {
		if out, err = c.zip(plan.FuncMul, out, number(k, alpha), k); err != nil {
			return nil, err
		}
	}
	if in[2] == nil || beta == 0 {
		return one(out, nil)
	}
	add := in[2]
	if err := c.same(a, add); err != nil {
		return nil, err
	}
	if beta != 1 {
		if add, err = c.zip(plan.FuncMul, add, number(k, beta), k); err != nil {
			return nil, err
		}
	}
	return one(c.zip(plan.FuncAdd, out, add, k))
}

// points gives each row of t a distance to or a kernel with each point of a constant.
func (c *compiler) points(t *tensor, p plan.Floats, f plan.Func, k kind, params ...float64) (*tensor, error) {
	n := t.size()
	if len(t.dims) != 2 || t.rows != 0 || t.dims[0] != 1 || n == 0 || len(p)%n != 0 || len(p) == 0 {
		return nil, c.refuse("distances other than of rows to constant points")
	}
	m := len(p) / n
	if err := c.spend(m); err != nil {
		return nil, err
	}
	out := &tensor{kind: k, dims: []int{1, m}, rows: 0}
	out.regs = c.math(plan.OpPoints, plan.Math{Func: f, Params: params, Points: p, Float32: k == single}, c.reg(t), m)
	return out, nil
}

func cdist(c *compiler, in []*tensor) ([]*tensor, error) {
	metric, err := c.text("metric", "sqeuclidean")
	if err == nil {
		err = c.same(in...)
	}
	if err != nil {
		return nil, err
	}
	f := plan.Func(metric)
	if f != plan.FuncEuclidean && f != plan.FuncSquaredEuclidean {
		return nil, c.refuse("metric %q", short(metric))
	}
	if !in[1].isConst() || len(in[1].dims) != 2 {
		return nil, c.refuse("distances other than of rows to constant points")
	}
	return one(c.points(in[0], in[1].nums, f, in[0].kind))
}

// scan supports what skl2onnx makes of distances: for each of constant points a function of the rows less the point, which is summed.
func scan(c *compiler, in []*tensor) ([]*tensor, error) {
	a, err := c.attribute("body", attrGraph)
	if err != nil {
		return nil, err
	}
	scans, err := c.integer("num_scan_inputs", 0)
	if err != nil {
		return nil, err
	}
	unusual := c.refuse("a body other than distances to constant points")
	if a == nil || a.g == nil || scans != 1 || len(in) != 2 || len(c.node.attributes) != 2 || !in[1].isConst() || len(in[1].dims) != 2 {
		return nil, unusual
	}
	f, params, ok := c.distance(a.g)
	if !ok || in[0].kind != in[1].kind || !in[0].kind.isFloat() {
		return nil, unusual
	}
	if len(in[0].dims) != 2 || in[0].dims[1] != in[1].dims[1] {
		return nil, unusual
	}
	out, err := c.points(in[0], in[1].nums, f, in[0].kind, params...)
	if err != nil {
		return nil, err
	}
	return []*tensor{in[0], flip(out)}, nil
}

// distance recognizes the body of a scan: next_out is next_in, scan_out a sum over the axis of features.
func (c *compiler) distance(g *graphProto) (f plan.Func, params []float64, ok bool) {
	if len(g.inputs) != 2 || len(g.outputs) != 2 {
		return "", nil, false
	}
	made := map[string]string{g.inputs[0].name: "rows", g.inputs[1].name: "point"}
	constants := map[string]*tensor{}
	for _, t := range g.initializers {
		v, err := constantOf(t)
		if err != nil {
			return "", nil, false
		}
		constants[t.name] = v
	}
	for _, n := range g.nodes {
		if n.domain != "" || len(n.outputs) != 1 || len(n.inputs) == 0 || made[n.outputs[0]] != "" {
			return "", nil, false
		}
		form, p := step(n, made[n.inputs[0]], made, constants)
		if form == "" {
			return "", nil, false
		}
		if p != nil {
			params = p
		}
		made[n.outputs[0]] = form
	}
	if made[g.outputs[0].name] != "rows" {
		return "", nil, false
	}
	switch made[g.outputs[1].name] {
	case "sum of squares":
		return plan.FuncSquaredEuclidean, nil, true
	case "sum of sizes":
		return plan.FuncManhattan, nil, true
	case "sum of powers":
		return plan.FuncMinkowskiSum, params, true
	default:
		return "", nil, false
	}
}

// step says what a node makes of what its first input is; empty for nothing known.
func step(n *nodeProto, from string, made map[string]string, constants map[string]*tensor) (form string, params []float64) {
	var second *tensor
	if len(n.inputs) > 1 {
		second = constants[n.inputs[1]]
	}
	switch {
	case n.op == "Identity" && from != "":
		return from, nil
	case n.op == "Sub" && len(n.inputs) == 2 && from == "rows" && made[n.inputs[1]] == "point":
		return "difference", nil
	case n.op == "Abs" && from == "difference":
		return "size", nil
	case n.op == "Pow" && from == "size" && second != nil:
		if x, ok := second.scalar(); ok {
			return "power", []float64{x}
		}
	case n.op == "ReduceSumSquare" && from == "difference" && overFeatures(n, second):
		return "sum of squares", nil
	case n.op == "ReduceSum" && from == "size" && overFeatures(n, second):
		return "sum of sizes", nil
	case n.op == "ReduceSum" && from == "power" && overFeatures(n, second):
		return "sum of powers", nil
	}
	return "", nil
}

// overFeatures reports whether a reduction is over axis 1 and drops it.
func overFeatures(n *nodeProto, axes *tensor) bool {
	a, keep := n.attributes["axes"], n.attributes["keepdims"]
	if keep == nil || keep.i != 0 {
		return false
	}
	if a != nil {
		return axes == nil && len(a.ints) == 1 && (a.ints[0] == 1 || a.ints[0] == -1)
	}
	x, ok := axes.scalar()
	return ok && (x == 1 || x == -1)
}
