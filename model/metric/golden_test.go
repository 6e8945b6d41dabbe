package metric_test

import (
	"encoding/json"
	"math"
	"os"
	"strconv"
	"testing"

	"github.com/tidewheel/tidewheel/model/metric"
)

// tolerance is that of goals for metrics: sums of 200 terms differ by their order in scikit-learn, a few 1e-15.
const tolerance = 1e-12

// golden is testdata/metrics.json: scikit-learn 1.9.1, scipy 1.17.1 and numpy 2.4 through testdata/gen/metrics.py.
type golden struct {
	Sets map[string]goldenSet `json:"sets"`
}

type goldenSet struct {
	Binary struct {
		Class       []bool       `json:"class"`
		Score       []float64    `json:"score"`
		Weight      []float64    `json:"weight"`
		Plain       binaryGolden `json:"plain"`
		Weighted    binaryGolden `json:"weighted"`
		Calibration [2][]float64 `json:"calibration"`
		ECE10       float64      `json:"ece_10"`
		ECE15       float64      `json:"ece_15"`
	} `json:"binary"`
	Multiclass struct {
		Class       []int          `json:"class"`
		Probability []float64      `json:"probability"`
		Weight      []float64      `json:"weight"`
		Plain       map[string]any `json:"plain"`
		Weighted    map[string]any `json:"weighted"`
	} `json:"multiclass"`
	Regression struct {
		Actual    []float64          `json:"actual"`
		Predicted []float64          `json:"predicted"`
		Weight    []float64          `json:"weight"`
		Plain     map[string]float64 `json:"plain"`
		Weighted  map[string]float64 `json:"weighted"`
	} `json:"regression"`
	Ranking struct {
		Relevance [][]float64 `json:"relevance"`
		Score     [][]float64 `json:"score"`
		NDCG      []float64   `json:"ndcg"`
		NDCG5     []float64   `json:"ndcg_5"`
		DCG5      []float64   `json:"dcg_5"`
	} `json:"ranking"`
	Interval struct {
		Wilson    [][5]float64 `json:"wilson"`
		MeanError [3]float64   `json:"mean_error"`
		DeLong    [3]float64   `json:"delong"`
		DeLong80  [3]float64   `json:"delong_0.8"`
	} `json:"interval"`
}

type binaryGolden struct {
	Values          map[string]float64 `json:"values"`
	Confusion       [][]float64        `json:"confusion"`
	ROC             [3][]float64       `json:"roc"`
	PrecisionRecall [3][]float64       `json:"precision_recall"`
}

// eachSet runs a test on the drawn inputs (ties, zero weights) and on those that the project's reference values use.
func eachSet(t *testing.T, test func(t *testing.T, s goldenSet)) {
	t.Helper()
	b, err := os.ReadFile("testdata/metrics.json")
	if err != nil {
		t.Fatal(err)
	}
	var g golden
	if err := json.Unmarshal(b, &g); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"drawn", "fixed"} {
		t.Run(name, func(t *testing.T) { test(t, g.Sets[name]) })
	}
}

func near(t *testing.T, name string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance*math.Max(1, math.Abs(want))) {
		t.Errorf("%s: got %.17g, want %.17g", name, got, want)
	}
}

func allNear(t *testing.T, name string, got, want []float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: got %d values, want %d", name, len(got), len(want))
	}
	for i := range got {
		near(t, name+" "+strconv.Itoa(i), got[i], want[i])
	}
}

