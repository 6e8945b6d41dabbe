package metric_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"

	"github.com/tidewheel/tidewheel/model/metric"
)

// rankings is testdata/ranking.json: LightGBM 4.7.0 and scikit-learn 1.9.1 through testdata/gen/ranking.py.
type rankings struct {
	Query    []int32            `json:"query"`
	Grade    []float64          `json:"grade"`
	Score    []float64          `json:"score"`
	Tied     []float64          `json:"tied"`
	Weight   []float64          `json:"weight"`
	LightGBM map[string]float64 `json:"lightgbm"`
	Weighted map[string]float64 `json:"lightgbm_weighted"`
	Learn    map[string]float64 `json:"sklearn"`
	Ties     map[string]float64 `json:"sklearn_tied"`
	Average  []float64          `json:"average_precision_tied"`
}

func readRankings(t *testing.T) rankings {
	t.Helper()
	text, err := os.ReadFile("testdata/ranking.json")
	if err != nil {
		t.Fatal(err)
	}
	var r rankings
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

func get(t *testing.T, r metric.Report, name string) float64 {
	t.Helper()
	v, ok := r.Get(name)
	if !ok {
		t.Fatalf("no metric %q", name)
	}
	return v.Value
}

func TestRankingEqualsLightGBM(t *testing.T) {
	t.Parallel()
	r := readRankings(t)
	for _, c := range []struct {
		weight []float64
		want   map[string]float64
	}{{nil, r.LightGBM}, {r.Weight, r.Weighted}} {
		got, err := metric.Ranking(r.Grade, r.Score, r.Query, c.weight, metric.ReportOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"ndcg_1", "ndcg_3", "ndcg_5", "ndcg_10"} {
			near(t, name, get(t, got, name), c.want[name])
		}
		near(t, "map", get(t, got, "map"), c.want["map_100"]) // no query has 100 documents
	}
	for _, k := range []int{1, 3, 5, 10} {
		sum := 0.0
		eachQuery(r, r.Score, func(_ int, grade, score []float64) {
			sum += value[float64](t)(metric.AveragePrecisionAt(grade, score, k)) / 60
		})
		near(t, "average precision at "+strconv.Itoa(k), sum, r.LightGBM["map_"+strconv.Itoa(k)])
	}
}

// eachQuery calls f with the documents of each query, which come one behind the other.
func eachQuery(r rankings, scores []float64, f func(query int, grade, score []float64)) {
	for from := 0; from < len(r.Query); {
		to := from
		for to < len(r.Query) && r.Query[to] == r.Query[from] {
			to++
		}
		f(int(r.Query[from]), r.Grade[from:to], scores[from:to])
		from = to
	}
}

func TestRankingEqualsScikitLearn(t *testing.T) {
	t.Parallel()
	r := readRankings(t)
	for _, c := range []struct {
		score []float64
		want  map[string]float64
	}{{r.Score, r.Learn}, {r.Tied, r.Ties}} {
		var query []int32
		var grade, score []float64
		eachQuery(r, c.score, func(q int, g, s []float64) {
			if len(g) > 1 { // scikit-learn refuses a single document
				for i := range g {
					query, grade, score = append(query, int32(q)), append(grade, g[i]), append(score, s[i])
				}
			}
		})
		got, err := metric.Ranking(grade, score, query, nil, metric.ReportOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for name, want := range c.want {
			near(t, name, get(t, got, name), want)
		}
	}
	eachQuery(r, r.Tied, func(q int, grade, score []float64) {
		near(t, "average precision", value[float64](t)(metric.AveragePrecisionAt(grade, score, 0)), r.Average[q])
	})
}

// By hand: of five documents the second and the fourth are relevant; scores 3 and 2 are shared by two each.
func TestRankingByHand(t *testing.T) {
	t.Parallel()
	v := value[float64](t)
	relevance, score := []float64{0, 2, 0, 1, 0}, []float64{5, 4, 3, 2, 1}
	near(t, "reciprocal rank", v(metric.ReciprocalRank(relevance, score)), 1.0/2)
	near(t, "average precision", v(metric.AveragePrecisionAt(relevance, score, 0)), (1.0/2+2.0/4)/2)
	near(t, "average precision at 2", v(metric.AveragePrecisionAt(relevance, score, 2)), 1.0/2/2)
	// Pairs: 2 over each 0: 1 wrong, 2 right; 1 over each 0: 2 wrong, 1 right; 2 over 1: right.
	near(t, "pairs", v(metric.PairwiseAccuracy(relevance, score)), 4.0/7)
	// Three documents share the second place, of which one is relevant: it comes second, third or fourth.
	near(t, "tied rank", v(metric.ReciprocalRank([]float64{0, 1, 0, 0}, []float64{2, 1, 1, 1})), (1.0/2+1.0/3+1.0/4)/3)
	// Two of three are relevant: the first is second with 2/3, third with 1/3.
	near(t, "tied ranks", v(metric.ReciprocalRank([]float64{0, 1, 0, 3}, []float64{2, 1, 1, 1})), (2.0/2+1.0/3)/3)
	near(t, "tied pairs", v(metric.PairwiseAccuracy([]float64{1, 0, 2}, []float64{1, 1, 1})), 0.5)
	// Two documents share the first place, one of them within k = 1: half of the relevant one, at precision 1/2.
	near(t, "tied precision", v(metric.AveragePrecisionAt([]float64{1, 0, 0}, []float64{1, 1, 0}, 1)), 0.25)
	near(t, "nothing relevant", v(metric.ReciprocalRank([]float64{0, 0}, []float64{1, 2})), 0)
	near(t, "nothing relevant", v(metric.AveragePrecisionAt([]float64{0, 0}, []float64{1, 2}, 0)), 1)
}

// With two grades the share of pairs is the area under the ROC curve.
func TestPairsOfTwoGradesAreTheArea(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 1))
	relevance, score, class := make([]float64, 300), make([]float64, 300), make([]bool, 300)
	for i := range relevance {
		class[i] = r.IntN(3) == 0
		if class[i] {
			relevance[i] = 4
		}
		score[i] = math.Round(3*(r.NormFloat64()+relevance[i]/4)) / 3
	}
	near(t, "pairs", value[float64](t)(metric.PairwiseAccuracy(relevance, score)), value[float64](t)(metric.ROCAUC(class, score, nil)))
}

