package survey

import (
	"fmt"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/validate"
)

// InferOptions says what Infer proposes. The zero value is ready to use.
type InferOptions struct {
	Rules      validate.InferOptions // of bounds, categories and nulls
	NoPatterns bool                  // propose no patterns
	NoKeys     bool                  // propose no keys
	NoPersonal bool                  // mark no column as personal
}

// Kind says what is suggested.
type Kind string

// The kinds.
const (
	KindPersonal Kind = "personal" // the column was marked as personal
	KindKey      Kind = "key"      // the column was given the role of a key
	KindPattern  Kind = "pattern"  // the column was given a pattern
	KindType     Kind = "type"     // nothing was changed: its texts read as another type
	KindUnique   Kind = "unique"   // nothing was changed: no value comes twice, which is a check for package validate/check
)

// Suggestion is what a person should look at, and why. It holds no values.
type Suggestion struct {
	Column string `json:"column"`
	Kind   Kind   `json:"kind"`
	Reason string `json:"reason"`
}

// Inferred is a proposed schema with what it was given beyond validate.Infer, in schema order.
type Inferred struct {
	Schema      *dataset.Schema `json:"schema"`
	Suggestions []Suggestion    `json:"suggestions"`
}

const (
	surely       = 0.9   // share of the values that look alike
	unseenShare  = 0.001 // as in validate.Infer
	fewValues    = 20    // a column of fewer different values names kinds of things, not persons
	alternatives = 3     // of a pattern
	keyGap       = 32    // as of running numbers
)

// Infer proposes the rules that new rows like those of profiles and surveys keep, for a person to review as JSON: those of validate.InferAll, and
//
//   - Pattern of texts without categories: every shape that was seen, put together by the runs of letters, digits and signs: a run that always had one length keeps it, another has one or more. It
//     matches every value seen. There is one where at most three such forms are enough, each of one length or with a digit or a sign, all shapes are listed, and the share of values whose form came
//     just once is at most 0.001.
//   - Personal, with the reason in Description where that is empty: where nine of ten values look like e-mail addresses, telephone numbers, IBANs, IP addresses, cards or numbers of persons by form and check digits,
//     or where the name says so and more than 20 different values are no contradiction. What was read from its values is taken out again. Targets, weights, times and groups are never marked.
//   - Role key: where no value is missing or comes twice (Column.Unique), and the name says so, a pattern holds, or whole numbers lie close together. Otherwise such a column of texts or whole numbers is
//     suggested as unique.
//   - Texts that all read as numbers, bools, dates or times are suggested as such; types are not changed.
//
// Columns with fewer values than MinRows get none of it. Surveys are of the same rows as profiles, in any grouping; without one it is validate.InferAll. Errors: those of validate.InferAll, and *dataset.SchemaError for
// a survey of other columns.
func Infer(profiles []*validate.Profile, surveys []*Survey, o InferOptions) (*Inferred, error) {
	s, err := validate.InferAll(profiles, o.Rules)
	if err != nil {
		return nil, fmt.Errorf("survey: %w", err)
	}
	columns, err := poolSurveys(s, surveys)
	if err != nil {
		return nil, fmt.Errorf("survey: infer: %w", err)
	}
	if o.Rules.MinRows == 0 {
		o.Rules.MinRows = 100
	}
	out := &Inferred{Suggestions: []Suggestion{}}
	fields := s.Fields()
	for i := range fields {
		p := proposal{o: o, before: profiles[0].Schema().Field(i), field: &fields[i], found: columns[i], facts: factsOf(profiles, i)}
		p.propose()
		out.Suggestions = append(out.Suggestions, p.suggestions...)
	}
	if out.Schema, err = dataset.NewSchema(fields...); err != nil {
		return nil, fmt.Errorf("survey: infer: %w", err)
	}
	return out, nil
}

// poolSurveys returns the columns of all surveys together; nil where there is none.
func poolSurveys(s *dataset.Schema, surveys []*Survey) ([]*Column, error) {
	out := make([]*Column, s.Len())
	for _, one := range surveys {
		if len(one.Columns) != s.Len() {
			return nil, &dataset.SchemaError{Want: "surveys of the profiles' columns", Got: "another number of columns"}
		}
		for i := range one.Columns {
			c := &one.Columns[i]
			if f := s.Field(i); c.Name != f.Name || c.Type != f.Type {
				return nil, &dataset.SchemaError{Column: f.Name, Want: "a survey of the profiles' columns", Got: "another column"}
			}
			if out[i] == nil {
				out[i] = &Column{Unique: true, Votes: new(Votes), Looks: new(Looks)}
			}
			out[i].pool(c)
		}
	}
	return out, nil
}

