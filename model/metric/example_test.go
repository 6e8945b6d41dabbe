package metric_test

import (
	"fmt"

	"github.com/tidewheel/tidewheel/model/metric"
)

func ExampleBinary() {
	class := []bool{true, false, true, true, false, false, true, false}
	probability := []float64{0.9, 0.2, 0.7, 0.4, 0.3, 0.6, 0.8, 0.1}
	report, err := metric.Binary(class, probability, nil, 0.5, metric.ReportOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, name := range []string{"roc_auc", "accuracy", "log_loss"} {
		v, _ := report.Get(name)
		fmt.Printf("%s %.3f (%.3f to %.3f)\n", name, v.Value, v.Low, v.High)
	}
	// Output:
	// roc_auc 0.938 (0.764 to 1.000)
	// accuracy 0.750 (0.409 to 0.929)
	// log_loss 0.400 (0.123 to 0.678)
}

func ExampleConfusion_Mean() {
	class := []int{0, 0, 1, 1, 2, 2}
	predicted := []int{0, 0, 1, 2, 2, 1}
	c, err := metric.NewConfusion(class, predicted, 3, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("accuracy %.3f, macro F1 %.3f, of class 1 as 2: %g\n", c.Accuracy(), c.Mean(metric.Macro, c.F1), c.At(1, 2))
	// Output: accuracy 0.667, macro F1 0.667, of class 1 as 2: 1
}

func ExampleRegression() {
	actual := []float64{3, 5, 2.5, 7}
	predicted := []float64{2.5, 5, 4, 8}
	report, err := metric.Regression(actual, predicted, nil, metric.ReportOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	mae, _ := report.Get("mae")
	r2, _ := report.Get("r2")
	fmt.Printf("mae %.3f, r2 %.3f\n", mae.Value, r2.Value)
	// Output: mae 0.750, r2 0.724
}

func ExampleBootstrap() {
	actual := []float64{3, 5, 2.5, 7, 1, 4, 6, 8}
	predicted := []float64{2.5, 5, 4, 8, 1.5, 3, 6.5, 7}
	rows := func(values []float64, rows []int) []float64 {
		out := make([]float64, len(rows))
		for i, r := range rows {
			out[i] = values[r]
		}
		return out
	}
	v, err := metric.Bootstrap(len(actual), metric.BootstrapOptions{Seed: 1}, func(drawn []int) (float64, error) {
		return metric.MedianAE(rows(actual, drawn), rows(predicted, drawn), nil)
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("median error %.2f, between %.2f and %.2f\n", v.Value, v.Low, v.High)
	// Output: median error 0.75, between 0.50 and 1.00
}
