package stat_test

import (
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/tidewheel/tidewheel/internal/stat"
)

// Tolerances: statistics are short sums of rounded terms; p-values go through other series than the reference's.
const (
	statistic = 1e-12
	pValue    = 1e-9
)

// golden reads a file of testdata: expected values of scipy 1.17.1, numpy 2.4.6 and statsmodels 0.15.0, written by testdata/gen/golden.py.
func golden(t testing.TB, name string, into any) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		t.Fatal(err)
	}
}

type expected struct {
	KS, Wasserstein float64
	KSP             float64 `json:"ks_p"`
	PSIEps          float64 `json:"psi_eps"`
	JSBase2         float64 `json:"js_base2"`
	Divergence      float64 `json:"js_divergence_base2"`
	Normalized      float64
	TVD, LInf       float64
	Chi2            [3]float64
	Chi2Yates       [3]float64 `json:"chi2_yates"`
	CramersV        float64    `json:"cramers_v"`
}

func sorted(x []float64) []float64 { return slices.Sorted(slices.Values(x)) }

func kolmogorovSmirnov(x, y []float64) (stat.KSResult, error) {
	return stat.KolmogorovSmirnovSorted(sorted(x), sorted(y))
}

func wasserstein(x, y []float64) (float64, error) {
	return stat.WassersteinSorted(sorted(x), sorted(y))
}

func check(t *testing.T, what string, want, tolerance float64) func(got float64, err error) {
	t.Helper()
	return func(got float64, err error) {
		t.Helper()
		if err != nil || !(math.Abs(got-want) <= tolerance*max(1, math.Abs(want))) {
			t.Errorf("%s: got %v (%v), want %v", what, got, err, want)
		}
	}
}

func checkCounts(t *testing.T, a, b []uint64, e expected) {
	t.Helper()
	check(t, "psi eps", e.PSIEps, statistic)(stat.PSI(a, b, stat.EmptyShare))
	check(t, "js base 2", e.JSBase2, statistic)(stat.JensenShannon(a, b))
	check(t, "js divergence", e.Divergence, statistic)(stat.JensenShannonDivergence(a, b))
	check(t, "normalized difference", e.Normalized, statistic)(stat.NormalizedDifference(a, b))
	check(t, "total variation", e.TVD, statistic)(stat.TotalVariation(a, b))
	check(t, "l-infinity", e.LInf, statistic)(stat.LInfinity(a, b))
}

func TestNumericSamplesEqualScipy(t *testing.T) {
	t.Parallel()
	var doc struct {
		Cases []struct {
			Name               string
			Reference, Current []float64
			Counts             [2][]uint64
			Expected           expected
		}
	}
	golden(t, "numeric.json", &doc)
	if len(doc.Cases) != 10 {
		t.Fatalf("%d cases", len(doc.Cases))
	}
	for _, c := range doc.Cases {
		t.Run(c.Name, func(t *testing.T) {
			ks, err := kolmogorovSmirnov(c.Reference, c.Current)
			check(t, "ks", c.Expected.KS, statistic)(ks.Statistic, err)
			check(t, "ks p", c.Expected.KSP, pValue)(ks.P, err)
			check(t, "wasserstein", c.Expected.Wasserstein, statistic)(wasserstein(c.Reference, c.Current))
			if c.Counts[0] != nil {
				checkCounts(t, c.Counts[0], c.Counts[1], c.Expected)
			}
		})
	}
}

func TestCategoriesEqualScipy(t *testing.T) {
	t.Parallel()
	var doc struct {
		Cases []struct {
			Name               string
			Reference, Current []uint64
			Expected           expected
		}
	}
	golden(t, "categorical.json", &doc)
	if len(doc.Cases) != 8 {
		t.Fatalf("%d cases", len(doc.Cases))
	}
	for _, c := range doc.Cases {
		t.Run(c.Name, func(t *testing.T) {
			checkCounts(t, c.Reference, c.Current, c.Expected)
			for yates, want := range map[bool][3]float64{false: c.Expected.Chi2, true: c.Expected.Chi2Yates} {
				got, err := stat.ChiSquare(c.Reference, c.Current, stat.ChiSquareOptions{Yates: yates})
				check(t, "chi-square", want[0], statistic)(got.Statistic, err)
				check(t, "chi-square p", want[1], pValue)(got.P, err)
				check(t, "cramér's v", c.Expected.CramersV, statistic)(got.CramersV, err)
				if got.DegreesOfFreedom != int(want[2]) {
					t.Errorf("%d degrees of freedom", got.DegreesOfFreedom)
				}
			}
		})
	}
}

