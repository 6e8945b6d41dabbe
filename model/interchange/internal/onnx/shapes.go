package onnx

import (
	"math"
	"slices"
)

// permute moves the axes of t.
func permute(t *tensor, perm []int) *tensor {
	dims, steps, from := make([]int, len(perm)), make([]int, len(perm)), strides(t.dims)
	rows := -1
	for i, p := range perm {
		dims[i], steps[i] = t.dims[p], from[p]
		if p == t.rows {
			rows = i
		}
	}
	at := make([]int, 0, t.size())
	walk(dims, func(place []int) { at = append(at, dot(place, steps)) })
	return t.take(at, dims, rows)
}

func transpose(c *compiler, in []*tensor) ([]*tensor, error) {
	list, err := c.ints("perm")
	if err != nil {
		return nil, err
	}
	rank := len(in[0].dims)
	var perm []int
	for _, a := range list {
		at, ok := axis(a, rank)
		if !ok || slices.Contains(perm, at) {
			return nil, c.bad("each axis once", "others")
		}
		perm = append(perm, at)
	}
	if list == nil {
		for i := range rank {
			perm = append(perm, rank-1-i)
		}
	}
	if len(perm) != rank {
		return nil, c.bad("each axis once", "fewer")
	}
	if err := c.spend(in[0].size()); err != nil {
		return nil, err
	}
	return one(permute(in[0], perm), nil)
}

func constantNode(c *compiler, _ []*tensor) ([]*tensor, error) {
	if len(c.node.attributes) != 1 {
		return nil, c.bad("one value", "another number")
	}
	for name := range c.node.attributes {
		switch name {
		case "value":
			return one(c.tensor(name))
		case "value_float":
			x, err := c.float(name, 0)
			return one(number(single, x), err)
		case "value_floats":
			x, err := c.floats(name)
			return one(constant(single, []int{len(x)}, x), err)
		case "value_int", "value_ints":
			return c.constantInts(name)
		case "value_string":
			s, err := c.text(name, "")
			return one(&tensor{kind: text, rows: -1, strs: []string{s}, bounded: true}, err)
		default:
			s, err := c.texts(name)
			return one(&tensor{kind: text, dims: []int{len(s)}, rows: -1, strs: s, bounded: true}, err)
		}
	}
	return nil, nil
}

func (c *compiler) constantInts(name string) ([]*tensor, error) {
	if name == "value_ints" {
		x, err := c.numbers(name)
		return one(constant(whole, []int{len(x)}, x), err)
	}
	v, err := c.integer(name, 0)
	if err != nil {
		return nil, err
	}
	x := exactInts([]int64{v})
	if x == nil {
		return nil, c.refuse("a whole number beyond 2**53")
	}
	return one(constant(whole, nil, x), nil)
}

// shapeOf returns the dims of t as numbers, NaN for the number of rows.
func shapeOf(t *tensor) ([]float64, bool) {
	out := make([]float64, len(t.dims))
	for i, d := range t.dims {
		out[i] = float64(d)
		if i == t.rows {
			if d != 1 {
				return nil, false
			}
			out[i] = math.NaN()
		}
	}
	return out, true
}

func shape(c *compiler, in []*tensor) ([]*tensor, error) {
	dims, ok := shapeOf(in[0])
	if !ok {
		return nil, c.refuse("the length of an axis of several values a row")
	}
	start, err := c.integer("start", 0)
	if err != nil {
		return nil, err
	}
	end, err := c.integer("end", int64(len(dims)))
	if err != nil {
		return nil, err
	}
	from, to := bound(start, len(dims)), bound(end, len(dims))
	dims = dims[min(from, to):to]
	return one(constant(whole, []int{len(dims)}, dims), nil)
}

// bound holds a place that may count from the end to 0 … n.
func bound(at int64, n int) int {
	if at < 0 {
		at += int64(n)
	}
	return int(min(max(at, 0), int64(n)))
}

