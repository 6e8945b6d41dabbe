package validate

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/tidewheel/tidewheel/dataset"
)

// InferOptions says how careful an inferred schema is. The zero value is ready to use.
type InferOptions struct {
	Slack         float64 // by how many widths of the seen range a bound lies beyond it, > 0, twice as many where the skewness is beyond ±2; 0 is 0.5
	MaxCategories int     // the largest set of categories, 1 to 50; 0 is 50
	MinRows       int64   // a column with fewer values is not called never null and gets no bounds or categories; 0 is 100
}

// unseenShare is the largest estimated share of categories not yet seen with which a set of categories is called complete.
const unseenShare = 0.001

// longTail is the skewness, that of an exponential distribution, from which on the largest of new values lies far beyond the largest of those seen.
const longTail = 2

// Infer proposes the rules that new rows like those of p keep, for a person to review as JSON. Types, roles and marks are those of p's schema, and so is any
// rule that it has; the rules it lacks are made so:
//
//   - Nullable: false when a column of at least MinRows rows had no null and no NaN, else true.
//   - Min, Max of integers, floats and decimals: Slack widths of the seen range beyond it, two Slacks where the skewness is beyond ±2, outward to whole numbers
//     where all values were whole; the Min of values that were never negative is 0. A constant, a key, a running number (whole, all different, evenly spread, at
//     most 32 times as wide as there are rows) and a column with the role of time get none but the Min of 0; a target, dates and times get none.
//   - OneOf of texts: all values in byte order, when there are at most MaxCategories, each listed by the profile, at most one for each 20 rows, and the share of values
//     that were seen just once, which estimates that of values not yet seen (Good 1953), is at most 0.001.
//   - Personal columns keep the rules they have; nothing is read from their values.
//
// At least 99 % of new rows of the same distribution keep these rules: of n+1 rows the last lies outside the range of the others with probability at most 2/(n+1),
// before any slack. Rows of another time may not, and there the bounds are a question to a person. Errors: *dataset.OptionError, joined.
func Infer(p *Profile, o InferOptions) (*dataset.Schema, error) {
	return InferAll([]*Profile{p}, o)
}

// InferAll is Infer of the rows of all profiles together, as those of a month's days or of the shards of a table. Their columns must have the same names and types in the same order; rules
// and roles are those of the first, and a column is personal when one calls it so. Values that some of them do not list are not called a set; whether numbers run on is judged as if no value came in
// two profiles. Errors: *dataset.OptionError, joined, and *dataset.SchemaError.
func InferAll(profiles []*Profile, o InferOptions) (*dataset.Schema, error) {
	if o.Slack == 0 {
		o.Slack = 0.5
	}
	if o.MaxCategories == 0 {
		o.MaxCategories = 50
	}
	if o.MinRows == 0 {
		o.MinRows = 100
	}
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("validate: infer: %w", err)
	}
	if len(profiles) == 0 {
		return nil, fmt.Errorf("validate: infer: %w", &dataset.OptionError{Field: "profiles", Value: "none", Want: "one or more"})
	}
	p, err := pool(profiles)
	if err != nil {
		return nil, fmt.Errorf("validate: infer: %w", err)
	}
	fields := p.schema.Fields()
	for i := range fields {
		fields[i].Personal = p.columns[i].Personal
		o.infer(&fields[i], &p.columns[i])
	}
	s, err := dataset.NewSchema(fields...)
	if err != nil {
		return nil, fmt.Errorf("validate: infer: %w", err)
	}
	return s, nil
}

func (o InferOptions) check() error {
	var errs []error
	bad := func(field, value, want string) {
		errs = append(errs, &dataset.OptionError{Field: "validate.InferOptions." + field, Value: value, Want: want})
	}
	if !(o.Slack > 0) || math.IsInf(o.Slack, 0) {
		bad("Slack", fmt.Sprint(o.Slack), "a finite number above 0")
	}
	if o.MaxCategories < 1 || o.MaxCategories > 50 {
		bad("MaxCategories", strconv.Itoa(o.MaxCategories), "1 to 50")
	}
	if o.MinRows < 1 {
		bad("MinRows", strconv.FormatInt(o.MinRows, 10), "1 or more")
	}
	return errors.Join(errs...)
}

func (o InferOptions) infer(f *dataset.Field, c *ColumnProfile) {
	f.Nullable = c.Nulls > 0 || c.NaN > 0 || c.Rows < o.MinRows
	switch {
	case f.Personal:
	case c.Number != nil && c.Number.Count >= o.MinRows:
		o.bounds(f, c)
	case c.Text != nil && f.OneOf == nil && f.Pattern == "" && c.Rows-c.Nulls >= o.MinRows:
		o.categories(f, c)
	}
}

func (o InferOptions) bounds(f *dataset.Field, c *ColumnProfile) {
	class, n := f.Type.Class(), c.Number
	if class != dataset.ClassInteger && class != dataset.ClassFloat && class != dataset.ClassDecimal || f.Min != nil || f.Max != nil {
		return
	}
	slack := o.Slack
	if math.Abs(n.Skewness) > longTail {
		slack *= 2
	}
	low, high := n.Min-slack*(n.Max-n.Min), n.Max+slack*(n.Max-n.Min)
	if n.Integral {
		low, high = math.Floor(low), math.Ceil(high)
	}
	if n.Min >= 0 && f.Role != dataset.Target {
		zero := 0.0
		f.Min = &zero
	}
	if c.Running() || n.Min == n.Max || math.IsInf(high-low, 0) || f.Role == dataset.Target || f.Role == dataset.Key || f.Role == dataset.Time {
		return
	}
	if f.Min == nil {
		f.Min = &low
	}
	f.Max = &high
}

func (o InferOptions) categories(f *dataset.Field, c *ColumnProfile) {
	n, once := c.Rows-c.Nulls, int64(0)
	for _, v := range c.Top {
		if v.Count == 1 {
			once++
		}
	}
	k := int64(len(c.Top))
	if c.Other != 0 || c.TopError != 0 || k == 0 || k > int64(o.MaxCategories) || 20*k > n || float64(once) > unseenShare*float64(n) {
		return
	}
	for _, v := range c.Top {
		f.OneOf = append(f.OneOf, v.Value.Text)
	}
	slices.SortFunc(f.OneOf, strings.Compare)
}
