package tree_test

import (
	"math"
	"testing"

	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/modeltest"
	"github.com/tidewheel/tidewheel/model/tree"
)

var (
	_ model.Estimator = (*tree.RandomForest)(nil)
	_ model.Estimator = (*tree.ExtraTrees)(nil)
	_ model.Estimator = (*tree.DecisionTree)(nil)
)

// forestRowBytes is what a fit of a few trees may allocate for a row: some leaves of each tree are its own.
const forestRowBytes = 4000

func randomForest(t testing.TB, o tree.ForestOptions) *tree.RandomForest {
	t.Helper()
	e, err := tree.NewRandomForest(o)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func extraTrees(t testing.TB, o tree.ForestOptions) *tree.ExtraTrees {
	t.Helper()
	e, err := tree.NewExtraTrees(o)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func decisionTree(t testing.TB, o tree.DecisionTreeOptions) *tree.DecisionTree {
	t.Helper()
	e, err := tree.NewDecisionTree(o)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestRandomForestKeepsTheContract(t *testing.T) {
	traits := modeltest.Traits{
		Binary: true, Multiclass: true, Regression: true, Text: true, Missing: true, CountsRows: true, Sampled: true, Options: forestRefusals(), RowBytes: forestRowBytes,
	}
	modeltest.TestEstimator(t, traits, func(t *testing.T, workers int) model.Estimator {
		t.Helper()
		return randomForest(t, tree.ForestOptions{Trees: 10, MinLeafRows: 2, Seed: 1, Workers: workers})
	})
}

func TestExtraTreesKeepTheContract(t *testing.T) {
	traits := modeltest.Traits{Binary: true, Multiclass: true, Regression: true, Text: true, Missing: true, CountsRows: true, Sampled: true, RowBytes: forestRowBytes}
	modeltest.TestEstimator(t, traits, func(t *testing.T, workers int) model.Estimator {
		t.Helper()
		return extraTrees(t, tree.ForestOptions{Trees: 10, MinLeafRows: 2, Seed: 1, Workers: workers})
	})
}

func TestDecisionTreeKeepsTheContract(t *testing.T) {
	traits := modeltest.Traits{Binary: true, Multiclass: true, Regression: true, Text: true, Missing: true, CountsRows: true}
	modeltest.TestEstimator(t, traits, func(t *testing.T, workers int) model.Estimator {
		t.Helper()
		return decisionTree(t, tree.DecisionTreeOptions{MaxDepth: 4, MinLeafRows: 5, Workers: workers})
	})
}

func TestQuantileForestKeepsTheContract(t *testing.T) {
	traits := modeltest.Traits{Regression: true, Text: true, Missing: true, CountsRows: true, Sampled: true, RowBytes: forestRowBytes}
	modeltest.TestEstimator(t, traits, func(t *testing.T, workers int) model.Estimator {
		t.Helper()
		return randomForest(t, tree.ForestOptions{Trees: 25, Quantiles: []float64{0.1, 0.5, 0.9}, Seed: 1, Workers: workers})
	})
}

// forestRefusals has each option below and above what it takes, and all at once.
func forestRefusals() []modeltest.Refusal {
	var out []modeltest.Refusal
	add := func(structName string, err func() error, fields ...string) {
		r := modeltest.Refusal{New: err}
		for _, f := range fields {
			r.Fields = append(r.Fields, "tree."+structName+"."+f)
		}
		out = append(out, r)
	}
	refused := func(o tree.ForestOptions, fields ...string) {
		add("ForestOptions", func() error { _, err := tree.NewRandomForest(o); return err }, fields...)
		add("ForestOptions", func() error { _, err := tree.NewExtraTrees(o); return err }, fields...)
	}
	nan, inf := math.NaN(), math.Inf(1)
	for _, v := range []int{-1, 100_001} {
		refused(tree.ForestOptions{Trees: v}, "Trees")
	}
	for _, v := range []int{-1, 1, 131_073} {
		refused(tree.ForestOptions{Leaves: v}, "Leaves")
	}
	for _, v := range []int{-1, 1, 256} {
		refused(tree.ForestOptions{MaxBins: v}, "MaxBins")
	}
	for _, v := range []float64{-0.1, 1.1, nan, inf} {
		refused(tree.ForestOptions{FeatureFraction: v}, "FeatureFraction")
		refused(tree.ForestOptions{RowFraction: v}, "RowFraction")
	}
	for _, v := range []float64{-1, nan, inf} {
		refused(tree.ForestOptions{MinImpurityDecrease: v}, "MinImpurityDecrease")
	}
	for _, v := range [][]float64{{0}, {1}, {nan}, {0.5, 0.5}, {0.5, 0.1}, make([]float64, 1001)} {
		refused(tree.ForestOptions{Quantiles: v}, "Quantiles")
	}
	refused(tree.ForestOptions{Quantiles: []float64{0.5}, Trees: 10_001}, "Trees")
	refused(tree.ForestOptions{Sampling: tree.Subsample, OutOfBag: true}, "OutOfBag")
	refused(tree.ForestOptions{ClassWeights: map[string]float64{"a": 0}}, "ClassWeights")
	refused(tree.ForestOptions{ClassWeights: map[string]float64{"a": 1}, BalancedClasses: true}, "ClassWeights")
	refused(tree.ForestOptions{MaxDepth: -1}, "MaxDepth")
	refused(tree.ForestOptions{
		Trees: -1, Criterion: 9, MaxDepth: -1, Leaves: -1, MinLeafRows: -1, MinSplitRows: 1, MinImpurityDecrease: -1, MaxBins: -1, FeatureFraction: -1, Sampling: 9,
		RowFraction: -1, Workers: -1,
	}, "Trees", "Criterion", "MaxDepth", "Leaves", "MinLeafRows", "MinSplitRows", "MinImpurityDecrease", "MaxBins", "FeatureFraction", "Sampling", "RowFraction", "Workers")
	add("DecisionTreeOptions", func() error {
		_, err := tree.NewDecisionTree(tree.DecisionTreeOptions{
			Criterion: 9, MaxDepth: -1, Leaves: -1, MinLeafRows: -1, MinSplitRows: 1, MinImpurityDecrease: -1, MaxBins: -1, FeatureFraction: -1, Workers: -1,
		})
		return err
	}, "Criterion", "MaxDepth", "Leaves", "MinLeafRows", "MinSplitRows", "MinImpurityDecrease", "MaxBins", "FeatureFraction", "Workers")
	return out
}
