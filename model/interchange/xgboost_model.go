package interchange

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/plan"
	"github.com/tidewheel/tidewheel/model"
)

// The last version whose files are read. Later ones changed what the forms hold.
const lastXGBoostMajor, lastXGBoostMinor = 3, 2

// parse reads a document.
func (m *xmodel) parse(root xnode, o XGBoostOptions) error {
	if err := root.is(xobject); err != nil {
		return err
	}
	if err := root.only("learner", "version"); err != nil {
		return err
	}
	if err := checkXVersion(root); err != nil {
		return err
	}
	learner, err := root.get("learner", xobject)
	if err != nil {
		return err
	}
	if err := learner.only("attributes", "feature_names", "feature_types", "gradient_booster", "learner_model_param", "objective"); err != nil {
		return err
	}
	if err := m.learner(learner, o); err != nil {
		return err
	}
	booster, err := learner.get("gradient_booster", xobject)
	if err != nil {
		return err
	}
	rounds, err := o.rounds(learner)
	if err != nil {
		return err
	}
	return m.booster(booster, rounds)
}

func checkXVersion(root xnode) error {
	v, err := root.integers("version", 3, 0, math.MaxInt32)
	if err != nil {
		return err
	}
	if v[0] < 1 || v[0] > lastXGBoostMajor || (v[0] == lastXGBoostMajor && v[1] > lastXGBoostMinor) {
		return &model.UnsupportedError{Format: xgBoost, Feature: fmt.Sprintf("version %g.%g.%g", v[0], v[1], v[2])}
	}
	return nil
}

// rounds returns how many boosting rounds score, 0 for all.
func (o XGBoostOptions) rounds(learner xnode) (int, error) {
	if o.Iterations != BestIteration {
		return o.Iterations, nil
	}
	attributes, err := learner.get("attributes", xobject)
	if err != nil {
		return 0, err
	}
	best, err := attributes.integer("best_iteration", 0, math.MaxInt32-1, -1)
	if best < 0 && err == nil {
		return 0, attributes.bad("best_iteration", "none; the model was trained without early stopping")
	}
	return best + 1, err
}

// learner reads the features, the objective and the base score.
func (m *xmodel) learner(learner xnode, o XGBoostOptions) error {
	param, err := learner.get("learner_model_param", xobject)
	if err != nil {
		return err
	}
	if err := param.only("base_score", "boost_from_average", "num_class", "num_feature", "num_target"); err != nil {
		return err
	}
	n, err := param.integer("num_feature", 1, maxFeatures, -1)
	if err != nil || n < 0 {
		return or(err, param.bad("num_feature", "none"))
	}
	if err := m.names(learner, n, o); err != nil {
		return err
	}
	targets, err := param.integer("num_target", 0, math.MaxInt32, 1)
	if err != nil {
		return err
	}
	if targets > 1 {
		return &model.UnsupportedError{Format: xgBoost, Feature: fmt.Sprintf("%d targets, or quantiles, of one model", targets)}
	}
	classes, err := param.integer("num_class", 0, maxClasses, 0)
	if err != nil {
		return err
	}
	objective, err := learner.get("objective", xobject)
	if err != nil {
		return err
	}
	name, err := objective.string("name")
	if err != nil {
		return err
	}
	link, ok := newXLink(name)
	if !ok {
		return &model.UnsupportedError{Format: xgBoost, Feature: "objective " + shorten(name)}
	}
	m.link, m.outputs = link, max(1, classes)
	switch {
	case link.task == model.Multiclass && classes < 2, link.task != model.Multiclass && classes > 1:
		return param.bad("a number of classes that fits the objective", strconv.Itoa(classes))
	case link.task == model.Multiclass:
		m.classes = classes
	case link.task == model.Binary:
		m.classes = 2
	}
	return m.baseScore(param)
}

