package explain

import (
	"fmt"

	"gonum.org/v1/gonum/integrate/quad"

	"github.com/tidewheel/tidewheel/internal/plan"
	"github.com/tidewheel/tidewheel/model"
)

// forest is a tree operation prepared for path-dependent Shapley values.
//
// The Shapley value of a feature is the integral over t in [0, 1] of the derivative, by that feature's share, of the game's multilinear extension at (t, …, t)
// (Owen 1972). The game of a leaf (Lundberg 2020, algorithm 1) is the product over the features of its path of o where the feature is known and z where it
// is not: o is 1 when the row's value goes the leaf's way at every split on the feature, else 0, and z is the product of the shares of training rows that go
// that way. The extension is the product of the factors z + t(o-z), a polynomial, and Gauss-Legendre quadrature of enough points integrates it exactly. So each
// tree needs one pass down, which multiplies factors at each point, and one pass up, which sums leaves: time is edges × points, without the loops over pairs of
// features of a path that algorithm 2 has. Every number lies in [0, 1] and every weight is positive, so rounding errors stay at the last bits.
type forest struct {
	t        *plan.Trees
	features []int32 // per feature that a node reads: its input of the operation
	place    []int32 // per node: index of its feature in features
	trees    []shapTree
	mean     []float64 // per output: what the trees add to it with no feature known
	edges    int       // of the largest tree
	cells    int       // edges × points of the largest tree
}

// shapTree is the edges of a tree in an order with parents before children.
type shapTree struct {
	root    int32
	output  int // -1: every output has a value in each leaf
	points  int
	weights []float64 // of the points
	edges   []edge
	nodes   []int32   // its nodes, in order
	tables  []float64 // per edge and state, points multipliers down and points derivatives up
}

// edge leads from a node to a child.
type edge struct {
	node     int32 // above
	parent   int32 // the edge above; -1 at the root
	ancestor int32 // the next edge above with the same feature; -1 for none
	leaf     int32 // below; -1 for a node
	place    int32 // of the feature
	left     uint8 // 1: the left child
	z        float64
}

// maxCells is the most numbers that the tables of an ensemble may have: 2 GiB. 5,000 trees of 255 leaves need half of it.
const maxCells = 1 << 28

// The states of an edge for a row: what the row's value says about the splits on the edge's feature down to it.
const (
	stateAway    = 0 // against this edge, and with all above
	stateWith    = 1 // with this edge and all above
	stateAlready = 2 // against one above
	states       = 3
)

// newForest errors with a *model.UnsupportedError for trees whose tables would be too large.
func newForest(t *plan.Trees, covers bool) (*forest, error) {
	f := &forest{t: t, place: make([]int32, len(t.Feature)), mean: make([]float64, t.Outputs)}
	at := make(map[int32]int32)
	for i, j := range t.Feature {
		if _, ok := at[j]; !ok {
			at[j] = int32(len(f.features))
			f.features = append(f.features, j)
		}
		f.place[i] = at[j]
	}
	if !covers {
		return f, nil
	}
	b := &treeBuilder{forest: f, last: make([]int32, len(f.features)), rules: make(map[int]rule)}
	for i := range b.last {
		b.last[i] = -1
	}
	for i, root := range t.Roots {
		s, err := b.build(i, root)
		if err != nil {
			return nil, err
		}
		f.edges = max(f.edges, len(s.edges))
		f.cells = max(f.cells, len(s.edges)*s.points)
		f.trees = append(f.trees, s)
	}
	return f, nil
}

// output returns the output of a tree; -1 for all.
func treeOutput(t *plan.Trees, tree int) int {
	switch {
	case t.Vector:
		return -1
	case t.Target != nil:
		return int(t.Target[tree])
	default:
		return tree % t.Outputs
	}
}

// leafValue returns what a leaf gives to an output.
func leafValue(t *plan.Trees, leaf int32, o int) float64 {
	if t.Vector {
		return t.Leaf[int(leaf)*t.Outputs+o]
	}
	return t.Leaf[leaf]
}

// outputsOf returns the range of outputs of a tree.
func (f *forest) outputsOf(s *shapTree) (from, to int) {
	if s.output < 0 {
		return 0, f.t.Outputs
	}
	return s.output, s.output + 1
}

// rule is a Gauss-Legendre rule on [0, 1].
type rule struct{ at, weight []float64 }

func newRule(n int) rule {
	r := rule{at: make([]float64, n), weight: make([]float64, n)}
	quad.Legendre{}.FixedLocations(r.at, r.weight, 0, 1)
	return r
}

