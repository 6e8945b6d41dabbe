package tree_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	arrowmemory "github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/features/impute"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/selection"
	"github.com/tidewheel/tidewheel/model/tree"
)

// classLoss is tree.LogLoss of three classes or more, written by a host.
type classLoss struct{}

func (classLoss) Gradients(rows tree.Labels, g, h [][]float64) {
	k := float64(len(g))
	for i := range rows.Targets {
		top, sum := math.Inf(-1), 0.0
		for _, s := range rows.Scores {
			top = max(top, s[i])
		}
		for c, s := range rows.Scores {
			g[c][i] = math.Exp(s[i] - top)
			sum += g[c][i]
		}
		for c := range g {
			p := g[c][i] / sum
			g[c][i], h[c][i] = p, k/(k-1)*p*(1-p)
			if int(rows.Targets[i]) == c {
				g[c][i] = p - 1
			}
			if rows.Weights != nil {
				g[c][i] *= rows.Weights[i]
				h[c][i] *= rows.Weights[i]
			}
		}
	}
}

// withScores adds the column raw of lists of k to the rows of src: a row's numbers are what score gives, missing where it gives none.
func withScores(t *testing.T, src dataset.Source, k int, score func(row int) []float64) dataset.Source {
	t.Helper()
	add := dataset.Field{Name: model.RawColumn, Type: dataset.FixedSizeList(dataset.Float64, k), Nullable: true, Role: dataset.Key}
	out, err := dataset.NewSchema(append(src.Schema().Fields(), add)...)
	if err != nil {
		t.Fatal(err)
	}
	batches, err := dataset.Cache(t.Context(), src)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = batches.Close() })
	var list []dataset.Batch
	row := 0
	for b, err := range batches.Batches(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		column := array.NewFixedSizeListBuilder(arrowmemory.DefaultAllocator, int32(k), arrow.PrimitiveTypes.Float64)
		for range b.NumRows() {
			v := score(row)
			column.Append(v != nil)
			for c := range k {
				if v == nil {
					column.ValueBuilder().AppendNull()
				} else {
					column.ValueBuilder().(*array.Float64Builder).Append(v[c])
				}
			}
			row++
		}
		var columns []arrow.Array
		for j := range b.Schema().Len() {
			columns = append(columns, b.Column(j))
		}
		made, err := dataset.NewBatch(out, append(columns, column.NewArray()), b.NumRows())
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, made)
	}
	made, err := dataset.NewBatches(out, list...)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func TestACustomObjectiveOfClassesGrowsWhatTheBuiltInOneGrows(t *testing.T) {
	tr := training(t, trips(17_000, 60), "class")
	tr.Problem.Weight = "weight"
	tr.Rows = withScores(t, tr.Rows, 3, func(int) []float64 { return make([]float64, 3) }) // where custom objectives start
	custom := tree.BoostingOptions{Trees: 3, Custom: classLoss{}}
	from := tr
	from.Problem.InitScore = model.RawColumn
	want := plan(t, tree.BoostingOptions{Trees: 3}, from)
	for _, workers := range []int{1, 2, 8} {
		custom.Workers = workers
		if got := plan(t, custom, tr); !bytes.Equal(got, want) {
			t.Errorf("%d workers: another plan than LogLoss from scores of 0", workers)
		}
	}
	if got := plan(t, custom, from); !bytes.Equal(got, want) {
		t.Error("from scores of 0: another plan than LogLoss")
	}
	tr = training(t, trips(2000, 60), "class")
	tr.Rows = withScores(t, tr.Rows, 3, func(int) []float64 { return make([]float64, 3) })
	from = tr
	from.Problem.InitScore = model.RawColumn
	for name, o := range map[string]tree.BoostingOptions{
		"goss": {Trees: 6, LearningRate: 0.5, GOSS: &tree.GOSSOptions{}},
		"dart": {Trees: 6, Dart: &tree.DartOptions{Rounds: 1, DropRate: 0.5}},
	} {
		want := plan(t, o, from)
		o.Custom = classLoss{}
		if !bytes.Equal(plan(t, o, tr), want) {
			t.Errorf("%s: another plan than LogLoss from scores of 0", name)
		}
	}
}

