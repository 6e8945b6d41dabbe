package check

import (
	"bytes"
	"errors"
	"fmt"
	"math"

	"github.com/tidewheel/tidewheel/dataset"
)

// Compare wants an order between two columns in every row that has both.
type Compare struct {
	Left     string // a numeric or text column
	Operator dataset.Operator
	Right    string // a numeric column beside a numeric one, a text column beside a text one
	Texts    bool   // the columns are texts; false is numbers
}

func (c Compare) plan() (plan, error) {
	p := plan{
		rule: "compare", needs: needs(number, c.Left, c.Right), start: rows(c.numbers),
		want: "a value " + operatorName(c.Operator) + " that of " + c.Right, got: "another value",
	}
	if c.Texts {
		p.needs, p.start = needs(text, c.Left, c.Right), rows(c.texts)
	}
	return p, errors.Join(named("Compare", c.Left, c.Right), operators("Compare", c.Operator))
}

func (c Compare) numbers(v *view) error {
	a, err := v.numbers(0)
	if err != nil {
		return err
	}
	b, err := v.numbers(1)
	if err != nil {
		return err
	}
	if c.Operator == dataset.Less || c.Operator == dataset.LessEqual {
		a, b = b, a
	}
	b = b[:len(a)]
	switch c.Operator { // NaN stands in no order
	case dataset.Equal:
		for i, x := range a {
			if x < b[i] || x > b[i] {
				v.bad(i)
			}
		}
	case dataset.NotEqual:
		for i, x := range a {
			if x == b[i] {
				v.bad(i)
			}
		}
	case dataset.Less, dataset.Greater:
		for i, x := range a {
			if x <= b[i] {
				v.bad(i)
			}
		}
	default:
		for i, x := range a {
			if x < b[i] {
				v.bad(i)
			}
		}
	}
	return nil
}

func (c Compare) texts(v *view) error {
	a, err := v.texts(0)
	if err != nil {
		return err
	}
	b, err := v.texts(1)
	if err != nil {
		return err
	}
	for i := range a.Len() {
		if !a.IsNull(i) && !b.IsNull(i) && !dataset.Holds(c.Operator, a.Value(i), b.Value(i)) {
			v.bad(i)
		}
	}
	return nil
}

// DateOrder wants dates and times that do not run backwards from column to column of a row. A date is its midnight in UTC; what is missing is passed over.
type DateOrder struct {
	Columns []string // two or more columns of dates or timestamps, in order
}

func (c DateOrder) plan() (plan, error) {
	err := named("DateOrder.Columns", c.Columns...)
	if len(c.Columns) < 2 {
		err = errors.Join(err, option("DateOrder.Columns", fmt.Sprintf("%d columns", len(c.Columns)), "two or more"))
	}
	return plan{
		rule: "date_order", needs: needs(moment, c.Columns...), want: "the order of " + list(c.Columns), got: "an earlier time behind a later one",
		start: rows(func(v *view) error {
			if len(c.Columns) == 2 {
				return v.pair()
			}
			last := make([]float64, v.batch.NumRows())
			for i := range last {
				last[i] = math.Inf(-1)
			}
			bad := make([]bool, len(last))
			for k := range c.Columns {
				x, unit, err := v.moments(k)
				if err != nil {
					return err
				}
				for i := range x {
					if t := x[i] * unit; t == t {
						bad[i] = bad[i] || t < last[i]
						last[i] = t
					}
				}
			}
			for i := range bad {
				if bad[i] {
					v.bad(i)
				}
			}
			return nil
		}),
	}, err
}

// pair is DateOrder of two columns.
func (v *view) pair() error {
	x, unit, err := v.moments(0)
	if err != nil {
		return err
	}
	y, other, err := v.moments(1)
	for i := range y {
		if float64(y[i]*other) < float64(x[i]*unit) { // NaN is not
			v.bad(i)
		}
	}
	return err
}

const day = 86_400e6 // in µs

// moments returns the check's k-th column and the µs of its unit.
func (v *view) moments(k int) (x []float64, unit float64, err error) {
	unit = 1
	if v.field(k).Type.Class() == dataset.ClassDate {
		unit = day
	}
	x, err = v.numbers(k)
	return x, unit, err
}

// RowSum wants the numbers of Columns to add up, in every row that has them all and Total.
type RowSum struct {
	Columns []string // two or more numeric columns
	Total   string   // the numeric column that they add up to
	Within  float64  // by how much the sum may differ, 0 or more
}

func (c RowSum) plan() (plan, error) {
	err := named("RowSum", append([]string{c.Total}, c.Columns...)...)
	if len(c.Columns) < 2 || !(c.Within >= 0) {
		err = errors.Join(err, option("RowSum", fmt.Sprintf("%d columns within %v", len(c.Columns), c.Within), "two columns or more, within 0 or more"))
	}
	return plan{
		rule: "row_sum", needs: append(needs(number, c.Total), needs(number, c.Columns...)...), want: "the sum of " + list(c.Columns), got: "another number",
		start: rows(func(v *view) error {
			total, err := v.numbers(0)
			if err != nil {
				return err
			}
			sum := make([]float64, len(total))
			for k := range c.Columns {
				x, err := v.numbers(k + 1)
				if err != nil {
					return err
				}
				for i := range x {
					sum[i] += x[i]
				}
			}
			for i, x := range sum {
				if math.Abs(x-total[i]) > c.Within { // NaN is not
					v.bad(i)
				}
			}
			return nil
		}),
	}, err
}

// DistinctInRow wants the values of Columns to differ from each other in every row; what is missing is passed over.
type DistinctInRow struct {
	Columns []string // two or more columns; values of two kinds of type (numbers, dates, times, texts …) always differ
}

func (c DistinctInRow) plan() (plan, error) {
	err := named("DistinctInRow.Columns", c.Columns...)
	if len(c.Columns) < 2 {
		err = errors.Join(err, option("DistinctInRow.Columns", fmt.Sprintf("%d columns", len(c.Columns)), "two or more"))
	}
	return plan{
		rule: "distinct_in_row", needs: needs(key, c.Columns...), want: "different values in " + list(c.Columns), got: "a value twice",
		start: rows(func(v *view) error {
			cells, err := v.cells()
			if err != nil {
				return err
			}
			keys := make([][]byte, len(cells))
			for i := range v.batch.NumRows() {
				twice := false
				for k, cell := range cells {
					keys[k], _ = cell(keys[k][:0], i)
					for _, o := range keys[:k] {
						twice = twice || len(o) > 0 && bytes.Equal(o, keys[k])
					}
				}
				if twice {
					v.bad(i)
				}
			}
			return nil
		}),
	}, err
}
