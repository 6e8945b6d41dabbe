package tree_test

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/csv"
	operations "github.com/tidewheel/tidewheel/internal/plan"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/metric"
	"github.com/tidewheel/tidewheel/model/tree"
)

func anomalies(src dataset.Source, features ...string) model.Training {
	return model.Training{Problem: model.Problem{Task: model.Anomaly, Features: features}, Rows: src}
}

// c is the mean depth of n rows in a search tree, for a few n, by the formula 2 (ln(n-1) + γ) - 2 (n-1)/n.
func c(n int) float64 {
	const gamma = 0.5772156649015329
	switch n {
	case 1:
		return 0
	case 2:
		return 1
	}
	return 2*(math.Log(float64(n-1))+gamma) - 2*float64(n-1)/float64(n)
}

// TestIsolationScoresByHand: of x = 0 0 0 100, the first split of any tree takes 100 off, and then no split is left. Two rows part at once.
func TestIsolationScoresByHand(t *testing.T) {
	for _, w := range []struct {
		x, want []float64
	}{
		{[]float64{0, 0, 0, 100}, []float64{math.Exp2(-(1 + c(3)) / c(4)), math.Exp2(-1 / c(4))}},
		{[]float64{0, 100}, []float64{0.5, 0.5}},
		{[]float64{0}, []float64{0.5, 0.5}},
		{[]float64{7, 7, 7}, []float64{0.5, 0.5}}, // no split: the depth is the mean one
	} {
		rows := make([]point, len(w.x))
		for i, x := range w.x {
			rows[i].X = x
		}
		m, err := isolationForest(t, tree.IsolationOptions{Trees: 7, Seed: 1}).FitModel(t.Context(), anomalies(source(t, rows), "x"))
		if err != nil {
			t.Fatal(err)
		}
		prediction, _, raw := predict(t, m, source(t, []point{{X: 0}, {X: 100}}))
		for i, want := range w.want {
			if math.Abs(raw[i]-want) > 4e-16 || (prediction[i] == "1") != (want > 0.5) {
				t.Errorf("%v: row %d: score %v, prediction %v, want %v", w.x, i, raw[i], prediction[i], want)
			}
		}
	}
}

// TestIsolationScoresAreThoseOfTheTrees walks the trees of a plan and applies the formula: rows with missing numbers and categories, known or not.
func TestIsolationScoresAreThoseOfTheTrees(t *testing.T) {
	train := source(t, trips(700, 1))
	features := []string{"distance", "delay", "night", "carrier", "zone"}
	m, err := isolationForest(t, tree.IsolationOptions{Trees: 40, SampleRows: 100, Seed: 2}).FitModel(t.Context(), anomalies(train, features...))
	if err != nil {
		t.Fatal(err)
	}
	ops := m.Plan().Ops
	trees := ops[slices.IndexFunc(ops, func(o operations.Op) bool { return o.Kind == operations.OpTrees })].Trees
	code := func(op int, text *string) float64 {
		if text == nil {
			return math.NaN()
		}
		if k := slices.Index(ops[op].Values, *text); k >= 0 {
			return float64(k)
		}
		return math.NaN()
	}
	rows := trips(300, 2)
	other := "never met"
	rows[0].Carrier = &other
	_, _, raw := predict(t, m, source(t, rows))
	for i, r := range rows {
		x := []float64{r.Distance, math.NaN(), wrong(r.Night), code(0, r.Carrier), code(1, &r.Zone)}
		if r.Delay != nil {
			x[1] = *r.Delay
		}
		if math.IsNaN(x[4]) {
			x[4] = 3 // the category of its own of all that is not one of three
		}
		var sum float64
		for _, at := range trees.Roots {
			depth := 0
			for ; at >= 0; depth++ {
				if trees.GoesLeft(at, x[trees.Feature[at]]) {
					at = trees.Left[at]
				} else {
					at = trees.Right[at]
				}
			}
			left := int(trees.Cover[len(trees.Feature)+int(^at)])
			sum += float64(depth) + c(left)
		}
		if want := math.Exp2(-sum / 40 / c(100)); math.Abs(raw[i]-want) > 1e-14 {
			t.Fatalf("row %d: score %v, want %v", i, raw[i], want)
		}
	}
}

// isolationCase is testdata/isolation.json, written by testdata/gen/isolation.py with scikit-learn 1.9.1: mean scores over 40 seeds.
type isolationCase struct {
	Rows      [][3]float64
	Anomalies int
	Score256  []float64 `json:"score_256"`
	Score64   []float64 `json:"score_64"`
	AUC256    float64   `json:"auc_256"`
	AUC64     float64   `json:"auc_64"`
	Flagged   int
}