func TestBenjaminiHochbergEqualsStatsmodels(t *testing.T) {
	t.Parallel()
	var doc struct{ P, Adjusted []float64 }
	golden(t, "multiple.json", &doc)
	shuffled, want := slices.Clone(doc.P), slices.Clone(doc.Adjusted)
	rand.New(rand.NewPCG(1, 1)).Shuffle(len(shuffled), func(i, j int) {
		shuffled[i], shuffled[j] = shuffled[j], shuffled[i]
		want[i], want[j] = want[j], want[i]
	})
	got, err := stat.BenjaminiHochberg(shuffled)
	if err != nil {
		t.Fatal(err)
	}
	for i := range want {
		check(t, "adjusted", want[i], statistic)(got[i], nil)
	}
	for _, bad := range []float64{math.NaN(), -0.1, 1.1} {
		if _, err := stat.BenjaminiHochberg([]float64{0.5, bad}); !errors.Is(err, stat.ErrOption) {
			t.Errorf("p %v: %v", bad, err)
		}
	}
	if got, err := stat.BenjaminiHochberg(nil); err != nil || len(got) != 0 {
		t.Errorf("no p: %v, %v", got, err)
	}
}

func TestDistributionsEqualScipy(t *testing.T) {
	t.Parallel()
	var doc struct {
		KSTwo [][3]float64 `json:"kstwo_sf"`
		Chi2  [][3]float64 `json:"chi2_sf"`
	}
	golden(t, "distributions.json", &doc)
	for _, row := range doc.KSTwo {
		got := stat.KolmogorovSurvival(row[0], row[1])
		if !(math.Abs(got-row[2]) <= pValue) {
			t.Errorf("kstwo n=%v d=%v: got %v, want %v", row[0], row[1], got, row[2])
		}
	}
	for _, row := range doc.Chi2 {
		got := stat.ChiSquareSurvival(row[0], int(row[1]))
		// In the far tail the relative error counts.
		if !(math.Abs(got-row[2]) <= 1e-11*row[2]+1e-300) {
			t.Errorf("chi2 x=%v dof=%v: got %v, want %v", row[0], row[1], got, row[2])
		}
	}
}

// Where the regimes meet, forms with nothing in common must agree.
func TestKolmogorovFormsAgree(t *testing.T) {
	t.Parallel()
	for _, n := range []int{141, 300, 667, 1000} {
		for _, z := range []float64{0.4, 0.6, 0.9, 1.2, 1.48} {
			d := z / math.Sqrt(float64(n))
			exact, series := stat.Marsaglia(n, d), stat.PelzGood(float64(n), d)
			// Simard and L'Ecuyer give about 1e-5 for the expansion from n = 140 on; it is worst there.
			if math.Abs(exact-series) > 3e-6 {
				t.Errorf("n=%d z=%v: matrix %v, expansion %v", n, z, exact, series)
			}
		}
	}
	sum, formula := stat.Smirnov(99_999, 0.005), stat.Smirnov(100_001, 0.005)
	if math.Abs(sum/formula-1) > 1e-3 { // the two sizes alone differ by 1e-4
		t.Errorf("one-sided: sum %v, formula %v", sum, formula)
	}
}

