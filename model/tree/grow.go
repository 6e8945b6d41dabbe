package tree

import (
	"context"
	"math/bits"
	"math/rand/v2"

	"github.com/tidewheel/tidewheel/internal/matrix"
)

// leaf is a set of rows that is not split yet.
type leaf struct {
	leafSums
	start      int // its rows are rows[start : start+count]
	depth      int
	parent     int  // node it hangs from, -1 for the root
	right      bool // on the parent's right side
	value      float64
	cells      []cell
	splittable []bool
	within     interval // of its value and of those below
	path       []int    // columns of the splits above it, when columns are grouped
	drawn      []bool   // columns its split is searched in; nil for all that are splittable
	best       split
}

// node is a split of a grown tree. A child c >= 0 is a node, c < 0 is leaf ^c.
type node struct {
	split
	children [2]int32
}

// grown is a finished tree. Leaf i has rows[start[i]:start[i+1]…] of the grower until its next tree.
type grown struct {
	nodes  []node
	values []float64
	counts []int // per leaf: the rows in it
}

// eval returns the leaf that a row of binned columns ends in.
func (g *grown) eval(w words, row int32) int {
	if len(g.nodes) == 0 {
		return 0
	}
	for i := int32(0); ; {
		n := &g.nodes[i]
		side := 1
		if n.has(w.at(n.column, row)) {
			side = 0
		}
		if i = n.children[side]; i < 0 {
			return int(^i)
		}
	}
}

// grower grows trees leaf by leaf, the best split of all leaves first.
type grower struct {
	rules
	constraints
	growth       Growth
	nodeFraction float64
	nodeRandom   *rand.Rand
	maxLeaves    int
	maxDepth     int // 0: no limit
	workers      int
	binners      []*binner
	hist         *histogram
	use          []bool // columns of this tree
	useGroup     []bool
	found        []split // per column, for two leaves
	rows         []int32 // rows of this tree, grouped by leaf
	spare        []int32
	leaves       []*leaf
}

func newGrower(w words, binners []*binner, n int, p *parameters) *grower {
	return &grower{
		rules: p.rules(), constraints: p.constraints, growth: p.growth, nodeFraction: p.nodeFraction,
		maxLeaves: p.leaves, maxDepth: p.maxDepth, workers: p.workers, binners: binners,
		hist: newHistogram(w, binners, n, p.workers), use: make([]bool, len(binners)), useGroup: make([]bool, len(w)),
		found: make([]split, 2*len(binners)), spare: make([]int32, n),
	}
}

// grow returns a tree over t.rows, which it reorders, from the packed pairs in t.hist. Values are multiplied by rate.
func (t *grower) grow(ctx context.Context, rate float64) (*grown, error) {
	root, err := t.root(ctx)
	if err != nil {
		return nil, err
	}
	t.leaves = append(t.leaves[:0], root)
	out := &grown{}
	for len(t.leaves) < t.maxLeaves {
		at := t.next()
		if at < 0 {
			break
		}
		if err := t.splitLeaf(ctx, out, at); err != nil {
			return nil, err
		}
	}
	out.values, out.counts = make([]float64, len(t.leaves)), make([]int, len(t.leaves))
	for i, l := range t.leaves {
		out.values[i], out.counts[i] = l.value*rate, l.count
		if l.parent >= 0 {
			out.nodes[l.parent].children[side(l.right)] = ^int32(i)
		}
		t.hist.give(l.cells)
		l.cells = nil
	}
	return out, nil
}

func side(right bool) int {
	if right {
		return 1
	}
	return 0
}

func (t *grower) root(ctx context.Context) (*leaf, error) {
	for g := range t.useGroup {
		t.useGroup[g] = false
	}
	l := &leaf{parent: -1, splittable: make([]bool, len(t.binners)), within: everywhere()}
	l.count = len(t.rows)
	for f, use := range t.use {
		l.splittable[f] = use && t.allowed(f)
		t.useGroup[f>>3] = t.useGroup[f>>3] || l.splittable[f]
	}
	mask := int64(1)<<t.hist.quanta.shift - 1
	for _, r := range t.rows {
		v := t.hist.packed[r]
		l.h += v & mask
		l.g += v >> t.hist.quanta.shift
	}
	q := &t.hist.quanta
	l.value = t.output(float64(l.g)*q.gScale, float64(l.h)*q.hScale+epsilon, t.l2)
	var err error
	if l.cells, err = t.hist.count(ctx, t.rows, t.useGroup); err != nil {
		return nil, err
	}
	return l, t.bestSplits(ctx, l)
}

