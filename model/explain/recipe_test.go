package explain_test

import (
	"math"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/features"
	"github.com/tidewheel/tidewheel/features/encode"
	"github.com/tidewheel/tidewheel/features/impute"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/explain"
	"github.com/tidewheel/tidewheel/model/tree"
)

type trip struct {
	Origin   *string  `ml:"name=origin"`
	Distance *float64 `ml:"name=distance"`
	Stops    int64    `ml:"name=stops"`
	Price    float64  `ml:"name=price,role=target"`
}

func trips(n int) []trip {
	cities := []string{"EWR", "JFK", "LGA", "SFO"}
	out := make([]trip, n)
	for i := range out {
		d := float64(i*37%101) * 20
		city := i * 7 % 5
		out[i] = trip{Stops: int64(i % 3), Price: d/10 + 40*float64(city%3) - 30*float64(i%3)}
		if i%11 != 0 {
			out[i].Distance = &d
		}
		if city < 4 {
			out[i].Origin = &cities[city]
		}
	}
	return out
}

// TestContributionsOfARecipeAreThoseOfItsRawColumns holds the sum, to 1e-9, for our own boosting with and without features in front.
func TestContributionsOfARecipeAreThoseOfItsRawColumns(t *testing.T) {
	t.Parallel()
	rows, err := dataset.FromStructs(trips(400), dataset.StructsOptions{})
	if err != nil {
		t.Fatal(err)
	}
	boosting, err := tree.NewBoosting(tree.BoostingOptions{Trees: 20, Leaves: 8, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	imputer, err := impute.NewImputer(impute.ImputerOptions{})
	if err != nil {
		t.Fatal(err)
	}
	hot, err := encode.NewOneHot(encode.OneHotOptions{})
	if err != nil {
		t.Fatal(err)
	}
	pipeline, err := features.NewPipeline(features.Step{Columns: features.Numeric(), Fitter: imputer}, features.Step{Columns: features.Categorical(), Fitter: hot})
	if err != nil {
		t.Fatal(err)
	}
	shaped, err := tree.NewBoosting(tree.BoostingOptions{
		Trees: 20, Objective: tree.Quantile, Growth: tree.DepthWise, Monotone: map[string]int{"distance": 1}, Interactions: [][]string{{"distance", "stops"}, {"origin", "stops"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	forest, err := tree.NewRandomForest(tree.ForestOptions{Trees: 15, MaxDepth: 6})
	if err != nil {
		t.Fatal(err)
	}
	single, err := tree.NewDecisionTree(tree.DecisionTreeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	dart, err := tree.NewBoosting(tree.BoostingOptions{Trees: 20, Dart: &tree.DartOptions{}})
	if err != nil {
		t.Fatal(err)
	}
	estimators := map[string]model.Estimator{"forest": forest, "single tree": single, "dart": dart, "trees": boosting, "shaped trees": shaped, "recipe": model.Recipe{Features: pipeline, Estimator: boosting}}
	for name, estimator := range estimators {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := estimator.Fit(t.Context(), model.Training{Problem: model.Problem{Task: model.Regression, Target: "price"}, Rows: rows})
			if err != nil {
				t.Fatal(err)
			}
			for in, err := range rows.Batches(t.Context()) {
				if err != nil {
					t.Fatal(err)
				}
				back := in.Slice(0, 20)
				defer back.Release()
				for _, o := range []explain.Options{{}, {Method: explain.Interventional, Background: back}} {
					sums(t, explainer(t, p, o), in)
				}
			}
		})
	}
}

func sums(t *testing.T, e *explain.Explainer, in dataset.Batch) {
	t.Helper()
	c, err := e.Contributions(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Groups) != 3 {
		t.Fatalf("%d groups, want the three raw columns", len(c.Groups))
	}
	used := make([]bool, 3)
	for i := range c.NumRows() {
		sum := c.Base[0]
		for g, v := range c.Row(i, 0) {
			sum += v
			used[g] = used[g] || v != 0
		}
		if !(math.Abs(sum-c.Score(i, 0)) <= 1e-9*max(1, math.Abs(sum))) {
			t.Fatalf("row %d: sum %v, score %v", i, sum, c.Score(i, 0))
		}
	}
	for g, u := range used {
		if !u {
			t.Errorf("column %s has no contribution to any row", c.Groups[g].Name())
		}
	}
}

// ride is a trip with classes to tell apart.
type ride struct {
	Origin   *string  `ml:"name=origin"`
	Distance *float64 `ml:"name=distance"`
	Stops    int64    `ml:"name=stops"`
	Level    string   `ml:"name=level,role=key"`
	Dear     bool     `ml:"name=dear,role=key"`
}

// TestContributionsOfAForestSumToItsProbabilities holds to 1e-9, of two classes for the second and of three for each.
func TestContributionsOfAForestSumToItsProbabilities(t *testing.T) {
	t.Parallel()
	var list []ride
	for _, r := range trips(400) {
		list = append(list, ride{r.Origin, r.Distance, r.Stops, []string{"low", "mid", "high"}[min(max(int(r.Price/60), 0), 2)], r.Price > 100})
	}
	rows, err := dataset.FromStructs(list, dataset.StructsOptions{})
	if err != nil {
		t.Fatal(err)
	}
	forest, err := tree.NewExtraTrees(tree.ForestOptions{Trees: 15, MaxDepth: 6})
	if err != nil {
		t.Fatal(err)
	}
	for target, outputs := range map[string]int{"dear": 1, "level": 3} {
		problem, err := model.NewProblem(t.Context(), rows, target, model.ProblemOptions{})
		if err != nil {
			t.Fatal(err)
		}
		p, err := forest.Fit(t.Context(), model.Training{Problem: problem, Rows: rows})
		if err != nil {
			t.Fatal(err)
		}
		for in, err := range rows.Batches(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			c, err := explainer(t, p, explain.Options{}).Contributions(t.Context(), in)
			if err != nil {
				t.Fatal(err)
			}
			if len(c.Base) < outputs {
				t.Fatalf("%s: %d outputs, want at least %d", target, len(c.Base), outputs)
			}
			for i := range c.NumRows() {
				for o, sum := range c.Base {
					for _, v := range c.Row(i, o) {
						sum += v
					}
					if score := c.Score(i, o); !(math.Abs(sum-score) <= 1e-9) || score < 0 || score > 1 {
						t.Fatalf("%s: row %d: output %d: sum %v, probability %v", target, i, o, sum, score)
					}
				}
			}
		}
	}
}
