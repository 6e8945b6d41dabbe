package onnx

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/plan"
	"github.com/tidewheel/tidewheel/model"
)

// Options says how Read binds the columns of a model. interchange.ONNXOptions describes the fields.
type Options struct {
	Schema   *dataset.Schema
	Features []string
	Target   string
	Classes  []string
}

const (
	optionsName = "interchange.ONNXOptions"

	// FeatureNames is the key of the metadata that holds the names of the columns as a JSON list.
	FeatureNames = "feature_names"

	// TaskName is the key of the metadata that holds the task of a model that is written here.
	TaskName = "tidewheel.task"

	leastStandard, mostStandard = 7, 26
	leastML, mostML             = 1, 5
	maxInputs                   = 100_000
)

// Read compiles a model.
func Read(data []byte, o Options) (*model.Planned, error) {
	m, err := parseModel(data)
	if err != nil {
		return nil, err
	}
	if err := m.checkOpsets(); err != nil {
		return nil, err
	}
	inputs, err := m.inputs(o, min(maxInputs, 1<<12+len(data)))
	if err != nil {
		return nil, err
	}
	r := &reader{options: o, inputs: inputs, task: m.metadata[TaskName]}
	if err := r.start(); err != nil {
		return nil, err
	}
	r.c.opsets, r.c.known = m.opsets, operators()
	r.c.budget = 1<<17 + 16*len(data)
	if err := r.bind(); err != nil {
		return nil, err
	}
	if err := r.c.graph(m.graph); err != nil {
		return nil, err
	}
	r.c.node = &nodeProto{op: "outputs"}
	return r.predictor(m.graph.outputs)
}

func (m *modelProto) checkOpsets() error {
	for domain, bounds := range map[string][2]int64{"": {leastStandard, mostStandard}, mlDomain: {leastML, mostML}, msDomain: {1, 1}} {
		if v, ok := m.opsets[domain]; ok && (v < bounds[0] || v > bounds[1]) {
			return unsupported(fmt.Sprintf("version %d of operator set %q, want %d to %d", v, domain, bounds[0], bounds[1]))
		}
	}
	return nil
}

// input is an input of the graph with the names of its columns.
type input struct {
	name    string
	kind    kind
	narrow  bool // int32
	rank    int
	columns []string
}

// inputs lists what the graph reads, without the initializers that older files name too.
func (m *modelProto) inputs(o Options, most int) ([]input, error) {
	constant := map[string]bool{}
	for _, t := range m.graph.initializers {
		constant[t.name] = true
	}
	var out []input
	var open []int // inputs of which the file does not say how many columns they have
	total := 0
	for _, v := range m.graph.inputs {
		if constant[v.name] {
			continue
		}
		in, columns, err := v.input()
		if err != nil {
			return nil, err
		}
		if columns < 0 {
			open = append(open, len(out))
			columns = 0
		}
		if total += columns; total > most || len(out) > most {
			return nil, fmt.Errorf("over %d columns: %w", most, dataset.ErrLimit)
		}
		in.columns = make([]string, columns)
		out = append(out, in)
	}
	if len(out) == 0 {
		return nil, unsupported("a model without inputs")
	}
	names, err := m.names(o)
	if err != nil {
		return nil, err
	}
	if len(open) == 1 && len(names) > total {
		out[open[0]].columns = make([]string, len(names)-total)
		total = len(names)
		open = nil
	}
	if len(open) > 0 {
		return nil, unsupported(fmt.Sprintf("input %q of an open number of columns, unless the options name the features", short(out[open[0]].name)))
	}
	return out, name(out, names, total, o)
}

// names returns the names of all columns that the options or the file give, nil for none.
func (m *modelProto) names(o Options) ([]string, error) {
	if o.Features != nil {
		return o.Features, nil
	}
	text, ok := m.metadata[FeatureNames]
	if !ok {
		return nil, nil
	}
	var names []string
	if json.Unmarshal([]byte(text), &names) != nil {
		return nil, malformed("metadata "+FeatureNames+" as a JSON list of texts", "another value")
	}
	return names, nil
}