func TestRankingLaws(t *testing.T) {
	t.Parallel()
	r := readRankings(t)
	whole, err := metric.Ranking(r.Grade, r.Tied, r.Query, r.Weight, metric.ReportOptions{Resamples: 20, Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	order := rand.New(rand.NewPCG(1, 2)).Perm(len(r.Query))
	grade, score, query, weight := shuffled(r.Grade, order), shuffled(r.Tied, order), shuffled(r.Query, order), shuffled(r.Weight, order)
	mixed, err := metric.Ranking(grade, score, query, weight, metric.ReportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	// A row of weight 0 is no row, a query of them no query.
	more, err := metric.Ranking(append(grade, 30, 0), append(score, 9, 9), append(query, 99, query[0]), append(weight, 0, 0), metric.ReportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range whole.Values {
		near(t, v.Name+" in another order", mixed.Values[i].Value, v.Value)
		near(t, v.Name+" with rows of weight 0", more.Values[i].Value, v.Value)
		if !(v.Low <= v.Value && v.Value <= v.High && v.Low < v.High) {
			t.Errorf("%s: %v lies outside %v to %v", v.Name, v.Value, v.Low, v.High)
		}
		if greater, known := metric.GreaterIsBetter(v.Name); !greater || !known {
			t.Errorf("%s: want a larger value to be better", v.Name)
		}
	}
	if whole.Rows != len(r.Query) || more.Rows != len(r.Query)+2 {
		t.Errorf("got %d and %d rows", whole.Rows, more.Rows)
	}
}

func shuffled[T any](v []T, order []int) []T {
	out := make([]T, len(order))
	for i, r := range order {
		out[i] = v[r]
	}
	return out
}

func TestQueriesWithoutAValueAreLeftOut(t *testing.T) {
	t.Parallel()
	got, err := metric.Ranking([]float64{0, 0, 1, 0}, []float64{1, 2, 3, 1}, []int{7, 7, 8, 8}, nil, metric.ReportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]float64{"ndcg_5": 1, "ndcg_score": 0.5, "map": 1, "mrr": 1, "pairwise_accuracy": 1} {
		near(t, name, get(t, got, name), want)
	}
	if got, err = metric.Ranking([]float64{0, 0}, []float64{1, 2}, []int{7, 7}, nil, metric.ReportOptions{}); err != nil {
		t.Fatal(err)
	}
	if v := get(t, got, "mrr"); v == v {
		t.Errorf("want no reciprocal rank without a relevant document, got %v", v)
	}
}

func TestRankingRefuses(t *testing.T) {
	t.Parallel()
	two := []float64{1, 0}
	report := func(grade, score []float64, query []int, weight []float64) error {
		_, err := metric.Ranking(grade, score, query, weight, metric.ReportOptions{})
		return err
	}
	pairs := func(grade []float64) error {
		_, err := metric.PairwiseAccuracy(grade, two)
		return err
	}
	_, negative := metric.AveragePrecisionAt(two, two, -1)
	_, empty := metric.ReciprocalRank(nil, nil)
	for name, c := range map[string]struct{ got, want error }{
		"no rows":             {report(nil, nil, nil, nil), metric.ErrEmpty},
		"fewer queries":       {report(two, two, []int{1}, nil), metric.ErrLength},
		"a negative query":    {report(two, two, []int{1, -1}, nil), metric.ErrRange},
		"a fraction":          {report([]float64{0.5, 1}, two, []int{1, 1}, nil), metric.ErrRange},
		"a negative grade":    {report([]float64{-1, 1}, two, []int{1, 1}, nil), metric.ErrRange},
		"a grade above 30":    {report([]float64{31, 1}, two, []int{1, 1}, nil), metric.ErrRange},
		"a score that is NaN": {report(two, []float64{math.NaN(), 1}, []int{1, 1}, nil), metric.ErrNonFinite},
		"weights of 0":        {report(two, two, []int{1, 1}, []float64{0, 0}), metric.ErrEmpty},
		"equal grades":        {pairs([]float64{3, 3}), metric.ErrOneClass},
		"a negative k":        {negative, metric.ErrRange},
		"no documents":        {empty, metric.ErrEmpty},
	} {
		if !errors.Is(c.got, c.want) {
			t.Errorf("%s: want %v, got %v", name, c.want, c.got)
		}
	}
}

func ExampleRanking() {
	relevance := []float64{0, 2, 1, 1, 0}
	score := []float64{0.3, 0.9, 0.1, 0.8, 0.7}
	query := []int{1, 1, 1, 2, 2}
	report, err := metric.Ranking(relevance, score, query, nil, metric.ReportOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	ndcg, _ := report.Get("ndcg_5")
	pairs, _ := report.Get("pairwise_accuracy")
	fmt.Printf("%.3f %.3f\n", ndcg.Value, pairs.Value)
	// Output: 0.982 0.833
}
