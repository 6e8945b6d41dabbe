package interchange_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/interchange"
	"github.com/tidewheel/tidewheel/model/tree"
)

// fittedTrees returns a model of each kind that package tree makes, by name.
func fittedTrees(t testing.TB) map[string]*model.Planned {
	t.Helper()
	out := map[string]*model.Planned{}
	boosted := func(name, target string, task model.Task, o tree.BoostingOptions) {
		o.Trees, o.Workers = 12, 1
		e, err := tree.NewBoosting(o)
		if err != nil {
			t.Fatal(err)
		}
		out["tree_"+name] = fittedTo(t, target, task, e)
	}
	for name, o := range map[string]tree.Objective{"absolute": tree.AbsoluteError, "huber": tree.Huber, "quantile": tree.Quantile} {
		boosted(name, "spend", model.Regression, tree.BoostingOptions{Objective: o})
	}
	for name, o := range map[string]tree.Objective{"poisson": tree.Poisson, "gamma": tree.Gamma, "tweedie": tree.Tweedie} {
		boosted(name, "level", model.Regression, tree.BoostingOptions{Objective: o})
	}
	boosted("depth_wise", "kind", model.Multiclass, tree.BoostingOptions{Growth: tree.DepthWise, NodeFeatureFraction: 0.5})
	boosted("constrained", "spend", model.Regression, tree.BoostingOptions{
		Monotone: map[string]int{"age": 1, "income": -1}, Interactions: [][]string{{"age", "city", "plan"}, {"income", "visits", "loyal", "age"}},
	})
	boosted("one_hot", "stays", model.Binary, tree.BoostingOptions{MaxOneHot: 10, CategoryL2: 1, MinLeafRows: 3})
	boosted("dart", "kind", model.Multiclass, tree.BoostingOptions{Dart: &tree.DartOptions{DropRate: 0.5}})
	boosted("goss", "stays", model.Binary, tree.BoostingOptions{GOSS: &tree.GOSSOptions{}, LearningRate: 0.5})
	grown := func(name string, e model.Estimator, err error) {
		if err != nil {
			t.Fatal(err)
		}
		for target, task := range map[string]model.Task{"spend": model.Regression, "stays": model.Binary, "kind": model.Multiclass} {
			out["forest_"+name+"_"+target] = fittedTo(t, target, task, e)
		}
	}
	forest, err := tree.NewRandomForest(tree.ForestOptions{Trees: 10, MaxDepth: 6, Seed: 1})
	grown("random", forest, err)
	extra, err := tree.NewExtraTrees(tree.ForestOptions{Trees: 10, MaxDepth: 6, Seed: 1})
	grown("extra", extra, err)
	single, err := tree.NewDecisionTree(tree.DecisionTreeOptions{})
	grown("single", single, err)
	grownFor := func(name string, p model.Problem, e model.Estimator, err error) {
		if err != nil {
			t.Fatal(err)
		}
		m, err := e.Fit(t.Context(), model.Training{Problem: p, Rows: visitRows(t)})
		if err != nil {
			t.Fatal(err)
		}
		out[name] = planned(t, m)
	}
	quantiles, err := tree.NewRandomForest(tree.ForestOptions{Trees: 15, MaxDepth: 6, Quantiles: []float64{0.1, 0.5, 0.9}})
	grownFor("quantiles", model.Problem{Task: model.Regression, Target: "spend", Features: []string{"age", "income", "visits", "city"}}, quantiles, err)
	features := []string{"age", "income", "loyal", "city", "plan"}
	rank, err := tree.NewBoosting(tree.BoostingOptions{Trees: 12, Workers: 1})
	grownFor("tree_ranking", model.Problem{Task: model.Ranking, Target: "level", Group: "visits", Features: features}, rank, err)
	isolation, err := tree.NewIsolationForest(tree.IsolationOptions{Trees: 20, Seed: 1, Contamination: 0.1})
	grownFor("isolation", model.Problem{Task: model.Anomaly, Features: features}, isolation, err)
	return out
}

// A forest that is written for LightGBM and read again predicts the same numbers. Those of two classes are the probabilities of the second; of more classes the
// form has no link, and the reader refuses it by name.
func TestWrittenForestsPredictTheSame(t *testing.T) {
	src := visitRows(t)
	for name, m := range fittedTrees(t) {
		if !strings.HasPrefix(name, "forest_") {
			continue
		}
		var text bytes.Buffer
		if err := interchange.WriteLightGBM(&text, m); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		again, err := interchange.LightGBM(&text, interchange.LightGBMOptions{Schema: m.Signature().Input})
		if strings.HasSuffix(name, "_kind") {
			var unsupported *model.UnsupportedError
			if !errors.As(err, &unsupported) {
				t.Errorf("%s: want a refusal, got %v", name, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want, got := answersOf(t, m, src), answersOf(t, again, src)
		for i, v := range got.number {
			expected := want.number[i]
			if len(want.probability[i]) > 0 {
				expected = want.probability[i][1]
			}
			if v != expected {
				t.Errorf("%s: row %d: %v, want %v", name, i, v, expected)
				break
			}
		}
	}
}

func TestQuantilesOfAForestAreRefusedByName(t *testing.T) {
	var text bytes.Buffer
	var unsupported *model.UnsupportedError
	if err := interchange.WriteLightGBM(&text, fittedTrees(t)["quantiles"]); !errors.As(err, &unsupported) || text.Len() > 0 {
		t.Errorf("want a refusal and no text, got %v and %d bytes", err, text.Len())
	}
}
