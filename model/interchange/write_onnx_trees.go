package interchange

import (
	"fmt"
	"math"
	"math/bits"
	"slices"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/plan"
)

// maxNodes is how many nodes a graph has at most: about 1 GiB of attributes.
const maxNodes = 1 << 25

// Modes of the nodes of a TreeEnsemble.
const (
	branchLEQ    = 0
	branchEQ     = 4
	branchMember = 6
)

// forest is the attributes of a TreeEnsemble.
type forest struct {
	t                        *plan.Trees
	roots, features          []int
	modes                    []uint8
	splits, leaves, members  []float64
	left, right              []int
	leftIsLeaf, rightIsLeaf  []int
	missingLeft, leafTargets []int
	base                     []float64 // what trees of one leaf add
}

// trees adds an ensemble over the columns of x.
func (w *onnxWriter) trees(t *plan.Trees, x string, columns int) (string, error) {
	switch {
	case t.Linear != nil:
		return "", unsupportedONNX("linear leaves")
	case t.Aggregate != plan.Sum && t.Aggregate != plan.Mean:
		return "", unsupportedONNX("trees of which one is picked")
	}
	x, err := w.prepared(t, x, columns)
	if err != nil {
		return "", err
	}
	f := &forest{t: t, base: make([]float64, t.Outputs)}
	for i, root := range t.Roots {
		outputs := []int{target(t, i)}
		if t.Vector { // a leaf of the operator has one number: a copy of the tree for each
			outputs = make([]int, t.Outputs)
			for o := range outputs {
				outputs[o] = o
			}
		}
		for _, o := range outputs {
			if err := f.add(root, o); err != nil {
				return "", err
			}
		}
	}
	out := w.ensemble(f, x)
	if !t.BaseLast {
		for o := range f.base {
			f.base[o] += t.Base[o]
		}
	}
	out = w.shift(out, f.base)
	if t.Aggregate == plan.Mean {
		out = w.node("Div", []string{out, w.row([]float64{float64(len(t.Roots))})})
	}
	if t.Scale != 0 && t.Scale != 1 {
		out = w.node("Mul", []string{out, w.row([]float64{t.Scale})})
	}
	if t.BaseLast {
		out = w.shift(out, t.Base)
	}
	return out, nil
}

func target(t *plan.Trees, tree int) int {
	if t.Target != nil {
		return int(t.Target[tree])
	}
	return tree % t.Outputs
}

func (w *onnxWriter) shift(x string, by []float64) string {
	if !slices.ContainsFunc(by, func(v float64) bool { return v != 0 }) {
		return x
	}
	return w.node("Add", []string{x, w.row(by)})
}

// prepared makes the numbers that nodes are to compare: zeros that count as missing become NaN, and numbers that are categories whole.
func (w *onnxWriter) prepared(t *plan.Trees, x string, columns int) (string, error) {
	zero, whole := make([]bool, columns), make([]bool, columns)
	kind := make([]int, columns) // 1 and what the nodes of the column are
	for i, f := range t.Feature {
		k := 1
		if t.Flags[i]&plan.FlagCategorical != 0 {
			k, whole[f] = 2, true
		} else if plan.Missing(t.Flags[i]>>2&3) == plan.MissingZero {
			k, zero[f] = 3, true
		}
		if kind[f] != 0 && kind[f] != k {
			return "", unsupportedONNX("a column that nodes read in different ways")
		}
		kind[f] = k
	}
	pick := func(which []bool) string {
		return w.initializer(func(name string) message { return tensor(name, []int{1, columns}, which) })
	}
	if slices.Contains(whole, true) { // towards zero
		cut := w.node("Mul", []string{w.node("Sign", []string{x}), w.node("Floor", []string{w.node("Abs", []string{x})})})
		x = w.node("Where", []string{pick(whole), cut, x})
	}
	if slices.Contains(zero, true) {
		small := w.node("Not", []string{w.node("Greater", []string{w.node("Abs", []string{x}), w.row([]float64{1.0000000180025095e-35})})})
		x = w.node("Where", []string{w.node("And", []string{pick(zero), small}), w.row([]float64{math.NaN()}), x})
	}
	return x, nil
}

// add appends a tree.
func (f *forest) add(root int32, output int) error {
	if root < 0 {
		f.base[output] += f.value(^root, output)
		return nil
	}
	f.roots = append(f.roots, len(f.features))
	nodes := map[int32]int{}
	for todo := []int32{root}; len(todo) > 0; { // first the places, then the nodes
		n := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if _, seen := nodes[n]; seen {
			return unsupportedONNX("a node below two parents")
		}
		nodes[n] = len(f.features)
		if len(f.features) >= maxNodes {
			return fmt.Errorf("over %d nodes: %w", maxNodes, dataset.ErrLimit)
		}
		f.features = append(f.features, int(n)) // until the node is filled in
		for _, c := range []int32{f.t.Right[n], f.t.Left[n]} {
			if c >= 0 {
				todo = append(todo, c)
			}
		}
	}
	for i := f.roots[len(f.roots)-1]; i < len(f.features); i++ {
		f.node(int32(f.features[i]), nodes, output)
	}
	return nil
}

