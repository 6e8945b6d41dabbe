package tree_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/tree"
)

// trip is a row with every kind of column that trees read.
type trip struct {
	Distance float64   `ml:"name=distance"`
	Delay    *float64  `ml:"name=delay"`
	Night    bool      `ml:"name=night"`
	Day      time.Time `ml:"name=day,type=date32"`
	Carrier  *string   `ml:"name=carrier"`
	Zone     string    `ml:"name=zone,oneof=north|south|west,unseen=other"`
	Fare     float64   `ml:"name=fare,role=key"`
	Class    string    `ml:"name=class,role=key"`
	Late     bool      `ml:"name=late,role=key"`
	Weight   float64   `ml:"name=weight,role=weight"`
}

var carriers = []string{"AA", "BB", "CC", "DD", "EE", "FF"}

func trips(n int, seed uint64) []trip {
	r := rand.New(rand.NewPCG(seed, 1))
	out := make([]trip, n)
	for i := range out {
		t := &out[i]
		t.Distance = math.Round(r.Float64()*2000) / 2
		t.Night = r.IntN(3) == 0
		t.Day = time.Date(2026, 1, 1+r.IntN(365), 0, 0, 0, 0, time.UTC)
		t.Zone = []string{"north", "south", "west", "elsewhere"}[r.IntN(4)]
		t.Weight = float64(1 + r.IntN(3))
		effect := 2.0
		if r.IntN(5) > 0 {
			k := r.IntN(len(carriers))
			effect = float64(k * 5 % 6)
			t.Carrier = &carriers[k]
		}
		z := t.Distance/200 + effect
		if r.IntN(4) > 0 {
			d := math.Round(r.NormFloat64() * 10)
			t.Delay = &d
			z += d / 10
		} else {
			z += 3
		}
		if t.Night {
			z += 2
		}
		z += map[string]float64{"north": 0, "south": 2, "west": 4, "elsewhere": -4}[t.Zone]
		z += math.Abs(float64(t.Day.YearDay()-180)) / 60
		t.Fare = z + r.NormFloat64()*0.3
		t.Class = []string{"low", "middle", "high"}[min(max(int(t.Fare/5), 0), 2)]
		t.Late = t.Fare > 9
	}
	return out
}

