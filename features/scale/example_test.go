package scale_test

import (
	"context"
	"fmt"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/features"
	"github.com/tidewheel/tidewheel/features/scale"
)

type parcel struct {
	Weight float64 `ml:"name=weight,unit=kg"`
}

func show(f features.Fitter) {
	ctx := context.Background()
	train, err := dataset.FromStructs([]parcel{{1}, {3}, {5}, {7}}, dataset.StructsOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	scaled, err := f.Fit(ctx, train)
	if err != nil {
		fmt.Println(err)
		return
	}
	out, err := features.Apply(scaled, train)
	if err != nil {
		fmt.Println(err)
		return
	}
	for b, err := range out.Batches(ctx) {
		if err != nil {
			fmt.Println(err)
			return
		}
		v := make([]float64, b.NumRows())
		if err := dataset.Float64s(b.Column(0), v); err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%.3f\n", v)
	}
}

func ExampleNewStandardizer() {
	st, err := scale.NewStandardizer(scale.StandardizerOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	show(st)
	// Output:
	// [-1.342 -0.447 0.447 1.342]
}

func ExampleNewMinMax() {
	m, err := scale.NewMinMax(scale.MinMaxOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	show(m)
	// Output:
	// [0.000 0.333 0.667 1.000]
}
