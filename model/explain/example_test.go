package explain_test

import (
	"context"
	"fmt"
	"os"
	"slices"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/explain"
	"github.com/tidewheel/tidewheel/model/interchange"
	"github.com/tidewheel/tidewheel/model/linear"
	"github.com/tidewheel/tidewheel/model/tree"
)

// The contributions of a LightGBM file's features and the base add up to its raw score.
func ExampleExplainer_Contributions() {
	file, err := os.Open("testdata/plain.txt")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer file.Close()
	p, err := interchange.LightGBM(file, interchange.LightGBMOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	e, err := explain.New(p, explain.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	type features struct {
		A float64 `ml:"name=Column_0"`
		B float64 `ml:"name=Column_1"`
		C float64 `ml:"name=Column_2"`
		D float64 `ml:"name=Column_3"`
	}
	rows, err := dataset.FromStructs([]features{{1.5, 0.2, 1.4, 1}}, dataset.StructsOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for batch, err := range rows.Batches(context.Background()) {
		if err != nil {
			fmt.Println(err)
			return
		}
		c, err := e.Contributions(context.Background(), batch)
		if err != nil {
			fmt.Println(err)
			return
		}
		sum := c.Base[0]
		fmt.Printf("base %.3f\n", c.Base[0])
		for g, v := range c.Row(0, 0) {
			fmt.Printf("%s %+.3f\n", c.Groups[g].Name(), v)
			sum += v
		}
		fmt.Printf("sum %.3f, score %.3f\n", sum, c.Score(0, 0))
	}
	// Output:
	// base 1.206
	// Column_0 +2.211
	// Column_1 -0.008
	// Column_2 -0.165
	// Column_3 +0.001
	// sum 3.245, score 3.245
}

// Reasons in words beside a score. The salary is personal, so its value is used and not told.
func ExampleReasoner_Reasons() {
	type applicant struct {
		Salary  float64 `ml:"name=salary,personal"`
		Debt    float64 `ml:"name=debt,unit=EUR"`
		Years   float64 `ml:"name=years"`
		Granted float64 `ml:"name=limit,role=target"`
	}
	ctx := context.Background()
	rows, err := dataset.FromStructs([]applicant{
		{2000, 500, 1, 2500}, {3000, 0, 2, 4200}, {4000, 2000, 8, 4800}, {2500, 1000, 4, 2900}, {5000, 500, 3, 6800}, {3500, 1500, 0, 3500},
	}, dataset.StructsOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	estimator, err := linear.NewRegression(linear.RegressionOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := estimator.Fit(ctx, model.Training{Problem: model.Problem{Task: model.Regression, Target: "limit", Features: []string{"salary", "debt", "years"}}, Rows: rows})
	if err != nil {
		fmt.Println(err)
		return
	}
	for background, err := range rows.Batches(ctx) {
		if err != nil {
			fmt.Println(err)
			return
		}
		e, err := explain.New(p, explain.Options{Background: background})
		if err != nil {
			fmt.Println(err)
			return
		}
		r, err := e.NewReasoner(explain.ReasonOptions{Top: 2, Templates: map[string]string{"debt": "{value} {unit} of {column} {direction} the limit by {contribution}"}})
		if err != nil {
			fmt.Println(err)
			return
		}
		row := dataset.NewRow(p.Signature().Input)
		row.Values[0], row.Values[1], row.Values[2] = dataset.NumberValue(2600), dataset.NumberValue(1900), dataset.NumberValue(3)
		for _, reason := range r.Reasons(row, 0) {
			fmt.Println(r.Text(row, reason))
		}
	}
	// Output:
	// salary = (withheld) lowers the score by 1.02e+03
	// 1900 EUR of debt lowers the limit by 781
}

// What would have to be otherwise for the answer to be another: income is an integer between 0 and 20,000, and debt is not for change.
func ExampleFindCounterfactual() {
	p, row, err := loanExample()
	if err != nil {
		fmt.Println(err)
		return
	}
	want, low, high := 1.0, 0.0, 20_000.0
	c, err := explain.FindCounterfactual(context.Background(), p, row, explain.CounterfactualOptions{
		AtLeast: &want, Allow: []explain.Allow{{Column: "income", Low: &low, High: &high}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, change := range c.Changes {
		fmt.Printf("%s from %g to %g: %.1f\n", change.Column, change.From.Number, change.To.Number, c.Answer)
	}
	// Output:
	// income from 3000 to 5000: 1.0
}

// How much worse a fitted model gets when a column's values are shuffled, beside what the splits of its trees took off the loss.
func ExamplePermutationImportance() {
	ctx := context.Background()
	rows, err := dataset.FromStructs(trips(600), dataset.StructsOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	estimator, err := tree.NewBoosting(tree.BoostingOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	m, err := estimator.FitModel(ctx, model.Training{Problem: model.Problem{Task: model.Regression, Target: "price"}, Rows: rows})
	if err != nil {
		fmt.Println(err)
		return
	}
	for unseen, err := range rows.Batches(ctx) { // rows that training did not see are better
		if err != nil {
			fmt.Println(err)
			return
		}
		im, err := explain.PermutationImportance(ctx, m, m.Problem(), unseen, explain.ImportanceOptions{Seed: 1})
		if err != nil {
			fmt.Println(err)
			return
		}
		for i, c := range im.Ranked() {
			at := slices.Index(m.Features, c.Column)
			fmt.Printf("%d. %s: used: %t, missed: %t\n", i+1, c.Column, m.Splits[at] > 0 && m.Gain[at] > 0, c.Low > im.Baseline)
		}
	}
	// Output:
	// 1. distance: used: true, missed: true
	// 2. origin: used: true, missed: true
	// 3. stops: used: true, missed: true
}
