package tree

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/tidewheel/tidewheel/internal/matrix"
)

// Constants of the search for categorical splits, LightGBM's defaults.
const (
	categorySmooth = 10.0 // added to a category's hessian when categories are sorted; also the rows it needs
	categoryL2     = 10.0 // added to L2 in a many-against-many split
	maxCategories  = 32   // categories on the left side, at most
	maxOneHot      = 4    // up to this many bins, one category is split off at a time
	minGroupRows   = 100  // rows that a split's boundary advances by, at least
	epsilon        = 1e-15
	noiseGain      = 1e-10 // share of a leaf's score below which a gain is the rounding of its sums
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
	minRows    int
	minHessian float64
	l1, l2     float64
	minGain    float64
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
	perHessian float64 // rows per unit of hessian: histograms hold no counts, a bin's rows are estimated from its hessian, as LightGBM does
	floor      float64 // gain of the leaf as it is, plus the least gain
}

func newSearch(r rules, q quanta, s leafSums) search {
	x := search{rules: r, quanta: q, leafSums: s}
	x.sumG, x.sumH = float64(s.g)*q.gScale, float64(s.h)*q.hScale+2*epsilon
	x.perHessian = float64(s.count) / x.sumH
	score := r.score(x.sumG, x.sumH, r.l2)
	x.floor = score + max(r.minGain, noiseGain*score)
	return x
}

// rows estimates the rows of a bin with hessian sum h.
func (x *search) rows(h int64) int { return int(float64(h)*x.hScale*x.perHessian + 0.5) }

// best finds the best split of one column; splittable is false when no cut of it passes the rules, and then none of a descendant will.
func (x *search) best(column int, b *binner, cells []cell) (s split, splittable bool) {
	s.column = -1
	if len(cells) < 2 {
		return s, false
	}
	if b.categorical() {
		return x.bestCategories(column, cells)
	}
	switch {
	case !b.missing:
		splittable = x.fromRight(&s, cells, 0)
		s.defaultLeft = true
	case len(cells) == 2: // one bin of numbers, one of missing values
		splittable = x.fromRight(&s, cells, 0)
		s.defaultLeft = false
	default:
		right := x.fromRight(&s, cells, 1)
		s.defaultLeft = true
		left := x.fromLeft(&s, cells, b.bounds[0] >= 0)
		splittable = right || left
	}
	if s.gain == 0 {
		return s, splittable
	}
	s.column = column
	for bin := 0; bin <= s.bin; bin++ {
		s.add(bin)
	}
	if b.missing && s.defaultLeft {
		s.add(len(cells) - 1)
	}
	x.outputs(&s, x.l2)
	return s, splittable
}

// outputs completes a split whose gain is a score so far.
func (x *search) outputs(s *split, l2 float64) {
	g, h := float64(s.leftG)*x.gScale, float64(s.leftH)*x.hScale
	s.leftValue = x.output(g, h+epsilon, l2)
	s.rightValue = x.output(x.sumG-g, x.sumH-h, l2)
	s.gain -= x.floor
}

// fromRight tries every threshold, moving it from the right to the left. The last skip bins (the missing values) stay on the left side.
func (x *search) fromRight(s *split, cells []cell, skip int) (splittable bool) {
	var g, h int64
	count := 0
	for t := len(cells) - 1 - skip; t >= 1; t-- {
		g += cells[t].g
		h += cells[t].h
		count += x.rows(cells[t].h)
		hess := float64(h)*x.hScale + epsilon
		if count < x.minRows || hess < x.minHessian {
			continue
		}
		if x.count-count < x.minRows || x.sumH-hess < x.minHessian {
			break
		}
		gain := x.pair(float64(g)*x.gScale, hess, x.l2)
		if gain <= x.floor {
			continue
		}
		splittable = true
		if gain > s.gain {
			s.gain, s.bin, s.leftG, s.leftH = gain, t-1, x.g-g, x.h-h
		}
	}
	return splittable
}

