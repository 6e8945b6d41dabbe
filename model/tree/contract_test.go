package tree_test

import (
	"math"
	"testing"

	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/modeltest"
	"github.com/tidewheel/tidewheel/model/tree"
)

var _ model.Estimator = (*tree.Boosting)(nil)

func TestBoostingKeepsTheContract(t *testing.T) {
	traits := modeltest.Traits{Binary: true, Multiclass: true, Regression: true, Text: true, Missing: true, CountsRows: true, Options: refusals()}
	modeltest.TestEstimator(t, traits, func(t *testing.T, workers int) model.Estimator {
		t.Helper()
		return boosting(t, tree.BoostingOptions{Trees: 10, Workers: workers})
	})
}

func TestSampledBoostingKeepsTheContract(t *testing.T) {
	traits := modeltest.Traits{Binary: true, Text: true, Missing: true, CountsRows: true, Sampled: true}
	modeltest.TestEstimator(t, traits, func(t *testing.T, workers int) model.Estimator {
		t.Helper()
		return boosting(t, tree.BoostingOptions{Trees: 15, FeatureFraction: 0.7, RowFraction: 0.7, EarlyStopping: 5, Seed: 1, Workers: workers})
	})
}

func TestBoostingThatSkipsRowsAndTreesKeepsTheContract(t *testing.T) {
	traits := modeltest.Traits{Binary: true, Text: true, Missing: true, CountsRows: true, Sampled: true}
	modeltest.TestEstimator(t, traits, func(t *testing.T, workers int) model.Estimator {
		t.Helper()
		return boosting(t, tree.BoostingOptions{
			Trees: 15, LearningRate: 0.3, GOSS: &tree.GOSSOptions{TopRate: 0.4, OtherRate: 0.4}, Dart: &tree.DartOptions{}, BalancedClasses: true, Seed: 1, Workers: workers,
		})
	})
}

func TestObjectivesKeepTheContract(t *testing.T) {
	for _, o := range []tree.Objective{tree.AbsoluteError, tree.Huber, tree.Quantile} {
		t.Run(o.String(), func(t *testing.T) {
			traits := modeltest.Traits{Regression: true, Text: true, Missing: true, CountsRows: true, Quantile: o != tree.Huber}
			modeltest.TestEstimator(t, traits, func(t *testing.T, workers int) model.Estimator {
				t.Helper()
				return boosting(t, tree.BoostingOptions{Objective: o, Alpha: 0.7, Trees: 8, Workers: workers})
			})
		})
	}
}

func TestRankingKeepsTheContract(t *testing.T) {
	traits := modeltest.Traits{Ranking: true, Text: true, Missing: true, CountsRows: true, LongRows: 30_000}
	modeltest.TestEstimator(t, traits, func(t *testing.T, workers int) model.Estimator {
		t.Helper()
		return boosting(t, tree.BoostingOptions{Trees: 10, Workers: workers})
	})
}

func TestRankingWithHeldOutGroupsKeepsTheContract(t *testing.T) {
	traits := modeltest.Traits{Ranking: true, Text: true, Missing: true, CountsRows: true, Sampled: true}
	modeltest.TestEstimator(t, traits, func(t *testing.T, workers int) model.Estimator {
		t.Helper()
		return boosting(t, tree.BoostingOptions{Objective: tree.LambdaRank, Trees: 15, RowFraction: 0.7, EarlyStopping: 5, Seed: 1, Workers: workers})
	})
}

