package text_test

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/features"
	"github.com/tidewheel/tidewheel/features/featurestest"
	"github.com/tidewheel/tidewheel/features/internal/fit/fittest"
	"github.com/tidewheel/tidewheel/features/text"
	"github.com/tidewheel/tidewheel/internal/plan"
)

func must[F features.Fitter](f F, err error) features.Fitter {
	if err != nil {
		panic(err)
	}
	return f
}

func words(least, most int) text.Terms { return text.Terms{MinWords: least, MaxWords: most} }

// The numbers are those of scikit-learn 1.9.1 on texts of several scripts; see testdata/gen/golden.py. Counts are exact, the others differ by rounding.
func TestTextEqualsScikitLearn(t *testing.T) {
	g := fittest.Load(t)
	src := g.Texts(t, "texts")
	var names struct{ Names map[string][]string }
	whole, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(whole, &names); err != nil {
		t.Fatal(err)
	}
	fitters := map[string]features.Fitter{
		"count":            must(text.NewCount(text.CountOptions{})),
		"count_words_2_3":  must(text.NewCount(text.CountOptions{Terms: words(2, 3)})),
		"count_limits":     must(text.NewCount(text.CountOptions{MinRows: 2, MaxShare: 0.2})),
		"count_frequent":   must(text.NewCount(text.CountOptions{MaxColumns: 2})),
		"count_binary":     must(text.NewCount(text.CountOptions{Binary: true})),
		"count_case":       must(text.NewCount(text.CountOptions{Terms: text.Terms{KeepCase: true}})),
		"tfidf":            must(text.NewTFIDF(text.TFIDFOptions{})),
		"tfidf_words_1_2":  must(text.NewTFIDF(text.TFIDFOptions{Terms: words(1, 2), Sublinear: true})),
		"tfidf_raw_l1":     must(text.NewTFIDF(text.TFIDFOptions{RawIDF: true, Norm: text.NormL1})),
		"tfidf_plain":      must(text.NewTFIDF(text.TFIDFOptions{NoIDF: true, Norm: text.NormNone, Binary: true})),
		"hash":             must(text.NewHash(text.HashOptions{Columns: 50})),
		"hash_unsigned_l1": must(text.NewHash(text.HashOptions{Columns: 7, Unsigned: true, Norm: text.NormL1})),
		"hash_words_1_2":   must(text.NewHash(text.HashOptions{Columns: 64, Terms: words(1, 2), Norm: text.NormNone})),
		"hash_case":        must(text.NewHash(text.HashOptions{Columns: 3, Terms: text.Terms{KeepCase: true}})),
	}
	if len(fitters) != len(g.Expected) {
		t.Errorf("%d fitters for %d references", len(fitters), len(g.Expected))
	}
	for name, f := range fitters {
		t.Run(name, func(t *testing.T) {
			tolerance := 1e-12
			if strings.HasPrefix(name, "count") {
				tolerance = 0
				fitted, err := f.Fit(t.Context(), src)
				if err != nil {
					t.Fatal(err)
				}
				for i, o := range fitted.Plan().Outputs {
					if want := "a:" + names.Names[name][i]; o.Name != want {
						t.Errorf("column %d: want %q, got %q", i, want, o.Name)
					}
				}
			}
			g.Compare(t, name, src, f, tolerance)
		})
	}
}

