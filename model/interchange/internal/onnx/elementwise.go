package onnx

import (
	"math"
	"slices"
	"strconv"

	"github.com/tidewheel/tidewheel/internal/plan"
)

func one(t *tensor, err error) ([]*tensor, error) {
	if err != nil {
		return nil, err
	}
	return []*tensor{t}, nil
}

func first(_ *compiler, in []*tensor) ([]*tensor, error) { return in[:1], nil }

// dropout drops nothing when a model scores.
func dropout(c *compiler, in []*tensor) ([]*tensor, error) {
	if training := in[2]; training != nil {
		if x, ok := training.scalar(); !ok || x != 0 {
			return nil, c.refuse("training mode")
		}
	}
	return in[:1], nil
}

// wants refuses inputs of other kinds than is says.
func (c *compiler) wants(is func(kind) bool, in ...*tensor) error {
	for _, t := range in {
		if t != nil && !is(t.kind) {
			return c.refuse("inputs of type %s", t.kind)
		}
	}
	return nil
}

func isNumber(k kind) bool { return k.isFloat() || k == whole }

// same wants numbers of one kind.
func (c *compiler) same(in ...*tensor) error {
	if err := c.wants(isNumber, in...); err != nil {
		return err
	}
	for _, t := range in {
		if t.kind != in[0].kind {
			return c.bad("inputs of one type", "of two")
		}
	}
	return nil
}

// onFloats is a function of floats. A bounded one is bounded whatever it is a function of.
func onFloats(f plan.Func, bounded bool) operator {
	return operator{least: 1, most: 1, outputs: 1, computes: true, compile: func(c *compiler, in []*tensor) ([]*tensor, error) {
		if err := c.wants(kind.isFloat, in[0]); err != nil {
			return nil, err
		}
		out := c.unary(f, in[0], in[0].kind)
		out.bounded = out.bounded || bounded
		return one(out, nil)
	}}
}

func sigmoid(c *compiler, in []*tensor) ([]*tensor, error) {
	if err := c.wants(kind.isFloat, in[0]); err != nil {
		return nil, err
	}
	out := c.unary(plan.FuncSigmoid, in[0], in[0].kind)
	out.bounded, out.raw, out.link = true, in[0], logisticLink
	return one(out, nil)
}

func onNumbers(f plan.Func) operator {
	return operator{least: 1, most: 1, outputs: 1, computes: true, compile: func(c *compiler, in []*tensor) ([]*tensor, error) {
		if err := c.wants(isNumber, in[0]); err != nil {
			return nil, err
		}
		out := c.unary(f, in[0], in[0].kind)
		if f == plan.FuncSign {
			out.bounded, out.domain = true, []float64{-1, 0, 1}
		}
		return one(out, nil)
	}}
}

// asks is a question about each value.
func asks(f plan.Func, is func(kind) bool) operator {
	return operator{least: 1, most: 1, outputs: 1, computes: true, compile: func(c *compiler, in []*tensor) ([]*tensor, error) {
		if err := c.wants(is, in[0]); err != nil {
			return nil, err
		}
		out := c.unary(f, in[0], boolean)
		out.bounded, out.domain = true, []float64{0, 1}
		return one(out, nil)
	}}
}

func parametric(f plan.Func, bounded bool, name string, rest float64) operator {
	return operator{attributes: name, least: 1, most: 1, outputs: 1, computes: true, compile: func(c *compiler, in []*tensor) ([]*tensor, error) {
		v, err := c.float(name, rest)
		if err == nil {
			err = c.wants(kind.isFloat, in[0])
		}
		if err != nil {
			return nil, err
		}
		out := c.unary(f, in[0], in[0].kind, v)
		out.bounded = out.bounded || bounded
		return one(out, nil)
	}}
}

func hardSigmoid(c *compiler, in []*tensor) ([]*tensor, error) {
	alpha, err := c.float("alpha", 0.20000000298023224)
	if err != nil {
		return nil, err
	}
	beta, err := c.float("beta", 0.5)
	if err == nil {
		err = c.wants(kind.isFloat, in[0])
	}
	if err != nil {
		return nil, err
	}
	out := c.unary(plan.FuncHardSigmoid, in[0], in[0].kind, alpha, beta)
	out.bounded = true
	return one(out, nil)
}

func softsign(c *compiler, in []*tensor) ([]*tensor, error) {
	if err := c.wants(kind.isFloat, in[0]); err != nil {
		return nil, err
	}
	k := in[0].kind
	below, err := c.zip(plan.FuncAdd, c.unary(plan.FuncAbs, in[0], k), number(k, 1), k)
	if err != nil {
		return nil, err
	}
	return one(c.zip(plan.FuncDiv, in[0], below, k))
}

