package interchange

import (
	"math"
	"slices"

	"github.com/tidewheel/tidewheel/internal/plan"
)

// maxSkopsDuels bounds the classes of a support vector machine, which has a duel for each pair of them.
const maxSkopsDuels = 256

// skopsMachine is a support vector machine as libsvm has it.
type skopsMachine struct {
	kernels   plan.Ints // one a support vector
	coef      []float64 // rows of as many
	intercept []float64
}

// kernels adds the kernel of each support vector, of which the machine has rows of coefficients.
func (s *skops) kernels(o skopsObject, in plan.Ints, rows int) skopsMachine {
	if o.flag("_sparse") {
		s.unsupported("%s of sparse rows", o.class)
	}
	m := plan.Math{}
	gamma, coef0 := o.number("_gamma"), o.number("coef0")
	switch o.one("kernel", "linear", "poly", "rbf", "sigmoid") {
	case "linear":
		m.Func = plan.FuncLinearKernel
	case "poly":
		m.Func, m.Params = plan.FuncPolyKernel, plan.Floats{gamma, coef0, o.number("degree")}
	case "rbf":
		m.Func, m.Params = plan.FuncRBFKernel, plan.Floats{gamma}
	default:
		m.Func, m.Params = plan.FuncSigmoidKernel, plan.Floats{gamma, coef0}
	}
	vectors, coef, intercept := o.array("support_vectors_"), o.array("_dual_coef_"), o.array("_intercept_")
	count := len(vectors.numbers) / len(in)
	if s.err == nil && (count == 0 || !slices.Equal(vectors.shape, []int{count, len(in)}) || !slices.Equal(coef.shape, []int{rows, count}) || len(intercept.numbers) != rows*(rows+1)/2) {
		s.malformed(o.class+": support vectors of the features, with coefficients and intercepts", "others")
	}
	for _, list := range [][]float64{m.Params, vectors.numbers, coef.numbers, intercept.numbers} {
		if slices.ContainsFunc(list, func(x float64) bool { return x-x != 0 }) {
			s.malformed(o.class+": finite numbers", "others")
		}
	}
	if s.err != nil {
		return skopsMachine{}
	}
	m.Points = vectors.numbers
	return skopsMachine{kernels: s.math(plan.OpPoints, m, in), coef: coef.numbers, intercept: intercept.numbers}
}

// supportRegression adds SVR or NuSVR.
func (s *skops) supportRegression(o skopsObject, in plan.Ints) {
	m := s.kernels(o, in, 1)
	if s.err == nil {
		s.decision = s.add(plan.Op{Kind: plan.OpLinear, In: m.kernels, Coef: m.coef, Shift: m.intercept})
	}
}

// supportClasses adds SVC or NuSVC: a duel for each pair of classes, whose winner gets a vote.
func (s *skops) supportClasses(o skopsObject, in plan.Ints) {
	k := s.label(o)
	if k > maxSkopsDuels {
		s.unsupported("%d classes of %s, over %d", k, o.class, maxSkopsDuels)
	}
	m := s.kernels(o, in, k-1)
	duels := s.duels(o, m, k)
	if s.err != nil {
		return
	}
	zeros := slices.Repeat(plan.Ints{s.constant(0)}, len(duels))
	wins := s.math(plan.OpZip, plan.Math{Func: plan.FuncGreater}, slices.Concat(duels, zeros))
	ties := k > 2 && o.flag("break_ties")
	shape := o.one("decision_function_shape", "ovr", "ovo")
	switch {
	case k == 2:
		s.raw = s.math(plan.OpMap, plan.Math{Func: plan.FuncNeg}, duels)
	case shape == "ovo":
		s.raw = duels
	default:
		s.raw = s.against(duels, k)
	}
	if ties && shape == "ovr" {
		s.decision = s.add(plan.Op{Kind: plan.OpArgmax, In: s.raw})
	} else {
		s.decision = s.add(plan.Op{Kind: plan.OpArgmax, In: s.votes(wins, s.math(plan.OpMap, plan.Math{Func: plan.FuncNot}, wins), k)})
	}
	if !o.flag("_effective_probability") {
		s.sure(k)
		return
	}
	a, b := o.floats("_probA", len(duels)), o.floats("_probB", len(duels))
	var scaled plan.Ints
	for i, r := range duels {
		scaled = append(scaled, s.add(plan.Op{Kind: plan.OpLinear, In: plan.Ints{r}, Coef: plan.Floats{-a[i]}, Shift: plan.Floats{-b[i]}})...)
	}
	const least = 1e-7
	pairs := s.math(plan.OpMap, plan.Math{Func: plan.FuncClip, Params: plan.Floats{least, 1 - least}}, s.add(plan.Op{Kind: plan.OpSigmoid, In: scaled}))
	s.proba = s.math(plan.OpCouple, plan.Math{Count: int32(k)}, pairs)
}

