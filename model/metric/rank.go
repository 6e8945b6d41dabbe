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

// keyOf returns a score as an unsigned integer of the same order.
func keyOf(score float64) uint64 {
	b := math.Float64bits(score + 0) // -0 becomes 0
	if b>>63 == 1 {
		return ^b
	}
	return b | 1<<63
}

// scoreOf is the number that a key came from.
func scoreOf(key uint64) float64 {
	if key>>63 == 1 {
		return math.Float64frombits(key &^ (1 << 63))
	}
	return math.Float64frombits(^key)
}

// rankRows returns the rows with a weight above zero by ascending score, equal scores by row.
func rankRows(score, weight []float64) []ranked {
	rows := make([]ranked, 0, len(score))
	for i, s := range score {
		if weight != nil && weight[i] == 0 {
			continue
		}
		rows = append(rows, ranked{keyOf(s), i})
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

// ranking is rows by score. Without weights nothing but the scores of each class is kept, 8 bytes a row.
type ranking struct {
	keys   [2][]uint64 // without weights: the scores of the false and of the true rows, ascending
	rows   []ranked    // with weights: those above zero
	class  []bool
	weight []float64
}

// group is the rows of one score.
type group struct {
	key    uint64
	count  [2]int // false rows, true rows
	weight [2]num.Accumulator
	rows   []ranked // with weights
}

// checkScores verifies what the rank metrics share and ranks the rows.
func checkScores(operation string, class []bool, score, weight []float64) (*ranking, error) {
	if err := check(operation, len(class), weight, anyNumber("score", score)); err != nil {
		return nil, err
	}
	var count [2]int
	for i, c := range class {
		if weightOf(weight, i) > 0 {
			count[code(c)]++
		}
	}
	if count[0] == 0 || count[1] == 0 {
		return nil, fmt.Errorf("metric: %s: %w", operation, ErrOneClass)
	}
	r := &ranking{class: class, weight: weight}
	if weight != nil {
		r.rows = rankRows(score, weight)
		return r, nil
	}
	for c := range r.keys {
		r.keys[c] = make([]uint64, 0, count[c])
	}
	for i, s := range score {
		c := code(class[i])
		r.keys[c] = append(r.keys[c], keyOf(s))
	}
	slices.Sort(r.keys[0])
	slices.Sort(r.keys[1])
	return r, nil
}

// ascending calls f with the rows of every distinct score, the smallest first.
func (r *ranking) ascending(f func(g group)) {
	for from := 0; from < len(r.rows); {
		to := from + 1
		for to < len(r.rows) && r.rows[to].key == r.rows[from].key {
			to++
		}
		f(r.weighed(from, to))
		from = to
	}
	var at [2]int
	for at[0] < len(r.keys[0]) || at[1] < len(r.keys[1]) {
		g := group{key: math.MaxUint64}
		for c, keys := range r.keys {
			if at[c] < len(keys) {
				g.key = min(g.key, keys[at[c]])
			}
		}
		for c, keys := range r.keys {
			for at[c] < len(keys) && keys[at[c]] == g.key {
				at[c]++
				g.count[c]++
			}
			g.weight[c].Add(float64(g.count[c]))
		}
		f(g)
	}
}

// descending calls f with the rows of every distinct score, the largest first.
func (r *ranking) descending(f func(g group)) {
	for to := len(r.rows); to > 0; {
		from := to - 1
		for from > 0 && r.rows[from-1].key == r.rows[to-1].key {
			from--
		}
		f(r.weighed(from, to))
		to = from
	}
	left := [2]int{len(r.keys[0]), len(r.keys[1])}
	for left[0]+left[1] > 0 {
		var g group
		for c, keys := range r.keys {
			if left[c] > 0 {
				g.key = max(g.key, keys[left[c]-1])
			}
		}
		for c, keys := range r.keys {
			for left[c] > 0 && keys[left[c]-1] == g.key {
				left[c]--
				g.count[c]++
			}
			g.weight[c].Add(float64(g.count[c]))
		}
		f(g)
	}
}

// weighed is the group of some of the weighted rows.
func (r *ranking) weighed(from, to int) group {
	g := group{key: r.rows[from].key, rows: r.rows[from:to]}
	for _, row := range g.rows {
		c := code(r.class[row.row])
		g.count[c]++
		g.weight[c].Add(r.weight[row.row])
	}
	return g
}

// each calls f for every row of g with its class and its weight.
func (r *ranking) each(g group, f func(class int, weight float64)) {
	if r.weight != nil {
		for _, row := range g.rows {
			f(code(r.class[row.row]), r.weight[row.row])
		}
		return
	}
	for c, n := range g.count {
		for range n {
			f(c, 1)
		}
	}
}

// ROCAUC returns the area under the ROC curve of score against class.
//
// Shapes: class, score and weight have length n; weight may be nil (all ones).
// Units: score is any increasing measure of the true class; the result is in [0, 1], 0.5 for chance.
// Ties count one half. Order of rows does not matter; without weights the pairs are counted exactly. O(n log n) time and
// 8 bytes a row, with weights O(n) and 32.
// Errors: ErrEmpty, ErrLength, ErrNonFinite, ErrRange (weights), or ErrOneClass if class is constant.
// Source: Fawcett (2006), "An introduction to ROC analysis", alg. 3; equals sklearn.metrics.roc_auc_score 1.9.1 to
// 1e-12.
func ROCAUC(class []bool, score, weight []float64) (float64, error) {
	r, err := checkScores("roc_auc", class, score, weight)
	if err != nil {
		return 0, err
	}
	return areaOf(r), nil
}

func areaOf(r *ranking) float64 {
	if r.weight == nil {
		var positive, negative, wins uint64 // wins counts half pairs: at most n²/2
		r.ascending(func(g group) {
			n, p := uint64(g.count[0]), uint64(g.count[1])
			wins += p * (2*negative + n)
			positive += p
			negative += n
		})
		return float64(wins) / float64(2*positive*negative)
	}
	var positive, negative, wins num.Accumulator
	r.ascending(func(g group) {
		n, p := g.weight[0], g.weight[1]
		wins.Add(float64(p.Value() * (negative.Value() + float64(n.Value()/2))))
		positive.Merge(p)
		negative.Merge(n)
	})
	return math.Min(1, wins.Value()/float64(positive.Value()*negative.Value()))
}

// reached calls f for each distinct score in descending order with the weight of the true and of the false rows that
// reach it.
func (r *ranking) reached(f func(key uint64, positive, negative float64)) {
	var total [2]num.Accumulator
	r.descending(func(g group) {
		r.each(g, func(c int, w float64) { total[c].Add(w) })
		f(g.key, total[1].Value(), total[0].Value())
	})
}

// cumulative returns what reached gives.
func (r *ranking) cumulative() (score, positive, negative []float64) {
	r.reached(func(key uint64, p, n float64) {
		score = append(score, scoreOf(key))
		positive = append(positive, p)
		negative = append(negative, n)
	})
	return score, positive, negative
}

// AveragePrecision returns the sum over the distinct scores of the precision times the step in recall.
//
// Shapes, cost and errors are those of ROCAUC.
// Units: [0, 1]; the share of the true class for chance.
// Source: equals sklearn.metrics.average_precision_score 1.9.1 to 1e-12.
func AveragePrecision(class []bool, score, weight []float64) (float64, error) {
	r, err := checkScores("average_precision", class, score, weight)
	if err != nil {
		return 0, err
	}
	return averagePrecisionOf(r), nil
}

func averagePrecisionOf(r *ranking) float64 {
	var sum num.Accumulator
	last := 0.0
	r.reached(func(_ uint64, positive, negative float64) {
		sum.Add(float64((positive - last) * (positive / (positive + negative))))
		last = positive
	})
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
	r, err := checkScores("roc", class, score, weight)
	if err != nil {
		return ROCCurve{}, err
	}
	threshold, positive, negative := r.cumulative()
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
	r, err := checkScores("precision_recall", class, score, weight)
	if err != nil {
		return PrecisionRecallCurve{}, err
	}
	threshold, positive, negative := r.cumulative()
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
