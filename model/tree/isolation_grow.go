package tree

import (
	"cmp"
	"context"
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"

	"github.com/tidewheel/tidewheel/internal/matrix"
	"github.com/tidewheel/tidewheel/internal/plan"
)

// isolate grows the trees and joins them in order.
func isolate(ctx context.Context, t *table, o IsolationOptions) (*isolation, error) {
	grown := make([]*isolationTree, o.Trees)
	err := matrix.Parallel(ctx, o.Workers, o.Trees, func(i, _ int) {
		g := &isolationTree{table: t, random: newRandom(o.Seed, streamForest+uint64(i)<<8)}
		g.grow(ctx, o)
		grown[i] = g
	})
	if err != nil {
		return nil, err
	}
	out := &isolation{}
	var covers plan.Floats
	for _, g := range grown {
		node, leaf, word := int32(len(out.Feature)), int32(len(out.Leaf)), int32(len(out.Words))
		move := func(c int32) int32 {
			if c < 0 {
				return ^(^c + leaf)
			}
			return c + node
		}
		out.Roots = append(out.Roots, move(g.Roots[0]))
		for i := range g.Feature {
			out.Left, out.Right = append(out.Left, move(g.Left[i])), append(out.Right, move(g.Right[i]))
			at := g.Cat[i]
			if g.Flags[i]&plan.FlagCategorical != 0 {
				at += word
			}
			out.Cat = append(out.Cat, at)
		}
		out.Feature, out.Threshold = append(out.Feature, g.Feature...), append(out.Threshold, g.Threshold...)
		out.Flags, out.Words, out.Leaf = append(out.Flags, g.Flags...), append(out.Words, g.Words...), append(out.Leaf, g.Leaf...)
		out.Cover, covers = append(out.Cover, g.Cover...), append(covers, g.leafCover...)
	}
	out.Cover = append(out.Cover, covers...)
	return out, nil
}

// isolationTree is a tree as it grows.
type isolationTree struct {
	*table
	plan.Trees
	random    *rand.Rand
	rows      []int32
	spare     []int32
	use       []int32 // columns
	leafCover plan.Floats
	deepest   int
}

func (g *isolationTree) grow(ctx context.Context, o IsolationOptions) {
	g.rows = g.sample(min(o.SampleRows, g.table.rows))
	g.spare = make([]int32, len(g.rows))
	g.deepest = bits.Len(uint(len(g.rows) - 1)) // the logarithm, rounded up
	for f := range g.columns {
		g.use = append(g.use, int32(f))
	}
	want := max(1, int(o.FeatureFraction*float64(len(g.use))))
	if want < len(g.use) {
		g.random.Shuffle(len(g.use), func(i, j int) { g.use[i], g.use[j] = g.use[j], g.use[i] })
		g.use = g.use[:want]
	}
	g.Roots = plan.Ints{g.node(ctx, 0, len(g.rows), 0)}
}

// sample draws rows, ascending: all alike, or by weight, where the largest of the numbers u^(1/w) are drawn (Efraimidis, Spirakis 2006).
func (g *isolationTree) sample(n int) []int32 {
	out := make([]int32, 0, n)
	if g.weight == nil {
		if n*8 < g.table.rows { // few of many: draw numbers until they are enough
			seen := make(map[int32]bool, n)
			for len(out) < n {
				if r := int32(g.random.IntN(g.table.rows)); !seen[r] {
					seen[r] = true
					out = append(out, r)
				}
			}
			slices.Sort(out)
			return out
		}
		choose(g.table.rows, n, g.random, func(i int, chosen bool) {
			if chosen {
				out = append(out, int32(i))
			}
		})
		return out
	}
	type key struct {
		row int32
		log float64
	}
	keys := make([]key, g.table.rows)
	for i, w := range g.weight {
		keys[i] = key{int32(i), math.Log(1-g.random.Float64()) / w}
	}
	slices.SortFunc(keys, func(a, b key) int {
		return cmp.Or(cmp.Compare(b.log, a.log), cmp.Compare(a.row, b.row))
	})
	for _, k := range keys[:n] {
		out = append(out, k.row)
	}
	slices.Sort(out)
	return out
}

