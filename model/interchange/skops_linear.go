package interchange

import (
	"slices"
	"strconv"
	"strings"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/plan"
	"github.com/tidewheel/tidewheel/model"
)

// estimator adds the last step: what predicts.
func (s *skops) estimator(o skopsObject, in []skopsColumn, depth int) {
	if s.err != nil {
		return
	}
	if depth > maxSkopsNesting {
		s.unsupported("pipelines in each other, more than %d", maxSkopsNesting)
		return
	}
	if o.class == "Pipeline" {
		o.none("transform_input")
		steps := s.steps(o)
		for i, step := range steps {
			switch {
			case i == len(steps)-1 && step != nil:
				s.estimator(s.object(step), in, depth+1)
				return
			case step != nil:
				in = s.transform(step, in, depth+1)
			}
		}
		s.unsupported("Pipeline without a last step that predicts")
		return
	}
	if isBooster(o.name) {
		s.boosters(o, in)
		return
	}
	if n := o.count("n_features_in_", maxFeatures); s.err == nil && n != len(in) {
		s.malformed(o.class+": as many features as columns come in", "another number")
	}
	if s.err != nil {
		return
	}
	if strings.HasPrefix(o.class, "HistGradientBoosting") {
		s.histogram(o, in)
		return
	}
	registers := s.numbers(in)
	switch o.class {
	case "LogisticRegression", "LogisticRegressionCV", "SGDClassifier", "LinearDiscriminantAnalysis":
		s.logistic(o, registers)
	case "LinearSVC", "RidgeClassifier", "RidgeClassifierCV", "Perceptron":
		s.margins(o, registers, s.label(o))
	case "LinearRegression", "Ridge", "RidgeCV", "Lasso", "LassoCV", "ElasticNet", "ElasticNetCV", "SGDRegressor", "LinearSVR", "BayesianRidge", "ARDRegression", "HuberRegressor",
		"QuantileRegressor", "Lars", "LassoLars", "OrthogonalMatchingPursuit":
		s.decision = s.linear(o, registers, 1)
	case "PoissonRegressor", "GammaRegressor", "TweedieRegressor":
		s.general(o, registers)
	case "SVC", "NuSVC":
		s.supportClasses(o, s.present(in))
	case "SVR", "NuSVR":
		s.supportRegression(o, s.present(in))
	case "GaussianNB", "BernoulliNB", "MultinomialNB", "ComplementNB":
		s.bayes(o, s.present(in))
	case "MLPClassifier", "MLPRegressor":
		s.perceptron(o, s.present(in))
	case "DecisionTreeClassifier", "DecisionTreeRegressor", "ExtraTreeClassifier", "ExtraTreeRegressor",
		"RandomForestClassifier", "RandomForestRegressor", "ExtraTreesClassifier", "ExtraTreesRegressor":
		s.forest(o, registers)
	case "GradientBoostingClassifier", "GradientBoostingRegressor":
		s.boosting(o, registers)
	default:
		s.unsupported("%s as the last step: want one that predicts", o.class)
	}
}

// linear adds x·coef_ + intercept_ for n outputs.
func (s *skops) linear(o skopsObject, in plan.Ints, n int) plan.Ints {
	coef := o.floats("coef_", n*len(in))
	intercept := make(plan.Floats, n)
	if a := o.intercept(); len(a) == n {
		copy(intercept, a)
	} else if s.err == nil && (len(a) != 1 || a[0] != 0) {
		s.malformed(o.class+": an intercept_ for each output", "others")
	}
	if s.err != nil {
		return make(plan.Ints, n)
	}
	return s.add(plan.Op{Kind: plan.OpLinear, In: in, Coef: coef, Shift: intercept})
}

// intercept returns intercept_, an array or a number.
func (o skopsObject) intercept() []float64 {
	if _, loader, _ := o.s.node(o.need("intercept_")); loader == "JsonNode" {
		return []float64{o.number("intercept_")}
	}
	return o.array("intercept_").numbers
}

// label takes classes_ for those of the model and returns how many they are.
func (s *skops) label(o skopsObject) int { return s.labelsOf(o, "classes_") }

