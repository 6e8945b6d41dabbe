package dummy_test

import (
	"context"
	"errors"
	"math"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/dummy"
)

type row struct {
	X float64  `ml:"name=x"`
	S string   `ml:"name=s"`
	C int32    `ml:"name=c"`
	Y *float64 `ml:"name=y"`
	W float64  `ml:"name=w,role=weight"`
}

func rows(y, w []float64) []row {
	out := make([]row, len(y))
	for i := range y {
		out[i] = row{X: float64(i), S: "a", C: int32(y[i]), Y: &y[i], W: 1}
		if w != nil {
			out[i].W = w[i]
		}
	}
	return out
}

func training(t testing.TB, list []row, p model.Problem) model.Training {
	t.Helper()
	src, err := dataset.FromStructs(list, dataset.StructsOptions{BatchRows: 2})
	if err != nil {
		t.Fatal(err)
	}
	p.Features = []string{"x", "s"}
	return model.Training{Problem: p, Rows: src}
}

func predictor(t testing.TB, s dummy.Strategy, train model.Training) model.Predictor {
	t.Helper()
	e, err := dummy.New(dummy.Options{Strategy: s})
	if err != nil {
		t.Fatal(err)
	}
	m, err := e.Fit(t.Context(), train)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// predict returns the outputs for every row of train.
func predict(t testing.TB, m model.Predictor, train model.Training) (prediction []string, probability, raw []float64) {
	t.Helper()
	list := func(b dataset.Batch, name string) []float64 {
		if b.Schema().Index(name) < 0 {
			return nil
		}
		c, err := b.ByName(name)
		if err != nil {
			t.Fatal(err)
		}
		return c.(*array.FixedSizeList).ListValues().(*array.Float64).Float64Values()
	}
	for b, err := range train.Rows.Batches(t.Context()) {
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
		probability = append(probability, list(out, model.ProbabilityColumn)...)
		raw = append(raw, list(out, model.RawColumn)...)
		out.Release()
	}
	return prediction, probability, raw
}

// The numbers are sklearn.dummy.DummyRegressor's of scikit-learn 1.9.1 (testdata/gen/sklearn_dummy.py) where it agrees with the rule that weight 2 is a row
// twice; for a gap in the middle of weighted rows it takes the lower value, and the half-way point is by hand.
func TestRegressionPredictsTheCenter(t *testing.T) {
	y := []float64{3, 1, 2, 10}
	for _, c := range []struct {
		name     string
		strategy dummy.Strategy
		weight   []float64
		want     float64
	}{
		{"the mean by default", dummy.Default, nil, 4},
		{"the weighted mean", dummy.Mean, []float64{2, 1, 1, 2}, 4.833333333333333},
		{"the median", dummy.Median, nil, 2.5},
		{"the weighted median", dummy.Median, []float64{2, 1, 1, 2}, 3},
		{"the weighted median of a heavy row", dummy.Median, []float64{3, 1, 1, 1}, 3},
		{"half-way in a weighted gap", dummy.Median, []float64{1, 2, 1, 2}, 2.5},
		{"the median without the rows of weight 0", dummy.Median, []float64{0, 1, 1, 1}, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := model.Problem{Task: model.Regression, Target: "y"}
			if c.weight != nil {
				p.Weight = "w"
			}
			train := training(t, rows(y, c.weight), p)
			_, _, raw := predict(t, predictor(t, c.strategy, train), train)
			if len(raw) != 4 {
				t.Fatalf("want 4 rows, got %d", len(raw))
			}
			for _, v := range raw {
				if math.Abs(v-c.want) > 1e-15*math.Abs(c.want) { // one rounding of the division
					t.Errorf("want %v, got %v", c.want, v)
				}
			}
		})
	}
}

func TestConstantTargetIsPredictedExactly(t *testing.T) {
	train := training(t, rows([]float64{0.1, 0.1, 0.1}, []float64{0.3, 0.7, 0.2}), model.Problem{Task: model.Regression, Target: "y", Weight: "w"})
	for _, s := range []dummy.Strategy{dummy.Mean, dummy.Median} {
		if _, _, raw := predict(t, predictor(t, s, train), train); raw[0] != 0.1 {
			t.Errorf("want 0.1, got %v", raw[0])
		}
	}
}

