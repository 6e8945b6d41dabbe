package encode_test

import (
	"context"
	"fmt"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/features"
	"github.com/tidewheel/tidewheel/features/encode"
)

type order struct {
	Size    string  `ml:"name=size,oneof=small|medium|large"`
	Carrier *string `ml:"name=carrier"`
}

func carrier(name string) *string { return &name }

func show(f features.Fitter) {
	ctx := context.Background()
	train, err := dataset.FromStructs([]order{{"large", carrier("UA")}, {"small", nil}, {"medium", carrier("AA")}}, dataset.StructsOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	encoded, err := f.Fit(ctx, train)
	if err != nil {
		fmt.Println(err)
		return
	}
	out, err := features.Apply(encoded, train)
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

func ExampleNewOneHot() {
	hot, err := encode.NewOneHot(encode.OneHotOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	show(hot)
	// Output:
	// size=small [0 1 0]
	// size=medium [0 0 1]
	// size=large [1 0 0]
	// carrier=AA [0 0 1]
	// carrier=UA [1 0 0]
	// carrier=<missing> [0 1 0]
}

func ExampleNewOrdinal() {
	ordinal, err := encode.NewOrdinal(encode.OrdinalOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	show(ordinal)
	// Output:
	// size [2 0 1]
	// carrier [1 (null) 0]
}
