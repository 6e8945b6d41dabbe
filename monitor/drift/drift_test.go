package drift_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/monitor/drift"
	"github.com/tidewheel/tidewheel/validate"
)

// testdata/golden.json holds the values of scipy 1.17.1 and numpy 2.4.6, written by testdata/gen/golden.py. Tolerances: 1e-12 for short sums, 1e-9 for p-values, which
// go through other series.
func golden(t *testing.T, into any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "golden.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatal(err)
	}
}

func TestNumericColumnsEqualScipy(t *testing.T) {
	var doc struct {
		Numeric []struct {
			Name               string
			Reference, Current []float64
			Expected           struct {
				KS, Wasserstein float64
				KSP             float64 `json:"ks_p"`
				Normed          float64 `json:"wasserstein_normed"`
			}
		}
	}
	golden(t, &doc)
	if len(doc.Numeric) != 7 {
		t.Fatalf("%d cases", len(doc.Numeric))
	}
	for _, g := range doc.Numeric {
		t.Run(g.Name, func(t *testing.T) {
			a := plain(t, numbers("x", g.Reference))
			c := compare(t, a, plain(t, numbers("x", g.Current)), drift.Options{}).Columns[0]
			near(t, "ks", c.KS, g.Expected.KS, 1e-12)
			near(t, "wasserstein", c.Wasserstein, g.Expected.Wasserstein, 1e-12)
			near(t, "wasserstein normed", c.WassersteinNormed, g.Expected.Normed, 1e-12)
			if c.Test == drift.KS {
				near(t, "p", c.P, g.Expected.KSP, 1e-9)
			}
			psi, js := sealed(t, a, g.Current)
			near(t, "psi", c.PSI, psi, 1e-12)
			near(t, "jensen-shannon", c.JensenShannon, js, 1e-12)
		})
	}
}

// sealed returns PSI and the Jensen–Shannon distance by their formulas over the bins that a profile of the reference seals.
func sealed(t *testing.T, reference dataset.Source, current []float64) (psi, js float64) {
	t.Helper()
	p, err := validate.ProfileOf(t.Context(), reference, validate.ProfileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	c, _ := p.Column("x")
	counts := make([]float64, len(c.Bins.Counts))
	for _, x := range current {
		counts[c.Bins.Bin(dataset.NumberValue(x))]++
	}
	share := func(v, n float64) float64 {
		if v == 0 {
			return c.Bins.Smoothing
		}
		return v / n
	}
	for i, n := range c.Bins.Counts {
		a, b := share(float64(n), float64(c.Rows)), share(counts[i], float64(len(current)))
		psi += (b - a) * math.Log(b/a)
		a, b = float64(n)/float64(c.Rows), counts[i]/float64(len(current))
		if a > 0 {
			js += a * math.Log2(2*a/(a+b)) / 2
		}
		if b > 0 {
			js += b * math.Log2(2*b/(a+b)) / 2
		}
	}
	return psi, math.Sqrt(max(js, 0))
}

func TestCategoriesEqualScipy(t *testing.T) {
	var doc struct {
		Categorical []struct {
			Name               string
			Reference, Current map[string]int
			Expected           struct {
				Chi2  float64
				P     float64 `json:"chi2_p"`
				V     float64 `json:"cramers_v"`
				JSTwo float64 `json:"js_base2"`
			}
		}
	}
	golden(t, &doc)
	if len(doc.Categorical) != 4 {
		t.Fatalf("%d cases", len(doc.Categorical))
	}
	for _, g := range doc.Categorical {
		t.Run(g.Name, func(t *testing.T) {
			c := compare(t, plain(t, texts("c", expand(g.Reference))), plain(t, texts("c", expand(g.Current))), drift.Options{}).Columns[0]
			near(t, "chi-square", c.Statistic, g.Expected.Chi2, 1e-12)
			near(t, "p", c.P, g.Expected.P, 1e-9)
			near(t, "cramér's v", c.CramersV, g.Expected.V, 1e-12)
			near(t, "jensen-shannon", c.JensenShannon, g.Expected.JSTwo, 1e-12)
			near(t, "effect", c.Effect, g.Expected.JSTwo, 1e-12)
		})
	}
}

// expand returns each text as often as it is counted.
func expand(counts map[string]int) []string {
	var out []string
	for v, n := range counts {
		for range n {
			out = append(out, v)
		}
	}
	slices.Sort(out)
	return out
}

// Twenty unchanged columns, references of 1,000 to 5,000 rows, fixed seeds: at most one report in 20 names any of them.
func TestUnchangedColumnsAreSeldomFlagged(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 5))
	references := []dataset.Source{plain(t, draw(rng, 1000)...), plain(t, draw(rng, 2000)...), plain(t, draw(rng, 5000)...)}
	for _, c := range []struct{ current, repeats int }{{50, 100}, {200, 60}, {1000, 20}, {10_000, 2}} {
		flagged := 0
		for i := range c.repeats {
			if compare(t, references[i%len(references)], plain(t, draw(rng, c.current)...), drift.Options{}).Drifted > 0 {
				flagged++
			}
		}
		if share := float64(flagged) / float64(c.repeats); share > 0.05 {
			t.Errorf("%d current rows: %.3f of the reports flag a column", c.current, share)
		}
	}
}

