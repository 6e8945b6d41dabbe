package tidewheel_test

import (
	"context"
	"fmt"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/tree"
	"github.com/tidewheel/tidewheel/registry"
	"github.com/tidewheel/tidewheel/serve"
)

type Payment struct { // the rules of every stage
	Amount  float64 `ml:"unit=EUR,min=0,max=5000"`
	Country string  `ml:"oneof=DE|FR|US"`
	Fraud   bool    `ml:"role=target"`
}

func Example() {
	ctx, rows := context.Background(), make([]Payment, 1000)
	for i := range rows {
		rows[i] = Payment{float64(i * 37 % 5000), []string{"DE", "FR", "US"}[i%3], i*37%5000 > 3000 && i%3 == 2}
	}
	src := must(dataset.FromStructs(rows, dataset.StructsOptions{}))
	problem := must(model.NewProblem(ctx, src, "Fraud", model.ProblemOptions{}))
	fitted := must(must(tree.NewBoosting(tree.BoostingOptions{})).Fit(ctx, model.Training{Problem: problem, Rows: src}))
	bundle := must(registry.Seal(registry.Contents{Name: "fraud", Model: fitted, Schema: src.Schema()}))
	scorer := must(serve.New[Payment](bundle, serve.Options{}))
	p := must(scorer.Score(ctx, Payment{Amount: 4000, Country: "US"}))
	_, err := scorer.Score(ctx, Payment{Amount: 4000, Country: "XX"})
	fmt.Printf("%s %.3f\n%v\n", p.Class, p.Probability, err)
	// Output:
	// true [0.000 1.000]
	// serve: 1 of 1 rows refused; row 0, field "Country": one_of
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
