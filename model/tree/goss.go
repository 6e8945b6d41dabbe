package tree

import (
	"context"
	"math"
	"slices"
)

// GOSSOptions are those of gradient-based one-side sampling: each round sees the rows with the largest derivatives and some of the others, which then count for all
// of them. As in LightGBM the first 1/LearningRate rounds see every row.
//
// With few rows drawn of many a row stands for dozens, and a leaf of one that is surely wrong gets a huge value; MinLeafHessian and L2 are against that.
//
// Source: Ke et al. (2017), "LightGBM", algorithm 2; the sizes are those of LightGBM 4.7.0, without its blocks by thread.
type GOSSOptions struct {
	TopRate   float64 // share of the rows that are kept for their derivatives; above 0 and below 1, default 0.2
	OtherRate float64 // share of the rows that are drawn from the others; above 0, at most 1 - TopRate, default 0.1
}

// goss is the state of the sampling.
type goss struct {
	GOSSOptions
	size   []float64 // per row: first times second derivative, absolute, summed over the outputs
	light  []bool    // rows that stand for others
	factor float64   // how many rows such a row stands for
}

// sampleByGradient chooses the rows of the round by their derivatives.
func (t *trainer) sampleByGradient(ctx context.Context) error {
	if t.first+t.done < int(1/t.rate) {
		return nil
	}
	s := t.goss
	if s.size == nil {
		s.size, s.light, t.bag = make([]float64, t.rows), make([]bool, t.rows), make([]bool, t.rows)
	}
	clear(s.size)
	for c := range t.score {
		if err := t.derive(ctx, c); err != nil {
			return err
		}
		err := t.crew.do(ctx, 0, chunks(t.rows), func(k, _ int) {
			lo, hi := chunk(k, t.rows)
			for i := lo; i < hi; i++ {
				s.size[i] += math.Abs(t.g[i] * t.h[i])
			}
		})
		if err != nil {
			return err
		}
	}
	n := t.rows
	top, other := max(int(float64(n)*s.TopRate), 1), max(int(float64(n)*s.OtherRate), 1)
	order := slices.Clone(s.size)
	selectK(order, n-top)
	threshold := order[n-top]
	s.factor = float64(n-top) / float64(other)
	t.sampled, t.all = true, t.all[:0]
	large, drawn := 0, 0
	for i, v := range s.size {
		chosen := v >= threshold
		if s.light[i] = false; chosen {
			large++
		} else {
			rest := n - i - (top - large)
			if chosen = t.rowRandom.Float64()*float64(rest) < float64(other-drawn); chosen {
				s.light[i] = true
				drawn++
			}
		}
		if t.bag[i] = chosen; chosen {
			t.all = append(t.all, int32(i))
		}
	}
	return nil
}

// packLight is pack with the factor of the rows that stand for others.
func (t *trainer) packLight(ctx context.Context, q quanta, salt uint64) error {
	gInv, hInv := 1/q.gScale, 1/q.hScale
	return t.crew.do(ctx, 0, chunks(t.rows), func(k, _ int) {
		lo, hi := chunk(k, t.rows)
		for i := lo; i < hi; i++ {
			factor := 1.0
			if t.goss.light[i] {
				factor = t.goss.factor
			}
			t.grower.hist.packed[i] = q.pack(factor*t.g[i], factor*t.h[i], gInv, hInv, mix(salt+uint64(i)))
		}
	})
}
