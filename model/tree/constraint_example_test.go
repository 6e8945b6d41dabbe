package tree_test

import (
	"context"
	"fmt"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/tree"
)

// A rent that never falls where the area rises, though the flats that were seen say so here and there.
func ExampleBoostingOptions_monotone() {
	ctx := context.Background()
	seen := flats()
	for i := range seen {
		if seen[i].Area > 40 && seen[i].Area < 50 {
			seen[i].Rent = 300 // a bargain
		}
	}
	rows, err := dataset.FromStructs(seen, dataset.StructsOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, monotone := range []map[string]int{nil, {"area": 1}} {
		estimator, err := tree.NewBoosting(tree.BoostingOptions{Monotone: monotone, Growth: tree.DepthWise, MaxDepth: 4})
		if err != nil {
			fmt.Println(err)
			return
		}
		m, err := estimator.FitModel(ctx, model.Training{Problem: model.Problem{Task: model.Regression, Target: "rent"}, Rows: rows})
		if err != nil {
			fmt.Println(err)
			return
		}
		scorer, row, out := m.NewRowScorer(), dataset.NewRow(m.Signature().Input), model.Output{}
		var rents []float64
		for area := 20.0; area < 100; area++ {
			row.Values[0], row.Values[1], row.Values[2] = dataset.NumberValue(area), dataset.TextValue("Oslo"), dataset.NumberValue(1990)
			scorer.Score(row, &out)
			rents = append(rents, out.Prediction.Number)
		}
		falls := 0
		for i := 1; i < len(rents); i++ {
			if rents[i] < rents[i-1] {
				falls++
			}
		}
		fmt.Println("falls:", falls > 0)
	}
	// Output:
	// falls: true
	// falls: false
}
