package onnx

import (
	"math"
	"slices"

	"github.com/tidewheel/tidewheel/internal/plan"
)

// along takes places along an axis.
func (c *compiler) along(t *tensor, a int, places []int) (*tensor, error) {
	dims, steps := slices.Clone(t.dims), strides(t.dims)
	dims[a] = len(places)
	if err := c.spend(c.sizeOf(dims)); err != nil {
		return nil, err
	}
	at := make([]int, 0, sizeOf(dims))
	walk(dims, func(place []int) {
		at = append(at, dot(place, steps)+(places[place[a]]-place[a])*steps[a])
	})
	return t.take(at, dims, t.rows), nil
}

func slice(c *compiler, in []*tensor) ([]*tensor, error) {
	t := in[0]
	var lists [4][]int64
	var err error
	for i, name := range []string{"starts", "ends", "axes", ""} {
		if name != "" {
			if lists[i], err = c.ints(name); err != nil {
				return nil, err
			}
		}
		if in[i+1] != nil {
			if lists[i], err = c.list(in[i+1], "bounds"); err != nil {
				return nil, err
			}
		}
	}
	starts, ends, axes, steps := lists[0], lists[1], lists[2], lists[3]
	if axes == nil {
		for i := range starts {
			axes = append(axes, int64(i))
		}
	}
	if steps == nil {
		steps = slices.Repeat([]int64{1}, len(starts))
	}
	if len(starts) == 0 || len(ends) != len(starts) || len(axes) != len(starts) || len(steps) != len(starts) {
		return nil, c.bad("bounds for each axis", "others")
	}
	for i, a := range axes {
		at, ok := axis(a, len(t.dims))
		if !ok {
			return nil, c.bad("axes of the input", "others")
		}
		if at == t.rows {
			if starts[i] == 0 && ends[i] >= math.MaxInt32 && steps[i] == 1 {
				continue
			}
			return nil, c.refuse("some of the rows")
		}
		places, ok := places(starts[i], ends[i], steps[i], t.dims[at])
		if !ok {
			return nil, c.bad("a step other than 0", "0")
		}
		if t, err = c.along(t, at, places); err != nil {
			return nil, err
		}
	}
	return one(t, nil)
}

// places lists what a slice of n values takes.
func places(start, end, step int64, n int) ([]int, bool) {
	if step == 0 {
		return nil, false
	}
	var out []int
	if step > 0 {
		last := bound(end, n)
		for i := bound(start, n); i < last; {
			out = append(out, i)
			if step > int64(n) {
				break
			}
			i += int(step)
		}
		return out, true
	}
	if start < 0 {
		start += int64(n)
	}
	if end < 0 {
		end += int64(n)
	}
	for i := min(start, int64(n)-1); i > max(end, -1); {
		out = append(out, int(i))
		if step < -int64(n) {
			break
		}
		i += step
	}
	return out, true
}

func gather(c *compiler, in []*tensor) ([]*tensor, error) {
	at, err := c.axisAttribute(0, len(in[0].dims))
	if err != nil {
		return nil, err
	}
	return one(c.gathered(in[0], in[1], at))
}

// gathered replaces an axis of t by the axes of index, whose values are places along it.
func (c *compiler) gathered(t, index *tensor, at int) (*tensor, error) {
	if index.kind != whole {
		return nil, c.bad("integers as places", index.kind.String())
	}
	if !index.isConst() {
		return c.lookUp(t, index, at)
	}
	if at == t.rows {
		return nil, c.refuse("some of the rows")
	}
	n := t.dims[at]
	list := make([]int, len(index.nums))
	for i, x := range index.nums {
		a, ok := axis(int64(x), n)
		if !ok || isCount(x) {
			return nil, c.bad("places within the axis", "others")
		}
		list[i] = a
	}
	out, err := c.along(t, at, list)
	if err != nil {
		return nil, err
	}
	dims := slices.Concat(t.dims[:at], index.dims, t.dims[at+1:])
	if len(dims) > maxRank {
		return nil, c.refuse("more than %d dimensions", maxRank)
	}
	rows := t.rows
	if rows > at {
		rows += len(index.dims) - 1
	}
	return out.with(dims, rows), nil
}

