package linear_test

import (
	"testing"

	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/linear"
	"github.com/tidewheel/tidewheel/model/modeltest"
)

func TestRegressionKeepsThePromisesOfAnEstimator(t *testing.T) {
	modeltest.TestEstimator(t, modeltest.Traits{Regression: true}, func(t *testing.T, workers int) model.Estimator {
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
	traits := modeltest.Traits{Binary: true, Multiclass: true, WeightTolerance: 1e-6}
	modeltest.TestEstimator(t, traits, func(t *testing.T, workers int) model.Estimator {
		t.Helper()
		e, err := linear.NewLogistic(linear.LogisticOptions{Workers: workers})
		if err != nil {
			t.Fatal(err)
		}
		return e
	})
}
