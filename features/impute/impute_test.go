package impute_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/features"
	"github.com/tidewheel/tidewheel/features/featurestest"
	"github.com/tidewheel/tidewheel/features/impute"
	"github.com/tidewheel/tidewheel/features/internal/fit/fittest"
)

func newImputer(t *testing.T, o impute.ImputerOptions) *impute.Imputer {
	t.Helper()
	im, err := impute.NewImputer(o)
	if err != nil {
		t.Fatal(err)
	}
	return im
}

// The numbers are those of sklearn.impute.SimpleImputer 1.9.1; see testdata/gen/golden.py. The mean is summed in another order there.
func TestImputerEqualsScikitLearn(t *testing.T) {
	g := fittest.Load(t)
	src := g.Numbers(t, "Xnan")
	g.Compare(t, "mean", src, newImputer(t, impute.ImputerOptions{}), 1e-14)
	g.Compare(t, "median", src, newImputer(t, impute.ImputerOptions{Strategy: impute.Median}), 0)
	g.Compare(t, "most_frequent", src, newImputer(t, impute.ImputerOptions{Strategy: impute.MostFrequent}), 0)
	g.Compare(t, "const_indicator", src, newImputer(t, impute.ImputerOptions{Strategy: impute.Constant, Fill: -9, Indicator: true}), 0)
}

func TestImputerConforms(t *testing.T) {
	s, err := dataset.NewSchema(
		dataset.Field{Name: "age", Type: dataset.Float64, Nullable: true, Unit: "year"},
		dataset.Field{Name: "paid", Type: dataset.Bool, Nullable: true},
		dataset.Field{Name: "count", Type: dataset.Int32},
		dataset.Field{Name: "price", Type: dataset.Decimal128(12, 2), Nullable: true},
	)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range []impute.ImputerOptions{
		{}, {Indicator: true}, {Strategy: impute.Median}, {Strategy: impute.MostFrequent}, {Strategy: impute.Constant, Fill: 3, Indicator: true},
	} {
		t.Run(o.Strategy.String(), func(t *testing.T) {
			traits := featurestest.Traits{
				Schema: s, FillsMissing: true, NoLearning: o.Strategy == impute.Constant, Rows: 70_000, // two chunks
				Options: refusals(),
				WithWorkers: func(workers int) features.Fitter {
					with := o
					with.Workers = workers
					return newImputer(t, with)
				},
			}
			featurestest.TestTransformer(t, traits, func(t *testing.T, _ memory.Allocator) features.Fitter { return newImputer(t, o) })
		})
	}
}

func refusals() []featurestest.Refusal {
	refused := func(o impute.ImputerOptions, fields ...string) featurestest.Refusal {
		return fittest.Refused("impute.ImputerOptions", func() error { _, err := impute.NewImputer(o); return err }, fields...)
	}
	return []featurestest.Refusal{
		refused(impute.ImputerOptions{Strategy: impute.Constant + 1}, "Strategy"),
		refused(impute.ImputerOptions{Fill: 1}, "Fill"),
		refused(impute.ImputerOptions{Strategy: impute.Median, Fill: math.NaN()}, "Fill"),
		refused(impute.ImputerOptions{Strategy: impute.Constant, Fill: math.NaN()}, "Fill"),
		refused(impute.ImputerOptions{Strategy: impute.Constant, Fill: math.Inf(1)}, "Fill"),
		refused(impute.ImputerOptions{Workers: -1}, "Workers"),
		refused(impute.ImputerOptions{Strategy: impute.Constant + 1, Fill: 1, Workers: -1}, "Strategy", "Fill", "Workers"),
	}
}

func TestImputerKeepsUnitAndAddsIndicatorsForColumnsWithMissingValues(t *testing.T) {
	type row struct {
		A *float64 `ml:"name=a,unit=EUR"`
		B float64  `ml:"name=b"`
	}
	src := fittest.Structs(t, row{nil, 1}, row{ptr(2), 3})
	tr, err := newImputer(t, impute.ImputerOptions{Indicator: true}).Fit(t.Context(), src)
	if err != nil {
		t.Fatal(err)
	}
	out, err := tr.Output(src.Schema())
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(out.Names(), " "); got != "a b a_missing" {
		t.Errorf("columns %q, want %q", got, "a b a_missing")
	}
	if f := out.Field(0); f.Nullable || f.Type != dataset.Float64 {
		t.Errorf("field %+v, want float64 without nulls", f)
	}
}

func TestMedianDoesNotOverflow(t *testing.T) {
	type row struct {
		A float64 `ml:"name=a"`
	}
	src := fittest.Structs(t, row{math.MaxFloat64}, row{math.MaxFloat64})
	tr, err := newImputer(t, impute.ImputerOptions{Strategy: impute.Median}).Fit(t.Context(), src)
	if err != nil {
		t.Fatal(err)
	}
	if got := tr.Plan().Ops[0].Fill[0]; got != math.MaxFloat64 {
		t.Errorf("median %v, want the largest float64", got)
	}
}

func TestImputerRefuses(t *testing.T) {
	type missing struct {
		A *float64 `ml:"name=a"`
	}
	type text struct {
		A string `ml:"name=a"`
	}
	type number struct {
		A float64 `ml:"name=a"`
	}
	personal, err := dataset.NewSchema(dataset.Field{Name: "a", Type: dataset.Float64, Personal: true})
	if err != nil {
		t.Fatal(err)
	}
	none, err := dataset.NewBatches(personal)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		o   impute.ImputerOptions
		src dataset.Source
	}{
		"a column of missing values":      {impute.ImputerOptions{}, fittest.Structs(t, missing{}, missing{})},
		"the median of no value":          {impute.ImputerOptions{Strategy: impute.Median}, fittest.Structs(t, missing{}, missing{})},
		"the most frequent of no value":   {impute.ImputerOptions{Strategy: impute.MostFrequent}, fittest.Structs(t, missing{}, missing{})},
		"text":                            {impute.ImputerOptions{}, fittest.Structs(t, text{"x"})},
		"infinity":                        {impute.ImputerOptions{}, fittest.Structs(t, number{math.Inf(1)}, number{1})},
		"the median of a personal column": {impute.ImputerOptions{Strategy: impute.Median}, none},
	} {
		if _, err := newImputer(t, c.o).Fit(t.Context(), c.src); !errors.Is(err, dataset.ErrSchema) || !strings.Contains(err.Error(), `"a"`) {
			t.Errorf("%s: got error %v, want dataset.ErrSchema that names the column", name, err)
		}
	}
}

func ptr(x float64) *float64 { return &x }
