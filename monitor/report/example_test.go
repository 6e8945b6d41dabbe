package report_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/monitor/drift"
	"github.com/tidewheel/tidewheel/monitor/report"
	"github.com/tidewheel/tidewheel/validate"
)

type sale struct {
	Price float64
}

// month returns 300 sales around a price.
func month(price float64) (dataset.Source, error) {
	rows := make([]sale, 300)
	for i := range rows {
		rows[i].Price = price + float64(i%50)
	}
	return dataset.FromStructs(rows, dataset.StructsOptions{})
}

func ExampleWriteDrift() {
	ctx := context.Background()
	january, err := month(100)
	if err != nil {
		fmt.Println(err)
		return
	}
	july, err := month(125)
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := drift.Compare(ctx, january, july, drift.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	o := report.Options{Title: "July against January"}
	if o.Reference, err = validate.ProfileOf(ctx, january, validate.ProfileOptions{}); err != nil {
		fmt.Println(err)
		return
	}
	if o.Current, err = validate.ProfileOf(ctx, july, validate.ProfileOptions{}); err != nil {
		fmt.Println(err)
		return
	}
	var page bytes.Buffer // usually a file
	if err := report.WriteDrift(&page, r, o); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("verdict:", strings.Contains(page.String(), "1 of 1 column drifted"))
	fmt.Println("distributions:", strings.Count(page.String(), `role="img"`))
	// Output:
	// verdict: true
	// distributions: 1
}

func ExampleWriteDrift_withoutProfiles() {
	r := &drift.Report{RowsReference: 1000, RowsCurrent: 1000, Judged: 12}
	var page bytes.Buffer // usually a file
	err := report.WriteDrift(&page, r, report.Options{})
	fmt.Println(err, strings.Contains(page.String(), "No column drifted"))
	// Output: <nil> true
}
