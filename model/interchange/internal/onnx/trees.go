package onnx

import (
	"math"
	"slices"

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

// builder lays a forest out as a plan has it.
type builder struct {
	f     *forest
	t     *plan.Trees
	where []int32 // of each node: its place in t, ^ of a leaf
	met   []bool
	wide  int // values of a leaf
}

// forest returns the ensemble as an operation's parameters.
func (c *compiler) forest(f *forest, inputs int) (*plan.Trees, error) {
	b := &builder{f: f, where: make([]int32, len(f.modes)), met: make([]bool, len(f.modes))}
	b.t = &plan.Trees{Outputs: f.outputs, Base: make(plan.Floats, f.outputs), Float32: f.single}
	vector := f.outputs > 1 && !f.apart()
	b.wide = 1
	if vector {
		b.wide = f.outputs
		b.t.Vector = true
	}
	for _, root := range f.roots {
		if err := c.tree(b, root, inputs); err != nil {
			return nil, err
		}
	}
	if !vector && f.outputs > 1 {
		for _, root := range f.roots {
			output, _ := f.only(root, len(f.modes))
			b.t.Target = append(b.t.Target, int32(max(0, output)))
		}
	}
	return b.t, nil
}

// apart reports whether each tree has weights for one output alone.
func (f *forest) apart() bool {
	left := len(f.modes) // trees that share nodes are refused later
	for _, root := range f.roots {
		output, steps := f.only(root, left)
		if left -= steps; output == -2 || left < 0 {
			return false
		}
	}
	return true
}

// only returns the one output of a tree, -1 for none and -2 for several, and how many nodes it looked at, at most one more than most.
func (f *forest) only(root int32, most int) (output, steps int) {
	found := -1
	stack := []int32{root}
	for len(stack) > 0 && steps <= most {
		at := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		steps++
		if f.modes[at] != modeLeaf {
			stack = append(stack, f.left[at], f.right[at])
			continue
		}
		for _, w := range f.weights[at] {
			if found >= 0 && found != w.output {
				return -2, steps
			}
			found = w.output
		}
	}
	return found, steps
}

// tree lays one tree out, parents before their children.
func (c *compiler) tree(b *builder, root int32, inputs int) error {
	f, t := b.f, b.t
	order := []int32{root}
	first := int32(len(t.Feature))
	nodes := first
	for i := 0; i < len(order); i++ {
		at := order[i]
		if b.met[at] {
			return c.bad("trees", "a node with two parents or a cycle")
		}
		b.met[at] = true
		if f.modes[at] == modeLeaf {
			if err := c.leaf(b, at); err != nil {
				return err
			}
			continue
		}
		b.where[at] = nodes
		nodes++
		order = append(order, f.left[at], f.right[at])
	}
	t.Roots = append(t.Roots, b.where[root])
	for _, at := range order {
		if f.modes[at] == modeLeaf {
			continue
		}
		if f.features[at] < 0 || f.features[at] >= int64(inputs) {
			return c.bad("features of the input", "others")
		}
		if err := c.branch(b, at); err != nil {
			return err
		}
	}
	return nil
}

func (c *compiler) leaf(b *builder, at int32) error {
	if err := c.spend(b.wide); err != nil {
		return err
	}
	values := make([]float64, b.wide)
	seen := make(map[int]bool, len(b.f.weights[at]))
	for _, w := range b.f.weights[at] {
		if seen[w.output] {
			return c.refuse("several weights of a leaf for one output")
		}
		seen[w.output] = true
		x := w.value
		if b.f.single {
			x = float64(float32(x))
		}
		if b.wide == 1 {
			values[0] = x
		} else {
			values[w.output] = x
		}
	}
	b.where[at] = ^int32(len(b.t.Leaf) / b.wide)
	b.t.Leaf = append(b.t.Leaf, values...)
	return nil
}

// branch appends a node. A plan's node sends x <= threshold left; the others are that one with sides exchanged or the next number as its threshold.
func (c *compiler) branch(b *builder, at int32) error {
	f, t := b.f, b.t
	value := f.values[at]
	if f.single {
		value = float64(float32(value))
	}
	if value-value != 0 && f.modes[at] != modeMember {
		return c.refuse("a threshold that is not finite")
	}
	left, right := b.where[f.left[at]], b.where[f.right[at]]
	nanLeft := f.missing[at]
	flags, set := byte(0), int32(0)
	switch f.modes[at] {
	case modeLT:
		value = b.below(value)
	case modeGT:
		left, right, nanLeft = right, left, !nanLeft
	case modeGTE:
		left, right, nanLeft = right, left, !nanLeft
		value = b.below(value)
	case modeEQ:
		flags = plan.FlagEqual
	case modeNEQ:
		// NaN differs from everything, so it goes to the true side whatever is said of missing values.
		left, right, nanLeft = right, left, false
		flags = plan.FlagEqual
	case modeMember:
		flags = plan.FlagMember
		members := f.member[at]
		set = int32(len(t.Words))
		t.Words = append(t.Words, uint32(len(members)), uint32(len(t.Members)))
		t.Members = append(t.Members, members...)
	}
	t.Feature = append(t.Feature, int32(f.features[at]))
	t.Threshold = append(t.Threshold, value)
	t.Left, t.Right = append(t.Left, left), append(t.Right, right)
	t.Flags = append(t.Flags, flags|plan.NodeFlags(false, nanLeft, plan.MissingNaN))
	t.Cat = append(t.Cat, set)
	return nil
}

// below returns the largest number less than x: x < value is x <= below(value).
func (b *builder) below(x float64) float64 {
	if b.f.single {
		return float64(math.Nextafter32(float32(x), float32(math.Inf(-1))))
	}
	return math.Nextafter(x, math.Inf(-1))
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

func treeClassifier(c *compiler, in []*tensor) ([]*tensor, error) {
	x, float32s, err := c.treeInput(in[0])
	if err != nil {
		return nil, err
	}
	l, err := c.classLabels("classlabels_int64s")
	if err != nil {
		return nil, err
	}
	if l.len() < 2 {
		return nil, c.refuse("%d classes", l.len())
	}
	f := &forest{single: float32s, outputs: l.len()}
	ids, err := c.nodes(f)
	if err == nil {
		err = c.leaves(f, "class", ids)
	}
	if err != nil {
		return nil, err
	}
	base, err := c.floatsOr("base_values")
	if err != nil {
		return nil, err
	}
	if l.len() == 2 {
		return c.binaryTrees(x, f, base, l)
	}
	return c.classTrees(x, f, base, l)
}

// classTrees are trees of three classes or more: the class of the largest score.
func (c *compiler) classTrees(x *tensor, f *forest, base []float64, l *labels) ([]*tensor, error) {
	if len(base) != 0 && len(base) != f.outputs {
		return nil, c.refuse("%d base values for %d classes", len(base), f.outputs)
	}
	if len(base) == 0 && slices.Contains(f.mentioned(), false) {
		return nil, c.refuse("a class without weights")
	}
	t, err := c.forest(f, x.dims[1])
	if err != nil {
		return nil, err
	}
	scores, err := c.grown(x, f, t, base, plan.Sum)
	if err != nil {
		return nil, err
	}
	place, err := c.reduce(plan.FuncArgMax, scores, []int{1}, false)
	if err != nil {
		return nil, err
	}
	place.kind, place.domain = whole, sequence(f.outputs)
	label, err := c.labelled(place, l)
	if err != nil {
		return nil, err
	}
	shown, err := c.transformed(scores)
	return []*tensor{label, shown}, err
}

// binaryTrees are trees of two classes. Mostly one class alone has weights: the score of the second class. Weights that are all positive are taken for
// probabilities, others for log odds.
func (c *compiler) binaryTrees(x *tensor, f *forest, base []float64, l *labels) ([]*tensor, error) {
	has := f.mentioned()
	if has[0] == has[1] || len(base) > 1 || (has[1] && len(base) > 0) {
		return nil, c.refuse("two classes with weights or base values of their own")
	}
	post, err := c.text("post_transform", "NONE")
	if err != nil {
		return nil, err
	}
	positive := true
	for _, list := range f.weights {
		for i := range list {
			positive = positive && list[i].value >= 0
			list[i].output = 0
		}
	}
	if has[1] && post != "NONE" && post != "SOFTMAX" {
		return nil, c.refuse("post_transform %q of weights of the second class alone", short(post))
	}
	f.outputs = 1
	t, err := c.forest(f, x.dims[1])
	if err != nil {
		return nil, err
	}
	score, err := c.grown(x, f, t, base, plan.Sum)
	if err != nil {
		return nil, err
	}
	threshold := 0.0
	if positive {
		threshold = 0.5
	}
	place, err := c.zip(plan.FuncGreater, score.with([]int{1}, 0), number(single, threshold), whole)
	if err != nil {
		return nil, err
	}
	place.domain = []float64{0, 1}
	label, err := c.labelled(place, l)
	if err != nil {
		return nil, err
	}
	if has[1] {
		shown, err := c.afterZero(score)
		return []*tensor{label, shown}, err
	}
	shown, err := c.binaryScores(score, post, positive)
	return []*tensor{label, shown}, err
}

// afterZero makes two columns of the score of the second class: that of the first is 0.
func (c *compiler) afterZero(score *tensor) (*tensor, error) {
	zero, err := c.zip(plan.FuncMul, score, number(single, 0), single)
	if err != nil {
		return nil, err
	}
	both, err := c.joined([]*tensor{zero, score}, 1)
	if err != nil {
		return nil, err
	}
	both.bounded = false
	return c.transformed(both)
}

// binaryScores makes two columns of the score that weights of the first class alone give to the second.
func (c *compiler) binaryScores(score *tensor, post string, positive bool) (*tensor, error) {
	yes := score
	var no *tensor
	var err error
	switch {
	case post == "LOGISTIC":
		yes = c.unary(plan.FuncSigmoid, score, single)
		no = c.unary(plan.FuncSigmoid, c.unary(plan.FuncNeg, score, single), single)
	case post != "NONE" && post != "SOFTMAX" && post != "SOFTMAX_ZERO": // a softmax of one score does nothing
		return nil, c.refuse("post_transform %q of one score", short(post))
	case positive:
		if no, err = c.zip(plan.FuncSub, number(single, 1), score, single); err != nil {
			return nil, err
		}
	default:
		no = c.unary(plan.FuncNeg, score, single)
	}
	out, err := c.joined([]*tensor{no, yes}, 1)
	if err == nil && post == "LOGISTIC" {
		out.bounded, out.raw, out.link = true, score, logisticLink
	}
	return out, err
}
