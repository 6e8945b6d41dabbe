package explain

import (
	"context"
	"fmt"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/matrix"
	"github.com/tidewheel/tidewheel/model"
)

// Interactions are contributions parted into main effects and effects of pairs. It owns its memory and is safe for concurrent reading.
type Interactions struct {
	Groups []Group
	Base   []float64 // per output
	n      int
	values []float64 // rows × outputs × groups × groups
}

// NumRows returns the number of rows.
func (c *Interactions) NumRows() int { return c.n }

// Row returns the groups × groups matrix, row by row, of an output of row i: symmetric, with main effects on the diagonal and one half of the effect of a pair on
// each side of it. Each of its rows sums to the group's contribution. It is a view that must not be changed. It panics when i or output is out of range.
func (c *Interactions) Row(i, output int) []float64 {
	g := len(c.Groups) * len(c.Groups)
	size := g * len(c.Base)
	row := c.values[i*size : (i+1)*size : (i+1)*size]
	return row[output*g : (output+1)*g : (output+1)*g]
}

// Interactions returns the Shapley interaction values of each row of in. Features that a column was turned into are added up, and their interactions with each other
// count to the column's main effect. The result holds rows × outputs × groups² numbers.
//
// It errors as Contributions does, and with a *model.UnsupportedError under Interventional. Time is rows × leaves × depth² × half the largest depth.
// Equals shap 0.51.0 shap_interaction_values, tree_path_dependent, to 1e-9, and XGBoost 3.2.0 pred_interactions in float32. Source: Lundberg et al. (2020), "From local explanations to global understanding
// with explainable AI for trees", methods 8.
func (e *Explainer) Interactions(ctx context.Context, in dataset.Batch) (*Interactions, error) {
	if e.method != PathDependent {
		return nil, fmt.Errorf("explain: interactions: %w", &model.UnsupportedError{Format: "explain", Feature: "interactions under Interventional"})
	}
	n := in.NumRows()
	columns, err := e.read(in)
	if err != nil {
		return nil, fmt.Errorf("explain: interactions: %w", err)
	}
	c := &Interactions{Groups: e.sum.groups, Base: e.base, n: n}
	size := len(e.base) * len(c.Groups) * len(c.Groups)
	c.values = make([]float64, n*size)
	scratch := make([]*pairScratch, n)
	err = matrix.Parallel(ctx, e.workers, n, func(i, worker int) {
		if scratch[worker] == nil {
			scratch[worker] = e.newPairScratch()
		}
		w := scratch[worker]
		for s := range w.slots {
			w.slots[s][0] = columns[s][i]
		}
		e.pairs(w, c.values[i*size:(i+1)*size])
	})
	if err != nil {
		return nil, fmt.Errorf("explain: interactions: %w", err)
	}
	return c, nil
}

// pairScratch is the memory of one row's interactions.
type pairScratch struct {
	*rowScratch
	pairs []forestPairs
}

// forestPairs is the part of one tree operation.
type forestPairs struct {
	values     []float64   // outputs × features × features; the diagonal has the whole contribution
	path       []int32     // features on the path to a leaf
	derivative [][]float64 // per feature on the path and point
}

func (e *Explainer) newPairScratch() *pairScratch {
	w := &pairScratch{rowScratch: e.newRowScratch(1)}
	for _, f := range e.forests {
		p := len(f.features)
		w.pairs = append(w.pairs, forestPairs{values: make([]float64, f.t.Outputs*p*p), derivative: make([][]float64, p)})
	}
	return w
}

func (e *Explainer) pairs(w *pairScratch, out []float64) {
	for i, f := range e.forests {
		e.load(w.rowScratch, i, 1)
		x, scratch, pairs := w.forests[i].x, w.forests[i].shap, &w.pairs[i]
		clear(pairs.values)
		for t := range f.trees {
			if s := &f.trees[t]; s.root >= 0 {
				f.decide(s.nodes, x, scratch.left)
				s.descend(scratch)
				f.leafPairs(s, scratch, pairs)
			}
		}
	}
	groups := len(e.sum.groups)
	for o := range e.sum.outputs {
		to := out[o*groups*groups : (o+1)*groups*groups]
		for _, v := range e.sum.outputs[o].values {
			to[int(v.group)*groups+int(v.group)] += float64(v.coef * (w.slots[v.slot][0] - e.mean[v.slot]))
		}
		for _, t := range e.sum.outputs[o].trees {
			p := len(e.slots[t.forest])
			addPairs(to, groups, e.groups[t.forest], w.pairs[t.forest].values[t.output*p*p:(t.output+1)*p*p], t.factor)
		}
		e.guard(w.rowScratch, 0, o, to)
	}
}

// addPairs adds the matrix of features, whose diagonal has contributions, to that of groups, whose diagonal has main effects.
func addPairs(to []float64, groups int, group []int32, values []float64, factor float64) {
	p := len(group)
	for i, g := range group {
		main := values[i*p+i]
		for j, h := range group {
			if j == i {
				continue
			}
			v := values[i*p+j]
			main -= v
			to[int(g)*groups+int(h)] += float64(factor * v)
		}
		to[int(g)*groups+int(g)] += float64(factor * main)
	}
}

// leafPairs adds what the leaves of a tree give. The effect of a pair is the integral of the extension's derivative by both features.
func (f *forest) leafPairs(s *shapTree, w *shapScratch, to *forestPairs) {
	n, p := s.points, len(f.features)
	from, end := f.outputsOf(s)
	for leaf := range s.edges {
		if s.edges[leaf].leaf < 0 {
			continue
		}
		to.follow(s, w, leaf)
		down := w.down[leaf*n : (leaf+1)*n]
		for a, i := range to.path {
			da := to.derivative[a]
			for b := a; b < len(to.path); b++ {
				j := to.path[b]
				sum := 0.0
				for q, v := range down {
					v *= da[q]
					if b > a {
						v *= to.derivative[b][q] / 2
					}
					sum += v
				}
				for o := from; o < end; o++ {
					v := leafValue(f.t, s.edges[leaf].leaf, o) * sum
					to.values[o*p*p+int(i)*p+int(j)] += v
					if b > a {
						to.values[o*p*p+int(j)*p+int(i)] += v
					}
				}
			}
		}
	}
}

// follow gathers the features on the path to a leaf with their derivatives, which the edges hold as differences to the edge above of the same feature.
func (to *forestPairs) follow(s *shapTree, w *shapScratch, leaf int) {
	n := s.points
	to.path = to.path[:0]
	for i := leaf; i >= 0; i = int(s.edges[i].parent) {
		place := s.edges[i].place
		a := 0
		for a < len(to.path) && to.path[a] != place {
			a++
		}
		if a == len(to.path) {
			to.path = append(to.path, place)
			to.derivative[a] = append(to.derivative[a][:0], make([]float64, n)...)
		}
		at := (i*states+int(w.state[i]))*2*n + n
		for q, d := range s.tables[at : at+n] {
			to.derivative[a][q] += d
		}
	}
}
