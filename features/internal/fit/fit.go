// Package fit is what the families of features share: which columns a step may read, and the folds that learn from them.
//
//	Numeric, Text, Temporal  the fields of a training schema, checked
//	Made                     the field of a column that a step makes
//	Columns                  a fold of one statistic for each column
//	Counts                   a fold of how often each text comes
package fit

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/plan"
)

// Numeric returns the fields of s, all of which must be bools, integers, floats or decimals. Others are a *dataset.SchemaError each, joined.
func Numeric(s *dataset.Schema) ([]dataset.Field, error) {
	return only(s, "a bool, integer, float or decimal column", dataset.ClassBool, dataset.ClassInteger, dataset.ClassFloat, dataset.ClassDecimal)
}

// Text returns the fields of s, all of which must be text.
func Text(s *dataset.Schema) ([]dataset.Field, error) {
	return only(s, "a text column", dataset.ClassText)
}

// Temporal returns the fields of s, all of which must be dates or timestamps.
func Temporal(s *dataset.Schema) ([]dataset.Field, error) {
	return only(s, "a date or timestamp column", dataset.ClassDate, dataset.ClassTime)
}

func only(s *dataset.Schema, want string, classes ...dataset.Class) ([]dataset.Field, error) {
	var errs []error
	for _, f := range s.Fields() {
		ok := false
		for _, c := range classes {
			ok = ok || f.Type.Class() == c
		}
		if !ok {
			errs = append(errs, &dataset.SchemaError{Column: f.Name, Want: want, Got: "type " + string(f.Type)})
		}
	}
	if s.Len() == 0 {
		errs = append(errs, &dataset.SchemaError{Want: want, Got: "no columns"})
	}
	return s.Fields(), errors.Join(errs...)
}

// NotPersonal errors for each personal field: what the step learns would put values of the column into the plan, and so into a bundle.
func NotPersonal(fields []dataset.Field) error {
	var errs []error
	for _, f := range fields {
		if f.Personal {
			errs = append(errs, &dataset.SchemaError{Column: f.Name, Want: "a column that is not personal, since its values would be kept", Got: "a personal one"})
		}
	}
	return errors.Join(errs...)
}

// Learned is the error of a column from which nothing could be learned.
func Learned(column, want, got string) error {
	return &dataset.SchemaError{Column: column, Want: want, Got: got}
}

// Made returns the field of a float64 column made of f. It keeps role, purpose and whether it is sensitive or personal.
func Made(f dataset.Field, name string, nullable bool) dataset.Field {
	return dataset.Field{
		Name: name, Type: dataset.Float64, Nullable: nullable,
		Role: f.Role, Sensitive: f.Sensitive, Personal: f.Personal, Purpose: f.Purpose, Description: f.Description,
	}
}

// Inputs returns the plan inputs for fields.
func Inputs(fields []dataset.Field) []plan.Input {
	in := make([]plan.Input, len(fields))
	for i, f := range fields {
		in[i] = plan.Input{Name: f.Name, Kind: plan.Number}
		if f.Type.IsText() {
			in[i].Kind = plan.Text
		}
	}
	return in
}

// Registers returns the first n registers, those of the inputs.
func Registers(n int) plan.Ints {
	r := make(plan.Ints, n)
	for i := range r {
		r[i] = int32(i)
	}
	return r
}

// CheckWorkers checks an option Workers.
func CheckWorkers(field string, workers int) error {
	if workers < 0 {
		return &dataset.OptionError{Field: field, Value: strconv.Itoa(workers), Want: "0 or more"}
	}
	return nil
}

// Statistic is what Columns keeps for each column. F is the statistic's own type.
type Statistic[F any] interface {
	Add(x float64) // x is never NaN
	Merge(next F)
}

// Columns is a fold with one Statistic for each numeric column, and the count of its missing values.
type Columns[F Statistic[F]] struct {
	Of       []F
	Missing  []int64
	Infinite []int64
}

// NewColumns returns the empty fold of n columns.
func NewColumns[F Statistic[F]](n int, newStatistic func() F) *Columns[F] {
	c := &Columns[F]{Of: make([]F, n), Missing: make([]int64, n), Infinite: make([]int64, n)}
	for i := range c.Of {
		c.Of[i] = newStatistic()
	}
	return c
}

// Observe implements dataset.Folder. Infinite values are counted, not added.
func (c *Columns[F]) Observe(b dataset.Batch) error {
	v := make([]float64, b.NumRows())
	for j, f := range c.Of {
		if err := dataset.Float64s(b.Column(j), v); err != nil {
			return err
		}
		for _, x := range v {
			switch {
			case math.IsNaN(x):
				c.Missing[j]++
			case math.IsInf(x, 0):
				c.Infinite[j]++
			default:
				f.Add(x + 0) // -0 becomes +0
			}
		}
	}
	return nil
}

// Merge implements dataset.Folder.
func (c *Columns[F]) Merge(next *Columns[F]) error {
	for j := range c.Of {
		c.Of[j].Merge(next.Of[j])
		c.Missing[j] += next.Missing[j]
		c.Infinite[j] += next.Infinite[j]
	}
	return nil
}

// Run folds the columns of train. Infinite values are an error that names the column.
func Run[F Statistic[F]](ctx context.Context, train dataset.Source, workers int, newStatistic func() F) (*Columns[F], error) {
	s := train.Schema()
	c, err := dataset.Run(ctx, train, func() *Columns[F] { return NewColumns(s.Len(), newStatistic) }, dataset.RunOptions{Workers: workers})
	if err != nil {
		return nil, err
	}
	var errs []error
	for j, name := range s.Names() {
		if c.Infinite[j] > 0 {
			errs = append(errs, Learned(name, "finite values in training", fmt.Sprintf("%d infinite", c.Infinite[j])))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return c, nil
}
