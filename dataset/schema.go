package dataset

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"
)

// Role says what a column is for.
type Role string

// The roles.
const (
	Feature Role = ""       // an input of the model; the zero value
	Target  Role = "target" // what is predicted
	Weight  Role = "weight" // how much a row counts, >= 0
	Key     Role = "key"    // identifies a row or an entity; never a feature
	Time    Role = "time"   // when the row happened; orders time splits; never a feature by itself
	Group   Role = "group"  // rows of one group stay together in splits
)

// Unseen says what happens to a category that is not in OneOf, or, without OneOf, was not met in training.
type Unseen string

// The choices for an unseen category.
const (
	UnseenReject  Unseen = ""        // the row is refused when the column has OneOf; the zero value
	UnseenMissing Unseen = "missing" // it counts as a missing value
	UnseenOther   Unseen = "other"   // it counts as one category of its own
)

// Field is a column and every rule about it. It is the only place where a column's rules are written; readers, validation, features, serving and monitoring
// all take them from here.
type Field struct {
	Name        string   // unique in a schema, not empty, at most 256 bytes
	Type        Type     // from the closed list
	Nullable    bool     // false: a null is refused
	Role        Role     // what the column is for
	Unit        string   // unit of measure, as the producer of the data writes it: "EUR", "month"; compared as text
	Min, Max    *float64 // inclusive bounds of a numeric column, in its number form (dates in days, timestamps in µs); nil is unbounded
	OneOf       []string // the categories of a text column, in their order of meaning; nil is any text
	Pattern     string   // an RE2 expression that the whole of a text value must match; empty is any text
	Unseen      Unseen   // what happens to a category outside OneOf
	Personal    bool     // personal data: its values reach no error, log, metric, report, profile or bundle
	Sensitive   bool     // a protected attribute: fairness is measured by it, and it is no feature unless asked
	Purpose     string   // what the column may be used for
	Description string   // for people
}

// Schema is an ordered list of fields with unique names. It is immutable and safe for concurrent use.
type Schema struct {
	fields []Field
	index  map[string]int
	digest string
}

// Limits of a schema.
const (
	maxFields   = 100_000
	maxNameLen  = 256
	maxOneOf    = 1 << 20
	maxPattern  = 4096
	metadataKey = "tidewheel.schema"
)

// NewSchema returns the schema of fields in the order given. It checks every field and returns the errors joined: *SchemaError for an empty or repeated
// name, an unknown type, role or choice, bounds on a column that is not numeric or that contradict each other, categories or a pattern on a column that is
// not text, and a pattern that is no RE2 expression.
func NewSchema(fields ...Field) (*Schema, error) {
	if len(fields) > maxFields {
		return nil, fmt.Errorf("dataset: schema of %d fields, want at most %d: %w", len(fields), maxFields, ErrLimit)
	}
	s := &Schema{fields: make([]Field, len(fields)), index: make(map[string]int, len(fields))}
	var errs errorList
	for i, f := range fields {
		f = cloneField(f)
		if t, err := ParseType(string(f.Type)); err == nil {
			f.Type = t
		}
		s.fields[i] = f
		if _, ok := s.index[f.Name]; ok {
			errs.schema(f.Name, "unique column names", "the name twice")
		}
		s.index[f.Name] = i
		f.check(&errs)
	}
	if err := errs.join("dataset: new schema"); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(s.canonical())
	s.digest = "sha256:" + hex.EncodeToString(sum[:])
	return s, nil
}

func (f Field) check(errs *errorList) {
	bad := func(want, got string) { errs.schema(f.Name, want, got) }
	switch {
	case f.Name == "":
		bad("a column name", "an empty name")
	case len(f.Name) > maxNameLen:
		bad(fmt.Sprintf("a name of at most %d bytes", maxNameLen), fmt.Sprintf("%d bytes", len(f.Name)))
	case strings.ContainsAny(f.Name, "\x00\n\r"):
		bad("a name without control characters", "one with them")
	}
	if _, err := ParseType(string(f.Type)); err != nil {
		bad("a type of the closed list", fmt.Sprintf("%q", string(f.Type)))
	}
	switch f.Role {
	case Feature, Target, Weight, Key, Time, Group:
	default:
		bad("role target, weight, key, time, group or none", fmt.Sprintf("%q", string(f.Role)))
	}
	switch f.Unseen {
	case UnseenReject, UnseenMissing, UnseenOther:
	default:
		bad("unseen missing, other or none", fmt.Sprintf("%q", string(f.Unseen)))
	}
	f.checkBounds(bad)
	f.checkText(bad)
}

