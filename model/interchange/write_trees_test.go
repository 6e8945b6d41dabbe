package interchange_test

import (
	"testing"

	"github.com/tidewheel/tidewheel/model"
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
	return out
}
