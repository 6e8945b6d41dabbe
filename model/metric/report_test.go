package metric_test

import (
	"math"
	"testing"

	"github.com/tidewheel/tidewheel/model/metric"
)

func reports(t *testing.T) map[string]metric.Report {
	t.Helper()
	v := value[metric.Report](t)
	class, score, weight := sample(200)
	codes, probability := make([]int, len(class)), make([]float64, 0, 3*len(class))
	actual := make([]float64, len(class))
	for i, s := range score {
		codes[i] = i % 3
		probability = append(probability, s/2, (1-s)/2, 0.5)
		actual[i] = 0.2 + math.Abs(s-0.3)
	}
	o := metric.ReportOptions{}
	return map[string]metric.Report{
		"binary": v(metric.Binary(class, score, weight, 0.5, o)), "binary, no weights": v(metric.Binary(class, score, nil, 0.5, o)),
		"multiclass": v(metric.Multiclass(codes, probability, weight, o)), "regression": v(metric.Regression(actual, score, weight, o)),
		"multiclass, bootstrap": v(metric.Multiclass(codes, probability, nil, metric.ReportOptions{Resamples: 50})),
		"regression, bootstrap": v(metric.Regression(actual, score, nil, metric.ReportOptions{Resamples: 50})),
	}
}

func TestEveryReportedMetricHasADirectionAndBoundsAroundIt(t *testing.T) {
	t.Parallel()
	for task, r := range reports(t) {
		if r.Rows != 200 || r.Level != 0.95 || len(r.Values) < 8 {
			t.Errorf("%s: %d rows, level %v, %d values", task, r.Rows, r.Level, len(r.Values))
		}
		seen := map[string]bool{}
		for _, v := range r.Values {
			if _, known := metric.GreaterIsBetter(v.Name); !known || seen[v.Name] {
				t.Errorf("%s: %q has no direction or comes twice", task, v.Name)
			}
			seen[v.Name] = true
			if math.IsNaN(v.Value) || v.Low > v.Value || v.High < v.Value {
				t.Errorf("%s: %s: %v lies outside %v to %v", task, v.Name, v.Value, v.Low, v.High)
			}
			if got, ok := r.Get(v.Name); !ok || got.Value != v.Value {
				t.Errorf("%s: Get(%q) = %v, %v", task, v.Name, got, ok)
			}
		}
		if got, ok := r.Get("none"); ok || got.Value == got.Value {
			t.Errorf("%s: an unknown name gave %v", task, got)
		}
	}
	if _, known := metric.GreaterIsBetter("none"); known {
		t.Error("an unknown name has a direction")
	}
	if greater, _ := metric.GreaterIsBetter("log_loss"); greater {
		t.Error("a greater loss is better")
	}
	if greater, _ := metric.GreaterIsBetter("roc_auc"); !greater {
		t.Error("a greater area is not better")
	}
}

func TestReportsCarryTheSingleMetrics(t *testing.T) {
	t.Parallel()
	v := value[float64](t)
	class, score, weight := sample(200)
	r := reports(t)["binary"]
	predicted := atLeast(score, 0.5)
	for name, want := range map[string]float64{
		"roc_auc": v(metric.ROCAUC(class, score, weight)), "average_precision": v(metric.AveragePrecision(class, score, weight)),
		"log_loss": v(metric.LogLoss(class, score, weight)), "brier": v(metric.Brier(class, score, weight)),
		"accuracy": v(metric.Accuracy(class, predicted, weight)), "precision": v(metric.Precision(class, predicted, weight)),
		"recall": v(metric.Recall(class, predicted, weight)), "f1": v(metric.F1(class, predicted, weight)),
		"mcc": v(metric.MCC(class, predicted, weight)), "balanced_accuracy": v(metric.BalancedAccuracy(class, predicted, weight)),
		"ece": v(metric.ECE(class, score, weight, 10)),
	} {
		if got, ok := r.Get(name); !ok || got.Value != want {
			t.Errorf("%s: got %v, want %v", name, got.Value, want)
		}
	}
}

// The bootstrap and the formulas estimate the same interval: on 200 rows they agree to a third of their width.
func TestBootstrapAgreesWithTheFormulas(t *testing.T) {
	t.Parallel()
	class, score, _ := sample(200)
	v := value[metric.Report](t)
	formula := v(metric.Binary(class, score, nil, 0.5, metric.ReportOptions{}))
	draws := v(metric.Binary(class, score, nil, 0.5, metric.ReportOptions{Resamples: 500}))
	for _, name := range []string{"roc_auc", "log_loss", "brier", "accuracy", "precision", "recall"} {
		a, _ := formula.Get(name)
		b, _ := draws.Get(name)
		if third := (a.High - a.Low) / 3; math.Abs(a.Low-b.Low) > third || math.Abs(a.High-b.High) > third {
			t.Errorf("%s: formula %v, bootstrap %v", name, a, b)
		}
	}
}