func TestPlantedDriftIsFound(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	reference := plain(t, draw(rng, 10_000)...)
	for name, c := range map[string]struct {
		n, column int
		verdict   drift.Verdict
		spoil     func(c *column)
	}{
		"mean up by a third of a standard deviation": {1000, 0, drift.Distribution, func(c *column) { each(c, func(x float64) float64 { return x + 1.0/3 }) }},
		"mean up by an eighth, many rows":            {20_000, 0, drift.Distribution, func(c *column) { each(c, func(x float64) float64 { return x + 0.125 }) }},
		"mean up by one, 50 rows":                    {50, 5, drift.Distribution, func(c *column) { each(c, func(x float64) float64 { return x + 1 }) }},
		"unit times 100":                             {100, 1, drift.Distribution, func(c *column) { each(c, func(x float64) float64 { return 100 * x }) }},
		"more zeros":                                 {2000, 4, drift.Distribution, func(c *column) { each(c, func(x float64) float64 { return max(x-0.3, 0) }) }},
		"few values, one more often":                 {500, 3, drift.Distribution, func(c *column) { each(c, func(x float64) float64 { return max(x, 1) }) }},
		"a fifth of the texts new": {1000, 16, drift.Distribution, func(c *column) {
			for i := range c.texts {
				if i%5 == 0 {
					c.texts[i] = "new"
				}
			}
		}},
		"a tenth missing": {500, 2, drift.Missing, func(c *column) {
			c.valid = make([]bool, len(c.numbers))
			for i := range c.valid {
				c.valid[i] = i%10 > 0
			}
		}},
		"all missing": {500, 17, drift.Missing, func(c *column) { c.valid = make([]bool, len(c.texts)) }},
		"NaN instead of numbers": {500, 7, drift.Missing, func(c *column) {
			each(c, func(x float64) float64 {
				if math.Mod(x*1e6, 5) < 1 {
					return math.NaN()
				}
				return x
			})
		}},
	} {
		t.Run(name, func(t *testing.T) {
			current := draw(rand.New(rand.NewPCG(4, 4)), c.n)
			c.spoil(&current[c.column])
			r := compare(t, reference, plain(t, current...), drift.Options{})
			if got := r.Columns[c.column]; r.Drifted != 1 || got.Verdict != c.verdict || !got.Drifted || r.DriftedColumns[0] != got.Name || r.ShareDrifted != 1/float64(r.Judged) {
				t.Errorf("%v drifted; %+v", r.DriftedColumns, got)
			}
		})
	}
}

func each(c *column, f func(float64) float64) {
	for i, x := range c.numbers {
		c.numbers[i] = f(x)
	}
}

// A score drifts at half the effect: its mean moves by 0.07 standard deviations.
func TestScoresAreStricter(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	a, b := make([]float64, 20_000), make([]float64, 20_000)
	for i := range a {
		a[i], b[i] = rng.NormFloat64(), rng.NormFloat64()+0.07
	}
	ref, cur := plain(t, numbers("score", a)), plain(t, numbers("score", b))
	if r := compare(t, ref, cur, drift.Options{}); r.Drifted != 0 {
		t.Errorf("as a feature: %+v", r.Columns[0])
	}
	if r := compare(t, ref, cur, drift.Options{Scores: []string{"score"}}); r.Drifted != 1 || r.Columns[0].EffectThreshold != 0.05 {
		t.Errorf("as a score: %+v", r.Columns[0])
	}
}