// TestIsolationScoresAreThoseOfScikitLearnOnAverage compares the mean scores of each row over forests: those of scikit-learn over 40 seeds have a standard error of at most
// 0.003, and so have ours.
func TestIsolationScoresAreThoseOfScikitLearnOnAverage(t *testing.T) {
	text, err := os.ReadFile("testdata/isolation.json")
	if err != nil {
		t.Fatal(err)
	}
	var want isolationCase
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	rows, anomaly := make([]point, len(want.Rows)), make([]bool, len(want.Rows))
	for i, r := range want.Rows {
		rows[i] = point{X: r[0], Y: r[1], M: &want.Rows[i][2]}
		anomaly[i] = i < want.Anomalies
	}
	for _, w := range []struct {
		rows  int
		score []float64
		auc   float64
	}{{256, want.Score256, want.AUC256}, {64, want.Score64, want.AUC64}} {
		m, err := isolationForest(t, tree.IsolationOptions{Trees: 4000, SampleRows: w.rows, Contamination: 0.05, Seed: 1}).FitModel(t.Context(), anomalies(source(t, rows), "x", "y", "m"))
		if err != nil {
			t.Fatal(err)
		}
		prediction, _, raw := predict(t, m, source(t, rows))
		flagged := 0
		for i, v := range raw {
			if math.Abs(v-w.score[i]) > 0.012 {
				t.Errorf("%d rows a tree, row %d: score %.4f, want %.4f", w.rows, i, v, w.score[i])
			}
			if is := v > m.Threshold; is != (prediction[i] == "1") {
				t.Errorf("row %d: prediction %s of score %v with the threshold %v", i, prediction[i], v, m.Threshold)
			} else if is {
				flagged++
			}
		}
		if flagged != want.Flagged {
			t.Errorf("%d of 600 rows are flagged with a contamination of 0.05, want %d", flagged, want.Flagged)
		}
		auc, err := metric.ROCAUC(anomaly, raw, nil)
		if err != nil || math.Abs(auc-w.auc) > 0.005 {
			t.Errorf("%d rows a tree: AUC %.4f, %v, want %.4f", w.rows, auc, err, w.auc)
		}
	}
}

// TestIsolationForestsFindTheCancersOfMammography: scikit-learn 1.9.1's forests have a mean AUC of 0.8615 over 10 seeds, with a standard deviation of 0.0072.
func TestIsolationForestsFindTheCancersOfMammography(t *testing.T) {
	dir := os.Getenv("TIDEWHEEL_DATA")
	if dir == "" {
		t.Skip("TIDEWHEEL_DATA is not set")
	}
	src, err := csv.Open(filepath.Join(dir, "mammography.csv"), csv.Options{})
	if err != nil {
		t.Fatal(err)
	}
	names := src.Schema().Names()
	held, err := dataset.Cache(t.Context(), src)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = held.Close() }()
	var class []bool
	for b, err := range held.Batches(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		row := dataset.NewRow(b.Schema())
		for i := range b.NumRows() {
			if err := b.ReadRow(i, row); err != nil {
				t.Fatal(err)
			}
			v := row.Values[len(names)-1]
			class = append(class, v.Number == 1)
		}
	}
	var mean float64
	for seed := range uint64(10) {
		m, err := isolationForest(t, tree.IsolationOptions{Seed: seed}).FitModel(t.Context(), anomalies(held, names[:len(names)-1]...))
		if err != nil {
			t.Fatal(err)
		}
		_, _, raw := predict(t, m, held)
		auc, err := metric.ROCAUC(class, raw, nil)
		if err != nil {
			t.Fatal(err)
		}
		mean += auc / 10
	}
	if math.Abs(mean-mammographyAUC) > 0.01 {
		t.Errorf("mean AUC %.4f, want %.4f of scikit-learn", mean, mammographyAUC)
	}
}

const mammographyAUC = 0.8615

// TestIsolationForestsAreTheSameForAnyWorkers compares whole plans.
func TestIsolationForestsAreTheSameForAnyWorkers(t *testing.T) {
	rows := trips(900, 4)
	var want string
	for _, workers := range []int{1, 2, 8} {
		train := anomalies(source(t, rows), "distance", "delay", "carrier", "zone")
		train.Problem.Weight = "weight"
		m, err := isolationForest(t, tree.IsolationOptions{Contamination: 0.1, FeatureFraction: 0.8, Seed: 5, Workers: workers}).FitModel(t.Context(), train)
		if err != nil {
			t.Fatal(err)
		}
		text, err := m.Plan().Encode()
		if err != nil {
			t.Fatal(err)
		}
		if got := string(text) + strconv.FormatFloat(m.Threshold, 'x', -1, 64); want == "" {
			want = got
		} else if got != want {
			t.Errorf("%d workers give other bits than 1", workers)
		}
	}
}

// TestIsolationForestsRefuseTargets wants model.ErrTarget for what is not a problem of anomalies.
func TestIsolationForestsRefuseTargets(t *testing.T) {
	src := source(t, trips(30, 1))
	for name, p := range map[string]model.Problem{
		"another task": {Task: model.Regression, Target: "fare"}, "no task": {}, "a target": {Task: model.Anomaly, Target: "fare"},
		"classes": {Task: model.Anomaly, Classes: []string{"a", "b"}},
	} {
		if _, err := isolationForest(t, tree.IsolationOptions{}).Fit(t.Context(), model.Training{Problem: p, Rows: src}); !errors.Is(err, model.ErrTarget) {
			t.Errorf("%s: got %v, want model.ErrTarget", name, err)
		}
	}
}
