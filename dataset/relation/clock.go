package relation

import (
	"fmt"
	"math"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/internal/canon"
)

// clock reads the times of one side as integers in the same order.
type clock struct {
	column string
	side   string
	floats bool
	last   int64
	rows   int64
}

// read appends the times of b to dst.
func (c *clock) read(dst []int64, b dataset.Batch) ([]int64, error) {
	column, err := b.ByName(c.column)
	if err != nil {
		return dst, err
	}
	at := len(dst)
	if dst, err = c.values(dst, column); err != nil {
		return dst, err
	}
	nulls := column.NullN() > 0
	for i, t := range dst[at:] {
		if t < c.last || nulls && column.IsNull(i) || t == notATime && c.floats {
			want, got := "times in ascending order", "an earlier one"
			if t >= c.last || nulls && column.IsNull(i) {
				want, got = "a time in every row", "none"
			}
			return dst, fmt.Errorf("%s: %w", c.side, &dataset.SchemaError{Column: c.column, Want: want, Got: fmt.Sprintf("%s in row %d", got, c.rows+int64(i))})
		}
		c.last = t
	}
	c.rows += int64(column.Len())
	return dst, nil
}

// values appends the times of a column to dst.
func (c *clock) values(dst []int64, column arrow.Array) ([]int64, error) {
	switch a := column.(type) {
	case *array.Float64:
		dst = slices.Grow(dst, a.Len())
		for _, v := range a.Float64Values() {
			dst = append(dst, ordered(v))
		}
		return dst, nil
	case *array.Float32:
		dst = slices.Grow(dst, a.Len())
		for _, v := range a.Float32Values() {
			dst = append(dst, ordered(float64(v)))
		}
		return dst, nil
	}
	values, ok := canon.Integers(column, nil)
	if !ok {
		return dst, fmt.Errorf("column %q: arrow type %s: %w", c.column, column.DataType(), dataset.ErrUnsupported)
	}
	return append(dst, values...), nil
}

// notATime is what NaN becomes.
const notATime = math.MaxInt64

// ordered returns an integer that orders as v does: 0 and -0 are one, NaN is above all.
func ordered(v float64) int64 {
	if v != v {
		return notATime
	}
	n := int64(math.Float64bits(v + 0))
	return n ^ int64(uint64(n>>63)>>1)
}

// floatOf is the inverse of ordered.
func floatOf(n int64) float64 { return math.Float64frombits(uint64(n ^ int64(uint64(n>>63)>>1))) }
