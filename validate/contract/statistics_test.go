package contract_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/alloc"
	"github.com/tidewheel/tidewheel/validate"
	"github.com/tidewheel/tidewheel/validate/contract"
)

type visit struct {
	Amount float64  `ml:"name=amount"`
	Pages  int64    `ml:"name=pages"`
	Weight *float64 `ml:"name=weight"`
	Page   string   `ml:"name=page"`
	Member bool     `ml:"name=member"`
}

func visits(t testing.TB, n int) *validate.Profile {
	t.Helper()
	rng := rand.New(rand.NewPCG(50, 7))
	rows := make([]visit, n)
	for i := range rows {
		rows[i] = visit{Amount: math.Exp(rng.NormFloat64()), Pages: int64(rng.IntN(9)), Page: fmt.Sprint("page ", rng.IntN(5)), Member: i%2 == 0}
		if i%4 > 0 {
			w := 60 + 10*rng.NormFloat64()
			rows[i].Weight = &w
		}
	}
	src, err := dataset.FromStructs(rows, dataset.StructsOptions{})
	must(t, err)
	p, err := validate.ProfileOf(t.Context(), src, validate.ProfileOptions{})
	must(t, err)
	return p
}

// The document has the shape of the manual ("Schema for Statistics (statistics.json file)").
func TestStatisticsHaveTheShapeOfTheManual(t *testing.T) {
	text, lost := contract.Statistics(visits(t, 1000))
	var doc struct {
		Version *int
		Dataset struct {
			Items int `json:"item_count"`
		}
		Features []struct {
			Name    string
			Type    string `json:"inferred_type"`
			Numbers *struct {
				Common struct {
					Present int `json:"num_present"`
					Missing int `json:"num_missing"`
				}
				Mean, Sum    float64
				Std          float64 `json:"std_dev"`
				Min, Max     float64
				Distribution struct {
					KLL struct {
						Buckets []struct {
							Low   float64 `json:"lower_bound"`
							High  float64 `json:"upper_bound"`
							Count int
						}
						Sketch struct {
							Parameters struct{ C, K float64 }
							Data       [][]float64
						}
					}
				}
			} `json:"numerical_statistics"`
			Texts *struct {
				Distinct     int `json:"distinct_count"`
				Distribution struct {
					Categorical struct {
						Buckets []struct {
							Value string
							Count int
						}
					}
				}
			} `json:"string_statistics"`
		}
	}
	must(t, json.Unmarshal(text, &doc))
	if *doc.Version != 0 || doc.Dataset.Items != 1000 || len(doc.Features) != 5 {
		t.Fatalf("%s", text)
	}
	weight := doc.Features[2].Numbers
	if weight.Common.Present != 750 || weight.Common.Missing != 250 || len(weight.Distribution.KLL.Buckets) != 10 || weight.Distribution.KLL.Sketch.Parameters.K != 2048 {
		t.Errorf("%+v", weight)
	}
	for _, f := range doc.Features[:3] {
		counted, stood := 0, 0
		for i, b := range f.Numbers.Distribution.KLL.Buckets {
			counted += b.Count
			if i > 0 && b.Low != f.Numbers.Distribution.KLL.Buckets[i-1].High {
				t.Error("buckets with gaps")
			}
		}
		for level, values := range f.Numbers.Distribution.KLL.Sketch.Data {
			stood += len(values) << level
		}
		if counted != f.Numbers.Common.Present || stood != f.Numbers.Common.Present {
			t.Errorf("%s: buckets of %d and a sketch of %d values of %d", f.Name, counted, stood, f.Numbers.Common.Present)
		}
	}
	if page := doc.Features[3].Texts; page == nil || page.Distinct != 5 || len(page.Distribution.Categorical.Buckets) != 5 {
		t.Errorf("%+v", doc.Features[3])
	}
	if member := doc.Features[4]; member.Type != "Unknown" || member.Numbers != nil {
		t.Errorf("%+v", member)
	}
	var rules []string
	for _, l := range lost {
		rules = append(rules, l.Column+" "+l.Rule)
	}
	const want = "amount distinct, amount skewness, pages distinct, pages skewness, weight distinct, weight skewness, page min_length, member type, member number"
	if got := strings.Join(rules, ", "); got != want {
		t.Errorf("lost %s", got)
	}
}

