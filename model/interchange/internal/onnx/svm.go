package onnx

import (
	"slices"

	"github.com/tidewheel/tidewheel/internal/plan"
)

// machine is what SVMClassifier and SVMRegressor have in common.
type machine struct {
	x            *tensor
	features     int
	coefficients []float64
	rho          []float64
	kernel       plan.Func
	params       []float64
	vectors      []float64
}

func (c *compiler) machine(t *tensor) (*machine, error) {
	n, err := c.matrix(t)
	if err != nil {
		return nil, err
	}
	m := &machine{features: n}
	if m.x, err = c.castTo(t, single); err != nil {
		return nil, err
	}
	for name, to := range map[string]*[]float64{"coefficients": &m.coefficients, "rho": &m.rho, "support_vectors": &m.vectors} {
		if *to, err = c.floats(name); err != nil {
			return nil, err
		}
	}
	params, err := c.floats("kernel_params")
	if err != nil {
		return nil, err
	}
	name, err := c.text("kernel_type", "LINEAR")
	if err != nil {
		return nil, err
	}
	takes := map[string]plan.Func{"LINEAR": plan.FuncLinearKernel, "POLY": plan.FuncPolyKernel, "RBF": plan.FuncRBFKernel, "SIGMOID": plan.FuncSigmoidKernel}
	f, ok := takes[name]
	if !ok {
		return nil, c.refuse("kernel_type %q", short(name))
	}
	if params == nil {
		params = make([]float64, 3)
	}
	if len(params) != 3 {
		return nil, c.bad("three kernel_params", "another number")
	}
	m.kernel = f
	m.params = params[:map[string]int{"LINEAR": 0, "POLY": 3, "RBF": 1, "SIGMOID": 2}[name]]
	if len(m.rho) == 0 || len(m.coefficients) == 0 || len(m.vectors)%n != 0 {
		return nil, c.bad("rho, coefficients and vectors for the features", "others")
	}
	return m, nil
}

// kernels gives the kernel of each support vector.
func (c *compiler) kernels(m *machine) (*tensor, error) {
	return c.points(m.x, m.vectors, m.kernel, single, m.params...)
}

func svmRegressor(c *compiler, in []*tensor) ([]*tensor, error) {
	m, err := c.machine(in[0])
	if err != nil {
		return nil, err
	}
	supports, err := c.integer("n_supports", 0)
	if err != nil {
		return nil, err
	}
	post, err := c.text("post_transform", "NONE")
	if err != nil {
		return nil, err
	}
	oneClass, err := c.integer("one_class", 0)
	if err != nil {
		return nil, err
	}
	if post != "NONE" {
		return nil, c.refuse("post_transform %q", short(post))
	}
	x := m.x
	if supports > 0 {
		if supports != int64(len(m.vectors)/m.features) {
			return nil, c.bad("n_supports vectors", "another number")
		}
		if x, err = c.kernels(m); err != nil {
			return nil, err
		}
	}
	out, err := c.linear(x, m.coefficients, m.rho[:1], single)
	if err != nil || oneClass == 0 {
		return one(out, err)
	}
	inside, err := c.zip(plan.FuncGreater, out, number(single, 0), boolean)
	if err != nil {
		return nil, err
	}
	return one(c.choose(inside, number(single, 1), number(single, -1)))
}

func svmClassifier(c *compiler, in []*tensor) ([]*tensor, error) {
	m, err := c.machine(in[0])
	if err != nil {
		return nil, err
	}
	l, err := c.classLabels("classlabels_ints")
	if err != nil {
		return nil, err
	}
	counts, err := c.ints("vectors_per_class")
	if err != nil {
		return nil, err
	}
	if l.len() < 2 {
		return nil, c.refuse("%d classes", l.len())
	}
	if len(m.vectors) == 0 {
		return nil, c.refuse("a linear form without support vectors")
	}
	scores, err := c.duels(m, counts, l.len())
	if err != nil {
		return nil, err
	}
	place, err := c.votes(scores, l.len())
	if err != nil {
		return nil, err
	}
	shown, place, err := c.svmScores(scores, place, m, l.len())
	if err != nil {
		return nil, err
	}
	label, err := c.labelled(place, l)
	return []*tensor{label, shown}, err
}

