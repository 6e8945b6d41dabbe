package impute_test

import (
	"context"
	"fmt"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/features"
	"github.com/tidewheel/tidewheel/features/impute"
)

type visitor struct {
	Age *float64 `ml:"name=age,unit=year"`
}

func age(years float64) *float64 { return &years }

func ExampleNewImputer() {
	_, err := impute.NewImputer(impute.ImputerOptions{Strategy: impute.Median, Fill: 3})
	fmt.Println(err)
	// Output:
	// impute: new imputer: option impute.ImputerOptions.Fill: want 0 unless Strategy is Constant, got 3
}

func ExampleImputer_Fit() {
	ctx := context.Background()
	train, err := dataset.FromStructs([]visitor{{age(20)}, {nil}, {age(30)}, {age(70)}}, dataset.StructsOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	im, err := impute.NewImputer(impute.ImputerOptions{Strategy: impute.Median, Indicator: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	filled, err := im.Fit(ctx, train)
	if err != nil {
		fmt.Println(err)
		return
	}
	out, err := features.Apply(filled, train)
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
	// Output:
	// age [20 30 30 70]
	// age_missing [0 1 0 0]
}
