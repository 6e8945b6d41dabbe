package model_test

import (
	"context"
	"fmt"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/features"
	"github.com/tidewheel/tidewheel/features/encode"
	"github.com/tidewheel/tidewheel/features/scale"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/linear"
	"github.com/tidewheel/tidewheel/model/metric"
)

// loan is a row of the examples.
type loan struct {
	Income  float64 `ml:"name=income,unit=EUR"`
	Purpose string  `ml:"name=purpose,oneof=car|house|other"`
	Repaid  string  `ml:"name=repaid,role=target,oneof=no|late|yes"`
}

func loans() []loan {
	return []loan{
		{1200, "car", "no"},
		{3100, "house", "yes"},
		{900, "other", "no"},
		{2800, "car", "yes"},
		{1500, "house", "no"},
		{4000, "other", "yes"},
		{1100, "car", "no"},
		{3600, "car", "yes"},
	}
}

// The classes come in the order of the schema's OneOf, as far as they were met; the last of two is the positive one.
func ExampleNewProblem() {
	rows, err := dataset.FromStructs(loans(), dataset.StructsOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	problem, err := model.NewProblem(context.Background(), rows, "repaid", model.ProblemOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(problem.Task, problem.Classes)
	problem, err = model.NewProblem(context.Background(), rows, "repaid", model.ProblemOptions{Positive: "no"})
	fmt.Println(problem.Classes, err)
	problem, err = model.NewProblem(context.Background(), rows, "income", model.ProblemOptions{Task: model.Regression})
	fmt.Println(problem.Task, problem.Classes, err)
	// Output:
	// binary [no yes]
	// [yes no] <nil>
	// regression [] <nil>
}

// fit returns a logistic regression behind its features, and its problem.
func fit(ctx context.Context, rows dataset.Source) (model.Predictor, model.Problem, error) {
	problem, err := model.NewProblem(ctx, rows, "repaid", model.ProblemOptions{})
	if err != nil {
		return nil, problem, err
	}
	standardizer, err := scale.NewStandardizer(scale.StandardizerOptions{})
	if err != nil {
		return nil, problem, err
	}
	hot, err := encode.NewOneHot(encode.OneHotOptions{})
	if err != nil {
		return nil, problem, err
	}
	pipeline, err := features.NewPipeline(
		features.Step{Columns: features.Numeric(), Fitter: standardizer},
		features.Step{Columns: features.Categorical(), Fitter: hot},
	)
	if err != nil {
		return nil, problem, err
	}
	logistic, err := linear.NewLogistic(linear.LogisticOptions{})
	if err != nil {
		return nil, problem, err
	}
	p, err := model.Recipe{Features: pipeline, Estimator: logistic}.Fit(ctx, model.Training{Problem: problem, Rows: rows})
	return p, problem, err
}

// The predictor of a recipe takes the raw columns.
func ExampleRecipe() {
	ctx := context.Background()
	rows, err := dataset.FromStructs(loans(), dataset.StructsOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	p, _, err := fit(ctx, rows)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.Signature().Input.Names(), p.Signature().Output.Names())
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
		fmt.Println(out.Column(0))
		out.Release()
	}
	// Output:
	// [income purpose] [prediction probability raw]
	// ["no" "yes" "no" "yes" "no" "yes" "no" "yes"]
}

// A release must meet every gate; Check names all that it does not meet.
func ExampleCheck() {
	ctx := context.Background()
	rows, err := dataset.FromStructs(loans(), dataset.StructsOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	p, problem, err := fit(ctx, rows)
	if err != nil {
		fmt.Println(err)
		return
	}
	unseen, err := dataset.FromStructs([]loan{
		{1000, "house", "no"}, {3000, "car", "yes"}, {2000, "car", "yes"}, {2900, "other", "no"},
	}, dataset.StructsOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	e, err := model.Evaluate(ctx, p, problem, unseen, metric.ReportOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(model.Check(e, nil,
		model.AtLeast{Metric: "accuracy", Value: 0.9},
		model.AtLeast{Metric: "roc_auc", Value: 0.7},
		model.AtMost{Metric: "log_loss", Value: 10},
		model.NoWorse{Metric: "roc_auc", Margin: 0.01},
	))
	// Output:
	// gate: want accuracy at least 0.9, got 0.5
}

// One row at a time, without an allocation.
func ExampleRowScorer_Score() {
	rows, err := dataset.FromStructs(loans(), dataset.StructsOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	p, _, err := fit(context.Background(), rows)
	if err != nil {
		fmt.Println(err)
		return
	}
	planned, ok := p.(*model.Planned)
	if !ok {
		fmt.Println("a predictor without a plan")
		return
	}
	scorer, row := planned.NewRowScorer(), dataset.NewRow(planned.Signature().Input)
	row.Values[0], row.Values[1] = dataset.NumberValue(3000), dataset.TextValue("car")
	var out model.Output
	scorer.Score(row, &out)
	fmt.Printf("%s %d %.2f\n", out.Prediction.Text, out.Class, out.Probability)
	// Output:
	// yes 1 [0.27 0.73]
}
