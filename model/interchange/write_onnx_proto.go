package interchange

import (
	"encoding/binary"
	"math"
	"strconv"

	"github.com/tidewheel/tidewheel/model/interchange/internal/onnx"
)

// Element types of ONNX tensors.
const (
	elemFloat  = 1
	elemUint8  = 2
	elemInt64  = 7
	elemString = 8
	elemBool   = 9
	elemDouble = 11
)

// message is a protocol buffer that is being written.
type message []byte

func (m *message) number(field int, v uint64) {
	*m = binary.AppendUvarint(*m, uint64(field)<<3)
	*m = binary.AppendUvarint(*m, v)
}

func (m *message) bytes(field int, v []byte) {
	*m = binary.AppendUvarint(*m, uint64(field)<<3|2)
	*m = binary.AppendUvarint(*m, uint64(len(v)))
	*m = append(*m, v...)
}

func (m *message) text(field int, v string) { m.bytes(field, []byte(v)) }

// tensor returns a TensorProto with the values of one of the types below; a nil dims is a list.
func tensor[T float64 | float32 | int64 | uint8 | bool | string](name string, dims []int, values []T) message {
	var m message
	if dims == nil {
		dims = []int{len(values)}
	}
	for _, d := range dims {
		m.number(1, uint64(d))
	}
	elem := 0
	var raw []byte
	var texts []string
	for _, v := range values {
		switch v := any(v).(type) {
		case float64:
			raw = binary.LittleEndian.AppendUint64(raw, math.Float64bits(v))
		case float32:
			raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
		case int64:
			raw = binary.LittleEndian.AppendUint64(raw, uint64(v))
		case uint8:
			raw = append(raw, v)
		case bool:
			raw = append(raw, map[bool]byte{true: 1}[v])
		case string:
			texts = append(texts, v)
		}
	}
	switch any(values).(type) {
	case []float64:
		elem = elemDouble
	case []float32:
		elem = elemFloat
	case []int64:
		elem = elemInt64
	case []uint8:
		elem = elemUint8
	case []bool:
		elem = elemBool
	default:
		elem = elemString
	}
	m.number(2, uint64(elem))
	if elem == elemString {
		for _, s := range texts {
			m.text(6, s)
		}
	}
	m.text(8, name)
	if elem != elemString {
		m.bytes(9, raw)
	}
	return m
}

// attribute is one of a node.
type attribute message

// Kinds of AttributeProto.
const (
	attributeInt    = 2
	attributeTensor = 4
	attributeInts   = 7
)

func newAttribute(name string, kind int) message {
	var m message
	m.text(1, name)
	m.number(20, uint64(kind))
	return m
}

func intAttribute(name string, v int) attribute {
	m := newAttribute(name, attributeInt)
	m.number(3, uint64(v))
	return attribute(m)
}

func intsAttribute[T int | int32 | int64](name string, v []T) attribute {
	m := newAttribute(name, attributeInts)
	for _, x := range v {
		m.number(8, uint64(x))
	}
	return attribute(m)
}

func tensorAttribute(name string, t message) attribute {
	m := newAttribute(name, attributeTensor)
	m.bytes(5, t)
	return attribute(m)
}

// graph is an ONNX graph that is being written.
type graph struct {
	message
	names int
}

// name returns a name that no other value has: those of inputs and outputs have no slash in front.
func (g *graph) name() string {
	g.names++
	return "/" + strconv.Itoa(g.names)
}

// initializer adds a constant and returns its name.
func (g *graph) initializer(t func(name string) message) string {
	name := g.name()
	g.bytes(5, t(name))
	return name
}

func (g *graph) doubles(dims []int, v []float64) string {
	return g.initializer(func(name string) message { return tensor(name, dims, v) })
}

func (g *graph) ints(v ...int64) string {
	return g.initializer(func(name string) message { return tensor(name, nil, v) })
}

// node adds an operator of one output and returns the output's name.
func (g *graph) node(op string, in []string, attributes ...attribute) string {
	out := g.name()
	g.named("", op, in, out, attributes...)
	return out
}

// named adds an operator of a domain whose output has a given name.
func (g *graph) named(domain, op string, in []string, out string, attributes ...attribute) {
	g.operator(domain, op, in, []string{out}, attributes...)
}

// operator adds an operator of a domain whose outputs have given names.
func (g *graph) operator(domain, op string, in, out []string, attributes ...attribute) {
	var m message
	for _, s := range in {
		m.text(1, s)
	}
	for _, s := range out {
		m.text(2, s)
	}
	m.text(3, op+out[0])
	m.text(4, op)
	for _, a := range attributes {
		m.bytes(5, a)
	}
	if domain != "" {
		m.text(7, domain)
	}
	g.bytes(1, m)
}

// value adds an input or an output of n rows; columns is 0 for a list.
func (g *graph) value(field int, name string, elem, columns int) {
	var rows, shape, tensorType, typ, info message
	rows.text(2, "N")
	shape.bytes(1, rows)
	if columns > 0 {
		var d message
		d.number(1, uint64(columns))
		shape.bytes(1, d)
	}
	tensorType.number(1, uint64(elem))
	tensorType.bytes(2, shape)
	typ.bytes(1, tensorType)
	info.text(1, name)
	info.bytes(2, typ)
	g.bytes(field, info)
}

// Versions of what is written. TreeEnsemble in double came with version 5 of its domain, in ONNX 1.16.
const (
	irVersion   = 10
	opsetMain   = 17
	opsetTrees  = 5
	treesDomain = "ai.onnx.ml"
)

// file returns the ModelProto, with the task in its metadata.
func (g *graph) file(task string) []byte {
	g.text(2, "tidewheel")
	var m message
	m.number(1, irVersion)
	m.text(2, "tidewheel")
	m.bytes(7, g.message)
	for _, set := range []struct {
		domain  string
		version uint64
	}{{"", opsetMain}, {treesDomain, opsetTrees}} {
		var o message
		o.text(1, set.domain)
		o.number(2, set.version)
		m.bytes(8, o)
	}
	var pair message
	pair.text(1, onnx.TaskName)
	pair.text(2, task)
	m.bytes(14, pair)
	return m
}
