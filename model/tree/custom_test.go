package tree_test

import (
	"bytes"
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/tree"
)

// logLoss is tree.LogLoss of two classes, written by a host.
type logLoss struct{}

func (logLoss) Gradients(rows tree.Labels, g, h [][]float64) {
	for i, s := range rows.Scores[0] {
		p := 1 / (1 + math.Exp(-s))
		g[0][i], h[0][i] = p-rows.Targets[i], p*(1-p)
		if rows.Weights != nil {
			g[0][i] *= rows.Weights[i]
			h[0][i] *= rows.Weights[i]
		}
	}
}

// bad gives what cannot be learnt from.
type bad struct{ g, h float64 }

func (b bad) Gradients(_ tree.Labels, g, h [][]float64) {
	for i := range g[0] {
		g[0][i], h[0][i] = 1, 1
	}
	g[0][len(g[0])/2], h[0][len(h[0])/2] = b.g, b.h
}

// silent sets nothing.
type silent struct{}

func (silent) Gradients(tree.Labels, [][]float64, [][]float64) {}

func plan(t *testing.T, o tree.BoostingOptions, tr model.Training) []byte {
	t.Helper()
	m, err := boosting(t, o).FitModel(t.Context(), tr)
	if err != nil {
		t.Fatal(err)
	}
	text, err := m.Plan().Encode()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestACustomObjectiveGrowsWhatTheBuiltInOneGrows(t *testing.T) {
	rows := trips(17_000, 30)
	for i := range rows {
		rows[i].Fare = 0 // where custom objectives start
	}
	tr := training(t, rows, "late")
	tr.Problem.Weight, tr.Problem.InitScore = "weight", "fare"
	want := plan(t, tree.BoostingOptions{Trees: 5}, tr)
	for _, workers := range []int{1, 2, 8} {
		if got := plan(t, tree.BoostingOptions{Trees: 5, Custom: logLoss{}, Workers: workers}, tr); !bytes.Equal(got, want) {
			t.Errorf("%d workers: another plan than LogLoss from scores of 0", workers)
		}
	}
	tr.Problem.InitScore = ""
	if got := plan(t, tree.BoostingOptions{Trees: 5, Custom: logLoss{}}, tr); !bytes.Equal(got, want) {
		t.Error("without initial scores: another plan than from scores of 0")
	}
}

func TestBadDerivativesAreRefusedByName(t *testing.T) {
	cases := []struct {
		function tree.ObjectiveFunction
		want     string
	}{
		{bad{math.NaN(), 1}, "got NaN"},
		{bad{1, math.NaN()}, "got NaN"},
		{silent{}, "got NaN"},
		{bad{math.Inf(-1), 1}, "got an infinity"},
		{bad{1, -0.5}, "got a second derivative below 0"},
	}
	for _, c := range cases {
		_, err := boosting(t, tree.BoostingOptions{Custom: c.function}).Fit(t.Context(), training(t, trips(300, 31), "fare"))
		if !errors.Is(err, tree.ErrDerivatives) || !strings.Contains(err.Error(), "round 1") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want ErrDerivatives of round 1, %s", err, c.want)
		}
	}
}

// right is the share of rows on the right side of 0.
type right struct{ fail error }

func (right) Name() string         { return "right" }
func (right) HigherIsBetter() bool { return true }

func (r right) Evaluate(_ context.Context, rows tree.Labels) (float64, error) {
	n := 0.0
	for i, s := range rows.Scores[0] {
		if (s > 0) == (rows.Targets[i] > 0.5) {
			n++
		}
	}
	return n / float64(len(rows.Targets)), r.fail
}

func TestTrainingStopsEarlyByTheHostsMetric(t *testing.T) {
	tr := training(t, trips(1000, 32), "late")
	tr.Validation = source(t, trips(500, 33))
	m, err := boosting(t, tree.BoostingOptions{Trees: 500, LearningRate: 0.3, EarlyStopping: 15, Custom: logLoss{}, Metric: right{}}).FitModel(t.Context(), tr)
	if err != nil {
		t.Fatal(err)
	}
	v := m.Report.Validation
	if best := slices.Index(v, slices.Max(v)) + 1; m.Report.Rounds != best || len(v) != best+15 {
		t.Errorf("%d rounds kept of %d, want %d, the best one, 15 before the end", m.Report.Rounds, len(v), best)
	}
	fail := errors.New("the disk is full")
	if _, err := boosting(t, tree.BoostingOptions{Metric: right{fail}}).Fit(t.Context(), tr); !errors.Is(err, fail) || !strings.Contains(err.Error(), "metric right") {
		t.Errorf("error %v, want the metric's with its name", err)
	}
}

