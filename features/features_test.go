package features_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/features"
	"github.com/tidewheel/tidewheel/features/datetime"
	"github.com/tidewheel/tidewheel/features/encode"
	"github.com/tidewheel/tidewheel/features/featurestest"
	"github.com/tidewheel/tidewheel/features/impute"
	"github.com/tidewheel/tidewheel/features/scale"
	"github.com/tidewheel/tidewheel/internal/plan"
)

// must ends the test when a constructor refuses.
func must[T any](t testing.TB) func(T, error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// usual is a pipeline of every family.
func usual(t testing.TB) *features.Pipeline {
	t.Helper()
	parts := must[*datetime.Parts](t)(datetime.NewParts(datetime.PartsOptions{}))
	imputer := must[*impute.Imputer](t)(impute.NewImputer(impute.ImputerOptions{Indicator: true}))
	standardizer := must[*scale.Standardizer](t)(scale.NewStandardizer(scale.StandardizerOptions{}))
	ordinal := must[*encode.Ordinal](t)(encode.NewOrdinal(encode.OrdinalOptions{}))
	hot := must[*encode.OneHot](t)(encode.NewOneHot(encode.OneHotOptions{MinFrequency: 10}))
	return must[*features.Pipeline](t)(features.NewPipeline(
		features.Step{Columns: features.Temporal(), Fitter: parts},
		features.Step{Columns: features.Columns("origin"), Fitter: ordinal},
		features.Step{Columns: features.Numeric(), Fitter: imputer},
		features.Step{Columns: features.Numeric(), Fitter: standardizer},
		features.Step{Columns: features.Categorical(), Fitter: hot},
	))
}

func columns(t testing.TB) *dataset.Schema {
	t.Helper()
	return must[*dataset.Schema](t)(dataset.NewSchema(
		dataset.Field{Name: "distance", Type: dataset.Float64, Nullable: true},
		dataset.Field{Name: "carrier", Type: dataset.Dictionary, Nullable: true},
		dataset.Field{Name: "at", Type: dataset.TimeUTC, Nullable: true},
		dataset.Field{Name: "origin", Type: dataset.Utf8, Nullable: true, Unseen: dataset.UnseenOther},
		dataset.Field{Name: "seats", Type: dataset.Int32},
	))
}

func TestPipelineConforms(t *testing.T) {
	traits := featurestest.Traits{Schema: columns(t), FillsMissing: true, Rows: 70_000} // two chunks
	featurestest.TestTransformer(t, traits, func(t *testing.T, _ memory.Allocator) features.Fitter { return usual(t) })
}

func TestSelectors(t *testing.T) {
	s := must[*dataset.Schema](t)(dataset.NewSchema(
		dataset.Field{Name: "a", Type: dataset.Float64},
		dataset.Field{Name: "b", Type: dataset.Bool},
		dataset.Field{Name: "c", Type: dataset.Utf8},
		dataset.Field{Name: "d", Type: dataset.Date32},
		dataset.Field{Name: "k", Type: dataset.Int64, Role: dataset.Key},
		dataset.Field{Name: "y", Type: dataset.Float64, Role: dataset.Target},
		dataset.Field{Name: "p", Type: dataset.Decimal128(5, 2)},
	))
	for name, c := range map[string]struct {
		selector features.Selector
		want     string
	}{
		"the zero value": {features.Selector{}, "a b c d p"},
		"numeric":        {features.Numeric(), "a b p"},
		"categorical":    {features.Categorical(), "c"},
		"temporal":       {features.Temporal(), "d"},
		"names":          {features.Columns("k", "b", "a"), "k b a"},
		"a role":         {features.Selector{Role: dataset.Target}, "y"},
		"no name":        {features.Columns([]string{}...), ""},
	} {
		got, err := c.selector.Select(s)
		if err != nil || strings.Join(got, " ") != c.want {
			t.Errorf("%s: %q and error %v, want %q", name, got, err, c.want)
		}
	}
	if _, err := features.Columns("z").Select(s); !errors.Is(err, dataset.ErrSchema) {
		t.Errorf("an unknown name: got error %v, want dataset.ErrSchema", err)
	}
}

func TestPipelineLeavesOutAStepWithoutColumns(t *testing.T) {
	type row struct {
		A float64 `ml:"name=a"`
	}
	src := must[dataset.Source](t)(dataset.FromStructs([]row{{1}, {3}}, dataset.StructsOptions{}))
	hot := must[*encode.OneHot](t)(encode.NewOneHot(encode.OneHotOptions{}))
	for name, steps := range map[string][]features.Step{"no step": nil, "a step without columns": {{Columns: features.Categorical(), Fitter: hot}}} {
		p := must[*features.Pipeline](t)(features.NewPipeline(steps...))
		tr, err := p.Fit(t.Context(), src)
		if err != nil {
			t.Fatal(err)
		}
		out, err := features.Apply(tr, src)
		if err != nil {
			t.Fatal(err)
		}
		if !out.Schema().Equal(src.Schema()) {
			t.Errorf("%s: columns %q, want those of the source", name, out.Schema().Names())
		}
		for b, err := range out.Batches(t.Context()) {
			if err != nil || b.NumRows() != 2 {
				t.Errorf("%s: %d rows and error %v, want 2", name, b.NumRows(), err)
			}
		}
	}
}

func TestPipelineErrors(t *testing.T) {
	_, err := features.NewPipeline(features.Step{})
	var oe *dataset.OptionError
	if !errors.As(err, &oe) {
		t.Errorf("a step without a fitter: got error %v, want a *dataset.OptionError", err)
	}
	type row struct {
		A        float64 `ml:"name=a"`
		AMissing float64 `ml:"name=a_missing"`
	}
	src := must[dataset.Source](t)(dataset.FromStructs([]row{{math.NaN(), 1}, {3, 1}}, dataset.StructsOptions{}))
	im := must[*impute.Imputer](t)(impute.NewImputer(impute.ImputerOptions{Indicator: true}))
	for name, selector := range map[string]features.Selector{"a column that is there already": features.Columns("a"), "an unknown column": features.Columns("z")} {
		p := must[*features.Pipeline](t)(features.NewPipeline(features.Step{Columns: selector, Fitter: im}))
		if _, err := p.Fit(t.Context(), src); !errors.Is(err, dataset.ErrSchema) {
			t.Errorf("%s: got error %v, want dataset.ErrSchema", name, err)
		}
	}
}

func TestNewFittedChecksThePlan(t *testing.T) {
	b := plan.NewBuilder(plan.Input{Name: "a", Kind: plan.Number})
	b.Output("b", b.Add(plan.Op{Kind: plan.OpMissing, In: plan.Ints{0}})[0])
	p := must[*plan.Plan](t)(b.Build())
	field := func(name string) []dataset.Field { return []dataset.Field{{Name: name, Type: dataset.Float64}} }
	if _, err := features.NewFitted(field("a"), field("b"), p); err != nil {
		t.Error(err)
	}
	for name, c := range map[string]struct{ reads, makes []dataset.Field }{
		"another input":  {field("x"), field("b")},
		"another output": {field("a"), field("x")},
		"no output":      {field("a"), nil},
		"no input":       {nil, field("b")},
	} {
		if _, err := features.NewFitted(c.reads, c.makes, p); err == nil {
			t.Errorf("%s: want an error", name)
		}
	}
}

func TestNullsOfTheResult(t *testing.T) {
	type row struct {
		A *float64 `ml:"name=a"`
	}
	one, three := 1.0, 3.0
	src := must[dataset.Source](t)(dataset.FromStructs([]row{{&one}, {nil}, {&three}}, dataset.StructsOptions{}))
	st := must[*scale.Standardizer](t)(scale.NewStandardizer(scale.StandardizerOptions{}))
	tr := must[features.Transformer](t)(st.Fit(t.Context(), src))
	for b, err := range src.Batches(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		out, err := features.Transform(t.Context(), tr, b)
		if err != nil {
			t.Fatal(err)
		}
		defer out.Release()
		if c := out.Column(0); c.NullN() != 1 || !c.IsNull(1) || c.IsNull(0) || c.IsNull(2) {
			t.Errorf("column %v, want null in row 1 alone", c)
		}
	}
}
