package dummy_test

import (
	"testing"

	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/dummy"
	"github.com/tidewheel/tidewheel/model/modeltest"
)

// MostFrequent is left out: more weight on a class is to raise its probability, and it knows only 0 and 1.
func TestStrategiesKeepThePromisesOfAnEstimator(t *testing.T) {
	for _, c := range []struct {
		name     string
		strategy dummy.Strategy
		traits   modeltest.Traits
	}{
		{"prior", dummy.Prior, modeltest.Traits{Baseline: true, Binary: true, Multiclass: true}},
		{"mean", dummy.Mean, modeltest.Traits{Baseline: true, Regression: true}},
	} {
		c.traits.Options = []modeltest.Refusal{{Fields: []string{"dummy.Options.Strategy"}, New: func() error {
			_, err := dummy.New(dummy.Options{Strategy: dummy.Median + 1})
			return err
		}}}
		t.Run(c.name, func(t *testing.T) {
			modeltest.TestEstimator(t, c.traits, func(t *testing.T, _ int) model.Estimator {
				t.Helper()
				e, err := dummy.New(dummy.Options{Strategy: c.strategy})
				if err != nil {
					t.Fatal(err)
				}
				return e
			})
		})
	}
}
