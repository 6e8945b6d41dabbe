package linear_test

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/tidewheel/tidewheel/model/linear"
)

// toy is a data set of a golden directory.
type toy struct {
	X [][]float64 `json:"X"`
	Y []float64   `json:"y"`
}

// TestCoefficientsEqualGoldenFiles reads the linear models of a golden directory (scikit-learn 1.9.1), where the environment names one. Least squares and ridge
// have closed forms; the logistic ones were stopped at the tool's tolerance, which leaves about 1e-4 of a coefficient open.
func TestCoefficientsEqualGoldenFiles(t *testing.T) {
	dir := os.Getenv("TIDEWHEEL_GOLDEN")
	if dir == "" {
		t.Skip("TIDEWHEEL_GOLDEN is not set")
	}
	var models struct {
		Expected struct {
			Linreg, Ridge1 struct {
				Coef      []float64
				Intercept float64
			}
			Logreg struct {
				Coef      [][]float64
				Intercept []float64
			} `json:"logreg_C1"`
			Iris struct {
				Coef      [][]float64 `json:"coef_"`
				Intercept []float64   `json:"intercept_"`
			} `json:"logreg_multinomial_iris"`
		}
	}
	var sets struct {
		Diabetes, Iris toy
		Cancer         toy `json:"breast_cancer_std"`
	}
	readJSON(t, filepath.Join(dir, "model", "linear_models.json"), &models)
	readJSON(t, filepath.Join(dir, "model", "toy_data.json"), &sets)
	g := models.Expected
	for _, c := range []struct {
		name      string
		toy       toy
		penalty   linear.Penalty
		classes   bool
		coef      [][]float64
		intercept []float64
		tolerance float64
	}{
		{"least squares", sets.Diabetes, linear.NoPenalty, false, [][]float64{g.Linreg.Coef}, []float64{g.Linreg.Intercept}, 1e-6},
		{"ridge", sets.Diabetes, linear.L2(1), false, [][]float64{g.Ridge1.Coef}, []float64{g.Ridge1.Intercept}, 1e-6},
		{"logistic", sets.Cancer, linear.L2(1), true, g.Logreg.Coef, g.Logreg.Intercept, 1e-3},
		{"multinomial", sets.Iris, linear.L2(1), true, g.Iris.Coef, g.Iris.Intercept, 1e-3},
	} {
		t.Run(c.name, func(t *testing.T) {
			train := data{x: c.toy.X, y: c.toy.Y, classes: c.classes}.training(t, 100)
			var m *linear.Model
			if c.classes {
				m = logistic(t, linear.LogisticOptions{Penalty: c.penalty}, train)
			} else {
				m = regression(t, linear.RegressionOptions{Penalty: c.penalty}, train)
			}
			worst := 0.0
			for o, want := range c.coef {
				worst = max(worst, math.Abs(m.Intercepts[o]-c.intercept[o]))
				for j, w := range want {
					worst = max(worst, math.Abs(m.Coefficients[o][j]-w)/max(1, math.Abs(w)))
				}
			}
			t.Logf("worst %.3g, %+v", worst, m.Report)
			if !(worst <= c.tolerance) {
				t.Errorf("coefficients differ by %.3g", worst)
			}
		})
	}
}
