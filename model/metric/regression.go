package metric

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/tidewheel/tidewheel/internal/num"
)

// rowMean checks a regression metric's slices and returns the weighted mean of loss over the rows.
func rowMean(operation string, actual, predicted, weight []float64, loss func(a, p float64) float64) (float64, error) {
	err := check(operation, len(actual), weight, anyNumber("actual", actual), anyNumber("predicted", predicted))
	if err != nil {
		return 0, err
	}
	return finite(operation, mean(len(actual), weight, func(i int) float64 { return loss(actual[i], predicted[i]) }))
}

// finite refuses a result that left the range of float64, as the square of an error of 1e200 does.
func finite(operation string, v float64) (float64, error) {
	if v != v || math.IsInf(v, 0) {
		return 0, fmt.Errorf("metric: %s: %w: the result", operation, ErrNonFinite)
	}
	return v, nil
}

func absoluteError(a, p float64) float64 { return math.Abs(a - p) }

func squaredError(a, p float64) float64 { return square(a - p) }

func relativeError(a, p float64) float64 { return math.Abs(a-p) / math.Max(math.Abs(a), 0x1p-52) }

// MAE returns the mean absolute error.
//
// Shapes: actual, predicted and weight have length n; weight may be nil (all ones).
// Units: those of the target, at least 0.
// Errors: ErrEmpty, ErrLength, ErrNonFinite (also for a result beyond float64) or ErrRange (weights).
// Source: equals sklearn.metrics.mean_absolute_error 1.9.1 to 1e-12.
func MAE(actual, predicted, weight []float64) (float64, error) {
	return rowMean("mae", actual, predicted, weight, absoluteError)
}

// MSE returns the mean squared error.
//
// Shapes and errors are those of MAE. Units: those of the target, squared.
// Source: equals sklearn.metrics.mean_squared_error 1.9.1 to 1e-12.
func MSE(actual, predicted, weight []float64) (float64, error) {
	return rowMean("mse", actual, predicted, weight, squaredError)
}

// RMSE returns the square root of the mean squared error.
//
// Shapes, units and errors are those of MAE.
// Source: equals sklearn.metrics.root_mean_squared_error 1.9.1 to 1e-12.
func RMSE(actual, predicted, weight []float64) (float64, error) {
	v, err := rowMean("rmse", actual, predicted, weight, squaredError)
	return math.Sqrt(v), err
}

// MAPE returns the mean of the absolute error over the absolute actual value, which counts as at least 2.2e-16: an
// actual value of 0 makes the result huge.
//
// Shapes and errors are those of MAE. Units: a fraction (0.1 is 10 %).
// Source: equals sklearn.metrics.mean_absolute_percentage_error 1.9.1 to 1e-12.
func MAPE(actual, predicted, weight []float64) (float64, error) {
	return rowMean("mape", actual, predicted, weight, relativeError)
}

// RMSLE returns the root of the mean squared difference of log(1+actual) and log(1+predicted).
//
// Shapes and errors are those of MAE; ErrRange also for a value below 0.
// Units: of a logarithm; about the relative error where it is small.
// Source: equals sklearn.metrics.root_mean_squared_log_error 1.9.1 to 1e-12.
func RMSLE(actual, predicted, weight []float64) (float64, error) {
	const operation = "rmsle"
	err := check(operation, len(actual), weight, column{"actual", actual, 0, math.MaxFloat64},
		column{"predicted", predicted, 0, math.MaxFloat64})
	if err != nil {
		return 0, err
	}
	v, err := rowMean(operation, actual, predicted, weight, func(a, p float64) float64 {
		return square(num.Log1p(a) - num.Log1p(p))
	})
	return math.Sqrt(v), err
}

// PinballLoss returns the mean pinball loss of a prediction of the given quantile: quantile times the amount by which
// it is too low, 1-quantile times the amount by which it is too high.
//
// Shapes, units and errors are those of MAE; ErrRange also for a quantile outside (0, 1).
// Source: equals sklearn.metrics.mean_pinball_loss 1.9.1 to 1e-12.
func PinballLoss(actual, predicted []float64, quantile float64, weight []float64) (float64, error) {
	if err := checkFraction("pinball_loss", "quantile", quantile); err != nil {
		return 0, err
	}
	return rowMean("pinball_loss", actual, predicted, weight, func(a, p float64) float64 {
		if d := a - p; d >= 0 {
			return float64(quantile * d)
		}
		return float64((1 - quantile) * (p - a))
	})
}

