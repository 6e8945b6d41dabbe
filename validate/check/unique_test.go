package check_test

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/stat"
	"github.com/tidewheel/tidewheel/validate"
	"github.com/tidewheel/tidewheel/validate/check"
)

var nan = math.NaN()

type keyed struct {
	I    int64
	U    *uint64
	F    float64
	S    string
	D    string `ml:"type=dictionary"`
	T    time.Time
	Pair int32
}

// random returns rows whose keys rise, fall, and come again, in chunks far from each other too.
func random(seed uint64, n int, rising bool) []keyed {
	rng := rand.New(rand.NewPCG(seed, 1))
	out := make([]keyed, n)
	for i := range out {
		x := int64(i) - int64(n)/2
		if !rising || rng.IntN(n) < 3 {
			x = int64(rng.IntN(2*n)) - int64(n)
		}
		out[i] = keyed{I: x, F: float64(x) / 2, S: fmt.Sprint("key ", x), D: fmt.Sprint(x % 7), T: time.UnixMicro(x).UTC(), Pair: int32(x % 3)}
		if u := uint64(x); x%5 != 0 {
			out[i].U = &u
		}
		if x == 0 {
			out[i].F = math.Copysign(0, float64(1-2*rng.IntN(2)))
		}
		if x%11 == 0 {
			out[i].F = nan
		}
	}
	return out
}

// The rows that share a key are those of a plain map, whatever the order and the number of chunks.
func TestUniqueIsThatOfAMap(t *testing.T) {
	for seed := range uint64(2) {
		rows := random(seed, dataset.ChunkRows+5000+int(seed), seed%2 == 0)
		src, err := dataset.FromStructs(rows, dataset.StructsOptions{BatchRows: 30_000})
		if err != nil {
			t.Fatal(err)
		}
		var checks []check.Check
		var want [][]int64
		for name, key := range map[string]func(r keyed) (any, bool){
			"I": func(r keyed) (any, bool) { return r.I, true },
			"U": func(r keyed) (any, bool) { return deref(r.U), r.U != nil },
			"F": func(r keyed) (any, bool) { return r.F, r.F == r.F },
			"S": func(r keyed) (any, bool) { return r.S, true },
			"D": func(r keyed) (any, bool) { return r.D, true },
			"T": func(r keyed) (any, bool) { return r.T.UnixMicro(), true },
		} {
			rows, distinct := sharing(rows, key)
			unique := check.Unique{Columns: []string{name}}
			checks = append(checks, unique, check.UniqueOf{Unique: unique, Held: 1000}, check.DistinctCount{Column: name, Min: distinct, Max: distinct})
			want = append(want, rows, rows, nil)
		}
		r := run(t, src, check.Options{Workers: 1 + int(seed)}, checks...)
		got := make([][]int64, len(checks))
		for i := range r.Report.Findings {
			got[r.Check(i)] = slices.Collect(r.Rows(i))
		}
		for i := range want {
			if !slices.Equal(got[i], want[i]) {
				t.Errorf("seed %d: %+v: %d rows, want %d", seed, checks[i], len(got[i]), len(want[i]))
			}
		}
	}
}

// sharing returns the rows that share a key, and the number of keys.
func sharing(rows []keyed, key func(r keyed) (any, bool)) ([]int64, float64) {
	first := make(map[any]int64)
	shared := make(map[int64]bool)
	for i, r := range rows {
		k, ok := key(r)
		if !ok {
			continue
		}
		if j, again := first[k]; again {
			shared[j], shared[int64(i)] = true, true
		} else {
			first[k] = int64(i)
		}
	}
	return slices.Sorted(maps.Keys(shared)), float64(len(first))
}

func deref(u *uint64) uint64 {
	if u == nil {
		return 0
	}
	return *u
}

