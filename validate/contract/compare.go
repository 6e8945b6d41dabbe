package contract

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tidewheel/tidewheel/dataset"
)

// Kind says what changed between two schemas. Kinds are stable texts.
type Kind string

// The kinds of changes.
const (
	Added               Kind = "added"                // a column that only the new schema has
	Removed             Kind = "removed"              // a column that only the old schema has
	Moved               Kind = "moved"                // the columns that both have stand in another order; Column is empty
	TypeWidened         Kind = "type_widened"         // every old value has a place in the new type, and not the other way round
	TypeNarrowed        Kind = "type_narrowed"        // every new value had a place in the old type, and not the other way round
	TypeChanged         Kind = "type_changed"         // any other change of the type
	NullAllowed         Kind = "null_allowed"         // the column may hold nulls now
	NullForbidden       Kind = "null_forbidden"       // the column may hold no null any more
	RangeWidened        Kind = "range_widened"        // bounds that take in the old ones
	RangeNarrowed       Kind = "range_narrowed"       // bounds within the old ones
	RangeChanged        Kind = "range_changed"        // any other change of bounds
	CategoriesAdded     Kind = "categories_added"     // categories that only the new set has
	CategoriesRemoved   Kind = "categories_removed"   // categories that only the old set has
	CategoriesReordered Kind = "categories_reordered" // the categories that both have stand in another order
	CategoriesClosed    Kind = "categories_closed"    // the column has a set of categories now
	CategoriesOpened    Kind = "categories_opened"    // the column has no set of categories any more
	UnseenChanged       Kind = "unseen_changed"       // what happens to a category outside the set
	PatternChanged      Kind = "pattern_changed"      // also a pattern that came or went
	UnitChanged         Kind = "unit_changed"         // also a unit that came or went
	RoleChanged         Kind = "role_changed"         // what the column is for
	PersonalChanged     Kind = "personal_changed"     // whether the column is personal data
	SensitiveChanged    Kind = "sensitive_changed"    // whether the column is a protected attribute
	PurposeChanged      Kind = "purpose_changed"      // what the column may be used for
	DescriptionChanged  Kind = "description_changed"  // what people read
)

// Change is one difference between two schemas, with what it does to rows. A verdict is true only where it holds for every row; where that cannot be told, as of two
// patterns, it is false.
type Change struct {
	Kind     Kind   `json:"kind"`
	Column   string `json:"column"`   // empty when the change is about all columns
	Old      string `json:"old"`      // the rule that was, as text; empty where there was none
	New      string `json:"new"`      // the rule that is
	Backward bool   `json:"backward"` // rows that keep the old schema pass the new one, as far as this change goes
	Forward  bool   `json:"forward"`  // rows that keep the new schema pass the old one, as far as this change goes
}