func pairs(f plan.Func) operator {
	return operator{least: 2, most: 2, outputs: 1, computes: true, compile: func(c *compiler, in []*tensor) ([]*tensor, error) {
		if err := c.same(in...); err != nil {
			return nil, err
		}
		g := f
		if f == plan.FuncDiv && in[0].kind == whole {
			g = plan.FuncQuotient
		}
		out, err := c.zip(g, in[0], in[1], in[0].kind)
		if err == nil && f == plan.FuncDiv && in[1].sumOf == in[0] {
			out.bounded = true // shares of a whole
		}
		return one(out, err)
	}}
}

// many is a function of two that is applied from left to right.
func many(f plan.Func) operator {
	return operator{least: 1, most: -1, outputs: 1, computes: true, compile: func(c *compiler, in []*tensor) ([]*tensor, error) {
		return one(c.left(f, in))
	}}
}

func (c *compiler) left(f plan.Func, in []*tensor) (*tensor, error) {
	if err := c.same(in...); err != nil {
		return nil, err
	}
	sum := in[0]
	for _, t := range in[1:] {
		var err error
		if sum, err = c.zip(f, sum, t, t.kind); err != nil {
			return nil, err
		}
	}
	return sum, nil
}

func mean(c *compiler, in []*tensor) ([]*tensor, error) {
	if err := c.wants(kind.isFloat, in...); err != nil {
		return nil, err
	}
	sum, err := c.left(plan.FuncAdd, in)
	if err != nil {
		return nil, err
	}
	return one(c.zip(plan.FuncDiv, sum, number(sum.kind, float64(len(in))), sum.kind))
}

func modulo(c *compiler, in []*tensor) ([]*tensor, error) {
	fmod, err := c.integer("fmod", 0)
	if err == nil {
		err = c.same(in...)
	}
	if err != nil {
		return nil, err
	}
	if fmod != 0 || in[0].kind != whole {
		return nil, c.refuse("the remainder of floats")
	}
	return one(c.zip(plan.FuncMod, in[0], in[1], whole))
}

func power(c *compiler, in []*tensor) ([]*tensor, error) {
	if err := c.wants(isNumber, in...); err != nil {
		return nil, err
	}
	out, err := c.zip(plan.FuncPow, in[0], in[1], in[0].kind)
	if err == nil && in[0].kind == whole {
		out = c.unary(plan.FuncTruncate, out, whole)
	}
	return one(out, err)
}

func compares(f plan.Func) operator {
	return operator{least: 2, most: 2, outputs: 1, computes: true, compile: func(c *compiler, in []*tensor) ([]*tensor, error) {
		a, b := in[0], in[1]
		if f == plan.FuncEqual && a.kind == text && b.kind == text {
			var err error
			if a, b, err = c.coded(a, b); err != nil {
				return nil, err
			}
		} else if a.kind == text || b.kind == text || a.kind != b.kind || (f != plan.FuncEqual && a.kind == boolean) {
			return nil, c.refuse("inputs of type %s and %s", a.kind, b.kind)
		}
		out, err := c.zip(f, a, b, boolean)
		if err != nil {
			return nil, err
		}
		out.bounded, out.domain = true, []float64{0, 1}
		return one(out, nil)
	}}
}

func connects(f plan.Func) operator {
	return operator{least: 2, most: 2, outputs: 1, computes: true, compile: func(c *compiler, in []*tensor) ([]*tensor, error) {
		if err := c.wants(func(k kind) bool { return k == boolean }, in...); err != nil {
			return nil, err
		}
		out, err := c.zip(f, in[0], in[1], boolean)
		if err != nil {
			return nil, err
		}
		out.domain = []float64{0, 1}
		return one(out, nil)
	}}
}

func where(c *compiler, in []*tensor) ([]*tensor, error) {
	cond, a, b := in[0], in[1], in[2]
	if cond.kind != boolean || a.kind != b.kind {
		return nil, c.bad("a bool and two inputs of one type", "others")
	}
	if a.kind != text {
		return one(c.choose(cond, a, b))
	}
	if a.isOpen() || b.isOpen() {
		return one(c.openChoice(cond, a, b))
	}
	a, b, err := c.coded(a, b)
	if err != nil {
		return nil, err
	}
	dict := a.dict
	out, err := c.choose(cond, a.as(whole), b.as(whole))
	if err != nil {
		return nil, err
	}
	out.kind, out.dict = text, dict
	return one(out, nil)
}

