package tree_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/tree"
)

// point is a row for trees that are worked out by hand.
type point struct {
	X float64  `ml:"name=x"`
	Y float64  `ml:"name=y"`
	M *float64 `ml:"name=m"`
	C string   `ml:"name=c"`
	V float64  `ml:"name=v,role=key"`
	K string   `ml:"name=k,role=key"`
	W float64  `ml:"name=w,role=weight"`
}

// points is the problem of target, the number v or the class k, given some features.
func points(t testing.TB, rows []point, target string, features ...string) model.Training {
	t.Helper()
	p := model.Problem{Task: model.Regression, Target: target, Features: features}
	if target == "k" {
		p.Task, p.Classes = model.Binary, []string{"a", "b"}
	}
	return model.Training{Problem: p, Rows: source(t, rows)}
}

// TestDecisionTreeByHand grows the tree of x = 1 2 3 4, v = 0 0 6 10: the first cut is between 2 and 3, where the squared error falls by 64 of 72 (variance by
// 16 of 18), the second between 3 and 4, and all leaves are pure.
func TestDecisionTreeByHand(t *testing.T) {
	rows := []point{{X: 1, V: 0}, {X: 2, V: 0}, {X: 3, V: 6}, {X: 4, V: 10}}
	// bins hold 3 rows at least, so each row comes three times
	rows = slices.Concat(rows, rows, rows)
	train := points(t, rows, "v", "x")
	for _, c := range []struct {
		options tree.DecisionTreeOptions
		want    []string
		leaves  int
	}{
		{tree.DecisionTreeOptions{}, []string{"0", "0", "6", "10"}, 3},
		{tree.DecisionTreeOptions{MaxDepth: 1}, []string{"0", "0", "8", "8"}, 2},
		{tree.DecisionTreeOptions{Leaves: 2}, []string{"0", "0", "8", "8"}, 2},
		{tree.DecisionTreeOptions{MinLeafRows: 4}, []string{"0", "0", "8", "8"}, 2},
		{tree.DecisionTreeOptions{MinSplitRows: 7}, []string{"0", "0", "8", "8"}, 2},
		{tree.DecisionTreeOptions{MinImpurityDecrease: 2.1}, []string{"0", "0", "8", "8"}, 2}, // the second takes 4 times a half
		{tree.DecisionTreeOptions{MinImpurityDecrease: 1.9}, []string{"0", "0", "6", "10"}, 3},
		{tree.DecisionTreeOptions{MinImpurityDecrease: 16.1}, []string{"4", "4", "4", "4"}, 1},
	} {
		m, err := decisionTree(t, c.options).FitModel(t.Context(), train)
		if err != nil {
			t.Fatal(err)
		}
		got, _, _ := predict(t, m, source(t, rows[:4]))
		if !slices.Equal(got, c.want) || m.Report.Leaves != c.leaves {
			t.Errorf("%+v: predictions %v of %d leaves, want %v of %d", c.options, got, m.Report.Leaves, c.want, c.leaves)
		}
	}
}

// TestGiniAndEntropyByHand: of 12 rows, 6 of class b, a cut by x leaves 1 and 5 of 6 on either side and a cut by y 0 of 4 and 6 of 8. Gini falls by 0.2222 and 0.25;
// entropy falls by 0.3500 and 0.4591. Thus both take y. The shares are those of the leaves.
func TestGiniAndEntropyByHand(t *testing.T) {
	var rows []point
	for i := range 12 {
		r := point{X: float64(i / 6), K: "a"}
		if (i >= 1 && i < 6) || i == 6 {
			r.K = "b"
		}
		rows = append(rows, r)
	}
	left := 4
	for i := range rows {
		if r := &rows[i]; r.K == "a" && left > 0 {
			left--
		} else {
			r.Y = 1
		}
	}
	for _, criterion := range []tree.Criterion{tree.Gini, tree.Entropy} {
		m, err := decisionTree(t, tree.DecisionTreeOptions{Criterion: criterion, MaxDepth: 1}).FitModel(t.Context(), points(t, rows, "k", "x", "y"))
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(m.Splits, []int{0, 1}) || !slices.Equal(m.Impurity, []float64{0, 1}) {
			t.Errorf("%s: splits %v, importance %v, want y only", criterion, m.Splits, m.Impurity)
		}
		_, probability, _ := predict(t, m, source(t, []point{{Y: 0}, {Y: 1}}))
		if !slices.Equal(probability, []float64{1, 0, 0.25, 0.75}) {
			t.Errorf("%s: probabilities %v, want 1 0 0.25 0.75", criterion, probability)
		}
	}
}

