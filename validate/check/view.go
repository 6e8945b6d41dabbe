package check

import (
	"sync"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/tidewheel/tidewheel/dataset"
)

// view is the columns of a batch as one check sees them; what was read of a column is kept for the next check.
type view struct {
	batch   dataset.Batch
	base    int64   // address of the first row in its fold
	at      []int32 // which rows of the fold's batch these are, nil for all
	columns []int   // of the present check, in the order of its needs
	hits    *rowset // of the present check

	seen  []seen // of each column
	spare *sync.Pool
}

// done gives the memory of numbers back.
func (v *view) done() {
	for _, c := range v.seen {
		if c.pooled != nil {
			v.spare.Put(c.pooled)
		}
	}
}

// scratch returns numbers of a chunk that are not needed any more, or new ones. The pool holds *[]float64.
func (v *view) scratch() *[]float64 {
	n := v.batch.NumRows()
	if x, ok := v.spare.Get().(*[]float64); ok && cap(*x) >= n {
		*x = (*x)[:n]
		return x
	}
	x := make([]float64, n)
	return &x
}

// seen is what was read of a column.
type seen struct {
	numbers []float64
	pooled  *[]float64 // the memory of numbers, unless it is the column's
	texts   *dataset.Texts
}

// bad notes that row i breaks the check.
func (v *view) bad(i int) { v.hits.add(v.row(i)) }

// row returns the address of row i.
func (v *view) row(i int) int64 {
	if v.at != nil {
		return v.base + int64(v.at[i])
	}
	return v.base + int64(i)
}

func (v *view) column(k int) arrow.Array { return v.batch.Column(v.columns[k]) }

func (v *view) field(k int) dataset.Field { return v.batch.Schema().Field(v.columns[k]) }

// numbers returns the number form of the check's k-th column, NaN for what is missing. They are borrowed for the call of observe, and may be the column's own.
func (v *view) numbers(k int) ([]float64, error) {
	c := &v.seen[v.columns[k]]
	if c.numbers != nil {
		return c.numbers, nil
	}
	if f, ok := v.column(k).(*array.Float64); ok && f.NullN() == 0 {
		c.numbers = f.Float64Values()
	} else {
		c.pooled = v.scratch()
		if err := dataset.Float64s(v.column(k), *c.pooled); err != nil {
			return nil, err
		}
		c.numbers = *c.pooled
	}
	return c.numbers, nil
}

// texts returns the reader of the check's k-th column.
func (v *view) texts(k int) (*dataset.Texts, error) {
	c := &v.seen[v.columns[k]]
	if c.texts == nil {
		t, err := dataset.NewTexts(v.column(k))
		if err != nil {
			return nil, err
		}
		c.texts = &t
	}
	return c.texts, nil
}

// eachNumber marks the rows whose number fits is false for; NaN is passed over.
func eachNumber(fits func(x float64) bool) func() part {
	return rows(func(v *view) error {
		x, err := v.numbers(0)
		for i := range x {
			if x[i] == x[i] && !fits(x[i]) {
				v.bad(i)
			}
		}
		return err
	})
}

// eachText marks the rows whose text fits is false for; a value behind a dictionary's code is judged once.
func eachText(fits func(s string) bool) func() part {
	return rows(func(v *view) error {
		if c, ok := v.column(0).(*array.String); ok {
			gaps := c.NullN() > 0
			for i := range c.Len() {
				if (!gaps || c.IsValid(i)) && !fits(c.Value(i)) {
					v.bad(i)
				}
			}
			return nil
		}
		t, err := v.texts(0)
		if err != nil {
			return err
		}
		known := make([]int8, t.DictionaryLen())
		for i := range t.Len() {
			if t.IsNull(i) {
				continue
			}
			if len(known) == 0 {
				if !fits(t.Value(i)) {
					v.bad(i)
				}
				continue
			}
			verdict := &known[t.Code(i)]
			if *verdict == 0 {
				*verdict = 1
				if !fits(t.Value(i)) {
					*verdict = -1
				}
			}
			if *verdict < 0 {
				v.bad(i)
			}
		}
		return nil
	})
}

// within marks the rows whose number is not from low to high; NaN is passed over.
func within(low, high float64) func() part {
	return rows(func(v *view) error {
		x, err := v.numbers(0)
		for i, n := range x {
			if n < low || n > high {
				v.bad(i)
			}
		}
		return err
	})
}

// missing reports which rows of the check's k-th column are null or NaN; nil is none.
func (v *view) missing(k int) (func(i int) bool, error) {
	f := v.field(k)
	switch {
	case f.Type.Class() == dataset.ClassFloat:
		x, err := v.numbers(k)
		return func(i int) bool { return x[i] != x[i] }, err
	case f.Type.IsText():
		t, err := v.texts(k)
		if err != nil {
			return nil, err
		}
		if v.column(k).NullN() > 0 || t.DictionaryLen() > 0 {
			return t.IsNull, nil
		}
		return nil, nil
	case v.column(k).NullN() > 0:
		return v.column(k).IsNull, nil
	default:
		return nil, nil
	}
}
