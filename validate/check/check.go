package check

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/validate"
)

// Check is one of the checks of this package. The list is closed; Own brings a check of the host's.
type Check interface {
	plan() (plan, error)
}

// plan is a check whose options are known to be good.
type plan struct {
	rule      validate.Rule
	needs     []need
	want, got string
	whole     bool // about all rows, not some of them
	start     func() part
	prepare   func(ctx context.Context, o dataset.RunOptions) (func() part, error) // instead of start, when something must be read first
	shape     func(s *dataset.Schema) bool                                         // instead of start, when the schema alone decides

	terms Terms
}

// kind is what a check reads from a column.
type kind uint8

const (
	anything kind = iota
	number
	text
	moment // a date or a time
	key    // what has an exact form: all but lists and structs
	either // number or text
)

type need struct {
	column string
	kind   kind
}

func needs(k kind, columns ...string) []need {
	out := make([]need, len(columns))
	for i, c := range columns {
		out[i] = need{c, k}
	}
	return out
}

func (k kind) takes(t dataset.Type) bool {
	class := t.Class()
	switch k {
	case number:
		return t.IsNumeric()
	case text:
		return t.IsText()
	case moment:
		return class == dataset.ClassDate || class == dataset.ClassTime
	case key:
		return class != dataset.ClassList && class != dataset.ClassStruct
	case either:
		return t.IsNumeric() || t.IsText()
	default:
		return true
	}
}

func (k kind) String() string {
	return [...]string{"any type", "a number, date or time", "a text", "a date or time", "a type that has keys", "a number or a text"}[k]
}

// part is the state of a check over the rows of one fold.
type part interface {
	observe(v *view) error
	// merge adds the state of the rows behind the offset rows of the receiver.
	merge(next part, offset int64, bad *rowset)
	// finish adds what is known only now, and reports whether a check of all rows failed.
	finish(bad *rowset) bool
}

// as returns a part as what it is: only parts of one check are merged.
func as[P part](p part) P {
	out, _ := p.(P)
	return out
}

// rowwise is the part of a check that judges each row by itself.
type rowwise func(v *view) error

func (f rowwise) observe(v *view) error { return f(v) }

func (rowwise) merge(part, int64, *rowset) {}

func (rowwise) finish(*rowset) bool { return false }

func rows(f func(v *view) error) func() part { return func() part { return rowwise(f) } }

// Terms gives a check another severity or a tolerance.
type Terms struct {
	Check    Check             // which check; not Terms itself
	Severity validate.Severity // what its finding does; the zero value is validate.Refused
	AtMost   float64           // share of the source's rows that may break it, in [0, 1]; up to there the finding is counted. 0 for a check of all rows
}

func (c Terms) plan() (plan, error) {
	if c.Check == nil {
		return plan{}, option("Terms.Check", "nil", "a check")
	}
	p, err := c.Check.plan()
	if _, again := c.Check.(Terms); again {
		err = errors.Join(err, option("Terms.Check", "check.Terms", "a check that has no terms yet"))
	}
	if c.Severity > validate.Refused {
		err = errors.Join(err, option("Terms.Severity", c.Severity.String(), "counted, flagged or refused"))
	}
	if !(c.AtMost >= 0 && c.AtMost <= 1) || p.whole && c.AtMost != 0 {
		err = errors.Join(err, option("Terms.AtMost", fmt.Sprint(c.AtMost), "a share in [0, 1], and 0 for a check of all rows"))
	}
	p.terms = c
	return p, err
}

// option returns an error about an option of this package.
func option(field, value, want string) error {
	return &dataset.OptionError{Field: "check." + field, Value: value, Want: want}
}

// named refuses an empty name of a column.
func named(field string, columns ...string) error {
	if slices.Contains(columns, "") {
		return option(field, "an empty name", "the name of a column")
	}
	return nil
}

// bounds refuses limits that nothing can keep.
func bounds(field string, low, high float64) error {
	if !(low <= high) {
		return option(field, fmt.Sprintf("Min %v, Max %v", low, high), "Min at most Max, neither NaN")
	}
	return nil
}

// span says what limits want.
func span(low, high float64) string {
	switch {
	case math.IsInf(low, -1):
		return fmt.Sprintf("at most %v", high)
	case math.IsInf(high, 1):
		return fmt.Sprintf("at least %v", low)
	default:
		return fmt.Sprintf("%v to %v", low, high)
	}
}

// Options says how a Checker works. The zero value is ready to use.
type Options struct {
	Workers   int              // goroutines that check; 0 is GOMAXPROCS, 1 starts none
	Allocator memory.Allocator // for re-cut batches and the rows of When; nil is Go's
}

// Checker runs a list of checks over sources. It is immutable and safe for concurrent use.
type Checker struct {
	plans []plan
	run   dataset.RunOptions
}

// New returns the checker of checks. Errors are *dataset.OptionError, joined, one for each bad option of any check.
func New(checks []Check, o Options) (*Checker, error) {
	c := &Checker{run: dataset.RunOptions{Workers: o.Workers, Allocator: o.Allocator}}
	if c.run.Allocator == nil {
		c.run.Allocator = memory.DefaultAllocator
	}
	var errs []error
	if o.Workers < 0 {
		errs = append(errs, option("Options.Workers", fmt.Sprint(o.Workers), "0 or more"))
	}
	for i, check := range checks {
		if check == nil {
			errs = append(errs, fmt.Errorf("check %d: %w", i, option("Check", "nil", "a check")))
			continue
		}
		p, err := check.plan()
		if err != nil {
			errs = append(errs, fmt.Errorf("check %d: %w", i, err))
		}
		if p.terms.Severity == validate.Clean {
			p.terms.Severity = validate.Refused
		}
		c.plans = append(c.plans, p)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("check: new checker: %w", err)
	}
	return c, nil
}

// unfit returns the first need of p that s does not meet, and the rule that says so.
func (p *plan) unfit(s *dataset.Schema) (need, validate.Rule, dataset.Type) {
	for _, n := range p.needs {
		f, ok := s.Lookup(n.column)
		if !ok {
			return n, validate.RuleMissingColumn, ""
		}
		if !n.kind.takes(f.Type) {
			return n, validate.RuleColumnType, f.Type
		}
	}
	return need{}, "", ""
}

// list joins names for people.
func list(names []string) string { return strings.Join(names, ", ") }
