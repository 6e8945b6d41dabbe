package tree

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync/atomic"
)

// parameters of a training run; all are set, none has a default here.
type parameters struct {
	objective                              objective
	trees                                  int
	rate                                   float64
	leaves                                 int
	maxDepth                               int
	minRows                                int
	minHessian                             float64
	maxBins                                int
	l1, l2                                 float64
	minGain                                float64
	featureFraction                        float64
	rowFraction                            float64
	growth                                 Growth
	nodeFraction                           float64 // share of the columns that each split sees
	constraints                            constraints
	categorySmooth, categoryL2             float64
	maxCategories, maxOneHot, minGroupRows int
	patience                               int    // rounds without a better validation loss before the end; 0: train all rounds
	metric                                 Metric // nil: the objective's loss
	onRound                                func(context.Context, Round) error
	gossOptions                            *GOSSOptions
	dartOptions                            *DartOptions
	first                                  int // rounds of the model that the training goes on from
	seed                                   uint64
	workers                                int
}

func (p *parameters) rules() rules {
	return rules{
		minRows: p.minRows, minHessian: p.minHessian, l1: p.l1, l2: p.l2, minGain: p.minGain, categorySmooth: p.categorySmooth, categoryL2: p.categoryL2,
		maxCategories: p.maxCategories, maxOneHot: p.maxOneHot, minGroupRows: p.minGroupRows,
	}
}

// table is columns with their labels.
type table struct {
	columns []column
	binned  *binned // the columns, once they are; columns may be nil then
	rows    int
	labels
}

// ensemble is a trained model over binned columns.
type ensemble struct {
	binners []*binner
	base    []float64
	trees   []*grown  // output t % len(base)
	losses  []float64 // validation loss after each round, when there is a validation table
	gain    []float64 // per column
	splits  []int     // per column
}

// trainer is the state of a run.
type trainer struct {
	*parameters
	ensemble                ensemble
	train                   labels
	rows                    int
	words                   words
	score                   [][]float64 // per output and row
	valid                   *labels     // nil for none
	validWords              words
	validScore              [][]float64
	g, h                    []float64 // gradients of the output at hand
	gMaxima, hMaxima        []float64 // largest per chunk
	all                     []int32   // rows of the round, ascending
	bag                     []bool    // the same as a set, when rows are sampled
	crew                    *crew
	sampled                 bool    // all is not every row
	derived                 int     // the output whose derivatives g and h hold, -1 for none
	step                    float64 // what the trees of the round are multiplied by
	goss                    *goss   // nil: off
	dart                    *dart   // nil: off
	grower                  *grower
	rowRandom, columnRandom *rand.Rand
	grown                   uint64 // trees grown
	done                    int    // rounds
	best                    int    // round with the best validation loss, 0 for none
	bestLoss                float64
	over                    bool   // nothing is left to grow
	saver                   *saver // nil: no checkpoints
}

// newTrainer bins the columns, which are not read after it, of a table with at least one row. valid may be nil.
func newTrainer(ctx context.Context, train, valid *table, p parameters) (*trainer, error) {
	n := train.rows
	t := &trainer{parameters: &p, train: train.labels, rows: n, step: p.rate}
	if p.gossOptions != nil {
		t.goss = &goss{GOSSOptions: *p.gossOptions}
	}
	if p.dartOptions != nil {
		t.dart = &dart{DartOptions: *p.dartOptions}
	}
	e := &t.ensemble
	if err := train.bin(ctx, nil, &p); err != nil {
		return nil, err
	}
	e.binners, t.words = train.binned.binners, train.binned.words
	t.crew = newCrew(p.workers)
	t.crew.open()
	l, err := newLayout(ctx, t.crew, t.words, e.binners)
	t.crew.close()
	if err != nil {
		return nil, err
	}
	e.gain, e.splits = make([]float64, len(e.binners)), make([]int, len(e.binners))
	e.base = p.objective.base(&train.labels, n)
	if train.offset != nil {
		clear(e.base)
	}
	t.score = train.start(e.base, n)
	t.grown = uint64(p.first * len(e.base))
	if valid != nil {
		if err := valid.bin(ctx, e.binners, &p); err != nil {
			return nil, err
		}
		t.validWords = valid.binned.words
		t.valid = &valid.labels
		t.validScore = valid.start(e.base, valid.rows)
	}
	t.g, t.h = make([]float64, n), make([]float64, n)
	t.all = make([]int32, n)
	for i := range t.all {
		t.all[i] = int32(i)
	}
	t.gMaxima, t.hMaxima = make([]float64, chunks(n)), make([]float64, chunks(n))
	t.grower = newGrower(t.crew, l, e.binners, n, t.parameters)
	return t, nil
}

