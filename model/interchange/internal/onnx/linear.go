package onnx

import (
	"math"

	"github.com/tidewheel/tidewheel/internal/plan"
)

func linearRegressor(c *compiler, in []*tensor) ([]*tensor, error) {
	n, err := c.matrix(in[0])
	if err != nil {
		return nil, err
	}
	targets, err := c.integer("targets", 1)
	if err != nil {
		return nil, err
	}
	scores, err := c.scores(in[0], n, targets)
	if err != nil {
		return nil, err
	}
	return one(c.transformed(scores))
}

// scores is the linear function of the node's coefficients and intercepts.
func (c *compiler) scores(t *tensor, features int, outputs int64) (*tensor, error) {
	coef, err := c.floats("coefficients")
	if err != nil {
		return nil, err
	}
	intercepts, err := c.floats("intercepts")
	if err != nil {
		return nil, err
	}
	if outputs < 1 || outputs > int64(len(coef)) || int64(len(coef)) != outputs*int64(features) {
		return nil, c.bad("coefficients for each feature and output", "another number")
	}
	if intercepts == nil {
		intercepts = make([]float64, outputs)
	}
	if int64(len(intercepts)) != outputs {
		return nil, c.bad("an intercept for each output", "another number")
	}
	x, err := c.castTo(t, single)
	if err != nil {
		return nil, err
	}
	return c.linear(x, coef, intercepts, single)
}

// classLabels reads the classes of a classifier.
func (c *compiler) classLabels(ints string) (*labels, error) {
	nums, err := c.numbers(ints)
	if err != nil {
		return nil, err
	}
	texts, err := c.texts("classlabels_strings")
	if err != nil {
		return nil, err
	}
	if len(texts) > 0 {
		nums = nil
	}
	l := &labels{nums: nums, texts: texts}
	if l.len() > maxDomain {
		return nil, c.over()
	}
	return l, nil
}

// labelled turns places into labels.
func (c *compiler) labelled(place *tensor, l *labels) (*tensor, error) {
	o := table{values: l.nums, rest: []float64{math.NaN()}, width: 1, kind: whole}
	if l.texts != nil {
		o.values = sequence(len(l.texts))
	}
	out, err := c.table(place, o)
	if err != nil {
		return nil, err
	}
	if l.texts != nil {
		out.kind, out.dict = text, l.texts
	}
	return out, nil
}

func linearClassifier(c *compiler, in []*tensor) ([]*tensor, error) {
	n, err := c.matrix(in[0])
	if err != nil {
		return nil, err
	}
	l, err := c.classLabels("classlabels_ints")
	if err != nil {
		return nil, err
	}
	intercepts, err := c.floats("intercepts")
	if err != nil {
		return nil, err
	}
	outputs := len(intercepts)
	if l.len() < 2 || (outputs != l.len() && !(outputs == 1 && l.len() == 2)) {
		return nil, c.refuse("%d labels and %d intercepts", l.len(), outputs)
	}
	scores, err := c.scores(in[0], n, int64(outputs))
	if err != nil {
		return nil, err
	}
	var place, shown *tensor
	if outputs == 1 {
		if place, err = c.zip(plan.FuncGreater, scores.with([]int{1}, 0), number(single, 0), whole); err != nil {
			return nil, err
		}
		place.domain = []float64{0, 1}
		shown, err = c.second(scores)
	} else {
		if place, err = c.reduce(plan.FuncArgMax, scores, []int{1}, false); err != nil {
			return nil, err
		}
		place.kind, place.domain = whole, sequence(outputs)
		shown, err = c.transformed(scores)
	}
	if err != nil {
		return nil, err
	}
	label, err := c.labelled(place, l)
	return []*tensor{label, shown}, err
}

// second makes two columns of the score of the second of two classes.
func (c *compiler) second(score *tensor) (*tensor, error) {
	post, err := c.text("post_transform", "NONE")
	if err != nil {
		return nil, err
	}
	if post != "NONE" && post != "LOGISTIC" {
		return nil, c.refuse("post_transform %q of one score", short(post))
	}
	yes := score
	if post == "LOGISTIC" {
		yes = c.unary(plan.FuncSigmoid, score, single)
		yes.bounded = true
	}
	no, err := c.zip(plan.FuncSub, number(single, 1), yes, single)
	if err != nil {
		return nil, err
	}
	out, err := c.joined([]*tensor{no, yes}, 1)
	if err == nil && post == "LOGISTIC" {
		out.raw, out.link = score, logisticLink
	}
	return out, err
}

// transformed applies the node's post_transform to columns of scores.
func (c *compiler) transformed(t *tensor) (*tensor, error) {
	post, err := c.text("post_transform", "NONE")
	if err != nil {
		return nil, err
	}
	switch post {
	case "NONE":
		return t, nil
	case "LOGISTIC":
		out := c.unary(plan.FuncSigmoid, t, single)
		out.bounded, out.raw, out.link = true, t, logisticLink
		return out, nil
	case "SOFTMAX":
		return c.softmaxOf(t, 1)
	case "SOFTMAX_ZERO":
		return c.softmaxZero(t)
	default:
		return nil, c.refuse("post_transform %q", short(post))
	}
}

// softmaxZero is a softmax that leaves zeros out: each stays what it is times e**-largest.
func (c *compiler) softmaxZero(t *tensor) (*tensor, error) {
	top, err := c.reduce(plan.FuncLargest, t, []int{1}, true)
	if err != nil {
		return nil, err
	}
	diff, err := c.zip(plan.FuncSub, t, top, double)
	if err != nil {
		return nil, err
	}
	zero, err := c.zip(plan.FuncMul, t.as(double), c.unary(plan.FuncExp, c.unary(plan.FuncNeg, top, double), double), double)
	if err != nil {
		return nil, err
	}
	big, err := c.zip(plan.FuncGreater, c.unary(plan.FuncAbs, t, double), number(double, 1.0000000116860974e-07), boolean)
	if err != nil {
		return nil, err
	}
	exp := c.unary(plan.FuncExp, diff, double)
	sum, err := c.choose(big, exp, number(double, 0))
	if err != nil {
		return nil, err
	}
	if sum, err = c.reduce(plan.FuncSum, sum, []int{1}, true); err != nil {
		return nil, err
	}
	if exp, err = c.choose(big, exp, zero); err != nil {
		return nil, err
	}
	out, err := c.zip(plan.FuncDiv, exp, sum, single)
	if err == nil {
		out.bounded, out.raw, out.link = true, t, softmaxLink
	}
	return out, err
}