// TestBalancedTreesWeighClassesAlike: a stump that cannot split gives the shares of the classes, or a half each.
func TestBalancedTreesWeighClassesAlike(t *testing.T) {
	rows := []point{{K: "a"}, {K: "a"}, {K: "a"}, {K: "b"}}
	for balanced, want := range map[bool][]float64{false: {0.75, 0.25}, true: {0.5, 0.5}} {
		m, err := decisionTree(t, tree.DecisionTreeOptions{BalancedClasses: balanced}).FitModel(t.Context(), points(t, rows, "k", "x"))
		if err != nil {
			t.Fatal(err)
		}
		if _, got, _ := predict(t, m, source(t, rows[:1])); math.Abs(got[0]-want[0]) > 1e-9 {
			t.Errorf("balanced %v: probabilities %v, want %v", balanced, got, want)
		}
	}
}

// TestMissingNumbersGoWhereTheyBelong: rows without m are like those of large m in one set and like those of small m in the other; where training has none missing, they
// go with the majority.
func TestMissingNumbersGoWhereTheyBelong(t *testing.T) {
	for _, like := range []float64{1, 9} {
		var rows []point
		for i := range 40 {
			m := float64(i % 10)
			r := point{V: 0, M: &m}
			if m >= 5 {
				r.V = 100
			}
			if m == like {
				r.M = nil
			}
			rows = append(rows, r)
		}
		train := points(t, rows, "v", "m")
		m, err := decisionTree(t, tree.DecisionTreeOptions{}).FitModel(t.Context(), train)
		if err != nil {
			t.Fatal(err)
		}
		got, _, _ := predict(t, m, source(t, []point{{}}))
		if want := map[float64]string{1: "0", 9: "100"}[like]; got[0] != want || m.Report.Leaves != 2 {
			t.Errorf("missing as m = %v: predicted %v with %d leaves, want %v with 2", like, got[0], m.Report.Leaves, want)
		}
	}
	var rows []point
	for i := range 30 {
		m := float64(i)
		r := point{M: &m, V: 1}
		if i >= 20 {
			r.V = 5
		}
		rows = append(rows, r)
	}
	train := points(t, rows, "v", "m")
	m, err := decisionTree(t, tree.DecisionTreeOptions{}).FitModel(t.Context(), train)
	if err != nil {
		t.Fatal(err)
	}
	if got, _, _ := predict(t, m, source(t, []point{{}})); got[0] != "1" {
		t.Errorf("a missing number that training never saw goes to %v, want the side of 20 of 30 rows", got[0])
	}
}

// TestForestsLearnEachTask wants most of what can be learnt from a few hundred rows, on others.
func TestForestsLearnEachTask(t *testing.T) {
	train, test := trips(1500, 1), trips(500, 2)
	for _, target := range []string{"fare", "class", "late"} {
		for name, fit := range forests(t, tree.ForestOptions{Trees: 30, Seed: 3}) {
			m, err := fit(training(t, train, target))
			if err != nil {
				t.Fatal(err)
			}
			got, probability, raw := predict(t, m, source(t, test))
			if len(raw) > 0 || (target == "fare") != (len(probability) == 0) {
				t.Errorf("%s of %s: %d raw scores and %d probabilities", name, target, len(raw), len(probability))
			}
			var loss, constant float64
			for i, r := range test {
				switch target {
				case "fare":
					v, err := strconv.ParseFloat(got[i], 64)
					if err != nil {
						t.Fatal(err)
					}
					loss += (v - r.Fare) * (v - r.Fare)
					constant += (8.3 - r.Fare) * (8.3 - r.Fare)
				case "class":
					loss, constant = loss+wrong(got[i] != r.Class), constant+wrong(r.Class != "middle")
				default:
					loss, constant = loss+wrong((got[i] == "true") != r.Late), constant+wrong(r.Late)
				}
			}
			if !(loss < 0.35*constant) {
				t.Errorf("%s of %s: loss is %.2f of a constant's, want below 0.35", name, target, loss/constant)
			}
		}
	}
}

