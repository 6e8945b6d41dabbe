package metric

import (
	"fmt"
	"math"

	"github.com/tidewheel/tidewheel/internal/num"
)

// checkMulticlass verifies n class codes against n×k probabilities, row by row, and returns k.
func checkMulticlass[C Code](operation string, class []C, probability, weight []float64) (int, error) {
	n := len(class)
	if err := check(operation, n, weight); err != nil {
		return 0, err
	}
	k := len(probability) / n
	if k < 2 || k*n != len(probability) {
		return 0, fmt.Errorf("metric: %s: %w: probability: want at least 2 for each of %d rows and as many in each, got %d",
			operation, ErrLength, n, len(probability))
	}
	c := probabilities(probability)
	for i, p := range probability {
		if !(p >= c.low && p <= c.high) {
			return 0, badValue(operation, c, i/k, p)
		}
	}
	return k, checkCodes(operation, "class", class, k)
}

// MulticlassLogLoss returns the mean negative logarithm of the probability that was given to the class that occurred.
//
// Shapes: class holds n codes in [0, k); probability is n×k, row by row in class order, k = len(probability)/n;
// weight has length n or is nil (all ones).
// Units: as LogLoss. Rows are not scaled to add to 1.
// Errors: ErrEmpty, ErrLength, ErrNonFinite or ErrRange.
// Source: equals sklearn.metrics.log_loss 1.9.1 to 1e-12.
func MulticlassLogLoss[C Code](class []C, probability, weight []float64) (float64, error) {
	k, err := checkMulticlass("log_loss", class, probability, weight)
	if err != nil {
		return 0, err
	}
	return mean(len(class), weight, multiclassLogLossOf(class, probability, k)), nil
}

func multiclassLogLossOf[C Code](class []C, probability []float64, k int) func(i int) float64 {
	return func(i int) float64 { return -num.Log(clipProbability(probability[i*k+int(class[i])])) }
}

// MulticlassBrier returns the mean over the rows of the squared distance between the probabilities and what occurred.
//
// Shapes and errors are those of MulticlassLogLoss.
// Units: [0, 2], and halved to [0, 1] for two classes, where it is Brier.
// Source: equals sklearn.metrics.brier_score_loss 1.9.1 to 1e-12.
func MulticlassBrier[C Code](class []C, probability, weight []float64) (float64, error) {
	k, err := checkMulticlass("brier", class, probability, weight)
	if err != nil {
		return 0, err
	}
	return mean(len(class), weight, multiclassBrierOf(class, probability, k)), nil
}

func multiclassBrierOf[C Code](class []C, probability []float64, k int) func(i int) float64 {
	return func(i int) float64 {
		sum := 0.0
		for c, p := range probability[i*k : (i+1)*k] {
			if c == int(class[i]) {
				p = 1 - p
			}
			sum += square(p)
		}
		if k == 2 {
			return sum / 2
		}
		return sum
	}
}

// MulticlassROCAUC returns the average over the classes of the area under the ROC curve of the class against all
// others.
//
// Shapes are those of MulticlassLogLoss. Classes that do not occur, or have no weight, are left out; Weighted weighs a
// class by its rows.
// Units: [0, 1], 0.5 for chance. k sorts of n rows.
// Errors: those of MulticlassLogLoss, or ErrOneClass if fewer than two classes occur.
// Source: equals sklearn.metrics.roc_auc_score 1.9.1 with multi_class="ovr" to 1e-12, where all classes occur.
func MulticlassROCAUC[C Code](class []C, probability, weight []float64, average Average) (float64, error) {
	k, err := checkMulticlass("roc_auc_ovr", class, probability, weight)
	if err != nil {
		return 0, err
	}
	macro, weighted, err := oneAgainstAll(class, probability, weight, k)
	if err != nil {
		return 0, err
	}
	if average == Weighted {
		return weighted, nil
	}
	return macro, nil
}

func oneAgainstAll[C Code](class []C, probability, weight []float64, k int) (macro, weighted float64, err error) {
	is, score := make([]bool, len(class)), make([]float64, len(class))
	var plain, scaled, total num.Accumulator
	classes := 0
	for c := range k {
		var share num.Accumulator
		for i, a := range class {
			is[i], score[i] = int(a) == c, probability[i*k+c]
			if is[i] {
				share.Add(weightOf(weight, i))
			}
		}
		w := share.Value()
		if w == 0 {
			continue
		}
		r, err := checkScores("roc_auc_ovr", is, score, weight)
		if err != nil {
			return 0, 0, err
		}
		area := areaOf(r)
		plain.Add(area)
		scaled.Add(float64(w * area))
		total.Add(w)
		classes++
	}
	return plain.Value() / float64(classes), scaled.Value() / total.Value(), nil
}

// TopK returns the share of rows whose class is among the k most probable ones. Of two equally probable classes the
// one with the higher code comes first.
//
// Shapes are those of MulticlassLogLoss. Units: [0, 1].
// Errors: those of MulticlassLogLoss; ErrRange also for a k below 1.
// Source: equals sklearn.metrics.top_k_accuracy_score 1.9.1 to 1e-12.
func TopK[C Code](class []C, probability, weight []float64, k int) (float64, error) {
	if k < 1 {
		return 0, fmt.Errorf("metric: top_k: %w: k: want at least 1, got %d", ErrRange, k)
	}
	classes, err := checkMulticlass("top_k", class, probability, weight)
	if err != nil {
		return 0, err
	}
	return mean(len(class), weight, func(i int) float64 {
		row := probability[i*classes : (i+1)*classes]
		before := 0
		for c, p := range row {
			if p > row[class[i]] || p == row[class[i]] && c > int(class[i]) {
				before++
			}
		}
		return float64(code(before < k))
	}), nil
}

// mostProbable is the class of the largest probability, the lowest code among equal ones.
func mostProbable(row []float64) int {
	best, at := math.Inf(-1), 0
	for c, p := range row {
		if p > best {
			best, at = p, c
		}
	}
	return at
}
