package tree

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/tidewheel/tidewheel/internal/matrix"
)

// parameters of a training run; all are set, none has a default here.
type parameters struct {
	objective       objective
	trees           int
	rate            float64
	leaves          int
	maxDepth        int
	minRows         int
	minHessian      float64
	maxBins         int
	l1, l2          float64
	minGain         float64
	featureFraction float64
	rowFraction     float64
	patience        int // rounds without a better validation loss before the end; 0: train all rounds
	seed            uint64
	workers         int
}

// table is columns with their labels.
type table struct {
	columns []column
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
	train, valid           *table
	words, validWords      words
	score, validScore      [][]float64
	probability            [][]float64
	g, h                   []float64
	all                    []int32
	bag                    []bool
	grower                 *grower
	rowRandom, colRandom   *rand.Rand
	gMaxima, hMaxima       []float64
	unit                   bool
	rounds, best, treesRun int
}

// boost trains on a table with at least one row. valid may be nil. It returns ctx's error when it is done.
func boost(ctx context.Context, train, valid *table, p parameters) (*ensemble, error) {
	t := &trainer{parameters: &p, train: train, valid: valid}
	e := &ensemble{gain: make([]float64, len(train.columns)), splits: make([]int, len(train.columns))}
	if err := t.prepare(ctx, e); err != nil {
		return nil, err
	}
	bestLoss := math.Inf(1)
	for round := range p.trees {
		grewAny, err := t.round(ctx, e)
		if err != nil {
			return nil, fmt.Errorf("round %d: %w", round, err)
		}
		if !grewAny && p.rowFraction == 1 && p.featureFraction == 1 {
			e.trees = e.trees[:round*len(e.base)] // and every later round would be the same
			break
		}
		t.rounds = round + 1
		if valid == nil {
			continue
		}
		loss := p.objective.loss(&valid.labels, t.validScore, valid.rows)
		e.losses = append(e.losses, loss)
		if loss < bestLoss {
			bestLoss, t.best = loss, t.rounds
		}
		if p.patience > 0 && t.rounds-t.best >= p.patience {
			break
		}
	}
	if valid != nil && p.patience > 0 {
		e.trees = e.trees[:t.best*len(e.base)]
	}
	e.countImportance(p.minGain)
	return e, nil
}

func (t *trainer) prepare(ctx context.Context, e *ensemble) error {
	n := t.train.rows
	sample := sampleIndex(n, t.seed)
	e.binners = make([]*binner, len(t.train.columns))
	err := matrix.Parallel(ctx, t.workers, len(e.binners), func(f, _ int) {
		e.binners[f] = newBinner(t.train.columns[f], sample, t.maxBins)
	})
	if err != nil {
		return err
	}
	if t.words, err = binColumns(ctx, t.train.columns, e.binners, n, t.workers); err != nil {
		return err
	}
	e.base = t.objective.base(&t.train.labels, n)
	t.score = filled(e.base, n)
	if t.valid != nil {
		if t.validWords, err = binColumns(ctx, t.valid.columns, e.binners, t.valid.rows, t.workers); err != nil {
			return err
		}
		t.validScore = filled(e.base, t.valid.rows)
	}
	if t.objective == softmax {
		t.probability = filled(e.base, n)
	}
	t.g, t.h = make([]float64, n), make([]float64, n)
	t.all = make([]int32, n)
	t.unit = t.objective == squared && t.train.weight == nil
	t.gMaxima, t.hMaxima = make([]float64, chunks(n)), make([]float64, chunks(n))
	t.grower = newGrower(t.words, e.binners, n, t.parameters)
	t.grower.rows = make([]int32, n)
	t.rowRandom = newRandom(t.seed, streamRows)
	t.colRandom = newRandom(t.seed, streamColumns)
	return nil
}

func filled(base []float64, n int) [][]float64 {
	out := make([][]float64, len(base))
	for c, b := range base {
		out[c] = slices.Repeat([]float64{b}, n)
	}
	return out
}

