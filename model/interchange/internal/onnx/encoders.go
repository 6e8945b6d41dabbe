package onnx

import (
	"math"
)

// mapping is what a LabelEncoder or CategoryMapper says.
type mapping struct {
	keys, values *tensor // constants of one axis
	rest         *tensor // one value
}

func textConstant(s []string) *tensor {
	return &tensor{kind: text, dims: []int{len(s)}, rows: -1, strs: s, bounded: true}
}

// listed returns the one of the node's lists of that name, nil for none.
func (c *compiler) listed(name string) (*tensor, error) {
	var out *tensor
	take := func(t *tensor, n int) {
		if n > 0 && out == nil {
			out = t
		}
	}
	texts, err := c.texts(name + "_strings")
	if err != nil {
		return nil, err
	}
	take(textConstant(texts), len(texts))
	ints, err := c.numbers(name + "_int64s")
	if err != nil {
		return nil, err
	}
	take(constant(whole, []int{len(ints)}, ints), len(ints))
	floats, err := c.floats(name + "_floats")
	if err != nil {
		return nil, err
	}
	take(constant(single, []int{len(floats)}, floats), len(floats))
	t, err := c.tensor(name + "_tensor")
	if err != nil {
		return nil, err
	}
	if t != nil {
		if len(t.dims) != 1 {
			return nil, c.bad(name+" along one axis", "others")
		}
		take(t, t.size())
	}
	return out, nil
}

// fallback is the value for what is no key.
func (c *compiler) fallback(k kind) (*tensor, error) {
	if t, err := c.tensor("default_tensor"); t != nil || err != nil {
		if err == nil && (t.kind != k || t.size() != 1) {
			err = c.bad("one default of the type of the values", "another")
		}
		return t, err
	}
	switch k {
	case text:
		s, err := c.text("default_string", "_Unused")
		return textConstant([]string{s}), err
	case whole:
		v, err := c.integer("default_int64", -1)
		return number(whole, float64(v)), err
	default:
		v, err := c.float("default_float", 0)
		return number(k, v), err
	}
}

func labelEncoder(c *compiler, in []*tensor) ([]*tensor, error) {
	if c.version < 2 {
		return c.classEncoder(in[0])
	}
	keys, err := c.listed("keys")
	if err != nil {
		return nil, err
	}
	values, err := c.listed("values")
	if err != nil {
		return nil, err
	}
	if keys == nil || values == nil || keys.size() != values.size() {
		return nil, c.bad("a value for each key", "others")
	}
	rest, err := c.fallback(values.kind)
	if err != nil {
		return nil, err
	}
	return one(c.mapped(in[0], mapping{keys, values, rest}))
}

// classEncoder is the first version of LabelEncoder: places of texts, and back.
func (c *compiler) classEncoder(t *tensor) ([]*tensor, error) {
	classes, err := c.texts("classes_strings")
	if err != nil {
		return nil, err
	}
	m := mapping{keys: textConstant(classes), values: constant(whole, []int{len(classes)}, sequence(len(classes)))}
	if t.kind != text {
		m.keys, m.values = m.values, m.keys
	}
	if len(classes) == 0 {
		return nil, c.bad("classes", "none")
	}
	if m.rest, err = c.fallback(m.values.kind); err != nil {
		return nil, err
	}
	return one(c.mapped(t, m))
}

func categoryMapper(c *compiler, in []*tensor) ([]*tensor, error) {
	ints, err := c.numbers("cats_int64s")
	if err != nil {
		return nil, err
	}
	texts, err := c.texts("cats_strings")
	if err != nil {
		return nil, err
	}
	if len(ints) != len(texts) || len(ints) == 0 {
		return nil, c.bad("an integer for each string", "others")
	}
	m := mapping{keys: textConstant(texts), values: constant(whole, []int{len(ints)}, ints)}
	if in[0].kind != text {
		m.keys, m.values = m.values, m.keys
	}
	if m.rest, err = c.fallback(m.values.kind); err != nil {
		return nil, err
	}
	return one(c.mapped(in[0], m))
}

// mapped looks each value of t up among the keys, of which the first of equals counts.
func (c *compiler) mapped(t *tensor, m mapping) (*tensor, error) {
	if t.kind != m.keys.kind {
		return nil, c.refuse("keys of type %s for inputs of type %s", m.keys.kind, t.kind)
	}
	n := m.keys.size()
	if err := c.spend(n); err != nil {
		return nil, err
	}
	o := table{width: 1, kind: m.values.kind}
	values, rest := m.values.nums, 0.0
	dict := m.values.strs
	if m.values.kind == text {
		values, rest = sequence(n), float64(n)
		dict = append(append([]string(nil), dict...), m.rest.strs...)
		o.kind = whole
	} else {
		rest = m.rest.nums[0]
	}
	o.rest = []float64{rest}
	if t.kind == text {
		places, known := map[string]int{}, []string(nil)
		for i, s := range m.keys.strs {
			if _, ok := places[s]; !ok {
				places[s] = len(known)
				known = append(known, s)
				o.values = append(o.values, values[i])
			}
		}
		var err error
		if t, err = c.placesIn(t, known, places); err != nil {
			return nil, err
		}
		t.dict = nil
	} else {
		seen := map[uint64]bool{}
		for i, x := range m.keys.nums {
			if bits := keyBits(x); !seen[bits] {
				seen[bits] = true
				o.keys = append(o.keys, x)
				o.values = append(o.values, values[i])
			}
		}
	}
	out, err := c.table(t, o)
	if err == nil && dict != nil {
		out.kind, out.dict = text, dict
	}
	return out, err
}

// keyBits is the same for equal numbers, and for NaN and NaN.
func keyBits(x float64) uint64 {
	switch {
	case x != x:
		return 1<<64 - 1
	case x == 0:
		return 0
	default:
		return math.Float64bits(x)
	}
}
