package onnx

import (
	"maps"

	"github.com/tidewheel/tidewheel/internal/plan"
)

// operators returns every operator by domain and name.
func operators() map[string]map[string]operator {
	standard := mathOperators()
	maps.Copy(standard, groupOperators())
	maps.Copy(standard, shapeOperators())
	return map[string]map[string]operator{
		"":       standard,
		mlDomain: mlOperators(),
		msDomain: {"CDist": {attributes: "metric", least: 2, most: 2, outputs: 1, compile: cdist}},
	}
}

func mathOperators() map[string]operator {
	m := map[string]operator{
		"Cast":        {attributes: "to saturate round_mode", least: 1, most: 1, outputs: 1, computes: true, compile: cast},
		"CastLike":    {attributes: "saturate round_mode", least: 2, most: 2, outputs: 1, computes: true, since: 15, compile: castLike},
		"Clip":        {attributes: "min max", least: 1, most: 3, outputs: 1, computes: true, compile: clip},
		"Dropout":     {attributes: "ratio seed", least: 1, most: 3, outputs: 1, compile: dropout},
		"Elu":         parametric(plan.FuncElu, false, "alpha", 1),
		"HardSigmoid": {attributes: "alpha beta", least: 1, most: 1, outputs: 1, computes: true, compile: hardSigmoid},
		"Identity":    {least: 1, most: 1, outputs: 1, compile: first},
		"LeakyRelu":   parametric(plan.FuncLeakyRelu, false, "alpha", 0.009999999776482582),
		"Mod":         {attributes: "fmod", least: 2, most: 2, outputs: 1, computes: true, since: 10, compile: modulo},
		"Pow":         {least: 2, most: 2, outputs: 1, computes: true, compile: power},
		"Softsign":    {least: 1, most: 1, outputs: 1, computes: true, compile: softsign},
		"Where":       {least: 3, most: 3, outputs: 1, computes: true, since: 9, compile: where},
		"Sigmoid":     {least: 1, most: 1, outputs: 1, computes: true, compile: sigmoid},
	}
	for name, f := range map[string]plan.Func{
		"Sqrt": plan.FuncSqrt, "Log": plan.FuncLog, "Reciprocal": plan.FuncReciprocal, "Floor": plan.FuncFloor, "Ceil": plan.FuncCeil, "Round": plan.FuncRound,
		"Tanh": plan.FuncTanh, "Softplus": plan.FuncSoftplus,
	} {
		m[name] = onFloats(f, false)
	}
	for name, f := range map[string]plan.Func{"Exp": plan.FuncExp, "Erf": plan.FuncErf} {
		m[name] = onFloats(f, true)
	}
	for name, f := range map[string]plan.Func{"Neg": plan.FuncNeg, "Abs": plan.FuncAbs, "Sign": plan.FuncSign, "Relu": plan.FuncRelu} {
		m[name] = onNumbers(f)
	}
	for name, f := range map[string]plan.Func{"IsNaN": plan.FuncIsNaN, "IsInf": plan.FuncIsInf} {
		m[name] = asks(f, kind.isFloat)
	}
	m["Not"] = asks(plan.FuncNot, func(k kind) bool { return k == boolean })
	for name, f := range map[string]plan.Func{"Add": plan.FuncAdd, "Sub": plan.FuncSub, "Mul": plan.FuncMul, "Div": plan.FuncDiv} {
		m[name] = pairs(f)
	}
	for name, f := range map[string]plan.Func{"Sum": plan.FuncAdd, "Min": plan.FuncLesser, "Max": plan.FuncLarger} {
		m[name] = many(f)
	}
	m["Mean"] = operator{least: 1, most: -1, outputs: 1, computes: true, compile: mean}
	for name, f := range map[string]plan.Func{
		"Less": plan.FuncLess, "LessOrEqual": plan.FuncLessEqual, "Greater": plan.FuncGreater, "GreaterOrEqual": plan.FuncGreaterEqual, "Equal": plan.FuncEqual,
	} {
		m[name] = compares(f)
	}
	for name, f := range map[string]plan.Func{"And": plan.FuncAnd, "Or": plan.FuncOr, "Xor": plan.FuncXor} {
		m[name] = connects(f)
	}
	return m
}

