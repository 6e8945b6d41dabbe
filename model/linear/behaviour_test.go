package linear_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/linear"
)

// drawn returns n rows of dense, mostly zero and depending features with weights; k classes, or a number for k = 0.
func drawn(n, k int) data {
	r := rand.New(rand.NewPCG(11, 1))
	d := data{classes: k > 0}
	for range n {
		a, b := r.NormFloat64(), r.NormFloat64()*100+1e4
		hot := r.IntN(8)
		x := []float64{a, b, 0, 0, 0, 0, 0, 0, 0, 0, a + b/100}
		x[2+hot] = 1
		z := a + (b-1e4)/80 + float64(hot%3) + r.NormFloat64()
		if k > 0 {
			z = float64(min(max(int(z+1), 0), k-1))
		}
		d.x, d.y, d.weight = append(d.x, x), append(d.y, z), append(d.weight, float64(r.IntN(4)))
	}
	return d
}

func regression(t testing.TB, o linear.RegressionOptions, train model.Training) *linear.Model {
	t.Helper()
	e, err := linear.NewRegression(o)
	if err != nil {
		t.Fatal(err)
	}
	m, err := e.FitModel(t.Context(), train)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func logistic(t testing.TB, o linear.LogisticOptions, train model.Training) *linear.Model {
	t.Helper()
	e, err := linear.NewLogistic(o)
	if err != nil {
		t.Fatal(err)
	}
	m, err := e.FitModel(t.Context(), train)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// sameBits compares two fits to the bit.
func sameBits(t *testing.T, a, b *linear.Model) {
	t.Helper()
	for o := range a.Coefficients {
		if math.Float64bits(a.Intercepts[o]) != math.Float64bits(b.Intercepts[o]) {
			t.Fatalf("intercepts %v and %v", a.Intercepts[o], b.Intercepts[o])
		}
		for j, v := range a.Coefficients[o] {
			if math.Float64bits(v) != math.Float64bits(b.Coefficients[o][j]) {
				t.Fatalf("coefficients %d: %v and %v", j, v, b.Coefficients[o][j])
			}
		}
	}
}

// near compares the coefficients of two fits that differ by rounding alone, or by the solver's tolerance.
func near(t *testing.T, a, b *linear.Model, tolerance float64) {
	t.Helper()
	for o := range a.Coefficients {
		for j, v := range append([]float64{a.Intercepts[o]}, a.Coefficients[o]...) {
			w := append([]float64{b.Intercepts[o]}, b.Coefficients[o]...)[j]
			if !(math.Abs(v-w) <= tolerance*max(1, math.Abs(v))) {
				t.Errorf("output %d, number %d: %v and %v", o, j, v, w)
			}
		}
	}
}

func TestBitsDependOnTheRowsAlone(t *testing.T) {
	for _, n := range []int{300, 9000} {
		d := drawn(n, 0)
		for name, p := range map[string]linear.Penalty{"dependent features": linear.NoPenalty, "ridge": linear.L2(1)} {
			t.Run(name, func(t *testing.T) {
				a := regression(t, linear.RegressionOptions{Penalty: p, Workers: 1}, d.training(t, n))
				for _, workers := range []int{2, 7} {
					sameBits(t, a, regression(t, linear.RegressionOptions{Penalty: p, Workers: workers}, d.training(t, 1000*workers)))
				}
			})
		}
		for name, k := range map[string]int{"binary": 2, "multiclass": 3} {
			t.Run(name, func(t *testing.T) {
				d := drawn(n, k)
				a := logistic(t, linear.LogisticOptions{Workers: 1}, d.training(t, n))
				for _, workers := range []int{2, 7} {
					sameBits(t, a, logistic(t, linear.LogisticOptions{Workers: workers}, d.training(t, 1000*workers)))
				}
			})
		}
	}
}

func TestAWeightCountsRows(t *testing.T) {
	for _, k := range []int{0, 2, 3} {
		weighted := drawn(400, k)
		var repeated data
		repeated.classes = k > 0
		for i, w := range weighted.weight {
			for range int(w) {
				repeated.x, repeated.y = append(repeated.x, weighted.x[i]), append(repeated.y, weighted.y[i])
			}
		}
		if k == 0 {
			near(t, regression(t, linear.RegressionOptions{}, weighted.training(t, 100)), regression(t, linear.RegressionOptions{}, repeated.training(t, 100)), 1e-9)
			continue
		}
		o := linear.LogisticOptions{Tolerance: 1e-9} // whose optimum has about eight digits
		near(t, logistic(t, o, weighted.training(t, 100)), logistic(t, o, repeated.training(t, 100)), 1e-6)
	}
}

// A microsecond timestamp is about 2e15 and a step of a second 1e6: the plain normal equations would lose every digit.
func TestFeaturesFarFromZero(t *testing.T) {
	var d data
	for i := range 500 {
		s := float64(i % 50)
		d.x = append(d.x, []float64{2e15 + 1e6*s, float64(i % 7)})
		d.y = append(d.y, 3*s-2*float64(i%7))
	}
	m := regression(t, linear.RegressionOptions{}, d.training(t, 100))
	for i, want := range []float64{3e-6, -2} {
		if got := m.Coefficients[0][i]; math.Abs(got-want) > 1e-9*math.Abs(want) {
			t.Errorf("coefficient %d: want %v, got %v", i, want, got)
		}
	}
	for i := range d.y {
		d.y[i] = 0
		if i%50 > 25 {
			d.y[i] = 1
		}
	}
	d.classes = true
	if m := logistic(t, linear.LogisticOptions{}, d.training(t, 100)); !m.Report.Converged || m.Report.Iterations > 100 {
		t.Errorf("%+v", m.Report)
	}
}

func TestSmallAndConstantData(t *testing.T) {
	for name, d := range map[string]data{
		"one row":            {x: [][]float64{{1, 2}}, y: []float64{5}},
		"two rows":           {x: [][]float64{{1, 2}, {2, 1}}, y: []float64{5, 6}},
		"a constant feature": {x: [][]float64{{1, 2}, {1, 3}, {1, 4}}, y: []float64{5, 6, 7}},
		"a constant target":  {x: [][]float64{{1, 2}, {2, 3}, {1, 4}}, y: []float64{5, 5, 5}},
		"only zeros":         {x: [][]float64{{0, 0}, {0, 0}}, y: []float64{1, 3}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, p := range []linear.Penalty{linear.NoPenalty, linear.L2(1)} {
				m := regression(t, linear.RegressionOptions{Penalty: p}, d.training(t, 2))
				sum, want := 0.0, 0.0
				for i, x := range d.x {
					sum += m.Intercepts[0] + m.Coefficients[0][0]*x[0] + m.Coefficients[0][1]*x[1]
					want += d.y[i]
				}
				if math.Abs(sum-want) > 1e-9 { // the mean of the predictions is the mean of the target
					t.Errorf("penalty %v: want sum %v, got %v", p, want, sum)
				}
			}
		})
	}
	huge := data{x: [][]float64{{1}, {2}, {3}}, y: []float64{1e308, 1e308, -1e308}}
	if err := fitAny(t.Context(), huge.training(t, 3)); !errors.Is(err, model.ErrNonFinite) {
		t.Errorf("a target whose sums overflow: want ErrNonFinite, got %v", err)
	}
	// Two classes that a line separates: without a penalty the optimum is at infinity, and the fit ends all the same.
	d := data{x: [][]float64{{1}, {2}, {3}, {4}}, y: []float64{0, 0, 1, 1}, classes: true}
	m := logistic(t, linear.LogisticOptions{Penalty: linear.NoPenalty}, d.training(t, 4))
	if c := m.Coefficients[0][0]; !(c > 1) || math.IsInf(c, 0) {
		t.Errorf("coefficient %v", c)
	}
}

func TestNotConvergingIsReported(t *testing.T) {
	m := logistic(t, linear.LogisticOptions{MaxIterations: 2}, drawn(300, 2).training(t, 300))
	if r := m.Report; r.Converged || r.Iterations != 2 || !(r.Gradient > 1e-6) {
		t.Errorf("%+v", r)
	}
}

func TestPredictionsFollowTheCoefficients(t *testing.T) {
	for _, k := range []int{0, 2, 3} {
		d := drawn(300, k)
		train := d.training(t, 300)
		var m *linear.Model
		if k == 0 {
			m = regression(t, linear.RegressionOptions{}, train)
		} else {
			m = logistic(t, linear.LogisticOptions{}, train)
		}
		scorer, row, one := m.NewRowScorer(), dataset.NewRow(m.Signature().Input), model.Output{}
		for b, err := range train.Rows.Batches(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			out, err := m.Predict(t.Context(), b)
			if err != nil {
				t.Fatal(err)
			}
			last := out.Column(out.Schema().Len() - 1).(*array.FixedSizeList).ListValues().(*array.Float64).Float64Values()
			for i := range b.NumRows() {
				for j, v := range d.x[i] {
					row.Values[j] = dataset.NumberValue(v)
				}
				scorer.Score(row, &one)
				best := 0
				for o, raw := range one.Raw {
					want := m.Intercepts[o]
					for j, v := range d.x[i] {
						want += m.Coefficients[o][j] * v
					}
					if math.Abs(raw-want) > 1e-9 || math.Float64bits(raw) != math.Float64bits(last[i*len(one.Raw)+o]) {
						t.Fatalf("row %d: want %v, got %v by row and %v by batch", i, want, raw, last[i*len(one.Raw)+o])
					}
					if raw > one.Raw[best] {
						best = o
					}
				}
				if k == 2 && one.Raw[0] > 0 {
					best = 1
				}
				if k > 0 && one.Class != best {
					t.Fatalf("row %d: want class %d, got %d", i, best, one.Class)
				}
			}
			out.Release()
		}
	}
}

func TestFitEndsSoonAfterItsContext(t *testing.T) {
	d := drawn(30_000, 3)
	for _, k := range []int{0, 3} {
		d.classes = k > 0
		train := d.training(t, 5000)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := fitAny(ctx, train); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled before: %v", err)
		}
		took := endOf(t, train)
		for try := 1; took > time.Second && try < 5; try++ { // 100 ms are promised; the machine of a test is shared
			took = endOf(t, train)
		}
		if took > time.Second {
			t.Errorf("it took %v", took)
		}
	}
}

// endOf returns how long a fit takes whose context ends after 5 ms; 0 where it is done before.
func endOf(t *testing.T, train model.Training) time.Duration {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
	defer cancel()
	start := time.Now()
	err := fitAny(ctx, train)
	if err == nil {
		return 0
	}
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("want the context's error, got %v", err)
	}
	return time.Since(start)
}

func BenchmarkLogistic(b *testing.B) {
	d := drawn(20_000, 2)
	train := d.training(b, 5000)
	b.ReportAllocs()
	b.SetBytes(int64(8 * len(d.x) * len(d.x[0])))
	for b.Loop() {
		logistic(b, linear.LogisticOptions{}, train)
	}
}

func BenchmarkRegression(b *testing.B) {
	d := drawn(20_000, 0)
	train := d.training(b, 5000)
	for name, p := range map[string]linear.Penalty{"ridge": linear.L2(1), "dependent": linear.NoPenalty} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(8 * len(d.x) * len(d.x[0])))
			for b.Loop() {
				regression(b, linear.RegressionOptions{Penalty: p}, train)
			}
		})
	}
}
