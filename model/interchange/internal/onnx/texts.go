package onnx

import (
	"math"

	"github.com/tidewheel/tidewheel/internal/plan"
)

// coded brings texts to places in one list, so that they can be compared: a text input only with constants and lists, since what it holds is open.
func (c *compiler) coded(a, b *tensor) (*tensor, *tensor, error) {
	var dict []string
	places := map[string]int{}
	for _, t := range []*tensor{a, b} {
		for _, s := range append(append([]string(nil), t.dict...), t.strs...) {
			if _, ok := places[s]; !ok {
				places[s] = len(dict)
				dict = append(dict, s)
			}
		}
	}
	if a.isOpen() && b.isOpen() {
		return nil, nil, c.refuse("two string inputs")
	}
	if len(dict) == 0 {
		dict = []string{""}
	}
	var out [2]*tensor
	for i, t := range []*tensor{a, b} {
		var err error
		if out[i], err = c.placesIn(t, dict, places); err != nil {
			return nil, nil, err
		}
	}
	return out[0], out[1], nil
}

// placesIn returns the places of t's texts in dict; len(dict) for one that is not there.
func (c *compiler) placesIn(t *tensor, dict []string, places map[string]int) (*tensor, error) {
	if err := c.spend(t.size() + len(dict)); err != nil {
		return nil, err
	}
	at := func(texts []string) []float64 {
		out := make([]float64, len(texts))
		for i, s := range texts {
			p, ok := places[s]
			if out[i] = float64(p); !ok {
				out[i] = float64(len(dict))
			}
		}
		return out
	}
	out := &tensor{kind: whole, dims: t.dims, rows: t.rows, dict: dict, bounded: true}
	switch {
	case t.open != nil:
		return c.placesOfOpen(t, dict, places)
	case t.regs == nil:
		out.nums = at(t.strs)
	case t.dict == nil:
		for _, r := range t.regs {
			code := c.add(plan.Op{Kind: plan.OpLookup, In: plan.Ints{r}, Values: dict, Unseen: int32(len(dict))}, 1)
			out.regs = append(out.regs, code...)
			c.nulls = append(c.nulls, code...)
		}
	default:
		in := t.regs
		out.regs = c.math(plan.OpTable, plan.Math{Values: at(t.dict), Default: []float64{math.NaN()}, Width: 1}, in, len(in))
	}
	return out, nil
}

// isOpen reports whether t holds texts of the input: any text may be in it.
func (t *tensor) isOpen() bool { return t.kind == text && t.rows >= 0 && t.dict == nil }

// openChoice is a where cond is not 0, else b, for texts of the input: what they are compared with decides later.
func (c *compiler) openChoice(cond, a, b *tensor) (*tensor, error) {
	dims, rows, at, err := c.broadcast(cond, a, b)
	if err != nil {
		return nil, err
	}
	if a.open != nil || b.open != nil {
		return nil, c.refuse("a choice of choices of strings")
	}
	flat := []int{sizeOf(dims)}
	part := func(t *tensor, at []int) *tensor { return t.take(at, flat, t.flatRows()) }
	return &tensor{kind: text, dims: dims, rows: rows, bounded: true, open: &openText{part(cond, at[0]), part(a, at[1]), part(b, at[2])}}, nil
}

// placesOfOpen is placesIn for a text that is one of two.
func (c *compiler) placesOfOpen(t *tensor, dict []string, places map[string]int) (*tensor, error) {
	yes, err := c.placesIn(t.open.yes, dict, places)
	if err != nil {
		return nil, err
	}
	no, err := c.placesIn(t.open.no, dict, places)
	if err != nil {
		return nil, err
	}
	out, err := c.choose(t.open.cond, yes, no)
	if err != nil {
		return nil, err
	}
	out.dims, out.rows, out.dict, out.domain, out.bounded = t.dims, t.rows, dict, nil, true
	return out, nil
}