// Shares stand for counts, whatever their sum.
func TestSharesStandForCounts(t *testing.T) {
	t.Parallel()
	a, b := []uint64{3, 0, 5, 2}, []uint64{1, 4, 0, 9}
	want, err := stat.JensenShannonDivergence(a, b)
	if err != nil {
		t.Fatal(err)
	}
	check(t, "shares", want, statistic)(stat.JensenShannonDivergence([]float64{0.3, 0, 0.5, 0.2}, []float64{0.25, 1, 0, 2.25}))
	check(t, "of which the half is 0", 1, statistic)(stat.JensenShannonDivergence([]float64{5e-324, 1, 0}, []float64{0, 0, 1}))
	for _, bad := range [][]float64{{-1, 2}, {math.NaN(), 1}} {
		if _, err := stat.JensenShannon(bad, []float64{1, 1}); !errors.Is(err, stat.ErrOption) {
			t.Errorf("%v: %v", bad, err)
		}
	}
	if _, err := stat.JensenShannon([]float64{math.MaxFloat64, math.MaxFloat64}, []float64{1, 1}); !errors.Is(err, stat.ErrNonFinite) {
		t.Error(err)
	}
}

func TestBinsAndPools(t *testing.T) {
	t.Parallel()
	if got := stat.CountSorted([]float64{1, 2, 2, 3, 9}, []float64{2, 3}); !slices.Equal(got, []uint64{1, 2, 2}) {
		t.Error(got)
	}
	if got := stat.CountSorted(nil, nil); !slices.Equal(got, []uint64{0}) {
		t.Error(got)
	}
	// Of 100 and 50 values, a category of 14 together expects 14·50/150 on the smaller side.
	r, c, pooled := stat.PoolRare([]uint64{70, 10, 9, 11}, []uint64{36, 4, 5, 5}, 5)
	if !slices.Equal(r, []uint64{70, 11, 19}) || !slices.Equal(c, []uint64{36, 5, 9}) || pooled != 28 {
		t.Error(r, c, pooled)
	}
	if most, bin, err := stat.LInfinityBin([]uint64{5, 0, 5}, []uint64{5, 5, 0}); err != nil || bin != 1 || most != 0.5 {
		t.Error(most, bin, err)
	}
}

func TestBadInputIsRefused(t *testing.T) {
	t.Parallel()
	counts := map[string]func(a, b []uint64) (float64, error){
		"psi": func(a, b []uint64) (float64, error) { return stat.PSI(a, b, stat.EmptyShare) },
		"js":  stat.JensenShannon[uint64], "jsd": stat.JensenShannonDivergence[uint64], "tv": stat.TotalVariation, "linf": stat.LInfinity, "normalized": stat.NormalizedDifference,
		"chi-square": func(a, b []uint64) (float64, error) {
			r, err := stat.ChiSquare(a, b, stat.ChiSquareOptions{})
			return r.P, err
		},
	}
	for name, f := range counts {
		if _, err := f([]uint64{1, 2}, []uint64{1}); !errors.Is(err, stat.ErrLength) {
			t.Errorf("%s of other lengths: %v", name, err)
		}
		for _, empty := range [][2][]uint64{{nil, nil}, {{0, 0}, {1, 0}}, {{1, 0}, {0, 0}}} {
			if _, err := f(empty[0], empty[1]); !errors.Is(err, stat.ErrEmpty) {
				t.Errorf("%s of empty counts: %v", name, err)
			}
		}
		// A constant column against itself: no distance, p of 1.
		want := 0.0
		if name == "chi-square" {
			want = 1
		}
		if name == "normalized" { // of 7 and 9 in 16
			want = 0.125
		}
		if got, err := f([]uint64{0, 7}, []uint64{0, 9}); err != nil || got != want {
			t.Errorf("%s of a constant: %v, %v", name, got, err)
		}
	}
	samples := map[string]func(a, b []float64) (float64, error){
		"wasserstein": wasserstein,
		"ks": func(a, b []float64) (float64, error) {
			r, err := kolmogorovSmirnov(a, b)
			return r.Statistic, err
		},
	}
	for name, f := range samples {
		if _, err := f(nil, []float64{1}); !errors.Is(err, stat.ErrEmpty) {
			t.Errorf("%s of an empty sample: %v", name, err)
		}
		if _, err := f([]float64{1, math.NaN(), 2}, []float64{1}); !errors.Is(err, stat.ErrNonFinite) {
			t.Errorf("%s of NaN: %v", name, err)
		}
		if got, err := f([]float64{3, 3}, []float64{3}); err != nil || got != 0 {
			t.Errorf("%s of a constant: %v, %v", name, got, err)
		}
	}
	for _, a := range [][]float64{{math.Inf(1)}, {-math.MaxFloat64, -math.MaxFloat64}} {
		if got, err := wasserstein(a, []float64{math.MaxFloat64}); !errors.Is(err, stat.ErrNonFinite) {
			t.Errorf("wasserstein that overflows: %v, %v", got, err)
		}
	}
	for _, empty := range []float64{0, 1, -1, 1e-13, math.NaN()} {
		if _, err := stat.PSI([]uint64{1}, []uint64{1}, empty); !errors.Is(err, stat.ErrOption) {
			t.Errorf("share %v of an empty bin: %v", empty, err)
		}
	}
}