func groupOperators() map[string]operator {
	m := map[string]operator{
		"CumSum":     {attributes: "exclusive reverse", least: 2, most: 2, outputs: 1, computes: true, since: 11, compile: cumSum},
		"Gemm":       {attributes: "alpha beta transA transB", least: 2, most: 3, outputs: 1, computes: true, compile: gemm},
		"MatMul":     {least: 2, most: 2, outputs: 1, computes: true, compile: matMul},
		"Softmax":    {attributes: "axis", least: 1, most: 1, outputs: 1, computes: true, compile: softmax},
		"LogSoftmax": {attributes: "axis", least: 1, most: 1, outputs: 1, computes: true, compile: logSoftmax},
		"TopK":       {attributes: "axis k largest sorted", least: 1, most: 2, outputs: 2, computes: true, compile: topK},
		"OneHot":     {attributes: "axis", least: 3, most: 3, outputs: 1, computes: true, since: 9, compile: oneHot},
		"Scan":       {attributes: "body num_scan_inputs scan_input_axes scan_input_directions scan_output_axes scan_output_directions", least: 1, most: -1, outputs: 8, since: 9, compile: scan},
	}
	for name, f := range map[string]plan.Func{
		"ReduceSum": plan.FuncSum, "ReduceMean": plan.FuncMean, "ReduceMax": plan.FuncLargest, "ReduceMin": plan.FuncSmallest, "ReduceL1": plan.FuncL1,
		"ReduceL2": plan.FuncL2, "ReduceSumSquare": plan.FuncSumSquare, "ReduceLogSumExp": plan.FuncLogSumExp, "ReduceProd": plan.FuncProd,
	} {
		m[name] = reduces(f)
	}
	m["ArgMax"] = extremes(plan.FuncArgMax, plan.FuncLastMax)
	m["ArgMin"] = extremes(plan.FuncArgMin, plan.FuncLastMin)
	return m
}

func shapeOperators() map[string]operator {
	return map[string]operator{
		"Concat":          {attributes: "axis", least: 1, most: -1, outputs: 1, compile: concat},
		"Constant":        {attributes: "value value_float value_floats value_int value_ints value_string value_strings", outputs: 1, compile: constantNode},
		"ConstantOfShape": {attributes: "value", least: 1, most: 1, outputs: 1, since: 9, compile: constantOfShape},
		"Expand":          {least: 2, most: 2, outputs: 1, since: 8, compile: expand},
		"Flatten":         {attributes: "axis", least: 1, most: 1, outputs: 1, compile: flatten},
		"Gather":          {attributes: "axis", least: 2, most: 2, outputs: 1, compile: gather},
		"GatherElements":  {attributes: "axis", least: 2, most: 2, outputs: 1, computes: true, since: 11, compile: gatherElements},
		"Reshape":         {attributes: "allowzero", least: 2, most: 2, outputs: 1, compile: reshape},
		"Shape":           {attributes: "start end", least: 1, most: 1, outputs: 1, compile: shape},
		"Slice":           {attributes: "starts ends axes", least: 1, most: 5, outputs: 1, compile: slice},
		"Split":           {attributes: "axis split num_outputs", least: 1, most: 2, outputs: maxRegisters, compile: split},
		"Squeeze":         {attributes: "axes", least: 1, most: 2, outputs: 1, compile: squeeze},
		"Tile":            {least: 2, most: 2, outputs: 1, compile: tile},
		"Transpose":       {attributes: "perm", least: 1, most: 1, outputs: 1, compile: transpose},
		"Unsqueeze":       {attributes: "axes", least: 1, most: 2, outputs: 1, compile: unsqueeze},
	}
}
