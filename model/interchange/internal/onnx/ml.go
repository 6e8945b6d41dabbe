package onnx

import (
	"math"

	"github.com/tidewheel/tidewheel/internal/plan"
)

func mlOperators() map[string]operator {
	return map[string]operator{
		"ArrayFeatureExtractor": {least: 2, most: 2, outputs: 1, compile: extract},
		"Binarizer":             {attributes: "threshold", least: 1, most: 1, outputs: 1, computes: true, compile: binarizer},
		"CategoryMapper":        {attributes: "cats_int64s cats_strings default_int64 default_string", least: 1, most: 1, outputs: 1, computes: true, compile: categoryMapper},
		"FeatureVectorizer":     {attributes: "inputdimensions", least: 1, most: -1, outputs: 1, compile: featureVectorizer},
		"Imputer":               {attributes: "imputed_value_floats imputed_value_int64s replaced_value_float replaced_value_int64", least: 1, most: 1, outputs: 1, computes: true, compile: imputer},
		"LabelEncoder": {
			attributes: "classes_strings default_float default_int64 default_string default_tensor keys_floats keys_int64s keys_strings keys_tensor " +
				"values_floats values_int64s values_strings values_tensor",
			least: 1, most: 1, outputs: 1, computes: true, compile: labelEncoder,
		},
		"LinearClassifier": {
			attributes: "classlabels_ints classlabels_strings coefficients intercepts multi_class post_transform",
			least:      1, most: 1, outputs: 2, compile: linearClassifier,
		},
		"LinearRegressor": {attributes: "coefficients intercepts post_transform targets", least: 1, most: 1, outputs: 1, compile: linearRegressor},
		"Normalizer":      {attributes: "norm", least: 1, most: 1, outputs: 1, computes: true, compile: normalizer},
		"OneHotEncoder":   {attributes: "cats_int64s cats_strings zeros", least: 1, most: 1, outputs: 1, computes: true, compile: oneHotEncoder},
		"SVMClassifier": {
			attributes: "classlabels_ints classlabels_strings coefficients kernel_params kernel_type post_transform prob_a prob_b rho support_vectors vectors_per_class",
			least:      1, most: 1, outputs: 2, compile: svmClassifier,
		},
		"SVMRegressor": {
			attributes: "coefficients kernel_params kernel_type n_supports one_class post_transform rho support_vectors",
			least:      1, most: 1, outputs: 1, compile: svmRegressor,
		},
		"Scaler": {attributes: "offset scale", least: 1, most: 1, outputs: 1, computes: true, compile: scaler},
		"TreeEnsemble": {
			attributes: "aggregate_function leaf_targetids leaf_weights membership_values n_targets nodes_falseleafs nodes_falsenodeids nodes_featureids nodes_hitrates " +
				"nodes_missing_value_tracks_true nodes_modes nodes_splits nodes_trueleafs nodes_truenodeids post_transform tree_roots",
			least: 1, most: 1, outputs: 1, since: 5, compile: treeEnsemble,
		},
		"TreeEnsembleClassifier": {
			attributes: treeAttributes + "class_ids class_nodeids class_treeids class_weights class_weights_as_tensor classlabels_int64s classlabels_strings",
			least:      1, most: 1, outputs: 2, compile: treeClassifier,
		},
		"TreeEnsembleRegressor": {
			attributes: treeAttributes + "aggregate_function n_targets target_ids target_nodeids target_treeids target_weights target_weights_as_tensor",
			least:      1, most: 1, outputs: 1, compile: treeRegressor,
		},
		"ZipMap": {attributes: "classlabels_int64s classlabels_strings", least: 1, most: 1, outputs: 1, compile: zipMap},
	}
}

// matrix wants rows of features and returns how many.
func (c *compiler) matrix(t *tensor) (int, error) {
	if len(t.dims) != 2 || t.rows != 0 || t.dims[0] != 1 || t.dims[1] == 0 {
		return 0, c.refuse("an input other than rows of features")
	}
	if !isNumber(t.kind) {
		return 0, c.refuse("inputs of type %s", t.kind)
	}
	return t.dims[1], nil
}

