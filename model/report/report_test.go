package report_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/metric"
	"github.com/tidewheel/tidewheel/model/report"
)

const limit = 300_000 // bytes of a page

// page returns what is written, which must be the same twice and not too long.
func page(t *testing.T, e *model.Evaluation, a report.Answers, o report.Options) string {
	t.Helper()
	var first, second bytes.Buffer
	if err := errors.Join(report.WriteEvaluation(&first, e, a, o), report.WriteEvaluation(&second, e, a, o)); err != nil {
		t.Fatal(err)
	}
	if first.String() != second.String() {
		t.Error("want the same bytes twice")
	}
	if first.Len() > limit {
		t.Errorf("want at most %d bytes, got %d", limit, first.Len())
	}
	if strings.Contains(first.String(), "MNaN") || strings.Contains(first.String(), "LNaN") {
		t.Error("want no coordinate that is no number")
	}
	return first.String()
}

func wants(t *testing.T, page string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(page, text) {
			t.Errorf("want %q on the page", text)
		}
	}
}

// binary makes rows of two classes with probabilities that tell them apart somewhat.
func binary(n int) (class []int32, is []bool, probability []float64) {
	r := rand.New(rand.NewPCG(1, 1))
	class, is, probability = make([]int32, n), make([]bool, n), make([]float64, n)
	for i := range class {
		x := r.NormFloat64()
		probability[i] = 1 / (1 + math.Exp(-x))
		if r.Float64() < 1/(1+math.Exp(-2*x)) {
			class[i], is[i] = 1, true
		}
	}
	return class, is, probability
}