func filled(base []float64, n int) [][]float64 {
	out := make([][]float64, len(base))
	for c, b := range base {
		out[c] = slices.Repeat([]float64{b}, n)
	}
	return out
}

// start returns the scores that trees are added to, one slice an output: the base, or the offset of each row.
func (l *labels) start(base []float64, n int) [][]float64 {
	out := filled(base, n)
	for c := range l.offset {
		copy(out[c], l.offset[c])
	}
	return out
}

// newRandom returns the random numbers of the round at hand for one use. They hang on the seed and the number of the round alone, so that a training can be taken
// up at any round.
func (t *trainer) newRandom(stream uint64) *rand.Rand {
	return newRandom(t.seed, stream+uint64(t.first+t.done)<<8)
}

// round adds one tree for each output and reports whether any has a split.
func (t *trainer) round(ctx context.Context) (grew bool, err error) {
	t.rowRandom, t.columnRandom = t.newRandom(streamRows), t.newRandom(streamColumns)
	t.derived = -1
	if t.dart != nil {
		if err := t.drop(ctx); err != nil {
			return false, err
		}
	}
	if o, ok := t.objective.(preparer); ok {
		if err := o.prepare(ctx, t.workers, &t.train, t.score); err != nil {
			return false, err
		}
	}
	if err := t.sample(ctx); err != nil {
		return false, err
	}
	for c := range t.score {
		if err := t.quantise(ctx, c); err != nil {
			return false, err
		}
		t.sampleColumns()
		t.grower.rows = append(t.grower.rows[:0], t.all...)
		g, err := t.grower.grow(ctx, t.step)
		if err == nil {
			err = t.renew(ctx, c, g)
		}
		if err != nil {
			return false, err
		}
		if len(g.nodes) == 0 {
			g.values[0] = 0 // the base score has it already
		} else {
			grew = true
		}
		if err := t.update(ctx, c, g); err != nil {
			return false, err
		}
		t.ensemble.trees = append(t.ensemble.trees, g)
	}
	if t.dart != nil {
		return grew, t.restore(ctx)
	}
	return grew, nil
}

// sample chooses the rows of a round.
func (t *trainer) sample(ctx context.Context) error {
	switch {
	case t.goss != nil:
		return t.sampleByGradient(ctx)
	case t.rowFraction < 1:
		t.sampleRows()
	}
	return ctx.Err()
}

// derive computes the derivatives of output c.
func (t *trainer) derive(ctx context.Context, c int) error {
	if t.derived == c {
		return nil
	}
	var negative atomic.Bool
	err := t.crew.do(ctx, 0, chunks(t.rows), func(k, _ int) {
		lo, hi := chunk(k, t.rows)
		t.objective.gradients(&t.train, t.score, &pairs{output: c, lo: lo, hi: hi, g: t.g[lo:hi], h: t.h[lo:hi]})
		if t.train.weight != nil && !t.objective.traits().weighted {
			for i, w := range t.train.weight[lo:hi] {
				t.g[lo+i] *= w
				t.h[lo+i] *= w
			}
		}
		var below bool
		if t.gMaxima[k], t.hMaxima[k], below = extremes(t.g[lo:hi], t.h[lo:hi]); below {
			negative.Store(true)
		}
	})
	if err != nil {
		return err
	}
	t.derived = c
	return checkDerivatives(t.objective, slices.Max(t.gMaxima), slices.Max(t.hMaxima), negative.Load())
}

