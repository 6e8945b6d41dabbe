package edge

import (
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/features"
	"github.com/tidewheel/tidewheel/features/encode"
	"github.com/tidewheel/tidewheel/features/impute"
	"github.com/tidewheel/tidewheel/features/scale"
	"github.com/tidewheel/tidewheel/internal/portable/targets"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/gocode"
	"github.com/tidewheel/tidewheel/model/linear"
	"github.com/tidewheel/tidewheel/model/tree"
)

type payment struct {
	Amount  float64  `ml:"name=amount"`
	Tenure  *float64 `ml:"name=tenure in years"`
	Country string   `ml:"name=country"`
	Fraud   string   `ml:"name=fraud,role=target"`
	Count   int64    `ml:"name=count,role=key"`
}

// fitted trains a model of this library on drawn rows: to tell classes apart, or without them to count.
func fitted(t *testing.T, classes []string, steps features.Fitter, e model.Estimator) *model.Planned {
	t.Helper()
	problem := model.Problem{Task: model.Regression, Target: "count"}
	if _, ok := e.(*tree.IsolationForest); ok {
		problem = model.Problem{Task: model.Anomaly, Features: []string{"amount", "tenure in years", "country"}}
	}
	r := rand.New(rand.NewPCG(seed, 2))
	list := make([]payment, 4000)
	for i := range list {
		p := payment{Count: int64(r.IntN(4)), Amount: r.NormFloat64() * 100, Country: []string{"DE", "FR", "US", "\"quoted\" // text"}[r.IntN(4)], Fraud: "no"}
		if r.IntN(5) > 0 {
			tenure := float64(r.IntN(30))
			p.Tenure = &tenure
		}
		if p.Amount > 50 {
			p.Count += 3
		}
		if len(classes) > 0 && (p.Amount > 50 && p.Country == "US" || r.IntN(10) == 0) {
			p.Fraud = classes[r.IntN(len(classes))]
		}
		list[i] = p
	}
	src, err := dataset.FromStructs(list, dataset.StructsOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if len(classes) > 0 {
		problem = must[model.Problem](t)(model.NewProblem(t.Context(), src, "fraud", model.ProblemOptions{}))
	}
	p, err := model.Recipe{Features: steps, Estimator: e}.Fit(t.Context(), model.Training{Problem: problem, Rows: src})
	if err != nil {
		t.Fatal(err)
	}
	planned, ok := p.(*model.Planned)
	if !ok {
		t.Fatalf("want a plan, got a %T", p)
	}
	return planned
}

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

// logistic is what linear models need before them, and one.
func logistic(t *testing.T) *model.Planned {
	t.Helper()
	median := must[*impute.Imputer](t)(impute.NewImputer(impute.ImputerOptions{Strategy: impute.Median}))
	unit := must[*scale.Standardizer](t)(scale.NewStandardizer(scale.StandardizerOptions{}))
	oneHot := must[*encode.OneHot](t)(encode.NewOneHot(encode.OneHotOptions{}))
	steps := must[*features.Pipeline](t)(features.NewPipeline(
		features.Step{Columns: features.Numeric(), Fitter: median},
		features.Step{Columns: features.Numeric(), Fitter: unit},
		features.Step{Columns: features.Categorical(), Fitter: oneHot},
	))
	return fitted(t, []string{"yes", "\\often"}, steps, must[*linear.Logistic](t)(linear.NewLogistic(linear.LogisticOptions{})))
}

func boosting(t *testing.T, classes []string, o tree.BoostingOptions) *model.Planned {
	t.Helper()
	return fitted(t, classes, nil, must[*tree.Boosting](t)(tree.NewBoosting(o)))
}

func TestOwnModelsAsCodeGiveTheBitsOfTheModels(t *testing.T) {
	t.Parallel()
	compare(t, map[string]*model.Planned{
		"logistic": logistic(t), "two classes": boosting(t, []string{"yes"}, tree.BoostingOptions{Trees: 20}),
		"three classes": boosting(t, []string{"yes", "\\often"}, tree.BoostingOptions{Trees: 10}),
		"forest":        fitted(t, []string{"yes", "\\often"}, nil, must[*tree.RandomForest](t)(tree.NewRandomForest(tree.ForestOptions{Trees: 5, MaxDepth: 6}))),
		"tree":          fitted(t, nil, nil, must[*tree.DecisionTree](t)(tree.NewDecisionTree(tree.DecisionTreeOptions{MinLeafRows: 20}))),
		"dart":          boosting(t, []string{"yes"}, tree.BoostingOptions{Trees: 10, Dart: &tree.DartOptions{}}),
		"isolation":     fitted(t, nil, nil, must[*tree.IsolationForest](t)(tree.NewIsolationForest(tree.IsolationOptions{Trees: 10}))),
		"poisson":       boosting(t, nil, tree.BoostingOptions{Trees: 10, Objective: tree.Poisson}),
		"quantile":      boosting(t, nil, tree.BoostingOptions{Trees: 10, Objective: tree.Quantile, Growth: tree.DepthWise, Monotone: map[string]int{"amount": 1}}),
	})
}

// main of a program that scores a row.
const scoreOne = `package main

import (
	"os"

	"edge/score"
)

func main() {
	country := "US"
	r := score.Score(&score.Row{Amount: 120, TenureInYears: float64(len(os.Args)), Country: &country})
	println(r.Prediction())
}
`

// A stripped program of a model of 100 trees of 31 leaves takes at most 400 kB more than one of a model of one leaf, which has what every program has.
func TestAProgramOfAHundredTreesIsSmall(t *testing.T) {
	t.Parallel()
	size := func(o tree.BoostingOptions) (leaves int, bytes int64) {
		var b strings.Builder
		m := boosting(t, []string{"yes"}, o)
		if err := gocode.Write(&b, m, gocode.Options{}); err != nil {
			t.Fatal(err)
		}
		to := build(t, targets.Target{OS: runtime.GOOS, Arch: runtime.GOARCH}, map[string]string{"score/model.go": b.String(), "main.go": scoreOne})
		info, err := os.Stat(to)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range m.Plan().Ops {
			if o.Trees != nil {
				leaves += len(o.Trees.Leaf)
			}
		}
		t.Logf("%d leaves: %d bytes of source, %d of program", leaves, b.Len(), info.Size())
		return leaves, info.Size()
	}
	_, small := size(tree.BoostingOptions{Trees: 1, Leaves: 2})
	leaves, large := size(tree.BoostingOptions{Trees: 100})
	if leaves < 2500 || large-small > 400_000 || large > 2_000_000 {
		t.Errorf("want at most 400,000 bytes for at least 2,500 leaves, and 2,000,000 in all; got %d for %d, %d in all", large-small, leaves, large)
	}
}
