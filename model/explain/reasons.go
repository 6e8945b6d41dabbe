package explain

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/plan"
	"github.com/tidewheel/tidewheel/model"
)

// Direction is which way a contribution moves a score.
type Direction int8

// The directions. As an option, Either takes both.
const (
	Either Direction = 0
	Raises Direction = 1
	Lowers Direction = -1
)

const (
	maxTop  = 1000
	unnamed = "(withheld)"
)

// String returns "raises", "lowers" or "either".
func (d Direction) String() string {
	switch d {
	case Raises:
		return "raises"
	case Lowers:
		return "lowers"
	default:
		return "either"
	}
}

// ReasonOptions are those of NewReasoner. The zero value is ready to use: the three strongest of both directions.
type ReasonOptions struct {
	Top       int       // reasons a row at most, 1 to 1,000; default 3
	Direction Direction // only contributions of this direction; default both. An adverse action needs those that made the score worse
	// Templates gives the text for a group by its name. {column} stands for the group's name, {value} for the value (of several columns, their values with " & "
	// between them), {unit} for the unit, {direction} for raises or lowers, {contribution} for the number in three digits. Default DefaultTemplate.
	Templates map[string]string
}

// DefaultTemplate is the text of a reason whose group has none.
const DefaultTemplate = "{column} = {value} {direction} the score by {contribution}"

// Reason is one group's part in a row's score.
type Reason struct {
	Group        int     // index in Explainer.Groups
	Contribution float64 // in the unit of the raw score, never 0 or NaN
}

// Direction returns which way the reason moves the score.
func (r Reason) Direction() Direction {
	if r.Contribution < 0 {
		return Lowers
	}
	return Raises
}

// Reasoner gives the reasons of one row at a time without allocating. Not safe for concurrent use: each goroutine has its own.
type Reasoner struct {
	e         *Explainer
	top       int
	direction Direction
	program   *plan.Program // slots only
	memory    *plan.Scratch
	values    []dataset.Value // per plan input
	row       *rowScratch
	phi       []float64 // outputs × groups
	reasons   []Reason
	templates []string // per group
	names     []string // per group
	columns   [][]int  // per group: its columns in the input schema
}

// NewReasoner returns a reasoner with memory of its own. It errors with an *model.OptionError for a Top out of range, an unknown Direction or a template for a group
// that the model does not have.
func (e *Explainer) NewReasoner(o ReasonOptions) (*Reasoner, error) {
	if o.Top == 0 {
		o.Top = 3
	}
	if o.Top < 1 || o.Top > maxTop {
		return nil, fmt.Errorf("explain: new reasoner: %w", &model.OptionError{Field: "explain.ReasonOptions.Top", Value: strconv.Itoa(o.Top), Want: "1 to 1000"})
	}
	if o.Direction < Lowers || o.Direction > Raises {
		return nil, fmt.Errorf("explain: new reasoner: %w",
			&model.OptionError{Field: "explain.ReasonOptions.Direction", Value: strconv.Itoa(int(o.Direction)), Want: "Either, Raises or Lowers"})
	}
	g, err := e.sum.reader(false)
	if err != nil {
		return nil, fmt.Errorf("explain: new reasoner: %w", err)
	}
	r := &Reasoner{
		e: e, top: min(o.Top, len(e.sum.groups)), direction: o.Direction, program: g, memory: g.NewRowScratch(), values: make([]dataset.Value, len(g.Plan().Inputs)),
		row: e.newRowScratch(1), phi: make([]float64, len(e.base)*len(e.sum.groups)),
	}
	r.reasons = make([]Reason, 0, r.top)
	known := make(map[string]bool)
	for _, group := range e.sum.groups {
		name := group.Name()
		known[name] = true
		template, ok := o.Templates[name]
		if !ok {
			template = DefaultTemplate
		}
		r.names, r.templates = append(r.names, name), append(r.templates, template)
		var columns []int
		for _, c := range group.Columns {
			columns = append(columns, e.sum.schema.Index(c))
		}
		r.columns = append(r.columns, columns)
	}
	for name := range o.Templates {
		if !known[name] {
			return nil, fmt.Errorf("explain: new reasoner: %w",
				&model.OptionError{Field: "explain.ReasonOptions.Templates", Value: strconv.Quote(name), Want: "names of the explainer's groups"})
		}
	}
	return r, nil
}