func TestBinaryShowsItsMetricsAndCurves(t *testing.T) {
	class, is, probability := binary(3000)
	values, err := metric.Binary(is, probability, nil, 0.5, metric.ReportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	e := &model.Evaluation{Task: "binary", Report: values}
	out := page(t, e, report.Answers{Classes: []string{"no", "yes"}, Class: class, Probability: probability}, report.Options{Title: "churn", Made: time.Unix(0, 0)})
	auc, _ := values.Get("roc_auc")
	wants(t, out, "churn", "1970-01-01", "95 % interval", "roc_auc", fmt.Sprintf("%.4f", auc.Value), fmt.Sprintf("yes, area %.4f", auc.Value), "average precision", "ECE", "Scores of yes", "Confusion matrix", "within 0.002 of the true curve", "The positive class is yes.")
	confusion, err := metric.NewConfusion(class, rounded(probability), 2, nil)
	if err != nil {
		t.Fatal(err)
	}
	for actual := range 2 {
		for predicted := range 2 {
			wants(t, out, ">"+strconv.Itoa(int(confusion.At(actual, predicted)))+"</text>")
		}
	}
	// Two probabilities a row say the same as the positive one's.
	both := make([]float64, 2*len(probability))
	for i, p := range probability {
		both[2*i], both[2*i+1] = 1-p, p
	}
	if page(t, e, report.Answers{Classes: []string{"no", "yes"}, Class: class, Probability: both}, report.Options{Title: "churn", Made: time.Unix(0, 0)}) != out {
		t.Error("want the same page of probabilities of both classes")
	}
}

func rounded(p []float64) []int32 {
	out := make([]int32, len(p))
	for i, v := range p {
		if v > 0.5 {
			out[i] = 1
		}
	}
	return out
}

// Of many classes those with the most rows are drawn, and the rest is counted.
func TestManyClassesAreBounded(t *testing.T) {
	const n, k = 3000, 60
	r := rand.New(rand.NewPCG(2, 2))
	a := report.Answers{Class: make([]int32, n), Probability: make([]float64, n*k), Weight: make([]float64, n)}
	for c := range k {
		a.Classes = append(a.Classes, strings.Repeat("<class> & ", 30)+strconv.Itoa(c))
	}
	for i := range n {
		a.Class[i] = int32(min(int(math.Abs(r.NormFloat64())*25), k-1))
		a.Weight[i] = float64(i % 3)
		sum := 0.0
		for c := range k {
			p := r.Float64()
			if int32(c) == a.Class[i] {
				p += 5
			}
			a.Probability[i*k+c], sum = p, sum+p
		}
		for c := range k {
			a.Probability[i*k+c] /= sum
		}
	}
	out := page(t, &model.Evaluation{Task: "multiclass"}, a, report.Options{})
	wants(t, out, "The 8 classes with the most rows;", "The 20 classes with the most rows; 40 more are not drawn.")
	if n := strings.Count(out, "Scores of"); n < 8 {
		t.Errorf("want 8 histograms of scores, got %d", n)
	}
}

func TestRegressionShowsItsErrors(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	a := report.Answers{Actual: make([]float64, 5000), Number: make([]float64, 5000)}
	for i := range a.Actual {
		a.Number[i] = r.NormFloat64() * 100
		a.Actual[i] = a.Number[i] + r.NormFloat64()
	}
	values, err := metric.Regression(a.Actual, a.Number, nil, metric.ReportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	out := page(t, &model.Evaluation{Task: "regression", Report: values}, a, report.Options{})
	wants(t, out, "RMSE", "Predicted against actual", "Errors by prediction", "Rows by error", "Quantiles of the errors", "5,000 rows")
	a.Actual[7] = 1e9
	wants(t, page(t, &model.Evaluation{Task: "regression"}, a, report.Options{}), "The middle 98 % of the rows.")
}

// ranked makes queries of 1 to 30 rows, which do not stand together, with grades that scores tell somewhat.
func ranked(n int) report.Answers {
	r := rand.New(rand.NewPCG(4, 4))
	a := report.Answers{Actual: make([]float64, n), Number: make([]float64, n), Query: make([]int32, n), Weight: make([]float64, n)}
	size := make([]int, 1+n/10)
	for i := range a.Actual {
		q := r.IntN(len(size))
		if size[q]++; size[q] > 30 {
			q = 0
		}
		x := r.NormFloat64()
		a.Query[i], a.Number[i] = int32(q), math.Round(4*(x+r.NormFloat64()))/4 // some scores are equal
		a.Actual[i], a.Weight[i] = float64(min(max(int(2*x), 0), 4)), float64(q%3)
	}
	return a
}

func TestRankingShowsTheOrderWithinQueries(t *testing.T) {
	a := ranked(3000)
	values, err := metric.Ranking(a.Actual, a.Number, a.Query, a.Weight, metric.ReportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	out := page(t, &model.Evaluation{Task: "ranking", Report: values}, a, report.Options{})
	wants(t, out, "NDCG by cutoff", "in any order", "Queries by NDCG at 10", "Relevant rows by place", " queries of ")
	for _, name := range []string{"ndcg_1", "ndcg_3", "ndcg_5", "ndcg_10"} { // the table agrees with the metrics
		v, _ := values.Get(name)
		wants(t, out, fmt.Sprintf(">%.4f</td>", v.Value))
	}
	for _, text := range []string{"Predicted against actual", "Errors by prediction"} {
		if strings.Contains(out, text) {
			t.Errorf("want no %q on the page of a ranking", text)
		}
	}
	// By hand: grades 3 0 1 in this order, the last two with one score. DCG = 7 + 1·(1/log2(3)+1/2)/2, of 7 + 1/log2(3) at best, and in any order 8·(1+1/log2(3)+1/2)/3.
	// Place 1 is relevant, 2 and 3 half of the time.
	hand := page(t, &model.Evaluation{Task: "ranking"}, report.Answers{Actual: []float64{3, 0, 1}, Number: []float64{2, 1, 1}, Query: []int32{7, 7, 7}}, report.Options{})
	d, best := 1/math.Log2(3), 7+1/math.Log2(3)
	wants(t, hand, "1 query of 3 to 3 rows", fmt.Sprintf(">%.4f</td>", (7+(d+0.5)/2)/best), fmt.Sprintf(">%.4f</td>", 8*(1+d+0.5)/3/best), "place 1: 100 %; place 2: 50 %; place 3: 50 %;")
}

// Answers that have no curve leave it out; the metrics are there.
func TestStrangeAnswers(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	e := &model.Evaluation{Task: "binary", Report: metric.Report{Rows: 1, Values: []metric.Named{{Name: "<b>", Interval: metric.Interval{Value: nan, Low: -inf, High: inf}}}}}
	for name, c := range map[string]struct {
		answers report.Answers
		want    string
	}{
		"nothing":        {report.Answers{}, "&lt;b&gt;"},
		"no rows":        {report.Answers{Classes: []string{"a", "b"}, Class: []int32{}, Probability: []float64{}}, "Metrics"},
		"one class":      {report.Answers{Classes: []string{"a", "b"}, Class: []int32{1, 1}, Probability: []float64{0.5, 0.7}}, "All rows are of one class"},
		"one of three":   {report.Answers{Classes: []string{"a", "b", "c"}, Class: []int32{1, 1}, Probability: []float64{0, 1, 0, 0, 1, 0}}, "All rows are of one class"},
		"one row":        {report.Answers{Classes: []string{"a", "b"}, Class: []int32{1}, Probability: []float64{1}}, "Confusion matrix"},
		"labels only":    {report.Answers{Classes: []string{"a", "b", "c"}, Class: []int32{0, 1, 2}, Predicted: []int32{0, 2, 2}}, "Confusion matrix"},
		"not finite":     {report.Answers{Actual: []float64{nan, inf}, Number: []float64{1, 1}}, "No row has both"},
		"one number":     {report.Answers{Actual: []float64{1}, Number: []float64{1}}, "Rows by error"},
		"equal numbers":  {report.Answers{Actual: []float64{1, 1, 1}, Number: []float64{1, 1, 1}}, "Rows by error"},
		"largest":        {report.Answers{Actual: []float64{math.MaxFloat64, -math.MaxFloat64, 0}, Number: []float64{0, 0, 0}}, "Rows by error"},
		"hostile name":   {report.Answers{Classes: []string{"<script>", "\u202e\"'>"}, Class: []int32{0, 1, 1, 0}, Probability: []float64{0.2, 0.4, 0.9, 0.6}}, "202E⟩"},
		"no queries":     {report.Answers{Actual: []float64{}, Number: []float64{}, Query: []int32{}}, "No row counts"},
		"one document":   {report.Answers{Actual: []float64{0}, Number: []float64{1}, Query: []int32{0}}, "1 query of 1 to 1 row"},
		"no weight":      {report.Answers{Actual: []float64{1}, Number: []float64{1}, Query: []int32{0}, Weight: []float64{0}}, "No row counts"},
		"no rows at all": {report.Answers{Actual: []float64{}, Number: []float64{}}, "No row has both"},
	} {
		t.Run(name, func(t *testing.T) {
			out := page(t, e, c.answers, report.Options{})
			wants(t, out, c.want)
			if strings.Contains(out, "<script") || strings.Contains(out, "\u202e") {
				t.Error("want names escaped")
			}
		})
	}
}

func TestAnswersMustBelongTogether(t *testing.T) {
	for name, a := range map[string]report.Answers{
		"both kinds":      {Class: []int32{0}, Classes: []string{"a"}, Actual: []float64{1}, Number: []float64{1}},
		"fewer numbers":   {Actual: []float64{1, 2}, Number: []float64{1}},
		"no numbers":      {Actual: []float64{1, 2}},
		"unknown class":   {Class: []int32{2}, Classes: []string{"a", "b"}},
		"unknown label":   {Class: []int32{0}, Predicted: []int32{-1}, Classes: []string{"a", "b"}},
		"probabilities":   {Class: []int32{0, 1}, Classes: []string{"a", "b", "c"}, Probability: []float64{1, 0}},
		"weights":         {Class: []int32{0, 1}, Classes: []string{"a", "b"}, Weight: []float64{1}},
		"regr. weights":   {Actual: []float64{1}, Number: []float64{1}, Weight: []float64{1, 2}},
		"fewer queries":   {Actual: []float64{1, 2}, Number: []float64{1, 2}, Query: []int32{1}},
		"queries alone":   {Query: []int32{1}},
		"no grade":        {Actual: []float64{1.5}, Number: []float64{1}, Query: []int32{1}},
		"high grade":      {Actual: []float64{31}, Number: []float64{1}, Query: []int32{1}},
		"too many labels": {Class: []int32{0}, Predicted: []int32{0, 0}, Classes: []string{"a"}},
	} {
		if err := report.WriteEvaluation(io.Discard, &model.Evaluation{}, a, report.Options{}); !errors.Is(err, report.ErrAnswers) {
			t.Errorf("%s: want ErrAnswers, got %v", name, err)
		}
	}
	bad := report.Answers{Class: []int32{0, 1}, Classes: []string{"a", "b"}, Probability: []float64{math.NaN(), 1}}
	if err := report.WriteEvaluation(io.Discard, &model.Evaluation{}, bad, report.Options{}); !errors.Is(err, metric.ErrNonFinite) {
		t.Errorf("want ErrNonFinite, got %v", err)
	}
}

// A million rows make a page that is no larger.
func TestAMillionRows(t *testing.T) {
	class, _, probability := binary(1_000_000)
	var b bytes.Buffer
	if err := report.WriteEvaluation(&b, &model.Evaluation{}, report.Answers{Classes: []string{"no", "yes"}, Class: class, Probability: probability}, report.Options{}); err != nil || b.Len() > 40_000 {
		t.Errorf("want at most 40,000 bytes, got %d, %v", b.Len(), err)
	}
	b.Reset()
	actual := make([]float64, len(class))
	for i, p := range probability {
		actual[i] = p + float64(class[i])
	}
	if err := report.WriteEvaluation(&b, &model.Evaluation{}, report.Answers{Actual: actual, Number: probability}, report.Options{}); err != nil || b.Len() > 80_000 {
		t.Errorf("want at most 80,000 bytes, got %d, %v", b.Len(), err)
	}
}