func (c *Column) pool(o *Column) {
	c.Personal = c.Personal || o.Personal
	c.Values += o.Values
	c.Unique = c.Unique && (o.Unique || o.Values == 0)
	if o.Votes != nil {
		for i, n := range o.Votes.each() {
			*c.Votes.each()[i] += *n
		}
	}
	if o.Looks != nil {
		c.Looks.merge(o.Looks)
	}
	c.Shapes = append(c.Shapes, o.Shapes...)
	c.ShapesOther += o.ShapesOther
	c.ShapesError += o.ShapesError
}

// facts are those of the profiles of a column.
type facts struct {
	distinct int64 // of the profile with the most
	close    bool  // whole numbers that lie close together
	complete bool  // nothing is missing
}

func factsOf(profiles []*validate.Profile, i int) facts {
	f := facts{close: true, complete: true}
	for _, p := range profiles {
		c, _ := p.Column(p.Schema().Field(i).Name)
		f.distinct = max(f.distinct, c.Distinct)
		f.complete = f.complete && c.Nulls+c.NaN+c.Infinite == 0
		n := c.Number
		f.close = f.close && n != nil && n.Integral && n.Max-n.Min <= keyGap*float64(n.Count)
	}
	return f
}

// proposal is what is made of one column.
type proposal struct {
	o           InferOptions
	before      dataset.Field // as it was given
	field       *dataset.Field
	found       *Column
	facts       facts
	suggestions []Suggestion
}

func (p *proposal) suggest(k Kind, reason string) {
	p.suggestions = append(p.suggestions, Suggestion{Column: p.field.Name, Kind: k, Reason: reason})
}

func (p *proposal) propose() {
	f, c := p.field, p.found
	if c == nil || c.Values < p.o.Rules.MinRows || f.Personal {
		return
	}
	free := f.Role == dataset.Feature || f.Role == dataset.Key
	if reason := p.personal(); reason != "" && free && !p.o.NoPersonal {
		f.Personal = true
		f.Min, f.Max, f.OneOf, f.Pattern = p.before.Min, p.before.Max, p.before.OneOf, p.before.Pattern
		if f.Description == "" {
			f.Description = "personal: " + reason
		}
		p.suggest(KindPersonal, reason)
		return
	}
	if f.Type.IsText() && f.OneOf == nil && f.Pattern == "" && !p.o.NoPatterns {
		if f.Pattern = c.pattern(); f.Pattern != "" {
			p.suggest(KindPattern, fmt.Sprintf("all of %d values are built so", c.Values))
		}
	}
	p.key()
	if name := c.readsAs(); name != "" && f.Type.IsText() {
		p.suggest(KindType, "every value reads as "+name)
	}
}

// personal returns why the column is called personal, "" for no reason.
func (p *proposal) personal() string {
	c, l := p.found, p.found.Looks
	for _, look := range []struct {
		n    int64
		what string
	}{
		{l.Email, "e-mail addresses"}, {l.IBAN, "IBANs"}, {l.Card, "card numbers"}, {l.National, "numbers of persons"}, {l.IP, "IP addresses"}, {l.Phone, "telephone numbers"},
	} {
		if float64(look.n) >= surely*float64(c.Values) {
			return "values look like " + look.what
		}
	}
	class := p.field.Type.Class()
	if p.facts.distinct <= fewValues || class != dataset.ClassText && class != dataset.ClassInteger && class != dataset.ClassDate {
		return ""
	}
	what := personalName(p.field.Name)
	if what == "a name" && (class != dataset.ClassText || 2*p.facts.distinct < c.Values) {
		return "" // of a product or a place, which come again and again
	}
	if what == "" {
		return ""
	}
	return "called as " + what + " is"
}

// key gives the role of a key, or suggests that values are unique.
func (p *proposal) key() {
	f, c := p.field, p.found
	class := f.Type.Class()
	if !c.Unique || !p.facts.complete || f.Role != dataset.Feature || class != dataset.ClassText && class != dataset.ClassInteger {
		return
	}
	named := isKeyName(f.Name)
	if p.o.NoKeys || !named && f.Pattern == "" && !p.facts.close {
		p.suggest(KindUnique, "no value was seen twice")
		return
	}
	why := "and numbers lie close together"
	switch {
	case named:
		why = "and its name is that of a key"
	case f.Pattern != "":
		why = "and all are built alike"
	}
	f.Role = dataset.Key
	if p.before.Max == nil {
		f.Max = nil // new keys go on
	}
	if p.before.Min == nil && f.Min != nil && *f.Min != 0 {
		f.Min = nil
	}
	p.suggest(KindKey, "no value is missing or was seen twice, "+why)
}

// readsAs returns the type that all texts read as, "" for none.
func (c *Column) readsAs() string {
	v := c.Votes
	switch {
	case c.Values == 0 || v == nil:
		return ""
	case v.Integer == c.Values && v.Padded == 0:
		return "int64"
	case v.Number == c.Values && v.Padded == 0:
		return "float64"
	case v.Bool == c.Values:
		return "bool"
	case v.Date == c.Values:
		return "date32"
	case v.Timestamp == c.Values:
		return "a timestamp"
	}
	return ""
}
