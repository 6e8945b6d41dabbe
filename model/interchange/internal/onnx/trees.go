package onnx

import (
	"github.com/tidewheel/tidewheel/internal/plan"
)

// treeAttributes are those of both the classifier and the regressor.
const treeAttributes = "base_values base_values_as_tensor nodes_falsenodeids nodes_featureids nodes_hitrates nodes_hitrates_as_tensor nodes_missing_value_tracks_true " +
	"nodes_modes nodes_nodeids nodes_treeids nodes_truenodeids nodes_values nodes_values_as_tensor post_transform "

// forest is an ensemble as the operators have it, brought to one form: nodes with children, and weights at leaves.
type forest struct {
	features []int64
	values   []float64
	modes    []byte // of modeLeaf …
	left     []int32
	right    []int32
	missing  []bool // NaN goes to the true side
	roots    []int32
	outputs  int
	weights  map[int32][]weight // by leaf
	single   bool
	member   map[int32][]float64 // sets of the modeMember nodes
}

type weight struct {
	output int
	value  float64
}

const (
	modeLeaf = iota
	modeLEQ
	modeLT
	modeGTE
	modeGT
	modeEQ
	modeNEQ
	modeMember
)

// treeInput returns the features of the input and whether numbers are float32.
func (c *compiler) treeInput(t *tensor) (*tensor, bool, error) {
	if _, err := c.matrix(t); err != nil {
		return nil, false, err
	}
	return t, t.kind != double, nil
}

// floatsOr reads a list of floats, or the tensor of doubles that stands for it.
func (c *compiler) floatsOr(name string) ([]float64, error) {
	v, err := c.floats(name)
	if err != nil || c.version < 3 {
		return v, err
	}
	t, err := c.tensor(name + "_as_tensor")
	if err != nil || t == nil {
		return v, err
	}
	if !t.kind.isFloat() || v != nil {
		return nil, c.bad(name+" as floats, once", "others")
	}
	return t.nums, nil
}

// nodes reads the nodes of the first form of the operators.
func (c *compiler) nodes(f *forest) (ids map[[2]int64]int32, err error) {
	lists := map[string][]int64{}
	for _, name := range []string{"nodes_treeids", "nodes_nodeids", "nodes_featureids", "nodes_truenodeids", "nodes_falsenodeids", "nodes_missing_value_tracks_true"} {
		if lists[name], err = c.ints(name); err != nil {
			return nil, err
		}
	}
	n := len(lists["nodes_treeids"])
	if f.values, err = c.floatsOr("nodes_values"); err != nil {
		return nil, err
	}
	modes, err := c.attribute("nodes_modes", attrStrings)
	if err != nil {
		return nil, err
	}
	for name, list := range lists {
		if len(list) != n && (name != "nodes_missing_value_tracks_true" || len(list) != 0) {
			return nil, c.bad("lists of nodes of one length", "others")
		}
	}
	if modes == nil || len(modes.strings) != n || len(f.values) != n || n == 0 {
		return nil, c.bad("lists of nodes of one length", "others")
	}
	known := map[string]byte{
		"LEAF": modeLeaf, "BRANCH_LEQ": modeLEQ, "BRANCH_LT": modeLT, "BRANCH_GTE": modeGTE, "BRANCH_GT": modeGT, "BRANCH_EQ": modeEQ, "BRANCH_NEQ": modeNEQ,
	}
	f.modes = make([]byte, n)
	for i, s := range modes.strings {
		mode, ok := known[string(s)]
		if !ok {
			return nil, c.refuse("node mode %q", short(string(s)))
		}
		f.modes[i] = mode
	}
	f.features, f.left, f.right, f.missing = lists["nodes_featureids"], make([]int32, n), make([]int32, n), make([]bool, n)
	ids = make(map[[2]int64]int32, n)
	trees := lists["nodes_treeids"]
	started := map[int64]bool{}
	for i, id := range lists["nodes_nodeids"] {
		key := [2]int64{trees[i], id}
		if _, ok := ids[key]; ok {
			return nil, c.bad("nodes of different ids", "two of one")
		}
		ids[key] = int32(i)
		if i == 0 || trees[i] != trees[i-1] {
			if started[trees[i]] {
				return nil, c.bad("the nodes of a tree together", "them apart")
			}
			started[trees[i]] = true
			f.roots = append(f.roots, int32(i))
		}
	}
	for i := range n {
		if tracks := lists["nodes_missing_value_tracks_true"]; tracks != nil {
			f.missing[i] = tracks[i] == 1
		}
		if f.modes[i] == modeLeaf {
			continue
		}
		yes, ok1 := ids[[2]int64{trees[i], lists["nodes_truenodeids"][i]}]
		no, ok2 := ids[[2]int64{trees[i], lists["nodes_falsenodeids"][i]}]
		if !ok1 || !ok2 {
			return nil, c.bad("children within the tree", "others")
		}
		f.left[i], f.right[i] = yes, no
	}
	return ids, nil
}

