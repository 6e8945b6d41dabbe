package explain_test

import (
	"math"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/explain"
)

// TestInterventionalIsExact compares a LightGBM model's values with the definition, by its scores of every coalition of its seven columns beside each of 25 background rows:
// 1e-12 of the magnitude, for sums of some thousand numbers in another order. That the reference values of shap 0.51.0 are held to 1e-6 is due to shap, whose C code sums in float32.
func TestInterventionalIsExact(t *testing.T) {
	t.Parallel()
	ref := readReference(t).Regression
	p := lightGBM(t, "regression.txt")
	in, back := batchOf(t, p, ref.Rows), batchOf(t, p, ref.Background)
	defer in.Release()
	defer back.Release()
	e := explainer(t, p, explain.Options{Method: explain.Interventional, Background: back})
	got, err := e.Contributions(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	scorer, row := p.NewRowScorer(), dataset.NewRow(p.Signature().Input)
	for i, r := range ref.Rows {
		game := func(known int) float64 {
			sum := 0.0
			for _, b := range ref.Background {
				for j := range row.Values {
					v := b[j]
					if known>>j&1 == 1 {
						v = r[j]
					}
					row.Values[j] = dataset.Value{}
					if v != nil {
						row.Values[j] = dataset.NumberValue(*v)
					}
				}
				var out model.Output
				scorer.Score(row, &out)
				sum += out.Raw[0]
			}
			return sum / float64(len(ref.Background))
		}
		within(t, "base", e.Base()[0], game(0), 1e-12)
		total := e.Base()[0]
		for j, want := range shapley(len(r), game) {
			within(t, "value", got.Row(i, 0)[j], want, 1e-12)
			total += got.Row(i, 0)[j]
		}
		if score := got.Score(i, 0); math.Abs(total-score) > 1e-12*max(1, math.Abs(score)) {
			t.Errorf("row %d: values sum to %v, want %v", i, total, score)
		}
	}
}
