package plan

import "math"

// zeroBound is LightGBM's kZeroThreshold, the largest magnitude that counts as zero: the float32 nearest to 1e-35, as a float64.
const zeroBound = 1.0000000180025095e-35

// trees runs an ensemble over nodes that lie packed, with the register of each feature looked up in advance.
type trees struct {
	registers
	t     *Trees
	nodes []treeNode
}

// treeNode is a node as the walk reads it. A plain node compares x with its threshold, after NaN was replaced; the others look at everything.
type treeNode struct {
	threshold   float64
	missing     float64 // of a plain node: the number that NaN counts as, -Inf to go left, +Inf to go right
	left, right int32
	register    int32
	node        int32 // of another node: its index in t; -1 for a plain one
}

func newTrees(base registers, t *Trees) *trees {
	k := &trees{registers: base, t: t, nodes: make([]treeNode, len(t.Feature))}
	for i := range k.nodes {
		n := treeNode{threshold: t.Threshold[i], left: t.Left[i], right: t.Right[i], register: base.in[t.Feature[i]], node: -1}
		flags := t.Flags[i]
		missing := Missing(flags >> flagMissing)
		switch {
		case flags&FlagCategorical != 0 || missing == MissingZero || n.threshold-n.threshold != 0: // an infinite threshold would not part NaN from numbers
			n.node = int32(i)
		case missing == MissingNone:
			n.missing = 0
		case flags&FlagDefaultLeft != 0:
			n.missing = math.Inf(-1)
		default:
			n.missing = math.Inf(1)
		}
		k.nodes[i] = n
	}
	return k
}

// run adds the trees in order to each output. The loop is over trees outside and rows inside; a row's additions are in tree order either way.
func (k *trees) run(f *frame, n int) {
	t := k.t
	for o, b := range t.Base {
		out := f.regs[k.out+o][:n]
		for i := range out {
			out[i] = b
		}
	}
	for i, root := range t.Roots {
		out := f.regs[k.out+i%t.Outputs][:n]
		for r := range out {
			out[r] += t.Leaf[k.leaf(f.regs, root, r)]
		}
	}
	if t.Scale != 0 {
		for o := range t.Outputs {
			out := f.regs[k.out+o][:n]
			for i := range out {
				out[i] *= t.Scale
			}
		}
	}
}

// leaf walks row r of the registers from a node to a leaf.
func (k *trees) leaf(regs [][]float64, at int32, r int) int32 {
	nodes := k.nodes
	for at >= 0 {
		n := &nodes[at]
		x := regs[n.register][r]
		left, right := n.left, n.right
		at = right
		if n.node >= 0 {
			if k.t.goesLeft(n.node, x) {
				at = left
			}
			continue
		}
		if x != x {
			x = n.missing
		}
		if x <= n.threshold {
			at = left
		}
	}
	return ^at
}

func (t *Trees) goesLeft(node int32, x float64) bool {
	flags := t.Flags[node]
	if flags&FlagCategorical != 0 {
		return t.member(t.Cat[node], x)
	}
	switch Missing(flags >> flagMissing) {
	case MissingNaN:
		if math.IsNaN(x) {
			return flags&FlagDefaultLeft != 0
		}
	case MissingZero:
		if math.IsNaN(x) || (x >= -zeroBound && x <= zeroBound) {
			return flags&FlagDefaultLeft != 0
		}
	default:
		if math.IsNaN(x) {
			x = 0
		}
	}
	return x <= t.Threshold[node]
}

func (t *Trees) member(at int32, x float64) bool {
	n := t.Words[at]
	if !(x > -1 && x < min(float64(n)*32, 1<<31)) { // NaN fails too
		return false
	}
	c := uint32(int32(x))
	return t.Words[at+1+int32(c/32)]>>(c%32)&1 == 1
}

// check verifies that every walk ends in a leaf: indices in range, and children behind their parents, so that there is no cycle.
func (t *Trees) check(inputs int) error {
	nodes, leaves := len(t.Feature), len(t.Leaf)
	if t.Outputs < 1 || t.Outputs > maxRegisters || len(t.Base) != t.Outputs {
		return invalid("trees: %d outputs and %d bases, want as many of both and at least 1", t.Outputs, len(t.Base))
	}
	if math.IsNaN(t.Scale) || math.IsInf(t.Scale, 0) {
		return invalid("trees: want a finite scale")
	}
	if len(t.Threshold) != nodes || len(t.Left) != nodes || len(t.Right) != nodes || len(t.Flags) != nodes || len(t.Cat) != nodes {
		return invalid("trees: node arrays of different lengths")
	}
	for _, r := range t.Roots {
		if int(r) >= nodes || int(^r) >= leaves {
			return invalid("trees: a root out of range")
		}
	}
	for i := range nodes {
		if t.Feature[i] < 0 || int(t.Feature[i]) >= inputs || t.Flags[i]>>flagMissing > byte(MissingNaN) {
			return invalid("trees: node %d: feature or flags out of range", i)
		}
		for _, c := range [2]int32{t.Left[i], t.Right[i]} {
			if int(c) >= nodes || int(^c) >= leaves || (c >= 0 && int(c) <= i) {
				return invalid("trees: node %d: a child out of range or not behind its parent", i)
			}
		}
		if t.Flags[i]&FlagCategorical != 0 {
			at := int(t.Cat[i])
			if at < 0 || at >= len(t.Words) || uint64(at)+1+uint64(t.Words[at]) > uint64(len(t.Words)) {
				return invalid("trees: node %d: a category set out of range", i)
			}
		}
	}
	return nil
}
