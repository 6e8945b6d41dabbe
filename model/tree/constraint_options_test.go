package tree_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/modeltest"
	"github.com/tidewheel/tidewheel/model/tree"
)

// shapeRefusals has each option of the shape of trees below and above what it takes.
func shapeRefusals() []modeltest.Refusal {
	var out []modeltest.Refusal
	refused := func(field string, o tree.BoostingOptions) {
		out = append(out, modeltest.Refusal{
			New:    func() error { _, err := tree.NewBoosting(o); return err },
			Fields: []string{"tree.BoostingOptions." + field},
		})
	}
	for _, v := range []float64{-0.1, 1.1, math.NaN()} {
		refused("NodeFeatureFraction", tree.BoostingOptions{NodeFeatureFraction: v})
	}
	for _, v := range []float64{-1, math.NaN(), math.Inf(1)} {
		refused("CategorySmooth", tree.BoostingOptions{CategorySmooth: v})
		refused("CategoryL2", tree.BoostingOptions{CategoryL2: v})
	}
	refused("Growth", tree.BoostingOptions{Growth: 2})
	refused("MaxCategories", tree.BoostingOptions{MaxCategories: -1})
	refused("MaxOneHot", tree.BoostingOptions{MaxOneHot: -1})
	refused("MinGroupRows", tree.BoostingOptions{MinGroupRows: -1})
	refused("Monotone", tree.BoostingOptions{Monotone: map[string]int{"a": 2, "b": 1}})
	refused("Monotone", tree.BoostingOptions{Monotone: map[string]int{"a": -2}})
	refused("Interactions", tree.BoostingOptions{Interactions: [][]string{{"a"}, {}}})
	refused("MaxDepth", tree.BoostingOptions{Growth: tree.DepthWise, MaxDepth: -1})
	return out
}

func TestConstrainedBoostingKeepsTheContract(t *testing.T) {
	traits := modeltest.Traits{Binary: true, Text: true, Missing: true, CountsRows: true, Sampled: true, Options: shapeRefusals()}
	modeltest.TestEstimator(t, traits, func(t *testing.T, workers int) model.Estimator {
		t.Helper()
		return boosting(t, tree.BoostingOptions{Trees: 10, Growth: tree.DepthWise, NodeFeatureFraction: 0.7, Seed: 1, Workers: workers})
	})
}

func TestConstraintsNameFeatures(t *testing.T) {
	tr := training(t, trips(300, 1), "fare")
	for _, o := range []tree.BoostingOptions{
		{Monotone: map[string]int{"speed": 1}},
		{Monotone: map[string]int{"carrier": -1}},
		{Monotone: map[string]int{"late": 1}}, // a column that is no feature
		{Interactions: [][]string{{"distance"}, {"night", "speed"}}},
	} {
		_, err := boosting(t, o).Fit(t.Context(), tr)
		var wrong *dataset.SchemaError
		if !errors.As(err, &wrong) || (wrong.Column != "speed" && wrong.Column != "carrier" && wrong.Column != "late") {
			t.Errorf("%v: error %v, want a SchemaError of the column", o, err)
		}
	}
}

// TestPredictionsFollowMonotoneColumns asks for more and more of a column that the target follows only roughly.
func TestPredictionsFollowMonotoneColumns(t *testing.T) {
	rows := trips(2000, 3)
	monotone := map[string]int{"distance": 1, "delay": -1, "day": 0} // fare rises with delay: -1 leaves it without effect
	e := boosting(t, tree.BoostingOptions{Monotone: monotone, MinLeafRows: 2, LearningRate: 0.5})
	monotone["distance"] = -1 // of no effect any more
	m, err := e.FitModel(t.Context(), training(t, rows, "fare"))
	if err != nil {
		t.Fatal(err)
	}
	ask := make([]trip, 0, 5000)
	for i := range 50 {
		for d := range 100 {
			r := rows[i]
			r.Distance = float64(10 * d)
			ask = append(ask, r)
		}
	}
	_, _, raw := predict(t, m, source(t, ask))
	for i := range raw {
		if i%100 > 0 && raw[i] < raw[i-1] {
			t.Fatalf("row %d: %v after %v, want it not to fall", i, raw[i], raw[i-1])
		}
	}
	if raw[99]-raw[0] < 2 {
		t.Errorf("scores rise by %v over the distance, want about 5", raw[99]-raw[0])
	}
}

func TestGrowthIsWrittenByName(t *testing.T) {
	var o tree.BoostingOptions
	if err := json.Unmarshal([]byte(`{"Growth":"depth_wise"}`), &o); err != nil || o.Growth != tree.DepthWise {
		t.Errorf("growth %v and error %v, want depth_wise", o.Growth, err)
	}
	var g tree.Growth
	var bad *model.OptionError
	if err := g.UnmarshalText([]byte("sideways")); !errors.As(err, &bad) {
		t.Errorf("error %v, want an OptionError", err)
	}
	if text := fmt.Sprint(tree.LeafWise, tree.DepthWise, tree.Growth(7)); text != "leaf_wise depth_wise unknown" {
		t.Errorf("names %s", text)
	}
}