// Reasons returns the groups with the largest contributions to an output of row by magnitude, the largest first and equal ones in the order of the groups. row has the
// values of the model's Signature().Input, as RowScorer.Score takes it. There are fewer than Top where fewer groups contribute, and none for a row that
// the model has no number for. The result belongs to r and is valid until the next call. It panics when output is out of range. It allocates nothing.
func (r *Reasoner) Reasons(row dataset.Row, output int) []Reason {
	r.explain(row)
	groups := len(r.names)
	r.reasons = r.reasons[:0]
	for g, v := range r.phi[output*groups : (output+1)*groups] {
		if math.IsNaN(v) {
			return r.reasons[:0]
		}
		if v == 0 || float64(r.direction)*v < 0 {
			continue
		}
		at := len(r.reasons)
		for at > 0 && math.Abs(r.reasons[at-1].Contribution) < math.Abs(v) {
			at--
		}
		if at == r.top {
			continue
		}
		if len(r.reasons) < r.top {
			r.reasons = append(r.reasons, Reason{})
		}
		copy(r.reasons[at+1:], r.reasons[at:])
		r.reasons[at] = Reason{Group: g, Contribution: v}
	}
	return r.reasons
}

// Contributions returns the contributions of all groups to an output of row, without allocating. The result belongs to r and is valid until the next call.
func (r *Reasoner) Contributions(row dataset.Row, output int) []float64 {
	r.explain(row)
	groups := len(r.names)
	return r.phi[output*groups : (output+1)*groups]
}

func (r *Reasoner) explain(row dataset.Row) {
	for i, j := range r.e.sum.columns {
		r.values[i] = row.Values[j]
	}
	r.program.Row(r.values, r.memory)
	for s := range r.row.slots {
		r.row.slots[s][0] = r.program.Output(r.memory, s)
	}
	r.e.rows(r.row, 1, r.phi)
}

// Text returns a reason of row as a sentence by the group's template. The value of a personal column is replaced by "(withheld)" and a null is "missing". It
// allocates.
func (r *Reasoner) Text(row dataset.Row, reason Reason) string {
	group := r.e.sum.groups[reason.Group]
	var values, units []string
	for _, c := range r.columns[reason.Group] {
		f := r.e.sum.schema.Field(c)
		values = append(values, valueText(f, row.Values[c]))
		units = append(units, f.Unit)
	}
	value := strings.Join(values, " & ")
	if group.Personal {
		value = unnamed
	}
	return strings.NewReplacer(
		"{column}", r.names[reason.Group], "{value}", value, "{unit}", strings.Join(slices.Compact(units), " & "), "{direction}", reason.Direction().String(),
		"{contribution}", strconv.FormatFloat(math.Abs(reason.Contribution), 'g', 3, 64),
	).Replace(r.templates[reason.Group])
}

// valueText returns a value for people: dates as such, numbers in at most six digits.
func valueText(f dataset.Field, v dataset.Value) string {
	switch {
	case f.Personal:
		return unnamed
	case !v.Valid:
		return "missing"
	case f.Type.IsText():
		return v.Text
	case v.IsMissing():
		return "missing"
	}
	switch f.Type.Class() {
	case dataset.ClassBool:
		return strconv.FormatBool(v.Number != 0)
	case dataset.ClassInteger:
		return strconv.FormatFloat(v.Number, 'f', -1, 64)
	case dataset.ClassDate:
		return time.Unix(int64(v.Number)*24*60*60, 0).UTC().Format(time.DateOnly)
	case dataset.ClassTime:
		return time.UnixMicro(int64(v.Number)).UTC().Format(time.RFC3339)
	default:
		return strconv.FormatFloat(v.Number, 'g', 6, 64)
	}
}
