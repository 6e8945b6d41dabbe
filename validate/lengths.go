package validate

import (
	"unicode/utf8"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/tidewheel/tidewheel/dataset"
)

// LengthProfile describes the lengths of the values of a column: bytes of a binary one, elements of a list, characters of JSON.
type LengthProfile struct {
	Min, Max int64
	Mean     float64
}

// hasLength reports whether the values of a class have a length but are no texts.
func hasLength(c dataset.Class) bool {
	return c == dataset.ClassBinary || c == dataset.ClassList || c == dataset.ClassJSON
}

// observeLengths adds the nulls and the lengths of a column of such a class.
func (c *columnFold) observeLengths(column arrow.Array) error {
	of, err := lengthOf(column)
	if err != nil {
		return err
	}
	c.nulls += int64(column.NullN())
	if c.personal {
		return nil
	}
	for i := range column.Len() {
		if column.IsValid(i) {
			c.lengths.add(of(i), 1)
		}
	}
	return nil
}

// lengthOf returns the length of a row's value.
func lengthOf(column arrow.Array) (func(i int) int64, error) {
	switch c := column.(type) {
	case *array.Binary:
		return func(i int) int64 { return int64(c.ValueLen(i)) }, nil
	case array.ListLike:
		return func(i int) int64 {
			from, to := c.ValueOffsets(i)
			return to - from
		}, nil
	default:
		t, err := dataset.NewTexts(column)
		return func(i int) int64 { return int64(utf8.RuneCountInString(t.Value(i))) }, err
	}
}

// profile returns what was summed, nil for no value.
func (l lengths) profile() *LengthProfile {
	if l.n == 0 {
		return nil
	}
	return &LengthProfile{Min: l.shortest, Max: l.longest, Mean: float64(l.sum) / float64(l.n)}
}

type lengthJSON struct {
	Min  int64   `json:"min"`
	Max  int64   `json:"max"`
	Mean float64 `json:"mean"`
}

// fill sets the lengths of c, or says what they should have been.
func (l *lengthJSON) fill(c *ColumnProfile) string {
	if c.Nulls >= c.Rows || l.Min < 0 || !within(l.Mean, float64(l.Min), float64(l.Max)) {
		return "lengths of values that there are"
	}
	c.Length = &LengthProfile{Min: l.Min, Max: l.Max, Mean: l.Mean}
	return ""
}
