package onnx

import (
	"math"
	"slices"

	"github.com/tidewheel/tidewheel/internal/plan"
)

// groups returns, one after the other, the places of t's values that differ only along axes.
func (c *compiler) groups(t *tensor, axes []int) (at []int, size int, err error) {
	if t.rows >= 0 && slices.Contains(axes, t.rows) {
		return nil, 0, c.refuse("a computation across rows")
	}
	kept, inner := slices.Clone(t.dims), ones(len(t.dims))
	for _, a := range axes {
		kept[a], inner[a] = 1, t.dims[a]
	}
	if err := c.spend(t.size()); err != nil {
		return nil, 0, err
	}
	steps := strides(t.dims)
	walk(kept, func(outer []int) {
		base := dot(outer, steps)
		walk(inner, func(place []int) { at = append(at, base+dot(place, steps)) })
	})
	return at, sizeOf(inner), nil
}

// without returns dims after a reduction over axes, and where the axis of rows is.
func without(t *tensor, axes []int, keep bool) (dims []int, rows int) {
	rows = t.rows
	for i, d := range t.dims {
		switch {
		case !slices.Contains(axes, i):
			dims = append(dims, d)
		case keep:
			dims = append(dims, 1)
		case i < t.rows:
			rows--
		}
	}
	return dims, rows
}

// axesOf reads axes from an attribute or an input; nil for neither.
func (c *compiler) axesOf(from *tensor, rank int) ([]int, error) {
	list, err := c.ints("axes")
	if err == nil && from != nil {
		list, err = c.list(from, "axes")
	}
	if err != nil {
		return nil, err
	}
	var out []int
	for _, a := range list {
		at, ok := axis(a, rank)
		if !ok || slices.Contains(out, at) {
			return nil, c.bad("different axes of the input", "others")
		}
		out = append(out, at)
	}
	return out, nil
}

func (c *compiler) axisAttribute(rest int64, rank int) (int, error) {
	a, err := c.integer("axis", rest)
	if err != nil {
		return 0, err
	}
	at, ok := axis(a, rank)
	if !ok {
		return 0, c.bad("an axis of the input", "another")
	}
	return at, nil
}

func reduces(f plan.Func) operator {
	return operator{attributes: "axes keepdims noop_with_empty_axes", least: 1, most: 2, outputs: 1, computes: true, compile: func(c *compiler, in []*tensor) ([]*tensor, error) {
		keep, err := c.integer("keepdims", 1)
		if err != nil {
			return nil, err
		}
		noop, err := c.integer("noop_with_empty_axes", 0)
		if err == nil {
			err = c.wants(isNumber, in[0])
		}
		if err != nil {
			return nil, err
		}
		axes, err := c.axesOf(in[1], len(in[0].dims))
		if err != nil {
			return nil, err
		}
		if len(axes) == 0 && noop != 0 {
			return nil, c.refuse("noop_with_empty_axes without axes")
		}
		if len(axes) == 0 {
			for a := range in[0].dims {
				axes = append(axes, a)
			}
		}
		if in[0].kind == whole && (f == plan.FuncMean || f == plan.FuncL2 || f == plan.FuncLogSumExp) {
			return nil, c.refuse("inputs of type %s", in[0].kind)
		}
		out, err := c.reduce(f, in[0], axes, keep != 0)
		if err == nil && f == plan.FuncSum && keep != 0 && len(axes) == 1 {
			out.sumOf = in[0]
		}
		return one(out, err)
	}}
}

// reduce is a function of the values that differ only along axes.
func (c *compiler) reduce(f plan.Func, t *tensor, axes []int, keep bool) (*tensor, error) {
	at, size, err := c.groups(t, axes)
	if err != nil {
		return nil, err
	}
	if size == 0 {
		return nil, c.refuse("a reduction of nothing")
	}
	dims, rows := without(t, axes, keep)
	out := &tensor{kind: t.kind, dims: dims, rows: rows, bounded: t.bounded}
	in := pickAll(c.reg(t), at)
	out.regs = c.math(plan.OpReduce, plan.Math{Func: f, Group: int32(size), Float32: t.kind == single}, in, len(in)/size)
	return out, nil
}

