package skew_test

import (
	"context"
	"fmt"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/validate"
	"github.com/tidewheel/tidewheel/validate/skew"
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

// The profiles of two days are all that is needed.
func ExampleCompare() {
	ctx := context.Background()
	monday, err := validate.ProfileOf(ctx, orders(5000, 0, 4), validate.ProfileOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	tuesday, err := validate.ProfileOf(ctx, orders(2000, 20, 2), validate.ProfileOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	report, err := skew.Compare(monday, tuesday, skew.Options{MinRowRatio: 0.5})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range report.Findings {
		fmt.Printf("%s %s %q: got %s\n", f.Severity, f.Rule, f.Column, f.Got)
	}
	// Output:
	// flagged drift_low_num_examples "": got 0.4 of them
	// flagged drift_jensen_shannon "amount": got 0.1336
	// flagged drift_jensen_shannon "country": got 0.04879
	// flagged drift_linfty "country": got 0.25
}

// The thresholds that a schema of TFDV holds, and no test besides: what is above them is an anomaly, as there.
func ExampleCompareRows() {
	report, err := skew.CompareRows(context.Background(), orders(5000, 0, 4), orders(2000, 1, 4), skew.Options{
		Kind: skew.Skew, Alpha: 1, Histogram: skew.Standard,
		Columns: map[string]skew.Thresholds{"amount": {JensenShannon: 0.001}, "country": {LInfinity: 0.01}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range report.Columns {
		fmt.Printf("%s: divergence %.4f, psi %.4f, exact %v, anomalies %v\n", c.Name, *c.JensenShannon, *c.PSI, c.Exact, c.Anomalies)
	}
	// Output:
	// amount: divergence 0.0099, psi 0.0019, exact true, anomalies [skew_jensen_shannon]
	// country: divergence 0.0000, psi 0.0000, exact true, anomalies []
}
