package selection_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/dummy"
	"github.com/tidewheel/tidewheel/model/selection"
)

type row struct {
	Index int64
	When  float64
	Class int64 `ml:"role=target"`
}

func source(t testing.TB, rows []row) dataset.Source {
	t.Helper()
	src, err := dataset.FromStructs(rows, dataset.StructsOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return src
}

func indices(t *testing.T, src dataset.Source) []int {
	t.Helper()
	var out []int
	for b, err := range src.Batches(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		values := make([]float64, b.NumRows())
		if err := dataset.Float64s(b.Column(0), values); err != nil {
			t.Fatal(err)
		}
		for _, v := range values {
			out = append(out, int(v))
		}
	}
	return out
}

func TestFoldsEqualScikitLearns(t *testing.T) {
	text, err := os.ReadFile("testdata/folds.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden struct {
		Class       []int64 `json:"y_class"`
		KFold       [][]int `json:"KFold5"`
		Stratified  [][]int `json:"Stratified5"`
		TimeSeries  [][]int `json:"TimeSeries5"`
		Description string  `json:"origin"`
	}
	if err := json.Unmarshal(text, &golden); err != nil {
		t.Fatal(err)
	}
	rows := make([]row, len(golden.Class))
	for i, c := range golden.Class {
		rows[i] = row{Index: int64(i), When: float64(i), Class: c}
	}
	src := source(t, rows)
	p, err := model.NewProblem(t.Context(), src, "Class", model.ProblemOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		s    selection.Splitter
		want [][]int
	}{
		{"KFold", selection.KFold{}, golden.KFold},
		{"Stratified", selection.Stratified{}, golden.Stratified},
		{"TimeSeries", selection.TimeSeries{}, golden.TimeSeries},
		{"TimeSeries by column", selection.TimeSeries{Time: "When"}, golden.TimeSeries},
	} {
		t.Run(c.name, func(t *testing.T) {
			folds, err := c.s.Folds(t.Context(), src, p)
			if err != nil {
				t.Fatal(err)
			}
			if len(folds) != len(c.want) {
				t.Fatalf("want %d folds, got %d", len(c.want), len(folds))
			}
			for i, f := range folds {
				test, train := indices(t, f.Test), indices(t, f.Train)
				if !slices.Equal(test, c.want[i]) {
					t.Errorf("fold %d: want %v, got %v", i, c.want[i], test)
				}
				if len(test) != f.TestRows || len(train) != f.TrainRows {
					t.Errorf("fold %d: counts differ from the rows", i)
				}
				for _, r := range train {
					if slices.Contains(test, r) {
						t.Errorf("fold %d: row %d is in both parts", i, r)
					}
				}
			}
		})
	}
}

func TestShuffledFoldsCoverEveryRowOnceAndFollowTheSeed(t *testing.T) {
	rows := make([]row, 97)
	for i := range rows {
		rows[i] = row{Index: int64(i), Class: int64(i % 3)}
	}
	src := source(t, rows)
	p, err := model.NewProblem(t.Context(), src, "Class", model.ProblemOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range [][2]selection.Splitter{
		{selection.KFold{K: 4, Shuffle: true, Seed: 1}, selection.KFold{K: 4, Shuffle: true, Seed: 2}},
		{selection.Stratified{K: 4, Shuffle: true, Seed: 1}, selection.Stratified{K: 4, Shuffle: true, Seed: 2}},
	} {
		var first []int
		for i, which := range []selection.Splitter{s[0], s[0], s[1]} {
			folds, err := which.Folds(t.Context(), src, p)
			if err != nil {
				t.Fatal(err)
			}
			var all []int
			for _, f := range folds {
				all = append(all, indices(t, f.Test)...)
			}
			sorted := slices.Sorted(slices.Values(all))
			for j := range rows {
				if sorted[j] != j {
					t.Fatalf("%T: row %d is tested %d times", which, j, len(all))
				}
			}
			switch {
			case i == 0:
				first = all
			case (i == 1) != slices.Equal(first, all):
				t.Errorf("%T: run %d: same seed and same folds must go together", which, i)
			}
		}
	}
}

func TestTimesAtACutGoToTheLaterRun(t *testing.T) {
	rows := make([]row, 12)
	for i := range rows {
		rows[i] = row{Index: int64(i), When: float64(i / 4)} // 0 0 0 0 1 1 1 1 2 2 2 2; cuts at 4 and 8 of 12, and at 6 for one fold
	}
	folds, err := selection.TimeSeries{K: 1, Time: "When"}.Folds(t.Context(), source(t, rows), model.Problem{})
	if err != nil {
		t.Fatal(err)
	}
	if got := indices(t, folds[0].Test); !slices.Equal(got, []int{4, 5, 6, 7, 8, 9, 10, 11}) {
		t.Errorf("want rows 4 to 11 in the test part, got %v", got)
	}
}

func TestARowWithoutATimeIsRefused(t *testing.T) {
	rows := make([]row, 12)
	for i := range rows {
		rows[i] = row{Index: int64(i), When: float64(i)}
	}
	rows[7].When = math.NaN() // which a split of package dataset refuses too
	_, err := selection.TimeSeries{Time: "When"}.Folds(t.Context(), source(t, rows), model.Problem{})
	if !errors.Is(err, dataset.ErrSchema) || !strings.Contains(err.Error(), "row 7") {
		t.Errorf("want ErrSchema with row 7, got %v", err)
	}
}

func TestRefusedOptions(t *testing.T) {
	src := source(t, []row{{Class: 0}, {Class: 1}, {Class: 1}})
	p := model.Problem{Task: model.Binary, Target: "Class", Classes: []string{"0", "1"}}
	for _, s := range []selection.Splitter{
		selection.KFold{K: 1},
		selection.KFold{K: 4},
		selection.KFold{K: 201},
		selection.Stratified{K: -1},
		selection.TimeSeries{K: 3},
		selection.TimeSeries{K: -1},
		selection.Given{},
		selection.Given{Part: make(dataset.Assignment, 3)},
	} {
		_, err := s.Folds(t.Context(), src, p)
		var option *model.OptionError
		if !errors.As(err, &option) {
			t.Errorf("%#v: want an OptionError, got %v", s, err)
		}
	}
	if _, err := (selection.Stratified{K: 2}).Folds(t.Context(), src, p); !errors.Is(err, model.ErrTarget) {
		t.Errorf("one row of a class in two folds: want ErrTarget, got %v", err)
	}
}

type noFolds struct{}

func (noFolds) Folds(context.Context, dataset.Source, model.Problem) ([]selection.Fold, error) {
	return nil, nil
}

func TestASplitterWithoutFoldsIsRefused(t *testing.T) {
	baseline, err := dummy.New(dummy.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var option *model.OptionError
	if _, err := selection.CrossValidate(t.Context(), baseline, model.Problem{}, source(t, []row{{}}), noFolds{}); !errors.As(err, &option) {
		t.Errorf("want an OptionError, got %v", err)
	}
}

// The interval of Nadeau and Bengio by hand: folds .8 .9, mean .85, s = .0707107, t(.975, 1) = 12.7062, k = 2, test/train = 1: half = 12.7062 s sqrt(1/2 + 1).
func TestSummaryByHand(t *testing.T) {
	rows := make([]row, 20)
	for i := range rows {
		rows[i] = row{Index: int64(i)}
	}
	for _, i := range []int{0, 1, 10} { // class 1: two of the first ten rows, one of the last ten
		rows[i].Class = 1
	}
	src := source(t, rows)
	p, err := model.NewProblem(t.Context(), src, "Class", model.ProblemOptions{})
	if err != nil {
		t.Fatal(err)
	}
	baseline, err := dummy.New(dummy.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := selection.CrossValidate(t.Context(), baseline, p, src, selection.KFold{K: 2})
	if err != nil {
		t.Fatal(err)
	}
	got, ok := r.Get("accuracy")
	if !ok || !slices.Equal(got.Folds, []float64{0.8, 0.9}) {
		t.Fatalf("want accuracies 0.8 and 0.9, got %v", got.Folds)
	}
	half := 12.706204736 * math.Sqrt(0.005) * math.Sqrt(1.5)
	for _, c := range [][2]float64{{got.Mean, 0.85}, {got.Std, math.Sqrt(0.005)}, {got.Low, 0.85 - half}, {got.High, 0.85 + half}} {
		if math.Abs(c[0]-c[1]) > 1e-8 { // the table value of t has ten digits
			t.Errorf("want %g, got %g", c[1], c[0])
		}
	}
}

func ExampleKFold() {
	src, err := dataset.FromStructs([]row{{Index: 0}, {Index: 1}, {Index: 2}, {Index: 3}, {Index: 4}}, dataset.StructsOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	folds, err := selection.KFold{K: 2}.Folds(context.Background(), src, model.Problem{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range folds {
		fmt.Println(f.TrainRows, f.TestRows)
	}
	// Output:
	// 2 3
	// 3 2
}

func ExampleCrossValidate() {
	rows := make([]row, 40)
	for i := range rows {
		rows[i] = row{Index: int64(i), Class: int64(i % 4 / 3)}
	}
	src, err := dataset.FromStructs(rows, dataset.StructsOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	problem, err := model.NewProblem(context.Background(), src, "Class", model.ProblemOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	baseline, err := dummy.New(dummy.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	result, err := selection.CrossValidate(context.Background(), baseline, problem, src, selection.Stratified{K: 4})
	if err != nil {
		fmt.Println(err)
		return
	}
	accuracy, _ := result.Get("accuracy")
	fmt.Printf("%.2f ± %.2f\n", accuracy.Mean, accuracy.Std)
	// Output: 0.75 ± 0.06
}
