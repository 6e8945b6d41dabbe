package scale_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/features"
	"github.com/tidewheel/tidewheel/features/featurestest"
	"github.com/tidewheel/tidewheel/features/internal/fit/fittest"
	"github.com/tidewheel/tidewheel/features/scale"
)

func standardizer(t *testing.T, o scale.StandardizerOptions) *scale.Standardizer {
	t.Helper()
	st, err := scale.NewStandardizer(o)
	if err != nil {
		t.Fatal(err)
	}
	return st
}

func minMax(t *testing.T, o scale.MinMaxOptions) *scale.MinMax {
	t.Helper()
	m, err := scale.NewMinMax(o)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// The numbers are those of sklearn.preprocessing.StandardScaler 1.9.1; see testdata/gen/golden.py. Mean and variance are summed in another order there.
func TestStandardizerEqualsScikitLearn(t *testing.T) {
	g := fittest.Load(t)
	for _, name := range []struct{ expected, input string }{{"standard", "X"}, {"standard_nan", "Xnan"}} {
		g.Compare(t, name.expected, g.Numbers(t, name.input), standardizer(t, scale.StandardizerOptions{}), 1e-12)
	}
	// Of a constant column of 5e8 scikit-learn's mean is off by 1.8e-7, and so is every 0 that it makes of it; divided by 1, not by the rounding's deviation.
	g.Compare(t, "standard_constant", g.Numbers(t, "constant"), standardizer(t, scale.StandardizerOptions{}), 1e-6)
}

// The numbers are those of sklearn.preprocessing.MinMaxScaler 1.9.1, which multiplies by the reciprocal and adds: a few roundings more.
func TestMinMaxEqualsScikitLearn(t *testing.T) {
	g := fittest.Load(t)
	for _, name := range []struct{ expected, input string }{{"min_max", "X"}, {"min_max_nan", "Xnan"}} {
		g.Compare(t, name.expected, g.Numbers(t, name.input), minMax(t, scale.MinMaxOptions{}), 1e-12)
	}
	// Of the constant column 5e8+0.1 scikit-learn makes 0 by x·scale + min, which cancels to the same.
	g.Compare(t, "min_max_constant", g.Numbers(t, "constant"), minMax(t, scale.MinMaxOptions{}), 1e-7)
}

func TestFittersConform(t *testing.T) {
	low, high := 1e9, 1e9+1
	s, err := dataset.NewSchema(
		dataset.Field{Name: "age", Type: dataset.Float64, Nullable: true, Unit: "year"},
		dataset.Field{Name: "far", Type: dataset.Float32, Nullable: true, Min: &low, Max: &high},
		dataset.Field{Name: "paid", Type: dataset.Bool},
		dataset.Field{Name: "count", Type: dataset.Uint16, Nullable: true},
	)
	if err != nil {
		t.Fatal(err)
	}
	standard := func(o scale.StandardizerOptions, fields ...string) featurestest.Refusal {
		return fittest.Refused("scale.StandardizerOptions", func() error { _, err := scale.NewStandardizer(o); return err }, fields...)
	}
	for name, o := range map[string]scale.StandardizerOptions{"standardizer": {}, "no mean": {NoMean: true}, "no scale": {NoScale: true}} {
		t.Run(name, func(t *testing.T) {
			traits := featurestest.Traits{
				Schema: s, Rows: 70_000, // two chunks
				Options: []featurestest.Refusal{
					standard(scale.StandardizerOptions{NoMean: true, NoScale: true}, "NoScale"),
					standard(scale.StandardizerOptions{Workers: -1}, "Workers"),
					standard(scale.StandardizerOptions{NoMean: true, NoScale: true, Workers: -1}, "NoScale", "Workers"),
				},
				WithWorkers: func(workers int) features.Fitter {
					with := o
					with.Workers = workers
					return standardizer(t, with)
				},
			}
			featurestest.TestTransformer(t, traits, func(t *testing.T, _ memory.Allocator) features.Fitter { return standardizer(t, o) })
		})
	}
	t.Run("min max", func(t *testing.T) {
		traits := featurestest.Traits{
			Schema: s, Rows: 70_000,
			Options: []featurestest.Refusal{
				fittest.Refused("scale.MinMaxOptions", func() error { _, err := scale.NewMinMax(scale.MinMaxOptions{Workers: -1}); return err }, "Workers"),
			},
			WithWorkers: func(workers int) features.Fitter { return minMax(t, scale.MinMaxOptions{Workers: workers}) },
		}
		featurestest.TestTransformer(t, traits, func(t *testing.T, _ memory.Allocator) features.Fitter { return minMax(t, scale.MinMaxOptions{}) })
	})
}

type number struct {
	A float64 `ml:"name=a"`
}

func TestScaleAndShiftLaws(t *testing.T) {
	// Of 1, 2, 4 the mean is 7/3 and the population variance 14/9.
	tr, err := standardizer(t, scale.StandardizerOptions{}).Fit(t.Context(), fittest.Structs(t, number{1}, number{2}, number{4}))
	if err != nil {
		t.Fatal(err)
	}
	op := tr.Plan().Ops[0]
	if math.Abs(op.Shift[0]-7.0/3) > 1e-15 || math.Abs(op.Scale[0]-math.Sqrt(14.0/9)) > 1e-15 {
		t.Errorf("shift %v and scale %v, want 7/3 and sqrt(14/9)", op.Shift[0], op.Scale[0])
	}
	for _, o := range []scale.StandardizerOptions{{NoMean: true}, {NoScale: true}} {
		tr, err := standardizer(t, o).Fit(t.Context(), fittest.Structs(t, number{1}, number{2}, number{4}))
		if err != nil {
			t.Fatal(err)
		}
		op := tr.Plan().Ops[0]
		if (op.Shift[0] == 0) != o.NoMean || (op.Scale[0] == 1) != o.NoScale {
			t.Errorf("%+v: shift %v and scale %v", o, op.Shift[0], op.Scale[0])
		}
	}
}

func TestFittersRefuse(t *testing.T) {
	type missing struct {
		A *float64 `ml:"name=a"`
	}
	type text struct {
		A string `ml:"name=a"`
	}
	type personal struct {
		A float64 `ml:"name=a,personal"`
	}
	for name, c := range map[string]struct {
		f   features.Fitter
		src dataset.Source
	}{
		"a column of missing values":             {standardizer(t, scale.StandardizerOptions{}), fittest.Structs(t, missing{}, missing{})},
		"text":                                   {minMax(t, scale.MinMaxOptions{}), fittest.Structs(t, text{"x"})},
		"infinity":                               {standardizer(t, scale.StandardizerOptions{}), fittest.Structs(t, number{math.Inf(-1)}, number{1})},
		"a range that overflows":                 {minMax(t, scale.MinMaxOptions{}), fittest.Structs(t, number{-math.MaxFloat64}, number{math.MaxFloat64})},
		"the range of a personal column":         {minMax(t, scale.MinMaxOptions{}), fittest.Structs(t, personal{1})},
		"a column without a row":                 {minMax(t, scale.MinMaxOptions{}), fittest.Structs[number](t)},
		"a standard deviation that is not there": {standardizer(t, scale.StandardizerOptions{}), fittest.Structs(t, number{-math.MaxFloat64}, number{math.MaxFloat64})},
	} {
		if _, err := c.f.Fit(t.Context(), c.src); !errors.Is(err, dataset.ErrSchema) || !strings.Contains(err.Error(), `"a"`) {
			t.Errorf("%s: got error %v, want dataset.ErrSchema that names the column", name, err)
		}
	}
}
