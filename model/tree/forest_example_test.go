package tree_test

import (
	"context"
	"fmt"

	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/tree"
)

// A random forest with the score of the rows that its trees did not draw, and what each column was worth.
func ExampleNewRandomForest() {
	ctx := context.Background()
	rows, err := dataset.FromStructs(flats(), dataset.StructsOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	problem, err := model.NewProblem(ctx, rows, "rent", model.ProblemOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	estimator, err := tree.NewRandomForest(tree.ForestOptions{Trees: 50, OutOfBag: true, Seed: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	forest, err := estimator.FitModel(ctx, model.Training{Problem: problem, Rows: rows})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("R² out of the bag: %.3f\n", forest.Report.OutOfBag)
	for i, name := range forest.Features {
		fmt.Printf("%s: %.2f of the squared error\n", name, forest.Impurity[i])
	}
	// Output:
	// R² out of the bag: 0.995
	// area: 0.78 of the squared error
	// town: 0.21 of the squared error
	// year: 0.01 of the squared error
}

// Nine of ten rents of flats like these are above the first quantile and nine of ten below the second.
func ExampleForestOptions_quantiles() {
	ctx := context.Background()
	rows, err := dataset.FromStructs(flats(), dataset.StructsOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	problem := model.Problem{Task: model.Regression, Target: "rent", Features: []string{"area"}}
	estimator, err := tree.NewRandomForest(tree.ForestOptions{Quantiles: []float64{0.1, 0.9}, MinLeafRows: 20, Seed: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	predictor, err := estimator.Fit(ctx, model.Training{Problem: problem, Rows: rows})
	if err != nil {
		fmt.Println(err)
		return
	}
	printAnswers(ctx, predictor, []flat{{Area: 50}}, "rent %.0f, from %.0f to %.0f\n")
	// Output:
	// rent 570, from 470 to 765
}

// A flat of 20,000 square metres from the year 1400, in a town that nobody knows, is unlike the others.
func ExampleNewIsolationForest() {
	ctx := context.Background()
	rows, err := dataset.FromStructs(flats(), dataset.StructsOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	estimator, err := tree.NewIsolationForest(tree.IsolationOptions{Contamination: 0.01, Seed: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	problem := model.Problem{Task: model.Anomaly, Features: []string{"area", "town", "year"}}
	predictor, err := estimator.Fit(ctx, model.Training{Problem: problem, Rows: rows})
	if err != nil {
		fmt.Println(err)
		return
	}
	year, old := 1980.0, 1400.0
	printAnswers(ctx, predictor, []flat{{Area: 60, Town: "Oslo", Year: &year}, {Area: 20_000, Town: "Atlantis", Year: &old}}, "anomaly %.0f, score %.2f\n")
	// Output:
	// anomaly 0, score 0.49
	// anomaly 1, score 0.63
}

// printAnswers prints the prediction and the raw scores of each row.
func printAnswers(ctx context.Context, p model.Predictor, flats []flat, form string) {
	rows, err := dataset.FromStructs(flats, dataset.StructsOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for b, err := range rows.Batches(ctx) {
		if err != nil {
			fmt.Println(err)
			return
		}
		out, err := p.Predict(ctx, b)
		if err != nil {
			fmt.Println(err)
			return
		}
		defer out.Release()
		prediction, _ := out.Column(0).(*array.Float64)
		list, _ := out.Column(1).(*array.FixedSizeList)
		raw, _ := list.ListValues().(*array.Float64)
		for i := range out.NumRows() {
			values := []any{prediction.Value(i)}
			from, to := list.ValueOffsets(i)
			for _, v := range raw.Float64Values()[from:to] {
				values = append(values, v)
			}
			fmt.Printf(form, values...)
		}
	}
}
