package interchange

import (
	"math"
	"slices"

	"github.com/tidewheel/tidewheel/internal/plan"
)

// transform adds a transformer and returns its columns.
func (s *skops) transform(v any, in []skopsColumn, depth int) []skopsColumn {
	if depth > maxSkopsNesting {
		s.unsupported("pipelines in each other, more than %d", maxSkopsNesting)
	}
	o := s.object(v)
	if s.err != nil {
		return in
	}
	if o.class != "Pipeline" && o.count("n_features_in_", maxFeatures) != len(in) && s.err == nil {
		s.malformed(o.class+": as many features as columns come in", "another number")
	}
	if s.err != nil {
		return in
	}
	switch o.class {
	case "Pipeline":
		o.none("transform_input")
		for _, step := range s.steps(o) {
			if step != nil {
				in = s.transform(step, in, depth+1)
			}
		}
		return in
	case "ColumnTransformer":
		return s.columnTransformer(o, in, depth)
	case "FunctionTransformer":
		return s.function(o, in)
	case "VarianceThreshold":
		return s.varied(o, in)
	case "PCA", "TruncatedSVD":
		return s.columns(s.project(o, s.present(in)))
	case "PolynomialFeatures":
		return s.columns(s.polynomial(o, s.present(in)))
	case "SimpleImputer":
		return s.imputer(o, in)
	case "OneHotEncoder", "OrdinalEncoder":
		return s.encoder(o, in)
	case "StandardScaler", "MinMaxScaler", "RobustScaler", "MaxAbsScaler":
		return s.columns(s.scaler(o, s.numbers(in)))
	default:
		s.unsupported("%s before another step", o.class)
		return in
	}
}

func (s *skops) columnTransformer(o skopsObject, in []skopsColumn, depth int) []skopsColumn {
	o.none("transformer_weights")
	indices := s.attributes(o.need("_transformer_to_input_indices"))
	var out []skopsColumn
	for _, v := range o.list("transformers_") {
		items := s.list(v)
		if s.err == nil && len(items) != 3 {
			s.malformed("ColumnTransformer: a name, a transformer and columns", "others")
		}
		if s.err != nil {
			return in
		}
		name, ok := s.value(items[0]).(string)
		if !ok {
			s.malformed("ColumnTransformer: a name, a transformer and columns", "others")
		}
		if _, loader, _ := s.node(items[1]); loader == "JsonNode" {
			if word := s.value(items[1]); word == "drop" {
				continue
			} else if word != "passthrough" {
				s.malformed("ColumnTransformer: a transformer, drop or passthrough", "another value")
			}
			items[1] = nil
		}
		chosen := s.choose(in, indices[name])
		if len(chosen) > 0 && items[1] != nil {
			chosen = s.transform(items[1], chosen, depth+1)
		}
		out = append(out, chosen...)
	}
	return out
}

// choose returns the columns of a list of indices.
func (s *skops) choose(in []skopsColumn, list any) []skopsColumn {
	var out []skopsColumn
	for _, v := range s.list(list) {
		i, ok := s.value(v).(float64)
		if s.err == nil && !(ok && i >= 0 && i < float64(len(in)) && i == math.Trunc(i)) {
			s.malformed("ColumnTransformer: indices of columns", "others")
		}
		if s.err != nil {
			return nil
		}
		out = append(out, in[int(i)])
	}
	return out
}

// floats returns n finite numbers of an attribute. After an error they are zeros, or none where they would be more than a model has features.
func (o skopsObject) floats(key string, n int) plan.Floats {
	a := o.array(key)
	if o.s.err == nil && (len(a.numbers) != n || slices.ContainsFunc(a.numbers, func(x float64) bool { return x-x != 0 })) {
		o.s.malformed(o.class+": finite numbers in "+key+", one for each feature", "others")
	}
	if o.s.err != nil && n <= maxFeatures {
		return make(plan.Floats, n)
	}
	return a.numbers
}

