package openinference

import (
	"errors"
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
	outputs []string // wanted; nil for all
	inputs  []*tensor
	limits  serve.Limits
}

// tensor is an input.
type tensor struct {
	name     string
	datatype string
	bounds   dataset.Type // of its numbers
	shape    []int
	data     string // its JSON
	reader   *wire.Reader
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

// decode reads the JSON of a request. Members that it does not know, and parameters, are passed over.
func decode(v *view, body string, l serve.Limits) (*request, error) {
	r, err := wire.NewReader(body, wire.Limits{Depth: l.MaxDepth, TextBytes: l.MaxTextBytes})
	if err != nil {
		return nil, err
	}
	q := &request{limits: l}
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
			q.outputs = []string{}
			return r.Items(func() error { return q.output(v, r) })
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
	if len(q.outputs) == 0 {
		q.outputs = v.outputs()
	}
	return q, err
}

// output reads a wanted output.
func (q *request) output(v *view, r *wire.Reader) error {
	name := ""
	err := r.Object(func(key string) error {
		if key != "name" {
			return r.Skip()
		}
		var err error
		name, err = r.Text()
		return err
	})
	if err != nil {
		return err
	}
	if !slices.Contains(v.outputs(), name) || slices.Contains(q.outputs, name) {
		return bad("output %d: want one of %q, each once", len(q.outputs), v.outputs())
	}
	q.outputs = append(q.outputs, name)
	return nil
}

// input reads a tensor. Its data are read when its name and shape are known, whatever their order in the object.
func (q *request) input(v *view, r *wire.Reader) error {
	if len(q.inputs) > 2*len(v.fields)+64 {
		return fmt.Errorf("inputs: want at most %d: %w", 2*len(v.fields)+64, dataset.ErrLimit)
	}
	t := &tensor{}
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
	if t.name == "" || len(t.shape) == 0 || t.data == "" {
		return bad("%s: want name, shape, datatype and data", where)
	}
	if slices.ContainsFunc(q.inputs, func(o *tensor) bool { return o.name == t.name }) {
		return bad("%s: want each name once, got one twice", where)
	}
	t.reader = r.Sub(t.data)
	q.inputs = append(q.inputs, t)
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

// read reads the data of a tensor into columns, row by row; the first of them is column first of the schema.
func (q *request) read(v *view, t *tensor, columns []cells, first int) error {
	n := t.shape[0]
	if n > q.limits.MaxRows {
		return fmt.Errorf("shape: want at most %d rows: %w", q.limits.MaxRows, dataset.ErrLimit)
	}
	want, p, got := n*len(columns), len(columns), 0
	element := func() error {
		if got++; got > want {
			return errElements
		}
		j := (got - 1) % p
		value, verdict, err := t.element(&v.fields[first+j])
		columns[j].add(value, verdict)
		return err
	}
	err := t.nested(t.shape, element)
	if err == nil && got != want {
		err = errElements
	}
	if errors.Is(err, errElements) {
		return bad("input %q: want data that fill the shape %d", v.label(t), t.shape)
	}
	return err
}

// label returns the name of a tensor that is a column; a client's other names are not repeated.
func (v *view) label(t *tensor) string {
	if v.model.Schema().Index(t.name) >= 0 {
		return t.name
	}
	return "0"
}

// errElements says that data do not fill a shape.
var errElements = errors.New("data do not fill the shape")

// nested reads an array of elements, flat, or nested as the shape says.
func (t *tensor) nested(shape []int, element func() error) error {
	r, n, flat := t.reader, 0, false
	err := r.Items(func() error {
		n++
		scalar := r.Peek() != wire.Array
		flat = flat || (n == 1 && scalar)
		switch {
		case scalar != flat:
			return errElements
		case flat:
			return element()
		case len(shape) < 2 || n > shape[0]:
			return errElements
		default:
			return t.inner(shape[1:], element)
		}
	})
	if err == nil && !flat && n != shape[0] {
		return errElements
	}
	return err
}

// inner reads what is nested: an array of exactly the shape.
func (t *tensor) inner(shape []int, element func() error) error {
	r, n := t.reader, 0
	err := r.Items(func() error {
		if n++; n > shape[0] {
			return errElements
		}
		if len(shape) == 1 {
			return element()
		}
		if r.Peek() != wire.Array {
			return errElements
		}
		return t.inner(shape[1:], element)
	})
	if err == nil && n != shape[0] {
		return errElements
	}
	return err
}

// element reads one element as a value of f. A number that its integer datatype cannot hold is refused as one of the column would be.
func (t *tensor) element(f *dataset.Field) (dataset.Value, validate.Verdict, error) {
	r := t.reader
	if r.Peek() == wire.Array {
		return dataset.Value{}, validate.Verdict{}, errElements
	}
	if t.bounds == "" || t.bounds == f.Type || r.Peek() != wire.Number {
		return wire.Cell(r, f)
	}
	text, err := r.Number()
	if err != nil {
		return dataset.Value{}, validate.Verdict{}, err
	}
	if _, verdict := validate.ParseCell(dataset.Field{Type: t.bounds}, text); verdict.Severity == validate.Refused {
		return dataset.Value{}, verdict, nil
	}
	v, verdict := wire.NumberCell(f, text)
	return v, verdict, nil
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
