package tree_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/tree"
)

// rents is a regression on the flats.
func rents() model.Training {
	rows, err := dataset.FromStructs(flats(), dataset.StructsOptions{})
	if err != nil {
		return model.Training{} // which Fit refuses
	}
	return model.Training{Problem: model.Problem{Task: model.Regression, Target: "rent"}, Rows: rows}
}

// logCosh is a smooth absolute error: the logarithm of the hyperbolic cosine of the distance, in units of 100 EUR.
type logCosh struct{}

// Gradients implements tree.ObjectiveFunction.
func (logCosh) Gradients(rows tree.Labels, g, h [][]float64) {
	for i, score := range rows.Scores[0] {
		t := math.Tanh((score - rows.Targets[i]) / 100)
		w := 1.0
		if rows.Weights != nil {
			w = rows.Weights[i]
		}
		g[0][i], h[0][i] = w*t, w*max((1-t*t)/100, 1e-4)
	}
}

// A loss of the host's own.
func ExampleObjectiveFunction() {
	estimator, err := tree.NewBoosting(tree.BoostingOptions{Trees: 300, Custom: logCosh{}, MinLeafHessian: 1e-6})
	if err != nil {
		fmt.Println(err)
		return
	}
	training := rents()
	m, err := estimator.FitModel(context.Background(), training)
	if err != nil {
		fmt.Println(err)
		return
	}
	for b, err := range training.Rows.Batches(context.Background()) {
		if err != nil {
			fmt.Println(err)
			return
		}
		out, err := m.Predict(context.Background(), b)
		if err != nil {
			fmt.Println(err)
			return
		}
		rent := make([]float64, out.NumRows())
		err = dataset.Float64s(out.Column(0), rent)
		out.Release()
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("about %.0f0 EUR for a flat of %.0f EUR\n", rent[1]/10, flats()[1].Rent)
	}
	// Output:
	// about 330 EUR for a flat of 315 EUR
}

// A training that ends within its third round is taken up from its file by the next one, and then more trees grow on the model.
func ExampleCheckpointOptions() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "training")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	options := tree.BoostingOptions{Trees: 5, Checkpoint: tree.CheckpointOptions{Path: filepath.Join(dir, "rents.json"), Every: 1}}
	power := errors.New("the power is cut")
	for _, cut := range []int{3, 0} {
		options.OnRound = func(_ context.Context, r tree.Round) error {
			fmt.Printf("round %d of %d: loss %.0f\n", r.Number, r.Of, r.Training)
			if r.Number == cut {
				return power
			}
			return nil
		}
		estimator, err := tree.NewBoosting(options)
		if err != nil {
			fmt.Println(err)
			return
		}
		m, err := estimator.FitModel(ctx, rents())
		if errors.Is(err, power) {
			fmt.Println(err)
			continue
		}
		if err != nil {
			fmt.Println(err)
			return
		}
		options = tree.BoostingOptions{Trees: 100, Continue: m}
	}
	more, err := tree.NewBoosting(options)
	if err != nil {
		fmt.Println(err)
		return
	}
	m, err := more.FitModel(ctx, rents())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(m.Report.Rounds, "rounds more")
	// Output:
	// round 1 of 5: loss 77863
	// round 2 of 5: loss 63405
	// round 3 of 5: loss 51687
	// tree: fit boosting: round 3: the power is cut
	// round 3 of 5: loss 51687
	// round 4 of 5: loss 42129
	// round 5 of 5: loss 34370
	// 100 rounds more
}
