package metric_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/model/metric"
)

// Predicted classes alone give the same values and bounds as the probabilities that they were made of.
func TestLabelsAgreeWithTheReportsOfProbabilities(t *testing.T) {
	t.Parallel()
	class, score, weight := sample(200)
	codes, predicted, likelier, probability := make([]int, 200), make([]int, 200), make([]int, 200), make([]float64, 0, 400)
	for i := range codes {
		if class[i] {
			codes[i] = 1
		}
		if score[i] >= 0.5 {
			predicted[i] = 1
		}
		if score[i] > 0.5 { // the lower code among equals
			likelier[i] = 1
		}
		probability = append(probability, 1-score[i], score[i])
	}
	v := value[metric.Report](t)
	two := v(metric.Labels(codes, predicted, 2, weight, metric.ReportOptions{}))
	three := v(metric.Labels(codes, likelier, 3, weight, metric.ReportOptions{Resamples: 20}))
	binary := v(metric.Binary(class, score, weight, 0.5, metric.ReportOptions{}))
	multi := v(metric.Multiclass(codes, probability, weight, metric.ReportOptions{}))
	if len(two.Values) != 6 || len(three.Values) != 7 || two.Rows != 200 {
		t.Fatalf("%d and %d values of %d rows", len(two.Values), len(three.Values), two.Rows)
	}
	for _, got := range two.Values {
		want, ok := binary.Get(got.Name)
		if !ok || got.Value != want.Value || got.Low != want.Low && want.Low == want.Low {
			t.Errorf("%s: %v, want %v", got.Name, got.Interval, want)
		}
	}
	for _, name := range []string{"accuracy", "balanced_accuracy", "f1_weighted", "mcc"} {
		got, _ := three.Get(name)
		if want, ok := multi.Get(name); !ok || got.Value != want.Value || !(got.Low <= got.Value && got.Value <= got.High) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	if _, err := metric.Labels(codes, predicted, 1, weight, metric.ReportOptions{}); !errors.Is(err, metric.ErrRange) {
		t.Errorf("one class: %v", err)
	}
}

func TestAWrongProbabilityIsNamedByItsRow(t *testing.T) {
	t.Parallel()
	_, err := metric.Multiclass([]int{0, 1, 2}, []float64{1, 0, 0, 0, 1, 0, 0, 0, 1.5}, nil, metric.ReportOptions{})
	if !errors.Is(err, metric.ErrRange) || !strings.Contains(err.Error(), "row 2") {
		t.Errorf("got %v", err)
	}
}