// round adds one tree for each output and reports whether any has a split.
func (t *trainer) round(ctx context.Context, e *ensemble) (grewAny bool, err error) {
	n := t.train.rows
	if t.objective == softmax {
		err := matrix.Parallel(ctx, t.workers, chunks(n), func(c, _ int) {
			lo, hi := chunk(c, n)
			probabilities(t.probability, t.score, lo, hi)
		})
		if err != nil {
			return false, err
		}
	}
	t.sampleRows()
	for c := range e.base {
		if err := t.quantise(ctx, c); err != nil {
			return false, err
		}
		t.sampleColumns()
		t.grower.rows = append(t.grower.rows[:0], t.all...)
		g, err := t.grower.grow(ctx, t.rate)
		if err != nil {
			return false, err
		}
		if len(g.nodes) == 0 {
			g.values[0] = 0 // the base score has it already
		} else {
			grewAny = true
		}
		if err := t.update(ctx, c, g); err != nil {
			return false, err
		}
		e.trees = append(e.trees, g)
	}
	return grewAny, nil
}

// quantise computes the gradients of output c and packs them.
func (t *trainer) quantise(ctx context.Context, c int) error {
	n := t.train.rows
	state := t.score[c]
	if t.objective == softmax {
		state = t.probability[c]
	}
	err := matrix.Parallel(ctx, t.workers, chunks(n), func(k, _ int) {
		lo, hi := chunk(k, n)
		t.objective.gradients(t.train.part(lo, hi), c, state[lo:hi], t.g[lo:hi], t.h[lo:hi])
		var g, h float64
		for i := lo; i < hi; i++ {
			g, h = max(g, math.Abs(t.g[i])), max(h, t.h[i])
		}
		t.gMaxima[k], t.hMaxima[k] = g, h
	})
	if err != nil {
		return err
	}
	g, h := max(slices.Max(t.gMaxima), math.SmallestNonzeroFloat64), max(slices.Max(t.hMaxima), math.SmallestNonzeroFloat64)
	q := newQuanta(n, g, h, t.unit)
	t.grower.hist.quanta = q
	gInv, hInv := 1/q.gScale, 1/q.hScale
	t.treesRun++
	salt := mix(t.seed + uint64(t.treesRun)<<32 + streamDither)
	return matrix.Parallel(ctx, t.workers, chunks(n), func(k, _ int) {
		lo, hi := chunk(k, n)
		for i := lo; i < hi; i++ {
			t.grower.hist.packed[i] = q.pack(t.g[i], t.h[i], gInv, hInv, mix(salt+uint64(i)))
		}
	})
}

// sampleRows chooses the rows of a round.
func (t *trainer) sampleRows() {
	n := t.train.rows
	if t.rowFraction == 1 {
		if t.rounds == 0 {
			for i := range t.all {
				t.all[i] = int32(i)
			}
		}
		return
	}
	want := max(int(float64(n)*t.rowFraction+0.5), 1)
	t.all = t.all[:0]
	if t.bag == nil {
		t.bag = make([]bool, n)
	}
	choose(n, want, t.rowRandom, func(i int, chosen bool) {
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
	for _, f := range t.colRandom.Perm(len(use))[:want] {
		use[f] = true
	}
}

// update adds a tree to the scores of output c.
func (t *trainer) update(ctx context.Context, c int, g *grown) error {
	leaves := t.grower.leaves
	score := t.score[c]
	err := matrix.Parallel(ctx, t.workers, len(leaves), func(i, _ int) {
		l := leaves[i]
		for _, r := range t.grower.rows[l.start : l.start+l.count] {
			score[r] += g.values[i]
		}
	})
	if err != nil {
		return err
	}
	if t.rowFraction < 1 {
		err := matrix.Parallel(ctx, t.workers, chunks(len(score)), func(k, _ int) {
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
	score = t.validScore[c]
	return matrix.Parallel(ctx, t.workers, chunks(len(score)), func(k, _ int) {
		lo, hi := chunk(k, len(score))
		for i := lo; i < hi; i++ {
			score[i] += g.values[g.eval(t.validWords, int32(i))]
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
