package scale

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/features"
	"github.com/tidewheel/tidewheel/features/internal/fit"
	"github.com/tidewheel/tidewheel/internal/plan"
)

// StandardizerOptions says how a Standardizer works. The zero value takes the mean away and divides by the standard deviation.
type StandardizerOptions struct {
	NoMean  bool // do not take the mean away
	NoScale bool // do not divide by the standard deviation
	Workers int  // goroutines of Fit; 0 is GOMAXPROCS. The result does not depend on it
}

// Standardizer is a features.Fitter that makes (x - mean) / standard deviation of bool, integer, float and decimal columns. Safe for concurrent use.
type Standardizer struct{ o StandardizerOptions }

// NewStandardizer returns the Standardizer of o. It returns every bad option as a *dataset.OptionError, joined.
func NewStandardizer(o StandardizerOptions) (*Standardizer, error) {
	var errs []error
	if o.NoMean && o.NoScale {
		errs = append(errs, &dataset.OptionError{Field: "scale.StandardizerOptions.NoScale", Value: "true", Want: "false when NoMean is true"})
	}
	errs = append(errs, fit.CheckWorkers("scale.StandardizerOptions.Workers", o.Workers))
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("scale: new standardizer: %w", err)
	}
	return &Standardizer{o: o}, nil
}

// Fit implements features.Fitter. It reads train once and keeps a few numbers a column. The columns keep their names and become float64.
//
// The variance is the population's (divided by n). A constant column, whose variance is no more than the rounding of its mean explains, is divided by 1. It errors with
// dataset.ErrSchema for a column that is not numeric, for infinite values, and for a column without a single value.
//
// Source: equals sklearn.preprocessing.StandardScaler 1.9.1 to 1e-12.
func (st *Standardizer) Fit(ctx context.Context, train dataset.Source) (features.Transformer, error) {
	t, err := fitAffine(ctx, train, st.o.Workers, func(m *fit.Moments) (shift, scale float64, ok bool) {
		mean, ok := m.Mean()
		n := float64(m.Count())
		variance, finite := m.Variance() // of the sample; 0 for one value
		variance = variance / n * (n - 1)
		shift, scale = mean, 1
		if !isConstant(n, mean, variance) {
			scale = math.Sqrt(variance)
		}
		if st.o.NoMean {
			shift = 0
		}
		if st.o.NoScale {
			scale = 1
		}
		return shift, scale, ok && (finite || n < 2)
	})
	if err != nil {
		return nil, fmt.Errorf("scale: fit standardizer: %w", err)
	}
	return t, nil
}

// isConstant is scikit-learn's bound on what rounding makes of the variance of a constant column: n·eps·var + (n·mean·eps)².
func isConstant(n, mean, variance float64) bool {
	const eps = 0x1p-52
	e := n * mean * eps
	return variance <= float64(n*eps*variance)+float64(e*e)
}

// MinMaxOptions says how a MinMax works. The zero value is ready to use.
type MinMaxOptions struct {
	Workers int // goroutines of Fit; 0 is GOMAXPROCS. The result does not depend on it
}

// MinMax is a features.Fitter that makes (x - min) / (max - min) of bool, integer, float and decimal columns. Values beyond those met in training go beyond 0
// and 1; nothing is clipped. Safe for concurrent use.
type MinMax struct{ o MinMaxOptions }

// NewMinMax returns the MinMax of o. It returns every bad option as a *dataset.OptionError, joined.
func NewMinMax(o MinMaxOptions) (*MinMax, error) {
	if err := fit.CheckWorkers("scale.MinMaxOptions.Workers", o.Workers); err != nil {
		return nil, fmt.Errorf("scale: new min max: %w", err)
	}
	return &MinMax{o: o}, nil
}

// Fit implements features.Fitter. It reads train once and keeps a few numbers a column. The columns keep their names and become float64. A constant column becomes 0.
// It errors as the Standardizer does, and for a personal column, whose smallest and largest value would end up in the plan.
//
// Source: equals sklearn.preprocessing.MinMaxScaler 1.9.1 to 1e-12.
func (m *MinMax) Fit(ctx context.Context, train dataset.Source) (features.Transformer, error) {
	if err := fit.NotPersonal(train.Schema().Fields()); err != nil {
		return nil, fmt.Errorf("scale: fit min max: %w", err)
	}
	t, err := fitAffine(ctx, train, m.o.Workers, func(m *fit.Moments) (shift, scale float64, ok bool) {
		low, ok := m.Min()
		high, _ := m.Max()
		if scale = high - low; scale == 0 {
			scale = 1
		}
		return low, scale, ok && !math.IsInf(scale, 0)
	})
	if err != nil {
		return nil, fmt.Errorf("scale: fit min max: %w", err)
	}
	return t, nil
}

// fitAffine fits one affine operation over all columns, with the numbers that of makes of a column's moments.
func fitAffine(ctx context.Context, train dataset.Source, workers int, of func(*fit.Moments) (shift, scale float64, ok bool)) (*features.Fitted, error) {
	fields, err := fit.Numeric(train.Schema())
	if err != nil {
		return nil, err
	}
	moments, err := fit.Run(ctx, train, workers, func() *fit.Moments { return &fit.Moments{} })
	if err != nil {
		return nil, err
	}
	op := plan.Op{Kind: plan.OpAffine, In: fit.Registers(len(fields))}
	var makes []dataset.Field
	var errs []error
	for j, f := range fields {
		shift, scale, ok := of(moments.Of[j])
		if !ok {
			errs = append(errs, fit.Learned(f.Name, "a value in training and a finite range", fmt.Sprintf("%d values", moments.Of[j].Count())))
		}
		op.Shift, op.Scale = append(op.Shift, shift), append(op.Scale, scale)
		makes = append(makes, fit.Made(f, f.Name, f.Nullable || moments.Missing[j] > 0))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	b := plan.NewBuilder(fit.Inputs(fields)...)
	for i, r := range b.Add(op) {
		b.Output(makes[i].Name, r)
	}
	p, err := b.Build()
	if err != nil {
		return nil, err
	}
	return features.NewFitted(fields, makes, p)
}
