package linear_test

import (
	"context"
	"fmt"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/linear"
)

// A straight line through four points, with its coefficients.
func ExampleRegression_FitModel() {
	type flat struct {
		Area float64 `ml:"name=area,unit=m2"`
		Rent float64 `ml:"name=rent,role=target,unit=EUR"`
	}
	ctx := context.Background()
	rows, err := dataset.FromStructs([]flat{{30, 460}, {50, 640}, {70, 860}, {90, 1040}}, dataset.StructsOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	e, err := linear.NewRegression(linear.RegressionOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	m, err := e.FitModel(ctx, model.Training{Problem: model.Problem{Task: model.Regression, Target: "rent"}, Rows: rows})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("rent = %.2f + %.2f %s\n", m.Intercepts[0], m.Coefficients[0][0], m.Features[0])
	// Output:
	// rent = 162.00 + 9.80 area
}

// A classification of rows, with the probability of each class in the order of the problem.
func ExampleLogistic_Fit() {
	type mail struct {
		Links float64 `ml:"name=links"`
		Kind  string  `ml:"name=kind,role=target"`
	}
	ctx := context.Background()
	rows, err := dataset.FromStructs([]mail{{0, "ham"}, {1, "ham"}, {2, "ham"}, {2, "spam"}, {7, "spam"}, {9, "spam"}}, dataset.StructsOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	problem, err := model.NewProblem(ctx, rows, "kind", model.ProblemOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	e, err := linear.NewLogistic(linear.LogisticOptions{Penalty: linear.L2(0.1)})
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := e.Fit(ctx, model.Training{Problem: problem, Rows: rows})
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
		fmt.Println(problem.Classes, out.Column(0))
		out.Release()
	}
	// Output:
	// [ham spam] ["ham" "ham" "ham" "ham" "spam" "spam"]
}

// Every bad option is named at once, where the estimator is made.
func ExampleNewLogistic() {
	_, err := linear.NewLogistic(linear.LogisticOptions{Penalty: linear.L2(-1), MaxIterations: -5})
	fmt.Println(err)
	// Output:
	// linear: new logistic: option linear.LogisticOptions.Penalty: want a finite strength of at least 0, got -1
	// option linear.LogisticOptions.MaxIterations: want 0 or more, got -5
}