// refusals has each option below and above what it takes, and all at once.
func refusals() []modeltest.Refusal {
	var out []modeltest.Refusal
	refused := func(o tree.BoostingOptions, fields ...string) {
		r := modeltest.Refusal{New: func() error { _, err := tree.NewBoosting(o); return err }}
		for _, f := range fields {
			r.Fields = append(r.Fields, "tree.BoostingOptions."+f)
		}
		out = append(out, r)
	}
	nan, inf := math.NaN(), math.Inf(1)
	refused(tree.BoostingOptions{Objective: 200}, "Objective")
	for _, v := range []float64{-1, nan, inf} {
		refused(tree.BoostingOptions{Alpha: v}, "Alpha")
		refused(tree.BoostingOptions{TweediePower: v}, "TweediePower")
	}
	refused(tree.BoostingOptions{Objective: tree.Quantile, Alpha: 1}, "Alpha")
	refused(tree.BoostingOptions{Objective: tree.LogLoss, Custom: logLoss{}}, "Custom")
	refused(tree.BoostingOptions{EarlyStopping: 3, Custom: logLoss{}}, "Metric")
	refused(tree.BoostingOptions{ClassWeights: map[string]float64{"a": 0}}, "ClassWeights")
	refused(tree.BoostingOptions{ClassWeights: map[string]float64{"a": inf}}, "ClassWeights")
	refused(tree.BoostingOptions{ClassWeights: map[string]float64{"a": 1}, BalancedClasses: true}, "ClassWeights")
	refused(tree.BoostingOptions{GOSS: &tree.GOSSOptions{TopRate: 1}}, "GOSS.TopRate", "GOSS.OtherRate")
	refused(tree.BoostingOptions{GOSS: &tree.GOSSOptions{TopRate: nan}}, "GOSS.TopRate", "GOSS.OtherRate")
	refused(tree.BoostingOptions{GOSS: &tree.GOSSOptions{OtherRate: 0.9}}, "GOSS.OtherRate")
	refused(tree.BoostingOptions{GOSS: &tree.GOSSOptions{OtherRate: -0.1}}, "GOSS.OtherRate")
	refused(tree.BoostingOptions{GOSS: &tree.GOSSOptions{}, RowFraction: 0.5}, "GOSS")
	refused(tree.BoostingOptions{Dart: &tree.DartOptions{DropRate: 1.1}}, "Dart.DropRate")
	refused(tree.BoostingOptions{Dart: &tree.DartOptions{Rounds: -1}}, "Dart.Rounds")
	refused(tree.BoostingOptions{Dart: &tree.DartOptions{MaxDrop: -1}}, "Dart.MaxDrop")
	refused(tree.BoostingOptions{Dart: &tree.DartOptions{}, EarlyStopping: 2}, "Dart")
	refused(tree.BoostingOptions{Checkpoint: tree.CheckpointOptions{Every: -1}}, "Checkpoint.Every")
	refused(tree.BoostingOptions{Checkpoint: tree.CheckpointOptions{Path: "a", Store: &memory{}}}, "Checkpoint.Store")
	refused(tree.BoostingOptions{TweediePower: 1}, "TweediePower")
	refused(tree.BoostingOptions{TweediePower: 2}, "TweediePower")
	for _, v := range []int{-1, 100_001} {
		refused(tree.BoostingOptions{Trees: v}, "Trees")
	}
	for _, v := range []int{-1, 1, 131_073} {
		refused(tree.BoostingOptions{Leaves: v}, "Leaves")
	}
	for _, v := range []int{-1, 1, 256} {
		refused(tree.BoostingOptions{MaxBins: v}, "MaxBins")
	}
	for _, v := range []float64{-0.1, 1.1, nan, inf} {
		refused(tree.BoostingOptions{LearningRate: v}, "LearningRate")
		refused(tree.BoostingOptions{FeatureFraction: v}, "FeatureFraction")
		refused(tree.BoostingOptions{RowFraction: v}, "RowFraction")
		refused(tree.BoostingOptions{ValidationFraction: v}, "ValidationFraction")
	}
	refused(tree.BoostingOptions{ValidationFraction: 1}, "ValidationFraction")
	for _, v := range []float64{-1, nan, inf} {
		refused(tree.BoostingOptions{MinLeafHessian: v}, "MinLeafHessian")
		refused(tree.BoostingOptions{L1: v}, "L1")
		refused(tree.BoostingOptions{L2: v}, "L2")
		refused(tree.BoostingOptions{MinGain: v}, "MinGain")
	}
	refused(tree.BoostingOptions{RankTruncation: -1}, "RankTruncation")
	refused(tree.BoostingOptions{MaxDepth: -1}, "MaxDepth")
	refused(tree.BoostingOptions{MinLeafRows: -1}, "MinLeafRows")
	refused(tree.BoostingOptions{EarlyStopping: -1}, "EarlyStopping")
	refused(tree.BoostingOptions{Workers: -1}, "Workers")
	refused(tree.BoostingOptions{
		Trees: -1, LearningRate: -1, Leaves: -1, MaxDepth: -1, MinLeafRows: -1, MinLeafHessian: -1, MaxBins: -1, L1: -1, L2: -1, MinGain: -1,
		FeatureFraction: -1, RowFraction: -1, EarlyStopping: -1, ValidationFraction: -1, Workers: -1,
	}, "Trees", "LearningRate", "Leaves", "MaxDepth", "MinLeafRows", "MinLeafHessian", "MaxBins", "L1", "L2", "MinGain", "FeatureFraction", "RowFraction",
		"EarlyStopping", "ValidationFraction", "Workers")
	return out
}
