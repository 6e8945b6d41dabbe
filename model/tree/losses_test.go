package tree

import (
	"encoding/json"
	"math"
	"os"
	"runtime"
	"testing"

	"github.com/tidewheel/tidewheel/model"
)

// TestHeldOutLossesAreThoseOfLightGBM trains with each objective of a regression on the folds that LightGBM was measured on, testdata/losses.json. The tolerance is
// 2 % of the loss of LightGBM without its own constant: two trainers that break ties differently differ by about 0.5 %.
func TestHeldOutLossesAreThoseOfLightGBM(t *testing.T) {
	dir := os.Getenv("TIDEWHEEL_DATA")
	if dir == "" {
		t.Skip("TIDEWHEEL_DATA is not set")
	}
	var golden struct{ Sets map[string]goldenSet }
	var want struct {
		Cases []struct {
			Set, Objective string
			Loss           float64
		}
	}
	for file, to := range map[string]any{"testdata/accuracy.json": &golden, "testdata/losses.json": &want} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, to); err != nil {
			t.Fatal(err)
		}
	}
	delta := map[string]float64{"bike": 20, "diamond": 500, "abalone": 1}
	for _, c := range want.Cases {
		s := golden.Sets[c.Set]
		full := loadGolden(t, dir, &s)
		o := map[string]objective{
			"regression_l1": pinball{alpha: 0.5, absolute: true}, "huber": huber{delta: delta[c.Set]}, "quantile": newQuantile(BoostingOptions{Alpha: 0.9}, model.Problem{}),
			"poisson": poisson{}, "gamma": gamma{}, "tweedie": tweedie{power: 1.5},
		}[c.Objective]
		var loss, least float64
		for k := range 5 {
			var train, test []int
			for i := range full.rows {
				if s.Fold[i] == byte('0'+k) {
					test = append(test, i)
				} else {
					train = append(train, i)
				}
			}
			p := defaults()
			p.objective, p.workers = o, runtime.GOMAXPROCS(0)
			te := part(t, full, test)
			e, err := boost(t.Context(), part(t, full, train), nil, p)
			if err != nil {
				t.Fatal(err)
			}
			loss += lossOf(t, o, te, e.raw(te)) / 5
			perfect := make([]float64, te.rows) // what a model that knows the targets would have
			for i, y := range te.value {
				perfect[i] = y
				if o.traits().log {
					perfect[i] = math.Log(max(y, leastMean))
				}
			}
			least += lossOf(t, o, te, [][]float64{perfect}) / 5
		}
		d := (loss - c.Loss) / (c.Loss - least)
		t.Logf("%-8s %-14s ours %.6g lightgbm %.6g, %+.2f %%", c.Set, c.Objective, loss, c.Loss, 100*d)
		if d > 0.02 {
			t.Errorf("%s, %s: loss %.6g, want within 2 %% of %.6g", c.Set, c.Objective, loss, c.Loss)
		}
	}
}
