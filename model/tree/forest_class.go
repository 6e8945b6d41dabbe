package tree

import "math"

// countClasses sums the weights of each class.
func (g *forestGrower) countClasses(pays []int64) {
	for _, v := range pays {
		g.nodeClasses[uint32(v)] += v >> 32
	}
}

func (g *forestGrower) clearClasses(pays []int64) {
	for _, v := range pays {
		g.nodeClasses[uint32(v)] = 0
	}
}

// half is what a class criterion knows of one side of a cut: a sum over classes, as a whole number, and the weight.
type half struct{ sum, weight int64 }

// worth is what the weight w of a class adds to the sum of its side.
func (g *forestGrower) worth(w int64) int64 {
	if !g.entropy {
		return w * w
	}
	if w == 0 {
		return 0
	}
	return int64(math.Round(float64(w) * math.Log2(float64(w)) * entropyUnit))
}

// entropyUnit makes whole numbers of entropies.
const entropyUnit = 1 << 20

// sideScore is what a side is worth: the larger the purer.
func (g *forestGrower) sideScore(s half) float64 {
	if g.entropy {
		return float64(s.sum-g.worth(s.weight)) / entropyUnit
	}
	return float64(s.sum) / float64(s.weight)
}

// whole returns the side of all rows of a node.
func (g *forestGrower) whole(pays []int64) half {
	var s half
	for _, v := range pays {
		s.weight += v >> 32
	}
	for _, v := range pays { // each class once: leftward marks it
		if c := uint32(v); g.leftward[c] == 0 {
			g.leftward[c] = 1
			s.sum += g.worth(g.nodeClasses[c])
		}
	}
	for _, v := range pays {
		g.leftward[uint32(v)] = 0
	}
	return s
}

// move takes a row from the right side of a cut to the left.
func (g *forestGrower) move(left, right *half, pay int64) {
	class, w := uint32(pay), pay>>32
	l := g.leftward[class]
	r := g.nodeClasses[class] - l
	left.sum += g.worth(l+w) - g.worth(l)
	right.sum += g.worth(r-w) - g.worth(r)
	left.weight += w
	right.weight -= w
	g.leftward[class] = l + w
}

// classCut finds the best cut of a column by the classes of both sides: the rows, sorted by value, move over one by one.
func (g *forestGrower) classCut(t *twig, c *cut) {
	f := c.column
	c.column = -1
	rows, pays, column := g.rows[t.lo:t.hi], g.pays[t.lo:t.hi], g.values[f]
	p := g.gather(column, rows, g.ones)
	var ends [257]int // of the rows of each value present
	for i := range p.n {
		ends[i+1] = ends[i] + int(p.sum[i])
		g.cells[p.value[i]] = int64(ends[i])
	}
	for i, r := range rows {
		at := &g.cells[column[r]]
		g.sorted[*at] = pays[i]
		*at++
	}
	for _, v := range p.value[:p.n] {
		g.cells[v] = 0
	}
	missing := g.axes[f].missing
	if missing < 0 || int(p.value[p.n-1]) != missing {
		g.scanClasses(c, f, ends[:p.n+1], p.n-1, 0)
		g.defaultHalf(c, missing)
		return
	}
	if p.n--; p.n == 0 {
		return
	}
	g.scanClasses(c, f, ends[:p.n+2], p.n, 0)
	first := *c
	g.scanClasses(c, f, ends[:p.n+2], p.n-1, ends[p.n+1]-ends[p.n])
	if *c != first {
		c.rotation = uint8(256 - missing)
	}
}

// scanClasses tries the rows of the first 1, 2 … of the values present on the left side, on which some of the last rows are already.
func (g *forestGrower) scanClasses(c *cut, column int, ends []int, values, last int) {
	p := &g.present
	n := ends[len(ends)-1]
	var left half
	right := g.node
	for _, v := range g.sorted[n-last : n] {
		g.move(&left, &right, v)
	}
	best := c.score
	if c.column < 0 {
		best = math.Inf(-1)
	}
	for i := range values {
		for _, v := range g.sorted[ends[i]:ends[i+1]] {
			g.move(&left, &right, v)
		}
		if rows := ends[i+1] + last; rows < g.minLeaf || n-rows < g.minLeaf {
			continue
		}
		if s := g.sideScore(left) + g.sideScore(right); s > best {
			best = s
			*c = cut{column: column, score: s, at: p.value[i], next: 255, left: left.weight}
			if i+1 < p.n {
				c.next = p.value[i+1]
			}
		}
	}
	for _, v := range g.sorted[:n] {
		g.leftward[uint32(v)] = 0
	}
}

// defaultHalf is defaultSide by the weights of classes.
func (g *forestGrower) defaultHalf(c *cut, missing int) {
	if c.column >= 0 && missing >= 0 && 2*c.left > g.node.weight {
		c.rotation = uint8(256 - missing)
	}
}