// value fails the test on an error.
func value[T any](t *testing.T) func(v T, err error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func atLeast(score []float64, threshold float64) []bool {
	out := make([]bool, len(score))
	for i, s := range score {
		out[i] = s >= threshold
	}
	return out
}

func TestBinaryMetricsEqualScikitLearn(t *testing.T) {
	t.Parallel()
	eachSet(t, func(t *testing.T, s goldenSet) {
		b := s.Binary
		checkBinary(t, b.Class, b.Score, nil, b.Plain)
		checkBinary(t, b.Class, b.Score, b.Weight, b.Weighted)
	})
}

func checkBinary(t *testing.T, class []bool, score, weight []float64, want binaryGolden) {
	t.Helper()
	v := value[float64](t)
	predicted := atLeast(score, 0.5)
	c := value[*metric.Confusion](t)(metric.BinaryConfusion(class, predicted, weight))
	roc := value[metric.ROCCurve](t)(metric.ROC(class, score, weight))
	got := map[string]float64{
		"accuracy":          v(metric.Accuracy(class, predicted, weight)),
		"balanced_accuracy": v(metric.BalancedAccuracy(class, predicted, weight)),
		"precision":         v(metric.Precision(class, predicted, weight)),
		"recall":            v(metric.Recall(class, predicted, weight)),
		"f1":                v(metric.F1(class, predicted, weight)),
		"f2":                v(metric.FBeta(class, predicted, 2, weight)),
		"f0.5":              v(metric.FBeta(class, predicted, 0.5, weight)),
		"jaccard":           c.Jaccard(1),
		"mcc":               v(metric.MCC(class, predicted, weight)),
		"kappa":             v(metric.Kappa(class, predicted, weight)),
		"roc_auc":           v(metric.ROCAUC(class, score, weight)),
		"average_precision": v(metric.AveragePrecision(class, score, weight)),
		"log_loss":          v(metric.LogLoss(class, score, weight)),
		"brier":             v(metric.Brier(class, score, weight)),
		"ks":                roc.KS(),
	}
	if len(want.Values) != len(got) {
		t.Fatalf("%d reference values, want %d", len(want.Values), len(got))
	}
	for name, g := range got {
		near(t, name, g, want.Values[name])
	}
	for a := range 2 {
		for p := range 2 {
			near(t, "confusion", c.At(a, p), want.Confusion[a][p])
		}
	}
	pr := value[metric.PrecisionRecallCurve](t)(metric.PrecisionRecall(class, score, weight))
	allNear(t, "precision", pr.Precision, want.PrecisionRecall[0])
	allNear(t, "recall", pr.Recall, want.PrecisionRecall[1])
	allNear(t, "cut", pr.Threshold, want.PrecisionRecall[2])
	if weight != nil {
		return // which collinear points rounding keeps depends on the order of a sum
	}
	allNear(t, "false positive rate", roc.FalsePositiveRate, want.ROC[0])
	allNear(t, "true positive rate", roc.TruePositiveRate, want.ROC[1])
	if !math.IsInf(roc.Threshold[0], 1) {
		t.Errorf("first threshold: got %v", roc.Threshold[0])
	}
	allNear(t, "threshold", roc.Threshold[1:], want.ROC[2])
}

func TestCalibrationEqualsTheReference(t *testing.T) {
	t.Parallel()
	eachSet(t, func(t *testing.T, s goldenSet) {
		b := s.Binary
		near(t, "ece 10", value[float64](t)(metric.ECE(b.Class, b.Score, nil, 10)), b.ECE10)
		near(t, "ece 15", value[float64](t)(metric.ECE(b.Class, b.Score, nil, 15)), b.ECE15)
		var observed, predicted []float64
		for _, bin := range value[[]metric.CalibrationBin](t)(metric.Calibration(b.Class, b.Score, nil, 10)) {
			if bin.Weight > 0 {
				observed, predicted = append(observed, bin.Observed), append(predicted, bin.Predicted)
			}
		}
		allNear(t, "observed", observed, b.Calibration[0])
		allNear(t, "predicted", predicted, b.Calibration[1])
	})
}

func TestMulticlassMetricsEqualScikitLearn(t *testing.T) {
	t.Parallel()
	eachSet(t, func(t *testing.T, s goldenSet) {
		checkMulticlass(t, s.Multiclass.Class, s.Multiclass.Probability, nil, s.Multiclass.Plain)
		checkMulticlass(t, s.Multiclass.Class, s.Multiclass.Probability, s.Multiclass.Weight, s.Multiclass.Weighted)
	})
}

func checkMulticlass(t *testing.T, class []int, probability, weight []float64, want map[string]any) {
	t.Helper()
	v := value[float64](t)
	const k = 4
	predicted := make([]int, len(class))
	for i := range predicted {
		for c := range k {
			if probability[i*k+c] > probability[i*k+predicted[i]] {
				predicted[i] = c
			}
		}
	}
	c := value[*metric.Confusion](t)(metric.NewConfusion(class, predicted, k, weight))
	got := map[string]float64{
		"accuracy": c.Accuracy(), "balanced_accuracy": c.BalancedAccuracy(), "mcc": c.MCC(), "kappa": c.Kappa(),
		"precision_macro": c.Mean(metric.Macro, c.Precision), "precision_weighted": c.Mean(metric.Weighted, c.Precision),
		"recall_macro": c.Mean(metric.Macro, c.Recall), "recall_weighted": c.Mean(metric.Weighted, c.Recall),
		"f1_macro": c.Mean(metric.Macro, c.F1), "f1_weighted": c.Mean(metric.Weighted, c.F1),
		"jaccard_macro": c.Mean(metric.Macro, c.Jaccard), "jaccard_weighted": c.Mean(metric.Weighted, c.Jaccard),
		"log_loss":             v(metric.MulticlassLogLoss(class, probability, weight)),
		"brier":                v(metric.MulticlassBrier(class, probability, weight)),
		"top2":                 v(metric.TopK(class, probability, weight, 2)),
		"roc_auc_ovr":          v(metric.MulticlassROCAUC(class, probability, weight, metric.Macro)),
		"roc_auc_ovr_weighted": v(metric.MulticlassROCAUC(class, probability, weight, metric.Weighted)),
	}
	if len(want) != len(got)+1 {
		t.Fatalf("%d reference values, want %d", len(want), len(got)+1)
	}
	for name, g := range got {
		near(t, name, g, want[name].(float64))
	}
	for a, row := range want["confusion"].([]any) {
		for p, cell := range row.([]any) {
			near(t, "confusion", c.At(a, p), cell.(float64))
		}
	}
}

func TestRegressionMetricsEqualScikitLearn(t *testing.T) {
	t.Parallel()
	eachSet(t, func(t *testing.T, s goldenSet) {
		checkRegression(t, s.Regression.Actual, s.Regression.Predicted, nil, s.Regression.Plain)
		checkRegression(t, s.Regression.Actual, s.Regression.Predicted, s.Regression.Weight, s.Regression.Weighted)
	})
}

func checkRegression(t *testing.T, a, p, weight []float64, want map[string]float64) {
	t.Helper()
	v := value[float64](t)
	got := map[string]float64{
		"mae": v(metric.MAE(a, p, weight)), "mse": v(metric.MSE(a, p, weight)), "rmse": v(metric.RMSE(a, p, weight)),
		"rmsle": v(metric.RMSLE(a, p, weight)), "median_ae": v(metric.MedianAE(a, p, weight)),
		"mape": v(metric.MAPE(a, p, weight)), "r2": v(metric.R2(a, p, weight)),
		"explained_variance": v(metric.ExplainedVariance(a, p, weight)),
		"poisson":            v(metric.PoissonDeviance(a, p, weight)), "gamma": v(metric.GammaDeviance(a, p, weight)),
		"tweedie_1.5": v(metric.TweedieDeviance(a, p, 1.5, weight)), "tweedie_3": v(metric.TweedieDeviance(a, p, 3, weight)),
		"tweedie_-1":  v(metric.TweedieDeviance(a, p, -1, weight)),
		"pinball_0.1": v(metric.PinballLoss(a, p, 0.1, weight)), "pinball_0.9": v(metric.PinballLoss(a, p, 0.9, weight)),
	}
	if weight == nil {
		got["max_error"] = v(metric.MaxError(a, p, nil))
	}
	if len(want) != len(got) {
		t.Fatalf("%d reference values, want %d", len(want), len(got))
	}
	for name, g := range got {
		near(t, name, g, want[name])
	}
}

func TestRankingMetricsEqualScikitLearn(t *testing.T) {
	t.Parallel()
	eachSet(t, func(t *testing.T, s goldenSet) {
		v := value[float64](t)
		for q, relevance := range s.Ranking.Relevance {
			near(t, "ndcg", v(metric.NDCG(relevance, s.Ranking.Score[q], 0)), s.Ranking.NDCG[q])
			near(t, "ndcg at 5", v(metric.NDCG(relevance, s.Ranking.Score[q], 5)), s.Ranking.NDCG5[q])
			near(t, "dcg at 5", v(metric.DCG(relevance, s.Ranking.Score[q], 5)), s.Ranking.DCG5[q])
		}
	})
}

func TestIntervalsEqualTheReference(t *testing.T) {
	t.Parallel()
	eachSet(t, func(t *testing.T, s goldenSet) {
		bounds := func(name string, got metric.Interval, want [3]float64, tolerance float64) {
			t.Helper()
			for i, g := range []float64{got.Value, got.Low, got.High} {
				if !(math.Abs(g-want[i]) <= tolerance) {
					t.Errorf("%s %d: got %.17g, want %.17g", name, i, g, want[i])
				}
			}
		}
		v := value[metric.Interval](t)
		for _, w := range s.Interval.Wilson {
			bounds("wilson", v(metric.Wilson(w[0], w[1], w[2])), [3]float64{w[0] / w[1], w[3], w[4]}, tolerance)
		}
		b := s.Binary
		bounds("delong", v(metric.DeLong(b.Class, b.Score, nil, 0.95)), s.Interval.DeLong, tolerance)
		bounds("delong 0.8", v(metric.DeLong(b.Class, b.Score, nil, 0.8)), s.Interval.DeLong80, tolerance)
		r := s.Regression
		e := make([]float64, len(r.Actual))
		for i, a := range r.Actual {
			e[i] = math.Abs(a - r.Predicted[i])
		}
		// gonum finds Student's quantile through an incomplete beta function, to about 1e-10.
		bounds("mean", v(metric.MeanInterval(e, nil, 0.95)), s.Interval.MeanError, 1e-9)
	})
}