func TestResultDoesNotDependOnWorkersOrBatches(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	rng := rand.New(rand.NewPCG(9, 9))
	const n = dataset.ChunkRows + 3000
	x, y := draw(rng, n)[8:], draw(rng, n)[8:]
	var first *drift.Report
	for _, c := range []struct{ size, workers int }{{0, 1}, {1000, 2}, {20_000, 8}} {
		a, b := source(t, mem, c.size, x...), source(t, mem, c.size, y...)
		r := compare(t, a, b, drift.Options{Workers: c.workers, Allocator: mem})
		if first == nil {
			first = r
		} else if !reflect.DeepEqual(first, r) {
			t.Errorf("batches of %d rows, %d workers: another report", c.size, c.workers)
		}
		_ = a.Close()
		_ = b.Close()
	}
	mem.AssertSize(t, 0)
}

// Beyond ExactRows a sketch stands for the values; its rank error is 1 %, so KS moves by at most 2 % and some more for the grid.
func TestSketchStandsForManyRows(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	a, b := make([]float64, 150_000), make([]float64, 3000)
	for i := range a {
		a[i] = rng.NormFloat64()
	}
	for i := range b {
		b[i] = rng.NormFloat64() + 0.5
	}
	ref, cur := plain(t, numbers("x", a)), plain(t, numbers("x", b))
	exact := compare(t, ref, cur, drift.Options{}).Columns[0]
	for _, bound := range []int{1024, 100_000} { // one chunk alone is over the first
		rough := compare(t, ref, cur, drift.Options{ExactRows: bound}).Columns[0]
		if !exact.Exact || rough.Exact || rough.NReference != 150_000 || !rough.Drifted {
			t.Errorf("%+v", rough)
		}
		near(t, "ks", rough.KS, *exact.KS, 0.025)
		near(t, "wasserstein", rough.Wasserstein, *exact.Wasserstein, 0.05)
		near(t, "psi", rough.PSI, *exact.PSI, 0.1)
	}
}

func TestColumnsWithoutVerdict(t *testing.T) {
	const n = 400
	ids, dates, keys, few := texts("id", make([]string, n)), numbers("day", make([]float64, n)), numbers("key", make([]float64, n)), numbers("few", make([]float64, n))
	keys.field.Role = dataset.Key
	few.valid = make([]bool, n)
	for i := range n {
		ids.texts[i] = fmt.Sprint("id", i)
		dates.numbers[i] = float64(i)
		few.valid[i] = i < 29
	}
	dates.field.Role = dataset.Time
	other := []column{texts("id", make([]string, n)), dates, keys, few}
	for i := range n {
		other[0].texts[i] = fmt.Sprint("other", i)
	}
	r := compare(t, plain(t, ids, dates, keys, few), plain(t, other...), drift.Options{})
	for i, want := range []drift.Verdict{drift.Identifier, drift.Excluded, drift.Excluded, drift.TooFewRows} {
		if c := r.Columns[i]; c.Verdict != want || c.Drifted || c.AdjustedP != nil {
			t.Errorf("%s: %+v, want %s", c.Name, c, want)
		}
	}
	if r.Judged != 0 || r.ShareDrifted != 0 || *r.Columns[0].UnseenShare != 1 {
		t.Errorf("%+v", r)
	}
}

