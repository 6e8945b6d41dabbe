package linear_test

import (
	"math"
	"testing"

	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/linear"
	"github.com/tidewheel/tidewheel/model/modeltest"
)

// refusal is what the constructor of an estimator must refuse.
func refusal(estimator string, construct func() error, fields []string) modeltest.Refusal {
	r := modeltest.Refusal{New: construct}
	for _, f := range fields {
		r.Fields = append(r.Fields, "linear."+estimator+"Options."+f)
	}
	return r
}

func TestRegressionKeepsThePromisesOfAnEstimator(t *testing.T) {
	refused := func(o linear.RegressionOptions, fields ...string) modeltest.Refusal {
		return refusal("Regression", func() error { _, err := linear.NewRegression(o); return err }, fields)
	}
	traits := modeltest.Traits{Regression: true, Ranking: true, Options: []modeltest.Refusal{
		refused(linear.RegressionOptions{Penalty: linear.L2(-1)}, "Penalty"),
		refused(linear.RegressionOptions{Penalty: linear.L2(math.NaN())}, "Penalty"),
		refused(linear.RegressionOptions{Penalty: linear.L2(math.Inf(1))}, "Penalty"),
		refused(linear.RegressionOptions{Workers: -1}, "Workers"),
		refused(linear.RegressionOptions{Penalty: linear.L2(-1), Workers: -1}, "Penalty", "Workers"),
	}}
	modeltest.TestEstimator(t, traits, func(t *testing.T, workers int) model.Estimator {
		t.Helper()
		e, err := linear.NewRegression(linear.RegressionOptions{Workers: workers})
		if err != nil {
			t.Fatal(err)
		}
		return e
	})
}

// The weight tolerance is that of the solver: a gradient of 1e-8 leaves less than 1e-6 of a raw score open.
func TestLogisticKeepsThePromisesOfAnEstimator(t *testing.T) {
	refused := func(o linear.LogisticOptions, fields ...string) modeltest.Refusal {
		return refusal("Logistic", func() error { _, err := linear.NewLogistic(o); return err }, fields)
	}
	traits := modeltest.Traits{Binary: true, Multiclass: true, WeightTolerance: 1e-6, Options: []modeltest.Refusal{
		refused(linear.LogisticOptions{Penalty: linear.L2(-1)}, "Penalty"),
		refused(linear.LogisticOptions{Tolerance: -1}, "Tolerance"),
		refused(linear.LogisticOptions{Tolerance: 1}, "Tolerance"),
		refused(linear.LogisticOptions{Tolerance: math.NaN()}, "Tolerance"),
		refused(linear.LogisticOptions{MaxIterations: -1}, "MaxIterations"),
		refused(linear.LogisticOptions{Workers: -1}, "Workers"),
		refused(linear.LogisticOptions{Penalty: linear.L2(math.Inf(1)), Tolerance: 2, MaxIterations: -1, Workers: -1},
			"Penalty", "Tolerance", "MaxIterations", "Workers"),
	}}
	modeltest.TestEstimator(t, traits, func(t *testing.T, workers int) model.Estimator {
		t.Helper()
		e, err := linear.NewLogistic(linear.LogisticOptions{Workers: workers})
		if err != nil {
			t.Fatal(err)
		}
		return e
	})
}
