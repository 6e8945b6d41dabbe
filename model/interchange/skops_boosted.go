package interchange

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/plan"
	"github.com/tidewheel/tidewheel/model"
)

// skopsBooster is a model of LightGBM or XGBoost that its interface for scikit-learn wraps. The zero value is none.
type skopsBooster struct {
	light *boosted
	extra *xmodel
}

// answers are the registers of what a model answers.
type answers struct {
	prediction       int32
	probability, raw plan.Ints
}

// output gives them their names.
func (a answers) output(b *plan.Builder) {
	b.Output(model.PredictionColumn, a.prediction)
	for _, r := range a.probability {
		b.Output(model.ProbabilityColumn, r)
	}
	for _, r := range a.raw {
		b.Output(model.RawColumn, r)
	}
}

// isBooster reports whether a type is one of LightGBM's or XGBoost's interface.
func isBooster(name string) bool {
	switch name {
	case "lightgbm.sklearn.LGBMClassifier", "lightgbm.sklearn.LGBMRegressor", "lightgbm.sklearn.LGBMRanker", "xgboost.sklearn.XGBClassifier", "xgboost.sklearn.XGBRegressor",
		"xgboost.sklearn.XGBRanker", "xgboost.sklearn.XGBRFClassifier", "xgboost.sklearn.XGBRFRegressor":
		return true
	default:
		return false
	}
}

// booster returns the model inside an estimator, of the rounds that its predict takes.
func (s *skops) booster(o skopsObject) skopsBooster {
	state := skopsObject{s: s, class: "Booster"}
	if n, loader, name := s.node(o.need("_Booster")); s.err == nil && (loader != "ObjectNode" || name != "lightgbm.basic.Booster" && name != "xgboost.core.Booster") {
		s.unsupported("type %s", strconv.Quote(shortenEnd(name)))
	} else if s.err == nil {
		state.attrs = s.attributes(n["content"])
	}
	if s.err != nil {
		return skopsBooster{}
	}
	if strings.HasPrefix(o.class, "LGBM") {
		return s.lightBooster(o, state)
	}
	return s.extraBooster(o, state)
}

// fits says whether the model is of the kind that its estimator promises.
func (s *skops) fits(o skopsObject, task model.Task) {
	if s.err == nil && strings.HasSuffix(o.class, "Classifier") != task.IsClassification() {
		s.unsupported("an objective of %s that is of another kind", o.class)
	}
}

func (s *skops) lightBooster(o, state skopsObject) skopsBooster {
	for _, key := range slices.Sorted(maps.Keys(o.attrs)) {
		if strings.Contains(key, "pred") || slices.Contains([]string{"raw_score", "leaf_index", "contrib"}, key) {
			s.unsupported("attribute %s of %s", strconv.Quote(shorten(key)), o.class)
		}
	}
	o.text("_objective") // a function of one's own is none
	m, err := parseLightGBM([]byte(state.text("_handle")))
	if s.err != nil {
		return skopsBooster{}
	}
	if err != nil {
		s.fail(err)
		return skopsBooster{}
	}
	if best := state.number("best_iteration"); best > 0 && best < float64(len(m.trees.Roots)/m.outputs) {
		s.fail(m.cut(int(best)))
	}
	s.fits(o, m.objective.task)
	s.ranking = m.objective.task == model.Ranking
	if m.objective.task.IsClassification() {
		if k := s.labelsOf(o, "_classes"); k != max(m.classes, 2) {
			s.malformed(o.class+": as many classes as the model has", "another number")
		}
		m.labels, m.label = s.classes, s.class
	}
	return skopsBooster{light: m}
}

func (s *skops) extraBooster(o, state skopsObject) skopsBooster {
	if x := o.number("missing"); s.err == nil && x == x {
		s.unsupported("missing of %s: want NaN", o.class)
	}
	n, loader, _ := s.node(state.need("handle"))
	name, _ := n["file"].(string)
	objective := o.text("objective")
	if s.err == nil && (loader != "BytearrayNode" || objective == "binary:logitraw") { // of which its predict takes another threshold
		s.unsupported("objective %s of %s, in a %s", strconv.Quote(shorten(objective)), o.class, strconv.Quote(shorten(loader)))
	}
	if s.err != nil {
		return skopsBooster{}
	}
	data, err := s.file.read(name)
	if err != nil {
		s.fail(err)
		return skopsBooster{}
	}
	rounds := XGBoostOptions{Iterations: BestIteration}
	if o.attrs["booster"] != nil && o.value("booster") == "gblinear" {
		rounds.Iterations = 0
	}
	m, err := parseXGBoost(data, rounds, true)
	if rounds.Iterations == BestIteration && errors.Is(err, dataset.ErrFormat) {
		m, err = parseXGBoost(data, XGBoostOptions{}, true) // for one without a best iteration
	}
	if err != nil {
		s.fail(err)
		return skopsBooster{}
	}
	s.fits(o, m.link.task)
	s.ranking = m.link.task == model.Ranking
	if m.classes > 0 {
		s.class, s.classes = dataset.Int64, nil
		for k := range m.classes {
			s.classes = append(s.classes, strconv.Itoa(k))
		}
	}
	return skopsBooster{extra: m}
}

// boosters adds such an estimator behind other steps, whose columns have no categories.
func (s *skops) boosters(o skopsObject, columns []skopsColumn) {
	m := s.booster(o)
	if s.err != nil {
		return
	}
	features, in := m.features(), plan.Ints(nil)
	if m.light != nil {
		in = s.registers(columns, true)
	} else {
		in = s.numbers(columns)
	}
	if len(features) != len(in) {
		s.malformed(o.class+": as many features as columns come in", "another number")
	}
	for _, f := range features {
		if f.texts != nil || f.numbers != nil || f.lost != "" {
			s.unsupported("categories by value of %s behind another step", o.class)
		}
	}
	if s.err != nil {
		return
	}
	var a answers
	if m.light != nil {
		a = m.light.answers(s.b, in)
	} else {
		a = m.extra.answers(s.b, in)
	}
	s.decision, s.proba, s.raw = plan.Ints{a.prediction}, a.probability, a.raw
}

func (m skopsBooster) features() []feature {
	if m.light != nil {
		return m.light.features
	}
	return m.extra.features
}

// alone returns the one estimator of a file that is LightGBM's or XGBoost's, within pipelines of nothing else. The class is empty for any other file.
func (s *skops) alone(root any, depth int) skopsObject {
	n, loader, name := s.node(root)
	if isBooster(name) {
		o := s.object(root)
		return o
	}
	if loader != "ObjectNode" || name != "sklearn.pipeline.Pipeline" || depth > maxSkopsNesting || n == nil {
		return skopsObject{}
	}
	var only any
	for _, step := range s.steps(s.object(root)) {
		if step != nil && only != nil {
			return skopsObject{}
		}
		if step != nil {
			only = step
		}
	}
	if only == nil || s.err != nil {
		return skopsObject{}
	}
	return s.alone(only, depth+1)
}

// predictor binds the features of the file to columns, as the readers of LightGBM and XGBoost do.
func (m skopsBooster) predictor(o SkopsOptions) (*model.Planned, error) {
	if m.light != nil {
		return m.light.predictor(LightGBMOptions{Schema: o.Schema, Target: o.Target, Classes: o.Classes})
	}
	return m.extra.predictor(XGBoostOptions{Schema: o.Schema, Target: o.Target, Classes: o.Classes})
}
