package model

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/decimal128"

	"github.com/tidewheel/tidewheel/dataset"
)

// maxClasses bounds the classes of a target.
const maxClasses = 10_000

// maxIntegerClasses is how many distinct integers a target may have to be taken for classes.
const maxIntegerClasses = 20

// ClassText returns the form in which a class of a numeric or bool target is named: "true" and "false" for bool, else the shortest decimal of the number form that
// reads back. Minus zero is zero.
func ClassText(t dataset.Type, v float64) string {
	if t.Class() == dataset.ClassBool {
		return strconv.FormatBool(v != 0)
	}
	if v == 0 {
		v = 0 // not -0
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

// classCount is what a pass over the target found.
type classCount struct {
	rows    int64
	nulls   int64
	texts   map[string]bool
	numbers map[float64]bool
	many    bool // more than maxClasses
	endless bool // an infinity was met
	whole   bool // every number is an integer
}

func countClasses(ctx context.Context, src dataset.Source, f dataset.Field) (*classCount, error) {
	c := &classCount{texts: make(map[string]bool), numbers: make(map[float64]bool), whole: true}
	if !f.Type.IsText() && !f.Type.IsNumeric() {
		return nil, fmt.Errorf("%w: %w", ErrTarget, &dataset.SchemaError{Column: f.Name, Want: "a text or numeric target", Got: "type " + string(f.Type)})
	}
	for b, err := range src.Batches(ctx) {
		if err != nil {
			return nil, err
		}
		column, err := b.ByName(f.Name)
		if err != nil {
			return nil, err
		}
		if err := c.observe(f, column); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func (c *classCount) observe(f dataset.Field, column arrow.Array) error {
	c.rows += int64(column.Len())
	if f.Type.IsText() {
		texts, err := dataset.NewTexts(column)
		if err != nil {
			return err
		}
		for i := range texts.Len() {
			if texts.IsNull(i) {
				c.nulls++
			} else if v := texts.Value(i); !c.texts[v] {
				if len(c.texts) >= maxClasses {
					c.many = true
					return nil
				}
				c.texts[strings.Clone(v)] = true
			}
		}
		return nil
	}
	numbers := make([]float64, column.Len())
	if err := dataset.Float64s(column, numbers); err != nil {
		return err
	}
	for _, v := range numbers {
		switch {
		case math.IsNaN(v):
			c.nulls++
		case math.IsInf(v, 0):
			c.endless = true
		default:
			c.whole = c.whole && v == math.Trunc(v)
			if !c.many && !c.numbers[v] {
				c.many = len(c.numbers) >= maxClasses
				c.numbers[v] = true
			}
		}
	}
	return nil
}

func (c *classCount) task(f dataset.Field) Task {
	n := len(c.texts) + len(c.numbers)
	switch f.Type.Class() {
	case dataset.ClassText, dataset.ClassBool:
	case dataset.ClassDate, dataset.ClassTime:
		return Regression
	default:
		if !c.whole || n > maxIntegerClasses {
			return Regression
		}
	}
	if n <= 2 {
		return Binary
	}
	return Multiclass
}

// grades reports whether every number is a grade.
func (c *classCount) grades() bool {
	for v := range c.numbers {
		if v < 0 || v > MaxGrade {
			return false
		}
	}
	return c.whole && !c.many
}

// check refuses what neither task takes.
func (c *classCount) check(f dataset.Field) error {
	switch {
	case c.rows == 0:
		return fmt.Errorf("target %q: %w", f.Name, ErrNoRows)
	case c.endless:
		return fmt.Errorf("%w: %w", ErrNonFinite, &dataset.SchemaError{Column: f.Name, Want: "finite numbers", Got: "an infinity"})
	case c.nulls > 0:
		return fmt.Errorf("%w: %w", ErrTarget, &dataset.SchemaError{Column: f.Name, Want: "a target in every row", Got: fmt.Sprintf("%d missing", c.nulls)})
	}
	return nil
}

func (c *classCount) classes(f dataset.Field) ([]string, error) {
	if c.many {
		return nil, fmt.Errorf("%w: %w", ErrTarget, &dataset.SchemaError{Column: f.Name, Want: fmt.Sprintf("at most %d classes", maxClasses), Got: "more"})
	}
	if f.Type.IsText() {
		var out []string
		for _, v := range f.OneOf {
			if c.texts[v] {
				out = append(out, v)
				delete(c.texts, v)
			}
		}
		rest := make([]string, 0, len(c.texts))
		for v := range c.texts {
			rest = append(rest, v)
		}
		slices.Sort(rest)
		return append(out, rest...), nil
	}
	values := make([]float64, 0, len(c.numbers))
	for v := range c.numbers {
		values = append(values, v)
	}
	slices.Sort(values)
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = ClassText(f.Type, v)
	}
	return out, nil
}

// ReadClasses writes the index in p.Classes of each row's target into dst, which has the column's length. It errors with ErrTarget for a null or another class.
func (p Problem) ReadClasses(f dataset.Field, column arrow.Array, dst []int32) error {
	index := make(map[string]int32, len(p.Classes))
	for i, c := range p.Classes {
		index[c] = int32(i)
	}
	put := func(i int, text string, null bool) error {
		k, ok := index[text]
		if null || !ok {
			return fmt.Errorf("model: read classes: %w: %w", ErrTarget,
				&dataset.SchemaError{Column: f.Name, Want: "a known class in every row", Got: map[bool]string{true: "a missing value", false: "another class"}[null]})
		}
		dst[i] = k
		return nil
	}
	if f.Type.IsText() {
		texts, err := dataset.NewTexts(column)
		if err != nil {
			return err
		}
		for i := range dst {
			if err := put(i, texts.Value(i), texts.IsNull(i)); err != nil {
				return err
			}
		}
		return nil
	}
	numbers := make([]float64, column.Len())
	if err := dataset.Float64s(column, numbers); err != nil {
		return err
	}
	known := make(map[float64]int32)
	for i, v := range numbers {
		if k, ok := known[v]; ok {
			dst[i] = k
			continue
		}
		if err := put(i, ClassText(f.Type, v), math.IsNaN(v)); err != nil {
			return err
		}
		known[v] = dst[i]
	}
	return nil
}

// classNumber is the inverse of ClassText; NaN for a text that is no number.
func classNumber(t dataset.Type, text string) float64 {
	if t.Class() == dataset.ClassBool {
		if text == "true" {
			return 1
		}
		return 0
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return math.NaN()
	}
	return v
}

// holdsClass reports whether text, as ClassText names classes, is a value of type t.
func holdsClass(t dataset.Type, text string) bool {
	var err error
	switch t.Class() {
	case dataset.ClassText:
	case dataset.ClassBool:
		return text == "true" || text == "false"
	case dataset.ClassInteger:
		if bits, unsigned := integerBits(t); unsigned {
			_, err = strconv.ParseUint(text, 10, bits)
		} else {
			_, err = strconv.ParseInt(text, 10, bits)
		}
	case dataset.ClassFloat:
		_, err = strconv.ParseFloat(text, 64)
	case dataset.ClassDate:
		_, err = strconv.ParseInt(text, 10, 32)
	case dataset.ClassTime:
		_, err = strconv.ParseInt(text, 10, 64)
	case dataset.ClassDecimal:
		dt, _ := t.Arrow()
		d, ok := dt.(*arrow.Decimal128Type)
		if !ok {
			return false
		}
		_, err = decimal128.FromString(text, d.Precision, d.Scale)
	default:
		return false
	}
	return err == nil
}

// integerBits returns the size of an integer type, and whether it has no sign.
func integerBits(t dataset.Type) (bits int, unsigned bool) {
	name, unsigned := strings.CutPrefix(string(t), "u")
	bits, err := strconv.Atoi(strings.TrimPrefix(name, "int"))
	if err != nil {
		return 0, unsigned
	}
	return bits, unsigned
}
