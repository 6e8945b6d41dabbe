package tree

import (
	"context"
	"math"
	"slices"
)

const (
	epsilon   = 1e-15
	noiseGain = 1e-10 // share of a leaf's score below which a gain is the rounding of its sums
)

// split is a way to cut a leaf in two.
type split struct {
	column      int // -1: none
	gain        float64
	bin         int  // numeric: bins up to it go left
	defaultLeft bool // numeric: the bin of missing values goes left
	left        [4]uint64
	leftG       int64 // sums of the left side, in quanta
	leftH       int64
	leftValue   float64 // outputs, before the learning rate
	rightValue  float64
}

// has reports whether a bin goes left.
func (s *split) has(bin uint8) bool { return s.left[bin>>6]>>(bin&63)&1 != 0 }

func (s *split) add(bin int) { s.left[bin>>6] |= 1 << (bin & 63) }

// better orders splits by gain; a tie goes to the column that comes first.
func (s *split) better(o *split) bool {
	if s.column < 0 || o.column < 0 {
		return s.column >= 0
	}
	if s.gain != o.gain {
		return s.gain > o.gain
	}
	return s.column < o.column
}

// rules are the limits and penalties of a split.
type rules struct {
	minRows        int
	minHessian     float64
	l1, l2         float64
	minGain        float64
	categorySmooth float64 // added to a category's hessian when categories are sorted; also the rows it needs
	categoryL2     float64 // added to L2 in a many-against-many split
	maxCategories  int     // categories on the left side, at most
	maxOneHot      int     // up to this many bins, one category is split off at a time
	minGroupRows   int     // rows that a split's boundary advances by, at least
}

func (r *rules) shrink(g float64) float64 {
	if r.l1 == 0 {
		return g
	}
	return math.Copysign(math.Max(0, math.Abs(g)-r.l1), g)
}

// score is what a leaf of these sums takes off the loss, twice.
func (r *rules) score(g, h, l2 float64) float64 {
	g = r.shrink(g)
	return g * g / (h + l2)
}

func (r *rules) output(g, h, l2 float64) float64 { return -r.shrink(g) / (h + l2) }

// leafSums is what the search knows about the leaf as a whole.
type leafSums struct {
	g, h  int64
	count int
}

// search looks for the best split of a leaf in one column.
type search struct {
	rules
	quanta
	leafSums
	sumG, sumH float64
	perHessian float64   // rows per unit of hessian: histograms hold no counts, a bin's rows are estimated from its hessian, as LightGBM does
	floor      float64   // gain of the leaf as it is, plus the least gain
	within     *interval // of the values of the leaf; nil for no limit
	direction  int8      // in which the values follow the column, when within is set
	simple     bool      // nothing but sums decides on splits of numbers
}

func newSearch(r rules, q quanta, s leafSums) search {
	x := search{rules: r, quanta: q, leafSums: s}
	x.sumG, x.sumH = float64(s.g)*q.gScale, float64(s.h)*q.hScale+2*epsilon
	x.perHessian = float64(s.count) / x.sumH
	score := r.score(x.sumG, x.sumH, r.l2)
	x.floor = score + max(r.minGain, noiseGain*score)
	x.simple = r.l1 == 0 && x.moderate()
	return x
}

// rows estimates the rows of a bin with hessian sum h.
func (x *search) rows(h int64) int { return int(float64(h)*x.hScale*x.perHessian + 0.5) }

// best finds the best split of one column; splittable is false when no cut of it passes the rules, and then none of a descendant will.
func (x *search) best(column int, b *binner, of sums) (s split, splittable bool) {
	s.column = -1
	n := of.bins()
	if n < 2 {
		return s, false
	}
	if b.categorical() {
		return x.bestCategories(column, of.cells)
	}
	switch {
	case !b.missing:
		splittable = x.fromRight(&s, of, 0)
		s.defaultLeft = true
	case n == 2: // one bin of numbers, one of missing values
		splittable = x.fromRight(&s, of, 0)
		s.defaultLeft = false
	default:
		right := x.fromRight(&s, of, 1)
		s.defaultLeft = true
		left := x.fromLeft(&s, of, b.bounds[0] >= 0)
		splittable = right || left
	}
	if s.gain == 0 {
		return s, splittable
	}
	s.column = column
	s.left = upTo(s.bin)
	if b.missing && s.defaultLeft {
		s.add(n - 1)
	}
	x.outputs(&s, x.l2)
	return s, splittable
}

