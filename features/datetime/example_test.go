package datetime_test

import (
	"context"
	"fmt"
	"time"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/features"
	"github.com/tidewheel/tidewheel/features/datetime"
)

type flight struct {
	Departure time.Time `ml:"name=departure"`
}

func ExampleNewParts() {
	_, err := datetime.NewParts(datetime.PartsOptions{Parts: []datetime.Part{"fortnight"}})
	fmt.Println(err)
	// Output:
	// datetime: new parts: option datetime.PartsOptions.Parts[0]: want a known part, once, got "fortnight"
}

func ExampleParts_Fit() {
	ctx := context.Background()
	rows := []flight{{time.Date(2013, 7, 4, 18, 30, 0, 0, time.UTC)}, {time.Date(2013, 12, 31, 6, 5, 0, 0, time.UTC)}}
	train, err := dataset.FromStructs(rows, dataset.StructsOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	parts, err := datetime.NewParts(datetime.PartsOptions{Parts: []datetime.Part{datetime.Month, datetime.Weekday, datetime.Hour}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fitted, err := parts.Fit(ctx, train)
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
	// Output:
	// departure_month [7 12]
	// departure_weekday [3 1]
	// departure_hour [18 6]
}
