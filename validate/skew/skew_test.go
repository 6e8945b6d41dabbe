package skew_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/validate"
	"github.com/tidewheel/tidewheel/validate/skew"
)

// planted changes one column of a drawn table.
func planted() map[string]func(c *column) {
	each := func(f func(x float64, i int) float64) func(*column) {
		return func(c *column) {
			for i := range c.numbers {
				c.numbers[i] = f(c.numbers[i], i)
			}
		}
	}
	return map[string]func(c *column){
		"x0 drift_jensen_shannon":  each(func(x float64, _ int) float64 { return x + 0.5 }),
		"x1 drift_jensen_shannon":  each(func(x float64, _ int) float64 { return x * 100 }),
		"x2 drift_jensen_shannon":  each(func(x float64, _ int) float64 { return x * x }),
		"x3 drift_linfty":          each(func(x float64, i int) float64 { return x + float64(i%3/2) }),
		"x4 drift_jensen_shannon":  each(func(x float64, i int) float64 { return max(x, float64(i%4/3)) }),
		"x5 drift_missing_share":   func(c *column) { c.valid = every(len(c.numbers), 20) },
		"x10 drift_missing_share":  func(c *column) { c.valid = nil },
		"c0 drift_linfty":          func(c *column) { c.texts = swap(c.texts, "k0", "k1", 4) },
		"c1 drift_new_categories":  func(c *column) { c.texts = swap(c.texts, "k2", "new", 2) },
		"c3 drift_linfty":          func(c *column) { c.texts = swap(c.texts, "k0", "other", 1) },
		"c4 drift_jensen_shannon":  func(c *column) { c.texts = swap(c.texts, "", "", 0) },
		"x6 drift_missing_share":   each(func(x float64, i int) float64 { return x / float64(min(i%30, 1)) }), // infinities
		"x11 drift_jensen_shannon": each(func(float64, int) float64 { return 7 }),
	}
}

func every(n, k int) []bool {
	valid := make([]bool, n)
	for i := range valid {
		valid[i] = i%k > 0
	}
	return valid
}

// swap makes b of each k-th a; without a, one text of all.
func swap(texts []string, a, b string, k int) []string {
	out := slices.Clone(texts)
	seen := 0
	for i, s := range out {
		switch {
		case a == "":
			out[i] = "k" + fmt.Sprint(len(s)*13%40)
		case s == a:
			if seen++; seen%k == 0 {
				out[i] = b
			}
		}
	}
	return out
}

// Each planted change is named in the right column and under the right rule, and in no other column, from profiles and from rows.
func TestPlantedShiftsAreNamed(t *testing.T) {
	rng := rand.New(rand.NewPCG(50, 1))
	reference, current := draw(rng, 3000), draw(rng, 2500)
	a := plain(t, reference...)
	old := profile(t, a)
	for name, change := range planted() {
		column, rule, _ := strings.Cut(name, " ")
		broken := slices.Clone(current)
		for i := range broken {
			if broken[i].field.Name == column {
				broken[i].numbers, broken[i].texts = slices.Clone(broken[i].numbers), slices.Clone(broken[i].texts)
				change(&broken[i])
			}
		}
		b := plain(t, broken...)
		profiles, err := skew.Compare(old, profile(t, b), skew.Options{})
		must(t, err)
		for how, r := range map[string]*skew.Report{"profiles": profiles, "rows": compareRows(t, a, b, skew.Options{})} {
			if r.OK || !r.Has(validate.Rule(rule), column) {
				t.Errorf("%s, %s: not found among %+v", name, how, r.Findings)
			}
			for _, f := range r.Findings {
				if f.Column != column {
					t.Errorf("%s, %s: also %s of %s: %s, got %s", name, how, f.Rule, f.Column, f.Want, f.Got)
				}
			}
		}
	}
}

