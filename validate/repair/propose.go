package repair

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/validate"
)

// Unit says how numbers of one unit become numbers of another.
type Unit struct {
	From, To string
	Factor   float64
}

// ProposeOptions says what Propose may do. The zero value is ready to use.
type ProposeOptions struct {
	Reference *validate.Profile // what the columns look like when they are right; nil leaves nulls and changed scales
	Statistic Statistic         // that a missing number becomes; a text and a bool become the mode
	Distance  int               // most edits between a text and its category (Nearest.Distance), 0 to 8; 0 is 1
	MaxShare  float64           // a finding in a larger share of the rows is left, since the feed or the rule is wrong then, above 0 to 1; 0 is 0.05
	Units     []Unit            // that a column may be converted from
	Layouts   []string          // in which dates and times may stand in texts (Dates.Layouts)
	Personal  bool              // repair personal columns too; a ledger then needs a key
}

// Left is a finding that nothing is proposed for.
type Left struct {
	Finding validate.Finding
	Why     string // in words, without values
}

// Proposal is a list of repairs, for a person to look at or to apply.
type Proposal struct {
	Repairs []Repair // for New
	Left    []Left   // the findings that remain, in the report's order
}

// Propose returns the repairs of what a report on the rows of src refuses and flags against a schema, and the findings that it has no explanation for. Whatever it
// proposes changes a value only if that breaks a rule and the result keeps it (Mend), or brings it back among what the reference holds (Rescale):
//
//	below_min, above_max  Rescale by 100 or 1000 and their inverses to the reference's range, else Clip to the schema's
//	one_of                NFC, Trim, Nearest
//	pattern               NFC, Trim, Case
//	type                  of texts in a column of dates or times: Dates, with Layouts
//	null, non_finite      Impute by the reference; infinities stay
//	unit                  Convert, with Units
//	unit_scale            Rescale to the reference's range
//
// Only features are repaired, not targets, weights, keys, times and groups, and only findings in at most MaxShare of the rows, but for a unit that the data declares.
// A repair proposed is not one that succeeds: check the repaired rows again. It errors with *dataset.OptionError, joined.
func Propose(report *validate.Report, schema *dataset.Schema, src *dataset.Schema, o ProposeOptions) (*Proposal, error) {
	if o.MaxShare == 0 {
		o.MaxShare = 0.05
	}
	var errs []error
	if !(o.MaxShare > 0 && o.MaxShare <= 1) {
		errs = append(errs, option("ProposeOptions.MaxShare", fmt.Sprint(o.MaxShare), "above 0, at most 1"))
	}
	if o.Statistic > Mode {
		errs = append(errs, option("ProposeOptions.Statistic", strconv.Itoa(int(o.Statistic)), "a known statistic"))
	}
	if o.Distance < 0 || o.Distance > 8 {
		errs = append(errs, option("ProposeOptions.Distance", strconv.Itoa(o.Distance), "0 to 8"))
	}
	for _, u := range o.Units {
		_, err := Convert{Column: "unit", From: u.From, To: u.To, Factor: u.Factor}.plan()
		errs = append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("repair: propose: %w", err)
	}
	p := &proposer{o: o, src: src, mends: make(map[string]*Mend)}
	out := &Proposal{}
	for _, f := range report.Findings {
		if f.Severity != validate.Refused && f.Severity != validate.Flagged {
			continue
		}
		field, ok := schema.Lookup(f.Column)
		why := "it is about no column of the schema"
		if ok {
			why = p.finding(f, field)
		}
		if why != "" {
			out.Left = append(out.Left, Left{f, why})
		}
	}
	for _, f := range schema.Fields() {
		if m := p.mends[f.Name]; m != nil {
			out.Repairs = append(out.Repairs, *m)
		}
	}
	out.Repairs = append(out.Repairs, p.others...)
	return out, nil
}

type proposer struct {
	o      ProposeOptions
	src    *dataset.Schema
	mends  map[string]*Mend
	others []Repair
}