// name gives each column its name.
func name(inputs []input, names []string, total int, o Options) error {
	if names == nil && o.Schema != nil && len(inputs) == 1 && total > 1 {
		for _, f := range o.Schema.Fields() {
			if f.Role == dataset.Feature && f.Name != o.Target {
				names = append(names, f.Name)
			}
		}
		if len(names) != total {
			return &dataset.SchemaError{
				Column: inputs[0].name, Want: fmt.Sprintf("%d features in the schema, or their names in the options", total), Got: fmt.Sprintf("%d features", len(names)),
			}
		}
	}
	if names != nil && len(names) != total {
		if o.Features == nil {
			return malformed(fmt.Sprintf("metadata %s of %d names", FeatureNames, total), fmt.Sprintf("%d", len(names)))
		}
		return &model.OptionError{Field: optionsName + ".Features", Value: fmt.Sprintf("%d names", len(names)), Want: fmt.Sprintf("the names of the %d columns", total)}
	}
	seen := map[string]bool{}
	at := 0
	for _, in := range inputs {
		for i := range in.columns {
			switch {
			case names != nil:
				in.columns[i] = names[at]
			case len(in.columns) == 1:
				in.columns[i] = in.name
			default:
				in.columns[i] = in.name + "_" + strconv.Itoa(i)
			}
			at++
			if n := in.columns[i]; seen[n] || n == "" {
				return malformed("columns of different names", fmt.Sprintf("%q twice or empty", short(n)))
			}
			seen[in.columns[i]] = true
		}
	}
	return nil
}

// input checks that v is a tensor of rows; columns is -1 for an open number.
func (v valueProto) input() (in input, columns int, err error) {
	refuse := func(what string) (input, int, error) {
		return input{}, 0, unsupported(fmt.Sprintf("input %q: %s", short(v.name), what))
	}
	in = input{name: v.name, kind: kindOf(v.kind), narrow: v.kind == typeInt32, rank: len(v.dims)}
	switch {
	case v.other != "":
		return refuse("a " + v.other)
	case in.kind == 0:
		return refuse("data type " + strconv.FormatInt(v.kind, 10))
	case !v.shape || in.rank < 1 || in.rank > 2:
		return refuse("a shape other than [rows] or [rows, columns]")
	case v.dims[0] >= 0:
		return refuse("a fixed number of rows")
	case in.rank == 1:
		return in, 1, nil
	case v.dims[1] > maxInputs:
		return in, 0, fmt.Errorf("input %q: over %d columns: %w", short(v.name), maxInputs, dataset.ErrLimit)
	case v.dims[1] == 0:
		return refuse("no columns")
	}
	return in, int(v.dims[1]), nil
}

// reader puts the predictor together.
type reader struct {
	options Options
	inputs  []input
	task    string // what the metadata says, empty for none
	fields  []dataset.Field
	c       *compiler
}

// start begins the plan with its inputs.
func (r *reader) start() error {
	var columns []plan.Input
	for _, in := range r.inputs {
		for _, name := range in.columns {
			f, err := in.field(name, r.options.Schema)
			if err != nil {
				return err
			}
			r.fields = append(r.fields, f)
			k := plan.Number
			if in.kind == text {
				k = plan.Text
			}
			columns = append(columns, plan.Input{Name: name, Kind: k})
		}
	}
	r.c = &compiler{b: plan.NewBuilder(columns...), consts: map[uint64]int32{}, values: map[string]*tensor{}, registers: len(columns), node: &nodeProto{op: "inputs"}}
	return nil
}

// field is the column of that name in the schema, or the one that the input's type makes.
func (in input) field(name string, s *dataset.Schema) (dataset.Field, error) {
	types := map[kind]dataset.Type{single: dataset.Float64, double: dataset.Float64, whole: dataset.Int64, boolean: dataset.Bool, text: dataset.Utf8}
	f := dataset.Field{Name: name, Type: types[in.kind], Nullable: in.kind.isFloat()}
	if in.narrow {
		f.Type = dataset.Int32
	}
	if s == nil {
		return f, nil
	}
	got, ok := s.Lookup(name)
	if !ok {
		return f, &dataset.SchemaError{Column: name, Want: "every column of the model in the schema", Got: "no such column"}
	}
	class := got.Type.Class()
	fits := got.Type.IsNumeric() && !got.Type.IsText()
	switch in.kind {
	case text:
		fits = got.Type.IsText()
	case whole:
		fits = class == dataset.ClassInteger || class == dataset.ClassBool
	case boolean:
		fits = class == dataset.ClassBool
	case single, double:
	}
	if !fits {
		return f, &dataset.SchemaError{Column: name, Want: "a column for input type " + in.kind.String(), Got: "type " + string(got.Type)}
	}
	return got, nil
}

// bind makes tensors of the inputs.
func (r *reader) bind() error {
	c := r.c
	next := int32(0)
	for _, in := range r.inputs {
		t := &tensor{kind: in.kind, dims: []int{1, len(in.columns)}, rows: 0}
		if in.rank == 1 {
			t.dims = []int{1}
		}
		for range in.columns {
			t.regs = append(t.regs, next)
			next++
		}
		switch in.kind {
		case single:
			t.regs = c.math(plan.OpMap, plan.Math{Func: plan.FuncIdentity, Float32: true}, t.regs, len(t.regs))
		case whole, boolean:
			c.nulls = append(c.nulls, t.regs...)
		case double, text:
		}
		if err := c.define(in.name, t); err != nil {
			return err
		}
	}
	return c.err
}
