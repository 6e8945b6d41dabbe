// Package report writes a model's evaluation as an HTML page that can be sent and kept: one file of at most 300 KB, whatever the number of rows, that asks for nothing
// from outside.
//
// WriteEvaluation shows the metrics of a model.Evaluation with their intervals and, from the answers that they were computed from, curves: ROC, precision and recall,
// calibration, scores by class and the confusion matrix of a classification; predicted against actual values and errors of a regression; NDCG by cutoff, queries by
// NDCG and relevant rows by place of a ranking.
//
//	e, err := model.Evaluate(ctx, predictor, problem, rows, metric.ReportOptions{})
//	…
//	err = report.WriteEvaluation(file, e, report.Answers{Classes: problem.Classes, Class: class, Probability: probability}, report.Options{Title: "income"})
//
// Curves are thinned to at most 400 points, and the page says by how much at most a drawn curve leaves the true one. The pages follow the reader's choice of dark or
// light and need no script and no pointer. A package of its own keeps html/template out of programs that serve. The bytes depend on the arguments alone.
package report