// finding proposes a repair, or says why not.
func (p *proposer) finding(f validate.Finding, field dataset.Field) string {
	got, ok := p.src.Lookup(f.Column)
	switch {
	case !ok:
		return "the source has no such column"
	case field.Role != dataset.Feature:
		return "the column is no feature: its role is " + string(field.Role)
	case (field.Personal || got.Personal) && !p.o.Personal:
		return "the column is personal"
	case f.Share > p.o.MaxShare && f.Rule != validate.RuleUnit:
		return fmt.Sprintf("it is in more than %v of the rows", p.o.MaxShare)
	}
	switch f.Rule {
	case validate.RuleBelowMin, validate.RuleAboveMax:
		if !got.Type.IsText() && !got.Type.IsNumeric() {
			return "the source's column is of type " + string(got.Type)
		}
		p.mend(field, append(p.rescales(field), clipTo(field))...)
	case validate.RuleOneOf, validate.RulePattern:
		if !got.Type.IsText() {
			return "the source's column is of type " + string(got.Type)
		}
		p.mend(field, p.texts(field)...)
	case validate.RuleType:
		class := field.Type.Class()
		if len(p.o.Layouts) == 0 || !got.Type.IsText() || class != dataset.ClassDate && class != dataset.ClassTime {
			return "no repair explains it"
		}
		p.mend(field, Dates{Column: field.Name, Layouts: p.o.Layouts, As: field.Type})
	case validate.RuleNull, validate.RuleNonFinite:
		return p.impute(field, got)
	case validate.RuleUnit:
		return p.convert(field, got)
	case validate.RuleUnitScale:
		rescales := p.rescales(field)
		if len(rescales) == 0 {
			return "there is no reference for its range"
		}
		p.others = append(p.others, rescales...)
	default:
		return "no repair explains it"
	}
	return ""
}

// mend adds steps to those for the rules of a field; two findings of one column ask for the same ones.
func (p *proposer) mend(f dataset.Field, steps ...Repair) {
	m := p.mends[f.Name]
	if m == nil {
		m = &Mend{Field: f}
		p.mends[f.Name] = m
	}
	for _, step := range steps {
		if !slices.ContainsFunc(m.Steps, func(known Repair) bool { return reflect.DeepEqual(known, step) }) {
			m.Steps = append(m.Steps, step)
		}
	}
}

func (p *proposer) rescales(f dataset.Field) []Repair {
	if p.o.Reference == nil {
		return nil
	}
	c, _ := p.o.Reference.Column(f.Name)
	if class := f.Type.Class(); c.Number == nil || class != dataset.ClassInteger && class != dataset.ClassFloat && class != dataset.ClassDecimal {
		return nil
	}
	return []Repair{Rescale{Column: f.Name, Factors: []float64{0.01, 100, 0.001, 1000}, Min: c.Number.Min, Max: c.Number.Max}}
}

func (p *proposer) texts(f dataset.Field) []Repair {
	steps := []Repair{NFC{Column: f.Name}, Trim{Column: f.Name}}
	if len(f.OneOf) > 0 {
		return append(steps, Nearest{Column: f.Name, Categories: f.OneOf, Distance: p.o.Distance})
	}
	return append(steps, Case{Column: f.Name, To: Upper}, Case{Column: f.Name, To: Lower})
}

func (p *proposer) impute(f, got dataset.Field) string {
	if p.o.Reference == nil {
		return "there is no reference to impute from"
	}
	if !got.Type.IsNumeric() && !got.Type.IsText() {
		return "the source's column is of type " + string(got.Type)
	}
	statistic := p.o.Statistic
	if f.Type.IsText() || f.Type == dataset.Bool {
		statistic = Mode
	}
	r, err := ImputeFrom(p.o.Reference, f.Name, statistic)
	if err != nil {
		return "the reference has no value for it"
	}
	p.mend(f, r)
	return ""
}

func (p *proposer) convert(f, got dataset.Field) string {
	for _, u := range p.o.Units {
		if u.From != got.Unit || u.To != f.Unit {
			continue
		}
		c := Convert{Column: f.Name, From: u.From, To: u.To, Factor: u.Factor}
		if _, _, err := c.apply(got); err == nil {
			p.others = append([]Repair{c}, p.others...)
			return ""
		}
	}
	return "no unit listed explains it"
}

// clipTo returns the Clip to the bounds of a field.
func clipTo(f dataset.Field) Clip {
	c := Clip{Column: f.Name, Min: math.Inf(-1), Max: math.Inf(1)}
	if f.Min != nil {
		c.Min = *f.Min
	}
	if f.Max != nil {
		c.Max = *f.Max
	}
	return c
}