// duels adds a score for each pair of classes, above 0 where the first wins: a class has its coefficients against another in a row of that one's.
func (s *skops) duels(o skopsObject, m skopsMachine, k int) plan.Ints {
	counts := o.array("_n_support").numbers
	starts := make([]int, 1, k+1)
	for _, n := range counts {
		if !(n >= 0 && n <= float64(len(m.kernels)) && n == math.Trunc(n)) {
			s.malformed(o.class+": counts of support vectors", "others")
			return nil
		}
		starts = append(starts, starts[len(starts)-1]+int(n))
	}
	if s.err == nil && (len(counts) != k || starts[k] != len(m.kernels)) {
		s.malformed(o.class+": support vectors for each class", "others")
	}
	if s.err != nil {
		return nil
	}
	out := make(plan.Ints, 0, k*(k-1)/2)
	n := len(m.kernels)
	for i := range k {
		for j := i + 1; j < k; j++ {
			in := slices.Concat(m.kernels[starts[i]:starts[i+1]], m.kernels[starts[j]:starts[j+1]])
			coef := slices.Concat(m.coef[(j-1)*n+starts[i]:(j-1)*n+starts[i+1]], m.coef[i*n+starts[j]:i*n+starts[j+1]])
			if len(in) == 0 {
				s.malformed(o.class+": support vectors for each class", "none")
				return nil
			}
			out = append(out, s.add(plan.Op{Kind: plan.OpLinear, In: in, Coef: coef, Shift: m.intercept[len(out) : len(out)+1]})...)
		}
	}
	return out
}

// votes adds up for each class what it has of its pairs, in the order of the others.
func (s *skops) votes(first, second plan.Ints, k int) plan.Ints {
	lists := make([]plan.Ints, k)
	pair := 0
	for i := range k {
		for j := i + 1; j < k; j++ {
			lists[i], lists[j] = append(lists[i], first[pair]), append(lists[j], second[pair])
			pair++
		}
	}
	return s.math(plan.OpReduce, plan.Math{Func: plan.FuncSum, Group: int32(k - 1)}, slices.Concat(lists...))
}

// against adds for each class its votes, and less than half of one for how clear its duels were.
func (s *skops) against(duels plan.Ints, k int) plan.Ints {
	unary := func(f plan.Func, in plan.Ints) plan.Ints { return s.math(plan.OpMap, plan.Math{Func: f}, in) }
	zip := func(f plan.Func, a, b plan.Ints) plan.Ints {
		return s.math(plan.OpZip, plan.Math{Func: f}, slices.Concat(a, b))
	}
	constant := func(x float64, n int) plan.Ints { return slices.Repeat(plan.Ints{s.constant(x)}, n) }
	losses := zip(plan.FuncLess, duels, constant(0, len(duels)))
	votes := s.votes(unary(plan.FuncNot, losses), losses, k)
	sums := s.votes(duels, unary(plan.FuncNeg, duels), k)
	size := zip(plan.FuncAdd, unary(plan.FuncAbs, sums), constant(1, k))
	return zip(plan.FuncAdd, votes, zip(plan.FuncDiv, sums, zip(plan.FuncMul, constant(3, k), size)))
}

// sure gives the class that is predicted the probability 1.
func (s *skops) sure(k int) {
	s.proba = s.add(plan.Op{Kind: plan.OpOneHot, In: s.decision, Count: int32(k), Null: -1})
}
