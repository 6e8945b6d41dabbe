package serve

import (
	"fmt"
	"slices"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/serve/internal/wire"
	"github.com/tidewheel/tidewheel/validate"
)

// decoder reads rows of a model from JSON objects, a member for each column, in any order.
//
// What a request takes is bounded by a multiple of its bytes, whatever the number of columns: only rows in which every column was there keep memory of their own,
// and work on a row grows with its members.
type decoder struct {
	m      *Model
	r      *wire.Reader
	limits Limits
	rows   []Input
	seen   []bool          // per column of the row being read
	set    []int           // the columns seen, in their order
	extras map[string]bool // its members that are no column
	spare  []dataset.Value // all null
	listed int             // findings of rows that lack columns
	result validate.RowResult
}

// decode reads one row or an array of rows; many says which it was.
func (m *Model) decode(body string, l Limits) (rows []Input, many bool, err error) {
	r, err := wire.NewReader(body, wire.Limits{Depth: l.MaxDepth, TextBytes: l.MaxTextBytes})
	if err != nil {
		return nil, false, fmt.Errorf("serve: decode: %w", err)
	}
	d := &decoder{m: m, r: r, limits: l, seen: make([]bool, len(m.fields))}
	switch r.Peek() {
	case wire.Object:
		err = d.row()
	case wire.Array:
		many = true
		err = r.Items(d.row)
	default:
		err = r.Want("an object, or an array of objects")
	}
	if err == nil {
		err = r.End()
	}
	if err != nil {
		return nil, many, fmt.Errorf("serve: decode: %w", err)
	}
	return d.rows, many, nil
}

// row reads one object.
func (d *decoder) row() error {
	if len(d.rows) >= d.limits.MaxRows {
		return fmt.Errorf("want at most %d rows: %w", d.limits.MaxRows, dataset.ErrLimit)
	}
	in := Input{Values: d.spare}
	d.spare = nil
	if in.Values == nil {
		in.Values = make([]dataset.Value, len(d.m.fields))
	}
	for _, i := range d.set {
		d.seen[i] = false
	}
	d.set = d.set[:0]
	clear(d.extras)
	if err := d.r.Members(func(key string) error { return d.member(key, &in) }); err != nil {
		return err
	}
	if !slices.IsSorted(d.set) {
		in.add(validate.RuleReorderedColumns, validate.Counted, -1)
	}
	if len(d.set) < len(d.seen) {
		d.incomplete(&in)
	}
	d.rows = append(d.rows, in)
	return nil
}

// maxExtra bounds the bytes of a name that comes back in an answer.
const maxExtra = 256

func (in *Input) add(rule validate.Rule, severity validate.Severity, column int) {
	in.Findings = append(in.Findings, validate.RowFinding{Rule: rule, Severity: severity, Column: column, Other: -1})
}

// member reads the value of one key. The first key of a row that is no column is counted, and all of them are passed over.
func (d *decoder) member(key string, in *Input) error {
	i := d.m.schema.Index(key)
	if i < 0 {
		if d.extras[key] {
			return d.r.Twice()
		}
		if d.extras == nil {
			d.extras = make(map[string]bool)
		}
		if len(d.extras) == 0 {
			in.add(validate.RuleExtraColumn, validate.Counted, -1)
			in.Extra = key[:min(len(key), maxExtra)]
		}
		d.extras[key] = true
		return d.r.Skip()
	}
	if d.seen[i] {
		return d.r.Twice()
	}
	d.seen[i] = true
	d.set = append(d.set, i)
	v, verdict, err := wire.Cell(d.r, &d.m.fields[i])
	in.Values[i] = v
	if verdict.Severity != validate.Clean {
		in.add(verdict.Rule, verdict.Severity, i)
	}
	return err
}

// incomplete refuses a row that lacks columns. While there is room in the answer, it names them and checks the others here; the values are then forgotten.
func (d *decoder) incomplete(in *Input) {
	first := slices.Index(d.seen, false)
	in.add(validate.RuleMissingColumn, validate.Refused, first)
	if d.listed < maxFindings {
		for i := first + 1; i < len(d.seen) && len(in.Findings) < maxFindings; i++ {
			if !d.seen[i] {
				in.add(validate.RuleMissingColumn, validate.Refused, i)
			}
		}
		d.m.validator.CheckRow(dataset.Row{Schema: d.m.schema, Values: in.Values}, &d.result)
		in.Findings = merge(in.Findings, d.result.Findings)
		d.listed += len(in.Findings)
	}
	for _, i := range d.set {
		in.Values[i] = dataset.Value{}
	}
	d.spare, in.Values = in.Values, nil
}