// Equal distributions: at most one report of 20 columns in 20 has a finding; of 24 reports no more than 4 with a probability of 99 %. (Of 200 reports each: 3 and 3 of profiles
// and of rows at 1,000 against 50, 5 and 5 at 300 against 300, 3 and 5 at 1,000 against 200, 7 and 8 at 10,000 against 80.)
func TestEqualDistributionsHaveNoFinding(t *testing.T) {
	rng := rand.New(rand.NewPCG(50, 2))
	for _, sizes := range [][2]int{{1000, 50}, {300, 300}} {
		profiles, rows := 0, 0
		for range 24 {
			a, b := plain(t, draw(rng, sizes[0])...), plain(t, draw(rng, sizes[1])...)
			if r := compare(t, a, b, skew.Options{}); !r.OK {
				profiles++
			}
			if r := compareRows(t, a, b, skew.Options{Workers: 1}); !r.OK {
				rows++
			}
		}
		t.Logf("%d rows against %d: findings in %d and %d of 24 reports", sizes[1], sizes[0], profiles, rows)
		if profiles > 4 || rows > 4 {
			t.Errorf("%d rows against %d: findings in %d and %d of 24 reports", sizes[1], sizes[0], profiles, rows)
		}
	}
}

// Beyond a thousand rows profiles hold sketches, which may not look like a change either.
func TestManyRowsHaveNoFinding(t *testing.T) {
	rng := rand.New(rand.NewPCG(50, 3))
	a, b := plain(t, draw(rng, 30_000)...), plain(t, draw(rng, 10_000)...)
	for _, r := range []*skew.Report{compare(t, a, b, skew.Options{}), compareRows(t, a, b, skew.Options{ExactRows: 1024}), compareRows(t, a, b, skew.Options{})} {
		if !r.OK || len(r.Findings) > 0 {
			t.Errorf("%+v", r.Findings)
		}
		for _, c := range r.Columns {
			if c.JensenShannon == nil || *c.JensenShannon > 0.004 || *c.PSI > 0.02 {
				t.Errorf("%s: divergence %v, psi %v", c.Name, show(c.JensenShannon), show(c.PSI))
			}
		}
	}
}

// Halves of real sets, at default thresholds; a shift of one column is named.
func TestUnchangedRealRows(t *testing.T) {
	for _, name := range []string{
		"abalone", "adult-train", "bike-sharing", "california-housing", "compas", "diamond", "electricity", "german-credit", "mammography", "satellite", "telescope",
		"titanic",
	} {
		t.Run(name, func(t *testing.T) {
			halves, err := dataset.NewSplit(t.Context(), realSource(t, name+".csv"), dataset.SplitOptions{Test: 0.5, Seed: 1})
			must(t, err)
			a, b := profile(t, halves.Train), profile(t, halves.Test)
			r, err := skew.Compare(a, b, skew.Options{})
			must(t, err)
			exact := compareRows(t, halves.Train, halves.Test, skew.Options{Kind: skew.Skew})
			for _, r := range []*skew.Report{r, exact} {
				if !r.OK {
					t.Errorf("%+v", r.Findings)
				}
			}
		})
	}
}

func TestColumnsThatComeGoAndChange(t *testing.T) {
	x := make([]float64, 100)
	s := make([]string, 100)
	for i := range x {
		x[i], s[i] = float64(i), string(rune('a'+i%3))
	}
	whole := numbers("kind", x)
	whole.field.Type = dataset.Int64
	day := numbers("day", x)
	day.field.Type = dataset.Date32
	empty := texts("gone", s)
	empty.valid = make([]bool, 100)
	a := plain(t, numbers("old", x), numbers("kind", x), numbers("type", x), day, texts("gone", s))
	later := numbers("day", slices.Repeat([]float64{5000}, 100))
	later.field.Type = dataset.Date32
	b := plain(t, whole, texts("type", s), later, empty, numbers("new", x))
	r := compare(t, a, b, skew.Options{Kind: skew.Skew})
	var got []string
	for _, f := range r.Findings {
		got = append(got, fmt.Sprintf("%s %s %s", f.Severity, f.Rule, f.Column))
	}
	const want = "[refused missing_column old refused column_type type flagged skew_missing_share gone counted column_type kind counted extra_column new]"
	if fmt.Sprint(got) != want || r.OK {
		t.Errorf("got %v", got)
	}
	for _, c := range r.Columns {
		switch c.Name {
		case "type":
			if c.JensenShannon != nil || c.Judged {
				t.Error("texts and numbers compare")
			}
		case "day":
			if c.Judged || c.JensenShannon == nil || *c.JensenShannon < 0.5 {
				t.Errorf("%+v", c)
			}
		case "gone":
			if c.JensenShannon != nil || c.MissingCurrent != 1 || fmt.Sprint(c.Anomalies) != "[skew_missing_share]" {
				t.Errorf("%+v", c)
			}
		}
	}
	// A column of dates is judged when it is asked for.
	r = compare(t, a, b, skew.Options{Columns: map[string]skew.Thresholds{"day": {JensenShannon: 0.1}}})
	if !r.Has("drift_jensen_shannon", "day") {
		t.Errorf("%+v", r.Findings)
	}
}