// The statistic is exact against a sample, and within what is said against a profile. internal/stat's equals scipy.stats.ks_2samp to 1e-12.
func TestLikeByKS(t *testing.T) {
	rng := rand.New(rand.NewPCG(49, 1))
	draw := func(n int, of func() float64) []float64 {
		out := make([]float64, n)
		for i := range out {
			out[i] = of()
		}
		return out
	}
	type number struct{ X float64 }
	source := func(x []float64) dataset.Source {
		rows := make([]number, len(x))
		for i := range x {
			rows[i].X = x[i]
		}
		src, err := dataset.FromStructs(rows, dataset.StructsOptions{BatchRows: 999})
		if err != nil {
			t.Fatal(err)
		}
		return src
	}
	for name, c := range map[string]struct {
		reference, current []float64
		profile            float64 // how far off it may be there
	}{
		"normal":   {draw(700, rng.NormFloat64), draw(500, func() float64 { return rng.NormFloat64() + 0.3 }), 0.005},
		"large":    {draw(20_000, rng.ExpFloat64), draw(3000, func() float64 { return 1.2 * rng.ExpFloat64() }), 0.015},
		"ties":     {draw(900, func() float64 { return float64(rng.IntN(5)) }), draw(800, func() float64 { return float64(rng.IntN(6)) }), 0.005},
		"apart":    {draw(50, rng.Float64), draw(70, func() float64 { return 2 + rng.Float64() }), 0.005},
		"same":     {[]float64{1, 2, 3}, []float64{1, 2, 3}, 0.005},
		"constant": {[]float64{1, 1}, []float64{1, 1, 1}, 0.005},
		"infinite": {[]float64{1, 2, 3}, []float64{1, 2, 3, math.Inf(1), math.Inf(-1)}, 0.005},
	} {
		want, err := stat.KolmogorovSmirnovSorted(slices.Sorted(slices.Values(c.reference)), slices.Sorted(slices.Values(c.current)))
		if err != nil {
			t.Fatal(err)
		}
		src := source(append(c.current, nan))
		p, err := validate.ProfileOf(t.Context(), source(c.reference), validate.ProfileOptions{})
		if err != nil {
			t.Fatal(err)
		}
		like := func(l check.Like, atMost float64) bool {
			if atMost <= 0 {
				return l.Sample == nil // nothing below
			}
			l.Column, l.Measure, l.AtMost = "X", check.KS, atMost
			return run(t, src, check.Options{}, l).Report.OK
		}
		sample := check.Like{Sample: append(slices.Clone(c.reference), nan)}
		if d := want.Statistic; !like(sample, d+1e-12) || like(sample, d-1e-12) {
			t.Errorf("%s: the statistic of a sample is not %v", name, d)
		}
		profile := check.Like{Reference: p}
		if d := want.Statistic; !like(profile, d+c.profile+1e-12) || d > c.profile && like(profile, d-c.profile-1e-12) {
			t.Errorf("%s: the statistic of a profile is not within %v of %v", name, c.profile, d)
		}
	}
	for _, c := range []check.Check{
		check.Like{Column: "X", Measure: check.KS}, check.Like{Column: "X", Measure: check.KS, Sample: []float64{nan}}, check.Like{Column: "X", Sample: []float64{1}},
	} {
		if _, err := check.New([]check.Check{c}, check.Options{}); err == nil {
			t.Errorf("%+v is accepted", c)
		}
	}
}

// A set has its texts and no others, whatever their length and number.
func TestSetsOfTexts(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 1))
	type word struct{ Text string }
	draw := func() string {
		s := make([]byte, rng.IntN(10))
		for i := range s {
			s[i] = "\x00\x01ab\xff"[rng.IntN(5)]
		}
		return string(s)
	}
	for _, n := range []int{1, 2, 10, 100, 700} {
		known := make(map[string]bool)
		var texts []string
		for range n {
			texts = append(texts, draw())
			known[texts[len(texts)-1]] = true
		}
		rows := make([]word, 2000)
		var want []int64
		for i := range rows {
			if rows[i].Text = draw(); i%3 == 0 {
				rows[i].Text = texts[rng.IntN(n)]
			}
			if !known[rows[i].Text] {
				want = append(want, int64(i))
			}
		}
		src, err := dataset.FromStructs(rows, dataset.StructsOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if got := broken(t, src, check.InSet{Column: "Text", Texts: texts}); !slices.Equal(got, want) {
			t.Errorf("%d texts: %d rows are not in the set, want %d", n, len(got), len(want))
		}
	}
}
