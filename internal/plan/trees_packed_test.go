package plan_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/plan"
)

// shape is what a random ensemble is made from.
type shape struct {
	trees, leaves, features, outputs, rows int
	float32, sets, numbers, linear, vector bool
	aggregate                              plan.Aggregate
}

// grower makes random ensembles of every kind of node.
type grower struct {
	*rand.Rand
	shape
	t *plan.Trees
}

func grow(r *rand.Rand, s shape) *plan.Trees {
	g := grower{r, s, &plan.Trees{Outputs: s.outputs, Float32: s.float32, Vector: s.vector, Aggregate: s.aggregate}}
	g.t.BaseLast = r.IntN(2) == 0 || s.aggregate == plan.Min || s.aggregate == plan.Max
	for range s.outputs {
		g.t.Base = append(g.t.Base, g.number())
	}
	for range s.trees {
		g.t.Roots = append(g.t.Roots, g.node(1+r.IntN(s.leaves)))
	}
	if r.IntN(3) == 0 && s.aggregate == plan.Sum {
		g.t.Scale = float64(float32(r.Float64()))
	}
	if r.IntN(3) == 0 && !s.vector && s.aggregate != plan.Min && s.aggregate != plan.Max {
		for range s.trees {
			g.t.Target = append(g.t.Target, int32(r.IntN(s.outputs)))
		}
	}
	if s.linear {
		g.linears()
	}
	return g.t
}

// number draws a parameter: mostly ordinary, often one that many nodes share, sometimes one at an edge.
func (g grower) number() float64 {
	special := []float64{0, math.Copysign(0, -1), inf, -inf, 1e-35, 1.0000000180025095e-35, -1.0000000180025095e-35, 5e-324, 1e-300, 1e300, 3, 4}
	x := g.NormFloat64() * 3
	switch g.IntN(8) {
	case 0:
		x = special[g.IntN(len(special))]
	case 1, 2, 3:
		x = float64(g.IntN(40)) / 4
	}
	if g.float32 {
		x = float64(float32(x))
	}
	return x
}

// node appends a subtree with some leaves and returns its code.
func (g grower) node(leaves int) int32 {
	t := g.t
	if leaves == 1 {
		width := 1
		if g.vector {
			width = g.outputs
		}
		for range width {
			t.Leaf = append(t.Leaf, g.number())
		}
		return ^int32(len(t.Leaf)/width - 1)
	}
	i := len(t.Feature)
	flags, cat := plan.NodeFlags(false, g.IntN(2) == 0, plan.Missing(g.IntN(3))), int32(0)
	threshold := g.number()
	if g.IntN(40) == 0 {
		threshold = nan
	}
	switch kind := g.IntN(6); {
	case g.sets && kind <= 1:
		flags |= plan.FlagCategorical
		if kind == 0 {
			flags |= plan.FlagStrict
		}
		cat = int32(len(t.Words))
		n := g.IntN(4)
		t.Words = append(t.Words, uint32(n))
		for range n {
			t.Words = append(t.Words, g.Uint32())
		}
	case g.numbers && kind == 2:
		flags |= plan.FlagEqual
	case g.numbers && kind == 3:
		flags |= plan.FlagMember
		cat = int32(len(t.Words))
		set := make([]float64, g.IntN(6))
		for j := range set {
			set[j] = g.number()
		}
		slices.Sort(set)
		set = slices.Compact(set) // takes one of the zeros
		t.Words = append(t.Words, uint32(len(set)), uint32(len(t.Members)))
		t.Members = append(t.Members, set...)
	}
	t.Feature = append(t.Feature, int32(g.IntN(g.features)))
	t.Threshold = append(t.Threshold, threshold)
	t.Flags, t.Cat = append(t.Flags, flags), append(t.Cat, cat)
	t.Left, t.Right = append(t.Left, 0), append(t.Right, 0)
	part := 1 + g.IntN(leaves-1)
	left := g.node(part)
	right := g.node(leaves - part)
	t.Left[i], t.Right[i] = left, right
	return int32(i)
}