// outputs completes a split whose gain is a score so far.
func (x *search) outputs(s *split, l2 float64) {
	g, h := float64(s.leftG)*x.gScale, float64(s.leftH)*x.hScale
	s.leftValue = x.output(g, h+epsilon, l2)
	s.rightValue = x.output(x.sumG-g, x.sumH-h, l2)
	if x.within != nil {
		x.bind(s)
	}
	s.gain -= x.floor
}

// scan is a walk over the bins of a column that moves them, one after the other, from one side of the split to the other.
type scan struct {
	*search
	rowScale float64 // rows per quantum of hessian
	g, h     int64   // sums of the side that grows
	count    int
	gain     float64 // the best so far
	right    bool    // the right side grows
}

func (x *search) newScan(s *split) scan {
	return scan{search: x, rowScale: x.hScale * x.perHessian, gain: s.gain}
}

// step moves one bin over. It returns the score of the split, 0 where it does not pass the rules, and whether all further bins would fail them.
func (w *scan) step(c cell, l2 float64) (score float64, over bool) {
	w.g += c.g
	w.h += c.h
	w.count += int(float64(float64(c.h)*w.rowScale) + 0.5)
	hess := float64(w.h)*w.hScale + epsilon
	if w.count < w.minRows || hess < w.minHessian {
		return 0, false
	}
	rest := w.sumH - hess
	if w.leafSums.count-w.count < w.minRows || rest < w.minHessian {
		return 0, true
	}
	g := float64(w.g) * w.gScale
	other := w.sumG - g
	if w.l1 != 0 {
		g, other = w.shrink(g), w.shrink(other)
	}
	switch {
	case w.within == nil:
	case w.right:
		return w.bounded(other, rest, g, hess, l2), false
	default:
		return w.bounded(g, hess, other, rest, l2), false
	}
	return g*g/(hess+l2) + other*other/(rest+l2), false
}

// fromRight tries every threshold, moving it from the right to the left. The last skip bins (the missing values) stay on the left side.
func (x *search) fromRight(s *split, of sums, skip int) (splittable bool) {
	if of.packed != nil {
		return x.fromRightPacked(s, of.packed, skip)
	}
	w := x.newScan(s)
	w.right = true
	for t := len(of.cells) - 1 - skip; t >= 1; t-- {
		score, over := w.step(of.cells[t], x.l2)
		if over {
			break
		}
		if score > max(w.gain, x.floor) {
			w.gain = score
			s.gain, s.bin, s.leftG, s.leftH = score, t-1, x.g-w.g, x.h-w.h
			splittable = true
		}
	}
	return splittable
}

// fromLeft tries every threshold with the missing values, the last bin, on the right side. Where zero is in the first bin, that bin's rows are estimated as
// what the other bins leave of the leaf: LightGBM does not store that bin.
func (x *search) fromLeft(s *split, of sums, zeroFirst bool) (splittable bool) {
	if of.packed != nil {
		return x.fromLeftPacked(s, of.packed, zeroFirst)
	}
	cells := of.cells
	w := x.newScan(s)
	if zeroFirst {
		w.count = x.count
		for _, c := range cells {
			w.count -= x.rows(c.h)
		}
	}
	for t, c := range cells[:len(cells)-1] {
		if c.h == 0 && c.g == 0 && t > 0 {
			continue
		}
		score, over := w.step(c, x.l2)
		if over {
			break
		}
		if score > x.floor {
			splittable = true
		}
		if score > max(w.gain, x.floor) {
			w.gain = score
			s.gain, s.bin, s.leftG, s.leftH, s.defaultLeft = score, t, w.g, w.h, false
		}
	}
	return splittable
}

// pair is the score of two leaves, one of which has the sums given.
func (x *search) pair(g, h, l2 float64) float64 {
	if x.within != nil {
		return x.bounded(x.shrink(g), h, x.shrink(x.sumG-g), x.sumH-h, l2)
	}
	return x.score(g, h, l2) + x.score(x.sumG-g, x.sumH-h, l2)
}

