package interchange

import (
	"slices"
	"strconv"
	"strings"

	"github.com/tidewheel/tidewheel/internal/plan"
)

const (
	skopsSet   = 8 // words of a set of categories
	skopsCodes = 32 * skopsSet
)

// histogram adds gradient boosting over histograms: a constant start and the trees, whose leaves hold the learning rate.
func (s *skops) histogram(o skopsObject, columns []skopsColumn) {
	k := 1
	if o.class == "HistGradientBoostingClassifier" {
		if k = s.label(o); k == 2 {
			k = 1
		}
	}
	link := s.link(o, k)
	in, categories := s.histogramInputs(o, columns)
	t := &skopsTrees{features: len(in), factor: 1}
	t.Outputs, t.Base = k, o.floats("_baseline_prediction", k)
	for _, stage := range o.list("_predictors") {
		trees := s.list(stage)
		if s.err == nil && len(trees) != k {
			s.malformed(o.class+": a tree for each class in each iteration", "others")
		}
		for _, v := range trees {
			s.histogramTree(t, v, categories)
		}
	}
	if s.err != nil {
		return
	}
	t.Cover = slices.Concat(t.nodeCover, t.leafCover)
	raw := s.add(plan.Op{Kind: plan.OpTrees, In: in, Trees: &t.Trees})
	switch {
	case k > 1:
		s.raw, s.decision = raw, s.add(plan.Op{Kind: plan.OpArgmax, In: raw})
		s.proba = s.add(plan.Op{Kind: plan.OpSoftmax, In: raw})
	case s.classes != nil:
		s.odds(raw)
	case link == plan.OpExp:
		s.raw, s.decision = raw, s.add(plan.Op{Kind: plan.OpExp, In: raw})
	default:
		s.decision = raw
	}
}

// link returns what the loss makes of raw scores of k outputs: an exponential, or nothing to tell.
func (s *skops) link(o skopsObject, k int) plan.OpKind {
	_, loader, name := s.node(o.need("_loss"))
	if s.err != nil {
		return ""
	}
	var kind plan.OpKind
	fits := s.classes == nil
	switch name {
	case "sklearn._loss.loss.HalfSquaredError", "sklearn._loss.loss.AbsoluteError", "sklearn._loss.loss.PinballLoss":
	case "sklearn._loss.loss.HalfGammaLoss", "sklearn._loss.loss.HalfPoissonLoss":
		kind = plan.OpExp
	case "sklearn._loss.loss.HalfBinomialLoss":
		fits = s.classes != nil && k == 1
	case "sklearn._loss.loss.HalfMultinomialLoss":
		fits = k > 1
	default:
		fits = false
	}
	if !fits || loader != "ObjectNode" {
		s.unsupported("loss %s of %s", strconv.Quote(shortenEnd(name)), o.class)
	}
	return kind
}

// histogramInputs adds the codes of the columns that are categories, which come first, and returns how many these are.
func (s *skops) histogramInputs(o skopsObject, columns []skopsColumn) (in plan.Ints, categories int) {
	v := o.need("_preprocessor")
	if _, loader, _ := s.node(v); loader == "JsonNode" {
		o.none("_preprocessor")
		return s.registers(columns, true), 0
	}
	p := s.object(v)
	steps := p.list("transformers_")
	if s.err == nil && p.class != "ColumnTransformer" {
		s.unsupported("%s as the preprocessor of %s", p.class, o.class)
	}
	if s.err != nil || len(steps) == 0 {
		return s.registers(columns, true), 0
	}
	first := s.list(steps[0])
	if s.err == nil && len(first) == 3 {
		e := s.object(first[1])
		for _, key := range []string{"unknown_value", "encoded_missing_value"} {
			if x := e.number(key); s.err == nil && (e.class != "OrdinalEncoder" || x == x) {
				s.unsupported("preprocessor of %s: want an encoder that makes NaN of what it does not know", o.class)
			}
		}
		lists := e.list("categories_")
		categories = len(lists)
		for _, list := range lists {
			if a := s.array(list); len(a.numbers)+len(a.texts) > skopsCodes {
				s.malformed(o.class+": at most "+strconv.Itoa(skopsCodes)+" categories of a column", "more")
			}
		}
	}
	out := s.columnTransformer(p, columns, 0)
	if s.err == nil && len(out) != len(columns) {
		s.malformed(o.class+": a preprocessor that keeps each column", "another number")
	}
	return s.registers(out, true), categories
}

// histogramTree appends a tree.
func (s *skops) histogramTree(t *skopsTrees, v any, categories int) {
	n, loader, name := s.node(v)
	if s.err == nil && (loader != "ObjectNode" || name != "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor") {
		s.unsupported("type %s", strconv.Quote(shortenEnd(name)))
	}
	o := skopsObject{s: s, class: "TreePredictor"}
	if s.err == nil {
		o.attrs = s.attributes(n["content"])
	}
	nodes, sets := o.array("nodes"), o.array("raw_left_cat_bitsets")
	words := make([]uint32, len(sets.numbers))
	for i, x := range sets.numbers {
		if !(x >= 0 && x <= 1<<32-1) {
			s.malformed("TreePredictor: words of 32 bits in raw_left_cat_bitsets", "others")
			return
		}
		words[i] = uint32(x)
	}
	if s.err == nil && (len(nodes.record) == 0 || nodes.nodes != skopsHistType || len(words)%skopsSet != 0) {
		s.malformed("TreePredictor: nodes, and sets of "+strconv.Itoa(skopsSet)+" words", "others")
	}
	if s.err != nil {
		return
	}
	list := make([]skopsNode, len(nodes.record)/skopsHistSize)
	values := make([]float64, len(list))
	for i := range list {
		r := skopsRecord(nodes.record[i*skopsHistSize : (i+1)*skopsHistSize])
		values[i] = r.float(0)
		x := skopsNode{
			leaf: r[49] != 0, missingLeft: r[28] != 0, left: int64(r.whole(29)), right: int64(r.whole(33)), feature: r.integer(12),
			threshold: r.float(20), weight: float64(r.whole(8)),
		}
		if at := int64(r.whole(52)); r[51] != 0 && !x.leaf {
			if at >= int64(len(words)/skopsSet) || x.feature >= int64(categories) {
				s.malformed("TreePredictor: sets for columns of categories", "others")
				return
			}
			x.set, x.threshold = words[at*skopsSet:(at+1)*skopsSet], 0
		}
		list[i] = x
	}
	s.grow(t, "TreePredictor", list, values)
}

// identity reports whether a FunctionTransformer passes its input on: without a function, or with the check of types that histogram gradient boosting puts there.
func (s *skops) identity(o skopsObject) bool {
	n, loader, _ := s.node(o.need("func"))
	if loader != "PartialNode" {
		o.none("func")
		return s.err == nil
	}
	content, _ := n["content"].(map[string]any)
	_, loader, name := s.node(content["func"])
	options := s.attributes(content["kwds"])
	types := s.list(options["dtype"])
	finite, ok := s.value(options["ensure_all_finite"]).(bool)
	if s.err != nil {
		return false
	}
	if loader != "FunctionNode" || name != "sklearn.utils.validation.check_array" || len(s.list(content["args"])) != 0 || len(options) != 2 || len(types) != 1 || !ok || finite {
		s.unsupported("func of FunctionTransformer: %s", strconv.Quote(shortenEnd(strings.TrimPrefix(name, "."))))
		return false
	}
	if _, loader, name := s.node(types[0]); loader != "TypeNode" || name != "numpy.float64" {
		s.unsupported("func of FunctionTransformer: a check of other types than float64")
		return false
	}
	return true
}