func TestOnRoundSeesEachRoundAndMayEndTheTraining(t *testing.T) {
	tr := training(t, trips(1000, 34), "late")
	tr.Validation = tr.Rows
	var seen []tree.Round
	m, err := boosting(t, tree.BoostingOptions{Trees: 50, OnRound: func(_ context.Context, r tree.Round) error {
		seen = append(seen, r)
		if r.Number == 7 {
			return tree.ErrStop
		}
		return nil
	}}).FitModel(t.Context(), tr)
	if err != nil {
		t.Fatal(err)
	}
	if len(seen) != 7 || m.Report.Rounds != 7 {
		t.Fatalf("%d rounds seen and %d kept, want 7", len(seen), m.Report.Rounds)
	}
	for i, r := range seen {
		want := tree.Round{Number: i + 1, Of: 50, Training: r.Validation, Validation: m.Report.Validation[i], Best: i + 1} // the loss falls, and both sets are one
		if r != want {
			t.Errorf("round %+v, want %+v", r, want)
		}
	}
	if text, err := m.Plan().Encode(); err != nil || !bytes.Equal(text, plan(t, tree.BoostingOptions{Trees: 7}, tr)) {
		t.Errorf("error %v or another plan than that of 7 rounds", err)
	}
	fail := errors.New("enough")
	_, err = boosting(t, tree.BoostingOptions{OnRound: func(context.Context, tree.Round) error { return fail }}).Fit(t.Context(), tr)
	if !errors.Is(err, fail) || !strings.Contains(err.Error(), "round 1") {
		t.Errorf("error %v, want the hook's with the round", err)
	}
}

func TestClassWeightsAreRowWeights(t *testing.T) {
	rows := trips(2000, 35)
	count := map[string]float64{}
	for _, r := range rows {
		count[r.Class]++
	}
	explicit, balanced := map[string]float64{}, map[string]float64{}
	for c, n := range count {
		explicit[c] = 1 + n/1000
		balanced[c] = float64(len(rows)) / (3 * n) // scikit-learn's compute_class_weight("balanced"): rows / (classes × rows of the class)
	}
	for i := range rows {
		rows[i].Weight = explicit[rows[i].Class]
	}
	tr := training(t, rows, "class")
	got := plan(t, tree.BoostingOptions{Trees: 5, ClassWeights: explicit}, tr)
	tr.Problem.Weight = "weight"
	if want := plan(t, tree.BoostingOptions{Trees: 5}, tr); !bytes.Equal(got, want) {
		t.Error("class weights give another plan than the same row weights")
	}
	tr.Problem.Weight = ""
	_, p, _ := predict(t, fit(t, tree.BoostingOptions{Trees: 5, ClassWeights: balanced}, tr), tr.Rows)
	_, q, _ := predict(t, fit(t, tree.BoostingOptions{Trees: 5, BalancedClasses: true}, tr), tr.Rows)
	for i := range p {
		if math.Abs(p[i]-q[i]) > 1e-6 { // n/(k·c) beside 1/(k·(c/n)): gradients rounded apart
			t.Fatalf("probability %d is %v with balanced classes, want %v", i, q[i], p[i])
		}
	}
	for _, c := range []struct {
		target  string
		weights map[string]float64
	}{{"class", map[string]float64{"none such": 2}}, {"fare", explicit}} {
		var bad *model.OptionError
		_, err := boosting(t, tree.BoostingOptions{ClassWeights: c.weights}).Fit(t.Context(), training(t, rows, c.target))
		if !errors.As(err, &bad) || bad.Field != "tree.BoostingOptions.ClassWeights" {
			t.Errorf("%s: error %v, want an OptionError of ClassWeights", c.target, err)
		}
	}
}

func fit(t *testing.T, o tree.BoostingOptions, tr model.Training) *tree.Model {
	t.Helper()
	m, err := boosting(t, o).FitModel(t.Context(), tr)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestInitialScoresAreNoPartOfPredictions(t *testing.T) {
	rows := trips(2000, 36)
	for i := range rows {
		rows[i].Weight = rows[i].Fare - 3 // all there is to learn but a constant, which no split gives
	}
	tr := training(t, rows, "fare")
	tr.Problem.InitScore = "weight"
	m := fit(t, tree.BoostingOptions{Trees: 20}, tr)
	_, _, raw := predict(t, m, tr.Rows)
	for i, v := range raw {
		if v != 0 {
			t.Fatalf("row %d: raw score %v, want 0: no column tells the rows apart by what is left", i, v)
		}
	}
	if slices.Contains(m.Features, "weight") {
		t.Error("the initial score is among the features")
	}
	rows[5].Weight = math.Inf(1)
	tr = training(t, rows, "fare")
	tr.Problem.InitScore = "weight"
	if _, err := boosting(t, tree.BoostingOptions{}).Fit(t.Context(), tr); !errors.Is(err, model.ErrNonFinite) {
		t.Errorf("an infinite initial score: error %v, want model.ErrNonFinite", err)
	}
}