// Two samples of one distribution: the median PSI is near the null level. At 10 bins it is 0.93 of the mean, as for chi-square of 9 degrees.
func TestPSINullLevelIsWhatEqualSamplesGive(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(4, 4))
	for _, size := range [][2]int{{1000, 1000}, {10_000, 1000}} {
		sum := 0.0
		const repeats = 400
		for range repeats {
			var a, b [10]uint64
			for range size[0] {
				a[rng.IntN(10)]++
			}
			for range size[1] {
				b[rng.IntN(10)]++
			}
			psi, err := stat.PSI(a[:], b[:], stat.EmptyShare)
			if err != nil {
				t.Fatal(err)
			}
			sum += psi
		}
		want, err := stat.PSINullLevel(10, uint64(size[0]), uint64(size[1]))
		// The mean of 400 has a standard error of 2.4 %; 8 % also holds the terms of higher order at n = 1,000.
		if err != nil || math.Abs(sum/repeats/want-1) > 0.08 {
			t.Errorf("n=%d m=%d: mean %v, null level %v, %v", size[0], size[1], sum/repeats, want, err)
		}
	}
	if got, err := stat.PSINullLevel(1, 5, 5); err != nil || got != 0 {
		t.Errorf("one bin: %v, %v", got, err)
	}
	if _, err := stat.PSINullLevel(10, 0, 5); !errors.Is(err, stat.ErrEmpty) {
		t.Errorf("no values: %v", err)
	}
}

func TestMeasuresAreSymmetricAndShiftWithTheData(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(6, 6))
	for range 200 {
		x, y := make([]float64, 1+rng.IntN(50)), make([]float64, 1+rng.IntN(50))
		a, b := make([]uint64, 8), make([]uint64, 8)
		for i := range x {
			x[i] = float64(rng.IntN(20))
			a[rng.IntN(8)]++
		}
		for i := range y {
			y[i] = float64(rng.IntN(20))
			b[rng.IntN(8)]++
		}
		w, _ := wasserstein(x, y)
		back, _ := wasserstein(y, x)
		ks, _ := kolmogorovSmirnov(x, y)
		ksBack, _ := kolmogorovSmirnov(y, x)
		js, _ := stat.JensenShannon(a, b)
		jsBack, _ := stat.JensenShannon(b, a)
		if w != back || ks != ksBack || js != jsBack {
			t.Fatal("a measure depends on which sample is the reference")
		}
		tv, _ := stat.TotalVariation(a, b)
		// Known order: js² ≤ tv, and max ≤ tv; 1e-15 for rounding.
		most, _ := stat.LInfinity(a, b)
		if js*js > tv+1e-15 || most > tv+1e-15 || js > 1 {
			t.Fatalf("tv %v, l-infinity %v, js %v", tv, most, js)
		}
		for i := range y {
			y[i] += 100
		}
		// All of y is above all of x, so the distance is that of the means.
		moved, _ := wasserstein(x, y)
		check(t, "moved", mean(y)-mean(x), statistic)(moved, nil)
	}
}

func mean(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}
