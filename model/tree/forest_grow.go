package tree

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
)

// forestParameters of a training run; all are set, none has a default here.
type forestParameters struct {
	extra       bool // splits at random places
	entropy     bool
	trees       int
	maxDepth    int // 0: no limit
	leaves      int // 0: no limit
	minLeaf     int
	minSplit    int
	minDecrease float64
	maxBins     int
	perSplit    int // columns that each split looks at
	sampling    Sampling
	draws       int
	outOfBag    bool
	quantiles   bool // a leaf has the target of one of its rows beside the mean
	seed        uint64
	workers     int
}

// forestTree is a grown tree. Its nodes come before their children, of which c >= 0 is a node, c < 0 is leaf ^c.
type forestTree struct {
	column   []int32
	cut      []uint8 // values up to it go left
	rotation []uint8 // see goesLeft
	left     []int32
	right    []int32
	cover    []float64 // weight of the rows of each node
	values   []float64 // per leaf: the mean, the share of the second of two classes, or the shares of all
	covers   []float64 // weight of the rows of each leaf
	decrease []float64 // per column: what its splits took off the impurity
	splits   []int32   // per column
	drawn    []uint64  // a bit for each row that was drawn, when it is wanted
}

// goesLeft reports whether value v goes left at a cut. The rotation is 0, or what carries the value of missing numbers around to before all others.
func goesLeft(v, cut, rotation uint8) bool { return v+rotation <= cut+rotation }

// eval returns the leaf that a row ends in.
func (t *forestTree) eval(values [][]uint8, row int) int {
	if len(t.column) == 0 {
		return 0
	}
	for i := int32(0); ; {
		if goesLeft(values[t.column[i]][row], t.cut[i], t.rotation[i]) {
			i = t.left[i]
		} else {
			i = t.right[i]
		}
		if i < 0 {
			return int(^i)
		}
	}
}

// twig is a set of rows that is not split yet.
type twig struct {
	lo, hi int   // its rows
	total  int64 // sum of their payloads, with forestData.mean
	depth  int
	parent int32 // -1 for the root
	right  bool
	cut    cut // with a limit of leaves: its best cut
}

// cut is a way to part a twig in two.
type cut struct {
	column   int // -1: none
	score    float64
	at       uint8 // values up to it go left
	rotation uint8
	gain     float64 // what it takes off the impurity, times the weight of the rows
	next     uint8   // the least value above at in the node
	left     int64   // sum of payloads that go left, with forestData.mean
}

// forestGrower grows one tree after the other. Each worker has one.
type forestGrower struct {
	*forestData
	*forestParameters
	rows, spareRows []int32
	pays, sparePays []int64
	counts          []int32 // per row: how often it was drawn
	columns         []int32 // in the order of the last split
	random          *rand.Rand
	cells           [256]int64
	cellRows        [256]int32
	present         present
	buffer          []uint8 // values of a node's rows
	nodeClasses     []int64 // per class: weight of the node
	leftward        []int64 // per class: weight of its left side
	node            half    // the node as a whole
	ones            []int64
	sorted          []int64 // payloads of a node by value
	tree            forestTree
	twigs           []twig
	cost            int // work since ctx was asked
}

func newForestGrower(d *forestData, p *forestParameters) *forestGrower {
	n := min(d.rows, p.draws)
	g := &forestGrower{
		forestData: d, forestParameters: p, rows: make([]int32, n), spareRows: make([]int32, n), pays: make([]int64, n), sparePays: make([]int64, n),
		columns: make([]int32, len(d.axes)),
	}
	if !d.mean {
		g.nodeClasses, g.leftward, g.sorted, g.ones = make([]int64, d.classes), make([]int64, d.classes), make([]int64, n), slices.Repeat([]int64{1}, n)
	}
	if p.extra {
		g.buffer = make([]uint8, n)
	}
	if p.sampling == Bootstrap {
		g.counts = make([]int32, d.rows)
	}
	return g
}

