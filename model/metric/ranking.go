package metric

import (
	"fmt"
	"math"

	"github.com/tidewheel/tidewheel/internal/num"
)

// maxGrade is the largest relevance of what counts grades; the gain of a document is 2^grade - 1.
const maxGrade = 30

// checkGrades verifies documents whose relevance is a grade: a whole number from 0 to maxGrade.
func checkGrades(operation string, relevance, score, weight []float64) error {
	if err := check(operation, len(relevance), weight, column{"relevance", relevance, 0, maxGrade}, anyNumber("score", score)); err != nil {
		return err
	}
	for i, r := range relevance {
		if r != math.Trunc(r) {
			return fmt.Errorf("metric: %s: %w: relevance, row %d: want a whole number", operation, ErrRange, i)
		}
	}
	return nil
}

// query is the documents of one query, ranked by ascending score.
type query struct {
	relevance []float64
	rows      []ranked
}

// blocks calls f with the documents of every distinct score, the largest first, and how many came before them.
func (q *query) blocks(f func(before int, block []ranked)) {
	n := len(q.rows)
	for to := n; to > 0; {
		from := to - 1
		for from > 0 && q.rows[from-1].key == q.rows[to-1].key {
			from--
		}
		f(n-to, q.rows[from:to])
		to = from
	}
}

// relevant counts the documents of a block whose relevance is above zero.
func (q *query) relevant(block []ranked) int {
	n := 0
	for _, r := range block {
		if q.relevance[r.row] > 0 {
			n++
		}
	}
	return n
}

// AveragePrecisionAt returns the mean over the relevant documents of one query of the precision where they stand, of the first k positions: the sum over the number
// of relevant documents, or k if that is smaller. A document is relevant if its relevance is above 0. Documents with equal scores all have the precision at the
// last of them and share the positions up to k.
//
// Shapes: relevance and score have length n; k is at least 1, or 0 for all.
// Units: [0, 1]; 1 where no document is relevant, as in LightGBM.
// Errors: ErrEmpty, ErrLength, ErrNonFinite or ErrRange.
// Source: without ties equals LightGBM's map@k, and with k = 0 AveragePrecision, to 1e-12.
func AveragePrecisionAt(relevance, score []float64, k int) (float64, error) {
	if err := checkGain("average_precision_at", relevance, score, k); err != nil {
		return 0, err
	}
	q := query{relevance, rankRows(score, nil)}
	return q.averagePrecision(k), nil
}

func (q *query) averagePrecision(k int) float64 {
	if n := len(q.rows); k == 0 || k > n {
		k = n
	}
	all := q.relevant(q.rows)
	if all == 0 {
		return 1
	}
	var sum num.Accumulator
	hits := 0
	q.blocks(func(before int, block []ranked) {
		r, n := q.relevant(block), len(block)
		hits += r
		if within := min(n, k-before); within > 0 {
			sum.Add(float64(float64(r)*float64(within)/float64(n)) * (float64(hits) / float64(before+n)))
		}
	})
	return math.Min(1, sum.Value()/float64(min(all, k)))
}

// ReciprocalRank returns one over the position of the first relevant document of one query, whose relevance is above 0. Documents with equal scores come in every
// order equally often: the value is the mean.
//
// Shapes: relevance and score have length n. Units: [0, 1]; 0 where no document is relevant.
// Errors: ErrEmpty, ErrLength, ErrNonFinite or ErrRange.
// Source: Voorhees (1999), "The TREC-8 question answering track report".
func ReciprocalRank(relevance, score []float64) (float64, error) {
	if err := checkGain("reciprocal_rank", relevance, score, 0); err != nil {
		return 0, err
	}
	q := query{relevance, rankRows(score, nil)}
	return q.reciprocalRank(), nil
}

func (q *query) reciprocalRank() float64 {
	value, found := 0.0, false
	q.blocks(func(before int, block []ranked) {
		r, n := q.relevant(block), len(block)
		if found || r == 0 {
			return
		}
		found = true
		none := 1.0 // the probability that no relevant one came yet
		for i := range n - r + 1 {
			here := float64(none*float64(r)) / float64(n-i)
			value += here / float64(before+i+1)
			none -= here
		}
	})
	return value
}

// PairwiseAccuracy returns the share of the pairs of documents of one query with different relevance that their scores put in order. Equal scores count one half.
//
// Shapes: relevance and score have length n; relevance is a whole number from 0 to 30. Units: [0, 1], 0.5 for chance. O(n log n).
// Errors: ErrEmpty, ErrLength, ErrNonFinite, ErrRange, or ErrOneClass if relevance is constant.
// Source: by the definition; with two grades it is ROCAUC.
func PairwiseAccuracy(relevance, score []float64) (float64, error) {
	if err := checkGrades("pairwise_accuracy", relevance, score, nil); err != nil {
		return 0, err
	}
	q := query{relevance, rankRows(score, nil)}
	v := q.pairwiseAccuracy()
	if v != v {
		return 0, fmt.Errorf("metric: pairwise_accuracy: %w", ErrOneClass)
	}
	return v, nil
}

