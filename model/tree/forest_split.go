package tree

import "math/bits"

// few is how many rows of a node are so few that only the values they have are looked at.
const few = 256

// search looks for the best cut of a twig among some columns drawn at random; more, until one has two values. whole is the weight of the tree's rows. The cut
// drawn first wins a tie.
func (g *forestGrower) search(t *twig, whole float64) cut {
	best := cut{column: -1}
	n := t.hi - t.lo
	if n < g.minSplit || n < 2*g.minLeaf || (g.maxDepth > 0 && t.depth >= g.maxDepth) || g.pure(t) {
		return best
	}
	pays := g.pays[t.lo:t.hi]
	if !g.mean {
		g.countClasses(pays)
		defer g.clearClasses(pays)
		g.node = g.whole(pays)
	}
	p := len(g.columns)
	for tried := 0; tried < p && (tried < g.perSplit || best.column < 0); tried++ {
		j := tried + g.random.IntN(p-tried)
		g.columns[tried], g.columns[j] = g.columns[j], g.columns[tried]
		c := cut{column: int(g.columns[tried])}
		switch {
		case g.extra:
			g.randomCut(t, &c)
		case g.mean:
			g.meanCut(t, &c)
		default:
			g.classCut(t, &c)
		}
		if c.column >= 0 && (best.column < 0 || c.score > best.score) {
			if best = c; n == 2 || g.perfect(t, &c) {
				break
			}
		}
	}
	if best.column < 0 {
		return best
	}
	if g.mean {
		s, w := float64(t.total>>g.shift), float64(t.total&(1<<g.shift-1))
		best.gain = max(0, (best.score-s*s/w)*g.squares)
	} else {
		best.gain = max(0, best.score-g.sideScore(g.node))
	}
	if best.gain < g.minDecrease*whole {
		best.column = -1
	}
	return best
}

// perfect reports whether no cut can be better.
func (g *forestGrower) perfect(t *twig, c *cut) bool {
	if !g.mean || g.classes == 0 {
		return false
	}
	mask := int64(1)<<g.shift - 1
	right := t.total - c.left
	ls, lw, rs, rw := c.left>>g.shift, c.left&mask, right>>g.shift, right&mask
	return (ls == 0 && rs == rw) || (ls == lw && rs == 0)
}

// pairScore is what the sums of two sides are worth, and the larger the better: the sum of s*s/w.
func pairScore(ls, lw, rs, rw float64) float64 {
	return (float64(ls*ls*rw) + float64(rs*rs*lw)) / (lw * rw)
}

// present gathers the values that the rows of a node have, ascending, with the sum of their payloads and, with a least number of rows in a leaf, their number.
type present struct {
	n     int
	value [256]uint8
	sum   [256]int64
	rows  [256]int32
}

// gather sums numbers over the rows of a node by their value in a column, and counts the rows where a leaf needs several.
func (g *forestGrower) gather(column []uint8, rows []int32, numbers []int64) *present {
	numbers = numbers[:len(rows)]
	g.present.n = 0
	if g.minLeaf > 1 {
		for _, r := range rows {
			g.cellRows[column[r]]++
		}
	}
	if len(rows) >= few {
		for i, r := range rows {
			g.cells[column[r]] += numbers[i]
		}
		for v := range g.cells {
			if g.cells[v] != 0 {
				g.take(uint8(v))
			}
		}
		return &g.present
	}
	var set [4]uint64
	for i, r := range rows {
		v := column[r]
		g.cells[v] += numbers[i]
		set[v>>6] |= 1 << (v & 63)
	}
	for i, w := range set {
		for ; w != 0; w &= w - 1 {
			g.take(uint8(i*64 + bits.TrailingZeros64(w)))
		}
	}
	return &g.present
}

func (g *forestGrower) take(v uint8) {
	p := &g.present
	p.value[p.n], p.sum[p.n] = v, g.cells[v]
	g.cells[v] = 0
	if g.minLeaf > 1 {
		p.rows[p.n], g.cellRows[v] = g.cellRows[v], 0
	}
	p.n++
}

// meanCut finds the best cut of a column by the means of both sides. With missing numbers in the node it tries them on either side.
func (g *forestGrower) meanCut(t *twig, c *cut) {
	f := c.column
	p := g.gather(g.values[f], g.rows[t.lo:t.hi], g.pays[t.lo:t.hi])
	c.column = -1
	missing := g.axes[f].missing
	if missing < 0 || int(p.value[p.n-1]) != missing {
		g.scanMeans(t, c, f, p.n-1, leftSide{})
		g.defaultSide(t, c, missing)
		return
	}
	if p.n--; p.n == 0 {
		return
	}
	g.scanMeans(t, c, f, p.n, leftSide{})
	first := *c
	g.scanMeans(t, c, f, p.n-1, leftSide{p.sum[p.n], p.rows[p.n]})
	if *c != first {
		c.rotation = uint8(256 - missing)
	}
}

// defaultSide sends missing numbers, of which the node has none, where there is more weight.
func (g *forestGrower) defaultSide(t *twig, c *cut, missing int) {
	if c.column < 0 || missing < 0 {
		return
	}
	if mask := int64(1)<<g.shift - 1; 2*(c.left&mask) > t.total&mask {
		c.rotation = uint8(256 - missing)
	}
}

// leftSide is what lies on the left side of a cut: payloads and, with a least number of rows in a leaf, their number.
type leftSide struct {
	sum  int64
	rows int32
}

// scanMeans tries the first 1, 2 … of the values present on the left side, on which there is something already.
func (g *forestGrower) scanMeans(t *twig, c *cut, column, ends int, from leftSide) {
	left, rows := from.sum, from.rows
	p := &g.present
	mask, shift, all := int64(1)<<g.shift-1, g.shift, int32(t.hi-t.lo)
	best, bestAt, bestLeft := c.score, -1, int64(0)
	if c.column < 0 {
		best = -1
	}
	least := int32(g.minLeaf)
	for i, sum := range p.sum[:ends] {
		left += sum
		if least > 1 {
			if rows += p.rows[i]; rows < least || all-rows < least {
				continue
			}
		}
		right := t.total - left
		if s := pairScore(float64(left>>shift), float64(left&mask), float64(right>>shift), float64(right&mask)); s > best {
			best, bestAt, bestLeft = s, i, left
		}
	}
	if bestAt < 0 {
		return
	}
	*c = cut{column: column, score: best, at: p.value[bestAt], next: 255, left: bestLeft}
	if bestAt+1 < p.n {
		c.next = p.value[bestAt+1]
	}
}
