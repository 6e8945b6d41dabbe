package metric

import (
	"fmt"
	"math"
	"sort"

	"github.com/tidewheel/tidewheel/internal/num"
)

// LogLoss returns the mean negative logarithm of the probability that was given to the class that occurred.
//
// Shapes: class, probability and weight have length n; weight may be nil (all ones).
// Units: probability is that of the true class, in [0, 1]; the result is in nats, 0 for certain and right. Probabilities
// nearer than 2.2e-16 to 0 or 1 count as that near.
// Errors: ErrEmpty, ErrLength, ErrNonFinite or ErrRange.
// Source: equals sklearn.metrics.log_loss 1.9.1 to 1e-12.
func LogLoss(class []bool, probability, weight []float64) (float64, error) {
	if err := check("log_loss", len(class), weight, probabilities(probability)); err != nil {
		return 0, err
	}
	return mean(len(class), weight, logLossOf(class, probability)), nil
}

// logLossOf is the loss of one row.
func logLossOf(class []bool, probability []float64) func(i int) float64 {
	return func(i int) float64 {
		p := probability[i]
		if !class[i] {
			p = 1 - p
		}
		return -num.Log(clipProbability(p))
	}
}

// Brier returns the mean squared difference between the probability of the true class and what occurred.
//
// Shapes and errors are those of LogLoss.
// Units: [0, 1], 0 for certain and right.
// Source: equals sklearn.metrics.brier_score_loss 1.9.1 to 1e-12.
func Brier(class []bool, probability, weight []float64) (float64, error) {
	if err := check("brier", len(class), weight, probabilities(probability)); err != nil {
		return 0, err
	}
	return mean(len(class), weight, brierOf(class, probability)), nil
}

// brierOf is the loss of one row.
func brierOf(class []bool, probability []float64) func(i int) float64 {
	return func(i int) float64 {
		if class[i] {
			return square(1 - probability[i])
		}
		return square(probability[i])
	}
}

// CalibrationBin says what was predicted and what occurred among the rows whose probability is in [Low, High), and in
// the last bin also those at 1. Predicted and Observed are weighted means, NaN in an empty bin.
type CalibrationBin struct {
	Low, High, Weight, Predicted, Observed float64
}

// Calibration compares probabilities with what occurred in bins of equal width.
//
// Shapes and errors are those of LogLoss; ErrRange also for fewer than 1 or more than 1e6 bins.
// All bins are returned, in rising order, empty ones too.
// Source: equals sklearn.calibration.calibration_curve 1.9.1 with strategy="uniform" to 1e-12, but that it leaves empty
// bins out and counts a probability on an edge in the bin below.
func Calibration(class []bool, probability, weight []float64, bins int) ([]CalibrationBin, error) {
	const operation = "calibration"
	if bins < 1 || bins > 1e6 {
		return nil, fmt.Errorf("metric: %s: %w: bins: want at least 1 and at most 1e6, got %d", operation, ErrRange, bins)
	}
	if err := check(operation, len(class), weight, probabilities(probability)); err != nil {
		return nil, err
	}
	edges := make([]float64, bins-1) // between the bins
	for i := range edges {
		edges[i] = float64(i+1) / float64(bins)
	}
	sums := make([]struct{ weight, predicted, observed num.Accumulator }, bins)
	for i, p := range probability {
		w := weightOf(weight, i)
		s := &sums[sort.Search(len(edges), func(e int) bool { return edges[e] > p })]
		s.weight.Add(w)
		s.predicted.Add(float64(w * p))
		if class[i] {
			s.observed.Add(w)
		}
	}
	result := make([]CalibrationBin, bins)
	for i := range result {
		w := sums[i].weight.Value()
		result[i] = CalibrationBin{
			Low: float64(i) / float64(bins), High: float64(i+1) / float64(bins), Weight: w, Predicted: math.NaN(), Observed: math.NaN(),
		}
		if w > 0 {
			result[i].Predicted = sums[i].predicted.Value() / w
			result[i].Observed = sums[i].observed.Value() / w
		}
	}
	return result, nil
}

// ECE returns the expected calibration error: the mean over the bins of Calibration, by their weight, of the distance
// between what was predicted and what occurred.
//
// Shapes and errors are those of Calibration. Units: [0, 1], 0 for calibrated. The value depends on the number of bins
// (10 and 15 are usual) and grows with noise where bins hold few rows.
// Source: Naeini et al. (2015) on the probability of the true class, with bins of equal width closed on the left; equals
// numpy 2.4 with the same bins to 1e-12.
func ECE(class []bool, probability, weight []float64, bins int) (float64, error) {
	all, err := Calibration(class, probability, weight, bins)
	if err != nil {
		return 0, err
	}
	sum, total := 0.0, 0.0
	for _, b := range all {
		if b.Weight > 0 {
			sum += float64(b.Weight * math.Abs(b.Predicted-b.Observed))
			total += b.Weight
		}
	}
	return sum / total, nil
}
