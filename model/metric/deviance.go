package metric

import (
	"fmt"
	"math"

	"github.com/tidewheel/tidewheel/internal/num"
)

// atLeastTwo verifies that two rows have a weight above zero.
func atLeastTwo(operation string, n int, weight []float64) error {
	rows := 0
	for i := 0; i < n && rows < 2; i++ {
		if weightOf(weight, i) > 0 {
			rows++
		}
	}
	if rows < 2 {
		return fmt.Errorf("metric: %s: %w: want at least 2 with a weight above zero", operation, ErrEmpty)
	}
	return nil
}

// PoissonDeviance returns the mean Poisson deviance, for counts.
//
// Shapes and errors are those of MAE; ErrRange also for an actual value below 0 or a predicted one not above 0.
// Units: at least 0, 0 for an exact prediction.
// Source: equals sklearn.metrics.mean_poisson_deviance 1.9.1 to 1e-12.
func PoissonDeviance(actual, predicted, weight []float64) (float64, error) {
	return TweedieDeviance(actual, predicted, 1, weight)
}

// GammaDeviance returns the mean gamma deviance, for positive amounts whose spread grows with their size. Scaling
// actual and predicted alike leaves it as it is.
//
// Shapes and errors are those of MAE; ErrRange also for a value that is not above 0.
// Units: at least 0, 0 for an exact prediction.
// Source: equals sklearn.metrics.mean_gamma_deviance 1.9.1 to 1e-12.
func GammaDeviance(actual, predicted, weight []float64) (float64, error) {
	return TweedieDeviance(actual, predicted, 2, weight)
}

// TweedieDeviance returns the mean deviance of the Tweedie distribution whose variance is the mean to the given power:
// 0 is MSE, 1 Poisson, between 1 and 2 amounts with zeros, 2 gamma, 3 inverse Gaussian.
//
// Shapes and errors are those of MAE. Units: at least 0, 0 for an exact prediction.
// ErrRange also for a power between 0 and 1, for a predicted value that is not above 0 (any power but 0), and for an
// actual value below 0 (power 1 to 2) or not above 0 (power 2 and more).
// Source: equals sklearn.metrics.mean_tweedie_deviance 1.9.1 to 1e-12.
func TweedieDeviance(actual, predicted []float64, power float64, weight []float64) (float64, error) {
	const operation = "tweedie_deviance"
	if !(power >= -1e3 && power <= 0 || power >= 1 && power <= 1e3) {
		return 0, fmt.Errorf("metric: %s: %w: power: want at most 0 or at least 1, and at most 1000 in size", operation, ErrRange)
	}
	if power == 0 {
		return MSE(actual, predicted, weight)
	}
	const positive = math.SmallestNonzeroFloat64
	low := -math.MaxFloat64
	if power >= 1 {
		low = 0
	}
	if power >= 2 {
		low = positive
	}
	err := check(operation, len(actual), weight, column{"actual", actual, low, math.MaxFloat64},
		column{"predicted", predicted, positive, math.MaxFloat64})
	if err != nil {
		return 0, err
	}
	return rowMean(operation, actual, predicted, weight, deviance(power))
}

// deviance is the unit deviance for a power other than 0.
func deviance(power float64) func(a, p float64) float64 {
	switch power {
	case 1:
		return func(a, p float64) float64 {
			if a == 0 {
				return float64(2 * p)
			}
			return float64(2 * (float64(a*num.Log(a/p)) - a + p))
		}
	case 2:
		return func(a, p float64) float64 { return float64(2 * (num.Log(p/a) + a/p - 1)) }
	}
	first, second := 1-power, 2-power
	return func(a, p float64) float64 {
		own := num.Pow(math.Max(a, 0), second) / float64(first*second)
		return float64(2 * (own - float64(a*num.Pow(p, first))/first + num.Pow(p, second)/second))
	}
}
