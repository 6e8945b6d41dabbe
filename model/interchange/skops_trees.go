package interchange

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/num"
	"github.com/tidewheel/tidewheel/internal/plan"
)

// skopsTrees is an ensemble as it grows.
type skopsTrees struct {
	plan.Trees
	features             int
	factor               float64 // of the leaves
	nodeCover, leafCover plan.Floats
}

// addTrees adds the ensemble. scikit-learn rounds the inputs to float32 and compares them with thresholds of float64.
func (s *skops) addTrees(t *skopsTrees, in plan.Ints) plan.Ints {
	rounded := s.math(plan.OpMap, plan.Math{Func: plan.FuncIdentity, Float32: true}, in)
	s.refuse(plan.FuncIsInf, rounded)
	t.Cover = slices.Concat(t.nodeCover, t.leafCover)
	return s.add(plan.Op{Kind: plan.OpTrees, In: rounded, Trees: &t.Trees})
}

// forest adds a decision tree or the mean of several.
func (s *skops) forest(o skopsObject, in plan.Ints) {
	classes := strings.HasSuffix(o.class, "Classifier")
	t := &skopsTrees{features: len(in), factor: 1}
	t.Outputs, t.Vector = 1, true
	if classes {
		t.Outputs = s.label(o)
	}
	if o.count("n_outputs_", 1<<30) != 1 {
		s.unsupported("%s of several targets", o.class)
	}
	if strings.HasPrefix(o.class, "Decision") || o.class == "ExtraTreeClassifier" || o.class == "ExtraTreeRegressor" {
		s.tree(t, o)
	} else {
		list := o.list("estimators_")
		if len(list) == 0 {
			s.malformed(o.class+": trees in estimators_", "none")
		}
		for _, v := range list {
			s.tree(t, s.treeOf(v))
		}
		t.Aggregate = plan.Mean
	}
	t.Base = make(plan.Floats, t.Outputs)
	out := s.addTrees(t, in)
	s.decision = out
	if classes {
		s.decision, s.proba, s.raw = s.add(plan.Op{Kind: plan.OpArgmax, In: out}), out, nil
	}
}

// treeOf returns a tree of an ensemble.
func (s *skops) treeOf(v any) skopsObject {
	o := s.object(v)
	if s.err == nil && !slices.Contains([]string{"DecisionTreeClassifier", "DecisionTreeRegressor", "ExtraTreeClassifier", "ExtraTreeRegressor"}, o.class) {
		s.unsupported("%s as a tree of an ensemble", o.class)
	}
	return o
}

// tree appends a tree.
func (s *skops) tree(t *skopsTrees, o skopsObject) {
	v := o.need("tree_")
	if s.err != nil {
		return
	}
	n, loader, name := s.node(v)
	if loader != "TreeNode" || name != "sklearn.tree._tree.Tree" {
		s.unsupported("type %s", strconv.Quote(shortenEnd(name)))
		return
	}
	state := s.attributes(n["content"])
	if s.err != nil || state["nodes"] == nil || state["values"] == nil {
		s.malformed("Tree: nodes and values", "none")
		return
	}
	nodes, values := s.array(state["nodes"]), s.array(state["values"])
	count, list := len(nodes.record)/skopsNodeSize, []skopsNode(nil)
	if nodes.nodes == skopsNodeType {
		list = treeNodes(nodes.record)
	}
	if s.err == nil && (len(list) == 0 || len(values.numbers) != count*t.width() || !slices.Equal(values.shape, []int{count, 1, t.width()})) {
		s.malformed("Tree: nodes, and as many values of each as the model has outputs", "others")
	}
	s.grow(t, "Tree", list, values.numbers)
}

// grow appends a tree of nodes, whose values are in a row.
func (s *skops) grow(t *skopsTrees, name string, nodes []skopsNode, values []float64) {
	if s.err != nil {
		return
	}
	if len(nodes) > maxLeaves-len(t.Leaf)-len(t.Feature) {
		s.fail(fmt.Errorf("over %d nodes: %w", maxLeaves, dataset.ErrLimit))
		return
	}
	root := t.append(nodes, values)
	if root == math.MinInt32 {
		s.malformed(name+": nodes that lead to nodes behind them, features of the estimator and finite values", "others")
	}
	t.Roots = append(t.Roots, root)
}

// width returns how many values a leaf has.
func (t *skopsTrees) width() int {
	if t.Vector {
		return t.Outputs
	}
	return 1
}

// skopsNode is a node of a tree.
type skopsNode struct {
	leaf, missingLeft    bool
	left, right, feature int64
	threshold, weight    float64
	set                  []uint32 // of the codes of categories that go left; nil for a threshold
}

// treeNodes reads nodes of sklearn.tree.
func treeNodes(record []byte) []skopsNode {
	out := make([]skopsNode, len(record)/skopsNodeSize)
	for i := range out {
		n := skopsRecord(record[i*skopsNodeSize : (i+1)*skopsNodeSize])
		left, right := n.integer(0), n.integer(8)
		out[i] = skopsNode{leaf: left == -1 && right == -1, left: left, right: right, feature: n.integer(16), threshold: n.float(24), weight: n.float(48), missingLeft: n[56] != 0}
	}
	return out
}

// skopsRecord is a node in bytes.
type skopsRecord []byte

func (n skopsRecord) integer(at int) int64 { return int64(binary.LittleEndian.Uint64(n[at:])) }
func (n skopsRecord) whole(at int) uint32  { return binary.LittleEndian.Uint32(n[at:]) }
func (n skopsRecord) float(at int) float64 {
	return math.Float64frombits(binary.LittleEndian.Uint64(n[at:]))
}