// lookUp takes values of a constant at places that depend on the row.
func (c *compiler) lookUp(t, index *tensor, at int) (*tensor, error) {
	if !t.isConst() || at != 0 || (t.kind == text && len(t.dims) != 1) || t.size() == 0 {
		return nil, c.refuse("places that depend on the row, other than in a constant")
	}
	o := table{values: t.nums, width: t.size() / t.dims[0], kind: t.kind}
	if t.kind == text {
		o.values, o.kind = count(len(t.strs)), whole
		if o.values == nil {
			return nil, c.over()
		}
	}
	if t.kind == whole && slices.ContainsFunc(t.nums, isCount) {
		return nil, c.refuse("the number of rows among values")
	}
	o.rest = slices.Repeat([]float64{math.NaN()}, o.width)
	out, err := c.table(index, o)
	if err != nil {
		return nil, err
	}
	if t.kind == text {
		out.kind, out.dict = text, t.strs
	}
	dims := slices.Concat(index.dims, t.dims[1:])
	if len(dims) > maxRank {
		return nil, c.refuse("more than %d dimensions", maxRank)
	}
	return out.with(dims, index.rows), nil
}

func gatherElements(c *compiler, in []*tensor) ([]*tensor, error) {
	t, index := in[0], in[1]
	at, err := c.axisAttribute(0, len(t.dims))
	if err != nil {
		return nil, err
	}
	if index.kind != whole || t.kind == text || len(index.dims) != len(t.dims) || at == t.rows || at == index.rows || (t.rows >= 0 && t.rows != index.rows) {
		return nil, c.refuse("places other than along one axis of a row")
	}
	for i, d := range index.dims {
		if i != at && d != t.dims[i] {
			return nil, c.refuse("inputs of different shapes")
		}
	}
	n := t.dims[at]
	if err := c.spend(index.size() * (n + 1)); err != nil {
		return nil, err
	}
	if n == 0 {
		return nil, c.bad("an axis of values", "an empty one")
	}
	values, places := c.reg(t), c.reg(index)
	steps := strides(t.dims)
	var regs []int32
	i := 0
	walk(index.dims, func(place []int) {
		base := dot(place, steps) - place[at]*steps[at]
		for j := range n {
			regs = append(regs, values[base+j*steps[at]])
		}
		regs = append(regs, places[i])
		i++
	})
	out := &tensor{kind: t.kind, dims: index.dims, rows: index.rows, bounded: t.bounded}
	out.regs = c.math(plan.OpPick, plan.Math{Group: int32(n + 1)}, regs, index.size())
	return one(out, nil)
}

func split(c *compiler, in []*tensor) ([]*tensor, error) {
	t := in[0]
	at, err := c.axisAttribute(0, len(t.dims))
	if err != nil {
		return nil, err
	}
	lengths, err := c.ints("split")
	if err == nil && in[1] != nil {
		lengths, err = c.list(in[1], "lengths")
	}
	if err != nil {
		return nil, err
	}
	n := len(c.node.outputs)
	if lengths == nil {
		chunk := (t.dims[at] + n - 1) / n
		for i := range n {
			lengths = append(lengths, int64(max(0, min(chunk, t.dims[at]-i*chunk))))
		}
	}
	if at == t.rows || len(lengths) != n {
		return nil, c.refuse("a split of rows, or a number of outputs other than of lengths")
	}
	var out []*tensor
	from := 0
	for _, l := range lengths {
		if l < 0 || l > int64(t.dims[at]-from) {
			return nil, c.bad("lengths that add up", "others")
		}
		places := make([]int, l)
		for i := range places {
			places[i] = from + i
		}
		part, err := c.along(t, at, places)
		if err != nil {
			return nil, err
		}
		out = append(out, part)
		from += int(l)
	}
	if from != t.dims[at] {
		return nil, c.bad("lengths that add up", "others")
	}
	return out, nil
}