// value returns what a leaf adds to an output.
func (f *forest) value(leaf int32, output int) float64 {
	if f.t.Vector {
		return f.t.Leaf[int(leaf)*f.t.Outputs+output]
	}
	return f.t.Leaf[leaf]
}

// node fills in the node that is next.
func (f *forest) node(n int32, nodes map[int32]int, output int) {
	t := f.t
	child := func(c int32) (at, isLeaf int) {
		if c >= 0 {
			return nodes[c], 0
		}
		f.leaves, f.leafTargets = append(f.leaves, f.value(^c, output)), append(f.leafTargets, output)
		return len(f.leaves) - 1, 1
	}
	flags, threshold := t.Flags[n], t.Threshold[n]
	mode, missingLeft := uint8(branchLEQ), flags&plan.FlagDefaultLeft != 0
	if flags&plan.FlagCategorical == 0 && plan.Missing(flags>>2&3) == plan.MissingNone {
		missingLeft = t.GoesLeft(n, math.NaN())
	}
	switch {
	case flags&plan.FlagEqual != 0:
		mode = branchEQ
	case flags&(plan.FlagMember|plan.FlagCategorical) != 0:
		mode, threshold = branchMember, 0
		set := membersOf(t, n)
		if len(set) == 0 {
			mode, threshold = branchEQ, -0.5 // no whole number
		} else {
			f.members = append(append(f.members, set...), math.NaN())
		}
		if flags&plan.FlagCategorical != 0 && flags&plan.FlagStrict == 0 {
			missingLeft = false
		}
	}
	left, leftIsLeaf := child(t.Left[n])
	right, rightIsLeaf := child(t.Right[n])
	i := len(f.modes)
	f.features[i] = int(t.Feature[n])
	f.modes, f.splits = append(f.modes, mode), append(f.splits, threshold)
	f.left, f.leftIsLeaf = append(f.left, left), append(f.leftIsLeaf, leftIsLeaf)
	f.right, f.rightIsLeaf = append(f.right, right), append(f.rightIsLeaf, rightIsLeaf)
	f.missingLeft = append(f.missingLeft, map[bool]int{true: 1}[missingLeft])
}

// membersOf returns the numbers of a node's set.
func membersOf(t *plan.Trees, n int32) []float64 {
	at := t.Cat[n]
	count := t.Words[at]
	if t.Flags[n]&plan.FlagMember != 0 {
		first := t.Words[at+1]
		return t.Members[first : first+count]
	}
	var set []float64
	for i, word := range t.Words[at+1 : at+1+int32(count)] {
		for ; word != 0; word &= word - 1 {
			set = append(set, float64(32*i+bits.TrailingZeros32(word)))
		}
	}
	return set
}

// ensemble adds the operator, in float where the trees compare and add floats.
func (w *onnxWriter) ensemble(f *forest, x string) string {
	if len(f.roots) == 0 {
		return w.constant(make([]float64, f.t.Outputs))
	}
	numbers := func(name string, v []float64) attribute {
		if !f.t.Float32 {
			return tensorAttribute(name, tensor(name, nil, v))
		}
		single := make([]float32, len(v))
		for i := range v {
			single[i] = float32(v[i])
		}
		return tensorAttribute(name, tensor(name, nil, single))
	}
	if f.t.Float32 {
		x = w.cast(x, elemFloat)
	}
	attributes := []attribute{
		intAttribute("n_targets", f.t.Outputs), intAttribute("aggregate_function", 1), intAttribute("post_transform", 0), intsAttribute("tree_roots", f.roots),
		intsAttribute("nodes_featureids", f.features), tensorAttribute("nodes_modes", tensor("nodes_modes", nil, f.modes)), numbers("nodes_splits", f.splits),
		intsAttribute("nodes_truenodeids", f.left), intsAttribute("nodes_trueleafs", f.leftIsLeaf), intsAttribute("nodes_falsenodeids", f.right),
		intsAttribute("nodes_falseleafs", f.rightIsLeaf), intsAttribute("nodes_missing_value_tracks_true", f.missingLeft), intsAttribute("leaf_targetids", f.leafTargets),
		numbers("leaf_weights", f.leaves),
	}
	if len(f.members) > 0 {
		attributes = append(attributes, numbers("membership_values", f.members))
	}
	out := w.name()
	w.named(treesDomain, "TreeEnsemble", []string{x}, out, attributes...)
	if f.t.Float32 {
		return w.cast(out, elemDouble)
	}
	return out
}
