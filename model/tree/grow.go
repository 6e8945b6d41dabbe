package tree

import (
	"context"
	"math/bits"
	"slices"
)

// leaf is a set of rows that is not split yet.
type leaf struct {
	leafSums
	start      int // its rows are rows[start : start+count], ascending
	depth      int
	key        uint64 // tells it from all other leaves of the tree: its path from the root
	parent     int    // node it hangs from, -1 for the root
	right      bool   // on the parent's right side
	value      float64
	tally      tally
	splittable []bool
	within     interval // of its value and of those below
	path       []int    // columns of the splits above it, when columns are grouped
	drawn      []bool   // columns its split is searched in; nil for all that are splittable
	best       split

	// Of the growth, under its lock.

	place    int // in the list of leaves
	state    leafState
	children [2]*leaf // once it is split
	urgency  float64  // the least gain on the way to it from a leaf of the tree: how soon its turn may come
}

type leafState uint8

const (
	whole leafState = iota
	splitting
	halved
)

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
	nodeSeed     uint64
	maxLeaves    int
	maxDepth     int // 0: no limit
	crew         *crew
	binners      []*binner
	hist         *histogram
	use          []bool  // columns of this tree
	groups       []int   // groups of words with such columns
	rows         []int32 // rows of this tree, grouped by leaf; they ascend in each, and at the start
	spare        []int32
	leaves       []*leaf
	scratch      []scratch // one for each worker
}

// scratch is what a worker has for itself.
type scratch struct {
	found  []split // per column, for two leaves
	cells  [padding]cell
	packed [padding]int64
	leaves []*leaf // for trees to come, the first used of them for this one
	used   int
}

func newGrower(c *crew, l layout, binners []*binner, n int, p *parameters) *grower {
	t := &grower{
		rules: p.rules(), constraints: p.constraints, growth: p.growth, nodeFraction: p.nodeFraction,
		maxLeaves: p.leaves, maxDepth: p.maxDepth, crew: c, binners: binners,
		hist: newHistogram(c, l, n), use: make([]bool, len(binners)), spare: make([]int32, n), scratch: make([]scratch, c.workers()),
	}
	for i := range t.scratch {
		t.scratch[i].found = make([]split, 2*len(binners))
	}
	return t
}

// newLeaf returns a leaf without anything but room for its columns. It is valid until the next tree is grown.
func (t *grower) newLeaf(me int) *leaf {
	s := &t.scratch[me]
	if s.used == len(s.leaves) {
		s.leaves = append(s.leaves, &leaf{splittable: make([]bool, len(t.binners))})
	}
	l := s.leaves[s.used]
	s.used++
	*l = leaf{splittable: l.splittable}
	l.best.column = -1
	return l
}

// grow returns a tree over t.rows, which it reorders, from the packed pairs in t.hist. Values are multiplied by rate.
func (t *grower) grow(ctx context.Context, rate float64) (*grown, error) {
	for i := range t.scratch {
		t.scratch[i].used = 0
	}
	root, err := t.root(ctx)
	if err != nil {
		return nil, err
	}
	g := newGrowing(t, root)
	if err := t.crew.together(ctx, func(me int) { g.work(ctx, me) }); err != nil {
		return nil, err
	}
	if g.err != nil {
		return nil, g.err
	}
	out := g.out
	out.values, out.counts = make([]float64, len(t.leaves)), make([]int, len(t.leaves))
	for i, l := range t.leaves {
		out.values[i], out.counts[i] = l.value*rate, l.count
		if l.parent >= 0 {
			out.nodes[l.parent].children[side(l.right)] = ^int32(i)
		}
		t.forget(l)
		if l.state != whole { // split ahead of a turn that never came
			slices.Sort(t.rows[l.start : l.start+l.count])
		}
	}
	return out, nil
}

// forget gives back the tallies of a leaf and of those below it.
func (t *grower) forget(l *leaf) {
	t.hist.give(l.tally)
	l.tally = tally{}
	for _, c := range l.children {
		if c != nil {
			t.forget(c)
		}
	}
}

func side(right bool) int {
	if right {
		return 1
	}
	return 0
}

func (t *grower) root(ctx context.Context) (*leaf, error) {
	l := t.newLeaf(0)
	l.parent, l.key, l.within, l.count = -1, 1, everywhere(), len(t.rows)
	t.groups = t.groups[:0]
	for f, use := range t.use {
		l.splittable[f] = use && t.allowed(f)
		if g := t.hist.places[f].slot >> 3; l.splittable[f] && !slices.Contains(t.groups, g) {
			t.groups = append(t.groups, g)
		}
	}
	for _, r := range t.rows {
		c := t.hist.quanta.unpack(t.hist.packed[r])
		l.g += c.g
		l.h += c.h
	}
	q := &t.hist.quanta
	l.value = t.output(float64(l.g)*q.gScale, float64(l.h)*q.hScale+epsilon, t.l2)
	var err error
	if l.tally, err = t.hist.count(ctx, 0, 0, t.rows, t.groups); err != nil {
		return nil, err
	}
	return l, t.bestSplits(ctx, 0, l)
}

