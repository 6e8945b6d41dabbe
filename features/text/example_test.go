package text_test

import (
	"context"
	"fmt"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/features"
	"github.com/tidewheel/tidewheel/features/text"
)

type review struct {
	Stars  int64  `ml:"name=stars"`
	Review string `ml:"name=review"`
}

func show(f features.Fitter) {
	ctx := context.Background()
	train, err := dataset.FromStructs([]review{{5, "Good service, good food."}, {2, "The food was cold"}}, dataset.StructsOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	pipeline, err := features.NewPipeline(features.Step{Columns: features.Columns("review"), Fitter: f})
	if err != nil {
		fmt.Println(err)
		return
	}
	fitted, err := pipeline.Fit(ctx, train)
	if err != nil {
		fmt.Println(err)
		return
	}
	out, err := features.Apply(fitted, train)
	if err != nil {
		fmt.Println(err)
		return
	}
	for b, err := range out.Batches(ctx) {
		if err != nil {
			fmt.Println(err)
			return
		}
		for i, name := range b.Schema().Names() {
			fmt.Println(name, b.Column(i))
		}
	}
}

func ExampleNewCount() {
	count, err := text.NewCount(text.CountOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	show(count)
	// Output:
	// stars [5 2]
	// review:cold [0 1]
	// review:food [1 1]
	// review:good [2 0]
	// review:service [1 0]
	// review:the [0 1]
	// review:was [0 1]
}

func ExampleNewTFIDF() {
	tfidf, err := text.NewTFIDF(text.TFIDFOptions{MaxColumns: 2, Norm: text.NormNone})
	if err != nil {
		fmt.Println(err)
		return
	}
	show(tfidf)
	// Output:
	// stars [5 2]
	// review:food [1 1]
	// review:good [2.8109302162163288 0]
}

func ExampleNewHash() {
	hash, err := text.NewHash(text.HashOptions{Columns: 3, Norm: text.NormNone})
	if err != nil {
		fmt.Println(err)
		return
	}
	show(hash)
	// Output:
	// stars [5 2]
	// review#0 [0 -1]
	// review#1 [1 0]
	// review#2 [1 1]
}
