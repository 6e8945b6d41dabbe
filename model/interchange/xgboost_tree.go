package interchange

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/tidewheel/tidewheel/internal/plan"
	"github.com/tidewheel/tidewheel/model"
)

// ensemble reads the trees of the first rounds, of all for 0. drop has the weights of the trees of a dart model.
func (m *xmodel) ensemble(body xnode, drop []float64, rounds int, dart bool) error {
	trees, err := body.get("trees", xlist)
	if err != nil {
		return err
	}
	n := len(trees.list)
	if dart && len(drop) != n {
		return body.bad(fmt.Sprintf("weights of %d trees", n), strconv.Itoa(len(drop)))
	}
	info, err := body.integers("tree_info", n, 0, float64(m.outputs-1))
	if err != nil {
		return err
	}
	used, err := m.used(body, n, rounds)
	if err != nil {
		return err
	}
	m.trees = &plan.Trees{Outputs: m.outputs, Base: m.base, Float32: true}
	for i, t := range trees.list {
		r := &xtree{m: m, node: xnode{t, trees.path + "[" + strconv.Itoa(i) + "]"}, weight: 1}
		if err := r.node.is(xobject); err != nil {
			return err
		}
		if id, err := r.node.integer("id", 0, math.MaxInt32, i); err != nil || id != i {
			return or(err, r.node.bad("trees in the order of their ids", "another order"))
		}
		if i >= used {
			break
		}
		if dart {
			if r.weight = float32(drop[i]); math.IsNaN(drop[i]) {
				return body.bad("weights of trees", "NaN")
			}
		}
		if err := r.read(); err != nil {
			return err
		}
		m.trees.Target = append(m.trees.Target, int32(info[i]))
	}
	if m.trees.Vector {
		m.trees.Target = nil
	}
	// Only explaining needs the covers, and an objective of a user's own may leave some that are none.
	if cover := slices.Concat(m.nodeCover, m.leafCover); !slices.ContainsFunc(cover, func(x float64) bool { return !(x >= 0) || math.IsInf(x, 1) }) {
		m.trees.Cover = cover
	}
	return nil
}

// used returns how many of n trees the first rounds have.
func (m *xmodel) used(body xnode, n, rounds int) (int, error) {
	if rounds == 0 {
		return n, nil
	}
	param, err := body.get("gbtree_model_param", xobject)
	if err != nil {
		return 0, err
	}
	if _, ok := body.find("iteration_indptr"); ok {
		indptr, err := body.integers("iteration_indptr", -1, 0, float64(n))
		if err != nil {
			return 0, err
		}
		if rounds < len(indptr) {
			return int(indptr[rounds]), nil
		}
		return 0, m.tooFew(rounds, len(indptr)-1)
	}
	parallel, err := param.integer("num_parallel_tree", 0, maxLeaves, 1)
	if err != nil {
		return 0, err
	}
	layer := max(1, parallel) * m.outputs
	if rounds > n/layer {
		return 0, m.tooFew(rounds, n/layer)
	}
	return rounds * layer, nil
}

func (m *xmodel) tooFew(want, have int) error {
	return &model.OptionError{Field: "interchange.XGBoostOptions.Iterations", Value: strconv.Itoa(want), Want: fmt.Sprintf("at most the %d rounds of the file", max(0, have))}
}

// xtree reads one tree.
type xtree struct {
	m      *xmodel
	node   xnode
	weight float32

	left, right, feature, leftDefault, kind []float64
	condition, cover                        []float64
	sets                                    map[int]int32 // of the categorical nodes: offset into Words
	leaves                                  []float64     // values of vector leaves
}