func TestBadDerivativesOfAnyClassAreRefused(t *testing.T) {
	_, err := boosting(t, tree.BoostingOptions{Custom: logLoss{}}).Fit(t.Context(), training(t, trips(300, 31), "class")) // which sets those of the first class
	if !errors.Is(err, tree.ErrDerivatives) || !strings.Contains(err.Error(), "got NaN") {
		t.Errorf("error %v, want ErrDerivatives: got NaN", err)
	}
	rank := training(t, trips(300, 31), "class")
	rank.Problem.Task, rank.Problem.Classes, rank.Problem.Target, rank.Problem.Group = model.Ranking, nil, "weight", "carrier"
	if _, err := boosting(t, tree.BoostingOptions{Custom: logLoss{}}).Fit(t.Context(), rank); !errors.Is(err, model.ErrTarget) {
		t.Errorf("a ranking: error %v, want model.ErrTarget", err)
	}
}

// TestATrainingFromTheRawScoresOfAnotherModelGoesOnFromIt compares initial scores with Continue: both grow trees on the same scores, rounded by other random
// numbers, which moves raw scores by the last of their 22 bits.
func TestATrainingFromTheRawScoresOfAnotherModelGoesOnFromIt(t *testing.T) {
	for _, target := range []string{"class", "late"} {
		tr := training(t, trips(1500, 61), target)
		old := fit(t, tree.BoostingOptions{Trees: 6}, tr)
		_, _, start := predict(t, old, tr.Rows)
		_, _, want := predict(t, fit(t, tree.BoostingOptions{Trees: 6, Continue: old}, tr), tr.Rows)
		k := len(start) / 1500
		tr.Rows = withScores(t, tr.Rows, k, func(row int) []float64 { return start[k*row : k*row+k] })
		tr.Problem.InitScore = model.RawColumn
		m := fit(t, tree.BoostingOptions{Trees: 6}, tr)
		_, _, more := predict(t, m, tr.Rows)
		for i := range want {
			if got := start[i] + more[i]; math.Abs(got-want[i]) > 2e-6 {
				t.Fatalf("%s: raw score %d is %v, want %v of Continue", target, i, got, want[i])
			}
		}
		if _, err := m.Signature().Input.Select(model.RawColumn); err == nil {
			t.Errorf("%s: the initial scores are among the features", target)
		}
		held := plan(t, tree.BoostingOptions{Trees: 3, EarlyStopping: 3, Workers: 1}, tr)
		if !bytes.Equal(held, plan(t, tree.BoostingOptions{Trees: 3, EarlyStopping: 3, Workers: 3}, tr)) {
			t.Errorf("%s: with rows held out 3 workers give another plan than one", target)
		}
	}
}

