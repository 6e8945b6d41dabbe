package openinference

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/serve"
	"github.com/tidewheel/tidewheel/serve/internal/wire"
	"github.com/tidewheel/tidewheel/validate"
)

// request is an inference request, read.
type request struct {
	id      *string
	outputs []output // wanted
	inputs  []*tensor
	limits  serve.Limits
	binary  bool   // outputs that say nothing are wanted in binary form
	rest    string // the binary data that no input has taken yet
}

// output is a wanted output.
type output struct {
	name   string
	binary *bool // nil: as the request says
}

// tensor is an input.
type tensor struct {
	name     string
	datatype string
	bounds   dataset.Type // of its numbers
	shape    []int
	data     string       // its JSON
	reader   *wire.Reader // of data
	size     int          // of its binary data, -1 when it has JSON
	binary   string
}

// maxDimensions bounds a shape.
const maxDimensions = 8

// boundsOf returns the type that bounds the numbers of a datatype, empty when there are no bounds that matter in JSON; ok is false for an unknown datatype.
func boundsOf(datatype string) (bounds dataset.Type, ok bool) {
	switch datatype {
	case "BOOL", "FP16", "FP32", "FP64", "BYTES":
		return "", true
	case "INT8", "INT16", "INT32", "INT64", "UINT8", "UINT16", "UINT32", "UINT64":
		return dataset.Type(strings.ToLower(datatype)), true
	default:
		return "", false
	}
}

// decode reads a request of JSON with binary data behind it. Members and parameters that it does not know are passed over.
func decode(v *view, body, binary string, l serve.Limits) (*request, error) {
	r, err := wire.NewReader(body, wire.Limits{Depth: l.MaxDepth, TextBytes: l.MaxTextBytes})
	if err != nil {
		return nil, err
	}
	q := &request{limits: l, rest: binary}
	seen := false
	err = r.Object(func(key string) error {
		switch key {
		case "id":
			id, err := r.Text()
			q.id = &id
			return err
		case "inputs":
			seen = true
			return r.Items(func() error { return q.input(v, r) })
		case "outputs":
			return r.Items(func() error { return q.output(v, r) })
		case "parameters":
			return flag(r, "binary_data_output", func(on bool) { q.binary = on })
		default:
			return r.Skip()
		}
	})
	if err == nil {
		err = r.End()
	}
	if err == nil && !seen {
		err = bad("want inputs")
	}
	if err == nil && q.rest != "" {
		err = bad("want no more binary data than the inputs say")
	}
	if len(q.outputs) == 0 {
		for _, name := range v.outputs() {
			q.outputs = append(q.outputs, output{name: name})
		}
	}
	return q, err
}

// flag reads parameters and calls set when the named one is a bool.
func flag(r *wire.Reader, name string, set func(on bool)) error {
	return r.Object(func(key string) error {
		if key != name || r.Peek() != wire.Bool {
			return r.Skip()
		}
		on, err := r.Bool()
		set(on)
		return err
	})
}

// output reads a wanted output.
func (q *request) output(v *view, r *wire.Reader) error {
	var o output
	err := r.Object(func(key string) (err error) {
		switch key {
		case "name":
			o.name, err = r.Text()
		case "parameters":
			err = flag(r, "binary_data", func(on bool) { o.binary = &on })
		default:
			err = r.Skip()
		}
		return err
	})
	if err != nil {
		return err
	}
	if !slices.Contains(v.outputs(), o.name) || slices.ContainsFunc(q.outputs, func(p output) bool { return p.name == o.name }) {
		return bad("output %d: want one of %q, each once", len(q.outputs), v.outputs())
	}
	q.outputs = append(q.outputs, o)
	return nil
}

// input reads a tensor. Its data are read when its name and shape are known, whatever their order in the object.
func (q *request) input(v *view, r *wire.Reader) error {
	if len(q.inputs) > 2*len(v.fields)+64 {
		return fmt.Errorf("inputs: want at most %d: %w", 2*len(v.fields)+64, dataset.ErrLimit)
	}
	t := &tensor{size: -1}
	err := r.Object(func(key string) (err error) {
		switch key {
		case "name":
			t.name, err = r.Text()
		case "datatype":
			t.datatype, err = r.Text()
		case "shape":
			t.shape = []int{}
			err = r.Items(func() error { return t.dimension(r) })
		case "data":
			t.data, err = r.Raw()
		case "parameters":
			err = r.Object(func(key string) error { return t.parameter(r, key) })
		default:
			err = r.Skip()
		}
		return err
	})
	if err != nil {
		return err
	}
	where := fmt.Sprintf("input %d", len(q.inputs))
	var ok bool
	if t.bounds, ok = boundsOf(t.datatype); !ok {
		return bad("%s: want a datatype of BOOL, INT8 to UINT64, FP16, FP32, FP64 or BYTES", where)
	}
	if t.name == "" || len(t.shape) == 0 || (t.data == "") == (t.size < 0) {
		return bad("%s: want name, shape, datatype and data, in JSON or in binary form", where)
	}
	if t.size > len(q.rest) {
		return bad("%s: want %d bytes of binary data, got %d", where, t.size, len(q.rest))
	}
	if t.size >= 0 {
		t.binary, q.rest = q.rest[:t.size], q.rest[t.size:]
	}
	if slices.ContainsFunc(q.inputs, func(o *tensor) bool { return o.name == t.name }) {
		return bad("%s: want each name once, got one twice", where)
	}
	t.reader = r.Sub(t.data)
	q.inputs = append(q.inputs, t)
	return nil
}

