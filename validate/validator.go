package validate

import (
	"errors"
	"fmt"
	"math"
	"regexp"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
)

// ValidatorOptions says how a Validator works. The zero value is ready to use.
type ValidatorOptions struct {
	Reference *Profile         // what the columns looked like in training; it guards against changed units and swapped columns. nil is no guard
	Workers   int              // goroutines of Check; 0 is GOMAXPROCS, 1 starts none
	Allocator memory.Allocator // for converted columns; nil is Go's
}

// Validator checks rows against a schema, whole sources and batches by Check, CheckBatch and Conform, one row by CheckRow: the same rules and the same verdicts.
// It is immutable and safe for concurrent use.
type Validator struct {
	schema  *dataset.Schema
	columns []column
	guard   *guard // nil without a reference
	workers int
	mem     memory.Allocator
}

// column is a field compiled for checking.
type column struct {
	field      dataset.Field
	class      dataset.Class
	min, max   float64 // infinite when there is no bound
	categories map[string]struct{}
	pattern    *regexp.Regexp
}

// New returns the validator of s. Errors are *dataset.SchemaError, joined: a column of the reference that has another class of type than the schema's. Columns of
// the schema that the reference lacks are checked but not guarded; further columns of the reference are ignored.
func New(s *dataset.Schema, o ValidatorOptions) (*Validator, error) {
	v := &Validator{schema: s, columns: make([]column, s.Len()), workers: o.Workers, mem: o.Allocator}
	if v.mem == nil {
		v.mem = memory.DefaultAllocator
	}
	var errs []error
	if o.Workers < 0 {
		errs = append(errs, &dataset.OptionError{Field: "validate.ValidatorOptions.Workers", Value: fmt.Sprint(o.Workers), Want: "0 or more"})
	}
	for i := range v.columns {
		c, err := newColumn(s.Field(i))
		if err != nil {
			errs = append(errs, err)
		}
		v.columns[i] = c
	}
	if o.Reference != nil {
		g, err := newGuard(s, o.Reference)
		if err != nil {
			errs = append(errs, err)
		}
		v.guard = g
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("validate: new validator: %w", err)
	}
	return v, nil
}

func newColumn(f dataset.Field) (column, error) {
	c := column{field: f, class: f.Type.Class(), min: math.Inf(-1), max: math.Inf(1)}
	if f.Min != nil {
		c.min = *f.Min
	}
	if f.Max != nil {
		c.max = *f.Max
	}
	if len(f.OneOf) > 0 {
		c.categories = make(map[string]struct{}, len(f.OneOf))
		for _, v := range f.OneOf {
			c.categories[v] = struct{}{}
		}
	}
	if f.Pattern != "" {
		re, err := regexp.Compile(`\A(?:` + f.Pattern + `)\z`)
		if err != nil {
			return c, &dataset.SchemaError{Column: f.Name, Want: "an RE2 pattern", Got: "one that does not compile as a whole"}
		}
		c.pattern = re
	}
	return c, nil
}

// Schema returns the schema that rows are checked against.
func (v *Validator) Schema() *dataset.Schema { return v.schema }

// CheckRow writes what it finds in a row of the validator's schema to r, which it resets first: the rules of each field on its value, then the guard. A row whose
// number of values differs refuses with missing_column for each column beyond them. The row may come from anywhere: an integer column whose number has a
// fraction is refused by fraction, a bool column whose number is neither 0 nor 1 by type. It allocates nothing once r has grown, keeps neither argument, and holds
// no lock. A JSON, binary, list or struct column is checked for null only.
func (v *Validator) CheckRow(row dataset.Row, r *RowResult) {
	r.Reset()
	for i := range v.columns {
		if i >= len(row.Values) {
			r.add(refuse(RuleMissingColumn), i, -1)
			continue
		}
		if verdict := v.columns[i].check(row.Values[i]); verdict.Severity != Clean {
			r.add(verdict, i, -1)
		}
	}
	if v.guard != nil && len(row.Values) >= len(v.columns) {
		v.guard.check(row.Values, r)
	}
}

// check applies the field's rules to one value.
func (c *column) check(x dataset.Value) Verdict {
	if !x.Valid {
		return c.null()
	}
	switch {
	case c.class >= dataset.ClassBool && c.class <= dataset.ClassTime:
		return c.checkNumber(x.Number)
	case c.class == dataset.ClassText:
		return c.checkText(x.Text)
	default:
		return Verdict{}
	}
}

func (c *column) null() Verdict {
	if c.field.Nullable {
		return count(RuleNull)
	}
	return refuse(RuleNull)
}

func (c *column) checkNumber(x float64) Verdict {
	if x-x != 0 {
		if x != x && c.field.Nullable {
			return count(RuleNaNAsNull)
		}
		return refuse(RuleNonFinite)
	}
	switch c.class {
	case dataset.ClassBool:
		if x != 0 && x != 1 {
			return refuse(RuleType)
		}
	case dataset.ClassInteger, dataset.ClassDate:
		if x != math.Trunc(x) {
			return refuse(RuleFraction)
		}
		// 2^63 and 2^64 may be the rounded number form of the largest integers, so they pass here.
		if low, high := integerRange(c.field.Type); x < float64(low) || x > float64(high) {
			return refuse(RuleOverflow)
		}
	case dataset.ClassFloat:
		if tooLarge(x, c.field.Type) {
			return refuse(RuleOverflow)
		}
	default: // decimals and times have no further form
	}
	switch {
	case x < c.min:
		return refuse(RuleBelowMin)
	case x > c.max:
		return refuse(RuleAboveMax)
	default:
		return Verdict{}
	}
}

func (c *column) checkText(x string) Verdict {
	if c.pattern != nil && !c.pattern.MatchString(x) {
		return refuse(RulePattern)
	}
	if c.categories == nil {
		return Verdict{}
	}
	if _, ok := c.categories[x]; ok {
		return Verdict{}
	}
	switch c.field.Unseen {
	case dataset.UnseenMissing:
		return count(RuleUnseenAsMissing)
	case dataset.UnseenOther:
		return count(RuleUnseenAsOther)
	default:
		return refuse(RuleOneOf)
	}
}