func schema(t *testing.T, fields ...dataset.Field) *dataset.Schema {
	t.Helper()
	s, err := dataset.NewSchema(fields...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestTextConforms(t *testing.T) {
	some := []string{"red car", "the RED, red house", "a house of the cars", "no", "x y"}
	s := schema(t,
		dataset.Field{Name: "plain", Type: dataset.Utf8, Nullable: true, OneOf: some},
		dataset.Field{Name: "coded", Type: dataset.Dictionary, Nullable: true, OneOf: some[:3], Unseen: dataset.UnseenMissing},
		dataset.Field{Name: "large", Type: dataset.LargeUtf8, OneOf: some[1:]},
	)
	count := text.CountOptions{Terms: words(1, 2), MaxColumns: 5, MinRows: 2}
	tfidf := text.TFIDFOptions{Sublinear: true}
	t.Run("count", func(t *testing.T) {
		traits := featurestest.Traits{
			Schema: s, FillsMissing: true, Rows: 70_000,
			Options: []featurestest.Refusal{
				fittest.Refused("text.CountOptions", func() error {
					_, err := text.NewCount(text.CountOptions{Terms: words(9, -1), MaxColumns: -1, MinRows: -1, MaxShare: 1.5, Workers: -1})
					return err
				}, "Terms.MinWords", "Terms.MaxWords", "MaxColumns", "MinRows", "MaxShare", "Workers"),
				fittest.Refused("text.CountOptions", func() error { _, err := text.NewCount(text.CountOptions{MaxShare: math.NaN()}); return err }, "MaxShare"),
				fittest.Refused("text.CountOptions", func() error { _, err := text.NewCount(text.CountOptions{MaxColumns: 65537}); return err }, "MaxColumns"),
				fittest.Refused("text.CountOptions", func() error { _, err := text.NewCount(text.CountOptions{Terms: words(3, 2)}); return err }, "Terms.MaxWords"),
			},
			WithWorkers: func(workers int) features.Fitter {
				o := count
				o.Workers = workers
				return must(text.NewCount(o))
			},
		}
		featurestest.TestTransformer(t, traits, func(*testing.T, memory.Allocator) features.Fitter { return must(text.NewCount(count)) })
	})
	t.Run("tfidf", func(t *testing.T) {
		traits := featurestest.Traits{
			Schema: s, FillsMissing: true, Rows: 70_000,
			Options: []featurestest.Refusal{
				fittest.Refused("text.TFIDFOptions", func() error {
					_, err := text.NewTFIDF(text.TFIDFOptions{MinRows: -1, Norm: 3, Workers: -2})
					return err
				}, "MinRows", "Norm", "Workers"),
			},
			WithWorkers: func(workers int) features.Fitter {
				o := tfidf
				o.Workers = workers
				return must(text.NewTFIDF(o))
			},
		}
		featurestest.TestTransformer(t, traits, func(*testing.T, memory.Allocator) features.Fitter { return must(text.NewTFIDF(tfidf)) })
	})
	t.Run("hash", func(t *testing.T) {
		traits := featurestest.Traits{
			Schema: s, FillsMissing: true, NoLearning: true, TellsUnseen: true, Rows: 70_000,
			Options: []featurestest.Refusal{
				fittest.Refused("text.HashOptions", func() error {
					_, err := text.NewHash(text.HashOptions{Terms: words(-1, 0), Columns: 1 << 20, Norm: 9})
					return err
				}, "Terms.MinWords", "Columns", "Norm"),
			},
		}
		featurestest.TestTransformer(t, traits, func(*testing.T, memory.Allocator) features.Fitter {
			return must(text.NewHash(text.HashOptions{Columns: 16}))
		})
	})
}

type note struct {
	Note *string `ml:"name=note"`
}

func notes(t *testing.T, texts ...string) dataset.Source {
	t.Helper()
	rows := make([]note, len(texts))
	for i, s := range texts {
		if s != "" {
			rows[i].Note = &s
		}
	}
	src, err := dataset.FromStructs(rows, dataset.StructsOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// A null is no row of the shares: of three texts, "in" is in all, "dog" in two.
func TestNullsAreNoRows(t *testing.T) {
	fitted, err := must(text.NewCount(text.CountOptions{MaxShare: 0.7})).Fit(t.Context(), notes(t, "in dog", "", "in dog dog", "in cat", ""))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, o := range fitted.Plan().Outputs {
		got = append(got, o.Name)
	}
	if !slices.Equal(got, []string{"note:cat", "note:dog"}) {
		t.Errorf("got columns %q", got)
	}
}

// Of equally frequent terms the earlier one is kept, and one that no name of a column could hold is left out.
func TestTiesAndLongTerms(t *testing.T) {
	src := notes(t, strings.Repeat("x", 252)+" bb aa", strings.Repeat("y", 251))
	for columns, want := range map[int][]string{1: {"note:aa"}, 9: {"note:aa", "note:bb", "note:" + strings.Repeat("y", 251)}} {
		fitted, err := must(text.NewCount(text.CountOptions{MaxColumns: columns})).Fit(t.Context(), src)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, o := range fitted.Plan().Outputs {
			got = append(got, o.Name)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%d columns: got %q", columns, got)
		}
	}
}

func TestTextRefuses(t *testing.T) {
	personal, err := dataset.NewBatches(schema(t, dataset.Field{Name: "c", Type: dataset.Utf8, Personal: true}))
	if err != nil {
		t.Fatal(err)
	}
	number, err := dataset.NewBatches(schema(t, dataset.Field{Name: "n", Type: dataset.Float64}))
	if err != nil {
		t.Fatal(err)
	}
	count, hash := must(text.NewCount(text.CountOptions{MinRows: 2})), must(text.NewHash(text.HashOptions{Columns: 2}))
	for name, c := range map[string]struct {
		f   features.Fitter
		src dataset.Source
	}{
		"a personal column":       {count, personal},
		"a number":                {count, number},
		"a number, hashed":        {hash, number},
		"no term in two rows":     {count, notes(t, "aa", "bb")},
		"no term of four letters": {must(text.NewTFIDF(text.TFIDFOptions{})), notes(t, "a", "b")},
	} {
		if _, err := c.f.Fit(t.Context(), c.src); !errors.Is(err, dataset.ErrSchema) {
			t.Errorf("%s: want dataset.ErrSchema, got %v", name, err)
		}
	}
	if _, err := hash.Fit(t.Context(), personal); err != nil {
		t.Errorf("a hash keeps nothing of a personal column, got %v", err)
	}
}

func TestTooManyTerms(t *testing.T) {
	texts := make([]string, 40)
	for i := range texts {
		var b strings.Builder
		for j := range 30_000 {
			b.WriteString("w" + strconv.Itoa(i*30_000+j) + " ")
		}
		texts[i] = b.String()
	}
	if _, err := must(text.NewCount(text.CountOptions{})).Fit(t.Context(), notes(t, texts...)); !errors.Is(err, dataset.ErrLimit) || !strings.Contains(err.Error(), `"note"`) {
		t.Errorf("want dataset.ErrLimit that names the column, got %v", err)
	}
}

// One row takes no memory once its buffers have grown.
func TestOneRowAllocatesNothing(t *testing.T) {
	fitted, err := must(text.NewTFIDF(text.TFIDFOptions{Terms: words(1, 2)})).Fit(t.Context(), notes(t, "the dog", "the cat and the dog"))
	if err != nil {
		t.Fatal(err)
	}
	program, err := plan.Compile(fitted.Plan())
	if err != nil {
		t.Fatal(err)
	}
	s, row := program.NewRowScratch(), []dataset.Value{dataset.TextValue("The CAT, the dog and İ ΟΔΟΣ")}
	program.Row(row, s)
	if n := testing.AllocsPerRun(100, func() { program.Row(row, s) }); n != 0 {
		t.Errorf("%g allocations a row", n)
	}
}
