package tree

import (
	"context"
	"sync"
)

// growing is a tree that is grown. Leaves are split one after the other in the order of their turns, but the work of a split is that leaf's alone: workers whose
// help the leaf at turn does not need split the leaves whose turn is likely to come soon. Which are split ahead changes nothing but the time.
type growing struct {
	*grower
	mu    sync.Mutex
	out   *grown
	turns heap // leaves of the tree that have a split
	soon  heap // leaves that may be split ahead: of the tree, and below leaves that were; some of them are split by now
	ahead int  // leaves that are split, or being split, before their turn
	err   error
	over  bool
}

func newGrowing(t *grower, root *leaf) *growing {
	g := &growing{grower: t, out: &grown{}}
	g.turns.before, g.soon.before = t.before, func(a, b *leaf) bool { return a.urgency > b.urgency }
	t.leaves = append(t.leaves[:0], root)
	if root.best.column >= 0 && root.best.gain > 0 {
		g.turns.push(root)
	}
	return g
}

// before reports whether a is split before b: for the same gain the one that comes first in the list of leaves.
func (t *grower) before(a, b *leaf) bool {
	if t.growth == DepthWise && a.depth != b.depth {
		return a.depth < b.depth
	}
	if a.best.gain != b.best.gain {
		return a.best.gain > b.best.gain
	}
	return a.place < b.place
}

// work splits leaves until the tree is grown.
func (g *growing) work(ctx context.Context, me int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for {
		rung := g.crew.rings.Load()
		l, last := g.next()
		if g.over {
			g.crew.ring()
			return
		}
		if l == nil {
			g.mu.Unlock()
			if !g.crew.help(me, false) {
				g.crew.hear(rung)
			}
			g.mu.Lock()
			continue
		}
		l.state = splitting
		g.ahead++
		g.mu.Unlock()
		err := g.splitLeaf(ctx, me, l, last)
		g.mu.Lock()
		l.state = halved
		if err != nil {
			g.err, g.over = err, true
		} else if g.crew.workers() > 1 {
			g.expect(l)
		}
		g.crew.ring()
	}
}

// next takes the turns of the leaves that are split by now, and returns a leaf to split, nil when there is none at present, and whether no other is after it.
func (g *growing) next() (l *leaf, last bool) {
	for !g.over {
		if len(g.leaves) >= g.maxLeaves || len(g.turns.leaves) == 0 {
			g.over = true
			return nil, false
		}
		l := g.turns.leaves[0]
		if l.state == whole {
			return l, len(g.leaves)+1 == g.maxLeaves
		}
		if l.state == splitting {
			break
		}
		g.take()
	}
	for !g.over && len(g.soon.leaves) > 0 && g.ahead < g.maxLeaves-len(g.leaves) {
		if l := g.soon.pop(); l.state == whole {
			return l, false
		}
	}
	return nil, false
}

// take makes the split of the leaf at turn one of the tree: the left child takes its place, the right one is appended.
func (g *growing) take() {
	l := g.turns.pop()
	g.ahead--
	id := len(g.out.nodes)
	g.out.nodes = append(g.out.nodes, node{split: l.best})
	if l.parent >= 0 {
		g.out.nodes[l.parent].children[side(l.right)] = int32(id)
	}
	left, right := l.children[0], l.children[1]
	left.parent, right.parent = id, id
	left.place, right.place = l.place, len(g.leaves)
	g.leaves[l.place] = left
	g.leaves = append(g.leaves, right)
	for _, c := range l.children {
		if c.best.column >= 0 && c.best.gain > 0 {
			g.turns.push(c)
		}
	}
}

// expect lets the children of a leaf be split ahead.
func (g *growing) expect(l *leaf) {
	for _, c := range l.children {
		c.urgency = c.best.gain
		if l.urgency > 0 {
			c.urgency = min(c.urgency, l.urgency)
		}
		if c.best.column >= 0 && c.best.gain > 0 {
			g.soon.push(c)
		}
	}
}

// heap is leaves with the first of an order in front.
type heap struct {
	leaves []*leaf
	before func(a, b *leaf) bool
}

func (h *heap) push(l *leaf) {
	h.leaves = append(h.leaves, l)
	for i := len(h.leaves) - 1; i > 0; {
		up := (i - 1) / 2
		if !h.before(h.leaves[i], h.leaves[up]) {
			return
		}
		h.leaves[i], h.leaves[up] = h.leaves[up], h.leaves[i]
		i = up
	}
}

func (h *heap) pop() *leaf {
	first, n := h.leaves[0], len(h.leaves)-1
	h.leaves[0] = h.leaves[n]
	h.leaves = h.leaves[:n]
	for i := 0; ; {
		down := 2*i + 1
		if down+1 < n && h.before(h.leaves[down+1], h.leaves[down]) {
			down++
		}
		if down >= n || !h.before(h.leaves[down], h.leaves[i]) {
			return first
		}
		h.leaves[i], h.leaves[down] = h.leaves[down], h.leaves[i]
		i = down
	}
}