// quantise computes the derivatives of output c and packs them.
func (t *trainer) quantise(ctx context.Context, c int) error {
	if err := t.derive(ctx, c); err != nil {
		return err
	}
	light := t.goss != nil && t.sampled
	unit, factor := t.objective.traits().unit && t.train.weight == nil && !light, 1.0
	if light {
		factor = max(t.goss.factor, 1)
	}
	q := newQuanta(t.rows, factor*slices.Max(t.gMaxima), factor*slices.Max(t.hMaxima), unit)
	t.grower.hist.quanta = q
	gInv, hInv := 1/q.gScale, 1/q.hScale
	t.grown++
	salt := mix(t.seed + t.grown<<32 + streamDither)
	t.grower.nodeSeed = mix(salt + streamNodes)
	if light {
		return t.packLight(ctx, q, salt)
	}
	return t.crew.do(ctx, 0, chunks(t.rows), func(k, _ int) {
		lo, hi := chunk(k, t.rows)
		for i := lo; i < hi; i++ {
			t.grower.hist.packed[i] = q.pack(t.g[i], t.h[i], gInv, hInv, mix(salt+uint64(i)))
		}
	})
}

// renew gives the leaves of a tree that has splits the values that the objective asks for.
func (t *trainer) renew(ctx context.Context, c int, g *grown) error {
	o, ok := t.objective.(renewer)
	if !ok || len(g.nodes) == 0 {
		return nil
	}
	err := t.crew.do(ctx, 0, len(t.grower.leaves), func(i, _ int) {
		l := t.grower.leaves[i]
		g.values[i] = t.step * o.renew(&t.train, t.score[c], t.grower.rows[l.start:l.start+l.count])
	})
	t.constraints.settle(g)
	return err
}

// sampleRows chooses the rows of a round.
func (t *trainer) sampleRows() {
	if t.bag == nil {
		t.bag, t.sampled = make([]bool, t.rows), true
	}
	want := max(int(float64(t.rows)*t.rowFraction+0.5), 1)
	t.all = t.all[:0]
	choose(t.rows, want, t.rowRandom, func(i int, chosen bool) {
		if t.bag[i] = chosen; chosen {
			t.all = append(t.all, int32(i))
		}
	})
}

// sampleColumns chooses the columns of a tree.
func (t *trainer) sampleColumns() {
	use := t.grower.use
	if t.featureFraction == 1 {
		for f := range use {
			use[f] = true
		}
		return
	}
	want := max(int(float64(len(use))*t.featureFraction+0.5), min(len(use), 2))
	clear(use)
	for _, f := range t.columnRandom.Perm(len(use))[:want] {
		use[f] = true
	}
}

// update adds a tree to the scores of output c.
func (t *trainer) update(ctx context.Context, c int, g *grown) error {
	leaves := t.grower.leaves
	score := t.score[c]
	err := t.crew.do(ctx, 0, len(leaves), func(i, _ int) {
		l := leaves[i]
		for _, r := range t.grower.rows[l.start : l.start+l.count] {
			score[r] += g.values[i]
		}
	})
	if err != nil {
		return err
	}
	if t.sampled {
		err := t.crew.do(ctx, 0, chunks(len(score)), func(k, _ int) {
			lo, hi := chunk(k, len(score))
			for i := lo; i < hi; i++ {
				if !t.bag[i] {
					score[i] += g.values[g.eval(t.words, int32(i))]
				}
			}
		})
		if err != nil {
			return err
		}
	}
	if t.valid == nil {
		return nil
	}
	return t.add(ctx, t.validScore[c], t.validWords, g, g.values)
}

// add adds values, one a leaf of g, to the scores of rows.
func (t *trainer) add(ctx context.Context, score []float64, w words, g *grown, values []float64) error {
	return t.crew.do(ctx, 0, chunks(len(score)), func(k, _ int) {
		lo, hi := chunk(k, len(score))
		for i := lo; i < hi; i++ {
			score[i] += values[g.eval(w, int32(i))]
		}
	})
}

// countImportance sums the gains, which are above the least gain, and counts the splits of each column.
func (e *ensemble) countImportance(minGain float64) {
	for _, t := range e.trees {
		for i := range t.nodes {
			e.gain[t.nodes[i].column] += t.nodes[i].gain + minGain
			e.splits[t.nodes[i].column]++
		}
	}
}
