package dummy_test

import (
	"context"
	"fmt"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/dummy"
)

// A baseline of a classification: any model must rank better than these shares.
func ExampleEstimator_Fit() {
	type visit struct {
		Minutes float64 `ml:"name=minutes"`
		Bought  bool    `ml:"name=bought,role=target"`
	}
	ctx := context.Background()
	rows, err := dataset.FromStructs([]visit{{3, false}, {12, true}, {1, false}, {2, false}}, dataset.StructsOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	problem, err := model.NewProblem(ctx, rows, "bought", model.ProblemOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	e, err := dummy.New(dummy.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := e.Fit(ctx, model.Training{Problem: problem, Rows: rows})
	if err != nil {
		fmt.Println(err)
		return
	}
	for b := range rows.Batches(ctx) {
		out, err := p.Predict(ctx, b.Slice(0, 1))
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(out.Column(0), out.Column(1))
		out.Release()
	}
	// Output:
	// [false] [[0.75 0.25]]
}

// A bad option is refused where it is written, not in the middle of a fit.
func ExampleNew() {
	_, err := dummy.New(dummy.Options{Strategy: 7})
	fmt.Println(err)
	// Output:
	// dummy: new: option dummy.Options.Strategy: want Default, Prior, MostFrequent, Mean or Median, got 7
}