// append appends nodes and returns the root, math.MinInt32 for nodes that are no tree.
func (t *skopsTrees) append(list []skopsNode, values []float64) int32 {
	width := t.width()
	codes := make([]int32, len(list))
	nodes, leaves := int32(len(t.Feature)), int32(len(t.leafCover))
	for i := range codes {
		if list[i].leaf {
			codes[i] = ^leaves
			leaves++
		} else {
			codes[i] = nodes
			nodes++
		}
	}
	reached := make([]bool, len(list))
	reached[0] = true
	for i, n := range list {
		if !reached[i] || !(n.weight >= 0 && n.weight <= math.MaxFloat64) {
			return math.MinInt32
		}
		if n.leaf {
			for _, v := range values[i*width : (i+1)*width] {
				if v-v != 0 {
					return math.MinInt32
				}
				t.Leaf = append(t.Leaf, float64(t.factor*v))
			}
			t.leafCover = append(t.leafCover, n.weight)
			continue
		}
		for _, c := range []int64{n.left, n.right} {
			if c <= int64(i) || c >= int64(len(list)) || reached[c] {
				return math.MinInt32
			}
			reached[c] = true
		}
		if n.feature < 0 || n.feature >= int64(t.features) || n.threshold != n.threshold {
			return math.MinInt32
		}
		t.node(n, codes[n.left], codes[n.right])
	}
	return codes[0]
}

// node appends a node that asks.
func (t *skopsTrees) node(n skopsNode, left, right int32) {
	at, flags := int32(0), plan.NodeFlags(n.set != nil, n.missingLeft, plan.MissingNaN)
	if n.set != nil {
		at, flags = int32(len(t.Words)), flags|plan.FlagStrict
		t.Words = append(append(t.Words, uint32(len(n.set))), n.set...)
	}
	t.Feature = append(t.Feature, int32(n.feature))
	t.Threshold = append(t.Threshold, n.threshold)
	t.Left, t.Right, t.Cat = append(t.Left, left), append(t.Right, right), append(t.Cat, at)
	t.Flags = append(t.Flags, flags)
	t.nodeCover = append(t.nodeCover, n.weight)
}

// boosting adds gradient boosting: a constant start and the trees, each times the learning rate.
func (s *skops) boosting(o skopsObject, in plan.Ints) {
	k := 1
	classes := o.class == "GradientBoostingClassifier"
	if classes {
		o.one("loss", "log_loss")
		if k = s.label(o); k == 2 {
			k = 1
		}
	} else {
		o.one("loss", "squared_error", "absolute_error", "huber", "quantile")
	}
	s.refuse(plan.FuncIsNaN, in)
	t := &skopsTrees{features: len(in), factor: o.number("learning_rate")}
	t.Outputs, t.Base = k, s.start(o, k)
	stages := s.stages(o)
	for _, stage := range stages {
		trees := s.list(stage)
		if s.err == nil && len(trees) != k {
			s.malformed(o.class+": a tree for each class in each stage", "others")
		}
		for _, v := range trees {
			s.tree(t, s.treeOf(v))
		}
	}
	if s.err != nil {
		return
	}
	raw := s.addTrees(t, in)
	switch {
	case !classes:
		s.decision = raw
	case k == 1: // the second class at 0 and above
		s.odds(raw)
		s.decision = s.math(plan.OpZip, plan.Math{Func: plan.FuncGreaterEqual}, plan.Ints{raw[0], s.constant(0)})
	default:
		s.raw, s.decision = raw, s.add(plan.Op{Kind: plan.OpArgmax, In: raw})
		s.proba = s.add(plan.Op{Kind: plan.OpSoftmax, In: raw})
	}
}

// stages returns the lists of trees, an array of objects with a row for each stage.
func (s *skops) stages(o skopsObject) []any {
	n, loader, _ := s.node(o.need("estimators_"))
	items, ok := n["content"].([]any)
	if !ok || loader != "NdArrayNode" || n["type"] != "json" || len(items) == 0 {
		s.malformed(o.class+": an array of trees in estimators_", "none")
	}
	return items
}

// start returns the raw scores that boosting starts from: those of its default init, or zeros.
func (s *skops) start(o skopsObject, k int) plan.Floats {
	base := make(plan.Floats, k)
	v := o.need("init_")
	if s.err != nil {
		return base
	}
	if _, loader, _ := s.node(v); loader == "JsonNode" {
		o.one("init_", "zero")
		return base
	}
	d := s.object(v)
	switch {
	case s.err != nil:
	case d.class == "DummyRegressor" && o.class == "GradientBoostingRegressor":
		copy(base, d.floats("constant_", 1))
	case d.class == "DummyClassifier" && o.class == "GradientBoostingClassifier":
		d.one("_strategy", "prior")
		copy(base, logOdds(d.floats("class_prior_", len(s.classes))))
	default:
		s.unsupported("init of %s: want None or zero", o.class)
	}
	return base
}

// logOdds returns the raw scores of shares of classes: log(p / (1-p)) of the second of two, and of more log(p / their geometric mean).
func logOdds(share plan.Floats) plan.Floats {
	const eps = 0x1p-52
	p := make(plan.Floats, len(share))
	mean := 0.0
	for i, x := range share {
		p[i] = min(max(x, eps), 1-eps)
		mean += num.Log(p[i])
	}
	if len(p) == 2 {
		return plan.Floats{num.Log(p[1] / (1 - p[1]))}
	}
	mean = num.Exp(mean / float64(len(p)))
	for i := range p {
		p[i] = num.Log(p[i] / mean)
	}
	return p
}