func extremes(first, last plan.Func) operator {
	return operator{attributes: "axis keepdims select_last_index", least: 1, most: 1, outputs: 1, computes: true, compile: func(c *compiler, in []*tensor) ([]*tensor, error) {
		at, err := c.axisAttribute(0, len(in[0].dims))
		if err != nil {
			return nil, err
		}
		keep, err := c.integer("keepdims", 1)
		if err != nil {
			return nil, err
		}
		late, err := c.integer("select_last_index", 0)
		if err == nil {
			err = c.wants(isNumber, in[0])
		}
		if err != nil {
			return nil, err
		}
		f := first
		if late != 0 {
			f = last
		}
		out, err := c.reduce(f, in[0], []int{at}, keep != 0)
		if err != nil {
			return nil, err
		}
		out.kind, out.bounded, out.domain = whole, true, count(in[0].dims[at])
		return one(out, nil)
	}}
}

// count returns 0, 1, 2 … n-1, nil for more than a domain may be.
func count(n int) []float64 {
	if n > maxDomain {
		return nil
	}
	out := make([]float64, n)
	for i := range out {
		out[i] = float64(i)
	}
	return out
}

func topK(c *compiler, in []*tensor) ([]*tensor, error) {
	t := in[0]
	at, err := c.axisAttribute(-1, len(t.dims))
	if err != nil {
		return nil, err
	}
	largest, err := c.integer("largest", 1)
	if err != nil {
		return nil, err
	}
	k, err := c.integer("k", 0)
	if err == nil && in[1] != nil {
		var list []int64
		if list, err = c.list(in[1], "k"); err == nil && len(list) == 1 {
			k = list[0]
		}
	}
	if err == nil {
		err = c.wants(isNumber, t)
	}
	if err != nil {
		return nil, err
	}
	places, size, err := c.groups(t, []int{at})
	if err != nil {
		return nil, err
	}
	if k < 1 || k > int64(size) {
		return nil, c.bad("k from 1 to the length of the axis", "another")
	}
	regs := pickAll(c.reg(t), places)
	n := len(regs) / size * int(k)
	f := plan.FuncLargest
	if largest == 0 {
		f = plan.FuncSmallest
	}
	out := c.math(plan.OpTopK, plan.Math{Func: f, Group: int32(size), Count: int32(k)}, regs, 2*n)
	dims := slices.Clone(t.dims)
	dims[at] = int(k)
	// The operation has the groups one after the other; the tensor has them in the order of its axes.
	order := make([]int, n)
	steps := strides(dims)
	kept, inner := slices.Clone(dims), ones(len(dims))
	kept[at], inner[at] = 1, int(k)
	i := 0
	walk(kept, func(outer []int) {
		base := dot(outer, steps)
		walk(inner, func(place []int) {
			order[base+dot(place, steps)] = i
			i++
		})
	})
	values := &tensor{kind: t.kind, dims: dims, rows: t.rows, bounded: t.bounded, regs: pickAll(out[:n], order)}
	indexes := &tensor{kind: whole, dims: dims, rows: t.rows, bounded: true, regs: pickAll(out[n:], order), domain: count(size)}
	return []*tensor{values, indexes}, nil
}

// softmaxAxis returns the axis of the node: before version 13 everything from the axis on is one.
func (c *compiler) softmaxAxis(t *tensor) (int, error) {
	rest := int64(-1)
	if c.version < 13 {
		rest = 1
	}
	at, err := c.axisAttribute(rest, len(t.dims))
	if err == nil && c.version < 13 && at != len(t.dims)-1 {
		err = c.refuse("an axis before the last")
	}
	if err == nil {
		err = c.wants(kind.isFloat, t)
	}
	return at, err
}

func softmax(c *compiler, in []*tensor) ([]*tensor, error) {
	at, err := c.softmaxAxis(in[0])
	if err != nil {
		return nil, err
	}
	return one(c.softmaxOf(in[0], at))
}

func (c *compiler) softmaxOf(t *tensor, at int) (*tensor, error) {
	exp, sum, err := c.exponentials(t, at)
	if err != nil {
		return nil, err
	}
	out, err := c.zip(plan.FuncDiv, exp, sum, double)
	if err != nil {
		return nil, err
	}
	if t.kind == single {
		out = c.unary(plan.FuncIdentity, out, single)
	}
	out.bounded, out.raw, out.link = true, t, softmaxLink
	return out, nil
}

