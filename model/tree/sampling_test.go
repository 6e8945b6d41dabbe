package tree_test

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"testing"

	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/tree"
)

// hashed is a row of testdata/gen/sampling.py.
type hashed struct {
	A float64
	B float64
	C float64
	D float64
	E float64
	F float64
	G float64
	H float64
	Y bool `ml:"name=y,role=target"`
}

// hashedRows returns the rows lo to hi. Every column is a hash of its place.
func hashedRows(lo, hi int) []hashed {
	uniform := func(i int) float64 {
		x := uint64(i+1) * 0x9E3779B97F4A7C15
		x ^= x >> 30
		x *= 0xBF58476D1CE4E5B9
		x ^= x >> 27
		x *= 0x94D049BB133111EB
		x ^= x >> 31
		return float64(x>>11) / (1 << 53)
	}
	var out []hashed
	for i := lo; i < hi; i++ {
		var u [9]float64
		for j := range u {
			u[j] = uniform(9*i + j)
		}
		z := 6*(u[0]-0.5) + 8*(u[1]-0.5)*(u[2]-0.5) - 3*math.Abs(u[4]-0.5)
		if u[3] > 0.7 {
			z += 2
		}
		out = append(out, hashed{u[0], u[1], u[2], u[3], u[4], u[5], u[6], u[7], u[8] < 1/(1+math.Exp(-z))})
	}
	return out
}

func TestSampledTrainingIsAsGoodAsLightGBMs(t *testing.T) {
	var want struct {
		Cases []struct {
			Name            string
			Mean, Deviation float64
		}
	}
	text, err := os.ReadFile("testdata/sampling.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	options := map[string]tree.BoostingOptions{
		"plain":        {},
		"goss":         {GOSS: &tree.GOSSOptions{}},
		"goss 0.3 0.2": {GOSS: &tree.GOSSOptions{TopRate: 0.3, OtherRate: 0.2}},
		"dart":         {Dart: &tree.DartOptions{}},
		"dart uniform": {Dart: &tree.DartOptions{Uniform: true, DropRate: 0.3, Rounds: 0.8, MaxDrop: 10}},
		"dart xgboost": {Dart: &tree.DartOptions{XGBoost: true, DropRate: 0.2, Rounds: 0.9}},
	}
	src := source(t, hashedRows(0, 2000))
	p, err := model.NewProblem(t.Context(), src, "y", model.ProblemOptions{})
	if err != nil {
		t.Fatal(err)
	}
	tr := model.Training{Problem: p, Rows: src, Validation: source(t, hashedRows(2000, 4000))}
	const seeds = 5
	for _, c := range want.Cases {
		o := options[c.Name]
		o.Trees, o.Leaves, o.LearningRate = 40, 15, 0.2
		var sum float64
		for seed := range uint64(seeds) {
			o.Seed = seed + 1
			v := fit(t, o, tr).Report.Validation
			sum += v[len(v)-1] / seeds
		}
		// Both means are of draws that spread as LightGBM's do, and 1e-3 is what another order of equal gains makes of it without any sampling.
		tolerance := 1e-3 + 3*c.Deviation*math.Sqrt(1.0/20+1.0/seeds)
		t.Logf("%s: mean log loss %.4f, LightGBM's %.4f (deviation %.4f)", c.Name, sum, c.Mean, c.Deviation)
		if math.Abs(sum-c.Mean) > tolerance {
			t.Errorf("%s: mean log loss %.4f, want %.4f of LightGBM within %.4f", c.Name, sum, c.Mean, tolerance)
		}
	}
}

func TestAnyNumberOfWorkersGivesTheSameSampledPlan(t *testing.T) {
	tr := training(t, trips(17_000, 50), "class")
	tr.Validation = source(t, trips(1000, 51))
	for name, o := range map[string]tree.BoostingOptions{
		"goss": {Trees: 8, LearningRate: 0.5, GOSS: &tree.GOSSOptions{}},
		"dart": {Trees: 8, Dart: &tree.DartOptions{Rounds: 1, DropRate: 0.3}},
	} {
		o.Workers = 1
		want := plan(t, o, tr)
		for _, workers := range []int{2, 8} {
			o.Workers = workers
			if !bytes.Equal(plan(t, o, tr), want) {
				t.Errorf("%s: %d workers give another plan than one", name, workers)
			}
		}
		o.Seed = 1
		if bytes.Equal(plan(t, o, tr), want) {
			t.Errorf("%s: another seed gives the same plan", name)
		}
	}
}

// TestDroppedTreesKeepTheScoresTrue compares the validation loss that the training kept up with the loss of the predictor.
func TestDroppedTreesKeepTheScoresTrue(t *testing.T) {
	rows := trips(1500, 52)
	tr := training(t, rows, "fare")
	tr.Validation = tr.Rows
	for _, d := range []tree.DartOptions{{Rounds: 1, DropRate: 0.5}, {Rounds: 1, DropRate: 0.5, XGBoost: true, Uniform: true}} {
		m := fit(t, tree.BoostingOptions{Trees: 30, Dart: &d}, tr)
		_, _, raw := predict(t, m, tr.Rows)
		loss := 0.0
		for i, r := range rows {
			loss += (raw[i] - r.Fare) * (raw[i] - r.Fare) / float64(len(rows))
		}
		if got := m.Report.Validation[29]; math.Abs(got-loss) > 1e-9*loss {
			t.Errorf("reported loss %v, want %v of the predictor", got, loss)
		}
	}
}