// No rows, one row, constants, huge and infinite values: figures are finite or absent, and the report has a JSON form.
func TestDegenerateInputIsDefined(t *testing.T) {
	constant := func(v float64, n int) []float64 { return slices.Repeat([]float64{v}, n) }
	for name, c := range map[string]struct {
		a, b    []float64
		verdict drift.Verdict
	}{
		"no rows":             {nil, nil, drift.TooFewRows},
		"no current rows":     {constant(1, 100), nil, drift.TooFewRows},
		"one row":             {constant(1, 1), constant(2, 1), drift.TooFewRows},
		"the same constant":   {constant(1, 100), constant(1, 50), drift.Unchanged},
		"another constant":    {constant(1, 100), constant(2, 50), drift.Distribution},
		"many other constant": {constant(1, 5000), constant(2, 5000), drift.Distribution},
		"infinities":          {constant(math.Inf(1), 100), constant(1, 100), drift.Missing},
		"largest numbers":     {constant(-math.MaxFloat64, 2000), constant(math.MaxFloat64, 2000), drift.Distribution},
		"NaN only":            {constant(math.NaN(), 100), constant(math.NaN(), 100), drift.TooFewRows},
	} {
		r := compare(t, plain(t, numbers("x", c.a)), plain(t, numbers("x", c.b)), drift.Options{})
		if got := r.Columns[0]; got.Verdict != c.verdict {
			t.Errorf("%s: %+v", name, got)
		}
		if _, err := json.Marshal(r); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	wide := make([]float64, 2000)
	for i := range wide {
		wide[i] = (float64(i) - 1000) / 1000 * math.MaxFloat64
	}
	r := compare(t, plain(t, numbers("x", wide)), plain(t, numbers("x", constant(1, 2000))), drift.Options{})
	if _, err := json.Marshal(r); err != nil || r.Drifted != 1 {
		t.Errorf("a range that overflows: %v, %+v", err, r.Columns[0])
	}
	e := compare(t, plain(t, texts("x", []string{})), plain(t, texts("x", []string{"a"})), drift.Options{})
	if c := e.Columns[0]; c.Verdict != drift.TooFewRows || c.PSI != nil || c.UnseenShare != nil {
		t.Errorf("%+v", c)
	}
}

func TestColumnsAreMatchedByName(t *testing.T) {
	x := make([]float64, 40)
	a := plain(t, numbers("both", x), numbers("gone", x), numbers("turned", x))
	b := plain(t, texts("turned", slices.Repeat([]string{"a"}, 40)), texts("new", slices.Repeat([]string{"a"}, 40)), numbers("both", x))
	r := compare(t, a, b, drift.Options{})
	if len(r.Columns) != 1 || !slices.Equal(r.MissingColumns, []string{"gone"}) || !slices.Equal(r.ExtraColumns, []string{"new"}) || !slices.Equal(r.ChangedColumns, []string{"turned"}) {
		t.Errorf("%+v", r)
	}
	for name, o := range map[string]drift.Options{
		"absent column": {Columns: []string{"gone"}}, "turned column": {Columns: []string{"turned"}}, "absent score": {Scores: []string{"score"}},
	} {
		if r, err := drift.Compare(t.Context(), a, b, o); !errors.Is(err, dataset.ErrSchema) || r != nil {
			t.Errorf("%s: %v, %v", name, r, err)
		}
	}
	var option *dataset.OptionError
	for _, o := range []drift.Options{
		{Alpha: -1}, {Alpha: math.NaN()}, {Alpha: 0.6}, {ExactRows: 1023}, {Workers: -1}, {Columns: []string{"both", "both"}},
	} {
		if _, err := drift.Compare(t.Context(), a, b, o); !errors.As(err, &option) {
			t.Errorf("%+v: %v", o, err)
		}
	}
	if _, err := drift.Compare(t.Context(), nil, b, drift.Options{}); err == nil {
		t.Error("a nil source is taken")
	}
}

func TestErrorsOfSourcesAreReturned(t *testing.T) {
	good := plain(t, numbers("x", make([]float64, 40)))
	failure := errors.New("failure")
	for _, s := range [][2]dataset.Source{{good, broken{good.Schema(), failure}}, {broken{good.Schema(), failure}, good}} {
		if r, err := drift.Compare(t.Context(), s[0], s[1], drift.Options{}); !errors.Is(err, failure) || r != nil {
			t.Errorf("%v, %v", r, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if r, err := drift.Compare(ctx, good, good, drift.Options{}); !errors.Is(err, context.Canceled) || r != nil {
		t.Errorf("%v, %v", r, err)
	}
}

type broken struct {
	s   *dataset.Schema
	err error
}

func (b broken) Schema() *dataset.Schema { return b.s }

func (b broken) Batches(context.Context) iter.Seq2[dataset.Batch, error] {
	return func(yield func(dataset.Batch, error) bool) { yield(dataset.Batch{}, b.err) }
}

// A column without values has no kind of its own: text formats call it text whatever it was. It misses all values, on either side.
func TestAColumnWithoutValuesIsOfAnyKind(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	x := make([]float64, 100)
	for i := range x {
		x[i] = float64(i)
	}
	empty := texts("x", make([]string, 100))
	empty.valid = make([]bool, 100)
	full, none := source(t, mem, 0, numbers("x", x)), source(t, mem, 0, empty)
	defer full.Close()
	defer none.Close()
	for _, pair := range [][2]*dataset.Batches{{full, none}, {none, full}} {
		r, err := drift.Compare(t.Context(), pair[0], pair[1], drift.Options{Allocator: mem})
		if err != nil {
			t.Fatal(err)
		}
		if len(r.ChangedColumns) != 0 || r.Drifted != 1 || r.Columns[0].Verdict != drift.Missing {
			t.Errorf("got %+v", r)
		}
	}
}