func TestStatisticsComeBack(t *testing.T) {
	for _, n := range []int{1, 3, 127, 1000, 30_000} {
		p := visits(t, n)
		text, _ := contract.Statistics(p)
		back, _, err := contract.ParseStatistics(text)
		must(t, err)
		if back.Rows() != p.Rows() {
			t.Fatalf("%d rows", back.Rows())
		}
		for _, c := range p.Columns() {
			got, ok := back.Column(c.Name)
			if !ok {
				t.Fatal(c.Name)
			}
			if c.Text != nil {
				if fmt.Sprint(got.Top, got.Other, got.Bins.Counts) != fmt.Sprint(c.Top, c.Other, c.Bins.Counts) || *got.Text != *c.Text || got.Distinct != c.Distinct {
					t.Errorf("%d rows: %+v, want %+v", n, got, c)
				}
				continue
			}
			if c.Type == dataset.Bool {
				continue
			}
			if (c.Number == nil) != (got.Number == nil) || got.Nulls != c.Nulls {
				t.Fatalf("%s: %+v", c.Name, got)
			}
			if c.Number == nil {
				continue
			}
			a, b := c.Number, got.Number
			if a.Count != b.Count || a.Min != b.Min || a.Max != b.Max || a.Mean != b.Mean || math.Abs(a.Std-b.Std) > 1e-12*a.Std || a.Integral != b.Integral {
				t.Errorf("%d rows, %s: %+v, want %+v", n, c.Name, b, a)
			}
			for i := range a.Quantiles { // within 1 % in rank
				if low, high := a.Quantiles[max(i-1, 0)], a.Quantiles[min(i+1, 100)]; b.Quantiles[i] < low || b.Quantiles[i] > high {
					t.Errorf("%d rows, %s: quantile %d is %v, want %v to %v", n, c.Name, i, b.Quantiles[i], low, high)
				}
			}
			if c.Name != "pages" {
				continue
			}
			if fmt.Sprint(got.Top, got.Bins.Counts) != fmt.Sprint(c.Top, c.Bins.Counts) {
				t.Errorf("%d rows: values %v, want %v", n, got.Top, c.Top)
			}
			if n <= 1000 && fmt.Sprint(b.Histogram) != fmt.Sprint(a.Histogram) { // beyond, the profile's is of a sketch
				t.Errorf("%d rows: %v, want %v", n, b.Histogram, a.Histogram)
			}
		}
	}
}

