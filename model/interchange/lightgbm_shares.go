package interchange

import (
	"math"
	"slices"

	"github.com/tidewheel/tidewheel/internal/plan"
)

// hasShares reports whether the trees of each round are one tree with the shares of the classes in its leaves: they have the same splits, and the values of a leaf are
// at least 0 and sum to 1. Whatever a row is, their mean is then probabilities.
func (m *boosted) hasShares() bool {
	t, k := &m.trees, m.outputs
	if len(t.Roots) == 0 || t.Linear != nil {
		return false
	}
	parts := m.parts()
	for r := 0; r < len(parts); r += k {
		first := parts[r]
		for _, p := range parts[r+1 : r+k] {
			if !sameSplits(t, first, p) {
				return false
			}
		}
		for l := range first.leaves() {
			sum := 0.0
			for _, p := range parts[r : r+k] {
				v := t.Leaf[p.leaf+l]
				if !(v >= 0) {
					return false
				}
				sum += v
			}
			if math.Abs(sum-1) > 1e-9 {
				return false
			}
		}
	}
	return true
}

// part is where a tree is in an ensemble.
type part struct{ node, nodes, leaf int }

func (p part) leaves() int { return p.nodes + 1 }

// parts returns where each tree is; they stand one behind the other.
func (m *boosted) parts() []part {
	t := &m.trees
	out := make([]part, len(t.Roots))
	end := len(t.Feature)
	for i := len(out) - 1; i >= 0; i-- {
		out[i].node = end
		if root := int(t.Roots[i]); root >= 0 {
			out[i].node, out[i].nodes = root, end-root
			end = root
		}
	}
	leaf := 0
	for i := range out {
		out[i].leaf = leaf
		leaf += out[i].leaves()
	}
	return out
}

// sameSplits reports whether two trees send every row to the leaf of the same number.
func sameSplits(t *plan.Trees, a, b part) bool {
	if a.nodes != b.nodes {
		return false
	}
	child := func(c int32, p part) int {
		if c < 0 {
			return ^(int(^c) - p.leaf)
		}
		return int(c) - p.node
	}
	for i := range a.nodes {
		x, y := a.node+i, b.node+i
		if t.Feature[x] != t.Feature[y] || t.Threshold[x] != t.Threshold[y] || t.Flags[x] != t.Flags[y] ||
			child(t.Left[x], a) != child(t.Left[y], b) || child(t.Right[x], a) != child(t.Right[y], b) {
			return false
		}
		if t.Flags[x]&plan.FlagCategorical != 0 && !slices.Equal(setOf(t, x), setOf(t, y)) {
			return false
		}
	}
	return true
}

// setOf returns the bits of the categories of a node.
func setOf(t *plan.Trees, node int) []uint32 {
	at := int(t.Cat[node])
	return t.Words[at+1 : at+1+int(t.Words[at])]
}
