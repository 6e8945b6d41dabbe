package metric

import (
	"fmt"
	"math"

	"github.com/tidewheel/tidewheel/internal/num"
)

// DCG returns the discounted cumulative gain of the documents of one query, ordered by falling score: the sum of
// relevance over the logarithm (base 2) of 1 + position, of the first k positions. Documents with equal scores share
// the mean of their discounts.
//
// Shapes: relevance and score have length n; k is at least 1, or 0 for all.
// Units: relevance is at least 0 and used as it is (pass 2^r-1 for the exponential form).
// Errors: ErrEmpty, ErrLength, ErrNonFinite or ErrRange.
// Source: McSherry & Najork (2008); equals sklearn.metrics.dcg_score 1.9.1 to 1e-12.
func DCG(relevance, score []float64, k int) (float64, error) {
	if err := checkGain("dcg", relevance, score, k); err != nil {
		return 0, err
	}
	return gain(relevance, score, k), nil
}

// NDCG returns DCG over the DCG of the best order, and 0 where no document is relevant. The usual value of a data set
// is the mean over its queries.
//
// Shapes and errors are those of DCG; ErrEmpty also for fewer than two documents. Units: [0, 1].
// Source: equals sklearn.metrics.ndcg_score 1.9.1 to 1e-12.
func NDCG(relevance, score []float64, k int) (float64, error) {
	if err := checkGain("ndcg", relevance, score, k); err != nil {
		return 0, err
	}
	if len(relevance) < 2 {
		return 0, fmt.Errorf("metric: ndcg: %w: want at least 2 documents", ErrEmpty)
	}
	return ratio(gain(relevance, score, k), gain(relevance, relevance, k)), nil
}

func checkGain(operation string, relevance, score []float64, k int) error {
	if k < 0 {
		return fmt.Errorf("metric: %s: %w: k: want at least 0, got %d", operation, ErrRange, k)
	}
	return check(operation, len(relevance), nil, column{"relevance", relevance, 0, math.MaxFloat64},
		anyNumber("score", score))
}

func gain(relevance, score []float64, k int) float64 {
	return gainOf(rankRows(score, nil), relevance, k)
}

// gainOf is the gain of documents that are ranked by ascending score.
func gainOf(rows []ranked, relevance []float64, k int) float64 {
	n := len(rows)
	if k == 0 || k > n {
		k = n
	}
	var sum num.Accumulator
	for to := n; to > 0; {
		from := to - 1
		for from > 0 && rows[from-1].key == rows[to-1].key {
			from--
		}
		var relevant, discount float64
		for _, r := range rows[from:to] {
			relevant += relevance[r.row]
		}
		for position := n - to; position < n-from && position < k; position++ {
			discount += math.Ln2 / num.Log(float64(position+2))
		}
		sum.Add(float64(relevant*discount) / float64(to-from))
		to = from
	}
	return sum.Value()
}
