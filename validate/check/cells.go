package check

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/validate"
)

// NotNull wants every value to be there: neither null nor NaN.
type NotNull struct {
	Column string // of any type
}

func (c NotNull) plan() (plan, error) {
	return plan{rule: "not_null", needs: needs(anything, c.Column), want: "a value", got: "null or NaN", start: missingRows(true)}, named("NotNull.Column", c.Column)
}

// Null wants every value to be missing: null or NaN. It is of use inside When.
type Null struct {
	Column string // of any type
}

func (c Null) plan() (plan, error) {
	return plan{rule: "null", needs: needs(anything, c.Column), want: "no value", got: "a value", start: missingRows(false)}, named("Null.Column", c.Column)
}

func missingRows(bad bool) func() part {
	return rows(func(v *view) error {
		missing, err := v.missing(0)
		if err != nil || missing == nil && bad {
			return err
		}
		for i := range v.batch.NumRows() {
			if missing == nil || missing(i) == bad {
				v.bad(i)
			}
		}
		return nil
	})
}

// Finite wants no infinity.
type Finite struct {
	Column string // a numeric column
}

func (c Finite) plan() (plan, error) {
	return plan{
		rule: "finite", needs: needs(number, c.Column), want: "a finite number", got: "an infinity",
		start: within(-math.MaxFloat64, math.MaxFloat64),
	}, named("Finite.Column", c.Column)
}

// Whole wants numbers without a fraction.
type Whole struct {
	Column string // a numeric column
}

func (c Whole) plan() (plan, error) {
	return plan{
		rule: "whole", needs: needs(number, c.Column), want: "a whole number", got: "a fraction or an infinity",
		start: eachNumber(func(x float64) bool { return x == math.Trunc(x) && !math.IsInf(x, 0) }),
	}, named("Whole.Column", c.Column)
}

// Between wants numbers from Min to Max, both included.
type Between struct {
	Column   string  // a numeric column
	Min, Max float64 // in number form (dates in days, timestamps in µs); an infinity is no bound
}

func (c Between) plan() (plan, error) {
	return plan{
		rule: "between", needs: needs(number, c.Column), want: span(c.Min, c.Max), got: "a number outside",
		start: within(c.Min, c.Max),
	}, errors.Join(named("Between.Column", c.Column), bounds("Between", c.Min, c.Max))
}

// Holds wants a predicate of every value: equal to, less than … a constant.
type Holds struct {
	Column   string // a numeric or text column, as Value is
	Operator dataset.Operator
	Value    dataset.Value
}

func (c Holds) plan() (plan, error) {
	numbers := holds(c.Operator, c.Value.Number)()
	texts := eachText(func(s string) bool { return dataset.Holds(c.Operator, s, c.Value.Text) })()
	p := plan{
		rule: "holds", needs: needs(kindOf(c.Value), c.Column), want: "a value that is " + operatorName(c.Operator) + " a constant", got: "another value",
		start: rows(func(v *view) error {
			if v.field(0).Type.IsText() {
				return texts.observe(v)
			}
			return numbers.observe(v)
		}),
	}
	err := named("Holds.Column", c.Column)
	if c.Value.IsMissing() {
		err = errors.Join(err, option("Holds.Value", "a missing value", "a number or a text"))
	}
	return p, errors.Join(err, operators("Holds", c.Operator))
}

// holds marks the rows whose number does not stand to x as the operator says.
func holds(o dataset.Operator, x float64) func() part {
	inf := math.Inf(1)
	switch {
	case o == dataset.Equal:
		return within(x, x)
	case o == dataset.LessEqual:
		return within(-inf, x)
	case o == dataset.GreaterEqual:
		return within(x, inf)
	case o == dataset.Less && x != -inf:
		return within(-inf, math.Nextafter(x, -inf))
	case o == dataset.Greater && x != inf:
		return within(math.Nextafter(x, inf), inf)
	default:
		return eachNumber(func(n float64) bool { return dataset.Holds(o, n, x) })
	}
}

// kindOf returns what a column must be for a value: the empty text and the number 0 are one and fit both.
func kindOf(v dataset.Value) kind {
	switch {
	case v.Text != "":
		return text
	case v.Number != 0:
		return number
	default:
		return either
	}
}

func operators(field string, o dataset.Operator) error {
	if o > dataset.GreaterEqual {
		return option(field+".Operator", fmt.Sprint(uint8(o)), "one of dataset's operators")
	}
	return nil
}

func operatorName(o dataset.Operator) string {
	switch o {
	case dataset.Equal:
		return "equal to"
	case dataset.NotEqual:
		return "not equal to"
	case dataset.Less:
		return "less than"
	case dataset.LessEqual:
		return "at most"
	case dataset.Greater:
		return "greater than"
	default:
		return "at least"
	}
}

// InSet wants values of a set: Texts for a text column, Numbers for a numeric one.
type InSet struct {
	Column  string
	Texts   []string
	Numbers []float64
}

func (c InSet) plan() (plan, error) {
	return set("InSet", c.Column, c.Texts, c.Numbers, true)
}

// NotInSet wants no value of a set: Texts for a text column, Numbers for a numeric one.
type NotInSet struct {
	Column  string
	Texts   []string
	Numbers []float64
}

func (c NotInSet) plan() (plan, error) {
	return set("NotInSet", c.Column, c.Texts, c.Numbers, false)
}

func set(field, column string, texts []string, numbers []float64, in bool) (plan, error) {
	t, n, err := members(field, texts, numbers)
	p := plan{rule: "not_in_set", want: "none of", got: "one of them"}
	if in {
		p = plan{rule: "in_set", want: "one of", got: "another value"}
	}
	if len(texts) > 0 {
		known := newSet(t)
		p.needs, p.start = needs(text, column), eachText(func(s string) bool { return known.has(s) == in })
	} else {
		p.needs, p.start = needs(number, column), eachNumber(func(x float64) bool { _, ok := n[x]; return ok == in })
	}
	p.want = fmt.Sprintf("%s %d values", p.want, len(t)+len(n))
	return p, errors.Join(named(field+".Column", column), err)
}

// members gives each value of a set its place.
func members(field string, texts []string, numbers []float64) (map[string]int, map[float64]int, error) {
	t, n := make(map[string]int), make(map[float64]int)
	for _, x := range texts {
		if _, again := t[x]; !again {
			t[x] = len(t)
		}
	}
	for _, x := range numbers {
		if _, again := n[x]; !again && x == x {
			n[x] = len(n)
		}
	}
	if (len(texts) == 0) == (len(numbers) == 0) {
		return t, n, option(field, fmt.Sprintf("%d texts and %d numbers", len(texts), len(numbers)), "one or the other")
	}
	return t, n, nil
}

// Parses wants texts that are a value of a type without loss, by the rules of validate.ParseCell.
type Parses struct {
	Column string       // a text column
	As     dataset.Type // a numeric type, or dataset.JSON for texts that are JSON
}

func (c Parses) plan() (plan, error) {
	f := dataset.Field{Type: c.As}
	fits := func(s string) bool {
		_, v := validate.ParseCell(f, s)
		return v.Severity != validate.Refused
	}
	err := named("Parses.Column", c.Column)
	switch {
	case c.As == dataset.JSON:
		fits = func(s string) bool { return json.Valid([]byte(s)) }
	case !c.As.IsNumeric():
		err = errors.Join(err, option("Parses.As", string(c.As), "a numeric type or json"))
	}
	return plan{rule: "parses", needs: needs(text, c.Column), want: "a text that is " + string(c.As), got: "another text", start: eachText(fits)}, err
}
