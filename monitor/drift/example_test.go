package drift_test

import (
	"context"
	"fmt"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/monitor/drift"
)

type order struct {
	Amount  float64 `ml:"name=amount,unit=EUR"`
	Country string  `ml:"name=country"`
}

// orders returns amounts spread evenly from low to low+100, and a country that is NO in every share-th row.
func orders(n int, low float64, share int) dataset.Source {
	rows := make([]order, n)
	for i := range rows {
		rows[i] = order{Amount: low + float64(i*37%n)*100/float64(n), Country: "SE"}
		if i%share == 0 {
			rows[i].Country = "NO"
		}
	}
	src, err := dataset.FromStructs(rows, dataset.StructsOptions{})
	if err != nil {
		panic(err)
	}
	return src
}

func ExampleCompare() {
	report, err := drift.Compare(context.Background(), orders(5000, 0, 4), orders(2000, 20, 4), drift.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range report.Columns {
		fmt.Printf("%s: %s, %s %.3f, adjusted p %.3f\n", c.Name, c.Verdict, c.EffectMeasure, *c.Effect, *c.AdjustedP)
	}
	fmt.Printf("%d of %d columns drifted\n", report.Drifted, report.Judged)
	// Output:
	// amount: distribution, wasserstein_normed 0.692, adjusted p 0.000
	// country: unchanged, jensen_shannon 0.000, adjusted p 1.000
	// 1 of 2 columns drifted
}

// With few rows the test decides, and what may be chance is not called drift.
func ExampleCompare_fewRows() {
	report, err := drift.Compare(context.Background(), orders(5000, 0, 4), orders(40, 10, 3), drift.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range report.Columns {
		fmt.Printf("%s: %s, psi %.2f, above the null level %.2f\n", c.Name, c.Verdict, *c.PSI, *c.PSIExcess)
	}
	// Output:
	// amount: unchanged, psi 0.76, above the null level 0.53
	// country: unchanged, psi 0.05, above the null level 0.02
}