func (g grower) linears() {
	l := &plan.Linear{Start: plan.Ints{0}}
	for _, v := range g.t.Leaf {
		l.Const = append(l.Const, v)
		for range g.IntN(4) {
			l.Feature = append(l.Feature, int32(g.IntN(g.features)))
			l.Coef = append(l.Coef, g.NormFloat64())
		}
		l.Start = append(l.Start, int32(len(l.Feature)))
	}
	g.t.Linear = l
}

// checkPacked compares the packed form with the plain one: columns of all rows, of few, and rows.
func checkPacked(t *testing.T, r *rand.Rand, tr *plan.Trees, s shape) {
	t.Helper()
	g := compile(t, build(t, s.features, plan.Op{Kind: plan.OpTrees, Trees: tr}))
	columns := make([]plan.Column, s.features)
	for j := range columns {
		columns[j].Numbers = values(r, s.rows)
		for i := range columns[j].Numbers { // meet the thresholds
			if len(tr.Threshold) > 0 && r.IntN(3) == 0 {
				columns[j].Numbers[i] = tr.Threshold[r.IntN(len(tr.Threshold))]
			}
		}
	}
	want, got := newOut(tr.Outputs, s.rows), newOut(tr.Outputs, s.rows)
	plan.Plain(g).Columns(columns, s.rows, want)
	g.Columns(columns, s.rows, got)
	few := min(s.rows, 1+r.IntN(20))
	part := slices.Clone(columns)
	for j := range part {
		part[j].Numbers = part[j].Numbers[s.rows-few:]
	}
	last := newOut(tr.Outputs, few)
	g.Columns(part, few, last)
	scratch := g.NewRowScratch()
	row := make([]dataset.Value, s.features)
	for i := range s.rows {
		for j := range row {
			row[j] = dataset.NumberValue(columns[j].Numbers[i])
		}
		if i < 200 {
			g.Row(row, scratch)
		}
		for o := range want {
			w := want[o][i]
			if !same(got[o][i], w) {
				t.Fatalf("%+v: row %d of %d, output %d: packed %v, plain %v", s, i, s.rows, o, got[o][i], w)
			}
			if i < 200 && !same(g.Output(scratch, o), w) {
				t.Fatalf("%+v: row %d alone, output %d: packed %v, plain %v", s, i, o, g.Output(scratch, o), w)
			}
			if at := i - (s.rows - few); at >= 0 && !same(last[o][at], w) {
				t.Fatalf("%+v: row %d of the last %d, output %d: packed %v, plain %v", s, at, few, o, last[o][at], w)
			}
		}
	}
}

func newOut(outputs, rows int) [][]float64 {
	out := make([][]float64, outputs)
	for o := range out {
		out[o] = make([]float64, rows)
	}
	return out
}

// randomShape draws a shape; log-uniform sizes, up to 2000 trees, 10 outputs and 1000 rows.
func randomShape(r *rand.Rand) shape {
	size := func(most int) int { return int(math.Exp(r.Float64() * math.Log(float64(most)+0.999))) }
	s := shape{
		trees: size(2000), leaves: size(300), features: size(20), outputs: size(10), rows: size(1000),
		float32: r.IntN(3) == 0, sets: r.IntN(2) == 0, numbers: r.IntN(3) == 0,
	}
	s.trees = max(1, min(s.trees, 20_000/s.leaves))
	switch r.IntN(6) {
	case 0:
		s.linear, s.float32 = true, false
	case 1:
		s.vector = true
	}
	switch r.IntN(6) {
	case 0:
		s.aggregate = plan.Mean
	case 1, 2:
		s.aggregate = []plan.Aggregate{plan.Min, plan.Max}[r.IntN(2)]
		s.trees = max(s.trees, s.outputs)
	}
	return s
}

