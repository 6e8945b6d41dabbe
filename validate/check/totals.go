package check

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/validate"
)

// RowCount wants Min to Max rows.
type RowCount struct{ Min, Max float64 } // an infinity is no bound

func (c RowCount) plan() (plan, error) {
	return plan{
		rule: "row_count", want: span(c.Min, c.Max) + " rows", got: "another number of them", whole: true,
		start: func() part {
			return &total{outside: func(t *total) bool { return outside(float64(t.rows), c.Min, c.Max) }}
		},
	}, bounds("RowCount", c.Min, c.Max)
}

// SameRowCount wants as many rows as another source has, which Run reads once, before its own.
type SameRowCount struct {
	To dataset.Source // rewindable where a Checker runs more than once
}

func (c SameRowCount) plan() (plan, error) {
	if c.To == nil {
		return plan{}, option("SameRowCount.To", "nil", "a source")
	}
	return plan{
		rule: "same_row_count", want: "as many rows as the other source has", got: "another number of them", whole: true,
		prepare: func(ctx context.Context, o dataset.RunOptions) (func() part, error) {
			none := &Checker{}
			f, err := dataset.Run(ctx, c.To, func() *fold { return newFold(none, c.To.Schema(), nil, new(sync.Pool)) }, o)
			if err != nil {
				return nil, err
			}
			return func() part { return &total{outside: func(t *total) bool { return t.rows != f.rows }} }, nil
		},
	}, nil
}

// NullShare wants the share of missing values, null or NaN, to be Min to Max. A source without rows has the share 0.
type NullShare struct {
	Column   string  // of any type
	Min, Max float64 // in [0, 1]
}

func (c NullShare) plan() (plan, error) {
	return plan{
		rule: "null_share", needs: needs(anything, c.Column), want: "a share of nulls of " + span(c.Min, c.Max), got: "another share", whole: true,
		start: func() part {
			return &total{gaps: true, outside: func(t *total) bool { return outside(float64(t.missing)/float64(max(t.rows, 1)), c.Min, c.Max) }}
		},
	}, errors.Join(named("NullShare.Column", c.Column), bounds("NullShare", c.Min, c.Max))
}

// Sum wants the sum of a column to be Min to Max; that of no values is 0.
type Sum struct {
	Column   string  // a numeric column
	Min, Max float64 // an infinity is no bound
}

func (c Sum) plan() (plan, error) {
	return figure("Sum", c.Column, c.Min, c.Max, func(t *total) (float64, bool) { return t.sum, true })
}

// Mean wants the mean of a column to be Min to Max. It passes over a column without values.
type Mean struct {
	Column   string  // a numeric column
	Min, Max float64 // an infinity is no bound
}

func (c Mean) plan() (plan, error) {
	return figure("Mean", c.Column, c.Min, c.Max, func(t *total) (float64, bool) { return t.sum / float64(t.n), t.n > 0 })
}

// Std wants the standard deviation of a column, that of a sample, to be Min to Max. It passes over a column with fewer than two values.
type Std struct {
	Column   string  // a numeric column
	Min, Max float64 // an infinity is no bound
}

func (c Std) plan() (plan, error) {
	return figure("Std", c.Column, c.Min, c.Max, func(t *total) (float64, bool) { return math.Sqrt(t.squares / float64(t.n-1)), t.n > 1 })
}

// Minimum wants the smallest number of a column to be Min to Max. It passes over a column without values.
type Minimum struct {
	Column   string  // a numeric column
	Min, Max float64 // an infinity is no bound
}

func (c Minimum) plan() (plan, error) {
	return figure("Minimum", c.Column, c.Min, c.Max, func(t *total) (float64, bool) { return t.least, t.n > 0 })
}

// Maximum wants the largest number of a column to be Min to Max. It passes over a column without values.
type Maximum struct {
	Column   string  // a numeric column
	Min, Max float64 // an infinity is no bound
}

func (c Maximum) plan() (plan, error) {
	return figure("Maximum", c.Column, c.Min, c.Max, func(t *total) (float64, bool) { return t.most, t.n > 0 })
}

// figure is a check of what a total says of a numeric column, and whether it says something. NaN, as of infinities of both signs, is outside all bounds.
func figure(field, column string, low, high float64, of func(t *total) (float64, bool)) (plan, error) {
	rule := validate.Rule(strings.ToLower(field))
	return plan{
		rule: rule, needs: needs(number, column), want: fmt.Sprintf("a %s of %s", rule, span(low, high)), got: "another " + string(rule), whole: true,
		start: func() part {
			return &total{least: math.NaN(), most: math.NaN(), outside: func(t *total) bool {
				x, ok := of(t)
				return ok && outside(x, low, high)
			}}
		},
	}, errors.Join(named(field+".Column", column), bounds(field, low, high))
}

// total is what is counted and added up of a column. Sums of a chunk are compensated (Neumaier 1974), squares are about the mean (Chan, Golub,
// LeVeque 1979).
type total struct {
	gaps          bool // only what is missing counts
	outside       func(t *total) bool
	rows, missing int64
	n             int64
	sum, squares  float64
	least, most   float64
}

func (t *total) observe(v *view) error {
	part := total{rows: int64(v.batch.NumRows()), least: math.NaN(), most: math.NaN()}
	switch {
	case len(v.columns) == 0:
	case t.gaps:
		missing, err := v.missing(0)
		if err != nil {
			return err
		}
		if typ := v.field(0).Type; missing != nil && typ.Class() != dataset.ClassFloat && !typ.IsText() {
			part.missing, missing = int64(v.column(0).NullN()), nil
		}
		for i := range v.batch.NumRows() {
			if missing != nil && missing(i) {
				part.missing++
			}
		}
	default:
		x, err := v.numbers(0)
		if err != nil {
			return err
		}
		part.addAll(x)
	}
	t.merge(&part, 0, nil)
	return nil
}

func (t *total) addAll(x []float64) {
	var rest float64
	for _, n := range x {
		if n != n {
			continue
		}
		s := t.sum + n
		if math.Abs(t.sum) >= math.Abs(n) {
			rest += (t.sum - s) + n
		} else {
			rest += (n - s) + t.sum
		}
		t.sum = s
		if t.n == 0 || n < t.least {
			t.least = n
		}
		if t.n == 0 || n > t.most {
			t.most = n
		}
		t.n++
	}
	if !math.IsInf(t.sum, 0) && !math.IsNaN(t.sum) {
		t.sum += rest
	}
	mean := t.sum / float64(t.n)
	for _, n := range x {
		if n == n {
			d := n - mean
			t.squares += float64(d * d)
		}
	}
}

func (t *total) merge(next part, _ int64, _ *rowset) {
	o := as[*total](next)
	t.rows += o.rows
	t.missing += o.missing
	if o.n == 0 {
		return
	}
	if t.n == 0 {
		t.n, t.sum, t.squares, t.least, t.most = o.n, o.sum, o.squares, o.least, o.most
		return
	}
	a, b := float64(t.n), float64(o.n)
	d := o.sum/b - t.sum/a
	t.squares += o.squares + float64(float64(d*d)*(a*b/(a+b)))
	t.n, t.sum, t.least, t.most = t.n+o.n, t.sum+o.sum, min(t.least, o.least), max(t.most, o.most)
}

func (t *total) finish(*rowset) bool { return t.outside(t) }
