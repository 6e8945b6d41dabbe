package tree_test

import (
	"bytes"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/interchange"
	"github.com/tidewheel/tidewheel/model/tree"
	"github.com/tidewheel/tidewheel/registry"
)

func TestMoreTreesOnAModelAreThoseOfOneTraining(t *testing.T) {
	rows := trips(3000, 40)
	for _, target := range []string{"fare", "late", "class"} {
		for name, o := range map[string]tree.BoostingOptions{
			"plain":   {},
			"sampled": {RowFraction: 0.6, FeatureFraction: 0.7, NodeFeatureFraction: 0.8, Seed: 3},
		} {
			tr := training(t, rows, target)
			tr.Problem.Weight = "weight"
			tr.Validation = source(t, trips(500, 41))
			o.Trees = 12
			whole := fit(t, o, tr)
			o.Trees = 5
			o.Continue = fit(t, o, tr)
			o.Trees = 7
			m := fit(t, o, tr)
			got, err := m.Plan().Encode()
			if err != nil {
				t.Fatal(err)
			}
			want, err := whole.Plan().Encode()
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%s, %s: 5 and 7 trees are not the 12 of one training", target, name)
			}
			if !slices.Equal(m.Splits, whole.Splits) || !slices.Equal(m.Report.Validation, whole.Report.Validation[5:]) || m.Report.Rounds != 7 {
				t.Errorf("%s, %s: splits or report differ", target, name)
			}
		}
	}
}

func TestATrainingGoesOnOverOtherRows(t *testing.T) {
	tr := training(t, trips(2000, 42), "fare")
	o := tree.BoostingOptions{Trees: 20, Continue: fit(t, tree.BoostingOptions{Trees: 20}, tr)}
	more := trips(2000, 43)
	for i := range more { // one category gone, one new: other codes
		name := "0 new"
		switch {
		case more[i].Carrier == nil:
		case *more[i].Carrier == "BB":
			more[i].Carrier = nil
		case i%7 == 0:
			more[i].Carrier = &name
			more[i].Fare += 20
		}
	}
	tr = training(t, more, "fare")
	m := fit(t, o, tr)
	_, _, before := predict(t, o.Continue, tr.Rows)
	_, _, after := predict(t, m, tr.Rows)
	var first, second float64
	for i := range more {
		first += math.Abs(before[i] - more[i].Fare)
		second += math.Abs(after[i] - more[i].Fare)
	}
	if second > first/3 {
		t.Errorf("mean error %v of the old model, %v with new trees, want a third at most", first/2000, second/2000)
	}
	seal(t, m)
}

func seal(t *testing.T, m *tree.Model) {
	t.Helper()
	b, err := registry.Seal(registry.Contents{Name: "model", Model: m.Planned})
	if err != nil {
		t.Fatal(err)
	}
	text, err := b.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := registry.Decode(text); err != nil {
		t.Error(err)
	}
}

// sale has the columns of the models in the testdata of package interchange.
type sale struct {
	Age    float64 `ml:"name=age"`
	Shop   float64 `ml:"name=shop"`
	Spend  float64 `ml:"name=spend"`
	Delta  float64 `ml:"name=delta"`
	Kind   float64 `ml:"name=kind"`
	Extra  float64 `ml:"name=extra"`
	Target float64 `ml:"name=y,role=target"`
}

func sales() []sale {
	r := rand.New(rand.NewPCG(44, 0))
	out := make([]sale, 1500)
	for i := range out {
		out[i] = sale{r.NormFloat64(), float64(r.IntN(40)), r.ExpFloat64(), 1000 * r.NormFloat64(), float64(r.IntN(5)), r.NormFloat64(), 0}
		out[i].Target = float64(r.IntN(3)) + math.Round(math.Exp(out[i].Extra))
	}
	return out
}

func imported(t *testing.T, name string) *model.Planned {
	t.Helper()
	f, err := os.Open("../interchange/testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	read := func(r io.Reader) (*model.Planned, error) {
		return interchange.LightGBM(r, interchange.LightGBMOptions{})
	}
	if name[:3] == "xgb" {
		read = func(r io.Reader) (*model.Planned, error) { return interchange.XGBoost(r, interchange.XGBoostOptions{}) }
	}
	m, err := read(f)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestATrainingGoesOnFromAnImportedModel(t *testing.T) {
	cases := []struct {
		file      string
		objective tree.Objective
	}{
		{"lgb_poisson.txt", tree.Poisson},
		{"lgb_multiclass.txt", tree.LogLoss},
		{"lgb_linear_tree.txt", tree.SquaredError}, // linear leaves stay a sum of their own
		{"xgb_binary.json", tree.LogLoss},          // so do sums in float32
	}
	for _, c := range cases {
		old := imported(t, c.file)
		rows := sales()
		k := len(old.Problem().Classes)
		for i := range rows {
			if k > 0 {
				rows[i].Target = float64(int(rows[i].Target) % k)
			}
		}
		src := source(t, rows)
		p := model.Problem{Task: old.Problem().Task, Target: "y", Classes: old.Problem().Classes}
		m := fit(t, tree.BoostingOptions{Objective: c.objective, Trees: 10, Continue: &tree.Model{Planned: old}}, model.Training{Problem: p, Rows: src})
		none := fit(t, tree.BoostingOptions{Objective: c.objective, Trees: 10, Continue: &tree.Model{Planned: old}, MinGain: 1e100}, model.Training{Problem: p, Rows: src})
		_, _, was := predict(t, old, src)
		_, _, same := predict(t, none, src)
		if !slices.Equal(was, same) {
			t.Errorf("%s: without new trees the raw scores differ from those of the imported model", c.file)
		}
		_, _, now := predict(t, m, src)
		if slices.Equal(was, now) || slices.ContainsFunc(now, math.IsNaN) {
			t.Errorf("%s: want other raw scores with new trees", c.file)
		}
		if m.Splits[slices.Index(m.Features, "extra")] == 0 {
			t.Errorf("%s: the column that is new has no split", c.file)
		}
		seal(t, m)
	}
}

func TestModelsThatATrainingCannotGoOnFromAreRefused(t *testing.T) {
	src := source(t, sales())
	numbers := model.Problem{Task: model.Regression, Target: "y"}
	cases := []struct {
		name    string
		file    string
		problem model.Problem
		options tree.BoostingOptions
		want    error
	}{
		{"a link of its own", "lgb_binary.txt", model.Problem{Task: model.Binary, Target: "y", Classes: []string{"0", "1"}}, tree.BoostingOptions{}, model.ErrUnsupported},
		{"another link", "lgb_poisson.txt", numbers, tree.BoostingOptions{}, model.ErrUnsupported},
		{"other classes", "lgb_multiclass.txt", model.Problem{Task: model.Multiclass, Target: "y", Classes: []string{"2", "1", "0"}}, tree.BoostingOptions{}, model.ErrTarget},
		{"another task", "lgb_multiclass.txt", numbers, tree.BoostingOptions{}, model.ErrTarget},
	}
	for _, c := range cases {
		c.options.Continue = &tree.Model{Planned: imported(t, c.file)}
		_, err := boosting(t, c.options).Fit(t.Context(), model.Training{Problem: c.problem, Rows: src})
		if !errors.Is(err, c.want) {
			t.Errorf("%s: error %v, want %v", c.name, err, c.want)
		}
	}
	var bad *model.OptionError
	if _, err := tree.NewBoosting(tree.BoostingOptions{Continue: &tree.Model{}}); !errors.As(err, &bad) || bad.Field != "tree.BoostingOptions.Continue" {
		t.Errorf("error %v, want an OptionError of Continue", err)
	}
}