// pairwiseAccuracy is NaN where all documents are equally relevant.
func (q *query) pairwiseAccuracy() float64 {
	var above, block [maxGrade + 1]uint64 // documents of each grade with a larger score, and with the same
	var halves, pairs uint64              // halves of pairs in order
	q.blocks(func(_ int, rows []ranked) {
		block = [maxGrade + 1]uint64{}
		for _, r := range rows {
			block[int(q.relevance[r.row])]++
		}
		for low, n := range block {
			if n == 0 {
				continue
			}
			for grade := range above {
				switch {
				case grade < low:
					pairs += n * (above[grade] + block[grade])
					halves += n * block[grade]
				case grade > low:
					pairs += n * above[grade]
					halves += n * 2 * above[grade]
				}
			}
		}
		for grade, n := range block {
			above[grade] += n
		}
	})
	if pairs == 0 {
		return math.NaN()
	}
	return float64(halves) / float64(2*pairs)
}

// Ranking returns the metrics of a model that orders documents within queries, as means over the queries.
//
// Shapes: relevance, score and weight have length n; weight may be nil (all ones). query holds n codes of at least 0; rows of equal codes are one query, wherever
// they stand. Units: relevance is a grade, a whole number from 0 to 30.
// Values, in order, all with Student's interval over queries:
//
//	ndcg_1 ndcg_3 ndcg_5 ndcg_10          with gains of 2^grade - 1; 1 for a query without a relevant document: LightGBM's ndcg@k
//	ndcg_score ndcg_score_5 ndcg_score_10 with the grade as the gain; 0 for a query without a relevant document: scikit-learn's ndcg_score
//	map                                   AveragePrecisionAt of all positions
//	mrr, pairwise_accuracy                ReciprocalRank and PairwiseAccuracy; queries without relevant documents, and without a pair, are left out
//
// Documents with equal scores share their places, so the order of rows does not matter; LightGBM takes them in the order of rows. A query counts as much as the mean
// weight of its rows above zero. With Resamples queries are drawn, not rows. A metric of which every query is left out is NaN.
// Errors: ErrEmpty, ErrLength, ErrNonFinite, ErrRange, or *dataset.OptionError.
// Source: equals the mean of sklearn.metrics.ndcg_score 1.9.1 and, without ties, LightGBM 4.7.0's ndcg@k and map@k to 1e-12; but that LightGBM's NDCG gives queries
// without a relevant document the weight 1 whatever theirs is.
func Ranking[C Code](relevance, score []float64, query []C, weight []float64, o ReportOptions) (Report, error) {
	const operation = "ranking report"
	if err := checkGrades(operation, relevance, score, weight); err != nil {
		return Report{}, err
	}
	if err := sameLength(operation, "query", len(query), len(relevance)); err != nil {
		return Report{}, err
	}
	if err := checkCodes(operation, "query", query, math.MaxInt32); err != nil {
		return Report{}, err
	}
	names := []string{"ndcg_1", "ndcg_3", "ndcg_5", "ndcg_10", "ndcg_score", "ndcg_score_5", "ndcg_score_10", "map", "mrr", "pairwise_accuracy"}
	values, weights := queryValues(relevance, score, query, weight, len(names))
	report, err := makeReport(len(weights), o, names, func(rows []int, level float64) ([]Interval, error) {
		out := make([]Interval, len(names))
		drawn := take(weights, rows, 1)
		for j := range out {
			out[j] = queryMean(take(values[j], rows, 1), drawn, level)
		}
		return out, nil
	})
	report.Rows = len(relevance)
	return report, err
}

// queryValues returns each metric of each query, NaN where it is left out, and the weight of each query.
func queryValues[C Code](relevance, score []float64, group []C, weight []float64, metrics int) (values [][]float64, weights []float64) {
	at := make(map[C]int)
	var rows [][]int
	for i, c := range group {
		if weight != nil && weight[i] == 0 {
			continue
		}
		k, ok := at[c]
		if !ok {
			k = len(rows)
			at[c] = k
			rows = append(rows, nil)
		}
		rows[k] = append(rows[k], i)
	}
	values = make([][]float64, metrics)
	for j := range values {
		values[j] = make([]float64, len(rows))
	}
	weights = make([]float64, len(rows))
	for k, of := range rows {
		q := query{take(relevance, of, 1), rankRows(take(score, of, 1), nil)}
		for j, v := range q.values() {
			values[j][k] = v
		}
		weights[k] = mean(len(of), nil, func(i int) float64 { return weightOf(weight, of[i]) })
	}
	return values, weights
}

// values are those of Ranking.
func (q *query) values() []float64 {
	gains := make([]float64, len(q.relevance))
	for i, r := range q.relevance {
		gains[i] = math.Ldexp(1, int(r)) - 1
	}
	best := rankRows(q.relevance, nil)
	ndcg := func(gains []float64, k int, none float64) float64 {
		top := gainOf(best, gains, k)
		if top == 0 {
			return none
		}
		return gainOf(q.rows, gains, k) / top
	}
	reciprocal := math.NaN()
	if q.relevant(q.rows) > 0 {
		reciprocal = q.reciprocalRank()
	}
	return []float64{
		ndcg(gains, 1, 1), ndcg(gains, 3, 1), ndcg(gains, 5, 1), ndcg(gains, 10, 1),
		ndcg(q.relevance, 0, 0), ndcg(q.relevance, 5, 0), ndcg(q.relevance, 10, 0),
		q.averagePrecision(0), reciprocal, q.pairwiseAccuracy(),
	}
}

// queryMean is the mean of the values that are not NaN.
func queryMean(values, weight []float64, level float64) Interval {
	kept, of := make([]float64, 0, len(values)), make([]float64, 0, len(values))
	for i, v := range values {
		if v == v {
			kept, of = append(kept, v), append(of, weight[i])
		}
	}
	if len(kept) == 0 {
		return without(math.NaN())
	}
	return lossInterval(len(kept), of, func(i int) float64 { return kept[i] }, level).upTo(1)
}
