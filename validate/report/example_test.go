package report_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/tidewheel/tidewheel/dataset/csv"
	"github.com/tidewheel/tidewheel/validate"
	"github.com/tidewheel/tidewheel/validate/report"
)

func ExampleWriteProfile() {
	src, err := csv.NewSource(strings.NewReader("age,city\n31,Bern\n44,\n52,Bern\n"), csv.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := validate.ProfileOf(context.Background(), src, validate.ProfileOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	var page bytes.Buffer // usually a file
	if err := report.WriteProfile(&page, p, report.ProfileOptions{Title: "people.csv"}); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("columns:", strings.Count(page.String(), "<article"))
	fmt.Println("drawings:", strings.Count(page.String(), `role="img"`))
	fmt.Println("scripts:", strings.Count(page.String(), "<script"))
	fmt.Println("at most 300 KB:", page.Len() <= 300_000)
	// Output:
	// columns: 2
	// drawings: 2
	// scripts: 0
	// at most 300 KB: true
}

func ExampleWriteReport() {
	r := &validate.Report{Rows: 1000, RowsBad: 3, Findings: []validate.Finding{
		{Rule: validate.RuleBelowMin, Column: "age", Severity: validate.Refused, Count: 3, Share: 0.003, FirstRows: []int64{17, 212, 800}, Want: "at least 0", Got: "a smaller value"},
	}}
	var page bytes.Buffer // usually a file
	if err := report.WriteReport(&page, r, report.ReportOptions{Title: "july.csv"}); err != nil {
		fmt.Println(err)
		return
	}
	for _, text := range []string{"3 of 1,000 rows refused", "below_min", "17, 212, 800"} {
		fmt.Println(text+":", strings.Contains(page.String(), text))
	}
	// Output:
	// 3 of 1,000 rows refused: true
	// below_min: true
	// 17, 212, 800: true
}
