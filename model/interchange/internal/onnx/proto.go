package onnx

import (
	"strconv"
)

// What onnx.proto of ONNX 1.23 calls ModelProto, GraphProto, NodeProto, AttributeProto, TensorProto, ValueInfoProto: the parts that a reader of scores needs.
type (
	modelProto struct {
		graph     *graphProto
		opsets    map[string]int64
		metadata  map[string]string
		functions int
	}
	graphProto struct {
		nodes        []*nodeProto
		initializers []*tensorProto
		inputs       []valueProto
		outputs      []valueProto
	}
	nodeProto struct {
		op, domain, name string
		inputs, outputs  []string
		attributes       map[string]*attrProto
	}
	attrProto struct {
		kind    int64
		f       float64
		i       int64
		s       []byte
		t       *tensorProto
		g       *graphProto
		floats  []float64
		ints    []int64
		strings [][]byte
	}
	tensorProto struct {
		name    string
		kind    int64 // a data type
		dims    []int64
		numbers []float64
		texts   []string
		refused string // why it cannot be read
	}
	valueProto struct {
		name  string
		kind  int64   // a data type; 0 for what is no tensor
		dims  []int64 // -1 for what is not a number
		shape bool    // dims are known
		other string  // "sequence", "map" …: a value that is no tensor
	}
)

// Data types of TensorProto.
const (
	typeFloat  = 1
	typeUint8  = 2 // only in an attribute of TreeEnsemble
	typeInt32  = 6
	typeInt64  = 7
	typeString = 8
	typeBool   = 9
	typeDouble = 11
)

// Kinds of AttributeProto.
const (
	attrFloat   = 1
	attrInt     = 2
	attrString  = 3
	attrTensor  = 4
	attrGraph   = 5
	attrFloats  = 6
	attrInts    = 7
	attrStrings = 8
)

const (
	maxGraphDepth   = 4
	maxTensorLength = 1 << 28
	maxRank         = 8
)

func parseModel(data []byte) (*modelProto, error) {
	m := &modelProto{opsets: map[string]int64{}, metadata: map[string]string{}}
	w := wire{what: "model", rest: data}
	for w.next() {
		switch w.num {
		case 1: // ir_version
			if v := w.int(); v < 3 || v > 14 {
				return nil, unsupported("IR version " + strconv.FormatInt(v, 10))
			}
		case 7:
			if m.graph != nil {
				return nil, malformed("one graph", "another")
			}
			g, err := parseGraph(w.bytes(), 0)
			if err != nil {
				return nil, err
			}
			m.graph = g
		case 8:
			if err := m.opset(w.bytes()); err != nil {
				return nil, err
			}
		case 14:
			key, value, err := parsePair(w.bytes())
			if err != nil {
				return nil, err
			}
			m.metadata[key] = value
		case 20:
			return nil, unsupported("training information")
		case 25:
			m.functions++
		}
	}
	switch {
	case w.err != nil:
		return nil, w.err
	case m.graph == nil:
		return nil, malformed("a graph", "none")
	case m.functions > 0:
		return nil, unsupported("functions of the model's own")
	}
	return m, nil
}

func (m *modelProto) opset(data []byte) error {
	domain, version := "", int64(0)
	w := wire{what: "opset", rest: data}
	for w.next() {
		switch w.num {
		case 1:
			domain = w.text()
		case 2:
			version = w.int()
		}
	}
	if domain == standardDomain {
		domain = ""
	}
	if old, ok := m.opsets[domain]; ok && old != version {
		return malformed("one version of an operator set", "two")
	}
	m.opsets[domain] = version
	return w.err
}

func parsePair(data []byte) (key, value string, err error) {
	w := wire{what: "metadata", rest: data}
	for w.next() {
		switch w.num {
		case 1:
			key = w.text()
		case 2:
			value = w.text()
		}
	}
	return key, value, w.err
}

