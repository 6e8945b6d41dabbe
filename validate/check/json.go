package check

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/validate"
)

// List is a list of checks that can be kept as JSON, beside the schema it belongs to:
//
//	{"tidewheel.checks": 1, "checks": [
//		{"check": "unique", "columns": ["id"]},
//		{"check": "terms", "of": {"check": "between", "column": "discount", "min": 0, "max": 0.5}, "severity": "flagged", "at_most": 0.001},
//		{"check": "when", "column": "state", "value": "paid", "then": {"check": "not_null", "column": "paid_at"}}
//	]}
//
// A check is named by "check", and has the keys of its fields: all lower case, with underscores. What is left out is the zero value, and for the bounds min and max of
// numbers no bound. Operators are written == != < <= > >=, durations as 36h, methods and measures as their String. docs/checks.md has them all.
type List []Check

const listVersion = 1

// What a list may be.
const (
	maxListBytes = 1 << 20
	maxDepth     = 16 // of checks in checks
)

// ParseOptions is what a list of checks takes from the host. The zero value is ready to use; a check that needs what it lacks is an error.
type ParseOptions struct {
	Clock      func() time.Time                                     // of freshness and not_future
	Source     func(name string) (dataset.Source, error)            // returns what "to" of references and same_row_count names
	Reference  *validate.Profile                                    // of like
	Expression func(rule validate.Rule, text string) (Check, error) // makes {"check": "expression", "rule": …, "text": …}, as package expression does
}

// Parse reads the JSON form of a list. It is strict: an unknown version, check or key, a key twice, null, a value of another type, a trailing value or what is no UTF-8
// is an error, so that a check that this version does not know is never dropped in silence. Whether the options of a check are good is told by New. Errors are
// *dataset.FormatError with the place of the check, dataset.ErrLimit above 1 MiB or 16 checks in each other, and those of o's functions.
func Parse(text []byte, o ParseOptions) (List, error) {
	if len(text) > maxListBytes {
		return nil, fmt.Errorf("check: parse: %d bytes, want at most %d: %w", len(text), maxListBytes, dataset.ErrLimit)
	}
	list, err := parser{o}.list(text)
	if err != nil {
		return nil, fmt.Errorf("check: parse: %w", err)
	}
	return list, nil
}

// MarshalJSON implements json.Marshaler with the form that Parse reads. What Parse takes from the host is left out; Own, References and SameRowCount have no form.
func (l List) MarshalJSON() ([]byte, error) {
	out := fmt.Appendf(nil, `{"tidewheel.checks":%d,"checks":[`, listVersion)
	for i, c := range l {
		if i > 0 {
			out = append(out, ',')
		}
		var err error
		if out, err = appendCheck(out, c); err != nil {
			return nil, fmt.Errorf("check: marshal: checks[%d]: %w", i, err)
		}
	}
	return append(out, "]}"...), nil
}

// forms returns a zero value of each check that has a form, by its name.
func forms() map[string]Check {
	out := make(map[string]Check)
	for _, c := range []Check{
		NotNull{},
		Null{},
		Finite{},
		Whole{},
		Between{},
		Holds{},
		InSet{},
		NotInSet{},
		Parses{},
		Matches{},
		Contains{},
		Lacks{},
		Prefix{},
		Suffix{},
		Length{},
		Compare{},
		DateOrder{},
		RowSum{},
		DistinctInRow{},
		Unique{},
		References{},
		Increasing{},
		Decreasing{},
		NotFuture{},
		Outliers{},
		RowCount{},
		NullShare{},
		Sum{},
		Mean{},
		Std{},
		Minimum{},
		Maximum{},
		Quantile{},
		DistinctCount{},
		HasValues{},
		Freshness{},
		Like{},
		Columns{},
		HasType{},
		When{},
		Terms{},
		InTuples{},
		MostCommon{},
		DateFormat{},
		ColumnCount{},
		SameRowCount{},
		DistinctShare{},
	} {
		out[snake(reflect.TypeOf(c).Name())] = c
	}
	return out
}

// snake writes a Go name as a key.
func snake(name string) string {
	var out strings.Builder
	for i, r := range name {
		if i > 0 && unicode.IsUpper(r) {
			out.WriteByte('_')
		}
		out.WriteRune(unicode.ToLower(r))
	}
	return out.String()
}

// fieldKey returns the key of a field: that of Terms cannot be "check".
func fieldKey(f reflect.StructField) string {
	if f.Name == "Check" {
		return "of"
	}
	return snake(f.Name)
}

// unbounded reports whether the zero of a field is not what its absence means.
func unbounded(f reflect.StructField) bool {
	return f.Type.Kind() == reflect.Float64 && (f.Name == "Min" || f.Name == "Max")
}

func appendCheck(out []byte, c Check) ([]byte, error) {
	v := reflect.ValueOf(c)
	if c == nil || forms()[snake(v.Type().Name())] == nil {
		return nil, fmt.Errorf("%T: %w", c, dataset.ErrUnsupported)
	}
	out = append(append(append(out, `{"check":"`...), snake(v.Type().Name())...), '"')
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if v.Field(i).IsZero() && !unbounded(f) || unbounded(f) && math.IsInf(v.Field(i).Float(), 0) {
			continue
		}
		var value []byte
		var err error
		switch x := v.Field(i).Interface().(type) {
		case func() time.Time, *validate.Profile:
			continue
		case dataset.Source:
			err = fmt.Errorf("%T: %w", c, dataset.ErrUnsupported)
		case Check:
			value, err = appendCheck(nil, x)
		case dataset.Operator:
			value, err = plainJSON(sign(x))
		case time.Duration:
			value, err = plainJSON(x.String())
		case dataset.Value:
			value, err = valueJSON(x)
		case [][]dataset.Value:
			value, err = tuplesJSON(x)
		default:
			value, err = plainJSON(x)
		}
		if err != nil {
			return nil, err
		}
		out = append(append(append(append(out, `,"`...), fieldKey(f)...), `":`...), value...)
	}
	return append(out, '}'), nil
}

