package tree

import (
	"context"
)

// DartOptions are those of dropout: some rounds grow their trees as if some earlier trees were not there, and then share their place with them. EarlyStopping
// cannot be used beside it, because earlier trees change. With Continue only the new trees are dropped.
//
// Source: Rashmi and Gilad-Bachrach (2015), "DART"; the weights are those of LightGBM 4.7.0.
type DartOptions struct {
	DropRate float64 // share of the earlier rounds whose trees are dropped; above 0 to 1, default 0.1
	Rounds   float64 // share of the rounds that drop any; above 0 to 1, default 0.5: LightGBM's 1 - skip_drop
	MaxDrop  int     // rounds that are dropped at once, at most; default 50
	Uniform  bool    // every round is dropped as likely; else in proportion to its weight
	XGBoost  bool    // trees are weighted as by XGBoost: with k dropped, the new ones count LearningRate/(k+LearningRate) and the dropped ones k/(k+LearningRate)
}

// dart is the state of the dropping.
type dart struct {
	DartOptions
	dropped []int     // rounds that the round at hand does without
	weight  []float64 // of each round
	sum     float64   // of weight
}

// drop chooses the rounds to do without, takes their trees off the scores and sets the weight of the new ones.
func (t *trainer) drop(ctx context.Context) error {
	d, r := t.dart, t.newRandom(streamDrop)
	d.dropped = d.dropped[:0]
	if t.done > 0 && r.Float64() < d.Rounds {
		rate, scale := d.DropRate, 1.0
		if d.Uniform {
			rate = min(rate, float64(d.MaxDrop)/float64(t.done))
		} else {
			scale = float64(len(d.weight)) / d.sum
			rate = min(rate, float64(d.MaxDrop)*scale/d.sum)
		}
		for i := 0; i < t.done && len(d.dropped) < d.MaxDrop; i++ {
			chance := rate
			if !d.Uniform {
				chance *= d.weight[i] * scale
			}
			if r.Float64() < chance {
				d.dropped = append(d.dropped, i)
			}
		}
	}
	k := float64(len(d.dropped))
	switch {
	case k == 0:
		t.step = t.rate
	case d.XGBoost:
		t.step = t.rate / (k + t.rate)
	default:
		t.step = t.rate / (k + 1)
	}
	return t.eachDropped(func(c int, g *grown) error {
		less := make([]float64, len(g.values))
		for i, v := range g.values {
			less[i] = -v
		}
		return t.add(ctx, t.score[c], t.words, g, less)
	})
}

// restore puts the dropped trees back with less weight.
func (t *trainer) restore(ctx context.Context) error {
	d := t.dart
	k, rest := float64(len(d.dropped)), 1.0
	if d.XGBoost {
		rest = t.rate
	}
	keep := k / (k + rest)
	err := t.eachDropped(func(c int, g *grown) error {
		change := make([]float64, len(g.values))
		for i, v := range g.values {
			g.values[i] = keep * v
			change[i] = g.values[i] - v
		}
		if err := t.add(ctx, t.score[c], t.words, g, g.values); err != nil || t.valid == nil {
			return err
		}
		return t.add(ctx, t.validScore[c], t.validWords, g, change)
	})
	for _, i := range d.dropped {
		d.sum -= d.weight[i] * (1 - keep)
		d.weight[i] *= keep
	}
	d.weight = append(d.weight, t.step)
	d.sum += t.step
	return err
}

// eachDropped calls f for the trees of the dropped rounds, with their output.
func (t *trainer) eachDropped(f func(c int, g *grown) error) error {
	for _, i := range t.dart.dropped {
		for c := range t.score {
			if err := f(c, t.ensemble.trees[i*len(t.score)+c]); err != nil {
				return err
			}
		}
	}
	return nil
}
