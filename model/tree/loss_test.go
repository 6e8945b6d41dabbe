package tree_test

import (
	"bytes"
	"errors"
	"math"
	"strconv"
	"testing"

	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/tree"
	"github.com/tidewheel/tidewheel/registry"
)

var regressions = []tree.Objective{
	tree.SquaredError, tree.AbsoluteError, tree.Huber, tree.Quantile, tree.Poisson, tree.Gamma, tree.Tweedie,
}

func TestPredictionsAreTheInverseLinkOfRawScores(t *testing.T) {
	rows := trips(800, 20)
	for i := range rows {
		rows[i].Fare = math.Abs(rows[i].Fare) + 0.1
	}
	tr := training(t, rows, "fare")
	for _, o := range regressions {
		m, err := boosting(t, tree.BoostingOptions{Objective: o, Trees: 8}).FitModel(t.Context(), tr)
		if err != nil {
			t.Fatal(err)
		}
		prediction, _, raw := predict(t, m, source(t, rows))
		for i, text := range prediction {
			got, err := strconv.ParseFloat(text, 64)
			if err != nil {
				t.Fatal(err)
			}
			want := raw[i]
			if o >= tree.Poisson {
				want = math.Exp(want)
			}
			if math.Abs(got-want) > 1e-14*math.Abs(want) { // exp of internal/num beside math.Exp
				t.Fatalf("%s: row %d: prediction %v of raw score %v, want %v", o, i, got, raw[i], want)
			}
		}
		b, err := registry.Seal(registry.Contents{Name: "fare", Model: m.Planned})
		if err != nil {
			t.Fatalf("%s: %v", o, err)
		}
		text, err := b.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := registry.Decode(text); err != nil {
			t.Errorf("%s: %v", o, err)
		}
	}
}

func TestAnyNumberOfWorkersGivesTheSamePlanOfEachObjective(t *testing.T) {
	rows := trips(17_000, 21) // more than one chunk
	for i := range rows {
		rows[i].Fare = math.Abs(rows[i].Fare) + 0.1
	}
	tr := training(t, rows, "fare")
	tr.Problem.Weight = "weight"
	for _, o := range regressions {
		var first []byte
		for _, workers := range []int{1, 2, 8} {
			m, err := boosting(t, tree.BoostingOptions{Objective: o, Trees: 3, RowFraction: 0.7, Workers: workers}).FitModel(t.Context(), tr)
			if err != nil {
				t.Fatal(err)
			}
			text, err := m.Plan().Encode()
			if err != nil {
				t.Fatal(err)
			}
			if first == nil {
				first = text
			} else if !bytes.Equal(first, text) {
				t.Errorf("%s: %d workers: another plan than with one", o, workers)
			}
		}
	}
}

func TestTargetsThatAnObjectiveDoesNotTakeAreRefused(t *testing.T) {
	with := func(fares ...float64) model.Training {
		rows := trips(100, 22)
		for i := range rows {
			rows[i].Fare = fares[i%len(fares)]
		}
		tr := training(t, rows, "late")
		tr.Problem = model.Problem{Task: model.Regression, Target: "fare", Features: features}
		return tr
	}
	cases := []struct {
		name      string
		objective tree.Objective
		training  model.Training
	}{
		{"a negative count", tree.Poisson, with(30.5, -1)},
		{"no count above 0", tree.Poisson, with(0)},
		{"an amount of 0", tree.Gamma, with(30.5, 0)},
		{"a negative amount", tree.Tweedie, with(30.5, -1)},
		{"classes", tree.Quantile, training(t, trips(100, 23), "late")},
		{"a number", tree.LogLoss, training(t, trips(100, 23), "fare")},
	}
	for _, c := range cases {
		if _, err := boosting(t, tree.BoostingOptions{Objective: c.objective}).Fit(t.Context(), c.training); !errors.Is(err, model.ErrTarget) {
			t.Errorf("%s: error %v, want model.ErrTarget", c.name, err)
		}
	}
}

func TestObjectivesTravelAsTheirNames(t *testing.T) {
	for o := tree.DefaultObjective; o <= tree.LambdaRank; o++ {
		text, err := o.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var back tree.Objective
		if err := back.UnmarshalText(text); err != nil || back != o {
			t.Errorf("%s: read back as %s, error %v", text, back, err)
		}
	}
	var o tree.Objective
	var bad *model.OptionError
	if err := o.UnmarshalText([]byte("unknown")); !errors.As(err, &bad) {
		t.Errorf("error %v, want an OptionError", err)
	}
}