// splitLeaf carries out the best split of a leaf. Its children have no splits of their own when it is the last.
func (t *grower) splitLeaf(ctx context.Context, me int, l *leaf, last bool) error {
	s := &l.best
	n, err := t.partition(ctx, me, l.start, t.rows[l.start:l.start+l.count], s)
	if err != nil {
		return err
	}
	left, right := t.newLeaf(me), t.newLeaf(me)
	left.start, left.depth, left.key, left.value = l.start, l.depth+1, mix(2*l.key), s.leftValue
	left.leafSums = leafSums{g: s.leftG, h: s.leftH, count: n}
	right.start, right.depth, right.key, right.value, right.right = l.start+n, l.depth+1, mix(2*l.key+1), s.rightValue, true
	right.leafSums = leafSums{g: l.g - s.leftG, h: l.h - s.leftH, count: l.count - n}
	copy(left.splittable, l.splittable)
	copy(right.splittable, l.splittable)
	t.narrow(s, l, left, right)
	l.children = [2]*leaf{left, right}
	parent := l.tally
	l.tally = tally{}
	enough := max(left.count, right.count) >= 2*t.minRows
	if last || !enough || (t.maxDepth > 0 && left.depth >= t.maxDepth) {
		t.hist.give(parent)
		return nil
	}
	return t.searchChildren(ctx, me, parent, left, right)
}

// searchChildren finds the best splits of two new leaves: the smaller one is counted, the larger one is what remains of the parent's sums.
func (t *grower) searchChildren(ctx context.Context, me int, parent tally, left, right *leaf) error {
	small, large := left, right
	if right.count < left.count {
		small, large = right, left
	}
	var err error
	if small.tally, err = t.hist.count(ctx, me, small.start, t.rows[small.start:small.start+small.count], t.groups); err != nil {
		return err
	}
	large.tally = t.hist.subtract(parent, small.tally, large.count)
	if err := t.bestSplits(ctx, me, left, right); err != nil {
		return err
	}
	for _, l := range []*leaf{left, right} {
		if l.best.column < 0 {
			t.hist.give(l.tally)
			l.tally = tally{}
		}
	}
	return nil
}

// manyRows are what a partition is shared from.
const manyRows = 2 * chunkRows

// partition moves the rows that go left to the front, keeps the order within each side, and returns their number. The rows are those of the tree from start on.
func (t *grower) partition(ctx context.Context, me, start int, rows []int32, s *split) (int, error) {
	c := newCutter(&t.hist.layout, s)
	spare := t.spare[start : start+len(rows)]
	if t.crew.workers() == 1 || len(rows) < manyRows {
		left := c.cut(rows, rows, spare)
		copy(rows[left:], spare)
		return left, ctx.Err()
	}
	// Each chunk by itself, left rows to its front and right rows to its back of spare; then all to their places.
	n := chunks(len(rows))
	starts := make([]int, n+1)
	err := t.crew.do(ctx, me, n, func(k, _ int) {
		lo, hi := chunk(k, len(rows))
		starts[k+1] = c.cutApart(rows[lo:hi], spare[lo:hi])
	})
	if err != nil {
		return 0, err
	}
	for k := range n {
		starts[k+1] += starts[k]
	}
	left := starts[n]
	return left, t.crew.do(ctx, me, n, func(k, _ int) {
		lo, hi := chunk(k, len(rows))
		mine := starts[k+1] - starts[k]
		copy(rows[starts[k]:], spare[lo:lo+mine])
		to := rows[left+lo-starts[k]:][:hi-lo-mine]
		for i := range to {
			to[i] = spare[hi-1-i]
		}
	})
}

// cutter says which rows go left at a split.
type cutter struct {
	column []uint8  // the bytes of the column, or
	word   []uint64 // the words that have them, from the bit shift on
	shift  int
	goes   [256]uint8 // 1 for a value of the byte that goes left
}

func newCutter(l *layout, s *split) *cutter {
	p := &l.places[s.column]
	c := &cutter{word: l.words[p.slot>>3], shift: 8 * (p.slot & 7)}
	if l.copies.columns != nil {
		c.column, c.shift = l.copies.columns[p.slot], 0
	}
	for v := range c.goes {
		b := v
		if p.first > 0 {
			b = int(p.bin(uint8(v)))
		}
		c.goes[v] = uint8(s.left[b>>6]>>(b&63)) & 1
	}
	return c
}

// cut writes the rows that go left to one slice, which may be that of the rows, and the others to another, and returns the number of the first.
func (c *cutter) cut(rows, left, right []int32) int {
	if c.column != nil {
		return cutRows(c, c.column, rows, left, right)
	}
	return cutRows(c, c.word, rows, left, right)
}

func cutRows[T uint8 | uint64](c *cutter, value []T, rows, left, right []int32) int {
	l, r, goes, shift := 0, 0, &c.goes, c.shift&63
	left, right = left[:len(rows)], right[:len(rows)]
	for _, row := range rows {
		k := int(goes[uint8(value[row]>>shift)])
		left[l], right[r] = row, row
		l += k
		r += 1 - k
	}
	return l
}

// cutApart is cut with both sides in one slice, the right one at its end, last row first.
func (c *cutter) cutApart(rows, to []int32) int {
	if c.column != nil {
		return cutRowsApart(c, c.column, rows, to)
	}
	return cutRowsApart(c, c.word, rows, to)
}

func cutRowsApart[T uint8 | uint64](c *cutter, value []T, rows, to []int32) int {
	l, r, goes, shift := 0, len(rows)-1, &c.goes, c.shift&63
	to = to[:len(rows)]
	for _, row := range rows {
		k := int(goes[uint8(value[row]>>shift)])
		to[l], to[r] = row, row
		l += k
		r -= 1 - k
	}
	return l
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
