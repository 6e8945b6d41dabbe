package tree_test

import (
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	pipelines "github.com/tidewheel/tidewheel/features"
	"github.com/tidewheel/tidewheel/features/impute"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/tree"
	"github.com/tidewheel/tidewheel/registry"
)

// TestForestsAreSealed seals forests of every task, alone and in a recipe, opens the bundles and wants the bits of the models.
func TestForestsAreSealed(t *testing.T) {
	rows, test := trips(400, 1), source(t, trips(200, 2))
	median, err := impute.NewImputer(impute.ImputerOptions{Strategy: impute.Median})
	if err != nil {
		t.Fatal(err)
	}
	steps, err := pipelines.NewPipeline(pipelines.Step{Columns: pipelines.Numeric(), Fitter: median})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		estimator model.Estimator
		target    string
	}{
		"forest of two":      {randomForest(t, tree.ForestOptions{Trees: 5}), "late"},
		"forest of three":    {randomForest(t, tree.ForestOptions{Trees: 5}), "class"},
		"extra trees":        {extraTrees(t, tree.ForestOptions{Trees: 5}), "fare"},
		"quantiles":          {randomForest(t, tree.ForestOptions{Trees: 9, Quantiles: []float64{0.25, 0.75}}), "fare"},
		"isolation":          {isolationForest(t, tree.IsolationOptions{Contamination: 0.1}), ""},
		"isolation, imputed": {model.Recipe{Features: steps, Estimator: isolationForest(t, tree.IsolationOptions{})}, ""},
	} {
		train := anomalies(source(t, rows), "distance", "delay", "carrier", "zone")
		if c.target != "" {
			train = training(t, rows, c.target)
		}
		m, err := c.estimator.Fit(t.Context(), train)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		b, err := registry.Seal(registry.Contents{Name: "forest", Model: m})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		text, err := b.Encode()
		if err != nil {
			t.Fatal(err)
		}
		opened, err := registry.Decode(text)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		prediction, probability, raw := predict(t, m, test)
		again, probabilityAgain, rawAgain := predict(t, opened.Predictor(), test)
		if !slices.Equal(prediction, again) || !slices.Equal(probability, probabilityAgain) || !slices.Equal(raw, rawAgain) {
			t.Errorf("%s: the bundle predicts other bits", name)
		}
	}
}

// TestForestsOfOddRows fits what is hardly anything to learn from: finite answers, to rows with what training never saw.
func TestForestsOfOddRows(t *testing.T) {
	huge, tiny, one := 1e300, 5e-324, 1.0
	never := "never met"
	for name, edit := range map[string]func(i int, r *trip){
		"a column that is all missing":    func(_ int, r *trip) { r.Delay = nil },
		"a text that is all missing":      func(_ int, r *trip) { r.Carrier = nil },
		"one value but missing":           func(i int, r *trip) { r.Delay, r.Carrier = map[bool]*float64{true: &one}[i%2 == 0], nil },
		"constants":                       func(_ int, r *trip) { r.Delay, r.Distance, r.Night = &one, 5, true },
		"huge numbers":                    func(i int, r *trip) { r.Delay, r.Distance = &huge, huge*math.Pow(-1, float64(i)) },
		"tiny numbers":                    func(i int, r *trip) { r.Delay, r.Distance, r.Fare = &tiny, tiny*float64(i%3), tiny*float64(i%5) },
		"targets that differ by little":   func(i int, r *trip) { r.Fare = 1 + float64(i%2)*0x1p-52 },
		"targets of very different sizes": func(i int, r *trip) { r.Fare = math.Pow(10, float64(i%100)) },
	} {
		rows := trips(60, 1)
		for i := range rows {
			edit(i, &rows[i])
		}
		test := trips(20, 2)
		test[0].Carrier, test[1].Carrier, test[1].Delay = &never, nil, nil
		for _, target := range []string{"fare", "late"} {
			train := training(t, rows, target)
			for kind, e := range map[string]model.Estimator{
				"random forest": randomForest(t, tree.ForestOptions{Trees: 5}), "extra trees": extraTrees(t, tree.ForestOptions{Trees: 5}),
				"entropy":    decisionTree(t, tree.DecisionTreeOptions{Criterion: map[string]tree.Criterion{"late": tree.Entropy}[target]}),
				"best first": randomForest(t, tree.ForestOptions{Trees: 3, Leaves: 7}),
			} {
				m, err := e.Fit(t.Context(), train)
				if err != nil {
					t.Errorf("%s, %s of %s: %v", name, kind, target, err)
					continue
				}
				prediction, probability, _ := predict(t, m, source(t, test))
				if slices.Contains(prediction, "NaN") || slices.ContainsFunc(probability, func(p float64) bool { return !(p >= 0 && p <= 1) }) {
					t.Errorf("%s, %s of %s: predictions %v", name, kind, target, prediction)
				}
			}
		}
		m, err := isolationForest(t, tree.IsolationOptions{Contamination: 0.2}).Fit(t.Context(), anomalies(source(t, rows), "distance", "delay", "carrier", "zone"))
		if err != nil {
			t.Errorf("%s: isolation: %v", name, err)
			continue
		}
		if _, _, raw := predict(t, m, source(t, test)); slices.ContainsFunc(raw, func(v float64) bool { return !(v > 0 && v <= 1) }) {
			t.Errorf("%s: isolation scores %v", name, raw)
		}
	}
	var rows []trip
	if _, err := randomForest(t, tree.ForestOptions{}).Fit(t.Context(), model.Training{Problem: model.Problem{Task: model.Regression, Target: "fare"}, Rows: source(t, rows)}); !errors.Is(err, model.ErrNoRows) {
		t.Errorf("no rows: got %v", err)
	}
	infinite := trips(30, 1)
	infinite[3].Distance = math.Inf(1)
	if _, err := randomForest(t, tree.ForestOptions{}).Fit(t.Context(), training(t, infinite, "fare")); !errors.Is(err, dataset.ErrSchema) {
		t.Errorf("an infinite feature: got %v", err)
	}
}