// splitLeaf carries out the best split of a leaf: the left child takes its place, the right one is appended.
func (t *grower) splitLeaf(ctx context.Context, out *grown, at int) error {
	l := t.leaves[at]
	s := l.best
	id := len(out.nodes)
	out.nodes = append(out.nodes, node{split: s})
	if l.parent >= 0 {
		out.nodes[l.parent].children[side(l.right)] = int32(id)
	}
	n, err := t.partition(ctx, t.rows[l.start:l.start+l.count], &s)
	if err != nil {
		return err
	}
	left := &leaf{start: l.start, depth: l.depth + 1, parent: id, value: s.leftValue, splittable: l.splittable}
	left.leafSums = leafSums{g: s.leftG, h: s.leftH, count: n}
	right := &leaf{start: l.start + n, depth: l.depth + 1, parent: id, right: true, value: s.rightValue}
	right.leafSums = leafSums{g: l.g - s.leftG, h: l.h - s.leftH, count: l.count - n}
	right.splittable = append([]bool(nil), l.splittable...)
	t.narrow(&s, l, left, right)
	cells := l.cells
	l.cells = nil
	t.leaves[at] = left
	t.leaves = append(t.leaves, right)
	if len(t.leaves) >= t.maxLeaves {
		t.hist.give(cells)
		return nil
	}
	return t.searchChildren(ctx, cells, left, right)
}

// searchChildren finds the best splits of two new leaves: the smaller one is counted, the larger one is what remains of the parent's cells.
func (t *grower) searchChildren(ctx context.Context, cells []cell, left, right *leaf) error {
	left.best.column, right.best.column = -1, -1
	enough := max(left.count, right.count) >= 2*t.minRows
	if !enough || (t.maxDepth > 0 && left.depth >= t.maxDepth) {
		t.hist.give(cells)
		return nil
	}
	small, large := left, right
	if right.count < left.count {
		small, large = right, left
	}
	var err error
	if small.cells, err = t.hist.count(ctx, t.rows[small.start:small.start+small.count], t.useGroup); err != nil {
		return err
	}
	subtract(cells, small.cells)
	large.cells = cells
	if err := t.bestSplits(ctx, left, right); err != nil {
		return err
	}
	for _, l := range []*leaf{left, right} {
		if l.best.column < 0 {
			t.hist.give(l.cells)
			l.cells = nil
		}
	}
	return nil
}

// partition moves the rows that go left to the front, keeps the order within each side, and returns their number.
func (t *grower) partition(ctx context.Context, rows []int32, s *split) (int, error) {
	word, shift := t.hist.words[s.column>>3], 8*(s.column&7)
	var goes [256]uint8
	for b := range goes {
		if s.has(uint8(b)) {
			goes[b] = 1
		}
	}
	n := chunks(len(rows))
	spare := t.spare[:len(rows)]
	counts := make([]int, n)
	err := matrix.Parallel(ctx, t.workers, n, func(c, _ int) { // each chunk by itself: left rows to its front, right rows to its back of spare
		lo, hi := chunk(c, len(rows))
		l, r := lo, hi-1
		for _, row := range rows[lo:hi] {
			spare[l], spare[r] = row, row
			k := int(goes[uint8(word[row]>>shift)])
			l += k
			r -= 1 - k
		}
		counts[c] = l - lo
	})
	if err != nil {
		return 0, err
	}
	starts := make([]int, n+1)
	for c, k := range counts {
		starts[c+1] = starts[c] + k
	}
	left := starts[n]
	err = matrix.Parallel(ctx, t.workers, n, func(c, _ int) {
		lo, hi := chunk(c, len(rows))
		k := counts[c]
		copy(rows[starts[c]:], spare[lo:lo+k])
		to := left + lo - starts[c]
		for i := hi - 1; i >= lo+k; i-- {
			rows[to] = spare[i]
			to++
		}
	})
	return left, err
}

// members returns the bins of a set in ascending order.
func members(set [4]uint64) []int {
	var out []int
	for i, w := range set {
		for ; w != 0; w &= w - 1 {
			out = append(out, i*64+bits.TrailingZeros64(w))
		}
	}
	return out
}
