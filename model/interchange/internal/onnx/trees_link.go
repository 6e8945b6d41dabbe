package onnx

import (
	"slices"

	"github.com/tidewheel/tidewheel/internal/plan"
)

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
