package tree

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sync/atomic"

	"github.com/tidewheel/tidewheel/internal/matrix"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/metric"
)

// queries are the rows of each group, in their order: those of query q are rows[start[q]:start[q+1]]. Groups without rows are left out.
type queries struct {
	start []int32
	rows  []int32
}

// byQuery returns the queries of n rows.
func (l *labels) byQuery(n int) *queries {
	if l.queries != nil {
		return l.queries
	}
	group := l.group[:n]
	count := make([]int32, slices.Max(group)+1)
	for _, g := range group {
		count[g]++
	}
	q := &queries{start: []int32{0}, rows: make([]int32, n)}
	at := make([]int32, len(count))
	for g, c := range count {
		if c > 0 {
			at[g] = q.start[len(q.start)-1]
			q.start = append(q.start, at[g]+c)
		}
	}
	for i, g := range group {
		q.rows[at[g]] = int32(i)
		at[g]++
	}
	l.queries = q
	return q
}

func (q *queries) n() int { return len(q.start) - 1 }

func (q *queries) of(i int) []int32 { return q.rows[q.start[i]:q.start[i+1]] }

// lambdaRank is the gradient of NDCG as Burges (2010), "From RankNet to LambdaRank to LambdaMART: an overview", approximates it: pairs of rows of a query push each
// other apart by what swapping them would change. Details are LightGBM's: gains of 2^grade - 1; only pairs of which one row is among the first truncation ones; the
// change of NDCG over 0.01 plus the difference of the scores; and the gradients of a query scaled by log2(1+s)/s, where s is what they sum to.
type lambdaRank struct {
	problem    model.Problem
	truncation int
	best       []float64 // one over the best DCG of each query, 0 where nothing is relevant
	g, h       []float64 // of all rows, at the start of the round
}

func isRanking(p model.Problem) bool { return p.Task == model.Ranking && p.Group != "" }

func newLambdaRank(o BoostingOptions, p model.Problem) objective {
	return &lambdaRank{problem: p, truncation: o.RankTruncation}
}

// rankPositions is how many positions the measured NDCG looks at.
const rankPositions = 10

func (*lambdaRank) traits() objectiveTraits { return objectiveTraits{metric: "ndcg_10", higher: true} }

func (o *lambdaRank) check(l *labels, n int) error {
	if err := checkSums(l, n, false); err != nil {
		return err
	}
	if err := o.problem.CheckGrades(l.value[:n]); err != nil {
		return err
	}
	q := l.byQuery(n)
	for i := range q.n() {
		rows := q.of(i)
		for _, r := range rows {
			if l.value[r] != l.value[rows[0]] {
				return nil
			}
		}
	}
	return fmt.Errorf("%w: want a query with rows of different grades, got none", model.ErrTarget)
}

func (*lambdaRank) base(*labels, int) []float64 { return []float64{0} }

// gain is what a grade adds to the DCG at the first position.
func gain(grade float64) float64 { return math.Ldexp(1, int(grade)) - 1 }

// discount is the share of a gain that position i has, from 0.
func discount(i int) float64 { return 1 / math.Log2(float64(i+2)) }

// prepare computes the gradients of all rows, query by query.
func (o *lambdaRank) prepare(ctx context.Context, workers int, l *labels, score [][]float64) error {
	n := len(score[0])
	q := l.byQuery(n)
	if o.best == nil {
		o.g, o.h, o.best = make([]float64, n), make([]float64, n), make([]float64, q.n())
		for i := range o.best {
			o.best[i] = o.inverseBest(l, q.of(i))
		}
	}
	return q.each(ctx, workers, func(i int, w *rankWork) { o.query(l, q.of(i), o.best[i], score[0], w) })
}

// inverseBest is one over the DCG of the rows in their best order, 0 where it is 0.
func (o *lambdaRank) inverseBest(l *labels, rows []int32) float64 {
	grades := make([]float64, len(rows))
	for i, r := range rows {
		grades[i] = l.value[r]
	}
	slices.Sort(grades)
	slices.Reverse(grades)
	sum := 0.0
	for i, v := range grades[:min(len(grades), o.truncation)] {
		sum += gain(v) * discount(i)
	}
	if sum == 0 {
		return 0
	}
	return 1 / sum
}

// rankWork is a worker's room for one query: its rows by falling score, and what belongs to each.
type rankWork struct {
	rows                       []int32
	score, grade, gain, reduce []float64
	g, h                       []float64
}

// queryTask is about how many rows a task takes.
const queryTask = 1 << 11

