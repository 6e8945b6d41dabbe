package metric

import (
	"fmt"
	"math"

	"github.com/tidewheel/tidewheel/internal/num"
)

// Code is a class as its place in the order of the classes, from 0. Many rows take half the memory as int32, which
// model.Problem reads them as.
type Code interface {
	~int | ~int32
}

// Confusion is a confusion matrix: the weight of the rows of each actual class that were predicted as each class. It is
// immutable and safe for concurrent use. The zero value has no classes.
//
// Where a ratio has nothing below the line (no row was predicted as the class, say) its value is 0, as
// zero_division=0 of scikit-learn.
type Confusion struct {
	k         int
	cells     []float64 // actual-major, k×k
	actual    []float64
	predicted []float64
	total     float64
}

// NewConfusion counts predicted classes against actual ones.
//
// Shapes: class and predicted hold n codes in [0, k); weight has n values or is nil (all ones).
// Errors: ErrEmpty, ErrLength, ErrNonFinite or ErrRange.
// Source: equals sklearn.metrics.confusion_matrix 1.9.1 with labels 0..k-1 to 1e-12.
func NewConfusion[C Code](class, predicted []C, k int, weight []float64) (*Confusion, error) {
	const operation = "confusion"
	if k < 2 {
		return nil, fmt.Errorf("metric: %s: %w: want at least 2 classes, got %d", operation, ErrRange, k)
	}
	if err := check(operation, len(class), weight); err != nil {
		return nil, err
	}
	if err := sameLength(operation, "predicted", len(predicted), len(class)); err != nil {
		return nil, err
	}
	if err := checkCodes(operation, "class", class, k); err != nil {
		return nil, err
	}
	if err := checkCodes(operation, "predicted", predicted, k); err != nil {
		return nil, err
	}
	return confusionOf(len(class), k, weight, func(i int) (int, int) { return int(class[i]), int(predicted[i]) }), nil
}

// BinaryConfusion is NewConfusion for two classes: false is code 0 and true is code 1.
//
// Errors: ErrEmpty, ErrLength, ErrNonFinite or ErrRange.
func BinaryConfusion(class, predicted []bool, weight []float64) (*Confusion, error) {
	const operation = "confusion"
	if err := check(operation, len(class), weight); err != nil {
		return nil, err
	}
	if err := sameLength(operation, "predicted", len(predicted), len(class)); err != nil {
		return nil, err
	}
	return confusionOf(len(class), 2, weight, func(i int) (int, int) { return code(class[i]), code(predicted[i]) }), nil
}

func code(b bool) int {
	if b {
		return 1
	}
	return 0
}

func confusionOf(n, k int, weight []float64, cell func(i int) (actual, predicted int)) *Confusion {
	c := &Confusion{k: k, cells: make([]float64, k*k), actual: make([]float64, k), predicted: make([]float64, k)}
	if weight == nil {
		for i := range n {
			a, p := cell(i)
			c.cells[a*k+p]++
		}
	} else {
		sums := make([]num.Accumulator, k*k)
		for i, w := range weight {
			a, p := cell(i)
			sums[a*k+p].Add(w)
		}
		for i := range sums {
			c.cells[i] = sums[i].Value()
		}
	}
	for a := range k {
		for p := range k {
			v := c.cells[a*k+p]
			c.actual[a] += v
			c.predicted[p] += v
		}
	}
	c.total = num.Sum(c.cells)
	return c
}

// Classes returns the number of classes.
func (c *Confusion) Classes() int { return c.k }

// At returns the weight of the rows of class actual that were predicted as class predicted. It panics, as a slice
// does, on a code that is not in [0, Classes()).
func (c *Confusion) At(actual, predicted int) float64 {
	return c.cells[actual*c.k : (actual+1)*c.k][predicted]
}

// Actual returns the weight of the rows of a class.
func (c *Confusion) Actual(class int) float64 { return c.actual[class] }

// Predicted returns the weight of the rows that were predicted as a class.
func (c *Confusion) Predicted(class int) float64 { return c.predicted[class] }

// Total returns the weight of all rows.
func (c *Confusion) Total() float64 { return c.total }

func (c *Confusion) correct() float64 {
	sum := 0.0
	for i := range c.k {
		sum += c.At(i, i)
	}
	return sum
}

