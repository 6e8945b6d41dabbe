package metric

// Labels returns the metrics of predicted classes without probabilities.
//
// Shapes: class and predicted hold n codes in [0, k); weight has length n or is nil (all ones).
// Values, in order, for k = 2, where code 1 is the positive class: accuracy (Wilson's interval), balanced_accuracy,
// precision and recall (Wilson's), f1, mcc; for more classes accuracy, balanced_accuracy, precision_macro,
// recall_macro, f1_macro, f1_weighted, mcc. They are those of Binary and Multiclass. Other bounds are NaN unless
// Resamples asks for the bootstrap.
// Errors: ErrEmpty, ErrLength, ErrNonFinite or ErrRange.
func Labels[C Code](class, predicted []C, k int, weight []float64, o ReportOptions) (Report, error) {
	if _, err := NewConfusion(class, predicted, k, weight); err != nil {
		return Report{}, err
	}
	names := []string{"accuracy", "balanced_accuracy", "precision_macro", "recall_macro", "f1_macro", "f1_weighted", "mcc"}
	if k == 2 {
		names = []string{"accuracy", "balanced_accuracy", "precision", "recall", "f1", "mcc"}
	}
	return makeReport(len(class), o, names, func(rows []int, level float64) ([]Interval, error) {
		return labelValues(take(class, rows, 1), take(predicted, rows, 1), k, take(weight, rows, 1), level)
	})
}

func labelValues[C Code](class, predicted []C, k int, weight []float64, level float64) ([]Interval, error) {
	n := len(class)
	c, err := NewConfusion(class, predicted, k, weight)
	if err != nil {
		return nil, err
	}
	accuracy := shareInterval(c.Accuracy(), n, weight, func(int) bool { return true }, level)
	if k == 2 {
		return []Interval{
			accuracy,
			without(c.BalancedAccuracy()),
			shareInterval(c.Precision(1), n, weight, func(i int) bool { return predicted[i] == 1 }, level),
			shareInterval(c.Recall(1), n, weight, func(i int) bool { return class[i] == 1 }, level),
			without(c.F1(1)),
			without(c.MCC()),
		}, nil
	}
	return []Interval{
		accuracy,
		without(c.BalancedAccuracy()),
		without(c.Mean(Macro, c.Precision)),
		without(c.Mean(Macro, c.Recall)),
		without(c.Mean(Macro, c.F1)),
		without(c.Mean(Weighted, c.F1)),
		without(c.MCC()),
	}, nil
}
