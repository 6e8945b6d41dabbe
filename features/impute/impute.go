package impute

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/features"
	"github.com/tidewheel/tidewheel/features/internal/fit"
	"github.com/tidewheel/tidewheel/internal/plan"
)

// Strategy says what fills a missing value.
type Strategy uint8

// The strategies.
const (
	Mean         Strategy = iota // the mean of the values that were there
	Median                       // the median: of an even number of values the mean of the middle two
	MostFrequent                 // the most frequent value, of equally frequent ones the smallest
	Constant                     // ImputerOptions.Fill; learns nothing
)

// String returns the strategy's name.
func (s Strategy) String() string {
	switch s {
	case Mean:
		return "mean"
	case Median:
		return "median"
	case MostFrequent:
		return "most frequent"
	case Constant:
		return "constant"
	default:
		return "strategy " + strconv.Itoa(int(s))
	}
}

// ImputerOptions says how an Imputer works. The zero value fills with the mean.
type ImputerOptions struct {
	Strategy  Strategy // default Mean
	Fill      float64  // the number that Constant fills in, finite; default 0. Any other strategy wants 0
	Indicator bool     // adds a column "<column>_missing" (1 or 0) for each column in which a training value was missing
	Workers   int      // goroutines of Fit; 0 is GOMAXPROCS. The result does not depend on it
}

// Imputer is a features.Fitter that fills in missing values of bool, integer, float and decimal columns. Safe for concurrent use.
type Imputer struct{ o ImputerOptions }

// NewImputer returns the Imputer of o. It returns every bad option as a *dataset.OptionError, joined.
func NewImputer(o ImputerOptions) (*Imputer, error) {
	var errs []error
	if o.Strategy > Constant {
		errs = append(errs, &dataset.OptionError{Field: "impute.ImputerOptions.Strategy", Value: o.Strategy.String(), Want: "Mean, Median, MostFrequent or Constant"})
	}
	if o.Strategy != Constant && o.Fill != 0 {
		errs = append(errs, &dataset.OptionError{Field: "impute.ImputerOptions.Fill", Value: fmt.Sprint(o.Fill), Want: "0 unless Strategy is Constant"})
	} else if math.IsNaN(o.Fill) || math.IsInf(o.Fill, 0) {
		errs = append(errs, &dataset.OptionError{Field: "impute.ImputerOptions.Fill", Value: fmt.Sprint(o.Fill), Want: "a finite number"})
	}
	errs = append(errs, fit.CheckWorkers("impute.ImputerOptions.Workers", o.Workers))
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("impute: new imputer: %w", err)
	}
	return &Imputer{o: o}, nil
}

// Fit implements features.Fitter. It reads train once. The columns keep their names and become float64 without nulls; the indicators follow behind them.
//
// Mean keeps a few numbers a column; Median keeps every value, 8 bytes each; MostFrequent keeps every distinct value. The statistics are exact and do not depend
// on batches or workers. It errors with dataset.ErrSchema for a column that is not numeric, for infinite values and for a column without a single value
// (Constant takes both), and, with Median and MostFrequent, for a personal column, whose values would end up in the plan.
//
// Source: equals sklearn.impute.SimpleImputer 1.9.1 (add_indicator for Indicator); mean to 1e-12, the others exactly.
func (im *Imputer) Fit(ctx context.Context, train dataset.Source) (features.Transformer, error) {
	t, err := im.fit(ctx, train)
	if err != nil {
		return nil, fmt.Errorf("impute: fit: %w", err)
	}
	return t, nil
}

func (im *Imputer) fit(ctx context.Context, train dataset.Source) (*features.Fitted, error) {
	fields, err := fit.Numeric(train.Schema())
	if err != nil {
		return nil, err
	}
	if im.o.Strategy == Median || im.o.Strategy == MostFrequent {
		if err := fit.NotPersonal(fields); err != nil {
			return nil, err
		}
	}
	fill, missing, err := im.learn(ctx, train, fields)
	if err != nil {
		return nil, err
	}
	b := plan.NewBuilder(fit.Inputs(fields)...)
	filled := b.Add(plan.Op{Kind: plan.OpImpute, In: fit.Registers(len(fields)), Fill: fill})
	var makes []dataset.Field
	for i, f := range fields {
		m := fit.Made(f, f.Name, false)
		m.Unit = f.Unit
		makes = append(makes, m)
		b.Output(f.Name, filled[i])
	}
	var in plan.Ints
	for i, f := range fields {
		if im.o.Indicator && missing[i] > 0 {
			in = append(in, int32(i))
			makes = append(makes, fit.Made(f, f.Name+"_missing", false))
		}
	}
	if len(in) > 0 {
		for i, r := range b.Add(plan.Op{Kind: plan.OpMissing, In: in}) {
			b.Output(makes[len(fields)+i].Name, r)
		}
	}
	p, err := b.Build()
	if err != nil {
		return nil, err
	}
	return features.NewFitted(fields, makes, p)
}

// learn returns the number for each column and how many of its values were missing.
func (im *Imputer) learn(ctx context.Context, train dataset.Source, fields []dataset.Field) (fill []float64, missing []int64, err error) {
	switch im.o.Strategy {
	case Median:
		return learned(ctx, train, im.o.Workers, func() *values { return &values{} })
	case MostFrequent:
		return learned(ctx, train, im.o.Workers, func() *frequencies { return &frequencies{of: make(map[float64]int64)} })
	case Constant:
		fill = make([]float64, len(fields))
		for i := range fill {
			fill[i] = im.o.Fill
		}
		if !im.o.Indicator {
			return fill, make([]int64, len(fields)), nil
		}
		c, err := dataset.Run(ctx, train, func() *fit.Columns[*fit.Moments] {
			return fit.NewColumns(len(fields), func() *fit.Moments { return &fit.Moments{} })
		}, dataset.RunOptions{Workers: im.o.Workers})
		if err != nil {
			return nil, nil, err
		}
		return fill, c.Missing, nil
	default:
		return learned(ctx, train, im.o.Workers, func() *mean { return &mean{} })
	}
}

// statistic is a fit.Statistic that ends in one number.
type statistic[F any] interface {
	fit.Statistic[F]
	result() (fill float64, ok bool)
}

func learned[F statistic[F]](ctx context.Context, train dataset.Source, workers int, newStatistic func() F) (fill []float64, missing []int64, err error) {
	c, err := fit.Run(ctx, train, workers, newStatistic)
	if err != nil {
		return nil, nil, err
	}
	names := train.Schema().Names()
	var errs []error
	for j, f := range c.Of {
		x, ok := f.result()
		if !ok {
			errs = append(errs, fit.Learned(names[j], "a value in training", "missing values only"))
		}
		fill = append(fill, x)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, nil, err
	}
	return fill, c.Missing, nil
}