// leaves reads the weights of the leaves.
func (c *compiler) leaves(f *forest, prefix string, ids map[[2]int64]int32) error {
	trees, err := c.ints(prefix + "_treeids")
	if err != nil {
		return err
	}
	nodes, err := c.ints(prefix + "_nodeids")
	if err != nil {
		return err
	}
	outputs, err := c.ints(prefix + "_ids")
	if err != nil {
		return err
	}
	weights, err := c.floatsOr(prefix + "_weights")
	if err != nil {
		return err
	}
	if len(trees) != len(nodes) || len(trees) != len(outputs) || len(trees) != len(weights) {
		return c.bad("lists of weights of one length", "others")
	}
	f.weights = map[int32][]weight{}
	for i, w := range weights {
		at, ok := ids[[2]int64{trees[i], nodes[i]}]
		if !ok || f.modes[at] != modeLeaf {
			return c.bad("weights at leaves", "at other nodes")
		}
		if outputs[i] < 0 || outputs[i] >= int64(f.outputs) {
			return c.bad("weights of the outputs", "of others")
		}
		f.weights[at] = append(f.weights[at], weight{int(outputs[i]), w})
	}
	return nil
}

// mentioned says which outputs some leaf has a weight for.
func (f *forest) mentioned() []bool {
	out := make([]bool, f.outputs)
	for _, list := range f.weights {
		for _, w := range list {
			out[w.output] = true
		}
	}
	return out
}

// unit reports whether every weight is from 0 to 1: what trees of probabilities have.
func (f *forest) unit() bool {
	for _, list := range f.weights {
		for _, w := range list {
			if !(w.value >= 0 && w.value <= 1) {
				return false
			}
		}
	}
	return true
}

// grown runs the trees on an input and returns [N, outputs], each with its base added last.
func (c *compiler) grown(x *tensor, f *forest, t *plan.Trees, base []float64, how plan.Aggregate) (*tensor, error) {
	t.BaseLast, t.Aggregate = true, how
	for i, v := range base {
		if f.single {
			v = float64(float32(v))
		}
		t.Base[i] = v
	}
	if err := c.spend(f.outputs); err != nil {
		return nil, err
	}
	in := c.reg(x)
	out := &tensor{kind: single, dims: []int{1, f.outputs}, rows: 0, bounded: f.unit() && len(base) == 0}
	out.regs = c.add(plan.Op{Kind: plan.OpTrees, In: in, Trees: t}, f.outputs)
	if f.single {
		return out, nil
	}
	out.kind = double
	if c.node.op == "TreeEnsemble" { // the others give floats whatever they read
		return out, nil
	}
	return c.castTo(out, single)
}

func (c *compiler) aggregate() (plan.Aggregate, error) {
	s, err := c.text("aggregate_function", "SUM")
	if err != nil {
		return "", err
	}
	how, ok := map[string]plan.Aggregate{"SUM": plan.Sum, "AVERAGE": plan.Mean, "MIN": plan.Min, "MAX": plan.Max}[s]
	if !ok {
		return "", c.refuse("aggregate_function %q", short(s))
	}
	return how, nil
}

func treeRegressor(c *compiler, in []*tensor) ([]*tensor, error) {
	x, float32s, err := c.treeInput(in[0])
	if err != nil {
		return nil, err
	}
	targets, err := c.integer("n_targets", 1)
	if err != nil {
		return nil, err
	}
	if targets < 1 || targets > maxDomain {
		return nil, c.bad("1 to 10000 targets", "another number")
	}
	f := &forest{single: float32s, outputs: int(targets)}
	ids, err := c.nodes(f)
	if err == nil {
		err = c.leaves(f, "target", ids)
	}
	if err != nil {
		return nil, err
	}
	base, err := c.floatsOr("base_values")
	if err != nil {
		return nil, err
	}
	if len(base) != 0 && len(base) != f.outputs {
		return nil, c.refuse("%d base values for %d targets", len(base), f.outputs)
	}
	how, err := c.aggregate()
	if err != nil {
		return nil, err
	}
	return c.regression(x, f, base, how)
}

func (c *compiler) regression(x *tensor, f *forest, base []float64, how plan.Aggregate) ([]*tensor, error) {
	post, err := c.text("post_transform", "NONE")
	if err != nil {
		return nil, err
	}
	if f.outputs == 1 && post != "NONE" {
		return nil, c.refuse("post_transform %q of one target", short(post))
	}
	if (how == plan.Min || how == plan.Max) && f.outputs > 1 {
		return nil, c.refuse("aggregate_function MIN or MAX of several targets")
	}
	t, err := c.forest(f, x.dims[1])
	if err != nil {
		return nil, err
	}
	scores, err := c.grown(x, f, t, base, how)
	if err != nil {
		return nil, err
	}
	return one(c.transformed(scores))
}
