package explain

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
)

const (
	maxBeam    = 10_000
	maxAllowed = 1000 // columns, and values of one
	bisections = 40
)

// Allow is a column that a counterfactual may change, and how.
type Allow struct {
	Column    string
	Direction Direction       // of a numeric column: only up (Raises) or down (Lowers); default both
	Low, High *float64        // of a numeric column: its range; default the schema's Min and Max, one of which must be there for each end
	Values    []dataset.Value // the values to try; default Steps even steps of the range, and OneOf for a text column
}

// CounterfactualOptions are those of FindCounterfactual. The zero value is ready to use, but for Allow.
type CounterfactualOptions struct {
	Allow []Allow // at least one, at most 1,000
	// AtLeast and AtMost are the answer to reach: within both where both are given. Default at least 0.5.
	AtLeast, AtMost *float64
	// Output is which of the answers is meant, as Dependence lists them: 0 for a regression's prediction and the probability of the second of two classes, the index of
	// the class for more. Default 0.
	Output  int
	Raw     bool // the answers are raw scores
	Changes int  // columns changed at most, 1 to 10; default 3
	Steps   int  // values tried of a numeric range, 2 to 1,000; default 20
	Beam    int  // partial changes kept for the next column, 1 to 10,000; default 50
}

// Change is one column's part of a counterfactual.
type Change struct {
	Column   string
	From, To dataset.Value // From is null for a personal column
}

// Counterfactual is a change of some columns and what the model says then.
type Counterfactual struct {
	Reached bool     // the answer asked for; else Changes is the nearest that was met
	Changes []Change // in the order of Allow; empty when the row reaches it as it is
	Answer  float64
	Cost    float64 // over the changes: the share of the range that a number moves, 1 for a text or a value that was missing
}

// FindCounterfactual returns a cheap change of at most o.Changes allowed columns that makes p answer as asked: what would have to be otherwise. row has the values of
// p.Signature().Input.
//
// The search is deterministic and not exhaustive. It tries every value of every allowed column, goes on from the Beam changes nearest to the answer with one column
// more, and takes the cheapest that reaches it; then it moves each changed number back towards where it was, by bisection, as long as the answer still holds. So
// the result is valid, and a cheaper one may exist: surely none that changes one column to a value tried. It knows nothing of causes: a column may not be changeable
// in life without others, and doing what it says need not change the outcome.
//
// Cost: up to (1 + Changes × Beam) × values of all columns predictions of one row, in one batch a column. Errors: *model.OptionError (no range for a column, a
// column twice), dataset.ErrSchema, those of Predict.
func FindCounterfactual(ctx context.Context, p model.Predictor, row dataset.Row, o CounterfactualOptions) (*Counterfactual, error) {
	s, err := newSearch(ctx, p, row, o)
	if err != nil {
		return nil, fmt.Errorf("explain: counterfactual: %w", err)
	}
	c, err := s.run()
	if err != nil {
		return nil, fmt.Errorf("explain: counterfactual: %w", err)
	}
	return c, nil
}

// search is one run.
type search struct {
	ctx     context.Context //nolint:containedctx // lives as long as the one call
	p       model.Predictor
	o       CounterfactualOptions
	input   *dataset.Schema
	row     dataset.Row
	columns []candidate
}

// candidate is an allowed column with the values to try.
type candidate struct {
	field  dataset.Field
	index  int // in the input schema
	values []dataset.Value
	span   float64 // what a number's move is measured by
}

// option is a row with some columns changed: values[i] is the new value of candidate which[i].
type option struct {
	which  []int
	values []dataset.Value
	answer float64
	cost   float64
}

func newSearch(ctx context.Context, p model.Predictor, row dataset.Row, o CounterfactualOptions) (*search, error) {
	s := &search{ctx: ctx, p: p, input: p.Signature().Input, row: row}
	var err error
	if s.o, err = o.withDefaults(); err != nil {
		return nil, err
	}
	if len(row.Values) != s.input.Len() {
		return nil, &dataset.SchemaError{Want: fmt.Sprintf("%d values, those of the model's input", s.input.Len()), Got: strconv.Itoa(len(row.Values))}
	}
	seen := make(map[string]bool)
	for _, a := range o.Allow {
		f, ok := s.input.Lookup(a.Column)
		if !ok {
			return nil, &dataset.SchemaError{Column: a.Column, Want: "a column of the model's input", Got: "no such column"}
		}
		if seen[a.Column] {
			return nil, &model.OptionError{Field: "explain.CounterfactualOptions.Allow", Value: strconv.Quote(a.Column) + " twice", Want: "each column once"}
		}
		seen[a.Column] = true
		c, err := s.candidate(a, f)
		if err != nil {
			return nil, err
		}
		s.columns = append(s.columns, c)
	}
	return s, nil
}