func (f Field) checkBounds(bad func(want, got string)) {
	if f.Min == nil && f.Max == nil {
		return
	}
	if !f.Type.IsNumeric() {
		bad("bounds on a numeric column only", "type "+string(f.Type))
	}
	for _, b := range []*float64{f.Min, f.Max} {
		if b != nil && (math.IsNaN(*b) || math.IsInf(*b, 0)) {
			bad("finite bounds", "NaN or infinity")
		}
	}
	if f.Min != nil && f.Max != nil && *f.Min > *f.Max {
		bad("min <= max", "min above max")
	}
}

func (f Field) checkText(bad func(want, got string)) {
	if len(f.OneOf) > 0 && !f.Type.IsText() {
		bad("categories on a text column only", "type "+string(f.Type))
	}
	if len(f.OneOf) > maxOneOf {
		bad(fmt.Sprintf("at most %d categories", maxOneOf), fmt.Sprintf("%d", len(f.OneOf)))
	}
	seen := make(map[string]bool, len(f.OneOf))
	for _, v := range f.OneOf {
		if seen[v] {
			bad("categories once each", "one twice")
			break
		}
		seen[v] = true
	}
	if f.Pattern == "" {
		return
	}
	if !f.Type.IsText() {
		bad("a pattern on a text column only", "type "+string(f.Type))
	}
	if len(f.Pattern) > maxPattern {
		bad(fmt.Sprintf("a pattern of at most %d bytes", maxPattern), fmt.Sprintf("%d bytes", len(f.Pattern)))
	} else if _, err := syntax.Parse(f.Pattern, syntax.Perl); err != nil { // all that regexp.Compile refuses, without its memory
		bad("an RE2 pattern", "one that does not compile")
	}
}

// Len returns the number of fields.
func (s *Schema) Len() int { return len(s.fields) }

// Field returns the i-th field. It panics when i is out of range, as a slice does.
func (s *Schema) Field(i int) Field { return cloneField(s.fields[i]) }

// Fields returns a copy of the fields in order.
func (s *Schema) Fields() []Field {
	out := make([]Field, len(s.fields))
	for i, f := range s.fields {
		out[i] = cloneField(f)
	}
	return out
}

// Names returns the column names in order.
func (s *Schema) Names() []string {
	out := make([]string, len(s.fields))
	for i, f := range s.fields {
		out[i] = f.Name
	}
	return out
}

// Index returns the position of a column, -1 when there is none of that name. Names are case sensitive.
func (s *Schema) Index(name string) int {
	if i, ok := s.index[name]; ok {
		return i
	}
	return -1
}

// Lookup returns the field of a name.
func (s *Schema) Lookup(name string) (Field, bool) {
	i := s.Index(name)
	if i < 0 {
		return Field{}, false
	}
	return s.Field(i), true
}

// ByRole returns the names of the columns of a role, in order.
func (s *Schema) ByRole(r Role) []string {
	var out []string
	for _, f := range s.fields {
		if f.Role == r {
			out = append(out, f.Name)
		}
	}
	return out
}

// Select returns the schema of the named columns in the order given. A name that is not there is a *SchemaError.
func (s *Schema) Select(names ...string) (*Schema, error) {
	fields := make([]Field, 0, len(names))
	for _, n := range names {
		f, ok := s.Lookup(n)
		if !ok {
			return nil, fmt.Errorf("dataset: select: %w", &SchemaError{Column: n, Want: "a column of the schema", Got: "no such column"})
		}
		fields = append(fields, f)
	}
	return NewSchema(fields...)
}

// With returns the schema with fields replaced where their name is there already and appended where it is not.
func (s *Schema) With(fields ...Field) (*Schema, error) {
	out := s.Fields()
	for _, f := range fields {
		if i := s.Index(f.Name); i >= 0 {
			out[i] = f
		} else {
			out = append(out, f)
		}
	}
	return NewSchema(out...)
}