func TestPackedTreesEqualPlainOnes(t *testing.T) {
	n := 100
	if testing.Short() {
		n = 30
	}
	for seed := range uint64(n) {
		r := rand.New(rand.NewPCG(seed, 24))
		s := randomShape(r)
		checkPacked(t, r, grow(r, s), s)
	}
	r := rand.New(rand.NewPCG(1, 25))
	for _, s := range []shape{ // the corners
		{trees: 2000, leaves: 1, features: 1, outputs: 1, rows: 9},
		{trees: 2000, leaves: 4, features: 3, outputs: 10, rows: 1000, sets: true},
		{trees: 3, leaves: 3000, features: 3, outputs: 1, rows: 300, numbers: true},
		{trees: 20, leaves: 31, features: 26, outputs: 1, rows: 8, float32: true},
	} {
		checkPacked(t, r, grow(r, s), s)
	}
}

// FuzzTrees: the packed form gives the bits of the plain one.
func FuzzTrees(f *testing.F) {
	for seed := range uint64(8) {
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, a, b uint64) {
		r := rand.New(rand.NewPCG(a, b))
		s := randomShape(r)
		s.rows, s.trees = min(s.rows, 100), max(s.outputs, min(s.trees, 200))
		checkPacked(t, r, grow(r, s), s)
	})
}

// TestTreesThatDoNotFitThePackedForm: too large, too many categories, and nodes that are shared so that unfolding them would not end.
func TestTreesThatDoNotFitThePackedForm(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	check := func(name string, tr *plan.Trees, features int, unpacked bool) {
		t.Helper()
		g := compile(t, build(t, features, plan.Op{Kind: plan.OpTrees, Trees: tr}))
		if n := plan.Unpacked(g); (n > 0) != unpacked {
			t.Errorf("%s: %d trees not packed", name, n)
		}
		checkPacked(t, r, tr, shape{features: features, rows: 100})
	}
	large := shape{trees: 2, leaves: 1, features: 2, outputs: 1}
	g := grower{r, large, &plan.Trees{Outputs: 1, Base: plan.Floats{0}}}
	g.t.Roots = plan.Ints{g.node(5), g.node(40_000), g.node(5)}
	check("a large tree", g.t, 2, true)

	many := grower{r, shape{features: 1, outputs: 1}, &plan.Trees{Outputs: 1, Base: plan.Floats{0}}}
	for range 30 {
		many.t.Roots = append(many.t.Roots, many.node(4000))
	}
	for i := range many.t.Threshold {
		many.t.Threshold[i] = r.NormFloat64()
	}
	check("thresholds for more than one group", many.t, 1, false)

	wide := stump(plan.NodeFlags(true, false, plan.MissingNaN), 0)
	wide.Words = append(plan.Words{3000}, make([]uint32, 3000)...)
	wide.Words[1], wide.Words[3000] = 5, 1<<31
	wide.Threshold[0] = 32*3000 - 1
	check("very many categories", wide, 1, true)

	chain := &plan.Trees{Outputs: 1, Base: plan.Floats{0}, Leaf: plan.Floats{1, 2}}
	for i := range int32(64) {
		chain.Feature, chain.Threshold = append(chain.Feature, 0), append(chain.Threshold, float64(i))
		chain.Left, chain.Right = append(chain.Left, i+1), append(chain.Right, i+1)
		chain.Flags, chain.Cat = append(chain.Flags, 0), append(chain.Cat, 0)
		chain.Roots = append(chain.Roots, 0)
	}
	chain.Left[63], chain.Right[63] = ^0, ^1
	check("shared nodes", chain, 1, true)
}

func TestARowOfTreesAllocatesNothing(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	s := shape{trees: 20, leaves: 31, features: 5, outputs: 2, sets: true, numbers: true}
	g := compile(t, build(t, s.features, plan.Op{Kind: plan.OpTrees, Trees: grow(r, s)}))
	scratch, row := g.NewRowScratch(), numbers(1, 2, nan, 4, 5)
	if n := testing.AllocsPerRun(100, func() { g.Row(row, scratch) }); n != 0 {
		t.Errorf("got %v allocations, want none", n)
	}
}