func clip(c *compiler, in []*tensor) ([]*tensor, error) {
	least, err := c.float("min", math.Inf(-1))
	if err != nil {
		return nil, err
	}
	most, err := c.float("max", math.Inf(1))
	if err == nil {
		err = c.wants(isNumber, in[0])
	}
	if err != nil {
		return nil, err
	}
	for i, to := range map[int]*float64{1: &least, 2: &most} {
		if in[i] == nil {
			continue
		}
		x, ok := in[i].scalar()
		if !ok {
			return nil, c.refuse("bounds that depend on the row")
		}
		*to = x
	}
	if math.IsNaN(least) || math.IsNaN(most) {
		return nil, c.bad("bounds that are numbers", "NaN")
	}
	out := c.unary(plan.FuncClip, in[0], in[0].kind, least, most)
	out.bounded = out.bounded || (!math.IsInf(least, 0) && !math.IsInf(most, 0))
	return one(out, nil)
}

func castLike(c *compiler, in []*tensor) ([]*tensor, error) { return one(c.castTo(in[0], in[1].kind)) }

func cast(c *compiler, in []*tensor) ([]*tensor, error) {
	to, err := c.integer("to", 0)
	if err != nil {
		return nil, err
	}
	k := kindOf(to)
	if k == 0 {
		return nil, c.refuse("data type %d", to)
	}
	return one(c.castTo(in[0], k))
}

func (c *compiler) castTo(t *tensor, to kind) (*tensor, error) {
	switch {
	case t.kind == to:
		return t, nil
	case t.kind == text:
		return c.parse(t, to)
	case to == text:
		return nil, c.refuse("numbers to strings")
	case to == boolean:
		out := c.unary(plan.FuncNonZero, t, boolean)
		out.bounded, out.domain = true, []float64{0, 1}
		return out, nil
	case to == whole && t.kind.isFloat():
		return c.unary(plan.FuncTruncate, t, whole), nil
	case to == single && t.kind != boolean:
		out := c.unary(plan.FuncIdentity, t, single)
		out.raw, out.link = t.raw, t.link
		return out, nil
	default: // every such number is one of the other kind
		c.reg(t)
		return t.as(to), nil
	}
}

// parse turns texts of a list into numbers.
func (c *compiler) parse(t *tensor, to kind) (*tensor, error) {
	texts := t.dict
	if t.isConst() {
		texts = t.strs
	}
	if texts == nil {
		return nil, c.refuse("string inputs to numbers")
	}
	values := make([]float64, len(texts))
	for i, s := range texts {
		x, err := strconv.ParseFloat(s, 64)
		if err != nil || to == boolean || (to == whole && x != math.Trunc(x)) {
			return nil, c.refuse("strings that are no numbers of type %s", to)
		}
		values[i] = x
		if to == single {
			values[i] = float64(float32(x))
		}
	}
	if t.isConst() {
		return constant(to, t.dims, values), nil
	}
	return c.table(t.as(whole), table{values: values, rest: []float64{math.NaN()}, width: 1, kind: to})
}

// table is the parameters of c.table.
type table struct {
	keys, values, rest []float64
	width              int
	kind               kind
}

// table looks each value of t up. The results of a value lie along a last axis of width values, if that is not 1.
func (c *compiler) table(t *tensor, o table) (*tensor, error) {
	if err := c.spend(t.size() * o.width); err != nil {
		return nil, err
	}
	out := &tensor{kind: o.kind, dims: t.dims, rows: t.rows, bounded: true}
	if o.width != 1 {
		out.dims = append(append([]int(nil), t.dims...), o.width)
	}
	in := c.reg(t)
	out.regs = c.math(plan.OpTable, plan.Math{Keys: o.keys, Values: o.values, Default: o.rest, Width: int32(o.width)}, in, len(in)*o.width)
	if o.width == 1 {
		out.domain = o.domain(t)
	}
	for _, x := range o.values {
		out.bounded = out.bounded && x >= 0 && x <= 1
	}
	return out, nil
}

// domain returns what a table of one number a row can give for t.
func (o table) domain(t *tensor) []float64 {
	if len(o.values) > maxDomain {
		return nil
	}
	if t.domain != nil {
		found := apply(plan.OpTable, plan.Math{Keys: o.keys, Values: o.values, Default: o.rest, Width: 1}, t.domain)
		return slices.DeleteFunc(distinct(found), math.IsNaN)
	}
	out := distinct(o.values)
	if x := o.rest[0]; x == x {
		out = distinct(append(out, x))
	}
	return out
}