// Without returns the schema without the named columns; names that are not there are ignored.
func (s *Schema) Without(names ...string) (*Schema, error) {
	out := slices.DeleteFunc(s.Fields(), func(f Field) bool { return slices.Contains(names, f.Name) })
	return NewSchema(out...)
}

// Digest returns "sha256:" and the hex digest of the canonical JSON form. Two schemas are equal exactly when their digests are.
func (s *Schema) Digest() string { return s.digest }

// Equal reports whether both schemas have the same fields with the same rules in the same order.
func (s *Schema) Equal(o *Schema) bool {
	return s == o || (s != nil && o != nil && s.digest == o.digest)
}

// Arrow returns the Arrow schema with the types that readers build. The rules travel in one schema-level metadata key, "tidewheel.schema", never in field
// metadata.
func (s *Schema) Arrow() *arrow.Schema {
	fields := make([]arrow.Field, len(s.fields))
	for i, f := range s.fields {
		dt, err := f.Type.Arrow()
		if err != nil { // NewSchema has parsed the type
			dt = arrow.Null
		}
		fields[i] = arrow.Field{Name: f.Name, Type: dt, Nullable: f.Nullable}
	}
	md := arrow.NewMetadata([]string{metadataKey}, []string{string(s.canonical())})
	return arrow.NewSchema(fields, &md)
}

// SchemaFromArrow returns the schema of an Arrow schema: from its metadata key when it has one whose names and types agree with the columns, else from the
// columns alone. Types outside the closed list are refused by name with ErrUnsupported.
func SchemaFromArrow(a *arrow.Schema) (*Schema, error) {
	if text, ok := a.Metadata().GetValue(metadataKey); ok {
		s, err := ParseSchema([]byte(text))
		if err != nil {
			return nil, fmt.Errorf("dataset: schema from arrow: %w", err)
		}
		if err := s.matches(a); err != nil {
			return nil, fmt.Errorf("dataset: schema from arrow: metadata: %w", err)
		}
		return s, nil
	}
	fields := make([]Field, a.NumFields())
	for i, f := range a.Fields() {
		t, err := TypeOf(f.Type)
		if err != nil {
			return nil, fmt.Errorf("dataset: schema from arrow: column %q: %w", f.Name, err)
		}
		fields[i] = Field{Name: f.Name, Type: t, Nullable: f.Nullable}
	}
	return NewSchema(fields...)
}

// matches checks names, order and physical types, not the rules on values.
func (s *Schema) matches(a *arrow.Schema) error {
	if a.NumFields() != len(s.fields) {
		return &SchemaError{Want: fmt.Sprintf("%d columns", len(s.fields)), Got: fmt.Sprintf("%d", a.NumFields())}
	}
	for i, f := range s.fields {
		got := a.Field(i)
		if got.Name != f.Name {
			return &SchemaError{Column: f.Name, Want: fmt.Sprintf("it at position %d", i), Got: fmt.Sprintf("column %q", got.Name)}
		}
		if !f.Type.accepts(got.Type) {
			return &SchemaError{Column: f.Name, Want: "type " + string(f.Type), Got: "arrow type " + got.Type.String()}
		}
	}
	return nil
}

func cloneField(f Field) Field {
	f.OneOf = slices.Clone(f.OneOf)
	if f.Min != nil {
		v := *f.Min
		f.Min = &v
	}
	if f.Max != nil {
		v := *f.Max
		f.Max = &v
	}
	return f
}

// errorList gathers the errors of one check.
type errorList []error

func (l *errorList) schema(column, want, got string) {
	*l = append(*l, &SchemaError{Column: column, Want: want, Got: got})
}

func (l errorList) join(operation string) error {
	if len(l) == 0 {
		return nil
	}
	return &joinedError{operation: operation, errs: l}
}

// joinedError is errors.Join with one line and an operation in front.
type joinedError struct {
	operation string
	errs      []error
}

func (e *joinedError) Error() string {
	parts := make([]string, len(e.errs))
	for i, err := range e.errs {
		parts[i] = err.Error()
	}
	return e.operation + ": " + strings.Join(parts, "; ")
}

func (e *joinedError) Unwrap() []error { return e.errs }
