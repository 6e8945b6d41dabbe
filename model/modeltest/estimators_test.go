package modeltest_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
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

// hidden is an estimator of a host, whose predictors have no plan and refuse what they cannot answer.
type hidden struct{ model.Estimator }

func (h hidden) Fit(ctx context.Context, t model.Training) (model.Predictor, error) {
	p, err := h.Estimator.Fit(ctx, t)
	if err != nil {
		return nil, err
	}
	return strict{p}, nil
}

// strict hides what a predictor has besides its contract.
type strict struct{ inner model.Predictor }

func (s strict) Signature() model.Signature { return s.inner.Signature() }

func (s strict) Predict(ctx context.Context, in dataset.Batch) (dataset.Batch, error) {
	for _, name := range s.inner.Signature().Input.Names() {
		if c, err := in.ByName(name); err == nil && c.NullN() > 0 {
			return dataset.Batch{}, fmt.Errorf("strict: predict: column %q: %w", name, model.ErrNonFinite)
		}
	}
	return s.inner.Predict(ctx, in)
}

func TestAHostsEstimatorConforms(t *testing.T) {
	traits := modeltest.Traits{Binary: true, Opaque: true, WeightTolerance: 1e-5}
	modeltest.TestEstimator(t, traits, func(t *testing.T, workers int) model.Estimator { return hidden{either(t, workers)} })
}

func TestARecipeOfAHostsEstimatorConforms(t *testing.T) {
	traits := modeltest.Traits{Regression: true, Opaque: true, Text: true, Missing: true, WeightTolerance: 0.1} // the features do not look at weights
	modeltest.TestEstimator(t, traits, func(t *testing.T, workers int) model.Estimator { return recipe(t, workers, hidden{either(t, workers)}) })
}

// linearOf fits a regression or a classification.
type linearOf struct {
	regression *linear.Regression
	logistic   *linear.Logistic
}

func (l linearOf) Fit(ctx context.Context, t model.Training) (model.Predictor, error) {
	if t.Problem.Task == model.Regression {
		return l.regression.Fit(ctx, t)
	}
	return l.logistic.Fit(ctx, t)
}

func either(t *testing.T, workers int) model.Estimator {
	t.Helper()
	return linearOf{
		must[*linear.Regression](t)(linear.NewRegression(linear.RegressionOptions{Workers: workers})),
		must[*linear.Logistic](t)(linear.NewLogistic(linear.LogisticOptions{Workers: workers})),
	}
}
