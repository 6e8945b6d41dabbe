package onnx

import (
	"math"
	"slices"

	"github.com/tidewheel/tidewheel/internal/plan"
)

// treeEnsemble reads the form of version 5: nodes that branch and leaves have lists of their own.
func treeEnsemble(c *compiler, in []*tensor) ([]*tensor, error) {
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
	f := &forest{single: float32s, outputs: int(targets), weights: map[int32][]weight{}}
	if err := c.branches(f); err != nil {
		return nil, err
	}
	how, err := c.integer("aggregate_function", 1)
	if err != nil {
		return nil, err
	}
	post, err := c.integer("post_transform", 0)
	if err != nil {
		return nil, err
	}
	if how < 0 || how > 3 || post != 0 {
		return nil, c.refuse("aggregate_function %d with post_transform %d", how, post)
	}
	return c.regression5(x, f, []plan.Aggregate{plan.Mean, plan.Sum, plan.Min, plan.Max}[how])
}

func (c *compiler) regression5(x *tensor, f *forest, how plan.Aggregate) ([]*tensor, error) {
	if (how == plan.Min || how == plan.Max) && f.outputs > 1 {
		return nil, c.refuse("aggregate_function MIN or MAX of several targets")
	}
	t, err := c.forest(f, x.dims[1])
	if err != nil {
		return nil, err
	}
	out, err := c.grown(x, f, t, nil, how)
	return one(out, err)
}

// numbersOf returns the numbers of a tensor attribute of one axis.
func (c *compiler) numbersOf(name string) ([]float64, error) {
	a, err := c.attribute(name, attrTensor)
	if err != nil || a == nil {
		return nil, err
	}
	if a.t == nil || a.t.refused != "" || len(a.t.dims) != 1 || a.t.kind == typeString {
		return nil, c.refuse("attribute %s", name)
	}
	return a.t.numbers, nil
}

func (c *compiler) branches(f *forest) error {
	lists := map[string][]int64{}
	var err error
	names := []string{"nodes_featureids", "nodes_truenodeids", "nodes_falsenodeids", "nodes_trueleafs", "nodes_falseleafs", "nodes_missing_value_tracks_true", "leaf_targetids", "tree_roots"}
	for _, name := range names {
		if lists[name], err = c.ints(name); err != nil {
			return err
		}
	}
	if f.values, err = c.numbersOf("nodes_splits"); err != nil {
		return err
	}
	modes, err := c.numbersOf("nodes_modes")
	if err != nil {
		return err
	}
	weights, err := c.numbersOf("leaf_weights")
	if err != nil {
		return err
	}
	n := len(f.values)
	f.features = lists["nodes_featureids"]
	for _, name := range names[:6] {
		if len(lists[name]) != n && (name != "nodes_missing_value_tracks_true" || len(lists[name]) != 0) {
			return c.bad("lists of nodes of one length", "others")
		}
	}
	if n == 0 || len(modes) != n || len(lists["leaf_targetids"]) != len(weights) {
		return c.bad("lists of nodes and leaves of one length each", "others")
	}
	f.values, f.features = slices.Clone(f.values), slices.Clone(f.features)
	f.modes, f.left, f.right, f.missing = make([]byte, n), make([]int32, n), make([]int32, n), make([]bool, n)
	for i := range n {
		if modes[i] < 0 || modes[i] > modeMember-modeLEQ {
			return c.refuse("node mode %v", modes[i])
		}
		f.modes[i] = byte(modes[i]) + modeLEQ
		if tracks := lists["nodes_missing_value_tracks_true"]; len(tracks) > 0 {
			f.missing[i] = tracks[i] == 1
		}
	}
	read := leafReader{f: f, branches: n, targets: lists["leaf_targetids"], weights: weights}
	yes, no := lists["nodes_truenodeids"], lists["nodes_falsenodeids"]
	for i := range n {
		if f.left[i], err = c.child(read, yes[i], lists["nodes_trueleafs"][i] != 0); err != nil {
			return err
		}
		if f.right[i], err = c.child(read, no[i], lists["nodes_falseleafs"][i] != 0); err != nil {
			return err
		}
	}
	for _, r := range lists["tree_roots"] {
		if r < 0 || r >= int64(n) {
			return c.bad("roots among the nodes", "others")
		}
		f.roots = append(f.roots, int32(r))
	}
	return c.members(f)
}

// leafReader is what child needs of the node.
type leafReader struct {
	f        *forest
	branches int
	targets  []int64
	weights  []float64
}

// child returns the node of an id; each leaf that is referred to becomes a node of its own.
func (c *compiler) child(r leafReader, id int64, leaf bool) (int32, error) {
	f := r.f
	if !leaf {
		if id < 0 || id >= int64(r.branches) {
			return 0, c.bad("children among the nodes", "others")
		}
		return int32(id), nil
	}
	if id < 0 || id >= int64(len(r.weights)) || r.targets[id] < 0 || r.targets[id] >= int64(f.outputs) {
		return 0, c.bad("leaves with a target", "others")
	}
	at := int32(len(f.modes))
	f.modes = append(f.modes, modeLeaf)
	f.left, f.right = append(f.left, 0), append(f.right, 0)
	f.weights[at] = []weight{{int(r.targets[id]), r.weights[id]}}
	return at, nil
}

// members reads the sets of the nodes that ask for one: they lie behind each other with a NaN after each.
func (c *compiler) members(f *forest) error {
	values, err := c.numbersOf("membership_values")
	if err != nil {
		return err
	}
	f.member = map[int32][]float64{}
	for i, mode := range f.modes {
		if mode != modeMember {
			continue
		}
		end := slices.IndexFunc(values, math.IsNaN)
		if end < 0 {
			return c.bad("a set for each node that asks for one", "fewer")
		}
		set := slices.Clone(values[:end])
		values = values[end+1:]
		if f.single {
			for j, x := range set {
				set[j] = float64(float32(x))
			}
		}
		slices.Sort(set)
		f.member[int32(i)] = slices.Compact(set)
	}
	if len(values) > 0 {
		return c.bad("a set for each node that asks for one", "more")
	}
	return nil
}
