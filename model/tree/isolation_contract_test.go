package tree_test

import (
	"math"
	"testing"

	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/modeltest"
	"github.com/tidewheel/tidewheel/model/tree"
)

var _ model.Estimator = (*tree.IsolationForest)(nil)

func isolationForest(t testing.TB, o tree.IsolationOptions) *tree.IsolationForest {
	t.Helper()
	e, err := tree.NewIsolationForest(o)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestIsolationForestKeepsTheContract(t *testing.T) {
	traits := modeltest.Traits{Anomaly: true, Text: true, Missing: true, CountsRows: true, Sampled: true, Options: isolationRefusals()}
	modeltest.TestEstimator(t, traits, func(t *testing.T, workers int) model.Estimator {
		t.Helper()
		return isolationForest(t, tree.IsolationOptions{Contamination: 0.05, Seed: 1, Workers: workers})
	})
}

func isolationRefusals() []modeltest.Refusal {
	var out []modeltest.Refusal
	refused := func(o tree.IsolationOptions, fields ...string) {
		r := modeltest.Refusal{New: func() error { _, err := tree.NewIsolationForest(o); return err }}
		for _, f := range fields {
			r.Fields = append(r.Fields, "tree.IsolationOptions."+f)
		}
		out = append(out, r)
	}
	nan := math.NaN()
	for _, v := range []int{-1, 100_001} {
		refused(tree.IsolationOptions{Trees: v}, "Trees")
	}
	for _, v := range []int{-1, 1_000_001} {
		refused(tree.IsolationOptions{SampleRows: v}, "SampleRows")
	}
	for _, v := range []float64{-0.1, 0.51, nan} {
		refused(tree.IsolationOptions{Contamination: v}, "Contamination")
	}
	for _, v := range []float64{-0.1, 1.1, nan} {
		refused(tree.IsolationOptions{FeatureFraction: v}, "FeatureFraction")
	}
	refused(tree.IsolationOptions{Trees: -1, SampleRows: -1, Contamination: -1, FeatureFraction: -1, Workers: -1},
		"Trees", "SampleRows", "Contamination", "FeatureFraction", "Workers")
	return out
}
