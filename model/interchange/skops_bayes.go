package interchange

import (
	"math"
	"slices"

	"github.com/tidewheel/tidewheel/internal/num"
	"github.com/tidewheel/tidewheel/internal/plan"
)

// bayes adds a naive Bayes classifier: the logarithm of each class's likelihood.
func (s *skops) bayes(o skopsObject, in plan.Ints) {
	k, p := s.label(o), len(in)
	var joint plan.Ints
	switch o.class {
	case "GaussianNB":
		joint = s.gaussian(o, in, k)
	case "BernoulliNB":
		if !o.isNone("binarize") {
			limits := slices.Repeat(plan.Ints{s.constant(o.number("binarize"))}, p)
			in = s.math(plan.OpZip, plan.Math{Func: plan.FuncGreater}, slices.Concat(in, limits))
		}
		coef, shift := o.floats("feature_log_prob_", k*p), slices.Clone(o.floats("class_log_prior_", k))
		if s.err != nil {
			return
		}
		for i, x := range coef {
			none := num.Log(1 - num.Exp(x))
			coef[i] -= none
			shift[i/p] += none
		}
		joint = s.add(plan.Op{Kind: plan.OpLinear, In: in, Coef: coef, Shift: shift})
	case "ComplementNB":
		joint = s.add(plan.Op{Kind: plan.OpLinear, In: in, Coef: o.floats("feature_log_prob_", k*p), Shift: make(plan.Floats, k)})
	default: // MultinomialNB
		joint = s.add(plan.Op{Kind: plan.OpLinear, In: in, Coef: o.floats("feature_log_prob_", k*p), Shift: o.floats("class_log_prior_", k)})
	}
	s.decision = s.add(plan.Op{Kind: plan.OpArgmax, In: joint})
	s.proba = s.add(plan.Op{Kind: plan.OpSoftmax, In: joint})
}

// gaussian adds the sums of the logarithms of normal densities.
func (s *skops) gaussian(o skopsObject, in plan.Ints, k int) plan.Ints {
	p := len(in)
	mean, variance, prior := o.floats("theta_", k*p), o.floats("var_", k*p), o.floats("class_prior_", k)
	if s.err == nil && slices.ContainsFunc(slices.Concat(variance, prior), func(x float64) bool { return x <= 0 }) {
		s.malformed("GaussianNB: variances and shares above 0", "others")
	}
	if s.err != nil {
		return make(plan.Ints, k)
	}
	var out plan.Ints
	for c := range k {
		deviation, constant := make(plan.Floats, p), 0.0
		for j := range deviation {
			v := variance[c*p+j]
			deviation[j] = math.Sqrt(v)
			constant += num.Log(2 * math.Pi * v)
		}
		z := s.add(plan.Op{Kind: plan.OpAffine, In: in, Shift: mean[c*p : (c+1)*p], Scale: deviation})
		sum := s.math(plan.OpReduce, plan.Math{Func: plan.FuncSumSquare, Group: int32(p)}, z)
		out = append(out, s.add(plan.Op{Kind: plan.OpLinear, In: sum, Coef: plan.Floats{-0.5}, Shift: plan.Floats{num.Log(prior[c]) - 0.5*constant}})...)
	}
	return out
}

// perceptron adds the layers of an MLPClassifier or an MLPRegressor.
func (s *skops) perceptron(o skopsObject, in plan.Ints) {
	k := 1
	if o.class == "MLPClassifier" {
		if k = s.label(o); k == 2 {
			k = 1
		}
	}
	if n := o.count("n_outputs_", 1<<30); s.err == nil && n != k {
		s.unsupported("%s of several targets", o.class)
	}
	coefs, intercepts := o.list("coefs_"), o.list("intercepts_")
	if s.err == nil && (len(coefs) == 0 || len(intercepts) != len(coefs)) {
		s.malformed(o.class+": intercepts for the coefficients of each layer", "others")
	}
	for i, v := range coefs {
		coef, shift := s.array(v), s.array(intercepts[i])
		width := len(shift.numbers)
		if s.err == nil && (width == 0 || !slices.Equal(coef.shape, []int{len(in), width}) || i == len(coefs)-1 && width != k ||
			slices.ContainsFunc(slices.Concat(coef.numbers, shift.numbers), func(x float64) bool { return x-x != 0 })) {
			s.malformed(o.class+": finite coefficients of layers behind each other", "others")
		}
		if s.err != nil {
			return
		}
		turned := make(plan.Floats, len(coef.numbers))
		for row := range in {
			for column := range width {
				turned[column*len(in)+row] = coef.numbers[row*width+column]
			}
		}
		in = s.add(plan.Op{Kind: plan.OpLinear, In: in, Coef: turned, Shift: shift.numbers})
		if i < len(coefs)-1 {
			in = s.activation(o.one("activation", "identity", "logistic", "tanh", "relu"), in)
		}
	}
	switch out := o.one("out_activation_", "identity", "exp", "logistic", "softmax"); {
	case s.classes == nil && out == "identity":
		s.decision = in
	case s.classes == nil && out == "exp":
		s.decision = s.add(plan.Op{Kind: plan.OpExp, In: in})
	case s.classes != nil && k == 1 && out == "logistic":
		p := s.add(plan.Op{Kind: plan.OpSigmoid, In: in})
		s.decision = s.math(plan.OpZip, plan.Math{Func: plan.FuncGreater}, plan.Ints{p[0], s.constant(0.5)})
		s.proba = s.add(plan.Op{Kind: plan.OpComplement, In: p})
	case k > 1 && out == "softmax":
		s.proba = s.add(plan.Op{Kind: plan.OpSoftmax, In: in})
		s.decision = s.add(plan.Op{Kind: plan.OpArgmax, In: s.proba})
	default:
		s.unsupported("out_activation_ %s of %s", out, o.class)
	}
}

// activation adds what a hidden layer makes of its sums.
func (s *skops) activation(name string, in plan.Ints) plan.Ints {
	switch name {
	case "logistic":
		return s.add(plan.Op{Kind: plan.OpSigmoid, In: in})
	case "tanh":
		return s.math(plan.OpMap, plan.Math{Func: plan.FuncTanh}, in)
	case "relu":
		return s.math(plan.OpMap, plan.Math{Func: plan.FuncRelu}, in)
	default:
		return in
	}
}
