package tree_test

import (
	"testing"

	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/modeltest"
	"github.com/tidewheel/tidewheel/model/tree"
)

var _ model.Estimator = (*tree.Boosting)(nil)

func TestBoostingKeepsTheContract(t *testing.T) {
	traits := modeltest.Traits{Binary: true, Multiclass: true, Regression: true, Text: true, Missing: true, CountsRows: true}
	modeltest.TestEstimator(t, traits, func(t *testing.T, workers int) model.Estimator {
		t.Helper()
		return boosting(t, tree.BoostingOptions{Trees: 20, Workers: workers})
	})
}