func (o CounterfactualOptions) withDefaults() (CounterfactualOptions, error) {
	if half := 0.5; o.AtLeast == nil && o.AtMost == nil {
		o.AtLeast = &half
	}
	if o.Changes == 0 {
		o.Changes = 3
	}
	if o.Steps == 0 {
		o.Steps = 20
	}
	if o.Beam == 0 {
		o.Beam = 50
	}
	var errs []error
	check := func(field string, v, low, high int) {
		if v < low || v > high {
			errs = append(errs, &model.OptionError{Field: "explain.CounterfactualOptions." + field, Value: strconv.Itoa(v), Want: fmt.Sprintf("%d to %d", low, high)})
		}
	}
	check("Allow", len(o.Allow), 1, maxAllowed)
	check("Changes", o.Changes, 1, 10)
	check("Steps", o.Steps, 2, maxAllowed)
	check("Beam", o.Beam, 1, maxBeam)
	check("Output", o.Output, 0, math.MaxInt32)
	if (o.AtLeast != nil && math.IsNaN(*o.AtLeast)) || (o.AtMost != nil && math.IsNaN(*o.AtMost)) || (o.AtLeast != nil && o.AtMost != nil && *o.AtLeast > *o.AtMost) {
		errs = append(errs, &model.OptionError{Field: "explain.CounterfactualOptions.AtLeast", Value: "NaN, or above AtMost", Want: "numbers to reach, the lower first"})
	}
	return o, errors.Join(errs...)
}

// candidate returns the values to try of an allowed column, which are all different from the row's.
func (s *search) candidate(a Allow, f dataset.Field) (candidate, error) {
	c := candidate{field: f, index: s.input.Index(f.Name)}
	refuse := func(value, want string) (candidate, error) {
		return candidate{}, &model.OptionError{Field: "explain.Allow of " + strconv.Quote(f.Name), Value: value, Want: want}
	}
	now := s.row.Values[c.index]
	switch {
	case len(a.Values) > maxAllowed:
		return refuse(fmt.Sprintf("%d values", len(a.Values)), "at most 1000")
	case f.Type.IsText():
		c.values = slices.Clone(a.Values)
		if a.Values == nil {
			for _, v := range f.OneOf {
				c.values = append(c.values, dataset.TextValue(v))
			}
		}
		if len(c.values) == 0 {
			return refuse("no values", "values to try, or OneOf in the schema")
		}
		c.values = slices.DeleteFunc(c.values, func(v dataset.Value) bool { return now.Valid && v.Valid && v.Text == now.Text })
		return c, nil
	case !f.Type.IsNumeric():
		return refuse("type "+string(f.Type), "a numeric or text column")
	}
	low, high := cmp.Or(a.Low, f.Min), cmp.Or(a.High, f.Max)
	if a.Values == nil && (low == nil || high == nil || !(*low <= *high)) {
		return refuse("no range", "Low and High, or Min and Max in the schema, or Values")
	}
	c.values = slices.Clone(a.Values)
	if a.Values == nil {
		for i := range s.o.Steps {
			v := *low + float64((*high-*low)*float64(i)/float64(s.o.Steps-1))
			c.values = append(c.values, dataset.NumberValue(whole(f, v)))
		}
		c.span = *high - *low
	}
	for _, v := range c.values {
		if !now.IsMissing() && !v.IsMissing() {
			c.span = max(c.span, math.Abs(v.Number-now.Number))
		}
	}
	c.values = slices.DeleteFunc(c.values, func(v dataset.Value) bool {
		d := v.Number - now.Number
		return !now.IsMissing() && (v.IsMissing() || d == 0 || float64(a.Direction)*d < 0)
	})
	return c, nil
}

// whole rounds v where f counts.
func whole(f dataset.Field, v float64) float64 {
	if c := f.Type.Class(); c == dataset.ClassInteger || c == dataset.ClassBool || c == dataset.ClassDate || c == dataset.ClassTime {
		return math.Round(v)
	}
	return v
}

// run looks for the cheapest option that reaches the answer.
func (s *search) run() (*Counterfactual, error) {
	frontier := []option{{}}
	if err := s.ask(frontier); err != nil {
		return nil, err
	}
	nearest := frontier[0]
	if s.gap(nearest.answer) == 0 {
		return s.result(nearest, true), nil
	}
	var best *option
	for range min(s.o.Changes, len(s.columns)) {
		next := s.extend(frontier)
		if err := s.ask(next); err != nil {
			return nil, err
		}
		slices.SortStableFunc(next, func(a, b option) int {
			return cmp.Or(cmp.Compare(s.gap(a.answer), s.gap(b.answer)), cmp.Compare(a.cost, b.cost))
		})
		if len(next) == 0 {
			break
		}
		if s.gap(next[0].answer) == 0 && (best == nil || next[0].cost < best.cost) {
			found := next[0]
			best = &found
		}
		if s.gap(next[0].answer) < s.gap(nearest.answer) {
			nearest = next[0]
		}
		frontier = slices.DeleteFunc(next, func(o option) bool { return s.gap(o.answer) == 0 || math.IsNaN(o.answer) })
		frontier = frontier[:min(len(frontier), s.o.Beam)]
	}
	if best == nil {
		return s.result(nearest, false), nil
	}
	if err := s.refine(best); err != nil {
		return nil, err
	}
	return s.result(*best, true), nil
}