// treeBuilder makes the trees of a forest.
type treeBuilder struct {
	*forest
	rules map[int]rule
	last  []int32 // per feature: the last edge on the path with it; -1 for none
	cells int     // of all tables
	count int     // features on the path
	most  int
	tree  *shapTree
}

func (b *treeBuilder) build(i int, root int32) (shapTree, error) {
	s := shapTree{root: root, output: treeOutput(b.t, i)}
	b.tree, b.most = &s, 0
	if root >= 0 {
		b.node(root, -1)
	}
	s.points = max(1, (b.most+1)/2) // exact up to degree 2 × points - 1, and the integrand has most - 1
	if b.cells += len(s.edges) * states * 2 * s.points; b.cells > maxCells {
		return s, &model.UnsupportedError{Format: "explain", Feature: fmt.Sprintf("path-dependent contributions of trees with %d features on a path", b.most)}
	}
	r, ok := b.rules[s.points]
	if !ok {
		r = newRule(s.points)
		b.rules[s.points] = r
	}
	s.weights = r.weight
	s.tables = make([]float64, len(s.edges)*states*2*s.points)
	for e := range s.edges {
		b.fill(e, r)
	}
	b.mean0(&s)
	return s, nil
}

// node appends the edges below a node, of which parent is the edge above.
func (b *treeBuilder) node(node, parent int32) {
	b.tree.nodes = append(b.tree.nodes, node)
	b.edge(node, parent, b.t.Left[node], 1)
	b.edge(node, parent, b.t.Right[node], 0)
}

func (b *treeBuilder) edge(node, parent, child int32, left uint8) {
	t := b.t
	place := b.place[node]
	e := edge{node: node, parent: parent, ancestor: b.last[place], leaf: -1, place: place, left: left}
	if above := t.Cover[node]; above > 0 {
		e.z = b.cover(child) / above
	}
	if e.ancestor >= 0 {
		e.z *= b.tree.edges[e.ancestor].z
	} else {
		b.count++
		b.most = max(b.most, b.count)
	}
	at := int32(len(b.tree.edges))
	before := b.last[place]
	b.last[place] = at
	if child < 0 {
		e.leaf = ^child
		b.tree.edges = append(b.tree.edges, e)
	} else {
		b.tree.edges = append(b.tree.edges, e)
		b.node(child, at)
	}
	b.last[place] = before
	if before < 0 {
		b.count--
	}
}

func (b *treeBuilder) cover(child int32) float64 {
	if child < 0 {
		return b.t.Cover[len(b.t.Feature)+int(^child)]
	}
	return b.t.Cover[child]
}

// fill computes the multipliers and derivatives of an edge. The factor of a feature at point t is A(z) = z + t(1-z) where the row goes with the edge and z(1-t)
// where it does not; the derivative over the factor is (1-z)/A(z), or -1/(1-t).
func (b *treeBuilder) fill(at int, r rule) {
	s := b.tree
	e := &s.edges[at]
	n := s.points
	table := s.tables[at*states*2*n:]
	for q, t := range r.at {
		with := e.z + t*(1-e.z)
		above, derivative := 1.0, 0.0
		if e.ancestor >= 0 {
			z := s.edges[e.ancestor].z
			above = z + t*(1-z)
			derivative = (1 - z) / above
		}
		table[stateAway*2*n+q] = e.z * (1 - t) / above
		table[stateAway*2*n+n+q] = -1/(1-t) - derivative
		table[stateWith*2*n+q] = with / above
		table[stateWith*2*n+n+q] = (1-e.z)/with - derivative
		ratio := 0.0
		if e.ancestor >= 0 && s.edges[e.ancestor].z > 0 {
			ratio = e.z / s.edges[e.ancestor].z
		}
		table[stateAlready*2*n+q] = ratio
	}
}

// mean0 adds the value of a tree with no feature known to the means.
func (b *treeBuilder) mean0(s *shapTree) {
	from, to := b.outputsOf(s)
	for o := from; o < to; o++ {
		if s.root < 0 {
			b.mean[o] += leafValue(b.t, ^s.root, o)
			continue
		}
		share := make([]float64, len(s.edges))
		for i := range s.edges {
			e := &s.edges[i]
			share[i] = e.z
			if e.ancestor >= 0 {
				share[i] = 0
				if z := s.edges[e.ancestor].z; z > 0 {
					share[i] = e.z / z
				}
			}
			if e.parent >= 0 {
				share[i] *= share[e.parent]
			}
			if e.leaf >= 0 {
				b.mean[o] += leafValue(b.t, e.leaf, o) * share[i]
			}
		}
	}
}