func (x *search) bestCategories(column int, cells []cell) (s split, splittable bool) {
	s.column = -1
	if len(cells) <= x.maxOneHot {
		splittable = x.oneCategory(&s, cells)
		if s.gain > 0 {
			s.column = column
			s.add(s.bin)
			x.outputs(&s, x.l2)
		}
		return s, splittable
	}
	var buffer [256]ranked
	order := buffer[:0]
	for b := 1; b < len(cells); b++ {
		if float64(x.rows(cells[b].h)) >= x.categorySmooth {
			ratio := float64(cells[b].g) * x.gScale / (float64(cells[b].h)*x.hScale + x.categorySmooth)
			order = append(order, ranked{b, orderKey(ratio + 0)}) // not -0
		}
	}
	slices.SortFunc(order, ranked.compare)
	up, splittable := x.manyCategories(&s, cells, order)
	slices.Reverse(order)
	down, more := x.manyCategories(&s, cells, order)
	chosen := order[:down]
	if down == 0 {
		chosen = order[len(order)-up:]
	}
	if s.gain > 0 {
		s.column = column
		for _, c := range chosen {
			s.add(c.bin)
		}
		x.outputs(&s, x.l2+x.categoryL2)
	}
	return s, splittable || more
}

// ranked is a bin of a categorical column with what categories are ordered by.
type ranked struct {
	bin   int
	ratio uint64 // order key
}

func (r ranked) compare(o ranked) int {
	switch {
	case r.ratio < o.ratio:
		return -1
	case r.ratio > o.ratio:
		return 1
	default:
		return r.bin - o.bin
	}
}

// oneCategory tries each category against all others.
func (x *search) oneCategory(s *split, cells []cell) (splittable bool) {
	for b := 1; b < len(cells); b++ {
		h := float64(cells[b].h) * x.hScale
		count := x.rows(cells[b].h)
		if count < x.minRows || h < x.minHessian || x.count-count < x.minRows || x.sumH-h-epsilon < x.minHessian {
			continue
		}
		gain := x.pair(float64(cells[b].g)*x.gScale, h+epsilon, x.l2)
		if gain <= x.floor {
			continue
		}
		splittable = true
		if gain > s.gain {
			s.gain, s.bin, s.leftG, s.leftH = gain, b, cells[b].g, cells[b].h
		}
	}
	return splittable
}

// manyCategories tries the first one, two, three … categories of the order against the rest (Fisher 1958: the best of all subsets is among them). ends is the
// number of categories of the split where it improves on s, else 0.
func (x *search) manyCategories(s *split, cells []cell, order []ranked) (ends int, splittable bool) {
	w := x.newScan(s)
	l2 := x.l2 + x.categoryL2
	group := 0
	for i, c := range order[:min(x.maxCategories, (len(order)+1)/2)] {
		before := w.count
		score, over := w.step(cells[c.bin], l2)
		group += w.count - before
		if score == 0 && !over {
			continue
		}
		if over || x.count-w.count < x.minGroupRows {
			break
		}
		if group < x.minGroupRows {
			continue
		}
		group = 0
		if score <= x.floor {
			continue
		}
		splittable = true
		if score > w.gain {
			w.gain = score
			s.gain, s.leftG, s.leftH = score, w.g, w.h
			ends = i + 1
		}
	}
	return ends, splittable
}

// manyBins are what a search is shared from: about 100 microseconds.
const manyBins = 1 << 15

// bestSplits searches the columns in use of some leaves and updates their splittable in place. The best is taken in column order.
func (t *grower) bestSplits(ctx context.Context, me int, leaves ...*leaf) error {
	p := len(t.binners)
	w := &t.scratch[me]
	for i, l := range leaves {
		t.sampleNode(l)
		x := newSearch(t.rules, t.hist.quanta, l.leafSums)
		if t.monotone != nil {
			x.within, x.simple = &l.within, false
		}
		found := w.found[i*p:][:p]
		tasks := 1
		if t.hist.bins() >= manyBins {
			tasks = min(4*t.crew.workers(), p)
		}
		err := t.crew.do(ctx, me, tasks, func(task, worker int) {
			lo, hi := task*p/tasks, (task+1)*p/tasks
			t.searchColumns(l, x, found[lo:hi], lo, worker)
		})
		if err != nil {
			return err
		}
		l.best = split{column: -1}
		for f := range found {
			if found[f].better(&l.best) {
				l.best = found[f]
			}
		}
	}
	return nil
}

// searchColumns finds the best splits of the columns from first on.
func (t *grower) searchColumns(l *leaf, x search, found []split, first, worker int) {
	for i := range found {
		found[i].column = -1
		f := first + i
		if !l.open(f) {
			continue
		}
		if t.monotone != nil {
			x.direction = t.monotone[f]
		}
		b := t.binners[f]
		found[i], l.splittable[f] = x.best(f, b, x.sumsOf(t.hist, l, f, b, &t.scratch[worker]))
	}
}