func parseGraph(data []byte, depth int) (*graphProto, error) {
	if depth > maxGraphDepth {
		return nil, unsupported("graphs nested more than " + strconv.Itoa(maxGraphDepth) + " deep")
	}
	g := &graphProto{}
	w := wire{what: "graph", rest: data}
	for w.next() {
		switch w.num {
		case 1:
			n, err := parseNode(w.bytes(), depth)
			if err != nil {
				return nil, err
			}
			g.nodes = append(g.nodes, n)
		case 5:
			t, err := parseTensor(w.bytes())
			if err != nil {
				return nil, err
			}
			g.initializers = append(g.initializers, t)
		case 11, 12:
			v, err := parseValue(w.bytes())
			if err != nil {
				return nil, err
			}
			if w.num == 11 {
				g.inputs = append(g.inputs, v)
			} else {
				g.outputs = append(g.outputs, v)
			}
		case 15:
			return nil, unsupported("sparse initializers")
		}
	}
	return g, w.err
}

func parseNode(data []byte, depth int) (*nodeProto, error) {
	n := &nodeProto{attributes: map[string]*attrProto{}}
	w := wire{what: "node", rest: data}
	for w.next() {
		switch w.num {
		case 1:
			n.inputs = append(n.inputs, w.text())
		case 2:
			n.outputs = append(n.outputs, w.text())
		case 3:
			n.name = w.text()
		case 4:
			n.op = w.text()
		case 5:
			name, a, err := parseAttribute(w.bytes(), depth)
			if err != nil {
				return nil, err
			}
			if n.attributes[name] != nil {
				return nil, malformed("attributes of different names", "two of one name")
			}
			n.attributes[name] = a
		case 7:
			n.domain = w.text()
		case 8: // overload
			if len(w.bytes()) > 0 {
				return nil, unsupported("overloaded functions")
			}
		}
	}
	if n.domain == standardDomain {
		n.domain = ""
	}
	return n, w.err
}

func parseAttribute(data []byte, depth int) (string, *attrProto, error) {
	name, a := "", &attrProto{}
	w := wire{what: "attribute", rest: data}
	var err error
	for w.next() && err == nil {
		switch w.num {
		case 1:
			name = w.text()
		case 2:
			a.f = w.float()
		case 3:
			a.i = w.int()
		case 4:
			a.s = w.bytes()
		case 5:
			a.t, err = parseTensor(w.bytes())
		case 6:
			a.g, err = parseGraph(w.bytes(), depth+1)
		case 7:
			a.floats = w.floats(a.floats)
		case 8:
			a.ints = w.ints(a.ints)
		case 9:
			a.strings = append(a.strings, w.bytes())
		case 20:
			a.kind = w.int()
		case 21:
			err = unsupported("attributes that refer to a function's")
		}
	}
	if err == nil {
		err = w.err
	}
	return name, a, err
}

func parseValue(data []byte) (valueProto, error) {
	v := valueProto{}
	w := wire{what: "value", rest: data}
	for w.next() {
		switch w.num {
		case 1:
			v.name = w.text()
		case 2:
			if err := v.typeOf(w.bytes()); err != nil {
				return v, err
			}
		}
	}
	return v, w.err
}

func (v *valueProto) typeOf(data []byte) error {
	w := wire{what: "type", rest: data}
	for w.next() {
		switch w.num {
		case 1:
			if err := v.tensorType(w.bytes()); err != nil {
				return err
			}
		case 4:
			v.other = "sequence"
		case 5:
			v.other = "map"
		case 8:
			v.other = "sparse tensor"
		case 9:
			v.other = "optional"
		}
	}
	return w.err
}

func (v *valueProto) tensorType(data []byte) error {
	w := wire{what: "tensor type", rest: data}
	for w.next() {
		switch w.num {
		case 1:
			v.kind = w.int()
		case 2:
			v.shape = true
			dims := wire{what: "shape", rest: w.bytes()}
			for dims.next() {
				if dims.num == 1 {
					d, err := parseDim(dims.bytes())
					if err != nil {
						return err
					}
					v.dims = append(v.dims, d)
				}
			}
			if dims.err != nil {
				return dims.err
			}
		}
	}
	return w.err
}

func parseDim(data []byte) (int64, error) {
	d := int64(-1)
	w := wire{what: "dimension", rest: data}
	for w.next() {
		if w.num == 1 {
			if d = w.int(); d < 0 {
				return 0, malformed("a dimension of 0 or more", "a negative number")
			}
		}
	}
	return d, w.err
}