// fromLeft tries every threshold with the missing values, the last bin, on the right side. Where zero is in the first bin, that bin's rows are estimated as
// what the other bins leave of the leaf: LightGBM does not store that bin.
func (x *search) fromLeft(s *split, cells []cell, zeroFirst bool) (splittable bool) {
	var g, h int64
	count := 0
	if zeroFirst {
		count = x.count
		for _, c := range cells {
			count -= x.rows(c.h)
		}
	}
	for t := 0; t <= len(cells)-2; t++ {
		g += cells[t].g
		h += cells[t].h
		count += x.rows(cells[t].h)
		hess := float64(h)*x.hScale + epsilon
		if count < x.minRows || hess < x.minHessian {
			continue
		}
		if x.count-count < x.minRows || x.sumH-hess < x.minHessian {
			break
		}
		gain := x.pair(float64(g)*x.gScale, hess, x.l2)
		if gain <= x.floor {
			continue
		}
		splittable = true
		if gain > s.gain {
			s.gain, s.bin, s.leftG, s.leftH, s.defaultLeft = gain, t, g, h, false
		}
	}
	return splittable
}

// pair is the score of two leaves, one of which has the sums given.
func (x *search) pair(g, h, l2 float64) float64 {
	return x.score(g, h, l2) + x.score(x.sumG-g, x.sumH-h, l2)
}

func (x *search) bestCategories(column int, cells []cell) (s split, splittable bool) {
	s.column = -1
	if len(cells) <= maxOneHot {
		splittable = x.oneCategory(&s, cells)
		if s.gain > 0 {
			s.column = column
			s.add(s.bin)
			x.outputs(&s, x.l2)
		}
		return s, splittable
	}
	order := make([]int, 0, len(cells))
	for b := 1; b < len(cells); b++ {
		if float64(x.rows(cells[b].h)) >= categorySmooth {
			order = append(order, b)
		}
	}
	ratio := func(b int) float64 {
		return float64(cells[b].g) * x.gScale / (float64(cells[b].h)*x.hScale + categorySmooth)
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(ratio(a), ratio(b)) })
	ends := 0
	splittable = x.manyCategories(&s, cells, order, &ends)
	chosen := order[:ends]
	back := slices.Clone(order)
	slices.Reverse(back)
	ends = 0
	if x.manyCategories(&s, cells, back, &ends) {
		splittable = true
	}
	if ends > 0 {
		chosen = back[:ends]
	}
	if s.gain > 0 {
		s.column = column
		for _, b := range chosen {
			s.add(b)
		}
		x.outputs(&s, x.l2+categoryL2)
	}
	return s, splittable
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

// manyCategories tries the first one, two, three … categories of the order against the rest (Fisher 1958: the best of all subsets is among them), and sets
// ends to their number where it improves on s.
func (x *search) manyCategories(s *split, cells []cell, order []int, ends *int) (splittable bool) {
	l2 := x.l2 + categoryL2
	var g, h int64
	count, group := 0, 0
	for i, b := range order[:min(maxCategories, (len(order)+1)/2)] {
		g += cells[b].g
		h += cells[b].h
		n := x.rows(cells[b].h)
		count += n
		group += n
		hess := float64(h)*x.hScale + epsilon
		if count < x.minRows || hess < x.minHessian {
			continue
		}
		if right := x.count - count; right < x.minRows || right < minGroupRows || x.sumH-hess < x.minHessian {
			break
		}
		if group < minGroupRows {
			continue
		}
		group = 0
		gain := x.pair(float64(g)*x.gScale, hess, l2)
		if gain <= x.floor {
			continue
		}
		splittable = true
		if gain > s.gain {
			s.gain, s.leftG, s.leftH = gain, g, h
			*ends = i + 1
		}
	}
	return splittable
}

// bestSplit searches the columns marked in use, shared by the workers, and updates splittable in place. The best is taken in column order.
func (t *grower) bestSplit(ctx context.Context, l *leaf) error {
	x := newSearch(t.rules, t.hist.quanta, l.leafSums)
	found := t.found
	workers := t.workers
	if len(found) < 8 {
		workers = 1
	}
	const width = 4 // columns a task
	err := matrix.Parallel(ctx, workers, (len(found)+width-1)/width, func(task, _ int) {
		for f := task * width; f < min(task*width+width, len(found)); f++ {
			found[f].column = -1
			if !t.use[f] || !l.splittable[f] {
				continue
			}
			found[f], l.splittable[f] = x.best(f, t.binners[f], l.cells[t.hist.offset[f]:t.hist.offset[f+1]])
		}
	})
	l.best = split{column: -1}
	for f := range found {
		if found[f].better(&l.best) {
			l.best = found[f]
		}
	}
	return err
}