func TestThresholds(t *testing.T) {
	rng := rand.New(rand.NewPCG(50, 4))
	a, b := draw(rng, 2000), draw(rng, 2000)
	for i := range b[0].numbers {
		b[0].numbers[i] += 0.5
		b[5].numbers[i] += 0.5
	}
	x, y := plain(t, a...), plain(t, b...)
	r := compare(t, x, y, skew.Options{Thresholds: skew.Thresholds{JensenShannon: math.Inf(1), PSI: 0.1, KS: 0.1, Wasserstein: 0.1, NormalizedDifference: 0.9}, Columns: map[string]skew.Thresholds{"x5": {PSI: 5, KS: 0.9, Wasserstein: 9}}})
	var got []string
	for _, f := range r.Findings {
		got = append(got, fmt.Sprintf("%s %s", f.Rule, f.Column))
	}
	if fmt.Sprint(got) != "[drift_ks x0 drift_psi x0 drift_wasserstein x0]" {
		t.Errorf("got %v", got)
	}
	if want := "drift_ks drift_psi drift_wasserstein"; want != strings.Trim(fmt.Sprint(r.Columns[0].Anomalies), "[]") {
		t.Error(r.Columns[0].Anomalies)
	}
	// Fewer rows are a finding only when asked.
	small := plain(t, draw(rng, 400)...)
	if r := compare(t, x, small, skew.Options{}); !r.OK || *r.RowRatio != 0.2 {
		t.Errorf("%+v", r.Findings)
	}
	if r := compare(t, x, small, skew.Options{MinRowRatio: 0.5}); !r.Has("drift_low_num_examples", "") || r.OK {
		t.Errorf("%+v", r.Findings)
	}
	if r := compare(t, small, x, skew.Options{MaxRowRatio: 2, Kind: skew.Skew}); !r.Has("skew_high_num_examples", "") {
		t.Errorf("%+v", r.Findings)
	}
	none := draw(rng, 0)
	for i := range none {
		if none[i].texts != nil {
			none[i].texts = []string{}
		}
	}
	r = compare(t, x, plain(t, none...), skew.Options{Alpha: 1})
	if !r.Has("drift_data_missing", "") || len(r.Findings) != 1 || r.Findings[0].Share != 0 {
		t.Errorf("%+v", r.Findings)
	}
	if r := compare(t, plain(t, none...), x, skew.Options{Alpha: 1}); !r.OK || r.RowRatio != nil {
		t.Errorf("%+v", r.Findings)
	}
}

// A list that was cut is no change: what it lacks is taken for what makes the least difference.
func TestListsThatWereCut(t *testing.T) {
	rng := rand.New(rand.NewPCG(50, 5))
	table := func(n, names int) []column {
		c := texts("name", make([]string, n))
		for i := range c.texts {
			u := rng.Float64()
			c.texts[i] = fmt.Sprintf("customer %05d", int(u*u*u*float64(names)))
		}
		return []column{c}
	}
	for _, names := range []int{60, 200, 3000, 100_000} {
		r := compare(t, plain(t, table(20_000, names)...), plain(t, table(20_000, names)...), skew.Options{})
		if !r.OK {
			t.Errorf("%d names: %+v", names, r.Findings)
		}
		if c := r.Columns[0]; *c.JensenShannon > 0.01 || c.Exact != (names == 60) || (c.NewShare != nil) != (names == 60) {
			t.Errorf("%d names: %+v, divergence %v", names, c, *c.JensenShannon)
		}
	}
	// One name that takes a fifth of the rows is seen, though neither list is whole.
	shifted := table(20_000, 3000)
	for i := range 4000 {
		shifted[0].texts[5*i] = "somebody"
	}
	r := compare(t, plain(t, table(20_000, 3000)...), plain(t, shifted...), skew.Options{})
	if c := r.Columns[0]; !r.Has("drift_linfty", "name") || c.LInfinityValue == nil || *c.LInfinityValue != "somebody" {
		t.Errorf("%+v", r.Findings)
	}
}

