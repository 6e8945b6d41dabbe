package tree

import "context"

// growBest grows a tree of a limited number of leaves, the cut that takes most off the impurity first.
func (g *forestGrower) growBest(ctx context.Context, root twig, whole float64) error {
	root.cut = g.search(&root, whole)
	waiting := twigHeap{root}
	for leaves := 1; len(waiting) > 0; {
		t := waiting.pop()
		if t.cut.column < 0 || leaves == g.leaves {
			g.leaf(&t)
			continue
		}
		if g.cost += 64 + t.hi - t.lo; g.cost > 1<<14 {
			if g.cost = 0; ctx.Err() != nil {
				return ctx.Err()
			}
		}
		leaves++
		left, right := g.part(&t, &t.cut, whole)
		for _, next := range []twig{left, right} {
			next.cut = g.search(&next, whole)
			waiting.push(next)
		}
	}
	return nil
}

// twigHeap has the twig of the largest gain first; of equals the one whose rows come first.
type twigHeap []twig

func (h twigHeap) before(i, j int) bool {
	a, b := &h[i], &h[j]
	if (a.cut.column < 0) != (b.cut.column < 0) {
		return b.cut.column < 0
	}
	if a.cut.gain != b.cut.gain {
		return a.cut.gain > b.cut.gain
	}
	return a.lo < b.lo
}

func (h *twigHeap) push(t twig) {
	*h = append(*h, t)
	s := *h
	for i := len(s) - 1; i > 0 && s.before(i, (i-1)/2); i = (i - 1) / 2 {
		s[i], s[(i-1)/2] = s[(i-1)/2], s[i]
	}
}

func (h *twigHeap) pop() twig {
	s := *h
	top, last := s[0], len(s)-1
	s[0] = s[last]
	s = s[:last]
	for i := 0; ; {
		c := 2*i + 1
		if c >= last {
			break
		}
		if c+1 < last && s.before(c+1, c) {
			c++
		}
		if !s.before(c, i) {
			break
		}
		s[i], s[c] = s[c], s[i]
		i = c
	}
	*h = s
	return top
}
