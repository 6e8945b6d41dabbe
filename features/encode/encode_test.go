package encode_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/features"
	"github.com/tidewheel/tidewheel/features/encode"
	"github.com/tidewheel/tidewheel/features/featurestest"
	"github.com/tidewheel/tidewheel/features/internal/fit/fittest"
	"github.com/tidewheel/tidewheel/internal/plan"
)

func oneHot(t *testing.T, o encode.OneHotOptions) *encode.OneHot {
	t.Helper()
	h, err := encode.NewOneHot(o)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func ordinal(t *testing.T) *encode.Ordinal {
	t.Helper()
	o, err := encode.NewOrdinal(encode.OrdinalOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// The numbers are those of sklearn.preprocessing.OneHotEncoder and OrdinalEncoder 1.9.1; see testdata/gen/golden.py. Codes are exact.
func TestEncodersEqualScikitLearn(t *testing.T) {
	g := fittest.Load(t)
	src := g.Texts(t, "cat")
	g.Compare(t, "one_hot", src, oneHot(t, encode.OneHotOptions{}), 0)
	g.Compare(t, "one_hot_min_frequency_10", src, oneHot(t, encode.OneHotOptions{MinFrequency: 10}), 0)
	g.Compare(t, "ordinal", src, ordinal(t), 0)
	// scikit-learn's max_categories of 3 counts the infrequent column: two kept of the second column's four, and all three of the first.
	second, err := dataset.Select(t.Context(), src, "b")
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range g.Expected["one_hot_max_categories_3"] {
		g.Expected["one_hot_max_categories_3"][i] = row[3:]
	}
	g.Compare(t, "one_hot_max_categories_3", second, oneHot(t, encode.OneHotOptions{MaxCategories: 2}), 0)
}

func TestEncodersConform(t *testing.T) {
	s, err := dataset.NewSchema(
		dataset.Field{Name: "plain", Type: dataset.Utf8, Nullable: true},
		dataset.Field{Name: "coded", Type: dataset.Dictionary, Nullable: true, Unseen: dataset.UnseenMissing},
		dataset.Field{Name: "closed", Type: dataset.LargeUtf8, OneOf: []string{"r", "never", "p"}, Unseen: dataset.UnseenOther},
	)
	if err != nil {
		t.Fatal(err)
	}
	refused := func(o encode.OneHotOptions, fields ...string) featurestest.Refusal {
		return fittest.Refused("encode.OneHotOptions", func() error { _, err := encode.NewOneHot(o); return err }, fields...)
	}
	for name, o := range map[string]encode.OneHotOptions{"one hot": {}, "one hot with limits": {MaxCategories: 2, MinFrequency: 5}} {
		t.Run(name, func(t *testing.T) {
			traits := featurestest.Traits{
				Schema: s, FillsMissing: true, Rows: 70_000, // two chunks
				Options: []featurestest.Refusal{
					refused(encode.OneHotOptions{MaxCategories: -1}, "MaxCategories"),
					refused(encode.OneHotOptions{MaxCategories: 100_001}, "MaxCategories"),
					refused(encode.OneHotOptions{MinFrequency: -1}, "MinFrequency"),
					refused(encode.OneHotOptions{Workers: -1}, "Workers"),
					refused(encode.OneHotOptions{MaxCategories: -1, MinFrequency: -1, Workers: -1}, "MaxCategories", "MinFrequency", "Workers"),
				},
				WithWorkers: func(workers int) features.Fitter {
					with := o
					with.Workers = workers
					return oneHot(t, with)
				},
			}
			featurestest.TestTransformer(t, traits, func(t *testing.T, _ memory.Allocator) features.Fitter { return oneHot(t, o) })
		})
	}
	t.Run("ordinal", func(t *testing.T) {
		traits := featurestest.Traits{
			Schema: s, Rows: 70_000,
			Options: []featurestest.Refusal{
				fittest.Refused("encode.OrdinalOptions", func() error { _, err := encode.NewOrdinal(encode.OrdinalOptions{Workers: -1}); return err }, "Workers"),
			},
			WithWorkers: func(workers int) features.Fitter {
				e, err := encode.NewOrdinal(encode.OrdinalOptions{Workers: workers})
				if err != nil {
					t.Fatal(err)
				}
				return e
			},
		}
		featurestest.TestTransformer(t, traits, func(t *testing.T, _ memory.Allocator) features.Fitter { return ordinal(t) })
	})
}

// fitOn fits f on one text column with the given values; "" is null.
func fitOn(t *testing.T, f features.Fitter, field dataset.Field, values ...string) (features.Transformer, error) {
	t.Helper()
	field.Name, field.Type, field.Nullable = "c", dataset.Utf8, true
	s, err := dataset.NewSchema(field)
	if err != nil {
		t.Fatal(err)
	}
	type row struct {
		C *string `ml:"name=c"`
	}
	rows := make([]row, len(values))
	for i, v := range values {
		if v != "" {
			rows[i].C = &v
		}
	}
	src, err := dataset.FromStructs(rows, dataset.StructsOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var list []dataset.Batch
	for b, err := range src.Batches(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		renamed, err := dataset.NewBatch(s, []arrow.Array{b.Column(0)}, b.NumRows())
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, renamed)
	}
	m, err := dataset.NewBatches(s, list...)
	if err != nil {
		t.Fatal(err)
	}
	return f.Fit(t.Context(), m)
}

// score returns, for each text, the outputs that are 1; "" is null.
func score(t *testing.T, tr features.Transformer, texts ...string) string {
	t.Helper()
	g, err := plan.Compile(tr.Plan())
	if err != nil {
		t.Fatal(err)
	}
	scratch := g.NewRowScratch()
	var out []string
	for _, s := range texts {
		g.Row([]dataset.Value{{Valid: s != "", Text: s}}, scratch)
		hot := "-"
		for i, o := range tr.Plan().Outputs {
			if g.Output(scratch, i) == 1 {
				hot = strings.TrimPrefix(o.Name, "c=")
			}
		}
		out = append(out, hot)
	}
	return strings.Join(out, " ")
}

func TestOneHotPolicies(t *testing.T) {
	for _, c := range []struct {
		name  string
		field dataset.Field
		o     encode.OneHotOptions
		train []string
		names string // columns
		hot   string // what is 1 for a, b, rare, new, null
	}{
		{"without null", dataset.Field{}, encode.OneHotOptions{}, []string{"b", "a", "b"}, "a b", "a b - - -"},
		{"with null", dataset.Field{}, encode.OneHotOptions{}, []string{"b", "a", ""}, "a b <missing>", "a b - - <missing>"},
		{"other", dataset.Field{Unseen: dataset.UnseenOther}, encode.OneHotOptions{}, []string{"b", "a", ""}, "a b <other> <missing>", "a b <other> <other> <missing>"},
		{"missing", dataset.Field{Unseen: dataset.UnseenMissing}, encode.OneHotOptions{}, []string{"b", "a", ""}, "a b <missing>", "a b <missing> <missing> <missing>"},
		{"missing, none met", dataset.Field{Unseen: dataset.UnseenMissing}, encode.OneHotOptions{}, []string{"b", "a"}, "a b", "a b - - -"},
		{"one of", dataset.Field{OneOf: []string{"z", "b", "a"}}, encode.OneHotOptions{}, []string{"a"}, "z b a", "a b - - -"},
		{"one of, missing", dataset.Field{OneOf: []string{"b", "a"}, Unseen: dataset.UnseenMissing}, encode.OneHotOptions{}, []string{"new"}, "b a <missing>", "a b <missing> <missing> <missing>"},
		{"cut by frequency", dataset.Field{}, encode.OneHotOptions{MinFrequency: 2}, []string{"b", "a", "rare", "b", "a"}, "a b <other>", "a b <other> <other> -"},
		{"cut by number", dataset.Field{}, encode.OneHotOptions{MaxCategories: 1}, []string{"b", "a", "rare", "b"}, "b <other>", "<other> b <other> <other> -"},
		{"cut, ties keep the earlier", dataset.Field{OneOf: []string{"rare", "b", "a"}}, encode.OneHotOptions{MaxCategories: 2}, []string{"a", "b", "rare"}, "rare b <other>", "<other> b rare <other> -"},
		{"cut, missing", dataset.Field{Unseen: dataset.UnseenMissing}, encode.OneHotOptions{MinFrequency: 2}, []string{"b", "b", "rare", "a", "a"}, "a b <missing>", "a b <missing> <missing> <missing>"},
		{"all cut", dataset.Field{}, encode.OneHotOptions{MinFrequency: 9}, []string{"b", "a"}, "<other>", "<other> <other> <other> <other> -"},
		{"nulls only", dataset.Field{}, encode.OneHotOptions{}, []string{"", ""}, "<missing>", "- - - - <missing>"},
	} {
		tr, err := fitOn(t, oneHot(t, c.o), c.field, c.train...)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		var names []string
		for _, o := range tr.Plan().Outputs {
			names = append(names, strings.TrimPrefix(o.Name, "c="))
		}
		if got := strings.Join(names, " "); got != c.names {
			t.Errorf("%s: columns %q, want %q", c.name, got, c.names)
		}
		if got := score(t, tr, "a", "b", "rare", "new", ""); got != c.hot {
			t.Errorf("%s: hot %q, want %q", c.name, got, c.hot)
		}
	}
}

func TestOrdinalPolicies(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		name  string
		field dataset.Field
		want  []float64 // of low, mid, new, null
	}{
		{"sorted", dataset.Field{}, []float64{0, 1, nan, nan}},
		{"one of", dataset.Field{OneOf: []string{"top", "mid", "low"}}, []float64{2, 1, nan, nan}},
		{"missing", dataset.Field{Unseen: dataset.UnseenMissing}, []float64{0, 1, nan, nan}},
		{"other", dataset.Field{Unseen: dataset.UnseenOther}, []float64{0, 1, 2, nan}},
	} {
		tr, err := fitOn(t, ordinal(t), c.field, "mid", "low", "", "mid")
		if err != nil {
			t.Fatal(err)
		}
		g, err := plan.Compile(tr.Plan())
		if err != nil {
			t.Fatal(err)
		}
		scratch := g.NewRowScratch()
		for i, text := range []string{"low", "mid", "new", ""} {
			g.Row([]dataset.Value{{Valid: text != "", Text: text}}, scratch)
			if got := g.Output(scratch, 0); got != c.want[i] && !(math.IsNaN(got) && math.IsNaN(c.want[i])) {
				t.Errorf("%s: the code of %q is %v, want %v", c.name, text, got, c.want[i])
			}
		}
	}
}

func TestEncodersRefuse(t *testing.T) {
	for name, f := range map[string]features.Fitter{"one hot": oneHot(t, encode.OneHotOptions{}), "ordinal": ordinal(t)} {
		if _, err := fitOn(t, f, dataset.Field{Personal: true}, "ada"); !errors.Is(err, dataset.ErrSchema) || !strings.Contains(err.Error(), `"c"`) {
			t.Errorf("%s: a personal column: got error %v, want dataset.ErrSchema that names the column", name, err)
		}
		if _, err := fitOn(t, f, dataset.Field{}); !errors.Is(err, dataset.ErrSchema) {
			t.Errorf("%s: no rows: got error %v, want dataset.ErrSchema", name, err)
		}
		type row struct {
			N int32 `ml:"name=n"`
		}
		src, err := dataset.FromStructs([]row{{1}}, dataset.StructsOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Fit(t.Context(), src); !errors.Is(err, dataset.ErrSchema) {
			t.Errorf("%s: numbers: got error %v, want dataset.ErrSchema", name, err)
		}
	}
	for _, secret := range []string{strings.Repeat("s", 300), "line\nbreak"} {
		_, err := fitOn(t, oneHot(t, encode.OneHotOptions{}), dataset.Field{}, secret)
		if !errors.Is(err, dataset.ErrSchema) || strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), "break") {
			t.Errorf("a category of %d bytes: got error %v, want dataset.ErrSchema without the category", len(secret), err)
		}
	}
}