// Of a personal column there is the share of missing values only, and no finding has a value of any column.
func TestPersonalColumnsAndValuesStayInside(t *testing.T) {
	x, s := make([]float64, 200), make([]string, 200)
	for i := range x {
		x[i], s[i] = 4711+float64(i%7), "Ada Lovelace"
	}
	age, name, place := numbers("age", x), texts("name", s), texts("place", slices.Repeat([]string{"Oslo"}, 200))
	age.field.Personal, name.field.Personal = true, true
	a := plain(t, age, name, place)
	age.numbers = slices.Repeat([]float64{31}, 200)
	age.valid = every(200, 4)
	name.texts, place.texts = slices.Repeat([]string{"Grace Hopper"}, 200), slices.Repeat([]string{"Bergen"}, 200)
	r := compareRows(t, a, plain(t, age, name, place), skew.Options{})
	for _, c := range r.Columns[:2] {
		if c.JensenShannon != nil || c.KS != nil || c.Bins != 0 || c.LInfinity != nil {
			t.Errorf("%+v", c)
		}
	}
	if !r.Has("drift_missing_share", "age") || !r.Has("drift_linfty", "place") {
		t.Errorf("%+v", r.Findings)
	}
	text, err := json.Marshal(r.Findings)
	must(t, err)
	for _, value := range []string{"Ada", "Grace", "4711", "Oslo", "Bergen"} {
		if bytes.Contains(text, []byte(value)) {
			t.Errorf("a finding holds %s", value)
		}
	}
	if text, err = json.Marshal(r); err != nil || bytes.Contains(text, []byte("Grace")) || !bytes.Contains(text, []byte(`"kind":"drift"`)) {
		t.Errorf("%s, %v", text, err)
	}
}

// The bits depend on the rows alone, and what was allocated is given back.
func TestBatchesAndWorkersDoNotMatter(t *testing.T) {
	rng := rand.New(rand.NewPCG(50, 6))
	columns, others := draw(rng, 3000), draw(rng, 2500)
	var want []byte
	for _, workers := range []int{1, 3} {
		for _, size := range []int{0, 777} {
			mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
			a, b := source(t, mem, size, columns...), source(t, mem, size, others...)
			r := compareRows(t, a, b, skew.Options{Workers: workers, Allocator: mem})
			text, err := json.Marshal(r)
			must(t, err)
			if want == nil {
				want = text
			}
			if !bytes.Equal(text, want) {
				t.Error("another report")
			}
			must(t, errors.Join(a.Close(), b.Close()))
			mem.AssertSize(t, 0)
		}
	}
}

func TestBadOptionsAndSources(t *testing.T) {
	src := plain(t, numbers("x", []float64{1}))
	p := profile(t, src)
	bad := skew.Options{
		Kind: 9, Alpha: 2, Histogram: 9, MinRowRatio: -1, MaxRowRatio: math.NaN(), ExactRows: 5, Workers: -1,
		Thresholds: skew.Thresholds{PSI: -1}, Columns: map[string]skew.Thresholds{"x": {KS: math.NaN()}},
	}
	_, err := skew.Compare(p, p, bad)
	var option *dataset.OptionError
	if !errors.As(err, &option) || strings.Count(err.Error(), "skew.Options") != 9 {
		t.Errorf("got %v", err)
	}
	if _, err := skew.CompareRows(t.Context(), src, src, bad); !errors.As(err, &option) {
		t.Errorf("got %v", err)
	}
	if _, err := skew.Compare(p, p, skew.Options{Columns: map[string]skew.Thresholds{"y": {}}}); !errors.Is(err, dataset.ErrSchema) {
		t.Errorf("got %v", err)
	}
	if _, err := skew.CompareRows(t.Context(), src, src, skew.Options{Columns: map[string]skew.Thresholds{"y": {}}}); !errors.Is(err, dataset.ErrSchema) {
		t.Errorf("got %v", err)
	}
	if _, err := skew.Compare(nil, p, skew.Options{}); err == nil {
		t.Error("no error")
	}
	if _, err := skew.CompareRows(t.Context(), src, nil, skew.Options{}); err == nil {
		t.Error("no error")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, sides := range [][2]dataset.Source{{src, src}} {
		if _, err := skew.CompareRows(ctx, sides[0], sides[1], skew.Options{}); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	}
}