// extract takes values of the last axis.
func extract(c *compiler, in []*tensor) ([]*tensor, error) {
	t, index := in[0], in[1]
	if len(t.dims) == 0 || index.kind != whole {
		return nil, c.bad("values and integers as places", "others")
	}
	flat := index.with([]int{index.size()}, -1)
	if index.rows < 0 {
		out, err := c.gathered(t, flat, len(t.dims)-1)
		if err == nil && len(t.dims) == 1 {
			out = out.with([]int{1, flat.dims[0]}, -1)
		}
		return one(out, err)
	}
	if sizeOf(index.dims[:index.rows]) != 1 {
		return nil, c.refuse("rows behind other axes")
	}
	if len(t.dims) == 2 && t.dims[0] > 1 && t.isConst() {
		// Each place takes a column: of the transposed list, a row.
		out, err := c.lookUp(flip(t), index.with([]int{index.size()}, 0), 0)
		if err != nil {
			return nil, err
		}
		return one(flip(out), nil)
	}
	if t.size() != t.dims[len(t.dims)-1] {
		return nil, c.refuse("places that depend on the row, other than in a list")
	}
	out, err := c.lookUp(t.with([]int{t.size()}, t.rows), index.with([]int{index.size()}, 0), 0)
	if err != nil {
		return nil, err
	}
	return one(out.with([]int{1, index.size()}, 1), nil)
}

// perColumn is a constant of one number or of one for each of n columns.
func (c *compiler) perColumn(v []float64, n int, what string) (*tensor, error) {
	if len(v) != 1 && len(v) != n {
		return nil, c.bad(what+" for each feature", "another number")
	}
	return constant(single, []int{len(v)}, v), nil
}

func scaler(c *compiler, in []*tensor) ([]*tensor, error) {
	n, err := c.features(in[0])
	if err != nil {
		return nil, err
	}
	t := in[0]
	k := t.kind
	if k != double {
		k = single
		t = c.unary(plan.FuncIdentity, t, single)
	}
	for i, name := range []string{"offset", "scale"} {
		v, err := c.floats(name)
		if err != nil {
			return nil, err
		}
		by, err := c.perColumn(v, n, name)
		if err != nil {
			return nil, err
		}
		f := []plan.Func{plan.FuncSub, plan.FuncMul}[i]
		if t, err = c.zip(f, t, by.as(k), k); err != nil {
			return nil, err
		}
	}
	return one(c.castTo(t, single))
}

// features returns the length of the last of two axes.
func (c *compiler) features(t *tensor) (int, error) {
	if len(t.dims) != 2 || t.rows == 1 || !isNumber(t.kind) {
		return 0, c.refuse("an input other than rows of features")
	}
	return t.dims[1], nil
}

func binarizer(c *compiler, in []*tensor) ([]*tensor, error) {
	threshold, err := c.float("threshold", 0)
	if err == nil {
		err = c.wants(isNumber, in[0])
	}
	if err != nil {
		return nil, err
	}
	out, err := c.zip(plan.FuncGreater, in[0], number(in[0].kind, threshold), boolean)
	if err != nil {
		return nil, err
	}
	out.bounded, out.domain = true, []float64{0, 1}
	return one(out.as(in[0].kind), nil)
}

func featureVectorizer(c *compiler, in []*tensor) ([]*tensor, error) {
	lengths, err := c.ints("inputdimensions")
	if err != nil {
		return nil, err
	}
	if len(lengths) != len(in) {
		return nil, c.bad("a length for each input", "another number")
	}
	parts := make([]*tensor, len(in))
	for i, t := range in {
		n, err := c.matrix(t)
		if err != nil {
			return nil, err
		}
		if int64(n) != lengths[i] {
			return nil, c.refuse("lengths other than of the inputs")
		}
		if parts[i], err = c.castTo(t, single); err != nil {
			return nil, err
		}
	}
	return one(c.joined(parts, 1))
}

func imputer(c *compiler, in []*tensor) ([]*tensor, error) {
	t := in[0]
	n, err := c.features(t)
	if err != nil {
		return nil, err
	}
	fill, err := c.floats("imputed_value_floats")
	if err != nil {
		return nil, err
	}
	replaced, err := c.float("replaced_value_float", 0)
	if err == nil && t.kind == whole {
		fill, err = c.numbers("imputed_value_int64s")
		var v int64
		if err == nil {
			v, err = c.integer("replaced_value_int64", 0)
		}
		replaced = float64(v)
	}
	if err != nil {
		return nil, err
	}
	with, err := c.perColumn(fill, n, "imputed values")
	if err != nil {
		return nil, err
	}
	var missing *tensor
	if math.IsNaN(replaced) {
		missing = c.unary(plan.FuncIsNaN, t, boolean)
	} else if missing, err = c.zip(plan.FuncEqual, t, number(t.kind, replaced), boolean); err != nil {
		return nil, err
	}
	return one(c.choose(missing, with.as(t.kind), t))
}