func (r *xtree) read() error {
	if err := r.node.only("base_weights", "categories", "categories_nodes", "categories_segments", "categories_sizes", "default_left", "id", "leaf_child_counts",
		"leaf_weights", "left_children", "loss_changes", "parents", "right_children", "split_conditions", "split_indices", "split_type", "sum_hessian", "tree_param"); err != nil {
		return err
	}
	param, err := r.node.get("tree_param", xobject)
	if err != nil {
		return err
	}
	n, err := param.integer("num_nodes", 1, maxLeaves, -1)
	if err != nil || n < 0 {
		return or(err, param.bad("num_nodes", "none"))
	}
	vector, err := param.integer("size_leaf_vector", 0, maxClasses, 0)
	if err != nil {
		return err
	}
	if _, ok := r.node.find("leaf_weights"); vector > 1 && !ok {
		return &model.UnsupportedError{Format: xgBoost, Feature: "multi_output_tree of XGBoost before 3.2"}
	}
	if err := r.arrays(n); err != nil {
		return err
	}
	if vector > 1 {
		if vector != r.m.outputs || r.m.outputs == 1 {
			return param.bad(fmt.Sprintf("leaves of %d values", r.m.outputs), strconv.Itoa(vector))
		}
		if err := r.vectors(); err != nil {
			return err
		}
	}
	if len(r.m.trees.Roots) == 0 {
		r.m.trees.Vector = vector > 1
	} else if r.m.trees.Vector != (vector > 1) {
		return param.bad("leaves of one length in all trees", "others")
	}
	return r.walk()
}

// arrays reads the arrays of n nodes.
func (r *xtree) arrays(n int) error {
	var err error
	if r.left, err = r.node.integers("left_children", n, -1, float64(n-1)); err != nil {
		return err
	}
	if r.right, err = r.node.integers("right_children", n, -1, math.MaxInt32); err != nil {
		return err
	}
	if r.feature, err = r.node.integers("split_indices", n, 0, math.MaxUint32); err != nil {
		return err
	}
	if r.leftDefault, err = r.node.integers("default_left", n, 0, 1); err != nil {
		return err
	}
	if r.condition, err = r.node.floats("split_conditions", n); err != nil {
		return err
	}
	if r.cover, err = r.node.floats("sum_hessian", n); err != nil {
		return err
	}
	if _, ok := r.node.find("split_type"); !ok {
		r.kind = make([]float64, n)
		return nil
	}
	if r.kind, err = r.node.integers("split_type", n, 0, 1); err != nil {
		return err
	}
	return r.categories(n)
}

// categories reads the categories of the nodes that ask for them and appends them as bit sets.
func (r *xtree) categories(n int) error {
	nodes, err := r.node.integers("categories_nodes", -1, 0, float64(n-1))
	if err != nil || len(nodes) == 0 {
		return err
	}
	all, err := r.node.integers("categories", -1, 0, 1<<24-1)
	if err != nil {
		return err
	}
	starts, err := r.node.integers("categories_segments", len(nodes), 0, float64(len(all)))
	if err != nil {
		return err
	}
	sizes, err := r.node.integers("categories_sizes", len(nodes), 1, float64(len(all)))
	if err != nil {
		return err
	}
	r.sets = make(map[int]int32, len(nodes))
	t := r.m.trees
	for i, node := range nodes {
		end := int(starts[i] + sizes[i])
		if _, twice := r.sets[int(node)]; twice || end > len(all) || r.kind[int(node)] == 0 {
			return r.node.bad("categories of the categorical nodes", "others")
		}
		members := all[int(starts[i]):end]
		largest := 0.0
		for _, c := range members {
			largest = max(largest, c)
		}
		words := int(largest)/32 + 1
		if len(t.Words)+words > r.m.maxWords {
			return &model.UnsupportedError{Format: xgBoost, Feature: fmt.Sprintf("categories in over %d words of sets", r.m.maxWords)}
		}
		at := len(t.Words)
		t.Words = append(append(t.Words, uint32(words)), make([]uint32, words)...)
		for _, c := range members {
			t.Words[at+1+int(c)/32] |= 1 << (int(c) % 32)
		}
		r.sets[int(node)] = int32(at)
	}
	return nil
}

