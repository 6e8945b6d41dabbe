package expression

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/expr-lang/expr"

	"github.com/tidewheel/tidewheel/dataset"
)

// errNoValue is why an expression has no value for a row.
var errNoValue = errors.New("expression: no value")

// column is a column of an expression.
type column struct {
	field      dataset.Field
	zero       any      // of its type in the language, nil for none
	keys       []string // its names in the environment
	asked      bool     // whether the expression asks if it is missing
	missingKey string
}

// zeroOf returns the zero of a type's values in the language, nil for a type that has none.
func zeroOf(t dataset.Type) any {
	switch class := t.Class(); {
	case t == dataset.Uint64:
		return 0.0
	case class == dataset.ClassInteger:
		return 0
	case class == dataset.ClassBool:
		return false
	case class == dataset.ClassDate, class == dataset.ClassTime:
		return time.Time{}
	case t.IsNumeric():
		return 0.0
	case t.IsText():
		return ""
	default:
		return nil
	}
}

// reader reads a column of a batch.
type reader struct {
	missing func(i int) bool
	value   func(i int) any // of a row that is not missing
}

// read returns the reader of a column, which must have the class of type that the expression was compiled for.
func (c *column) read(a arrow.Array) (reader, error) {
	r := reader{missing: a.IsNull}
	switch c.zero.(type) {
	case nil:
		return r, nil
	case int:
		if x, ok := integers(a); ok {
			r.value = func(i int) any { return x(i) }
			return r, nil
		}
	case string:
		if t, err := dataset.NewTexts(a); err == nil {
			return reader{t.IsNull, func(i int) any { return t.Value(i) }}, nil
		}
	case bool:
		if b, ok := a.(*array.Boolean); ok {
			r.value = func(i int) any { return b.Value(i) }
			return r, nil
		}
	case time.Time:
		if x, ok := times(a); ok {
			r.value = func(i int) any { return x(i) }
			return r, nil
		}
	case float64:
		x := make([]float64, a.Len())
		t, err := dataset.TypeOf(a.DataType())
		_, whole := zeroOf(t).(int)
		_, real := zeroOf(t).(float64)
		if err == nil && (whole || real) && dataset.Float64s(a, x) == nil {
			return reader{func(i int) bool { return math.IsNaN(x[i]) }, func(i int) any { return x[i] }}, nil
		}
	}
	return r, &dataset.SchemaError{Column: c.field.Name, Want: string(c.field.Type), Got: "arrow type " + a.DataType().String()}
}

func integers(a arrow.Array) (func(i int) int, bool) {
	switch a := a.(type) {
	case *array.Int64:
		return func(i int) int { return int(a.Value(i)) }, true
	case *array.Int32:
		return func(i int) int { return int(a.Value(i)) }, true
	case *array.Int16:
		return func(i int) int { return int(a.Value(i)) }, true
	case *array.Int8:
		return func(i int) int { return int(a.Value(i)) }, true
	case *array.Uint32:
		return func(i int) int { return int(a.Value(i)) }, true
	case *array.Uint16:
		return func(i int) int { return int(a.Value(i)) }, true
	case *array.Uint8:
		return func(i int) int { return int(a.Value(i)) }, true
	default:
		return nil, false
	}
}

func times(a arrow.Array) (func(i int) time.Time, bool) {
	switch a := a.(type) {
	case *array.Date32:
		return func(i int) time.Time { return time.Unix(int64(a.Value(i))*86_400, 0).UTC() }, true
	case *array.Timestamp:
		return func(i int) time.Time { return time.UnixMicro(int64(a.Value(i))).UTC() }, true
	default:
		return nil, false
	}
}

// part returns a function of times.
func part(name string) func(t time.Time) int {
	switch name {
	case "year":
		return time.Time.Year
	case "month":
		return func(t time.Time) int { return int(t.Month()) }
	case "day":
		return time.Time.Day
	case "weekday":
		return func(t time.Time) int { return (int(t.Weekday())+6)%7 + 1 }
	case "hour":
		return time.Time.Hour
	default:
		return time.Time.Minute
	}
}

// ours returns the functions that the language has from this package.
func ours() []string {
	return []string{"column", "missing", "date", "year", "month", "day", "weekday", "hour", "minute"}
}

func isFunction(name string) bool {
	return slices.Contains(ours(), name) || slices.Contains(builtins(), name)
}

// functions declares ours. The first three are replaced before anything is run.
func functions() []expr.Option {
	replaced := func(...any) (any, error) { return nil, errNoValue }
	options := []expr.Option{
		expr.Function("column", replaced, new(func(string) any)),
		expr.Function("missing", replaced, new(func(any) bool)),
		expr.Function("date", replaced, new(func(string) time.Time)),
	}
	for _, name := range ours()[3:] {
		of := part(name)
		options = append(options, expr.Function(name, func(given ...any) (any, error) {
			t, ok := given[0].(time.Time)
			if !ok {
				return nil, errNoValue
			}
			return of(t), nil
		}, new(func(time.Time) int)))
	}
	return options
}

func parseDate(text string) (time.Time, error) {
	for _, layout := range []string{time.DateOnly, time.RFC3339Nano} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("expression: date: %w", errNoValue)
}
