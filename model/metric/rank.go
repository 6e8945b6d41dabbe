package metric

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/tidewheel/tidewheel/internal/num"
)

// ranked is a row with its score as an unsigned integer of the same order.
type ranked struct {
	key uint64
	row int
}

// score is the number that the key came from.
func (r ranked) score() float64 {
	if r.key>>63 == 1 {
		return math.Float64frombits(r.key &^ (1 << 63))
	}
	return math.Float64frombits(^r.key)
}

// rankRows returns the rows with a weight above zero by ascending score, equal scores by row.
func rankRows(score, weight []float64) []ranked {
	rows := make([]ranked, 0, len(score))
	for i, s := range score {
		if weight != nil && weight[i] == 0 {
			continue
		}
		b := math.Float64bits(s + 0) // -0 becomes 0
		if b>>63 == 1 {
			b = ^b
		} else {
			b |= 1 << 63
		}
		rows = append(rows, ranked{b, i})
	}
	if len(rows) < 2048 {
		slices.SortFunc(rows, func(a, b ranked) int {
			return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.row, b.row))
		})
		return rows
	}
	return radixSort(rows)
}

// radixSort sorts by key, least significant digit first, which keeps the order of equal keys. Digits that all keys
// share cost nothing.
func radixSort(rows []ranked) []ranked {
	const bits, digits = 11, 6
	var count [digits][1 << bits]int
	for _, r := range rows {
		for d := range digits {
			count[d][r.key>>(bits*d)&(1<<bits-1)]++
		}
	}
	other := make([]ranked, len(rows))
	for d := range digits {
		c := &count[d]
		if c[rows[0].key>>(bits*d)&(1<<bits-1)] == len(rows) {
			continue
		}
		at := 0
		for i, n := range c {
			c[i] = at
			at += n
		}
		for _, r := range rows {
			digit := r.key >> (bits * d) & (1<<bits - 1)
			other[c[digit]] = r
			c[digit]++
		}
		rows, other = other, rows
	}
	return rows
}

// groups calls each with the bounds of every run of equal scores, in ascending order of score.
func groups(rows []ranked, each func(from, to int)) {
	for from := 0; from < len(rows); {
		to := from + 1
		for to < len(rows) && rows[to].key == rows[from].key {
			to++
		}
		each(from, to)
		from = to
	}
}

// checkScores verifies what the rank metrics share and returns the rows by ascending score.
func checkScores(operation string, class []bool, score, weight []float64) ([]ranked, error) {
	if err := check(operation, len(class), weight, anyNumber("score", score)); err != nil {
		return nil, err
	}
	seen := [2]bool{}
	for i, c := range class {
		if weightOf(weight, i) > 0 {
			seen[code(c)] = true
		}
	}
	if !seen[0] || !seen[1] {
		return nil, fmt.Errorf("metric: %s: %w", operation, ErrOneClass)
	}
	return rankRows(score, weight), nil
}

// ROCAUC returns the area under the ROC curve of score against class.
//
// Shapes: class, score and weight have length n; weight may be nil (all ones).
// Units: score is any increasing measure of the true class; the result is in [0, 1], 0.5 for chance.
// Ties count one half. Order of rows does not matter; without weights the pairs are counted exactly. O(n) time for many
// rows (a radix sort), 32 bytes a row.
// Errors: ErrEmpty, ErrLength, ErrNonFinite, ErrRange (weights), or ErrOneClass if class is constant.
// Source: Fawcett (2006), "An introduction to ROC analysis", alg. 3; equals sklearn.metrics.roc_auc_score 1.9.1 to
// 1e-12.
func ROCAUC(class []bool, score, weight []float64) (float64, error) {
	rows, err := checkScores("roc_auc", class, score, weight)
	if err != nil {
		return 0, err
	}
	return areaOf(rows, class, weight), nil
}

func areaOf(rows []ranked, class []bool, weight []float64) float64 {
	if weight == nil {
		var positive, negative, wins uint64 // wins counts half pairs: at most n²/2
		groups(rows, func(from, to int) {
			var p, n uint64
			for _, r := range rows[from:to] {
				if class[r.row] {
					p++
				} else {
					n++
				}
			}
			wins += p * (2*negative + n)
			positive += p
			negative += n
		})
		return float64(wins) / float64(2*positive*negative)
	}
	var positive, negative, wins num.Accumulator
	groups(rows, func(from, to int) {
		var p, n num.Accumulator
		for _, r := range rows[from:to] {
			if class[r.row] {
				p.Add(weight[r.row])
			} else {
				n.Add(weight[r.row])
			}
		}
		wins.Add(float64(p.Value() * (negative.Value() + float64(n.Value()/2))))
		positive.Merge(p)
		negative.Merge(n)
	})
	return math.Min(1, wins.Value()/float64(positive.Value()*negative.Value()))
}