// grow returns tree number i. It is a copy that fits: what it grew in is used again.
func (g *forestGrower) grow(ctx context.Context, i int) (*forestTree, error) {
	g.random = newRandom(g.seed, streamForest+uint64(i)<<8)
	t := &g.tree
	*t = forestTree{
		column: t.column[:0], cut: t.cut[:0], rotation: t.rotation[:0], left: t.left[:0], right: t.right[:0], cover: t.cover[:0], values: t.values[:0],
		covers: t.covers[:0], decrease: make([]float64, len(g.axes)), splits: make([]int32, len(g.axes)),
	}
	if err := g.fill(ctx); err != nil {
		return nil, err
	}
	return &forestTree{
		column: slices.Clone(t.column), cut: slices.Clone(t.cut), rotation: slices.Clone(t.rotation), left: slices.Clone(t.left), right: slices.Clone(t.right),
		cover: slices.Clone(t.cover), values: slices.Clone(t.values), covers: slices.Clone(t.covers), decrease: t.decrease, splits: t.splits, drawn: t.drawn,
	}, nil
}

// fill grows a tree in g.tree.
func (g *forestGrower) fill(ctx context.Context) error {
	n := g.draw()
	for f := range g.columns {
		g.columns[f] = int32(f)
	}
	root := twig{hi: n, parent: -1}
	if g.mean {
		root.total = total(g.pays[:n])
	}
	whole := g.weight(&root)
	if g.leaves > 0 {
		return g.growBest(ctx, root, whole)
	}
	g.twigs = append(g.twigs[:0], root)
	for len(g.twigs) > 0 {
		t := g.twigs[len(g.twigs)-1]
		g.twigs = g.twigs[:len(g.twigs)-1]
		if g.cost += 64 + t.hi - t.lo; g.cost > 1<<14 {
			if g.cost = 0; ctx.Err() != nil {
				return ctx.Err()
			}
		}
		c := g.search(&t, whole)
		if c.column < 0 {
			g.leaf(&t)
			continue
		}
		left, right := g.part(&t, &c, whole)
		g.twigs = append(g.twigs, right, left)
	}
	return nil
}

// draw fills rows and pays with the rows of a tree, ascending, and returns their number.
func (g *forestGrower) draw() int {
	n, at := g.forestData.rows, 0
	put := func(row int, times int64) {
		g.rows[at] = int32(row)
		g.pays[at] = g.pay[row] * times
		if !g.mean {
			g.pays[at] = g.pay[row]>>32*times<<32 | g.pay[row]&math.MaxUint32
		}
		at++
	}
	switch {
	case g.sampling == Bootstrap:
		clear(g.counts)
		for range g.draws {
			g.counts[g.random.IntN(n)]++
		}
		for i, c := range g.counts {
			if c > 0 {
				put(i, int64(c))
			}
		}
	case g.draws == n:
		for i := range n {
			put(i, 1)
		}
	default:
		choose(n, g.draws, g.random, func(i int, chosen bool) {
			if chosen {
				put(i, 1)
			}
		})
	}
	if g.outOfBag {
		g.tree.drawn = make([]uint64, (n+63)/64)
		for _, r := range g.rows[:at] {
			g.tree.drawn[r>>6] |= 1 << (r & 63)
		}
	}
	return at
}

// weight returns the weight of a twig's rows, in quanta.
func (g *forestGrower) weight(t *twig) float64 {
	if g.mean {
		return float64(t.total & (1<<g.shift - 1))
	}
	var sum int64
	for _, v := range g.pays[t.lo:t.hi] {
		sum += v >> 32
	}
	return float64(sum)
}

// pure reports whether all rows of a twig have the same target.
func (g *forestGrower) pure(t *twig) bool {
	rows := g.rows[t.lo:t.hi]
	if g.classes == 0 {
		first := g.value[rows[0]]
		for _, r := range rows[1:] {
			if g.value[r] != first {
				return false
			}
		}
		return true
	}
	if g.mean {
		s := t.total >> g.shift
		return s == 0 || s == t.total&(1<<g.shift-1)
	}
	first := g.class[rows[0]]
	for _, r := range rows[1:] {
		if g.class[r] != first {
			return false
		}
	}
	return true
}