func (s *skops) labelsOf(o skopsObject, key string) int {
	a := o.array(key)
	if s.err != nil {
		return 2
	}
	s.classes, s.class = slices.Clone(a.texts), dataset.Utf8
	switch {
	case a.bools:
		s.class = dataset.Bool
	case a.whole && a.numbers != nil:
		s.class = dataset.Int64
	case a.numbers != nil:
		s.unsupported("classes that are fractions or float numbers")
	}
	for _, x := range a.numbers {
		s.classes = append(s.classes, model.ClassText(s.class, x))
	}
	distinct := slices.Clone(s.classes)
	slices.Sort(distinct)
	if n := len(slices.Compact(distinct)); n != len(s.classes) || slices.Contains(a.missing, true) {
		s.malformed(o.class+": classes, each once", "others")
	}
	if len(s.classes) < 2 || len(s.classes) > maxClasses {
		s.unsupported("%d classes", len(s.classes))
		return 2
	}
	return len(s.classes)
}

// general adds a generalized linear model: the mean of its loss's distribution.
func (s *skops) general(o skopsObject, in plan.Ints) {
	_, loader, name := s.node(o.need("_base_loss"))
	raw := s.linear(o, in, 1)
	if s.err != nil {
		return
	}
	switch s.decision = raw; {
	case loader == "ObjectNode" && name == "sklearn._loss.loss.HalfTweedieLossIdentity":
	case loader == "ObjectNode" && slices.Contains([]string{"HalfPoissonLoss", "HalfGammaLoss", "HalfTweedieLoss"}, strings.TrimPrefix(name, "sklearn._loss.loss.")):
		s.raw, s.decision = raw, s.add(plan.Op{Kind: plan.OpExp, In: raw})
	default:
		s.unsupported("loss %s of %s", strconv.Quote(shortenEnd(name)), o.class)
	}
}

// margins adds a linear classifier that knows no probabilities.
func (s *skops) margins(o skopsObject, in plan.Ints, k int) {
	if k == 2 {
		s.raw = s.linear(o, in, 1)
		s.decision = s.math(plan.OpZip, plan.Math{Func: plan.FuncGreater}, plan.Ints{s.raw[0], s.constant(0)})
	} else {
		s.raw = s.linear(o, in, k)
		s.decision = s.add(plan.Op{Kind: plan.OpArgmax, In: s.raw})
	}
	s.sure(k)
}

func (s *skops) logistic(o skopsObject, in plan.Ints) {
	k := s.label(o)
	if o.class == "SGDClassifier" && o.one("loss", "log_loss", "hinge", "squared_hinge", "perceptron", "squared_error", "huber", "epsilon_insensitive", "squared_epsilon_insensitive") != "log_loss" {
		s.margins(o, in, k)
		return
	}
	if k == 2 {
		s.odds(s.linear(o, in, 1))
		return
	}
	s.raw = s.linear(o, in, k)
	s.decision = s.add(plan.Op{Kind: plan.OpArgmax, In: s.raw})
	if o.class != "SGDClassifier" {
		s.proba = s.add(plan.Op{Kind: plan.OpSoftmax, In: s.raw})
		return
	}
	// One sigmoid a class, divided by their sum; where all are 0 they count as 1.
	each := s.add(plan.Op{Kind: plan.OpSigmoid, In: s.raw})
	sum := s.math(plan.OpReduce, plan.Math{Func: plan.FuncSum, Group: int32(k)}, each)
	none := s.math(plan.OpMap, plan.Math{Func: plan.FuncNot}, sum)
	each = s.math(plan.OpZip, plan.Math{Func: plan.FuncAdd}, slices.Concat(each, slices.Repeat(none, k)))
	sum = s.math(plan.OpReduce, plan.Math{Func: plan.FuncSum, Group: int32(k)}, each)
	s.proba = s.math(plan.OpZip, plan.Math{Func: plan.FuncDiv}, slices.Concat(each, slices.Repeat(sum, k)))
}

// odds answers with the second class where its log odds are above 0.
func (s *skops) odds(raw plan.Ints) {
	s.raw = raw
	s.decision = s.math(plan.OpZip, plan.Math{Func: plan.FuncGreater}, plan.Ints{raw[0], s.constant(0)})
	s.proba = s.add(plan.Op{Kind: plan.OpComplement, In: s.add(plan.Op{Kind: plan.OpSigmoid, In: raw})})
}