// Accuracy returns the share of rows that were predicted correctly, in [0, 1]; it equals
// sklearn.metrics.accuracy_score.
func (c *Confusion) Accuracy() float64 { return ratio(c.correct(), c.total) }

// Precision returns the share of the rows predicted as class that belong to it, in [0, 1]; it equals
// sklearn.metrics.precision_score.
func (c *Confusion) Precision(class int) float64 {
	return ratio(c.At(class, class), c.predicted[class])
}

// Recall returns the share of the rows of class that were predicted as it, in [0, 1]; it equals
// sklearn.metrics.recall_score.
func (c *Confusion) Recall(class int) float64 { return ratio(c.At(class, class), c.actual[class]) }

// F1 returns the harmonic mean of Precision and Recall of class, in [0, 1]; it equals sklearn.metrics.f1_score.
func (c *Confusion) F1(class int) float64 { return c.FBeta(class, 1) }

// FBeta returns the weighted harmonic mean of Precision and Recall of class, in [0, 1]. beta is at least 0; above 1
// it favours recall. It equals sklearn.metrics.fbeta_score.
func (c *Confusion) FBeta(class int, beta float64) float64 {
	b := square(beta)
	hit := c.At(class, class)
	return ratio(float64((1+b)*hit), float64(b*c.actual[class])+c.predicted[class])
}

// Jaccard returns the rows of class that were predicted as it over the rows that are either, in [0, 1]; it equals
// sklearn.metrics.jaccard_score.
func (c *Confusion) Jaccard(class int) float64 {
	hit := c.At(class, class)
	return ratio(hit, c.actual[class]+c.predicted[class]-hit)
}

// BalancedAccuracy returns the mean recall of the classes that occur, in [0, 1]; it equals
// sklearn.metrics.balanced_accuracy_score.
func (c *Confusion) BalancedAccuracy() float64 {
	sum, n := 0.0, 0.0
	for i := range c.k {
		if c.actual[i] > 0 {
			sum += c.Recall(i)
			n++
		}
	}
	return ratio(sum, n)
}

// MCC returns Matthews' correlation coefficient in [-1, 1], 0 for chance and where only one class occurs or is
// predicted.
// Source: Gorodkin (2004) for more than two classes; equals sklearn.metrics.matthews_corrcoef 1.9.1 to 1e-12.
func (c *Confusion) MCC() float64 {
	both, ofPredicted, ofActual := 0.0, square(c.total), square(c.total)
	for i := range c.k {
		both += float64(c.actual[i] * c.predicted[i])
		ofPredicted -= square(c.predicted[i])
		ofActual -= square(c.actual[i])
	}
	// A difference that is only the rounding of n² means a single class.
	least := float64(square(c.total) * 1e-14)
	if ofPredicted <= least || ofActual <= least {
		return 0
	}
	r := (float64(c.correct()*c.total) - both) / float64(math.Sqrt(ofPredicted)*math.Sqrt(ofActual))
	return math.Max(-1, math.Min(1, r))
}

// Kappa returns Cohen's kappa in [-1, 1]: the agreement above chance. It is NaN where every row has and is predicted
// as the same class.
// Source: Cohen (1960); equals sklearn.metrics.cohen_kappa_score 1.9.1 to 1e-12.
func (c *Confusion) Kappa() float64 {
	chance := 0.0
	for i := range c.k {
		chance += float64(c.actual[i] * c.predicted[i])
	}
	chance /= square(c.total)
	if chance >= 1 {
		return math.NaN()
	}
	return (c.Accuracy() - chance) / (1 - chance)
}

// Average says how the values of classes become one.
type Average int

const (
	// Macro is the plain mean over the classes.
	Macro Average = iota
	// Weighted is the mean over the classes by the weight of their actual rows.
	Weighted
)

// Mean averages a value of each class, as c.Mean(metric.Macro, c.F1). Classes that neither occur nor are predicted are
// left out.
// Source: equals average="macro" and average="weighted" of scikit-learn 1.9.1 to 1e-12.
func (c *Confusion) Mean(average Average, value func(class int) float64) float64 {
	sum, total := 0.0, 0.0
	for i := range c.k {
		w := c.actual[i]
		if average == Macro {
			w = 0
			if c.actual[i] > 0 || c.predicted[i] > 0 {
				w = 1
			}
		}
		if w > 0 {
			sum += float64(w * value(i))
			total += w
		}
	}
	return ratio(sum, total)
}
