package repair

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/validate"
)

// Mend repairs only what breaks a rule, and only if that keeps it then: a value that a validate.Validator of Field refuses goes through Steps, one after the
// other, until it is accepted; when it is not accepted in the end, it stays as it was. Every other value stays. What Propose proposes is of this kind.
type Mend struct {
	Field dataset.Field // the column and its rules
	Steps []Repair      // repairs of cells of that column; not Mend, Convert, Smooth or Dedupe
}

func (r Mend) plan() (plan, error) {
	err := named("Mend.Field.Name", r.Field.Name)
	if len(r.Steps) == 0 {
		err = errors.Join(err, option("Mend.Steps", "none", "one or more"))
	}
	steps := make([]plan, len(r.Steps))
	for i, step := range r.Steps {
		if step == nil {
			err = errors.Join(err, option("Mend.Steps", "nil", "a repair"))
			continue
		}
		p, bad := step.plan()
		if bad == nil && (p.bind == nil || p.mends || p.column != r.Field.Name) {
			bad = option("Mend.Steps", fmt.Sprintf("%T of column %q", step, p.column), fmt.Sprintf("repairs of the cells of column %q", r.Field.Name))
		}
		steps[i] = p
		err = errors.Join(err, bad)
	}
	return plan{name: "mend", column: r.Field.Name, mends: true, bind: func(t target) (cellFunc, error) { return r.bind(t, steps) }}, err
}

func (r Mend) bind(t target, steps []plan) (cellFunc, error) {
	if t.as = r.Field.Type; !t.field.Type.IsText() {
		t.as = t.field.Type
	}
	if t.as.IsText() != r.Field.Type.IsText() {
		return nil, unfit(t, "type "+string(r.Field.Type))
	}
	keeps, err := keeper(r.Field, t.field.Type.IsText())
	if err != nil {
		return nil, err
	}
	bound := make([]cellFunc, len(steps))
	for i := range steps {
		if bound[i], err = steps[i].bind(t); err != nil {
			return nil, err
		}
	}
	return func(x dataset.Value) (dataset.Value, string) {
		if keeps(x) {
			return x, ""
		}
		var names []string
		y := x
		for _, step := range bound {
			next, by := step(y)
			if by == "" {
				continue
			}
			y = next
			if !slices.Contains(names, by) {
				names = append(names, by)
			}
			if keeps(y) {
				return y, strings.Join(names, "+")
			}
		}
		return x, ""
	}, nil
}

// keeper returns the function that reports whether a Validator of a field accepts a value, which may be the text of a number.
func keeper(f dataset.Field, texts bool) (func(dataset.Value) bool, error) {
	s, err := dataset.NewSchema(f)
	if err != nil {
		return nil, err
	}
	v, err := validate.New(s, validate.ValidatorOptions{Workers: 1})
	if err != nil {
		return nil, err
	}
	row, result := dataset.NewRow(s), new(validate.RowResult)
	return func(x dataset.Value) bool {
		if texts && x.Valid && !f.Type.IsText() {
			var verdict validate.Verdict
			if x, verdict = validate.ParseCell(f, x.Text); verdict.Severity == validate.Refused {
				return false
			}
		}
		row.Values[0] = x
		v.CheckRow(row, result)
		return result.OK()
	}, nil
}
