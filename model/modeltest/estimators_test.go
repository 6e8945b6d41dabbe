package modeltest_test

import (
	"testing"

	"github.com/tidewheel/tidewheel/features"
	"github.com/tidewheel/tidewheel/features/encode"
	"github.com/tidewheel/tidewheel/features/impute"
	"github.com/tidewheel/tidewheel/features/scale"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/dummy"
	"github.com/tidewheel/tidewheel/model/linear"
	"github.com/tidewheel/tidewheel/model/modeltest"
	"github.com/tidewheel/tidewheel/model/tree"
)

// must ends the test when a constructor refuses.
func must[T any](t *testing.T) func(T, error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func TestDummyConforms(t *testing.T) {
	traits := modeltest.Traits{Binary: true, Multiclass: true, Regression: true, Baseline: true}
	modeltest.TestEstimator(t, traits, func(t *testing.T, _ int) model.Estimator {
		return must[*dummy.Estimator](t)(dummy.New(dummy.Options{}))
	})
}

func TestRegressionConforms(t *testing.T) {
	modeltest.TestEstimator(t, modeltest.Traits{Regression: true}, func(t *testing.T, workers int) model.Estimator {
		return must[*linear.Regression](t)(linear.NewRegression(linear.RegressionOptions{Workers: workers}))
	})
}

func TestLogisticConforms(t *testing.T) {
	// The solver ends within its tolerance of the optimum: two ways to the same optimum end apart by as much.
	traits := modeltest.Traits{Binary: true, Multiclass: true, WeightTolerance: 1e-5}
	modeltest.TestEstimator(t, traits, func(t *testing.T, workers int) model.Estimator {
		return must[*linear.Logistic](t)(linear.NewLogistic(linear.LogisticOptions{Workers: workers}))
	})
}

func TestBoostingConforms(t *testing.T) {
	// Bins and the smallest leaf count rows. Gradients are quantised by the largest of them, so that weights move the last digits.
	traits := modeltest.Traits{Binary: true, Multiclass: true, Regression: true, Text: true, Missing: true, CountsRows: true, WeightTolerance: 1e-7}
	modeltest.TestEstimator(t, traits, func(t *testing.T, workers int) model.Estimator {
		return must[*tree.Boosting](t)(tree.NewBoosting(tree.BoostingOptions{Trees: 20, Seed: 1, Workers: workers}))
	})
}

func TestSampledBoostingConforms(t *testing.T) {
	traits := modeltest.Traits{Binary: true, Text: true, Missing: true, CountsRows: true, Sampled: true}
	modeltest.TestEstimator(t, traits, func(t *testing.T, workers int) model.Estimator {
		o := tree.BoostingOptions{Trees: 30, FeatureFraction: 0.7, RowFraction: 0.7, EarlyStopping: 5, Seed: 1, Workers: workers}
		return must[*tree.Boosting](t)(tree.NewBoosting(o))
	})
}

// recipe imputes and standardizes numbers and encodes texts in front of e.
func recipe(t *testing.T, workers int, e model.Estimator) model.Estimator {
	t.Helper()
	imputer := must[*impute.Imputer](t)(impute.NewImputer(impute.ImputerOptions{Workers: workers}))
	standardizer := must[*scale.Standardizer](t)(scale.NewStandardizer(scale.StandardizerOptions{Workers: workers}))
	hot := must[*encode.OneHot](t)(encode.NewOneHot(encode.OneHotOptions{Workers: workers}))
	pipeline := must[*features.Pipeline](t)(features.NewPipeline(
		features.Step{Columns: features.Numeric(), Fitter: imputer},
		features.Step{Columns: features.Numeric(), Fitter: standardizer},
		features.Step{Columns: features.Categorical(), Fitter: hot},
	))
	return model.Recipe{Features: pipeline, Estimator: e}
}

func TestRecipeConforms(t *testing.T) {
	traits := modeltest.Traits{Binary: true, Multiclass: true, Text: true, Missing: true, WeightTolerance: 0.1} // the features do not look at weights
	modeltest.TestEstimator(t, traits, func(t *testing.T, workers int) model.Estimator {
		return recipe(t, workers, must[*linear.Logistic](t)(linear.NewLogistic(linear.LogisticOptions{Workers: workers})))
	})
}