func (s *skops) scaler(o skopsObject, in plan.Ints) plan.Ints {
	n := len(in)
	zero, one := make(plan.Floats, n), slices.Repeat(plan.Floats{1}, n)
	affine := func(shift, scale plan.Floats) plan.Ints {
		if slices.Contains(scale, 0) {
			s.malformed(o.class+": scales other than 0", "0")
		}
		return s.add(plan.Op{Kind: plan.OpAffine, In: in, Shift: shift, Scale: scale})
	}
	pick := func(flag, key string, other plan.Floats) plan.Floats {
		if o.flag(flag) {
			return o.floats(key, n)
		}
		return other
	}
	switch o.class {
	case "StandardScaler":
		return affine(pick("with_mean", "mean_", zero), pick("with_std", "scale_", one))
	case "RobustScaler":
		return affine(pick("with_centering", "center_", zero), pick("with_scaling", "scale_", one))
	case "MaxAbsScaler":
		return s.clip(o, affine(zero, o.floats("scale_", n)), -1, 1)
	}
	scale, shift := o.floats("scale_", n), o.floats("min_", n) // x * scale + min
	var out plan.Ints
	for i, r := range in {
		out = append(out, s.add(plan.Op{Kind: plan.OpLinear, In: plan.Ints{r}, Coef: scale[i : i+1], Shift: shift[i : i+1]})...)
	}
	least, most := s.interval(o)
	return s.clip(o, out, least, most)
}

// interval returns the feature_range of a scaler.
func (s *skops) interval(o skopsObject) (least, most float64) {
	items := o.list("feature_range")
	if len(items) == 2 {
		a, isA := s.value(items[0]).(float64)
		b, isB := s.value(items[1]).(float64)
		if isA && isB && a < b {
			return a, b
		}
	}
	s.malformed(o.class+": two ascending numbers in feature_range", "others")
	return 0, 1
}

func (s *skops) clip(o skopsObject, in plan.Ints, least, most float64) plan.Ints {
	if !o.flag("clip") {
		return in
	}
	return s.math(plan.OpMap, plan.Math{Func: plan.FuncClip, Params: plan.Floats{least, most}}, in)
}

func (s *skops) imputer(o skopsObject, in []skopsColumn) []skopsColumn {
	if x := o.value("missing_values"); s.err == nil && x != nil {
		if x, ok := x.(float64); !ok || x == x {
			s.unsupported("missing_values of SimpleImputer: want NaN or None")
		}
	}
	flags := []skopsColumn(nil)
	if o.flag("add_indicator") {
		flags = s.indicators(o, in)
	}
	o.one("strategy", "mean", "median", "most_frequent", "constant")
	fill := o.array("statistics_")
	if s.err == nil && len(fill.numbers)+len(fill.texts) != len(in) {
		s.malformed("SimpleImputer: a value for each column in statistics_", "others")
	}
	if s.err != nil {
		return in
	}
	out := make([]skopsColumn, len(in))
	for i, c := range in {
		switch {
		case fill.texts == nil && fill.numbers[i] != fill.numbers[i], fill.missing != nil && fill.missing[i]:
			s.unsupported("a column of SimpleImputer without values")
		case fill.texts == nil:
			out[i].register = s.add(plan.Op{Kind: plan.OpImpute, In: s.numbers(in[i : i+1]), Fill: fill.numbers[i : i+1]})[0]
		case !c.raw:
			s.unsupported("texts for numbers in SimpleImputer")
		default:
			out[i] = c
			if c.fill == nil {
				out[i].fill = &fill.texts[i]
			}
		}
	}
	return append(out, flags...)
}

// encoder adds a OneHotEncoder or an OrdinalEncoder.
func (s *skops) encoder(o skopsObject, in []skopsColumn) []skopsColumn {
	o.none("min_frequency", "max_categories")
	if o.flag("_infrequent_enabled") {
		s.unsupported("infrequent categories of %s", o.class)
	}
	if _, loader, name := s.node(o.need("dtype")); s.err == nil && (loader != "TypeNode" || name != "numpy.float64") {
		s.unsupported("dtype of %s: want numpy.float64", o.class)
	}
	lists := o.list("categories_")
	if s.err == nil && len(lists) != len(in) {
		s.malformed(o.class+": categories for each column", "others")
	}
	if s.err != nil {
		return in
	}
	var out plan.Ints
	code := s.ordinal
	if o.class == "OneHotEncoder" {
		code = s.oneHot
	}
	for i, c := range in {
		a := s.array(lists[i])
		if s.err == nil && len(a.numbers)+len(a.texts) == 0 {
			s.malformed(o.class+": categories", "none")
		}
		if s.err != nil {
			return in
		}
		out = append(out, code(o, i, c, a)...)
	}
	return s.columns(out)
}