func or(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

// names reads the names and types of the n features.
func (m *xmodel) names(learner xnode, n int, o XGBoostOptions) error {
	file, err := learner.texts("feature_names")
	if err != nil {
		return err
	}
	types, err := learner.texts("feature_types")
	if err != nil {
		return err
	}
	if (len(file) > 0 && len(file) != n) || (len(types) > 0 && len(types) != n) {
		return learner.bad(fmt.Sprintf("names and types of %d features, or none", n), fmt.Sprintf("%d and %d", len(file), len(types)))
	}
	if len(file) == 0 && o.Features == nil && n > m.maxUnnamed {
		return fmt.Errorf("%d features without names, over %d: %w", n, m.maxUnnamed, dataset.ErrLimit)
	}
	names, err := o.names(n, file)
	if err != nil {
		return err
	}
	sorted := slices.Clone(names)
	slices.Sort(sorted)
	if len(slices.Compact(sorted)) != n {
		return learner.bad("distinct names of features", "one twice")
	}
	m.features = make([]feature, n)
	for i, name := range names {
		m.features[i].name = name
		if len(types) == 0 {
			continue
		}
		switch types[i] {
		case "q", "float", "int", "i", "c":
			m.features[i].kind = types[i]
		default:
			return &model.UnsupportedError{Format: xgBoost, Feature: fmt.Sprintf("feature type %q", shorten(types[i]))}
		}
	}
	return nil
}

// baseScore reads the base score, a number or since 3.1 a list of one or of all outputs, and takes it through the link.
func (m *xmodel) baseScore(param xnode) error {
	text, err := param.string("base_score")
	if err != nil {
		return err
	}
	v, _ := param.find("base_score")
	list := strings.TrimSpace(text)
	if strings.HasPrefix(list, "[") && strings.HasSuffix(list, "]") {
		list = list[1 : len(list)-1]
	}
	if n := strings.Count(list, ","); n != 0 && n != m.outputs-1 {
		return v.bad(fmt.Sprintf("1 or %d numbers", m.outputs), strconv.Itoa(n+1))
	}
	for s := range strings.SplitSeq(list, ",") {
		x, err := strconv.ParseFloat(strings.TrimSpace(s), 32)
		if err != nil {
			return v.bad("numbers", "another text")
		}
		score := float32(x)
		if m.link.margin != nil {
			score = m.link.margin(score)
		}
		if y := float64(score); math.IsNaN(y) || math.IsInf(y, 0) {
			return v.bad("a base score that its link takes", "another")
		}
		m.base = append(m.base, float64(score))
	}
	for len(m.base) < m.outputs {
		m.base = append(m.base, m.base[0])
	}
	return nil
}

// booster reads the trees or the weights.
func (m *xmodel) booster(booster xnode, rounds int) error {
	name, err := booster.string("name")
	if err != nil {
		return err
	}
	var drop []float64
	switch name {
	case "gblinear":
		return m.gblinear(booster)
	case "gbtree":
	case "dart":
		if err := booster.only("gbtree", "name", "weight_drop"); err != nil {
			return err
		}
		v, err := booster.get("weight_drop", xnumbers)
		if err != nil {
			return err
		}
		drop = v.numbers
		if booster, err = booster.get("gbtree", xobject); err != nil {
			return err
		}
	default:
		return &model.UnsupportedError{Format: xgBoost, Feature: "booster " + shorten(name)}
	}
	if err := booster.only("model", "name"); err != nil {
		return err
	}
	body, err := booster.get("model", xobject)
	if err != nil {
		return err
	}
	if err := body.only("cats", "gbtree_model_param", "iteration_indptr", "tree_info", "trees"); err != nil {
		return err
	}
	if err := m.cats(body); err != nil {
		return err
	}
	return m.ensemble(body, drop, rounds, name == "dart")
}

func (m *xmodel) gblinear(booster xnode) error {
	if err := booster.only("model", "name"); err != nil {
		return err
	}
	body, err := booster.get("model", xobject)
	if err != nil {
		return err
	}
	if err := body.only("boosted_rounds", "weights"); err != nil {
		return err
	}
	w, err := body.floats("weights", (len(m.features)+1)*m.outputs)
	if err != nil {
		return err
	}
	for _, x := range w {
		if math.IsInf(x, 0) || math.IsNaN(x) {
			return body.bad("finite weights", "another")
		}
	}
	m.weights = plan.Floats(w)
	return nil
}

// cats reads the categories that a file of 3.1 or later holds by their values.
func (m *xmodel) cats(body xnode) error {
	cats, ok := body.find("cats")
	if !ok {
		return nil
	}
	if err := cats.is(xobject); err != nil {
		return err
	}
	if err := cats.only("enc", "feature_segments", "sorted_idx"); err != nil {
		return err
	}
	enc, err := cats.get("enc", xlist)
	if err != nil {
		return err
	}
	if n := len(enc.list); n != 0 && n != len(m.features) {
		return enc.bad(fmt.Sprintf("categories of %d features, or none", len(m.features)), strconv.Itoa(n))
	}
	for i, e := range enc.list {
		node := xnode{e, enc.path + "[" + strconv.Itoa(i) + "]"}
		if err := node.is(xobject); err != nil {
			return err
		}
		if err := node.only("offsets", "values", "type"); err != nil {
			return err
		}
		if err := m.features[i].xcategories(node); err != nil {
			return err
		}
	}
	return nil
}

// xcategories reads the categories of a feature: bytes of texts and where each begins and ends, or numbers.
func (f *feature) xcategories(node xnode) error {
	values, err := node.integers("values", -1, -1<<53, 1<<53)
	if err != nil || len(values) == 0 {
		return err
	}
	if _, ok := node.find("offsets"); !ok {
		return f.categories(nil, values, xgBoost)
	}
	if len(node.fields["offsets"].numbers) < 2 {
		return f.categories([]string{""}, nil, xgBoost)
	}
	offsets, err := node.integers("offsets", -1, 0, float64(len(values)))
	if err != nil {
		return err
	}
	bytes := make([]byte, len(values))
	for i, v := range values {
		if bytes[i] = byte(int(v)); bytes[i] >= utf8.RuneSelf { // XGBoost writes them with a sign
			f.lost = "texts outside ASCII, whose bytes XGBoost up to 3.2 counts wrongly; bind the column to a numeric one of codes"
			return nil
		}
	}
	var texts []string
	for i, end := range offsets[1:] {
		if end < offsets[i] {
			return node.bad("ascending offsets", "others")
		}
		texts = append(texts, string(bytes[int(offsets[i]):int(end)]))
	}
	return f.categories(texts, nil, xgBoost)
}