// plainJSON writes a text, number, truth, or list of them, < as itself.
func plainJSON(x any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(x)
	return bytes.TrimSpace(b.Bytes()), err
}

func valueJSON(x dataset.Value) ([]byte, error) {
	if x.Text != "" {
		return plainJSON(x.Text)
	}
	return plainJSON(x.Number)
}

func tuplesJSON(tuples [][]dataset.Value) ([]byte, error) {
	out := make([][]json.RawMessage, len(tuples))
	for i, t := range tuples {
		for _, x := range t {
			value, err := valueJSON(x)
			if err != nil {
				return nil, err
			}
			out[i] = append(out[i], value)
		}
	}
	return plainJSON(out)
}

// sign returns an operator as it is written.
func sign(o dataset.Operator) string {
	if int(o) < len(signs()) {
		return signs()[o]
	}
	return ""
}

func signs() []string {
	return []string{dataset.Equal: "==", dataset.NotEqual: "!=", dataset.Less: "<", dataset.LessEqual: "<=", dataset.Greater: ">", dataset.GreaterEqual: ">="}
}

// parser reads lists.
type parser struct{ o ParseOptions }

func wrong(want, got string) error {
	return &dataset.FormatError{Format: "checks", Want: want, Got: got}
}

func (p parser) list(text []byte) (List, error) {
	if !utf8.Valid(text) {
		return nil, wrong("UTF-8", "other bytes")
	}
	top, err := object(text)
	if err != nil {
		return nil, err
	}
	if string(top["tidewheel.checks"]) != fmt.Sprint(listVersion) {
		return nil, wrong(fmt.Sprintf(`"tidewheel.checks": %d`, listVersion), "another version or none")
	}
	items, err := elements(top["checks"])
	if err != nil || len(top) != 2 {
		return nil, errors.Join(err, wrong(`the keys "tidewheel.checks" and "checks" with an array`, "something else"))
	}
	out := make(List, 0, min(len(items), 1024))
	for i, item := range items {
		c, err := p.check(item, maxDepth)
		if err != nil {
			return nil, fmt.Errorf("checks[%d]: %w", i, err)
		}
		out = append(out, c)
	}
	return out, nil
}

func (p parser) check(text []byte, depth int) (Check, error) {
	if depth == 0 {
		return nil, fmt.Errorf("more than %d checks in each other: %w", maxDepth, dataset.ErrLimit)
	}
	keys, err := object(text)
	if err != nil {
		return nil, err
	}
	name := ""
	if err := exactly(keys["check"], &name); err != nil {
		return nil, fmt.Errorf(`key "check": %w`, err)
	}
	delete(keys, "check")
	if name == "expression" {
		return p.expression(keys)
	}
	zero, ok := forms()[name]
	if !ok {
		return nil, wrong("the name of a check of docs/checks.md", "another name")
	}
	v := reflect.New(reflect.TypeOf(zero)).Elem()
	for i := range v.NumField() {
		f := v.Type().Field(i)
		text, given := keys[fieldKey(f)]
		given = given && p.fromFile(v.Field(i))
		if given {
			delete(keys, fieldKey(f))
			err = p.field(v.Field(i), text, depth)
		} else {
			err = p.absent(v.Field(i), f)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: key %q: %w", name, fieldKey(f), err)
		}
	}
	if len(keys) > 0 {
		return nil, fmt.Errorf("%s: %w", name, wrong("the keys of its fields", fmt.Sprintf("%d others", len(keys))))
	}
	c, _ := reflect.TypeAssert[Check](v)
	if l, ok := c.(Like); ok && l.Sample != nil {
		l.Reference = nil
		c = l
	}
	return c, nil
}

func (p parser) expression(keys map[string]json.RawMessage) (Check, error) {
	rule, text := "", ""
	err := errors.Join(exactly(keys["rule"], &rule), exactly(keys["text"], &text))
	switch {
	case err != nil:
		return nil, fmt.Errorf("expression: %w", err)
	case len(keys) != 2:
		return nil, fmt.Errorf("expression: %w", wrong("the keys rule and text", fmt.Sprintf("%d keys", len(keys))))
	case p.o.Expression == nil:
		return nil, option("ParseOptions.Expression", "nil", "what makes expressions")
	}
	return p.o.Expression(validate.Rule(rule), text)
}

// fromFile reports whether a field is read from the list and not taken from the host.
func (parser) fromFile(v reflect.Value) bool {
	switch v.Interface().(type) {
	case func() time.Time, *validate.Profile:
		return false
	default:
		return true
	}
}

// absent fills a field that the list does not give.
func (p parser) absent(v reflect.Value, f reflect.StructField) error {
	switch v.Interface().(type) {
	case func() time.Time:
		if p.o.Clock == nil {
			return option("ParseOptions.Clock", "nil", "a clock, such as time.Now")
		}
		v.Set(reflect.ValueOf(p.o.Clock))
	case *validate.Profile:
		if p.o.Reference != nil {
			v.Set(reflect.ValueOf(p.o.Reference))
		}
	case float64:
		if unbounded(f) {
			v.SetFloat(math.Inf(map[string]int{"Min": -1, "Max": 1}[f.Name]))
		}
	}
	return nil
}