func TestInitialScoresThatDoNotFitAreRefused(t *testing.T) {
	rows := trips(300, 62)
	lists := func(k int, v ...float64) func(int) []float64 {
		return func(row int) []float64 {
			if row == 200 && len(v) < k {
				return nil
			}
			return v
		}
	}
	inf, nan := math.Inf(-1), math.NaN()
	for _, c := range []struct {
		target string
		column string
		k      int
		scores func(int) []float64
		want   error
		text   string
	}{
		{"class", "weight", 3, lists(3, 1, 2, 3), dataset.ErrSchema, "want 3 initial scores a row, got type float64"},
		{"class", model.RawColumn, 2, lists(2, 1, 2), dataset.ErrSchema, "want 3 initial scores a row, got type fixed_size_list<float64>[2]"},
		{"late", model.RawColumn, 2, lists(2, 1, 2), dataset.ErrSchema, "want 1 initial scores a row"},
		{"fare", model.RawColumn, 2, lists(2, 1, 2), dataset.ErrSchema, "want 1 initial scores a row"},
		{"late", "class", 1, lists(1, 1), dataset.ErrSchema, "want initial scores as numbers or as fixed-size lists of them, got type utf8"},
		{"class", model.RawColumn, 3, lists(3, 1, 2, inf), model.ErrNonFinite, "finite initial scores"},
		{"class", model.RawColumn, 3, lists(3, nan, 2, 1), model.ErrNonFinite, "finite initial scores"},
		{"class", model.RawColumn, 3, func(row int) []float64 { return map[bool][]float64{true: {1, 2, 3}}[row != 299] }, model.ErrNonFinite, "a missing list"},
	} {
		tr := training(t, rows, c.target)
		plain := tr.Rows
		tr.Rows = withScores(t, tr.Rows, c.k, c.scores)
		tr.Problem.InitScore = c.column
		_, err := boosting(t, tree.BoostingOptions{Trees: 2}).Fit(t.Context(), tr)
		if !errors.Is(err, c.want) || !strings.Contains(fmt.Sprint(err), c.text) {
			t.Errorf("%s from %s: error %v, want %v: %s", c.target, c.column, err, c.want, c.text)
		}
		tr.Validation, tr.Rows = tr.Rows, withScores(t, plain, 3, func(int) []float64 { return make([]float64, 3) })
		if c.target != "class" || c.column != model.RawColumn {
			continue
		}
		if _, err := boosting(t, tree.BoostingOptions{Trees: 2}).Fit(t.Context(), tr); !errors.Is(err, c.want) || !strings.Contains(fmt.Sprint(err), "validation: ") {
			t.Errorf("%s from %s: error %v, want %v of the validation rows", c.target, c.column, err, c.want)
		}
	}
}

func TestATrainingOfACustomObjectiveOfClassesIsTakenUp(t *testing.T) {
	tr := training(t, trips(2000, 63), "class")
	want := plan(t, tree.BoostingOptions{Trees: 9, Custom: classLoss{}, RowFraction: 0.7}, tr)
	store := &memory{}
	cut := errors.New("the power is cut")
	o := tree.BoostingOptions{
		Trees: 9, Custom: classLoss{}, RowFraction: 0.7, Checkpoint: tree.CheckpointOptions{Store: store, Every: 2},
		OnRound: func(_ context.Context, r tree.Round) error {
			if r.Number == 6 {
				return cut
			}
			return nil
		},
	}
	if _, err := boosting(t, o).Fit(t.Context(), tr); !errors.Is(err, cut) {
		t.Fatalf("error %v, want that of the hook", err)
	}
	first := 0
	o.OnRound = func(_ context.Context, r tree.Round) error {
		if first == 0 {
			first = r.Number
		}
		return nil
	}
	if got := plan(t, o, tr); !bytes.Equal(got, want) || first != 5 {
		t.Errorf("taken up at round %d, want 5, and the plan of one training", first)
	}
}

// Folds and recipes hand lists of initial scores on: with the raw scores of a model of all rows in front there is little left to learn.
func TestInitialScoresOfClassesGoThroughFoldsAndRecipes(t *testing.T) {
	tr := training(t, trips(1500, 64), "class")
	_, _, start := predict(t, fit(t, tree.BoostingOptions{Trees: 60}, tr), tr.Rows)
	tr.Problem.Features = []string{"distance", "delay", "night"}
	tr.Rows = withScores(t, tr.Rows, 3, func(row int) []float64 { return start[3*row : 3*row+3] })
	tr.Problem.InitScore = model.RawColumn
	step, err := impute.NewImputer(impute.ImputerOptions{})
	if err != nil {
		t.Fatal(err)
	}
	splits := 0
	recipe := model.Recipe{Features: step, Estimator: boosting(t, tree.BoostingOptions{Trees: 5, MinGain: 30, OnRound: func(context.Context, tree.Round) error {
		splits++
		return nil
	}})}
	if _, err := selection.CrossValidate(t.Context(), recipe, tr.Problem, tr.Rows, selection.Stratified{K: 3}); err != nil || splits != 0 {
		t.Errorf("%d rounds found a split, or error %v", splits, err)
	}
	tr.Problem.InitScore = ""
	if _, err := recipe.Fit(t.Context(), tr); err != nil || splits == 0 {
		t.Errorf("without initial scores: %d rounds found a split, error %v", splits, err)
	}
}