// node grows a tree over some rows and returns its code.
func (g *isolationTree) node(ctx context.Context, lo, hi, depth int) int32 {
	if hi-lo > 1 && depth < g.deepest && ctx.Err() == nil {
		for tried := range g.use { // a column of one value is no use
			j := tried + g.random.IntN(len(g.use)-tried)
			g.use[tried], g.use[j] = g.use[j], g.use[tried]
			if middle := g.split(int(g.use[tried]), lo, hi); middle > 0 {
				id := len(g.Left)
				g.Left, g.Right, g.Cover = append(g.Left, 0), append(g.Right, 0), append(g.Cover, float64(hi-lo))
				left := g.node(ctx, lo, middle, depth+1)
				right := g.node(ctx, middle, hi, depth+1)
				g.Left[id], g.Right[id] = left, right
				return int32(id)
			}
		}
	}
	g.Leaf = append(g.Leaf, float64(depth)+averagePath(hi-lo))
	g.leafCover = append(g.leafCover, float64(hi-lo))
	return ^int32(len(g.Leaf) - 1)
}

// split parts rows by a column and returns the first of the right side; 0 when the column has one value.
func (g *isolationTree) split(f, lo, hi int) int {
	c := &g.columns[f]
	if c.numeric == nil {
		return g.splitCategories(f, lo, hi)
	}
	low, high, missing := math.Inf(1), math.Inf(-1), 0
	for _, r := range g.rows[lo:hi] {
		v := c.numeric[r]
		if v != v {
			missing++
			continue
		}
		low, high = min(low, v), max(high, v)
	}
	if missing == hi-lo || (low == high && missing == 0) {
		return 0
	}
	threshold := low
	if low < high {
		u := g.random.Float64()
		if threshold = float64(low*(1-u)) + float64(high*u); !(threshold >= low && threshold < high) {
			threshold = low
		}
	}
	missingLeft := low < high && missing > 0 && g.random.IntN(2) == 0
	middle := g.part(lo, hi, func(r int32) bool {
		v := c.numeric[r]
		return v <= threshold || (v != v && missingLeft)
	})
	if missing == 0 {
		missingLeft = 2*(middle-lo) >= hi-lo
	}
	g.append(f, threshold, plan.NodeFlags(false, missingLeft, plan.MissingNaN), 0)
	return middle
}

// splitCategories sends a half of the categories of a node left, drawn. A missing one counts as a category, which goes right.
func (g *isolationTree) splitCategories(f, lo, hi int) int {
	codes := g.columns[f].codes
	var present []int32
	for _, r := range g.rows[lo:hi] {
		if at, found := slices.BinarySearch(present, codes[r]); !found {
			present = slices.Insert(present, at, codes[r])
		}
	}
	if len(present) < 2 {
		return 0
	}
	if present[0] < 0 {
		present = present[1:]
	}
	g.random.Shuffle(len(present), func(i, j int) { present[i], present[j] = present[j], present[i] })
	left := present[:max(1, len(present)/2)]
	var set []uint32
	for _, code := range left {
		for int(code>>5) >= len(set) {
			set = append(set, 0)
		}
		set[code>>5] |= 1 << (code & 31)
	}
	at := int32(len(g.Words))
	g.Words = append(append(g.Words, uint32(len(set))), set...)
	g.append(f, 0, plan.NodeFlags(true, false, plan.MissingNaN), at)
	return g.part(lo, hi, func(r int32) bool {
		c := codes[r]
		return c >= 0 && int(c>>5) < len(set) && set[c>>5]>>(c&31)&1 != 0
	})
}

func (g *isolationTree) append(f int, threshold float64, flags byte, at int32) {
	g.Feature, g.Threshold = append(g.Feature, int32(f)), append(g.Threshold, threshold)
	g.Flags, g.Cat = append(g.Flags, flags), append(g.Cat, at)
}

// part moves the rows that go left to the front, keeps the order within each side, and returns the first of the right side.
func (g *isolationTree) part(lo, hi int, left func(row int32) bool) int {
	at, kept := lo, 0
	for _, r := range g.rows[lo:hi] {
		if left(r) {
			g.rows[at] = r
			at++
		} else {
			g.spare[kept] = r
			kept++
		}
	}
	copy(g.rows[at:hi], g.spare[:kept])
	return at
}
