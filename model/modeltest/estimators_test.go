package modeltest_test

import (
	"testing"

	"github.com/tidewheel/tidewheel/features"
	"github.com/tidewheel/tidewheel/features/encode"
	"github.com/tidewheel/tidewheel/features/impute"
	"github.com/tidewheel/tidewheel/features/scale"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/linear"
	"github.com/tidewheel/tidewheel/model/modeltest"
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