// duels gives a score for each pair of classes, positive for the first: its support vectors' coefficients in the row of the other class, and the reverse.
func (c *compiler) duels(m *machine, counts []int64, k int) (*tensor, error) {
	total := len(m.vectors) / m.features
	starts, sum := []int{0}, 0
	for _, n := range counts {
		if n < 0 || n > int64(total-sum) {
			return nil, c.bad("vectors_per_class that add up", "others")
		}
		sum += int(n)
		starts = append(starts, sum)
	}
	pairs := k * (k - 1) / 2
	if len(counts) != k || sum != total || len(m.coefficients) < (k-1)*total || len(m.rho) < pairs {
		return nil, c.bad("vectors, coefficients and rho for each class", "others")
	}
	kernels, err := c.kernels(m)
	if err != nil {
		return nil, err
	}
	regs := c.reg(kernels)
	out := &tensor{kind: single, dims: []int{1, pairs}, rows: 0}
	pair := 0
	for i := range k {
		for j := i + 1; j < k; j++ {
			var in plan.Ints
			var coef plan.Floats
			in = append(append(in, regs[starts[i]:starts[i+1]]...), regs[starts[j]:starts[j+1]]...)
			coef = append(coef, m.coefficients[(j-1)*total+starts[i]:(j-1)*total+starts[i+1]]...)
			coef = append(coef, m.coefficients[i*total+starts[j]:i*total+starts[j+1]]...)
			if err := c.spend(len(in)); err != nil {
				return nil, err
			}
			if len(in) == 0 {
				return nil, c.bad("support vectors for each class", "none")
			}
			score := c.math(plan.OpPoints, plan.Math{Func: plan.FuncDecision, Float32: true, Params: plan.Floats{m.rho[pair]}, Points: coef}, in, 1)
			out.regs = append(out.regs, score...)
			pair++
		}
	}
	return out, nil
}

// votes counts for each class the duels that it wins and returns the place of the first with the most.
func (c *compiler) votes(scores *tensor, k int) (*tensor, error) {
	wins, err := c.zip(plan.FuncGreater, scores, number(single, 0), boolean)
	if err != nil {
		return nil, err
	}
	losses := c.unary(plan.FuncNot, wins, boolean)
	lists := make([][]int32, k)
	pair := 0
	for i := range k {
		for j := i + 1; j < k; j++ {
			lists[i] = append(lists[i], wins.regs[pair])
			lists[j] = append(lists[j], losses.regs[pair])
			pair++
		}
	}
	in := slices.Concat(lists...)
	sums := c.math(plan.OpReduce, plan.Math{Func: plan.FuncSum, Group: int32(k - 1)}, in, k)
	place := c.math(plan.OpReduce, plan.Math{Func: plan.FuncArgMax, Group: int32(k)}, sums, 1)
	return &tensor{kind: whole, dims: []int{1}, rows: 0, regs: place, domain: sequence(k), bounded: true}, nil
}

// svmScores gives what the node shows: probabilities by Platt's scaling where it has them, else the scores of the pairs.
func (c *compiler) svmScores(scores, place *tensor, m *machine, k int) (shown, label *tensor, err error) {
	a, err := c.floats("prob_a")
	if err != nil {
		return nil, nil, err
	}
	b, err := c.floats("prob_b")
	if err != nil {
		return nil, nil, err
	}
	post, err := c.text("post_transform", "NONE")
	if err != nil {
		return nil, nil, err
	}
	if post != "NONE" {
		return nil, nil, c.refuse("post_transform %q", short(post))
	}
	pairs := k * (k - 1) / 2
	switch {
	case len(a) == 0 && len(b) == 0 && k == 2:
		// With all coefficients positive or none of them, the label is that of the larger vote, as the largest score is 0 then.
		minus := c.unary(plan.FuncNeg, scores, single)
		shown, err = c.joined([]*tensor{minus, scores}, 1)
		return shown, place, err
	case len(a) == 0 && len(b) == 0:
		return scores, place, nil
	case len(a) != pairs || len(b) != pairs:
		return nil, nil, c.bad("prob_a and prob_b for each pair", "others")
	}
	scaled, err := c.zip(plan.FuncMul, scores, constant(single, []int{pairs}, a), single)
	if err != nil {
		return nil, nil, err
	}
	if scaled, err = c.zip(plan.FuncAdd, scaled, constant(single, []int{pairs}, b), single); err != nil {
		return nil, nil, err
	}
	pair := c.unary(plan.FuncSigmoid, c.unary(plan.FuncNeg, scaled, single), single)
	least := float64(float32(1e-7))
	pair = c.unary(plan.FuncClip, pair, single, least, float64(1-float32(1e-7)))
	if err := c.spend(k); err != nil {
		return nil, nil, err
	}
	shown = &tensor{kind: single, dims: []int{1, k}, rows: 0, bounded: true}
	shown.regs = c.math(plan.OpCouple, plan.Math{Count: int32(k), Float32: true}, c.reg(pair), k)
	return shown, place, nil
}