// target reads the shape that a constant asks for. rows is the axis of rows, -1 for none.
func (c *compiler) target(t *tensor) (dims []int, rows int, err error) {
	if !t.isConst() || t.kind != whole || len(t.dims) > 1 || len(t.nums) > maxRank {
		return nil, 0, c.refuse("a shape that depends on the row")
	}
	rows = -1
	for i, x := range t.nums {
		switch {
		case isCount(x) && rows >= 0:
			return nil, 0, c.refuse("rows along two axes")
		case isCount(x):
			rows = i
			dims = append(dims, 1)
		case x < 0 || x > maxTensorLength:
			return nil, 0, c.bad("dimensions of 0 or more", "others")
		default:
			dims = append(dims, int(x))
		}
	}
	return dims, rows, c.spend(c.sizeOf(dims))
}

func constantOfShape(c *compiler, in []*tensor) ([]*tensor, error) {
	dims, rows, err := c.target(in[0])
	if err != nil {
		return nil, err
	}
	value, err := c.tensor("value")
	if err != nil {
		return nil, err
	}
	if value == nil {
		value = number(single, 0)
	}
	if value.size() != 1 {
		return nil, c.bad("a value", "several")
	}
	return one(c.filled(value, make([]int, sizeOf(dims)), dims, rows), nil)
}

// filled is the values of a constant in other dims, in registers where they have rows.
func (c *compiler) filled(t *tensor, at, dims []int, rows int) *tensor {
	if rows >= 0 && t.regs == nil && t.kind != text {
		held := *t
		held.regs = c.reg(t)
		t = &held
	}
	return t.take(at, dims, rows)
}

func expand(c *compiler, in []*tensor) ([]*tensor, error) {
	dims, rows, err := c.target(in[1])
	if err != nil {
		return nil, err
	}
	to := &tensor{kind: single, dims: dims, rows: rows}
	all, rows, at, err := c.broadcast(in[0], to)
	if err != nil {
		return nil, err
	}
	if rows >= 0 && in[0].rows < 0 && in[0].kind == text {
		return nil, c.refuse("strings for each row")
	}
	return one(c.filled(in[0], at[0], all, rows), nil)
}

func tile(c *compiler, in []*tensor) ([]*tensor, error) {
	t := in[0]
	repeats, err := c.list(in[1], "repeats")
	if err != nil {
		return nil, err
	}
	if len(repeats) != len(t.dims) {
		return nil, c.bad("a number for each axis", "another number")
	}
	dims := slices.Clone(t.dims)
	for i, r := range repeats {
		if i == t.rows && r != 1 {
			return nil, c.refuse("rows repeated")
		}
		if r < 0 || r > maxTensorLength {
			return nil, c.bad("numbers of 0 or more", "others")
		}
		if dims[i] *= int(r); dims[i] > maxTensorLength {
			return nil, c.over()
		}
	}
	if err := c.spend(c.sizeOf(dims)); err != nil {
		return nil, err
	}
	steps := strides(t.dims)
	var at []int
	walk(dims, func(place []int) {
		n := 0
		for i, p := range place {
			n += p % t.dims[i] * steps[i]
		}
		at = append(at, n)
	})
	return one(t.take(at, dims, t.rows), nil)
}

func flatten(c *compiler, in []*tensor) ([]*tensor, error) {
	t := in[0]
	a, err := c.integer("axis", 1)
	if err != nil {
		return nil, err
	}
	rank := len(t.dims)
	if a < -int64(rank) || a > int64(rank) {
		return nil, c.bad("an axis of the input", "another")
	}
	at := bound(a, rank)
	if t.rows < 0 {
		return one(t.with([]int{sizeOf(t.dims[:at]), sizeOf(t.dims[at:])}, -1), nil)
	}
	before := sizeOf(t.dims[:t.rows])
	if before != 1 {
		return nil, c.refuse("rows behind other axes")
	}
	if at <= t.rows {
		return one(t.with([]int{1, t.size()}, 1), nil)
	}
	return one(t.with([]int{sizeOf(t.dims[:at]), sizeOf(t.dims[at:])}, 0), nil)
}

