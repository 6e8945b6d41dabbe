package repair_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/csv"
	"github.com/tidewheel/tidewheel/validate"
	"github.com/tidewheel/tidewheel/validate/repair"
)

// A feed is repaired by a list of repairs, read again by a program that knows no units, and repaired twice without harm.
func ExampleRepairer_Apply() {
	feed, err := csv.NewSource(strings.NewReader("city,temperature,day\n bern,12,31.12.2025\nZurich,,2026-01-01\nBern,300,01.01.2026\n"), csv.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := repair.New([]repair.Repair{
		repair.Nearest{Column: "city", Categories: []string{"Bern", "Zürich"}},
		repair.Clip{Column: "temperature", Min: -40, Max: 50},
		repair.Impute{Column: "temperature", Value: dataset.NumberValue(9)},
		repair.Dates{Column: "day", Layouts: []string{"02.01.2006"}},
	}, repair.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	repaired, err := r.Apply(feed, nil) // usually with a sink for the ledger
	if err != nil {
		fmt.Println(err)
		return
	}
	for row, err := range dataset.Rows[struct {
		City        string `ml:"name=city"`
		Temperature int64  `ml:"name=temperature"`
		Day         string `ml:"name=day"`
	}](context.Background(), repaired) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(row.City, row.Temperature, row.Day)
	}
	for _, c := range repaired.Summary().Counts {
		fmt.Println(c.Column, c.Rule, c.Cells)
	}
	// Output:
	// Bern 12 2025-12-31
	// Zürich 9 2026-01-01
	// Bern 50 2026-01-01
	// city nearest 2
	// temperature clip 1
	// temperature impute 1
	// day dates 2
}

// What a report refuses is repaired where a rule explains it, and the quality of the rows is measured before and after.
func ExamplePropose() {
	ctx := context.Background()
	zero, most := 0.0, 120.0
	schema, err := dataset.NewSchema(
		dataset.Field{Name: "age", Type: dataset.Int64, Min: &zero, Max: &most},
		dataset.Field{Name: "state", Type: dataset.Utf8, OneOf: []string{"single", "married"}},
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	feed, err := csv.NewSource(strings.NewReader("age,state\n31,single\n44,maried\n-1,Married \n58,complicated\n"), csv.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	v, err := validate.New(schema, validate.ValidatorOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	report, err := v.Check(ctx, feed)
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := repair.Propose(report, schema, feed.Schema(), repair.ProposeOptions{MaxShare: 1}) // of four rows any fault is in a large share
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := repair.New(p.Repairs, repair.Options{Schema: schema})
	if err != nil {
		fmt.Println(err)
		return
	}
	repaired, err := r.Apply(feed, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	again, err := v.Check(ctx, repaired)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, report := range []*validate.Report{report, again} {
		q, err := repair.QualityOf(schema, nil, report)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%d of %d rows refused, quality %.3f\n", report.RowsBad, report.Rows, q.Score)
	}
	// Output:
	// 3 of 4 rows refused, quality 0.800
	// 1 of 4 rows refused, quality 0.950
}
