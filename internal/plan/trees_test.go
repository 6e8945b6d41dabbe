package plan_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/tidewheel/tidewheel/internal/plan"
)

// node is a tree as pointers, walked by recursion: the plain form of plan.Trees. A node without children is a leaf.
type node struct {
	feature     int
	threshold   float64
	missing     plan.Missing
	defaultLeft bool
	set         map[int]bool // of a categorical node
	left, right *node
	value       float64
}

func (n *node) walk(x []float64) float64 {
	if n.left == nil {
		return n.value
	}
	if n.goesLeft(x[n.feature]) {
		return n.left.walk(x)
	}
	return n.right.walk(x)
}

// goesLeft is LightGBM's decision as its documentation says it.
func (n *node) goesLeft(x float64) bool {
	if n.set != nil {
		if math.IsNaN(x) || x <= -1 || x >= 1000 {
			return false
		}
		return n.set[int(x)]
	}
	if math.IsNaN(x) && n.missing != plan.MissingNaN {
		x = 0
	}
	isZero := math.Abs(x) <= 1.0000000180025095e-35 // kZeroThreshold, a float32
	if (n.missing == plan.MissingZero && isZero) || (n.missing == plan.MissingNaN && math.IsNaN(x)) {
		return n.defaultLeft
	}
	return x <= n.threshold
}

func randomTree(r *rand.Rand, features, depth int) *node {
	if depth == 0 || r.IntN(6) == 0 {
		return &node{value: r.NormFloat64()}
	}
	n := &node{feature: r.IntN(features), missing: plan.Missing(r.IntN(3)), defaultLeft: r.IntN(2) == 0}
	if n.threshold = r.NormFloat64() * 3; r.IntN(4) == 0 {
		n.threshold = []float64{0, inf, -inf, nan}[r.IntN(4)]
	}
	if r.IntN(3) == 0 {
		n.set = map[int]bool{}
		for range 1 + r.IntN(20) {
			n.set[r.IntN(70)] = true
		}
	}
	n.left, n.right = randomTree(r, features, depth-1), randomTree(r, features, depth-1)
	return n
}

// flatten appends n to t and returns its code.
func flatten(t *plan.Trees, n *node) int32 {
	if n.left == nil {
		t.Leaf = append(t.Leaf, n.value)
		return ^int32(len(t.Leaf) - 1)
	}
	i := len(t.Feature)
	t.Feature = append(t.Feature, int32(n.feature))
	t.Threshold = append(t.Threshold, n.threshold)
	t.Flags = append(t.Flags, plan.NodeFlags(n.set != nil, n.defaultLeft, n.missing))
	t.Cat = append(t.Cat, 0)
	if n.set != nil {
		words := make(plan.Words, 3)
		for c := range n.set {
			words[c/32] |= 1 << (c % 32)
		}
		t.Cat[i] = int32(len(t.Words))
		t.Words = append(append(t.Words, 3), words...)
	}
	t.Left, t.Right = append(t.Left, 0), append(t.Right, 0)
	t.Left[i] = flatten(t, n.left)
	t.Right[i] = flatten(t, n.right)
	return int32(i)
}

func forest(r *rand.Rand, trees, features, outputs int) ([]*node, *plan.Trees) {
	t := &plan.Trees{Outputs: outputs}
	for range outputs {
		t.Base = append(t.Base, r.NormFloat64())
	}
	var roots []*node
	for range trees {
		n := randomTree(r, features, 6)
		roots = append(roots, n)
		t.Roots = append(t.Roots, flatten(t, n))
	}
	return roots, t
}

func TestTreesEqualARecursiveWalk(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	const n, features = 2000, 5
	columns := make([][]float64, features)
	for j := range columns {
		columns[j] = values(r, n)
	}
	b := batch(t, columns...)
	defer b.Release()
	for _, outputs := range []int{1, 3} {
		for _, scale := range []float64{0, 0.1} {
			roots, tr := forest(r, 50, features, outputs)
			tr.Scale = scale
			g := compile(t, build(t, features, plan.Op{Kind: plan.OpTrees, Trees: tr}))
			got := run(t, g, b)
			for i := range n {
				x := make([]float64, features)
				for j := range x {
					x[j] = columns[j][i]
				}
				want := append([]float64(nil), tr.Base...)
				for k, root := range roots {
					want[k%outputs] += root.walk(x)
				}
				one := row(g, numbers(x...)...)
				for o := range want {
					if scale != 0 {
						want[o] *= scale
					}
					if !same(want[o], got[o][i]) || !same(want[o], one[o]) {
						t.Fatalf("row %d, output %d: batch %v, row %v, want %v", i, o, got[o][i], one[o], want[o])
					}
				}
			}
		}
	}
}

func TestCategoriesAtTheEdges(t *testing.T) {
	// Set {0, 31, 64}; a member goes left to 1, all else right to 2.
	tr := &plan.Trees{
		Outputs: 1, Base: plan.Floats{0}, Roots: plan.Ints{0}, Feature: plan.Ints{0}, Threshold: plan.Floats{0},
		Left: plan.Ints{^0}, Right: plan.Ints{^1}, Flags: plan.Bytes{plan.NodeFlags(true, true, plan.MissingNaN)}, Cat: plan.Ints{0},
		Words: plan.Words{3, 1 | 1<<31, 0, 1}, Leaf: plan.Floats{1, 2},
	}
	g := compile(t, build(t, 1, plan.Op{Kind: plan.OpTrees, Trees: tr}))
	for x, want := range map[float64]float64{
		0: 1, 31: 1, 64: 1, 0.9: 1, -0.9: 1, 31.5: 1, // int(x), as LightGBM casts
		1: 2, 32: 2, 63: 2, 65: 2, 95: 2, 96: 2, 1e9: 2, 1 << 31: 2, 1 << 40: 2, -1: 2, -31: 2, inf: 2, -inf: 2,
	} {
		if got := row(g, numbers(x)...)[0]; got != want {
			t.Errorf("category %v goes to leaf %v, want %v", x, got, want)
		}
	}
	if got := row(g, numbers(nan)...)[0]; got != 2 {
		t.Errorf("a missing category goes to leaf %v, want the right one", got)
	}
}

func TestATreeMayBeOneLeaf(t *testing.T) {
	tr := &plan.Trees{Outputs: 1, Base: plan.Floats{0.5}, Roots: plan.Ints{^0, ^0}, Leaf: plan.Floats{0.25}}
	g := compile(t, build(t, 1, plan.Op{Kind: plan.OpTrees, Trees: tr}))
	if got := row(g, numbers(nan)...)[0]; got != 1 {
		t.Errorf("got %v, want 1", got)
	}
}
