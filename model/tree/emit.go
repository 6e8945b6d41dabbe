package tree

import "github.com/tidewheel/tidewheel/internal/plan"

// emit writes the trees in the form of a plan, over inputs that are the training columns in order: numbers, and category codes as numbers.
func (e *ensemble) emit() plan.Trees {
	out := plan.Trees{Outputs: len(e.base), Base: append(plan.Floats(nil), e.base...)}
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
			e.emitTest(&out, n)
		}
		out.Leaf = append(out.Leaf, t.values...)
	}
	return out
}

// emitTest appends the threshold or the set of categories of a node.
func (e *ensemble) emitTest(out *plan.Trees, n *node) {
	b := e.binners[n.column]
	if !b.categorical() {
		missing := plan.MissingNone
		if b.missing {
			missing = plan.MissingNaN
		}
		out.Threshold = append(out.Threshold, b.bounds[n.bin])
		out.Flags = append(out.Flags, plan.NodeFlags(false, n.defaultLeft, missing))
		out.Cat = append(out.Cat, 0)
		return
	}
	var set []uint32
	for _, bin := range lowest(n.left) {
		code := b.category[bin]
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