// String returns the change in one line: kind, column, rules and verdicts.
func (c Change) String() string {
	var b strings.Builder
	b.WriteString(string(c.Kind))
	if c.Column != "" {
		fmt.Fprintf(&b, " %q", c.Column)
	}
	if c.Old != "" || c.New != "" {
		fmt.Fprintf(&b, ": %s -> %s", orNone(c.Old), orNone(c.New))
	}
	switch {
	case !c.Backward && !c.Forward:
		b.WriteString(" (breaks backward and forward)")
	case !c.Backward:
		b.WriteString(" (breaks backward)")
	case !c.Forward:
		b.WriteString(" (breaks forward)")
	}
	return b.String()
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// Comparison is what changed between two schemas.
type Comparison struct {
	Changes  []Change `json:"changes"`  // never nil; of the old columns in their order, then of added ones, then of the order
	Backward bool     `json:"backward"` // every row that keeps the old schema passes the new one: old data can be read under new rules
	Forward  bool     `json:"forward"`  // every row that keeps the new schema passes the old one: a reader of the old rules can take new data
}

// Full reports whether rows pass both ways.
func (c Comparison) Full() bool { return c.Backward && c.Forward }

// Compare returns what changed from one schema to the next. It takes time linear in columns and categories and keeps neither argument.
//
// A row passes a schema when validate.Validator.Check neither refuses nor flags it, whatever it converts or counts on the way: columns are taken by name, further ones are
// dropped, and a column of integers may become one of floats that hold them. So a column that is removed breaks only readers of the old schema, and one that is added, even a
// nullable one, breaks old rows, which lack it. A change of the unit is flagged and breaks both ways. Roles, marks and texts for people are listed and break nothing: whether a
// model may still use the column is for a person to say. A renamed column is one removed and one added, since names are all that tells columns apart.
//
// Values of categories are in Old and New unless either side is personal; then only their number is.
func Compare(old, next *dataset.Schema) Comparison {
	c := Comparison{Changes: []Change{}, Backward: true, Forward: true}
	last, ordered := -1, true
	for _, f := range old.Fields() {
		at := next.Index(f.Name)
		if at < 0 {
			c.add(Change{Kind: Removed, Column: f.Name, Old: string(f.Type), Backward: true})
			continue
		}
		ordered, last = ordered && at > last, max(at, last)
		for _, change := range compareFields(f, next.Field(at)) {
			change.Column = f.Name
			c.add(change)
		}
	}
	for _, f := range next.Fields() {
		if old.Index(f.Name) < 0 {
			c.add(Change{Kind: Added, Column: f.Name, New: string(f.Type), Forward: true})
		}
	}
	if !ordered {
		c.add(Change{Kind: Moved, Backward: true, Forward: true})
	}
	return c
}

func (c *Comparison) add(change Change) {
	c.Changes = append(c.Changes, change)
	c.Backward = c.Backward && change.Backward
	c.Forward = c.Forward && change.Forward
}

func compareFields(a, b dataset.Field) []Change {
	var out []Change
	if a.Type != b.Type {
		c := Change{Kind: TypeChanged, Old: string(a.Type), New: string(b.Type), Backward: typeFits(a, b.Type), Forward: typeFits(b, a.Type)}
		switch {
		case c.Backward && !c.Forward:
			c.Kind = TypeWidened
		case c.Forward && !c.Backward:
			c.Kind = TypeNarrowed
		}
		out = append(out, c)
	}
	switch {
	case !a.Nullable && b.Nullable:
		out = append(out, Change{Kind: NullAllowed, Backward: true})
	case a.Nullable && !b.Nullable:
		out = append(out, Change{Kind: NullForbidden, Forward: true})
	}
	out = append(out, compareRanges(a, b)...)
	out = append(out, compareCategories(a, b)...)
	if a.Pattern != b.Pattern {
		out = append(out, Change{Kind: PatternChanged, Old: quoted(a.Pattern), New: quoted(b.Pattern), Backward: patternFits(a, b), Forward: patternFits(b, a)})
	}
	if a.Unit != b.Unit {
		fits := a.Unit == "" || b.Unit == ""
		out = append(out, Change{Kind: UnitChanged, Old: quoted(a.Unit), New: quoted(b.Unit), Backward: fits, Forward: fits})
	}
	return append(out, compareMarks(a, b)...)
}

func compareRanges(a, b dataset.Field) []Change {
	c := Change{Kind: RangeChanged, Old: boundsText(a), New: boundsText(b), Backward: rangeFits(a, b), Forward: rangeFits(b, a)}
	if c.Old == c.New && c.Backward && c.Forward {
		return nil
	}
	switch {
	case c.Backward && !c.Forward:
		c.Kind = RangeWidened
	case c.Forward && !c.Backward:
		c.Kind = RangeNarrowed
	}
	return []Change{c}
}

func boundsText(f dataset.Field) string {
	if f.Min == nil && f.Max == nil {
		return ""
	}
	low, high := "", ""
	if f.Min != nil {
		low = strconv.FormatFloat(*f.Min, 'g', -1, 64)
	}
	if f.Max != nil {
		high = strconv.FormatFloat(*f.Max, 'g', -1, 64)
	}
	return "[" + low + ", " + high + "]"
}

// compareCategories says nothing about patterns, which are a change of their own.
func compareCategories(a, b dataset.Field) []Change {
	var out []Change
	openA, openB := a.Unseen != dataset.UnseenReject, b.Unseen != dataset.UnseenReject
	hidden := a.Personal || b.Personal
	both := len(a.OneOf) > 0 && len(b.OneOf) > 0
	switch {
	case both:
		gone, come := without(a.OneOf, b.OneOf), without(b.OneOf, a.OneOf)
		if len(come) > 0 {
			out = append(out, Change{Kind: CategoriesAdded, New: listText(come, hidden), Backward: true, Forward: openA})
		}
		if len(gone) > 0 {
			out = append(out, Change{Kind: CategoriesRemoved, Old: listText(gone, hidden), Backward: openB, Forward: true})
		}
		if !slices.Equal(without(a.OneOf, gone), without(b.OneOf, come)) {
			out = append(out, Change{Kind: CategoriesReordered, Backward: true, Forward: true})
		}
	case len(b.OneOf) > 0:
		out = append(out, Change{Kind: CategoriesClosed, New: listText(b.OneOf, hidden), Backward: openB, Forward: true})
	case len(a.OneOf) > 0:
		out = append(out, Change{Kind: CategoriesOpened, Old: listText(a.OneOf, hidden), Backward: true, Forward: openA})
	}
	if a.Unseen != b.Unseen {
		out = append(out, Change{
			Kind: UnseenChanged, Old: quoted(string(a.Unseen)), New: quoted(string(b.Unseen)),
			Backward: !both || openB, Forward: !both || openA,
		})
	}
	return out
}

// compareMarks lists what rows do not show.
func compareMarks(a, b dataset.Field) []Change {
	var out []Change
	text := func(kind Kind, old, next string) {
		if old != next {
			out = append(out, Change{Kind: kind, Old: quoted(old), New: quoted(next), Backward: true, Forward: true})
		}
	}
	mark := func(kind Kind, old, next bool) {
		if old != next {
			out = append(out, Change{Kind: kind, Old: strconv.FormatBool(old), New: strconv.FormatBool(next), Backward: true, Forward: true})
		}
	}
	text(RoleChanged, string(a.Role), string(b.Role))
	mark(PersonalChanged, a.Personal, b.Personal)
	mark(SensitiveChanged, a.Sensitive, b.Sensitive)
	text(PurposeChanged, a.Purpose, b.Purpose)
	text(DescriptionChanged, a.Description, b.Description)
	return out
}

func quoted(s string) string {
	if s == "" {
		return ""
	}
	return strconv.Quote(s)
}

// without returns what list has and other has not, in order.
func without(list, other []string) []string {
	known := make(map[string]bool, len(other))
	for _, v := range other {
		known[v] = true
	}
	var out []string
	for _, v := range list {
		if !known[v] {
			out = append(out, v)
		}
	}
	return out
}

// listText names at most five categories, none of a personal column.
func listText(list []string, hidden bool) string {
	const most = 5
	if hidden {
		return fmt.Sprintf("%d categories", len(list))
	}
	parts := make([]string, 0, most+1)
	for _, v := range list[:min(len(list), most)] {
		parts = append(parts, strconv.Quote(v))
	}
	if n := len(list) - most; n > 0 {
		parts = append(parts, fmt.Sprintf("%d more", n))
	}
	return strings.Join(parts, ", ")
}