// MaxError returns the largest absolute error among the rows with a weight above zero.
//
// Shapes, units and errors are those of MAE.
// Source: equals sklearn.metrics.max_error 1.9.1 exactly.
func MaxError(actual, predicted, weight []float64) (float64, error) {
	largest := 0.0
	_, err := rowMean("max_error", actual, predicted, weight, func(a, p float64) float64 {
		largest = math.Max(largest, absoluteError(a, p))
		return 0
	})
	if err != nil {
		return 0, err
	}
	return finite("max_error", largest)
}

// MedianAE returns the median absolute error: the mean of the two middle ones if half of the weight lies on each side.
//
// Shapes, units and errors are those of MAE. One sort of n rows.
// Source: equals sklearn.metrics.median_absolute_error 1.9.1 to 1e-12.
func MedianAE(actual, predicted, weight []float64) (float64, error) {
	const operation = "median_ae"
	type item struct{ value, weight float64 }
	err := check(operation, len(actual), weight, anyNumber("actual", actual), anyNumber("predicted", predicted))
	if err != nil {
		return 0, err
	}
	items := make([]item, 0, len(actual))
	for i, a := range actual {
		if w := weightOf(weight, i); w > 0 {
			items = append(items, item{absoluteError(a, predicted[i]), w})
		}
	}
	slices.SortFunc(items, func(a, b item) int {
		return cmp.Or(cmp.Compare(a.value, b.value), cmp.Compare(a.weight, b.weight))
	})
	total := 0.0
	for _, it := range items {
		total += it.weight
	}
	below := 0.0
	for i, it := range items {
		below += it.weight
		if below < total/2 {
			continue
		}
		if below-total/2 <= 0x1p-52 && i+1 < len(items) {
			return finite(operation, it.value/2+items[i+1].value/2)
		}
		return finite(operation, it.value)
	}
	return finite(operation, items[len(items)-1].value)
}

// R2 returns the coefficient of determination: 1 less the squared error over the squared deviation from the mean.
//
// Shapes and errors are those of MAE; ErrEmpty also for fewer than two rows with a weight above zero.
// Units: at most 1; 0 for a prediction as good as the mean, negative for a worse one. Where actual is constant it is 1
// for an exact prediction and else 0.
// Source: equals sklearn.metrics.r2_score 1.9.1 to 1e-12.
func R2(actual, predicted, weight []float64) (float64, error) {
	return explained("r2", actual, predicted, weight, 0)
}

// ExplainedVariance is R2 without the loss that comes from a constant error: 1 less the variance of the error over the
// variance of actual.
//
// Shapes, units and errors are those of R2.
// Source: equals sklearn.metrics.explained_variance_score 1.9.1 to 1e-12.
func ExplainedVariance(actual, predicted, weight []float64) (float64, error) {
	return explained("explained_variance", actual, predicted, weight, 1)
}

// explained is 1 - Σw(e - centre·mean(e))²/Σw(a - mean(a))² with the errors e.
func explained(operation string, actual, predicted, weight []float64, centre float64) (float64, error) {
	bias, err := rowMean(operation, actual, predicted, weight, func(a, p float64) float64 { return a - p })
	if err != nil {
		return 0, err
	}
	if err := atLeastTwo(operation, len(actual), weight); err != nil {
		return 0, err
	}
	bias = float64(bias * centre)
	n := len(actual)
	middle := mean(n, weight, func(i int) float64 { return actual[i] })
	lost, err := finite(operation, mean(n, weight, func(i int) float64 { return square(actual[i] - predicted[i] - bias) }))
	if err != nil {
		return 0, err
	}
	all, err := finite(operation, mean(n, weight, func(i int) float64 { return square(actual[i] - middle) }))
	if err != nil {
		return 0, err
	}
	switch {
	case all > 0:
		return 1 - lost/all, nil
	case lost > 0:
		return 0, nil
	default:
		return 1, nil
	}
}