func reshape(c *compiler, in []*tensor) ([]*tensor, error) {
	t, to := in[0], in[1]
	allow, err := c.integer("allowzero", 0)
	if err != nil {
		return nil, err
	}
	if !to.isConst() || to.kind != whole || len(to.dims) != 1 || len(to.nums) > maxRank {
		return nil, c.refuse("a shape that depends on the row")
	}
	if t.stacked {
		return one(c.unstacked(t, to.nums))
	}
	if t.rows >= 0 && sizeOf(t.dims[:t.rows]) != 1 {
		return nil, c.refuse("rows behind other axes")
	}
	dims, rows, open := ones(len(to.nums)), -1, -1
	for i, x := range to.nums {
		switch {
		case x == 0 && allow == 0 && i < len(t.dims):
			dims[i] = t.dims[i]
			if i == t.rows {
				rows = i
			}
		case x == -1 && open < 0:
			open = i
		case isCount(x) && rows < 0:
			rows = i
		case isCount(x) || x < 0 || x > maxTensorLength:
			return nil, c.bad("dimensions of 0 or more and one of -1", "others")
		default:
			dims[i] = int(x)
		}
	}
	return one(c.reshaped(t, dims, rows, open))
}

// unstacked makes the axis of several times the rows into two.
func (c *compiler) unstacked(t *tensor, to []float64) (*tensor, error) {
	if len(to) != 2 || to[0] != float64(t.dims[0]) || to[1] != -1 || sizeOf(t.dims[1:]) != 1 {
		return nil, c.refuse("a shape other than of rows behind rows")
	}
	out := t.with([]int{t.dims[0], 1}, 1)
	out.stacked = false
	return out, nil
}

// stack puts rows behind rows.
func (c *compiler) stack(in []*tensor) (*tensor, error) {
	for _, t := range in {
		if t.rows != 0 || t.dims[0] != 1 || t.regs == nil || t.kind == text || t.size() != in[0].size() {
			return nil, c.refuse("rows joined to rows")
		}
	}
	all, err := c.together(in)
	if err != nil {
		return nil, err
	}
	all.dims, all.rows, all.stacked = append([]int{len(in)}, in[0].dims...), 1, true
	return all, c.spend(all.size())
}

// reshaped gives t dims; open is the axis whose length follows from the others, and which counts rows if no other does.
func (c *compiler) reshaped(t *tensor, dims []int, rows, open int) (*tensor, error) {
	if rows >= 0 && t.rows < 0 {
		return nil, c.refuse("the number of rows as a dimension of a constant")
	}
	if t.rows >= 0 && rows < 0 {
		if open < 0 {
			return nil, c.refuse("a fixed number of rows")
		}
		rows = open
	}
	product := c.sizeOf(dims)
	if open >= 0 && product > 0 {
		dims[open] = t.size() / product
		product *= dims[open]
	}
	if product != t.size() {
		return nil, c.bad("dimensions that hold the values", "others")
	}
	if rows >= 0 && sizeOf(dims[:rows]) != 1 {
		return nil, c.refuse("rows behind other axes")
	}
	return t.with(dims, rows), nil
}

func squeeze(c *compiler, in []*tensor) ([]*tensor, error) {
	t := in[0]
	axes, err := c.axesOf(in[1], len(t.dims))
	if err != nil {
		return nil, err
	}
	if in[1] == nil && c.node.attributes["axes"] == nil {
		for i, d := range t.dims {
			if d == 1 && i != t.rows {
				axes = append(axes, i)
			}
		}
	}
	for _, a := range axes {
		if a == t.rows || t.dims[a] != 1 {
			return nil, c.bad("axes of length 1", "others")
		}
	}
	dims, rows := without(t, axes, false)
	return one(t.with(dims, rows), nil)
}

func unsqueeze(c *compiler, in []*tensor) ([]*tensor, error) {
	t := in[0]
	list, err := c.ints("axes")
	if err == nil && in[1] != nil {
		list, err = c.list(in[1], "axes")
	}
	if err != nil {
		return nil, err
	}
	rank := len(t.dims) + len(list)
	if rank > maxRank {
		return nil, c.refuse("more than %d dimensions", maxRank)
	}
	added := make([]bool, rank)
	for _, a := range list {
		at, ok := axis(a, rank)
		if !ok || added[at] {
			return nil, c.bad("different axes of the result", "others")
		}
		added[at] = true
	}
	dims, rows, from := make([]int, rank), -1, 0
	for i := range dims {
		if added[i] {
			dims[i] = 1
			continue
		}
		if from == t.rows {
			rows = i
		}
		dims[i] = t.dims[from]
		from++
	}
	return one(t.with(dims, rows), nil)
}
