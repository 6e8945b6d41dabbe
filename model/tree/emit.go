package tree

import (
	"slices"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/matrix"
	"github.com/tidewheel/tidewheel/internal/plan"
	"github.com/tidewheel/tidewheel/model"
)

// newModel emits an ensemble as scoring operations: a lookup for each text column, the trees, those of before first where it is not nil, and the link of the task.
func newModel(t model.Training, source *matrix.Table, e *ensemble, log bool, before *earlier) (*Model, error) {
	m := &Model{Gain: e.gain, Splits: e.splits, Report: Report{Rounds: len(e.trees) / len(e.base), Validation: e.losses}}
	inputs := make([]plan.Input, len(source.Columns))
	for j := range source.Columns {
		c := &source.Columns[j]
		m.Features = append(m.Features, c.Field.Name)
		inputs[j] = plan.Input{Name: c.Field.Name, Kind: plan.Number}
		if c.IsText() {
			inputs[j].Kind = plan.Text
		}
	}
	in := make(plan.Ints, len(inputs))
	codes := make([][]int32, len(inputs))
	names := slices.Clone(m.Features)
	if before != nil {
		for _, input := range before.plan.Inputs {
			if !slices.Contains(names, input.Name) {
				names, inputs = append(names, input.Name), append(inputs, input)
			}
		}
	}
	b := plan.NewBuilder(inputs...)
	var lookups []plan.Op
	for j := range in {
		in[j] = int32(j)
		if inputs[j].Kind == plan.Text {
			var lookup plan.Op
			lookup, codes[j] = newLookup(&source.Columns[j], e.binners[j])
			lookup.In = plan.Ints{int32(j)}
			in[j] = b.Add(lookup)[0]
			lookups = append(lookups, lookup)
		}
	}
	trees := e.emit(codes)
	var raw plan.Ints
	if before != nil {
		raw = before.splice(b, names, in, lookups, trees)
		before.addImportance(m)
	} else {
		raw = b.Add(plan.Op{Kind: plan.OpTrees, In: in, Trees: &trees})
	}
	var err error
	link := model.NewLinked
	if log {
		link = model.NewLogLinked
	}
	if m.Planned, err = link(t, b, raw); err != nil {
		return nil, err
	}
	return m, nil
}

// newLookup returns the operation that gives the categories of a column their codes in the plan, and the code of each category of training. Only categories
// that have a bin are kept: every other one goes right at every split, as a missing value does. Where what is outside the vocabulary is a category of its
// own, the whole vocabulary is kept, to know what is outside.
func newLookup(c *matrix.Column, b *binner) (plan.Op, []int32) {
	codes := make([]int32, len(c.Vocabulary)+1)
	op := plan.Op{Kind: plan.OpLookup, Unseen: -1}
	if c.Field.OneOf != nil && c.Field.Unseen == dataset.UnseenOther {
		for i := range codes {
			codes[i] = int32(i)
		}
		op.Values, op.Unseen = c.Vocabulary, int32(len(c.Vocabulary))
		return op, codes
	}
	for i, v := range c.Vocabulary {
		if b.binOf[i] != 0 {
			codes[i] = int32(len(op.Values))
			op.Values = append(op.Values, v)
		}
	}
	return op, codes
}

// emit writes the trees in the form of a plan, over inputs that are the training columns in order: numbers, and category codes as numbers. codes gives the
// code in the plan for each category of each column; nil keeps those of training.
func (e *ensemble) emit(codes [][]int32) plan.Trees {
	out := plan.Trees{Outputs: len(e.base), Base: append(plan.Floats(nil), e.base...)}
	var leafCover plan.Floats
	for _, t := range e.trees {
		nodes, leaves := int32(len(out.Feature)), int32(len(out.Leaf))
		child := func(c int32) int32 {
			if c < 0 {
				return ^(^c + leaves)
			}
			return c + nodes
		}
		root := int32(0)
		if len(t.nodes) == 0 {
			root = ^int32(0)
		}
		out.Roots = append(out.Roots, child(root))
		for i := range t.nodes {
			n := &t.nodes[i]
			out.Left = append(out.Left, child(n.children[0]))
			out.Right = append(out.Right, child(n.children[1]))
			out.Feature = append(out.Feature, int32(n.column))
			if e.binners[n.column].categorical() {
				var to []int32
				if codes != nil {
					to = codes[n.column]
				}
				emitSet(&out, n, e.binners[n.column], to)
			} else {
				emitThreshold(&out, n, e.binners[n.column])
			}
		}
		out.Leaf = append(out.Leaf, t.values...)
		nodeRows, leafRows := t.cover()
		out.Cover, leafCover = append(out.Cover, nodeRows...), append(leafCover, leafRows...)
	}
	out.Cover = append(out.Cover, leafCover...)
	return out
}

// cover returns how many of the rows that the tree was grown on reached each node and each leaf.
func (g *grown) cover() (nodes, leaves []float64) {
	nodes, leaves = make([]float64, len(g.nodes)), make([]float64, len(g.counts))
	for i, n := range g.counts {
		leaves[i] = float64(n)
	}
	for i := len(nodes) - 1; i >= 0; i-- { // children are behind their parents
		for _, c := range g.nodes[i].children {
			if c < 0 {
				nodes[i] += leaves[^c]
			} else {
				nodes[i] += nodes[c]
			}
		}
	}
	return nodes, leaves
}

func emitThreshold(out *plan.Trees, n *node, b *binner) {
	missing := plan.MissingNone
	if b.missing {
		missing = plan.MissingNaN
	}
	out.Threshold = append(out.Threshold, b.bounds[n.bin])
	out.Flags = append(out.Flags, plan.NodeFlags(false, n.defaultLeft, missing))
	out.Cat = append(out.Cat, 0)
}

func emitSet(out *plan.Trees, n *node, b *binner, codes []int32) {
	var set []uint32
	for _, bin := range members(n.left) {
		code := b.category[bin]
		if codes != nil {
			code = codes[code]
		}
		for int(code>>5) >= len(set) {
			set = append(set, 0)
		}
		set[code>>5] |= 1 << (code & 31)
	}
	out.Threshold = append(out.Threshold, 0)
	out.Flags = append(out.Flags, plan.NodeFlags(true, false, plan.MissingNaN))
	out.Cat = append(out.Cat, int32(len(out.Words)))
	out.Words = append(out.Words, uint32(len(set)))
	out.Words = append(out.Words, set...)
}