// gap is how far an answer is from the one asked for.
func (s *search) gap(answer float64) float64 {
	switch {
	case math.IsNaN(answer):
		return math.Inf(1)
	case s.o.AtMost != nil && answer > *s.o.AtMost:
		return answer - *s.o.AtMost
	case s.o.AtLeast != nil && answer < *s.o.AtLeast:
		return *s.o.AtLeast - answer
	default:
		return 0
	}
}

// extend returns the options with one column more, each set of columns once per set of values.
func (s *search) extend(from []option) []option {
	var out []option
	seen := make(map[string]bool)
	for _, o := range from {
		for c := range s.columns {
			if slices.Contains(o.which, c) {
				continue
			}
			at, _ := slices.BinarySearch(o.which, c)
			which := slices.Insert(slices.Clone(o.which), at, c)
			for _, v := range s.columns[c].values {
				next := option{which: which, values: slices.Insert(slices.Clone(o.values), at, v)}
				if k := fmt.Sprint(next.which, next.values); !seen[k] {
					seen[k] = true
					next.cost = s.cost(next)
					out = append(out, next)
				}
			}
		}
	}
	return out
}

func (s *search) cost(o option) float64 {
	sum := 0.0
	for i, c := range o.which {
		now, v := s.row.Values[s.columns[c].index], o.values[i]
		if s.columns[c].field.Type.IsText() || now.IsMissing() || v.IsMissing() || s.columns[c].span == 0 {
			sum++
			continue
		}
		sum += math.Abs(v.Number-now.Number) / s.columns[c].span
	}
	return sum
}

// ask sets the answers of options.
func (s *search) ask(options []option) error {
	if len(options) == 0 {
		return nil
	}
	if err := s.ctx.Err(); err != nil {
		return err
	}
	fields := s.input.Fields()
	columns := make([]arrow.Array, len(fields))
	defer func() {
		for _, c := range columns {
			if c != nil {
				c.Release()
			}
		}
	}()
	for j := range fields {
		values := repeat(s.row.Values[j], len(options))
		for i, o := range options {
			for k, c := range o.which {
				if s.columns[c].index == j {
					values[i] = o.values[k]
				}
			}
		}
		var err error
		if fields[j], columns[j], err = newColumn(fields[j], values); err != nil {
			return err
		}
	}
	schema, err := dataset.NewSchema(fields...)
	if err != nil {
		return err
	}
	b, err := dataset.NewBatch(schema, columns, len(options))
	if err != nil {
		return err
	}
	defer b.Release()
	answers, err := respond(s.ctx, s.p, b, s.o.Raw)
	if err != nil {
		return err
	}
	if s.o.Output >= len(answers) {
		return &model.OptionError{Field: "explain.CounterfactualOptions.Output", Value: strconv.Itoa(s.o.Output), Want: fmt.Sprintf("below the %d answers", len(answers))}
	}
	for i := range options {
		options[i].answer = answers[s.o.Output][i]
	}
	return nil
}

// refine moves the changed numbers back towards where they were as long as the answer holds.
func (s *search) refine(o *option) error {
	for i, c := range o.which {
		now := s.row.Values[s.columns[c].index]
		if s.columns[c].field.Type.IsText() || now.IsMissing() || o.values[i].IsMissing() {
			continue
		}
		bad := now.Number
		for range bisections {
			v := whole(s.columns[c].field, bad+(o.values[i].Number-bad)/2)
			if v == bad || v == o.values[i].Number {
				break
			}
			try := []option{{which: o.which, values: slices.Clone(o.values)}}
			try[0].values[i] = dataset.NumberValue(v)
			if err := s.ask(try); err != nil {
				return err
			}
			if s.gap(try[0].answer) == 0 {
				o.values, o.answer = try[0].values, try[0].answer
			} else {
				bad = v
			}
		}
	}
	o.cost = s.cost(*o)
	return nil
}

func (s *search) result(o option, reached bool) *Counterfactual {
	out := &Counterfactual{Reached: reached, Answer: o.answer, Cost: o.cost}
	for i, c := range o.which {
		change := Change{Column: s.columns[c].field.Name, From: s.row.Values[s.columns[c].index], To: o.values[i]}
		if s.columns[c].field.Personal {
			change.From = dataset.Value{}
		}
		out.Changes = append(out.Changes, change)
	}
	return out
}