// code returns a register with the place of a category among those of a, where missing is in the last place, or -1 for another one.
func (s *skops) code(o skopsObject, c skopsColumn, a *skopsArray) int32 {
	in, keys := c.register, plan.Floats(a.numbers)
	n := len(a.numbers) + len(a.texts)
	if a.texts != nil {
		texts := a.texts
		keys = make(plan.Floats, n)
		for i := range keys {
			keys[i] = float64(i)
		}
		if a.missing != nil && a.missing[n-1] {
			texts, keys[n-1] = texts[:n-1], math.NaN()
		}
		if slices.Contains(a.missing[:min(len(a.missing), len(texts))], true) {
			s.unsupported("None and NaN as categories of %s", o.class)
		}
		if !c.raw {
			s.unsupported("texts as categories of numbers in %s", o.class)
			return 0
		}
		s.texts[c.feature] = true
		in = s.add(plan.Op{Kind: plan.OpLookup, In: plan.Ints{in}, Values: texts, Unseen: int32(len(texts))})[0]
		if at := len(texts); at < n { // the code of missing is not that of an unseen text
			in = s.unseen(in, float64(at))
		}
		if c.fill != nil {
			at := slices.Index(texts, *c.fill)
			in = s.add(plan.Op{Kind: plan.OpImpute, In: plan.Ints{in}, Fill: plan.Floats{float64(at)}})[0]
		}
	} else {
		in = s.numbers([]skopsColumn{c})[0]
	}
	places := make(plan.Floats, n)
	for i := range places {
		places[i] = float64(i)
	}
	place := s.math(plan.OpTable, plan.Math{Width: 1, Keys: keys, Values: places, Default: plan.Floats{-1}}, plan.Ints{in})
	if s.handles(o) == "error" {
		zero := s.constant(0)
		s.refused = append(s.refused, s.math(plan.OpZip, plan.Math{Func: plan.FuncLess}, plan.Ints{place[0], zero})...)
	}
	return place[0]
}

// unseen makes -1 of the code of an unseen text and keeps the others, and NaN.
func (s *skops) unseen(in int32, at float64) int32 {
	is := s.math(plan.OpZip, plan.Math{Func: plan.FuncEqual}, plan.Ints{in, s.constant(at)})
	return s.math(plan.OpSelect, plan.Math{}, plan.Ints{is[0], s.constant(-1), in})[0]
}

// handles returns how an encoder takes categories that it does not know.
func (s *skops) handles(o skopsObject) string {
	if o.class == "OneHotEncoder" {
		return o.one("handle_unknown", "error", "ignore", "infrequent_if_exist", "warn")
	}
	return o.one("handle_unknown", "error", "use_encoded_value")
}

func (s *skops) oneHot(o skopsObject, i int, c skopsColumn, a *skopsArray) plan.Ints {
	n := len(a.numbers) + len(a.texts)
	out := s.add(plan.Op{Kind: plan.OpOneHot, In: plan.Ints{s.code(o, c, a)}, Count: int32(n), Null: -1})
	if o.isNone("drop_idx_") {
		return out
	}
	drops := o.array("drop_idx_")
	if s.err == nil && i >= len(drops.numbers) {
		s.malformed("OneHotEncoder: an index for each column in drop_idx_", "others")
	}
	if s.err != nil || drops.numbers[i] != drops.numbers[i] {
		return out
	}
	at := drops.numbers[i]
	if !(at >= 0 && at < float64(n) && at == math.Trunc(at)) {
		s.malformed("OneHotEncoder: indices of categories in drop_idx_", "others")
		return out
	}
	return slices.Delete(out, int(at), int(at)+1)
}

func (s *skops) ordinal(o skopsObject, _ int, c skopsColumn, a *skopsArray) plan.Ints {
	n := len(a.numbers) + len(a.texts)
	values, unknown := make(plan.Floats, n), math.NaN()
	for i := range values {
		values[i] = float64(i)
	}
	if last := n - 1; a.texts == nil && a.numbers[last] != a.numbers[last] || a.missing != nil && a.missing[last] {
		values[last] = o.number("encoded_missing_value")
	}
	if s.handles(o) == "use_encoded_value" {
		unknown = o.number("unknown_value")
	}
	place := s.code(o, c, a)
	return s.math(plan.OpTable, plan.Math{Width: 1, Values: values, Default: plan.Floats{unknown}, Keys: sequenceOf(n)}, plan.Ints{place})
}

// sequenceOf returns the numbers from 0 to n-1.
func sequenceOf(n int) plan.Floats {
	out := make(plan.Floats, n)
	for i := range out {
		out[i] = float64(i)
	}
	return out
}