func normalizer(c *compiler, in []*tensor) ([]*tensor, error) {
	norm, err := c.text("norm", "MAX")
	if err == nil {
		_, err = c.features(in[0])
	}
	if err != nil {
		return nil, err
	}
	f, ok := map[string]plan.Func{"MAX": plan.FuncLargest, "L1": plan.FuncL1, "L2": plan.FuncSumSquare}[norm]
	if !ok {
		return nil, c.refuse("norm %q", short(norm))
	}
	t, err := c.castTo(in[0], single)
	if err != nil {
		return nil, err
	}
	size, err := c.reduce(f, t, []int{1}, true)
	if err != nil {
		return nil, err
	}
	none, err := c.zip(plan.FuncEqual, size, number(single, 0), boolean)
	if err != nil {
		return nil, err
	}
	scaled, err := c.normalized(f, t, size)
	if err != nil {
		return nil, err
	}
	out, err := c.choose(none, t, scaled)
	if err == nil && norm == "L1" {
		out.bounded = true // shares of a whole
	}
	return one(out, err)
}

func (c *compiler) normalized(f plan.Func, t, size *tensor) (*tensor, error) {
	if f != plan.FuncSumSquare {
		return c.zip(plan.FuncDiv, t, size, single)
	}
	square, err := c.zip(plan.FuncMul, t, t, single)
	if err != nil {
		return nil, err
	}
	share, err := c.zip(plan.FuncDiv, square, size, single)
	if err != nil {
		return nil, err
	}
	root := c.unary(plan.FuncSqrt, share, single)
	negative, err := c.zip(plan.FuncLess, t, number(single, 0), boolean)
	if err != nil {
		return nil, err
	}
	return c.choose(negative, c.unary(plan.FuncNeg, root, single), root)
}

func oneHotEncoder(c *compiler, in []*tensor) ([]*tensor, error) {
	t := in[0]
	texts, err := c.texts("cats_strings")
	if err != nil {
		return nil, err
	}
	keys, err := c.numbers("cats_int64s")
	if err != nil {
		return nil, err
	}
	zeros, err := c.integer("zeros", 1)
	if err != nil {
		return nil, err
	}
	switch {
	case t.kind == text && len(texts) > 0:
		places := map[string]int{}
		for i, s := range texts {
			places[s] = i
		}
		if len(places) != len(texts) {
			return nil, c.refuse("a category twice")
		}
		if t, err = c.placesIn(t, texts, places); err != nil {
			return nil, err
		}
		keys = plan.Floats(sequence(len(texts)))
	case isNumber(t.kind) && len(keys) > 0:
		if t.kind.isFloat() {
			t = c.unary(plan.FuncTruncate, t, whole)
		}
	default:
		return nil, c.refuse("categories of another type than the input")
	}
	out, err := c.indicators(t, keys, single, 0, 1)
	if err != nil || zeros != 0 {
		return one(out, err)
	}
	// onnxruntime refuses a row with a category that it does not know; here it has no answer.
	known, err := c.reduce(plan.FuncLargest, out, []int{len(out.dims) - 1}, true)
	if err != nil {
		return nil, err
	}
	return one(c.choose(c.unary(plan.FuncNonZero, known, boolean), out, number(single, math.NaN())))
}

// sequence returns 0, 1, 2 … n-1.
func sequence(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = float64(i)
	}
	return out
}

func zipMap(c *compiler, in []*tensor) ([]*tensor, error) {
	n, err := c.matrix(in[0])
	if err != nil {
		return nil, err
	}
	l, err := c.classLabels("classlabels_int64s")
	if err != nil {
		return nil, err
	}
	if l.len() != n {
		return nil, c.bad("a label for each column", "another number")
	}
	out := *in[0]
	out.classes = l
	return one(&out, nil)
}
