package linear_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/linear"
)

// data is a training set row by row.
type data struct {
	x       [][]float64
	y       []float64
	weight  []float64
	classes bool // y is an integer class
}

// source returns d as a source of batches of at most step rows.
func (d data) source(t testing.TB, step int) *dataset.Batches {
	t.Helper()
	yType := dataset.Float64
	if d.classes {
		yType = dataset.Int64
	}
	var fields []dataset.Field
	for j := range d.x[0] {
		fields = append(fields, dataset.Field{Name: fmt.Sprintf("x%d", j), Type: dataset.Float64, Nullable: true})
	}
	fields = append(fields, dataset.Field{Name: "y", Type: yType, Role: dataset.Target}, dataset.Field{Name: "w", Type: dataset.Float64, Role: dataset.Weight})
	schema, err := dataset.NewSchema(fields...)
	if err != nil {
		t.Fatal(err)
	}
	var batches []dataset.Batch
	for lo := 0; lo < len(d.x); lo += step {
		batches = append(batches, d.batch(t, schema, lo, min(lo+step, len(d.x))))
	}
	src, err := dataset.NewBatches(schema, batches...)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range batches {
		b.Release()
	}
	t.Cleanup(func() { _ = src.Close() })
	return src
}

func (d data) batch(t testing.TB, schema *dataset.Schema, lo, hi int) dataset.Batch {
	t.Helper()
	p := len(d.x[0])
	columns := make([]arrow.Array, p+2)
	for j := range columns {
		b := array.NewFloat64Builder(memory.DefaultAllocator)
		for i := lo; i < hi; i++ {
			switch {
			case j < p:
				b.Append(d.x[i][j])
			case j == p:
				b.Append(d.y[i])
			case d.weight == nil:
				b.Append(1)
			default:
				b.Append(d.weight[i])
			}
		}
		columns[j] = b.NewArray()
		b.Release()
	}
	if d.classes {
		b := array.NewInt64Builder(memory.DefaultAllocator)
		for _, v := range d.y[lo:hi] {
			b.Append(int64(v))
		}
		columns[p].Release()
		columns[p] = b.NewArray()
		b.Release()
	}
	out, err := dataset.NewBatch(schema, columns, hi-lo)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range columns {
		c.Release()
	}
	return out
}

func (d data) training(t testing.TB, step int) model.Training {
	t.Helper()
	src := d.source(t, step)
	o := model.ProblemOptions{Task: model.Regression}
	if d.classes {
		o.Task = model.TaskUnknown
	}
	if d.weight != nil {
		o.Weight = "w"
	}
	p, err := model.NewProblem(t.Context(), src, "y", o)
	if err != nil {
		t.Fatal(err)
	}
	return model.Training{Problem: p, Rows: src}
}

// golden is testdata/sklearn_linear.json, made by testdata/gen/sklearn_linear.py with scikit-learn 1.9.1.
type golden struct {
	Diabetes struct {
		X, Z [][]float64
		Y    []float64
	}
	Iris struct {
		X [][]float64
		Y []float64
	}
	Cases []goldenCase
}

type goldenCase struct {
	Name, Data string
	Weighted   bool
	Rows       int
	Coef       [][]float64
	Intercept  []float64
}

func readGolden(t testing.TB) golden {
	t.Helper()
	text, err := os.ReadFile("testdata/sklearn_linear.json")
	if err != nil {
		t.Fatal(err)
	}
	var g golden
	if err := json.Unmarshal(text, &g); err != nil {
		t.Fatal(err)
	}
	return g
}

func (g golden) data(t testing.TB, c goldenCase) data {
	t.Helper()
	d := data{x: g.Diabetes.X, y: append([]float64(nil), g.Diabetes.Y...)}
	cycle := 3
	switch c.Data {
	case "diabetes":
	case "diabetes_z":
		d.x = g.Diabetes.Z
	case "diabetes_hi", "diabetes_z_hi":
		if c.Data == "diabetes_z_hi" {
			d.x = g.Diabetes.Z
		}
		d.classes = true
		for i, v := range d.y {
			d.y[i] = 0
			if v > 140 {
				d.y[i] = 1
			}
		}
	case "iris":
		d = data{x: g.Iris.X, y: g.Iris.Y, classes: true}
		cycle = 4
	case "iris_onehot":
		d = data{}
		for i, r := range g.Iris.X {
			row := append(append([]float64(nil), r[:3]...), 0, 0, 0)
			row[3+int(g.Iris.Y[i])] = 1
			d.x, d.y = append(d.x, row), append(d.y, r[3])
		}
	default:
		t.Fatalf("unknown data %q", c.Data)
	}
	d.x, d.y = d.x[:c.Rows], d.y[:c.Rows]
	if c.Weighted {
		for i := range d.y {
			d.weight = append(d.weight, 1+float64(i%cycle))
		}
	}
	return d
}

// fit runs the estimator that stands for the case.
func fit(t testing.TB, c goldenCase, train model.Training) *linear.Model {
	t.Helper()
	penalty := map[string]linear.Penalty{
		"ridge 1": linear.L2(1), "ridge 10 weighted": linear.L2(10), "ridge of dependent features": linear.L2(0.5),
		"logistic free": linear.NoPenalty, "logistic 0.1 without intercept": linear.L2(0.1), "logistic multinomial 5 weighted": linear.L2(5),
	}[c.Name]
	without := c.Name == "ols without intercept" || c.Name == "logistic 0.1 without intercept"
	var m *linear.Model
	if len(train.Problem.Classes) == 0 {
		e, err := linear.NewRegression(linear.RegressionOptions{Penalty: penalty, NoIntercept: without})
		if err != nil {
			t.Fatal(err)
		}
		if m, err = e.FitModel(t.Context(), train); err != nil {
			t.Fatal(err)
		}
		return m
	}
	e, err := linear.NewLogistic(linear.LogisticOptions{Penalty: penalty, NoIntercept: without})
	if err != nil {
		t.Fatal(err)
	}
	if m, err = e.FitModel(t.Context(), train); err != nil {
		t.Fatal(err)
	}
	return m
}

// The tolerance of 1e-6 is the project's for coefficients; two exact solvers agree far better, two iterative ones about as well.
func TestCoefficientsEqualScikitLearn(t *testing.T) {
	g := readGolden(t)
	for _, c := range g.Cases {
		t.Run(c.Name, func(t *testing.T) {
			m := fit(t, c, g.data(t, c).training(t, 64))
			if !m.Report.Converged {
				t.Errorf("not converged: %+v", m.Report)
			}
			worst := 0.0
			compare := func(got, want float64) {
				worst = max(worst, math.Abs(got-want)/max(1, math.Abs(want)))
			}
			for o, want := range c.Coef {
				compare(m.Intercepts[o], c.Intercept[o])
				for j, w := range want {
					compare(m.Coefficients[o][j], w)
				}
			}
			if worst > 1e-6 {
				t.Errorf("coefficients differ by %.3g\n got %v %v\nwant %v %v", worst, m.Coefficients, m.Intercepts, c.Coef, c.Intercept)
			}
			t.Logf("worst %.3g, %+v", worst, m.Report)
		})
	}
}
