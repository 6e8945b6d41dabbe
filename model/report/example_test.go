package report_test

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/metric"
	"github.com/tidewheel/tidewheel/model/report"
)

func ExampleWriteEvaluation() {
	late, probability := []bool{false, false, true, true, true, false}, []float64{0.1, 0.4, 0.35, 0.8, 0.9, 0.2}
	values, err := metric.Binary(late, probability, nil, 0.5, metric.ReportOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	answers := report.Answers{Classes: []string{"on time", "late"}, Class: []int32{0, 0, 1, 1, 1, 0}, Probability: probability}
	var page bytes.Buffer // usually a file
	if err := report.WriteEvaluation(&page, &model.Evaluation{Task: "binary", Report: values}, answers, report.Options{Title: "late parcels"}); err != nil {
		fmt.Println(err)
		return
	}
	for _, text := range []string{"late, area 0.8889", "Calibration", "Confusion matrix", "<script"} {
		fmt.Println(text+":", strings.Contains(page.String(), text))
	}
	// Output:
	// late, area 0.8889: true
	// Calibration: true
	// Confusion matrix: true
	// <script: false
}

func ExampleWriteEvaluation_regression() {
	actual, predicted := []float64{310, 250, 480, 120}, []float64{300, 270, 450, 140}
	values, err := metric.Regression(actual, predicted, nil, metric.ReportOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	var page bytes.Buffer // usually a file
	err = report.WriteEvaluation(&page, &model.Evaluation{Task: "regression", Report: values}, report.Answers{Actual: actual, Number: predicted}, report.Options{Title: "price"})
	fmt.Println(err, strings.Count(page.String(), `role="img"`), "charts, at most 300 KB:", page.Len() <= 300_000)
	// Output: <nil> 3 charts, at most 300 KB: true
}

func ExampleWriteEvaluation_ranking() {
	answers := report.Answers{Actual: []float64{2, 0, 1, 0, 1}, Number: []float64{0.9, 0.1, 0.4, 0.8, 0.3}, Query: []int32{1, 1, 1, 2, 2}}
	values, err := metric.Ranking(answers.Actual, answers.Number, answers.Query, nil, metric.ReportOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	var page bytes.Buffer // usually a file
	err = report.WriteEvaluation(&page, &model.Evaluation{Task: "ranking", Report: values}, answers, report.Options{Title: "search results"})
	fmt.Println(err, strings.Contains(page.String(), "NDCG by cutoff"), strings.Contains(page.String(), "2 queries of 2 to 3 rows"))
	// Output: <nil> true true
}