// vectors reads the leaves of a tree with one value for each output.
func (r *xtree) vectors() error {
	leaves := 0
	for _, c := range r.left {
		if c < 0 {
			leaves++
		}
	}
	var err error
	r.leaves, err = r.node.floats("leaf_weights", leaves*r.m.outputs)
	return err
}

// walk appends the nodes that the root leads to, a parent before its children.
func (r *xtree) walk() error {
	t := r.m.trees
	type task struct {
		node int
		slot *plan.Ints // where the number of the node goes
		at   int
	}
	t.Roots = append(t.Roots, 0)
	stack := []task{{0, &t.Roots, len(t.Roots) - 1}}
	seen := make([]bool, len(r.left))
	for len(stack) > 0 {
		next := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if next.node < 0 || next.node >= len(seen) || seen[next.node] {
			return r.node.bad("each node below one parent", "another")
		}
		seen[next.node] = true
		if r.left[next.node] < 0 {
			leaf, err := r.leaf(next.node)
			if err != nil {
				return err
			}
			(*next.slot)[next.at] = ^leaf
			continue
		}
		id := len(t.Feature)
		(*next.slot)[next.at] = int32(id)
		if err := r.split(next.node); err != nil {
			return err
		}
		left, right := int(r.left[next.node]), int(r.right[next.node])
		if r.kind[next.node] != 0 { // XGBoost sends members right, a plan left
			left, right = right, left
		}
		stack = append(stack, task{right, &t.Right, id}, task{left, &t.Left, id})
	}
	return nil
}

// leaf appends a leaf and returns its number.
func (r *xtree) leaf(node int) (int32, error) {
	t := r.m.trees
	values := []float64{r.condition[node]}
	if t.Vector {
		k := int(r.right[node]) // a leaf has no right child: the array holds the number of its values
		if k < 0 || (k+1)*t.Outputs > len(r.leaves) {
			return 0, r.node.bad("leaves with values", "one without")
		}
		values = r.leaves[k*t.Outputs : (k+1)*t.Outputs]
	}
	if len(t.Leaf)+len(values) > maxLeaves {
		return 0, r.node.bad("at most "+strconv.Itoa(maxLeaves)+" leaves", "more")
	}
	leaf := int32(len(t.Leaf) / len(values))
	r.m.leafCover = append(r.m.leafCover, r.cover[node])
	for _, v := range values {
		x := float32(v) * r.weight
		if f := float64(x); math.IsInf(f, 0) || math.IsNaN(f) {
			return 0, r.node.bad("finite leaves", "another")
		}
		t.Leaf = append(t.Leaf, float64(x))
	}
	return leaf, nil
}

// split appends a node.
func (r *xtree) split(node int) error {
	t := r.m.trees
	if r.feature[node] >= float64(len(r.m.features)) {
		return r.node.bad("splits at features of the file", "another")
	}
	t.Feature = append(t.Feature, int32(r.feature[node]))
	r.m.nodeCover = append(r.m.nodeCover, r.cover[node])
	t.Left, t.Right = append(t.Left, 0), append(t.Right, 0)
	leftDefault := r.leftDefault[node] != 0
	if r.kind[node] != 0 {
		set, ok := r.sets[node]
		if !ok {
			return r.node.bad("categories of each categorical node", "one without")
		}
		t.Cat = append(t.Cat, set)
		t.Threshold = append(t.Threshold, 0)
		t.Flags = append(t.Flags, plan.FlagStrict|plan.NodeFlags(true, !leftDefault, plan.MissingNaN))
		return nil
	}
	x := float32(r.condition[node])
	if math.IsInf(float64(x), -1) || x != x { // before 3.0 the condition of a categorical node is NaN
		return r.node.bad("splits at numbers", "another")
	}
	t.Cat = append(t.Cat, 0)
	t.Threshold = append(t.Threshold, float64(math.Nextafter32(x, float32(math.Inf(-1))))) // x < c is x <= the number before c
	t.Flags = append(t.Flags, plan.NodeFlags(false, leftDefault, plan.MissingNaN))
	return nil
}
