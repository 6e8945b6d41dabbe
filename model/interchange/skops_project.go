package interchange

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/plan"
)

// maxSkopsTerms bounds the columns that one step makes.
const maxSkopsTerms = maxFeatures

// project adds PCA or TruncatedSVD: products with components, of numbers less their means.
func (s *skops) project(o skopsObject, in plan.Ints) plan.Ints {
	n := len(in)
	a := o.array("components_")
	k := len(a.numbers) / n
	if s.err == nil && (k == 0 || !slices.Equal(a.shape, []int{k, n})) {
		s.malformed(o.class+": components of the features", "others")
	}
	coef := o.floats("components_", k*n)
	if o.class == "PCA" && s.err == nil {
		in = s.add(plan.Op{Kind: plan.OpAffine, In: in, Shift: o.floats("mean_", n), Scale: slices.Repeat(plan.Floats{1}, n)})
	}
	if s.err != nil {
		return in
	}
	out := s.add(plan.Op{Kind: plan.OpLinear, In: in, Coef: coef, Shift: make(plan.Floats, k)})
	if o.class != "PCA" || !o.flag("whiten") {
		return out
	}
	scale := slices.Clone(o.floats("explained_variance_", k))
	deviations := s.math(plan.OpMap, plan.Math{Func: plan.FuncSqrt}, s.add(plan.Op{Kind: plan.OpConstant, Fill: scale}))
	least := slices.Repeat(plan.Ints{s.constant(0x1p-52)}, k)
	deviations = s.math(plan.OpZip, plan.Math{Func: plan.FuncLarger}, slices.Concat(deviations, least))
	return s.math(plan.OpZip, plan.Math{Func: plan.FuncDiv}, slices.Concat(out, deviations))
}

// varied returns the columns that a VarianceThreshold keeps.
func (s *skops) varied(o skopsObject, in []skopsColumn) []skopsColumn {
	variance, least := o.floats("variances_", len(in)), o.number("threshold")
	s.numbers(in)
	var out []skopsColumn
	for i, c := range in {
		if variance[i] > least {
			out = append(out, c)
		}
	}
	return out
}

// polynomial adds the products of PolynomialFeatures: by degree, and in it by the features in order.
func (s *skops) polynomial(o skopsObject, in plan.Ints) plan.Ints {
	least, most, once := o.number("_min_degree"), o.count("_max_degree", maxSkopsNesting), o.flag("interaction_only")
	var out plan.Ints
	if o.flag("include_bias") {
		out = plan.Ints{s.constant(1)}
	}
	type term struct {
		register int32
		last     int
	}
	terms := make([]term, len(in))
	for i, r := range in {
		terms[i] = term{r, i}
	}
	for degree := 1; degree <= most && s.err == nil; degree++ {
		if float64(degree) >= least {
			for _, t := range terms {
				out = append(out, t.register)
			}
		}
		if degree == most {
			break
		}
		var next []term
		var left, right plan.Ints
		for _, t := range terms {
			from := t.last
			if once {
				from++
			}
			if len(next)+len(in)-from+len(out) > maxSkopsTerms {
				s.fail(fmt.Errorf("PolynomialFeatures: over %d columns: %w", maxSkopsTerms, dataset.ErrLimit))
				return in
			}
			for i := from; i < len(in); i++ {
				next, left, right = append(next, term{last: i}), append(left, t.register), append(right, in[i])
			}
		}
		if terms = next; len(terms) == 0 {
			break
		}
		for i, r := range s.math(plan.OpZip, plan.Math{Func: plan.FuncMul}, slices.Concat(left, right)) {
			terms[i].register = r
		}
	}
	return out
}

// function adds a FunctionTransformer: of a function of numpy, or of none.
func (s *skops) function(o skopsObject, in []skopsColumn) []skopsColumn {
	_, loader, name := s.node(o.need("func"))
	if loader != "FunctionNode" {
		s.identity(o)
		return in
	}
	o.none("kw_args")
	x := s.numbers(in)
	if s.err != nil {
		return in
	}
	f, ok := map[string]plan.Func{"log": plan.FuncLog, "log1p": plan.FuncLog, "exp": plan.FuncExp, "sqrt": plan.FuncSqrt, "absolute": plan.FuncAbs}[strings.TrimPrefix(name, "numpy.")]
	if !ok || !strings.HasPrefix(name, "numpy.") {
		s.unsupported("func of FunctionTransformer: %q", shortenEnd(name))
		return in
	}
	if name == "numpy.log1p" {
		x = s.math(plan.OpZip, plan.Math{Func: plan.FuncAdd}, slices.Concat(x, slices.Repeat(plan.Ints{s.constant(1)}, len(x))))
	}
	out := s.math(plan.OpMap, plan.Math{Func: f}, x)
	s.refuse(plan.FuncIsInf, out)
	return s.columns(out)
}

// indicators adds a column for each feature that had missing values, 1 where it has one now.
func (s *skops) indicators(o skopsObject, in []skopsColumn) []skopsColumn {
	i := s.object(o.need("indicator_"))
	features := i.array("features_").numbers
	if i.class != "MissingIndicator" || len(features) > len(in) {
		s.malformed("SimpleImputer: a MissingIndicator of its features", "another")
	}
	if s.err != nil || len(features) == 0 {
		return nil
	}
	var from []skopsColumn
	for _, f := range features {
		if !(f >= 0 && f < float64(len(in)) && f == float64(int(f))) {
			s.malformed("MissingIndicator: places of features", "others")
			return nil
		}
		from = append(from, in[int(f)])
	}
	return s.columns(s.add(plan.Op{Kind: plan.OpMissing, In: s.numbers(from)}))
}
