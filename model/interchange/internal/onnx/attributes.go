package onnx

import (
	"fmt"
	"unicode/utf8"
)

// attribute returns the node's attribute of a kind, nil where it has none.
func (c *compiler) attribute(name string, kind int64) (*attrProto, error) {
	a := c.node.attributes[name]
	if a == nil {
		return nil, nil //nolint:nilnil // an attribute that is not there is no error
	}
	if a.kind != kind && a.kind != 0 {
		return nil, c.bad(fmt.Sprintf("attribute %s of kind %d", name, kind), fmt.Sprintf("kind %d", a.kind))
	}
	return a, nil
}

func (c *compiler) integer(name string, rest int64) (int64, error) {
	a, err := c.attribute(name, attrInt)
	if a == nil {
		return rest, err
	}
	return a.i, nil
}

func (c *compiler) float(name string, rest float64) (float64, error) {
	a, err := c.attribute(name, attrFloat)
	if a == nil {
		return rest, err
	}
	return a.f, nil
}

func (c *compiler) text(name, rest string) (string, error) {
	a, err := c.attribute(name, attrString)
	if a == nil {
		return rest, err
	}
	if !utf8.Valid(a.s) {
		return "", c.bad("attribute "+name+" in UTF-8", "other bytes")
	}
	return string(a.s), nil
}

func (c *compiler) floats(name string) ([]float64, error) {
	a, err := c.attribute(name, attrFloats)
	if a == nil {
		return nil, err
	}
	return a.floats, nil
}

func (c *compiler) ints(name string) ([]int64, error) {
	a, err := c.attribute(name, attrInts)
	if a == nil {
		return nil, err
	}
	return a.ints, nil
}

// numbers is a list of integers as numbers.
func (c *compiler) numbers(name string) ([]float64, error) {
	v, err := c.ints(name)
	if err != nil || v == nil {
		return nil, err
	}
	out := exactInts(v)
	if out == nil && len(v) > 0 {
		return nil, c.refuse("attribute %s: whole numbers beyond 2**53", name)
	}
	return out, nil
}

func (c *compiler) texts(name string) ([]string, error) {
	a, err := c.attribute(name, attrStrings)
	if a == nil {
		return nil, err
	}
	out := make([]string, len(a.strings))
	for i, s := range a.strings {
		if !utf8.Valid(s) {
			return nil, c.bad("attribute "+name+" in UTF-8", "other bytes")
		}
		out[i] = string(s)
	}
	return out, nil
}

// tensor is a constant of an attribute, nil where there is none.
func (c *compiler) tensor(name string) (*tensor, error) {
	a, err := c.attribute(name, attrTensor)
	if a == nil {
		return nil, err
	}
	if a.t == nil {
		return nil, c.bad("attribute "+name+": a tensor", "none")
	}
	return constantOf(a.t)
}

// list returns the integers of a constant tensor, which are no counts of rows.
func (c *compiler) list(t *tensor, what string) ([]int64, error) {
	if !t.isConst() {
		return nil, c.refuse("%s that depend on the row", what)
	}
	if t.kind != whole {
		return nil, c.bad(what+" as integers", "type "+t.kind.String())
	}
	out := make([]int64, len(t.nums))
	for i, x := range t.nums {
		switch {
		case isCount(x):
			return nil, c.refuse("%s that depend on the number of rows", what)
		case x >= 0x1p63:
			out[i] = 1<<63 - 1
		default:
			out[i] = int64(x)
		}
	}
	return out, nil
}