// part carries out a cut: it moves the rows that go left to the front of the twig's, and keeps the order within each side.
func (g *forestGrower) part(t *twig, c *cut, whole float64) (left, right twig) {
	tr := &g.tree
	id := int32(len(tr.column))
	g.hang(t, id)
	at, rotation := g.place(c)
	tr.column, tr.cut, tr.rotation = append(tr.column, int32(c.column)), append(tr.cut, at), append(tr.rotation, rotation)
	tr.left, tr.right = append(tr.left, 0), append(tr.right, 0)
	tr.cover = append(tr.cover, g.weight(t)*g.scale)
	tr.decrease[c.column] += c.gain / whole
	tr.splits[c.column]++

	rows, pays := g.rows[t.lo:t.hi], g.pays[t.lo:t.hi]
	spareRows, sparePays := g.spareRows[:len(rows)], g.sparePays[:len(rows)]
	pays = pays[:len(rows)]
	column := g.values[c.column]
	l, r := 0, 0
	limit := uint32(at+rotation) + 1
	for i, row := range rows {
		v := pays[i]
		rows[l], spareRows[r] = row, row
		pays[l], sparePays[r] = v, v
		k := int((uint32(column[row]+rotation) - limit) >> 31)
		l += k
		r += 1 - k
	}
	copy(rows[l:], spareRows[:r])
	copy(pays[l:], sparePays[:r])
	left = twig{lo: t.lo, hi: t.lo + l, total: c.left, depth: t.depth + 1, parent: id}
	right = twig{lo: t.lo + l, hi: t.hi, total: t.total - c.left, depth: t.depth + 1, parent: id, right: true}
	return left, right
}

// hang makes a node, or a leaf, the child that its parent waits for.
func (g *forestGrower) hang(t *twig, code int32) {
	switch {
	case t.parent < 0:
	case t.right:
		g.tree.right[t.parent] = code
	default:
		g.tree.left[t.parent] = code
	}
}

// place returns where a cut lies: of the bins between two neighbouring values of a node the one half-way, by numbers, or by rank where there are none.
func (g *forestGrower) place(c *cut) (at, rotation uint8) {
	a := &g.axes[c.column]
	if g.extra || c.next <= c.at+1 || int(c.next) >= a.steps {
		return c.at, c.rotation
	}
	if a.binner.categorical() {
		return uint8((int(c.at) + int(c.next) - 1) / 2), c.rotation
	}
	bounds := a.binner.bounds
	return a.nearest(bounds[c.at]/2+bounds[c.next-1]/2, int(c.at), int(c.next)-1), c.rotation
}

// nearest returns the bin of low to high whose upper bound is nearest to x, and high, whose bound may be infinite, at last.
func (a *axis) nearest(x float64, low, high int) uint8 {
	bounds := a.binner.bounds
	first, last := low, high
	for low < high {
		m := (low + high) / 2
		if bounds[m] < x {
			low = m + 1
		} else {
			high = m
		}
	}
	if low > first && x-bounds[low-1] < bounds[low]-x {
		low--
	}
	return uint8(min(low, last))
}

// leaf ends a twig.
func (g *forestGrower) leaf(t *twig) {
	tr := &g.tree
	g.hang(t, ^int32(len(tr.covers)))
	weight := g.weight(t)
	tr.covers = append(tr.covers, weight*g.scale)
	switch k := g.classes; {
	case k == 0:
		tr.values = append(tr.values, g.average(t))
		if g.quantiles {
			tr.values = append(tr.values, g.value[g.one(t)])
		}
	case g.mean:
		tr.values = append(tr.values, float64(t.total>>g.shift)/weight)
	default:
		g.countClasses(g.pays[t.lo:t.hi])
		for _, w := range g.nodeClasses[k-g.width():] {
			tr.values = append(tr.values, float64(w)/weight)
		}
		g.clearClasses(g.pays[t.lo:t.hi])
	}
}

// average returns the weighted mean of a twig's targets.
func (g *forestGrower) average(t *twig) float64 {
	rows := g.rows[t.lo:t.hi]
	mask := int64(1)<<g.shift - 1
	least, largest := g.value[rows[0]], g.value[rows[0]]
	var sum, weight float64
	for i, r := range rows {
		y, w := g.value[r], float64(g.pays[t.lo+i]&mask)
		least, largest = min(least, y), max(largest, y)
		sum += float64(w * y)
		weight += w
	}
	return min(max(sum/weight, least), largest)
}

// one returns one of a twig's rows, drawn by weight.
func (g *forestGrower) one(t *twig) int32 {
	mask := int64(1)<<g.shift - 1
	at := g.random.Int64N(t.total & mask)
	for i, v := range g.pays[t.lo:t.hi] {
		if at -= v & mask; at < 0 {
			return g.rows[t.lo+i]
		}
	}
	return g.rows[t.hi-1]
}
