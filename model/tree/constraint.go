package tree

import (
	"math"
	"slices"
)

// constraints are what every tree of a run keeps to.
type constraints struct {
	monotone []int8  // per column: 1 for a score that never falls where the column rises, -1 for one that never rises; nil for none
	groups   [][]int // columns that may stand together on a path, ascending; nil for no limit
}

// interval is where the values of a leaf lie.
type interval struct{ low, high float64 }

func everywhere() interval { return interval{-math.MaxFloat64, math.MaxFloat64} }

func (i interval) clamp(v float64) float64 { return min(max(v, i.low), i.high) }

// allowed reports whether a column is in one of the groups.
func (c *constraints) allowed(column int) bool {
	return c.groups == nil || slices.ContainsFunc(c.groups, func(g []int) bool { return slices.Contains(g, column) })
}

// narrow hands the limits of a leaf on to the children of its split, LightGBM's "basic" way: where the column of the split is monotone, no value of the one
// child passes the middle between the values of both, and none of the other.
func (c *constraints) narrow(s *split, parent, left, right *leaf) {
	left.within, right.within = parent.within, parent.within
	if c.monotone != nil {
		middle := s.leftValue/2 + s.rightValue/2
		switch c.monotone[s.column] {
		case 1:
			left.within.high, right.within.low = min(left.within.high, middle), max(right.within.low, middle)
		case -1:
			left.within.low, right.within.high = max(left.within.low, middle), min(right.within.high, middle)
		}
	}
	if c.groups == nil {
		return
	}
	path := parent.path
	if !slices.Contains(path, s.column) {
		path = append(slices.Clone(path), s.column)
	}
	left.path, right.path = path, path
	together := constraints{groups: [][]int{path}}
	for _, g := range c.groups {
		if !slices.ContainsFunc(path, func(f int) bool { return !slices.Contains(g, f) }) {
			together.groups = append(together.groups, g)
		}
	}
	for f := range left.splittable { // for good: what may not stand below this path may not stand below a longer one
		if !together.allowed(f) {
			left.splittable[f], right.splittable[f] = false, false
		}
	}
}

// bounded is the score of a split of a leaf whose values have limits: that of the values that come nearest to the best ones, 0 where they are in the wrong
// order. The gradients are shrunk by L1.
func (x *search) bounded(leftG, leftH, rightG, rightH, l2 float64) float64 {
	left, right := x.within.clamp(-leftG/(leftH+l2)), x.within.clamp(-rightG/(rightH+l2))
	if x.reversed(left, right) {
		return 0
	}
	return -(2*leftG*left + (leftH+l2)*left*left) - (2*rightG*right + (rightH+l2)*right*right)
}

func (x *search) reversed(left, right float64) bool {
	return (x.direction > 0 && left > right) || (x.direction < 0 && left < right)
}

// bind puts the values of a split inside the limits, and in order where rounding left them the wrong way round.
func (x *search) bind(s *split) {
	s.leftValue, s.rightValue = x.within.clamp(s.leftValue), x.within.clamp(s.rightValue)
	if x.reversed(s.leftValue, s.rightValue) {
		s.leftValue = s.leftValue/2 + s.rightValue/2
		s.rightValue = s.leftValue
	}
}

// settle puts values that leaves got after the tree was grown inside the limits of its monotone splits: below each, the middle between the means of both sides
// is what neither side passes.
func (c *constraints) settle(g *grown) {
	if c.monotone == nil || len(g.nodes) == 0 {
		return
	}
	rows, sums := make([]float64, len(g.nodes)), make([]float64, len(g.nodes))
	total := func(i int32) (n, sum float64) {
		if i < 0 {
			return float64(g.counts[^i]), float64(g.counts[^i]) * g.values[^i]
		}
		return rows[i], sums[i]
	}
	for i := len(g.nodes) - 1; i >= 0; i-- { // children are behind their parents
		for _, child := range g.nodes[i].children {
			n, sum := total(child)
			rows[i] += n
			sums[i] += sum
		}
	}
	within := slices.Repeat([]interval{everywhere()}, len(g.nodes))
	for i := range g.nodes {
		node := &g.nodes[i]
		sides := [2]interval{within[i], within[i]}
		if d := c.monotone[node.column]; d != 0 {
			leftRows, left := total(node.children[0])
			rightRows, right := total(node.children[1])
			middle := within[i].clamp(left/max(leftRows, 1)/2 + right/max(rightRows, 1)/2)
			lower, upper := 0, 1
			if d < 0 {
				lower, upper = 1, 0
			}
			sides[lower].high, sides[upper].low = middle, middle
		}
		for k, child := range node.children {
			if child < 0 {
				g.values[^child] = sides[k].clamp(g.values[^child])
			} else {
				within[child] = sides[k]
			}
		}
	}
}