// exponentials returns e**(x - the largest x) and their sum, in full precision.
func (c *compiler) exponentials(t *tensor, at int) (exp, sum *tensor, err error) {
	top, err := c.reduce(plan.FuncLargest, t, []int{at}, true)
	if err != nil {
		return nil, nil, err
	}
	diff, err := c.zip(plan.FuncSub, t, top, double)
	if err != nil {
		return nil, nil, err
	}
	exp = c.unary(plan.FuncExp, diff, double)
	sum, err = c.reduce(plan.FuncSum, exp, []int{at}, true)
	return exp, sum, err
}

func logSoftmax(c *compiler, in []*tensor) ([]*tensor, error) {
	t := in[0]
	at, err := c.softmaxAxis(t)
	if err != nil {
		return nil, err
	}
	sum, err := c.reduce(plan.FuncLogSumExp, t.as(double), []int{at}, true)
	if err != nil {
		return nil, err
	}
	return one(c.zip(plan.FuncSub, t, sum, t.kind))
}

func cumSum(c *compiler, in []*tensor) ([]*tensor, error) {
	t := in[0]
	exclusive, err := c.integer("exclusive", 0)
	if err != nil {
		return nil, err
	}
	reverse, err := c.integer("reverse", 0)
	if err == nil {
		err = c.wants(isNumber, t)
	}
	if err != nil {
		return nil, err
	}
	list, err := c.list(in[1], "the axis")
	if err != nil {
		return nil, err
	}
	if len(list) != 1 || exclusive != 0 || reverse != 0 {
		return nil, c.refuse("a sum that is exclusive or in reverse")
	}
	a, ok := axis(list[0], len(t.dims))
	if !ok || a == t.rows {
		return nil, c.refuse("a sum along that axis")
	}
	places, size, err := c.groups(t, []int{a})
	if err != nil {
		return nil, err
	}
	regs := c.reg(t)
	out := &tensor{kind: t.kind, dims: t.dims, rows: t.rows, regs: make([]int32, len(regs)), bounded: t.bounded}
	for start := 0; start < len(places); start += size {
		for i, p := range places[start : start+size] {
			if i == 0 {
				out.regs[p] = regs[p]
				continue
			}
			before := out.regs[places[start+i-1]]
			out.regs[p] = c.math(plan.OpZip, plan.Math{Func: plan.FuncAdd, Float32: t.kind == single}, []int32{before, regs[p]}, 1)[0]
		}
	}
	return one(out, nil)
}

func oneHot(c *compiler, in []*tensor) ([]*tensor, error) {
	indexes, depth, values := in[0], in[1], in[2]
	n, ok := depth.scalar()
	if err := c.wants(isNumber, indexes, values); err != nil {
		return nil, err
	}
	if !ok || n != math.Trunc(n) || n < 1 || n > maxRegisters || !values.isConst() || len(values.nums) != 2 {
		return nil, c.refuse("a depth or values that are no constants")
	}
	a, err := c.integer("axis", -1)
	if err != nil {
		return nil, err
	}
	if a != -1 && a != int64(len(indexes.dims)) {
		return nil, c.refuse("an axis before the last")
	}
	k := int(n)
	if err := c.spend(k * indexes.size()); err != nil {
		return nil, err
	}
	zero := number(indexes.kind, 0)
	negative, err := c.zip(plan.FuncLess, indexes, zero, boolean)
	if err != nil {
		return nil, err
	}
	wrapped, err := c.zip(plan.FuncAdd, indexes, number(indexes.kind, n), indexes.kind)
	if err != nil {
		return nil, err
	}
	if indexes, err = c.choose(negative, wrapped, indexes); err != nil {
		return nil, err
	}
	return one(c.indicators(indexes, count(k), values.kind, values.nums[0], values.nums[1]))
}

// indicators gives each value a last axis with on where it is the key, else off.
func (c *compiler) indicators(t *tensor, keys []float64, k kind, off, on float64) (*tensor, error) {
	if err := c.spend(t.size() * len(keys)); err != nil {
		return nil, err
	}
	regs := c.reg(t)
	wide := &tensor{kind: t.kind, dims: append(slices.Clone(t.dims), len(keys)), rows: t.rows}
	for _, r := range regs {
		wide.regs = append(wide.regs, slices.Repeat([]int32{r}, len(keys))...)
	}
	is, err := c.zip(plan.FuncEqual, wide, constant(t.kind, []int{len(keys)}, keys), boolean)
	if err != nil {
		return nil, err
	}
	is.bounded = true
	if off == 0 && on == 1 {
		return is.as(k), nil
	}
	return c.choose(is, number(k, on), number(k, off))
}
