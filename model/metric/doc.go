// Package metric measures how well predictions fit what occurred. It is for callers that hold plain slices: model and
// monitor use it, and so can any program.
//
// Binary, Multiclass, Regression and Ranking return a Report: every metric that fits the task, under scikit-learn's name, with a
// confidence interval where one is defined. The functions below them compute one metric each: from predicted classes
// (Accuracy, Precision, Recall, F1, MCC, Kappa and the Confusion matrix), from scores (ROCAUC, AveragePrecision, ROC,
// PrecisionRecall), from probabilities (LogLoss, Brier, ECE), from numbers (MAE, RMSE, R2, PinballLoss and deviances)
// and from rankings (NDCG, QueryPrecision, ReciprocalRank, PairwiseAccuracy). Wilson, MeanInterval, DeLong and Bootstrap give intervals.
//
//	report, err := metric.Binary(class, probability, nil, 0.5, metric.ReportOptions{})
//	if err != nil {
//		return err
//	}
//	auc, _ := report.Get("roc_auc")
//	fmt.Printf("%.3f (%.3f to %.3f)\n", auc.Value, auc.Low, auc.High)
//
// Slices are only read and nothing of them is kept. Weights are 0 or between 1e-100 and 1e100. A weight of zero is the same as no row, and a weight of two the same
// as the row twice in every value, though not in intervals, where rows count as drawn once. Sums are compensated and run
// in row order, so results are the same bits in every run, and their error does not grow with the number of rows.
// All functions are safe for concurrent use.
package metric