// each calls do for every query.
func (q *queries) each(ctx context.Context, workers int, do func(i int, w *rankWork)) error {
	first := []int{0} // of each task
	for i := range q.n() {
		if int(q.start[i+1]-q.start[first[len(first)-1]]) >= queryTask {
			first = append(first, i+1)
		}
	}
	first = append(first, q.n())
	work := make([]rankWork, max(1, workers))
	return matrix.Parallel(ctx, workers, len(first)-1, func(t, w int) {
		for i := first[t]; i < first[t+1] && ctx.Err() == nil; i++ {
			do(i, &work[w])
		}
	})
}

// sort fills w with the rows of a query by falling score, rows of one score in their order.
func (w *rankWork) sort(l *labels, rows []int32, score []float64) {
	n := len(rows)
	w.rows = append(w.rows[:0], rows...)
	slices.SortStableFunc(w.rows, func(a, b int32) int {
		switch {
		case score[a] > score[b]:
			return -1
		case score[a] < score[b]:
			return 1
		default:
			return 0
		}
	})
	for _, s := range []*[]float64{&w.score, &w.grade, &w.gain, &w.reduce, &w.g, &w.h} {
		*s = slices.Grow((*s)[:0], n)[:n]
	}
	for i, r := range w.rows {
		w.score[i], w.grade[i], w.gain[i], w.reduce[i] = score[r], l.value[r], gain(l.value[r]), discount(i)
	}
	clear(w.g)
	clear(w.h)
}

// wrongOrder returns the probability that a pair whose scores are apart by x is in the wrong order, at the nearest lower of 2^20 points between -25 and 25: LightGBM's
// table. Its trees are ours for dozens of rounds, where the exact value makes another split after fifteen.
func wrongOrder(x float64) float64 {
	const points, half = 1 << 20, 25
	const perUnit = points / (2 * half)
	at := math.Floor((min(max(x, -half), half) + half) * perUnit)
	return 1 / (1 + math.Exp(min(at, points-1)/perUnit-half))
}

// query computes the gradients of the rows of one query.
func (o *lambdaRank) query(l *labels, rows []int32, best float64, score []float64, w *rankWork) {
	n := len(rows)
	w.sort(l, rows, score)
	spread := w.score[0] != w.score[n-1]
	total := 0.0
	for i := range min(n-1, o.truncation) {
		for j := i + 1; j < n; j++ {
			if w.grade[i] == w.grade[j] {
				continue
			}
			high, low := i, j
			if w.grade[j] > w.grade[i] {
				high, low = j, i
			}
			apart := w.score[high] - w.score[low]
			change := (w.gain[high] - w.gain[low]) * math.Abs(w.reduce[high]-w.reduce[low]) * best
			if spread {
				change /= 0.01 + math.Abs(apart)
			}
			p := wrongOrder(apart)
			push, bend := p*change, p*(1-p)*change
			w.g[low] += push
			w.g[high] -= push
			w.h[low] += bend
			w.h[high] += bend
			total += 2 * push
		}
	}
	factor := 1.0
	if total > 0 {
		factor = math.Log2(1+total) / total
	}
	for i, r := range w.rows {
		o.g[r], o.h[r] = w.g[i]*factor, w.h[i]*factor
	}
}

func (o *lambdaRank) gradients(_ *labels, _ [][]float64, to *pairs) {
	copy(to.g, o.g[to.lo:to.hi])
	copy(to.h, o.h[to.lo:to.hi])
}

// loss is the mean over the queries of NDCG at rankPositions as metric.Ranking has it, by the mean weight of a query's rows.
func (*lambdaRank) loss(ctx context.Context, workers int, l *labels, score [][]float64) (float64, error) {
	q := l.byQuery(len(score[0]))
	values, weights := make([]float64, q.n()), make([]float64, q.n())
	var failed atomic.Pointer[error]
	err := q.each(ctx, workers, func(i int, w *rankWork) {
		w.sort(l, q.of(i), score[0])
		best, err1 := metric.DCG(w.gain, w.grade, rankPositions)
		got, err2 := metric.DCG(w.gain, w.score, rankPositions)
		for _, err := range []error{err1, err2} {
			if err != nil {
				failed.CompareAndSwap(nil, &err)
			}
		}
		values[i] = 1
		if best > 0 {
			values[i] = got / best
		}
		for _, r := range w.rows {
			weights[i] += l.weightOf(int(r)) / float64(len(w.rows))
		}
	})
	if p := failed.Load(); p != nil && err == nil {
		err = *p
	}
	if err != nil {
		return 0, err
	}
	var sum, all float64
	for i, v := range values {
		sum += weights[i] * v
		all += weights[i]
	}
	return sum / all, nil
}