// The numbers are sklearn.dummy.DummyClassifier's (testdata/gen/sklearn_dummy.py): class 0 wins the tie with class 1.
func TestClassificationPredictsTheMostFrequentClass(t *testing.T) {
	y := []float64{0, 1, 1, 2, 0}
	for _, c := range []struct {
		name     string
		strategy dummy.Strategy
		weight   []float64
		class    string
		want     []float64
	}{
		{"the shares by default", dummy.Default, nil, "0", []float64{0.4, 0.4, 0.2}},
		{"the weighted shares", dummy.Prior, []float64{1, 1, 1, 4, 1.5}, "2", []float64{0.29411764705882354, 0.23529411764705882, 0.47058823529411764}},
		{"one class for sure", dummy.MostFrequent, nil, "0", []float64{1, 0, 0}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := model.Problem{Task: model.Multiclass, Target: "c", Classes: []string{"0", "1", "2"}}
			if c.weight != nil {
				p.Weight = "w"
			}
			train := training(t, rows(y, c.weight), p)
			prediction, probability, raw := predict(t, predictor(t, c.strategy, train), train)
			if len(prediction) != 5 || len(probability) != 15 || raw != nil {
				t.Fatalf("want 5 predictions and 15 probabilities, got %d, %d and %d raw", len(prediction), len(probability), len(raw))
			}
			for i, v := range probability {
				if prediction[i/3] != c.class || v != c.want[i%3] {
					t.Errorf("row %d: want class %s of %v, got %s with %v", i/3, c.class, c.want, prediction[i/3], v)
				}
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	if _, err := dummy.New(dummy.Options{Strategy: 9}); !errors.As(err, new(*model.OptionError)) {
		t.Errorf("want an OptionError, got %v", err)
	}
	one, infinite := 1.0, math.Inf(1)
	problem := model.Problem{Task: model.Regression, Target: "y", Weight: "w"}
	for _, c := range []struct {
		name     string
		rows     []row
		problem  model.Problem
		strategy dummy.Strategy
		want     error
	}{
		{"a mean of classes", rows([]float64{1, 2}, nil), model.Problem{Task: model.Binary, Target: "c", Classes: []string{"1", "2"}}, dummy.Mean, model.ErrTarget},
		{"shares of a number", rows([]float64{1, 2}, nil), problem, dummy.Prior, model.ErrTarget},
		{"no task", rows([]float64{1, 2}, nil), model.Problem{Target: "y"}, dummy.Default, model.ErrTarget},
		{"a missing target", []row{{Y: &one, W: 1}, {W: 1}}, problem, dummy.Default, model.ErrTarget},
		{"an infinite target", []row{{Y: &infinite, W: 1}}, problem, dummy.Default, model.ErrNonFinite},
		{"a negative weight", []row{{Y: &one, W: -1}}, problem, dummy.Default, model.ErrNonFinite},
		{"only zero weights", []row{{Y: &one}}, problem, dummy.Default, model.ErrNoRows},
		{"no rows", nil, problem, dummy.Default, model.ErrNoRows},
		{"an unknown class", rows([]float64{1, 3}, nil), model.Problem{Task: model.Binary, Target: "c", Classes: []string{"1", "2"}}, dummy.Default, model.ErrTarget},
		{"an unknown target", rows([]float64{1, 3}, nil), model.Problem{Task: model.Regression, Target: "z"}, dummy.Default, dataset.ErrSchema},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, err := dummy.New(dummy.Options{Strategy: c.strategy})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := e.Fit(t.Context(), training(t, c.rows, c.problem)); !errors.Is(err, c.want) {
				t.Errorf("want %v, got %v", c.want, err)
			}
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	e, err := dummy.New(dummy.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Fit(ctx, training(t, rows([]float64{1, 2}, nil), problem)); !errors.Is(err, context.Canceled) {
		t.Errorf("want the context's error, got %v", err)
	}
}

func BenchmarkFit(b *testing.B) {
	y := make([]float64, 100_000)
	for i := range y {
		y[i] = float64(i * 7919 % 1000)
	}
	src, err := dataset.FromStructs(rows(y, nil), dataset.StructsOptions{})
	if err != nil {
		b.Fatal(err)
	}
	train := model.Training{Problem: model.Problem{Task: model.Regression, Target: "y", Features: []string{"x"}}, Rows: src}
	e, err := dummy.New(dummy.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.SetBytes(int64(8 * len(y)))
	for b.Loop() {
		if _, err := e.Fit(b.Context(), train); err != nil {
			b.Fatal(err)
		}
	}
}
