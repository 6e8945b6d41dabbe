package metric

import "fmt"

// Accuracy returns the share of rows that were predicted correctly.
//
// Shapes: class, predicted and weight have length n; weight may be nil (all ones).
// Units: [0, 1].
// Errors: ErrEmpty, ErrLength, ErrNonFinite or ErrRange (weights).
// Source: equals sklearn.metrics.accuracy_score 1.9.1 to 1e-12.
func Accuracy(class, predicted []bool, weight []float64) (float64, error) {
	return fromConfusion(class, predicted, weight, (*Confusion).Accuracy)
}

// BalancedAccuracy returns the mean of the recalls of both classes, or the recall of the only one that occurs.
//
// Shapes, units and errors are those of Accuracy.
// Source: equals sklearn.metrics.balanced_accuracy_score 1.9.1 to 1e-12.
func BalancedAccuracy(class, predicted []bool, weight []float64) (float64, error) {
	return fromConfusion(class, predicted, weight, (*Confusion).BalancedAccuracy)
}

// Precision returns the share of the rows predicted true that are true; 0 if none is predicted true.
//
// Shapes, units and errors are those of Accuracy.
// Source: equals sklearn.metrics.precision_score 1.9.1 with zero_division=0 to 1e-12.
func Precision(class, predicted []bool, weight []float64) (float64, error) {
	return fromConfusion(class, predicted, weight, func(c *Confusion) float64 { return c.Precision(1) })
}

// Recall returns the share of the true rows that are predicted true; 0 if none is true.
//
// Shapes, units and errors are those of Accuracy.
// Source: equals sklearn.metrics.recall_score 1.9.1 with zero_division=0 to 1e-12.
func Recall(class, predicted []bool, weight []float64) (float64, error) {
	return fromConfusion(class, predicted, weight, func(c *Confusion) float64 { return c.Recall(1) })
}

// F1 returns the harmonic mean of Precision and Recall; 0 if no row is or is predicted true.
//
// Shapes, units and errors are those of Accuracy.
// Source: equals sklearn.metrics.f1_score 1.9.1 with zero_division=0 to 1e-12.
func F1(class, predicted []bool, weight []float64) (float64, error) {
	return fromConfusion(class, predicted, weight, func(c *Confusion) float64 { return c.F1(1) })
}

// FBeta returns the weighted harmonic mean of Precision and Recall. beta is at least 0; above 1 it favours recall.
//
// Shapes, units and errors are those of Accuracy; ErrRange also for a beta that is negative or not finite.
// Source: equals sklearn.metrics.fbeta_score 1.9.1 with zero_division=0 to 1e-12.
func FBeta(class, predicted []bool, beta float64, weight []float64) (float64, error) {
	if !(beta >= 0 && beta <= 1e100) {
		return 0, fmt.Errorf("metric: fbeta: %w: beta: want at least 0 and at most 1e100", ErrRange)
	}
	return fromConfusion(class, predicted, weight, func(c *Confusion) float64 { return c.FBeta(1, beta) })
}

// MCC returns Matthews' correlation coefficient; 0 for chance and where one class only occurs or is predicted.
//
// Shapes and errors are those of Accuracy. Units: [-1, 1].
// Source: equals sklearn.metrics.matthews_corrcoef 1.9.1 to 1e-12.
func MCC(class, predicted []bool, weight []float64) (float64, error) {
	return fromConfusion(class, predicted, weight, (*Confusion).MCC)
}

// Kappa returns Cohen's kappa, the agreement above chance.
//
// Shapes and errors are those of Accuracy; ErrOneClass if every row is and is predicted as the same class.
// Units: [-1, 1], 0 for chance.
// Source: equals sklearn.metrics.cohen_kappa_score 1.9.1 to 1e-12.
func Kappa(class, predicted []bool, weight []float64) (float64, error) {
	v, err := fromConfusion(class, predicted, weight, (*Confusion).Kappa)
	if err == nil && v != v {
		return 0, fmt.Errorf("metric: kappa: %w", ErrOneClass)
	}
	return v, err
}

func fromConfusion(class, predicted []bool, weight []float64, value func(*Confusion) float64) (float64, error) {
	c, err := BinaryConfusion(class, predicted, weight)
	if err != nil {
		return 0, err
	}
	return value(c), nil
}