func wrong(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

// forests returns the fits of every kind of forest with some options.
func forests(t testing.TB, o tree.ForestOptions) map[string]func(model.Training) (*tree.Forest, error) {
	t.Helper()
	return map[string]func(model.Training) (*tree.Forest, error){
		"random forest": func(tr model.Training) (*tree.Forest, error) { return randomForest(t, o).FitModel(t.Context(), tr) },
		"extra trees":   func(tr model.Training) (*tree.Forest, error) { return extraTrees(t, o).FitModel(t.Context(), tr) },
	}
}

// TestForestsAreTheSameForAnyWorkers compares whole plans: of every task and kind, with weights, samples and a limit of leaves.
func TestForestsAreTheSameForAnyWorkers(t *testing.T) {
	rows := trips(900, 4)
	for _, target := range []string{"fare", "class", "late"} {
		for _, leaves := range []int{0, 20} {
			var want map[string][]byte
			for _, workers := range []int{1, 2, 8} {
				got := make(map[string][]byte)
				o := tree.ForestOptions{Trees: 9, Leaves: leaves, RowFraction: 0.8, Seed: 5, Workers: workers, OutOfBag: true, BalancedClasses: target != "fare"}
				for name, fit := range forests(t, o) {
					train := training(t, rows, target)
					train.Problem.Weight = "weight"
					m, err := fit(train)
					if err != nil {
						t.Fatal(err)
					}
					text, err := m.Plan().Encode()
					if err != nil {
						t.Fatal(err)
					}
					got[name] = fmt.Appendf(text, "%x %x", m.Impurity, m.Report.OutOfBag)
					if want != nil && !bytes.Equal(got[name], want[name]) {
						t.Errorf("%s of %s with %d leaves: %d workers give other bits than 1", name, target, leaves, workers)
					}
				}
				if want == nil {
					want = got
				}
			}
		}
	}
}

// TestOutOfBagTellsTheErrorOnOtherRows compares the score of the rows that trees did not draw with that of rows that the fit never saw.
func TestOutOfBagTellsTheErrorOnOtherRows(t *testing.T) {
	train, test := trips(2000, 6), trips(2000, 7)
	for _, target := range []string{"fare", "class", "late"} {
		m, err := randomForest(t, tree.ForestOptions{Trees: 60, OutOfBag: true, Seed: 1}).FitModel(t.Context(), training(t, train, target))
		if err != nil {
			t.Fatal(err)
		}
		got, _, _ := predict(t, m, source(t, test))
		var right, off, y, yy float64
		for i, r := range test {
			switch target {
			case "fare":
				v, err := strconv.ParseFloat(got[i], 64)
				if err != nil {
					t.Fatal(err)
				}
				off += (v - r.Fare) * (v - r.Fare)
				y += r.Fare
				yy += r.Fare * r.Fare
			case "class":
				right += wrong(got[i] == r.Class)
			default:
				right += wrong((got[i] == "true") == r.Late)
			}
		}
		want := right / 2000
		if target == "fare" {
			want = 1 - off/(yy-y*y/2000)
		}
		if math.Abs(m.Report.OutOfBag-want) > 0.03 { // either has a standard error of about 0.01
			t.Errorf("%s: out of bag %.3f, on other rows %.3f", target, m.Report.OutOfBag, want)
		}
	}
}

// TestQuantileForestCoversWhatItSays: between the quantiles 0.1 and 0.9 lie 80 % of the targets of other rows, and as many on either side. v is x plus noise of a
// width that depends on x.
func TestQuantileForestCoversWhatItSays(t *testing.T) {
	made := func(n int, seed uint64) []point {
		r := rand.New(rand.NewPCG(seed, 9))
		rows := make([]point, n)
		for i := range rows {
			x := 10 * r.Float64()
			rows[i] = point{X: x, Y: r.Float64(), V: x + (0.2+x/5)*r.NormFloat64()}
		}
		return rows
	}
	test := made(2000, 2)
	o := tree.ForestOptions{Trees: 100, MinLeafRows: 30, Quantiles: []float64{0.1, 0.5, 0.9}, Seed: 1}
	m, err := randomForest(t, o).FitModel(t.Context(), points(t, made(2500, 1), "v", "x", "y"))
	if err != nil {
		t.Fatal(err)
	}
	got, _, raw := predict(t, m, source(t, test))
	var below, above, width [2]float64
	for i, r := range test {
		mean, err := strconv.ParseFloat(got[i], 64)
		if err != nil {
			t.Fatal(err)
		}
		q := raw[3*i : 3*i+3]
		if !(q[0] <= q[1] && q[1] <= q[2]) || math.Abs(mean-q[1]) > 1.5*(q[2]-q[0])+0.5 {
			t.Fatalf("row %d: quantiles %v around a mean of %v", i, q, mean)
		}
		half := int(r.X / 5)
		below[half] += wrong(r.V < q[0])
		above[half] += wrong(r.V > q[2])
		width[half] += q[2] - q[0]
	}
	if share := (below[0] + below[1]) / 2000; math.Abs(share-0.1) > 0.03 {
		t.Errorf("%.3f of the targets lie below the quantile 0.1", share)
	}
	if share := (above[0] + above[1]) / 2000; math.Abs(share-0.1) > 0.03 {
		t.Errorf("%.3f of the targets lie above the quantile 0.9", share)
	}
	if !(width[1] > 1.5*width[0]) {
		t.Errorf("the noise is wider at large x, and the quantiles lie %.0f apart in all against %.0f at small", width[1], width[0])
	}
}

// TestForestsRefuseOptionsOfAnotherTask wants model.ErrTarget.
func TestForestsRefuseOptionsOfAnotherTask(t *testing.T) {
	rows := trips(50, 1)
	for target, o := range map[string]tree.ForestOptions{"fare": {Criterion: tree.Entropy}, "late": {Quantiles: []float64{0.5}}} {
		_, err := randomForest(t, o).Fit(t.Context(), training(t, rows, target))
		if !errors.Is(err, model.ErrTarget) {
			t.Errorf("%s with %+v: got %v, want model.ErrTarget", target, o, err)
		}
	}
}

// TestOptionsHaveNames writes options as JSON and reads them again.
func TestOptionsHaveNames(t *testing.T) {
	want := tree.ForestOptions{Criterion: tree.Entropy, Sampling: tree.Bootstrap}
	text, err := json.Marshal(want)
	if err != nil || !bytes.Contains(text, []byte(`"Criterion":"entropy"`)) || !bytes.Contains(text, []byte(`"Sampling":"bootstrap"`)) {
		t.Fatalf("got %s, %v", text, err)
	}
	var got tree.ForestOptions
	if err := json.Unmarshal(text, &got); err != nil || got.Criterion != want.Criterion || got.Sampling != want.Sampling {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	var bad *model.OptionError
	for _, text := range []string{`{"Criterion":"mse"}`, `{"Sampling":"criterion 1"}`} {
		if err := json.Unmarshal([]byte(text), &got); !errors.As(err, &bad) {
			t.Errorf("%s: got %v, want an OptionError", text, err)
		}
	}
	if got := fmt.Sprint(tree.Criterion(7), tree.Sampling(7), tree.Gini, tree.Subsample, tree.DefaultCriterion, tree.DefaultSampling); got != "criterion 7 sampling 7 gini subsample default default" {
		t.Errorf("names %q", got)
	}
}
