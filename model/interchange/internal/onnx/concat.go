package onnx

import (
	"slices"
)

func concat(c *compiler, in []*tensor) ([]*tensor, error) {
	rank := len(in[0].dims)
	if c.node.attributes["axis"] == nil {
		return nil, c.bad("an axis", "none")
	}
	at, err := c.axisAttribute(0, rank)
	if err != nil {
		return nil, err
	}
	return one(c.joined(in, at))
}

// joined puts tensors behind each other along an axis.
func (c *compiler) joined(in []*tensor, at int) (*tensor, error) {
	dims, rows, total := slices.Clone(in[0].dims), -1, 0
	for _, t := range in {
		if len(t.dims) != len(dims) || t.kind != in[0].kind {
			return nil, c.bad("inputs of one type and rank", "others")
		}
		if t.rows >= 0 {
			if rows >= 0 && t.rows != rows {
				return nil, c.refuse("rows along two axes")
			}
			rows = t.rows
			dims = slices.Clone(t.dims)
		}
		total += t.dims[at]
	}
	if at == rows {
		return c.stack(in)
	}
	for _, t := range in {
		for i, d := range t.dims {
			if i != at && d != dims[i] || (i == rows && t.rows < 0) {
				return nil, c.refuse("inputs of different shapes")
			}
		}
	}
	dims[at] = total
	if err := c.spend(sizeOf(dims)); err != nil {
		return nil, err
	}
	all, err := c.together(in)
	if err != nil {
		return nil, err
	}
	order := make([]int, sizeOf(dims))
	steps, offset, base := strides(dims), 0, 0
	for _, t := range in {
		i := base
		walk(t.dims, func(place []int) {
			order[dot(place, steps)+offset*steps[at]] = i
			i++
		})
		base += t.size()
		offset += t.dims[at]
	}
	all.dims = []int{base}
	out := all.take(order, dims, rows)
	out.raw, out.classes = nil, nil
	return out, nil
}

// together lists the values of all tensors in one.
func (c *compiler) together(in []*tensor) (*tensor, error) {
	out := &tensor{kind: in[0].kind, rows: -1, bounded: true}
	constants, raws := true, 0
	for _, t := range in {
		out.bounded = out.bounded && t.bounded
		constants = constants && t.isConst()
		if t.regs != nil && t.dict == nil {
			raws++
		}
	}
	if out.kind == text && !constants && raws != len(in) {
		return c.openTogether(in, raws)
	}
	for _, t := range in {
		switch {
		case constants && t.kind == text:
			out.strs = append(out.strs, t.strs...)
		case constants:
			out.nums = append(out.nums, t.nums...)
		default:
			out.regs = append(out.regs, c.reg(t)...)
		}
	}
	return out, nil
}

// openTogether brings texts together that are neither all constants nor all inputs.
func (c *compiler) openTogether(in []*tensor, raws int) (*tensor, error) {
	opens := 0
	for _, t := range in {
		if t.open != nil {
			opens++
		}
	}
	switch {
	case raws == 0 && opens == 0:
		return c.lists(in)
	case raws+opens != len(in):
		return nil, c.refuse("string inputs joined with other strings")
	}
	var parts [3][]*tensor
	for _, t := range in {
		o := t.open
		if o == nil {
			n := t.size()
			flat := t.with([]int{n}, 0)
			o = &openText{constant(boolean, []int{n}, make([]float64, n)), textConstant(make([]string, n)), flat}
		}
		for i, p := range []*tensor{o.cond, o.yes, o.no} {
			parts[i] = append(parts[i], p)
		}
	}
	var joined [3]*tensor
	for i := range parts {
		var err error
		if joined[i], err = c.together(parts[i]); err != nil {
			return nil, err
		}
		joined[i].dims = []int{max(len(joined[i].regs), len(joined[i].nums), len(joined[i].strs))}
		if joined[i].regs != nil {
			joined[i].rows = 0
		}
	}
	return &tensor{kind: text, rows: 0, bounded: true, open: &openText{joined[0], joined[1], joined[2]}}, nil
}

// lists brings texts of different lists together.
func (c *compiler) lists(in []*tensor) (*tensor, error) {
	all := in[0]
	for _, t := range in[1:] {
		a, b, err := c.coded(all, t)
		if err != nil {
			return nil, err
		}
		all = &tensor{kind: text, dims: []int{a.size() + b.size()}, rows: 0, dict: a.dict, regs: slices.Concat(c.reg(a), c.reg(b)), bounded: true}
	}
	return all, nil
}