func source[T any](t testing.TB, rows []T) dataset.Source {
	t.Helper()
	src, err := dataset.FromStructs(rows, dataset.StructsOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return src
}

var features = []string{"distance", "delay", "night", "day", "carrier", "zone"}

func training(t testing.TB, rows []trip, target string) model.Training {
	t.Helper()
	src := source(t, rows)
	p, err := model.NewProblem(t.Context(), src, target, model.ProblemOptions{Features: features})
	if err != nil {
		t.Fatal(err)
	}
	return model.Training{Problem: p, Rows: src}
}

func boosting(t testing.TB, o tree.BoostingOptions) *tree.Boosting {
	t.Helper()
	e, err := tree.NewBoosting(o)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// predict returns the output columns of the rows, as numbers: the prediction of a number, the probabilities and the raw scores, row by row.
func predict(t testing.TB, m model.Predictor, src dataset.Source) (prediction []string, probability, raw []float64) {
	t.Helper()
	for b, err := range src.Batches(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		out, err := m.Predict(t.Context(), b)
		if err != nil {
			t.Fatal(err)
		}
		for i := range out.NumRows() {
			prediction = append(prediction, out.Column(0).ValueStr(i))
		}
		for j := 1; j < out.Schema().Len(); j++ {
			values := out.Column(j).(*array.FixedSizeList).ListValues().(*array.Float64).Float64Values()
			if out.Schema().Field(j).Name == model.RawColumn {
				raw = append(raw, values...)
			} else {
				probability = append(probability, values...)
			}
		}
		out.Release()
	}
	return prediction, probability, raw
}

func TestBoostingLearnsEachTask(t *testing.T) {
	train, test := trips(3000, 1), trips(1000, 2)
	for _, target := range []string{"fare", "late", "class"} {
		m, err := boosting(t, tree.BoostingOptions{Workers: 2}).FitModel(t.Context(), training(t, train, target))
		if err != nil {
			t.Fatal(err)
		}
		prediction, probability, raw := predict(t, m, source(t, test))
		right, square := 0, 0.0
		for i, row := range test {
			switch target {
			case "fare":
				d := raw[i] - row.Fare
				square += d * d
			case "late":
				if prediction[i] == fmt.Sprint(row.Late) {
					right++
				}
			default:
				if prediction[i] == row.Class {
					right++
				}
			}
		}
		// The noise has a standard deviation of 0.3, the target one of 4.
		if target == "fare" && math.Sqrt(square/float64(len(test))) > 0.8 {
			t.Errorf("RMSE %v, want at most 0.8", math.Sqrt(square/float64(len(test))))
		}
		if target != "fare" && right < 900 {
			t.Errorf("%s: %d of 1000 right, want at least 900", target, right)
		}
		if k := len(m.Problem().Classes); len(probability) != k*len(test) {
			t.Errorf("%s: %d probabilities, want %d a row", target, len(probability), k)
		}
		for j, name := range m.Features {
			if name != features[j] || m.Gain[j] <= 0 || m.Splits[j] == 0 {
				t.Errorf("%s: column %s has gain %v and %d splits, want both above 0", target, name, m.Gain[j], m.Splits[j])
			}
		}
	}
}

func TestWorkersAndBatchesDoNotChangeThePlan(t *testing.T) {
	tr := training(t, trips(18_000, 3), "class")
	var first []byte
	for _, workers := range []int{1, 2, 5} {
		m, err := boosting(t, tree.BoostingOptions{Trees: 5, RowFraction: 0.8, FeatureFraction: 0.8, Workers: workers}).FitModel(t.Context(), tr)
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
			t.Errorf("%d workers: another plan than with one", workers)
		}
	}
	other, err := boosting(t, tree.BoostingOptions{Trees: 5, RowFraction: 0.8, FeatureFraction: 0.8, Seed: 1}).FitModel(t.Context(), tr)
	if err != nil {
		t.Fatal(err)
	}
	if text, _ := other.Plan().Encode(); bytes.Equal(first, text) {
		t.Error("another seed gives the same plan")
	}
}

func TestRowsOfWeightZeroAreNotThere(t *testing.T) {
	rows := trips(2000, 4)
	var kept []trip
	for i := range rows {
		if i%3 == 0 {
			rows[i].Weight = 0
		} else {
			kept = append(kept, rows[i])
		}
	}
	var plans [2][]byte
	for i, list := range [][]trip{rows, kept} {
		tr := training(t, list, "fare")
		tr.Problem.Weight = "weight"
		m, err := boosting(t, tree.BoostingOptions{Trees: 10}).FitModel(t.Context(), tr)
		if err != nil {
			t.Fatal(err)
		}
		if plans[i], err = m.Plan().Encode(); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(plans[0], plans[1]) {
		t.Error("rows of weight 0 change the plan")
	}
}

func TestEarlyStoppingReadsTheValidationRows(t *testing.T) {
	tr := training(t, trips(1000, 5), "late")
	held := trips(500, 6)
	for i := range held { // a category that training has not seen, in another order of vocabulary
		if i%50 == 0 {
			name := "0 new"
			held[i].Carrier = &name
		}
	}
	for _, validation := range []dataset.Source{nil, source(t, held)} {
		tr.Validation = validation
		m, err := boosting(t, tree.BoostingOptions{Trees: 2000, LearningRate: 0.3, EarlyStopping: 10}).FitModel(t.Context(), tr)
		if err != nil {
			t.Fatal(err)
		}
		r := m.Report
		if r.Rounds >= 1990 || len(r.Validation) != r.Rounds+10 {
			t.Errorf("%d rounds kept of %d, want the best one, 10 before the end", r.Rounds, len(r.Validation))
		}
		if validation == nil {
			continue
		}
		_, p, _ := predict(t, m, validation)
		loss := 0.0
		for i, row := range held {
			k := 0
			if row.Late {
				k = 1
			}
			loss -= math.Log(p[2*i+k]) / float64(len(held))
		}
		if math.Abs(loss-r.Validation[r.Rounds-1]) > 1e-9 { // one link from math.Exp, the other from internal/num
			t.Errorf("log loss of the predictions %v, want %v as reported", loss, r.Validation[r.Rounds-1])
		}
	}
}

func TestManyCategories(t *testing.T) {
	type row struct {
		City  string  `ml:"name=city"`
		Value float64 `ml:"name=value,role=target"`
	}
	var rows []row
	for i := range 400 { // city i has about 100-i/4 rows
		for range 101 - i/4 {
			rows = append(rows, row{fmt.Sprintf("city %03d", i), float64(i % 7)})
		}
	}
	src := source(t, rows)
	p, err := model.NewProblem(t.Context(), src, "value", model.ProblemOptions{Task: model.Regression})
	if err != nil {
		t.Fatal(err)
	}
	m, err := boosting(t, tree.BoostingOptions{}).FitModel(t.Context(), model.Training{Problem: p, Rows: src})
	if err != nil {
		t.Fatal(err)
	}
	ask := source(t, []row{{"city 002", 0}, {"city 399", 0}, {"city 398", 0}, {"nowhere", 0}, {"", 0}})
	_, _, raw := predict(t, m, ask)
	if math.Abs(raw[0]-2) > 0.2 {
		t.Errorf("a frequent city scores %v, want about 2", raw[0])
	}
	if raw[1] != raw[2] || raw[2] != raw[3] || raw[3] != raw[4] {
		t.Errorf("rare and unseen cities score %v, want all the same", raw[1:])
	}
}

func TestOptionsAreAllChecked(t *testing.T) {
	nan := math.NaN()
	bad := tree.BoostingOptions{
		Trees: -1, LearningRate: 1.5, Leaves: 1, MaxDepth: -1, MinLeafRows: -1, MinLeafHessian: nan, MaxBins: 256, L1: -1, L2: math.Inf(1), MinGain: nan,
		FeatureFraction: 1.1, RowFraction: -0.5, EarlyStopping: -1, ValidationFraction: 1, Workers: -1,
	}
	_, err := tree.NewBoosting(bad)
	if err == nil || !strings.HasPrefix(err.Error(), "tree: new boosting: ") {
		t.Errorf("error %v, want the package and the operation first", err)
	}
	var joined interface{ Unwrap() []error }
	if !errors.As(err, &joined) {
		t.Fatalf("error %v, want joined errors", err)
	}
	var fields []string
	for _, e := range joined.Unwrap() {
		var o *model.OptionError
		if !errors.As(e, &o) {
			t.Fatalf("error %v, want an OptionError", e)
		}
		fields = append(fields, o.Field)
	}
	want := []string{
		"Trees", "LearningRate", "Leaves", "MaxDepth", "MinLeafRows", "MinLeafHessian", "MaxBins", "L1", "L2", "MinGain", "FeatureFraction", "RowFraction",
		"EarlyStopping", "ValidationFraction", "Workers",
	}
	for i := range want {
		want[i] = "tree.BoostingOptions." + want[i]
	}
	if !slices.Equal(fields, want) {
		t.Errorf("refused %v, want %v", fields, want)
	}
}

func TestWhatCannotBeLearntIsRefused(t *testing.T) {
	rows := trips(100, 7)
	same := slices.Clone(rows)
	for i := range same {
		same[i].Late = true
	}
	huge := slices.Clone(rows)
	huge[3].Fare = 1e200
	infinite := slices.Clone(rows)
	infinite[3].Distance = math.Inf(1)
	classes := training(t, rows, "late").Problem
	fare := training(t, rows, "fare").Problem
	unknown := fare
	unknown.Task = model.TaskUnknown
	absent := fare
	absent.Features = []string{"speed"}
	cases := []struct {
		name    string
		problem model.Problem
		rows    []trip
		want    error
	}{
		{"one class", classes, same, model.ErrTarget},
		{"no task", unknown, rows, model.ErrTarget},
		{"no rows", fare, nil, model.ErrNoRows},
		{"huge target", fare, huge, model.ErrNonFinite},
		{"infinite feature", fare, infinite, model.ErrNonFinite},
		{"unknown column", absent, rows, dataset.ErrSchema},
	}
	for _, c := range cases {
		_, err := boosting(t, tree.BoostingOptions{}).Fit(t.Context(), model.Training{Problem: c.problem, Rows: source(t, c.rows)})
		if !errors.Is(err, c.want) {
			t.Errorf("%s: error %v, want %v", c.name, err, c.want)
		}
	}
}

func TestCancelledFitReturnsTheContextsError(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := boosting(t, tree.BoostingOptions{}).Fit(ctx, training(t, trips(100, 8), "fare")); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
}

func TestOneEstimatorFitsAndPredictsConcurrently(t *testing.T) {
	e := boosting(t, tree.BoostingOptions{Trees: 5, Workers: 2})
	rows := trips(500, 9)
	tr := training(t, rows, "fare")
	var wg sync.WaitGroup
	raws := make([][]float64, 4)
	for i := range raws {
		wg.Go(func() {
			m, err := e.Fit(t.Context(), tr)
			if err != nil {
				t.Error(err)
				return
			}
			_, _, raws[i] = predict(t, m, source(t, rows))
		})
	}
	wg.Wait()
	for i := range raws {
		if !slices.Equal(raws[i], raws[0]) {
			t.Error("two fits of the same rows predict differently")
		}
	}
}