// cumulative returns, for each distinct score in descending order, the score and the weight of the true and of the
// false rows that reach it.
func cumulative(rows []ranked, class []bool, weight []float64) (score, positive, negative []float64) {
	var p, n num.Accumulator
	for to := len(rows); to > 0; {
		from := to - 1
		for from > 0 && rows[from-1].key == rows[to-1].key {
			from--
		}
		for _, r := range rows[from:to] {
			if class[r.row] {
				p.Add(weightOf(weight, r.row))
			} else {
				n.Add(weightOf(weight, r.row))
			}
		}
		score = append(score, rows[from].score())
		positive = append(positive, p.Value())
		negative = append(negative, n.Value())
		to = from
	}
	return score, positive, negative
}

// AveragePrecision returns the sum over the distinct scores of the precision times the step in recall.
//
// Shapes, cost and errors are those of ROCAUC.
// Units: [0, 1]; the share of the true class for chance.
// Source: equals sklearn.metrics.average_precision_score 1.9.1 to 1e-12.
func AveragePrecision(class []bool, score, weight []float64) (float64, error) {
	rows, err := checkScores("average_precision", class, score, weight)
	if err != nil {
		return 0, err
	}
	return averagePrecisionOf(rows, class, weight), nil
}

func averagePrecisionOf(rows []ranked, class []bool, weight []float64) float64 {
	_, positive, negative := cumulative(rows, class, weight)
	var sum num.Accumulator
	last := 0.0
	for i, p := range positive {
		sum.Add(float64((p - last) * (p / (p + negative[i]))))
		last = p
	}
	return math.Min(1, sum.Value()/last)
}

// ROCCurve holds the points of a ROC curve from (0, 0) to (1, 1), by falling Threshold: the rates among the rows whose
// score is at least Threshold. The first Threshold is +Inf. Points on a straight line between their neighbours are
// left out.
type ROCCurve struct {
	FalsePositiveRate, TruePositiveRate, Threshold []float64
}

// KS returns the largest distance between the two rates, in [0, 1]: the Kolmogorov–Smirnov statistic between the
// scores of the classes, of credit scoring.
func (c ROCCurve) KS() float64 {
	ks := 0.0
	for i, f := range c.FalsePositiveRate {
		ks = math.Max(ks, math.Abs(c.TruePositiveRate[i]-f))
	}
	return ks
}

// ROC returns the ROC curve of score against class.
//
// Shapes, cost and errors are those of ROCAUC.
// Source: equals sklearn.metrics.roc_curve 1.9.1 with drop_intermediate to 1e-12.
func ROC(class []bool, score, weight []float64) (ROCCurve, error) {
	rows, err := checkScores("roc", class, score, weight)
	if err != nil {
		return ROCCurve{}, err
	}
	threshold, positive, negative := cumulative(rows, class, weight)
	last := len(threshold) - 1
	curve := ROCCurve{[]float64{0}, []float64{0}, []float64{math.Inf(1)}}
	bends := func(v []float64, i int) bool { return (v[i+1]-v[i])-(v[i]-v[i-1]) != 0 }
	for i, t := range threshold {
		if i == 0 || i == last || bends(positive, i) || bends(negative, i) {
			curve.FalsePositiveRate = append(curve.FalsePositiveRate, negative[i]/negative[last])
			curve.TruePositiveRate = append(curve.TruePositiveRate, positive[i]/positive[last])
			curve.Threshold = append(curve.Threshold, t)
		}
	}
	return curve, nil
}

// PrecisionRecallCurve holds precision and recall among the rows whose score is at least Threshold, by rising
// Threshold. Precision and Recall have one more value than Threshold, the last: precision 1 and recall 0.
type PrecisionRecallCurve struct {
	Precision, Recall, Threshold []float64
}

// PrecisionRecall returns the precision-recall curve of score against class.
//
// Shapes, cost and errors are those of ROCAUC.
// Source: equals sklearn.metrics.precision_recall_curve 1.9.1 to 1e-12.
func PrecisionRecall(class []bool, score, weight []float64) (PrecisionRecallCurve, error) {
	rows, err := checkScores("precision_recall", class, score, weight)
	if err != nil {
		return PrecisionRecallCurve{}, err
	}
	threshold, positive, negative := cumulative(rows, class, weight)
	n := len(threshold)
	curve := PrecisionRecallCurve{make([]float64, n+1), make([]float64, n+1), make([]float64, n)}
	for i, t := range threshold {
		at := n - 1 - i
		curve.Threshold[at] = t
		curve.Precision[at] = positive[i] / (positive[i] + negative[i])
		curve.Recall[at] = positive[i] / positive[n-1]
	}
	curve.Precision[n] = 1
	return curve, nil
}
