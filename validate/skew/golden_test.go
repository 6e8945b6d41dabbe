package skew_test

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"testing"

	"github.com/tidewheel/tidewheel/validate"
	"github.com/tidewheel/tidewheel/validate/skew"
)

func golden(t *testing.T, name string, into any) {
	t.Helper()
	text, err := os.ReadFile(name)
	must(t, err)
	must(t, json.Unmarshal(text, into))
}

// counted repeats each text as often as a map says.
func counted(name string, counts map[string]int) column {
	keys := make([]string, 0, len(counts))
	for k := range counts {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	c := texts(name, []string{})
	for _, k := range keys {
		c.texts = append(c.texts, slices.Repeat([]string{k}, counts[k])...)
	}
	return c
}

// The values are those of testdata/gen/tfdv.py, the written definition of TFDV 1.22: the cases of its metrics_test.cc and random ones. Sums of rounded terms: 1e-12.
func TestEqualsTheDefinitionOfTFDV(t *testing.T) {
	type side struct {
		Buckets       [][3]float64
		NaN, Infinite float64
	}
	var doc struct {
		Histograms []struct {
			Name               string
			Reference, Current side
			JensenShannon      float64 `json:"jensen_shannon"`
		}
		Categories []struct {
			Reference, Current map[string]int
			LInfty             float64
			Normalized         float64 `json:"normalized_abs_difference"`
			JensenShannon      float64 `json:"jensen_shannon"`
		}
	}
	golden(t, "testdata/tfdv.json", &doc)
	if len(doc.Histograms) != 51 || len(doc.Categories) != 23 {
		t.Fatal("other cases")
	}
	for _, c := range doc.Histograms {
		got, err := skew.DivergenceOf(skew.Side(c.Reference), skew.Side(c.Current))
		must(t, err)
		near(t, c.Name, &got, c.JensenShannon, 1e-12)
	}
	for _, c := range doc.Categories {
		r := compare(t, plain(t, counted("x", c.Reference)), plain(t, counted("x", c.Current)), skew.Options{Alpha: 1})
		near(t, "linfty", r.Columns[0].LInfinity, c.LInfty, 1e-12)
		near(t, "normalized", r.Columns[0].NormalizedDifference, c.Normalized, 1e-12)
		near(t, "jensen_shannon", r.Columns[0].JensenShannon, c.JensenShannon, 1e-12)
		// Without a test the verdict is TFDV's: above the threshold or not.
		if got := r.Has("drift_linfty", "x"); got != (c.LInfty > 0.05) {
			t.Errorf("linfty %v: finding %v", c.LInfty, got)
		}
		if got := r.Has("drift_jensen_shannon", "x"); got != (c.JensenShannon > 0.02) {
			t.Errorf("divergence %v: finding %v", c.JensenShannon, got)
		}
	}
}

// The inputs and expected values are those of package internal/stat: scipy 1.17.1, numpy 2.4.6 and statsmodels 0.15.0.
func TestEqualsTwoSampleGoldens(t *testing.T) {
	var numeric struct {
		Cases []struct {
			Name               string
			Reference, Current []float64
			Expected           struct {
				KS, Wasserstein float64
				KSP             float64 `json:"ks_p"`
			}
		}
	}
	golden(t, "../../internal/stat/testdata/numeric.json", &numeric)
	for _, c := range numeric.Cases {
		r := compareRows(t, plain(t, numbers("x", c.Reference)), plain(t, numbers("x", c.Current)), skew.Options{Alpha: 1})
		x := r.Columns[0]
		near(t, c.Name+" ks", x.KS, c.Expected.KS, 1e-12)
		near(t, c.Name+" wasserstein", x.Wasserstein, c.Expected.Wasserstein, 1e-12)
		if x.Test == skew.KolmogorovSmirnov {
			near(t, c.Name+" p", x.P, c.Expected.KSP, 1e-9)
		}
		if !x.Exact {
			t.Errorf("%s: not exact", c.Name)
		}
		// From the profiles alone the distance of the distribution functions is within 2 % in rank, where there are enough values for percentiles.
		if p := compare(t, plain(t, numbers("x", c.Reference)), plain(t, numbers("x", c.Current)), skew.Options{}); min(len(c.Reference), len(c.Current)) >= 100 {
			near(t, c.Name+" ks of the profiles", p.Columns[0].KS, c.Expected.KS, 0.02)
		}
	}
	var categorical struct {
		Cases []struct {
			Name               string
			Reference, Current []uint64
			Expected           struct {
				PSI      float64 `json:"psi_eps"`
				JS       float64 `json:"js_base2"`
				TVD      float64
				LInf     float64
				Chi2     [3]float64
				CramersV float64 `json:"cramers_v"`
			}
		}
	}
	golden(t, "../../internal/stat/testdata/categorical.json", &categorical)
	for _, c := range categorical.Cases {
		var both [2]map[string]int
		rare := false
		for i, counts := range [][]uint64{c.Reference, c.Current} {
			both[i] = map[string]int{}
			for k, n := range counts {
				both[i][string(rune('a'+k))] = int(n)
				rare = rare || n < 10
			}
		}
		r := compare(t, plain(t, counted("x", both[0])), plain(t, counted("x", both[1])), skew.Options{Alpha: 1})
		x := r.Columns[0]
		near(t, c.Name+" psi", x.PSI, c.Expected.PSI, 1e-12)
		near(t, c.Name+" divergence", x.JensenShannon, c.Expected.JS*c.Expected.JS, 1e-12)
		near(t, c.Name+" total variation", x.TotalVariation, c.Expected.TVD, 1e-12)
		near(t, c.Name+" linfty", x.LInfinity, c.Expected.LInf, 1e-12)
		if !rare { // else bins are pooled
			near(t, c.Name+" statistic", x.Statistic, c.Expected.Chi2[0], 1e-12)
			near(t, c.Name+" p", x.P, c.Expected.Chi2[1], 1e-9)
			near(t, c.Name+" v", x.CramersV, c.Expected.CramersV, 1e-12)
		}
	}
}

// The histograms of profiles are cut as TFDV cuts them: 20 bins of width 1 against 20 of width 2 over twice the range, from the formula by hand. Of the first, each bin
// has a share of 1/20; of the second, each half bin has 1/40: D = (Σ₂₀ 1/20·log₂(4/3) + 20·1/40·log₂(2/3) + 20·1/40·log₂ 2)/2.
func TestStandardHistograms(t *testing.T) {
	a, b := make([]float64, 2001), make([]float64, 2001)
	for i := range a {
		a[i], b[i] = float64(i)/100, float64(i)/50
	}
	src, twice := plain(t, numbers("x", a)), plain(t, numbers("x", b))
	want := (math.Log2(4.0/3) + 0.5*math.Log2(2.0/3) + 0.5) / 2
	for _, h := range []skew.Histogram{skew.Standard, skew.Quantiles, skew.RefBins} {
		r := compare(t, src, twice, skew.Options{Histogram: h})
		switch h {
		case skew.RefBins: // nine bins of 1/10 and 1/20, and the last, which is open, of 1/10 and 11/20
			near(t, "divergence", r.Columns[0].JensenShannon, (0.9*math.Log2(4.0/3)+0.1*math.Log2(4.0/13)+0.45*math.Log2(2.0/3)+0.55*math.Log2(22.0/13))/2, 0.003)
		default: // the last value is in the last bin besides
			near(t, "divergence", r.Columns[0].JensenShannon, want, 0.002)
		}
		if !r.Has("drift_jensen_shannon", "x") || len(r.Findings) != 1 || r.OK {
			t.Errorf("%+v", r.Findings)
		}
		if same := compare(t, src, src, skew.Options{Histogram: h, Alpha: 1}); !same.OK || *same.Columns[0].JensenShannon != 0 || *same.Columns[0].PSI != 0 {
			t.Errorf("a profile differs from itself: %+v", same.Findings)
		}
	}
	r := compare(t, src, twice, skew.Options{})
	if f := r.Findings[0]; f.Severity != validate.Flagged || f.Count != 2001 || f.Share != 1 || f.FirstRows == nil {
		t.Errorf("%+v", f)
	}
}