// As a monitor writes it: sketches of several levels, and a feature whose container wrote buckets only.
func TestParseStatisticsOfAMonitor(t *testing.T) {
	const doc = `{"version": 0.0, "dataset": {"item_count": 10}, "features": [
		{"name": "calls", "inferred_type": "Integral", "numerical_statistics": {"common": {"num_present": 10, "num_missing": 0}, "mean": 2.1, "sum": 21.0, "std_dev": 1.0,
			"min": 1.0, "max": 4.0, "distribution": {"kll": {"buckets": [{"lower_bound": 1.0, "upper_bound": 4.0, "count": 10.0}],
			"sketch": {"parameters": {"c": 0.64, "k": 2048.0}, "data": [[1.0, 4.0], [1.0, 2.0], [3.0]]}}}}},
		{"name": "charge", "inferred_type": "Fractional", "numerical_statistics": {"common": {"num_present": 8, "num_missing": 2}, "mean": 5.0, "sum": 40.0, "std_dev": 2.0,
			"min": 0.0, "max": 10.0, "distribution": {"kll": {"buckets": [{"lower_bound": 0.0, "upper_bound": 5.0, "count": 2}, {"lower_bound": 5.0, "upper_bound": 10.0, "count": 6}]}}}},
		{"name": "state", "inferred_type": "String", "string_statistics": {"common": {"num_present": 9, "num_missing": 1}, "distinct_count": 3.0,
			"distribution": {"categorical": {"buckets": [{"value": "b", "count": 2}, {"value": "a", "count": 6}]}}}},
		{"name": "blob", "inferred_type": "Unknown", "custom": {}}]}`
	p, lost, err := contract.ParseStatistics([]byte(doc))
	must(t, err)
	calls, _ := p.Column("calls")
	if fmt.Sprint(calls.Top) != fmt.Sprint([]validate.ValueCount{{Value: dataset.NumberValue(3), Count: 4}, {Value: dataset.NumberValue(1), Count: 3}, {Value: dataset.NumberValue(2), Count: 2}, {Value: dataset.NumberValue(4), Count: 1}}) ||
		calls.Number.Std != 1.0*math.Sqrt(10.0/9) || calls.Number.Quantiles[50] != 2 || !calls.Number.Integral || calls.DistinctExact {
		t.Errorf("%+v %+v", calls, calls.Number)
	}
	charge, _ := p.Column("charge")
	if q := charge.Number.Quantiles; charge.Nulls != 2 || q[25] > 5 || q[26] < 5 || math.Abs(q[50]-6.667) > 0.2 || charge.Bins.Convention != validate.RefQuantile10 {
		t.Errorf("%+v %v", charge, q)
	}
	state, _ := p.Column("state")
	if state.Other != 1 || state.Top[0].Value.Text != "a" || state.Distinct != 3 || state.DistinctExact || state.Nulls != 1 {
		t.Errorf("%+v", state)
	}
	var rules []string
	for _, l := range lost {
		rules = append(rules, l.Column+" "+l.Rule)
	}
	const want = "calls distinct, calls skewness, charge distribution, charge distinct, charge skewness, state distribution.categorical, blob inferred_type, blob custom"
	if got := strings.Join(rules, ", "); got != want {
		t.Errorf("lost %s", got)
	}
	if _, err := validate.Infer(p, validate.InferOptions{}); err != nil {
		t.Error(err)
	}
	for _, broken := range [][2]string{
		{`"item_count": 10`, `"item_count": 9`},
		{`"item_count": 10`, `"item_count": -1`},
		{`"num_present": 10`, `"num_present": 1.5`},
		{`"min": 1.0`, `"min": 5.0`},
		{`"mean": 2.1`, `"mean": "x"`},
		{`"std_dev": 1.0`, `"std_dev": -1.0`},
		{`"a", "count": 6}`, `"a", "count": 8}`},
		{`"value": "b"`, `"value": "a"`},
		{`"lower_bound": 0.0`, `"lower_bound": 6.0`},
		{`"features"`, `"feature"`},
		{`"distinct_count": 3.0`, `"distinct_count": -3`},
		{`[1.0, 4.0]`, `[1.0, "x"]`},
		{`"name": "blob"`, `"title": "blob"`},
		{`[3.0]]`, "[]" + strings.Repeat(",[]", 60) + `,[3.0]]`},
	} {
		if !strings.Contains(doc, broken[0]) {
			t.Fatal(broken[0])
		}
		p, lost, err := contract.ParseStatistics([]byte(strings.Replace(doc, broken[0], broken[1], 1)))
		if !errors.Is(err, dataset.ErrFormat) || p != nil || lost != nil {
			t.Errorf("%s for %s: %v", broken[1], broken[0], err)
		}
	}
	if _, _, err := contract.ParseStatistics([]byte(strings.Replace(doc, `"blob"`, `"calls"`, 1))); !errors.Is(err, dataset.ErrSchema) {
		t.Error(err)
	}
}

// What is read is a profile, whose statistics are read again; memory follows from the length of the text.
func FuzzParseStatistics(f *testing.F) {
	for _, n := range []int{3, 30} {
		text, _ := contract.Statistics(visits(f, n))
		f.Add(text)
	}
	f.Add([]byte(`{"features":[{"name":"a","inferred_type":"Integral","numerical_statistics":{"common":{"num_present":3},"mean":1,"std_dev":0,"min":-1e308,"max":1e308,"distribution":{"kll":{"buckets":[{"lower_bound":-1e308,"upper_bound":1e308,"count":3}]}}}}]}`))
	f.Add([]byte(`{"features":[{"name":"a","inferred_type":"String","string_statistics":{"common":{"num_present":3},"distribution":{"categorical":{"buckets":[{"value":"x","count":1}]}}}}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var p *validate.Profile
		var err error
		if over := alloc.Bound(4<<20+4000*len(text), func() { p, _, err = contract.ParseStatistics(text) }); over != nil {
			t.Fatal(over)
		}
		if err != nil {
			return
		}
		out, _ := contract.Statistics(p)
		again, _, err := contract.ParseStatistics(out)
		if err != nil {
			t.Fatalf("statistics of what was read: %v", err)
		}
		if again.Rows() != p.Rows() {
			t.Errorf("%d rows, want %d", again.Rows(), p.Rows())
		}
	})
}
