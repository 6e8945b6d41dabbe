package features_test

import (
	"context"
	"fmt"
	"time"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/features"
	"github.com/tidewheel/tidewheel/features/datetime"
	"github.com/tidewheel/tidewheel/features/encode"
	"github.com/tidewheel/tidewheel/features/impute"
)

type flight struct {
	Origin    string    `ml:"name=origin,oneof=EWR|JFK|LGA"`
	Departure time.Time `ml:"name=departure"`
	Distance  *float64  `ml:"name=distance,unit=mile"`
	Late      bool      `ml:"name=late,role=target"`
}

func miles(x float64) *float64 { return &x }

func ExamplePipeline() {
	ctx := context.Background()
	train, err := dataset.FromStructs([]flight{
		{"JFK", time.Date(2013, 7, 4, 18, 30, 0, 0, time.UTC), miles(2475), true},
		{"LGA", time.Date(2013, 1, 9, 6, 5, 0, 0, time.UTC), nil, false},
	}, dataset.StructsOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	parts, err := datetime.NewParts(datetime.PartsOptions{Parts: []datetime.Part{datetime.Month}})
	if err != nil {
		fmt.Println(err)
		return
	}
	imputer, err := impute.NewImputer(impute.ImputerOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	hot, err := encode.NewOneHot(encode.OneHotOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	pipeline, err := features.NewPipeline(
		features.Step{Columns: features.Temporal(), Fitter: parts},
		features.Step{Columns: features.Numeric(), Fitter: imputer},
		features.Step{Columns: features.Categorical(), Fitter: hot},
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	fitted, err := pipeline.Fit(ctx, train)
	if err != nil {
		fmt.Println(err)
		return
	}
	made, err := features.Apply(fitted, train)
	if err != nil {
		fmt.Println(err)
		return
	}
	for b, err := range made.Batches(ctx) {
		if err != nil {
			fmt.Println(err)
			return
		}
		for i, name := range b.Schema().Names() {
			fmt.Println(name, b.Column(i))
		}
	}
	// Output:
	// origin=EWR [0 0]
	// origin=JFK [1 0]
	// origin=LGA [0 1]
	// departure_month [7 1]
	// distance [2475 2475]
	// late [true false]
}

func ExampleSelector() {
	schema, err := dataset.SchemaOf[flight]()
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range []features.Selector{{}, features.Numeric(), features.Categorical(), {Role: dataset.Target}} {
		names, err := s.Select(schema)
		fmt.Println(names, err)
	}
	// Output:
	// [origin departure distance] <nil>
	// [distance] <nil>
	// [origin] <nil>
	// [late] <nil>
}