// parameter reads a parameter of a tensor.
func (t *tensor) parameter(r *wire.Reader, key string) error {
	if key != "binary_data_size" {
		return r.Skip()
	}
	text, err := r.Number()
	if err != nil {
		return err
	}
	if t.size, err = strconv.Atoi(text); err != nil || t.size < 0 {
		return bad("binary_data_size: want a whole number of bytes")
	}
	return nil
}

func (t *tensor) dimension(r *wire.Reader) error {
	text, err := r.Number()
	if err != nil {
		return err
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n > math.MaxInt32 || len(t.shape) >= maxDimensions {
		return bad("shape: want at most %d whole numbers from 0 to %d", maxDimensions, math.MaxInt32)
	}
	t.shape = append(t.shape, int(n))
	return nil
}

// cells are the values of one column, by row.
type cells struct {
	values   []dataset.Value
	verdicts []validate.Verdict // nil while all are clean
}

func (c *cells) add(v dataset.Value, verdict validate.Verdict) {
	if verdict.Severity != validate.Clean && c.verdicts == nil {
		c.verdicts = make([]validate.Verdict, len(c.values))
	}
	c.values = append(c.values, v)
	if c.verdicts != nil {
		c.verdicts = append(c.verdicts, verdict)
	}
}

// rows returns the rows of the request.
func (q *request) rows(v *view) ([]serve.Input, error) {
	columns := make([]cells, len(v.fields))
	if len(q.inputs) == 1 && v.isMatrix(q.inputs[0]) {
		if err := q.matrix(v, columns); err != nil {
			return nil, err
		}
		return q.gather(columns, q.inputs[0].shape[0], nil, v)
	}
	n, last := -1, -1
	var extra string
	var reordered bool
	for i, t := range q.inputs {
		j := v.model.Schema().Index(t.name)
		if j < 0 {
			if extra == "" {
				extra = t.name[:min(len(t.name), maxName)]
			}
			continue
		}
		if n < 0 {
			n = t.shape[0]
		}
		if len(t.shape) > 2 || (len(t.shape) == 2 && t.shape[1] != 1) || t.shape[0] != n {
			return nil, bad("input %d: want shape [%d] or [%d,1], got %d", i, n, n, t.shape)
		}
		reordered, last = reordered || j < last, max(j, last)
		if err := q.read(v, t, columns[j:j+1], j); err != nil {
			return nil, err
		}
	}
	var about []validate.RowFinding
	if extra != "" {
		about = append(about, validate.RowFinding{Rule: validate.RuleExtraColumn, Severity: validate.Counted, Column: -1, Other: -1})
	}
	if reordered {
		about = append(about, validate.RowFinding{Rule: validate.RuleReorderedColumns, Severity: validate.Counted, Column: -1, Other: -1})
	}
	rows, err := q.gather(columns, max(n, 0), about, v)
	for i := range rows {
		rows[i].Extra = extra
	}
	return rows, err
}

// maxName bounds the bytes of a name that comes back in an answer.
const maxName = 256

// isMatrix reports whether one tensor stands for all columns.
func (v *view) isMatrix(t *tensor) bool {
	p := len(v.fields)
	named := v.model.Schema().Index(t.name) >= 0
	switch len(t.shape) {
	case 1:
		return v.numeric && !named && p == 1
	case 2:
		return v.numeric && (!named || t.shape[1] == p)
	default:
		return false
	}
}

// matrix reads the one tensor of all columns.
func (q *request) matrix(v *view, columns []cells) error {
	t := q.inputs[0]
	if len(t.shape) == 2 && t.shape[1] != len(columns) {
		return bad("input 0: want shape [n,%d], one column for each of the schema, got %d", len(columns), t.shape)
	}
	return q.read(v, t, columns, 0)
}

// gather turns columns into rows. A column that has no tensor refuses every row, whatever else is in it.
func (q *request) gather(columns []cells, n int, about []validate.RowFinding, v *view) ([]serve.Input, error) {
	if missing := q.missing(v); len(missing) > 0 {
		e := &serve.RefusedError{Rows: max(n, 1), Refused: max(n, 1)}
		for _, j := range missing {
			e.Findings = append(e.Findings, v.model.Describe(0, validate.RowFinding{Rule: validate.RuleMissingColumn, Severity: validate.Refused, Column: j, Other: -1}))
		}
		return nil, e
	}
	rows := make([]serve.Input, n)
	p := len(columns)
	values := make([]dataset.Value, n*p)
	for i := range rows {
		in := serve.Input{Values: values[i*p : (i+1)*p : (i+1)*p], Findings: slices.Clone(about)}
		for j, c := range columns {
			in.Values[j] = c.values[i]
			if c.verdicts == nil || c.verdicts[i].Severity == validate.Clean {
				continue
			}
			in.Findings = append(in.Findings, validate.RowFinding{Rule: c.verdicts[i].Rule, Severity: c.verdicts[i].Severity, Column: j, Other: -1})
		}
		rows[i] = in
	}
	return rows, nil
}

// maxMissing bounds the columns that an error names.
const maxMissing = 100

// missing returns the columns without a tensor.
func (q *request) missing(v *view) []int {
	if len(q.inputs) == 1 && v.isMatrix(q.inputs[0]) {
		return nil
	}
	have := make([]bool, len(v.fields))
	for _, t := range q.inputs {
		if j := v.model.Schema().Index(t.name); j >= 0 {
			have[j] = true
		}
	}
	var out []int
	for j, ok := range have {
		if !ok && len(out) < maxMissing {
			out = append(out, j)
		}
	}
	return out
}
