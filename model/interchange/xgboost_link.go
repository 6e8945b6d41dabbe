package interchange

import (
	"math"

	"github.com/tidewheel/tidewheel/internal/plan"
	"github.com/tidewheel/tidewheel/model"
)

// xlink is how an objective of XGBoost reads its base score and turns raw scores into answers.
type xlink struct {
	task   model.Task
	link   plan.OpKind           // of the raw scores; empty for the identity
	margin func(float32) float32 // of the base score; nil for the identity
	step   bool                  // the answer is 1 for a raw score above 0, else 0
}

// newXLink returns the link of an objective.
func newXLink(name string) (xlink, bool) {
	identity := xlink{task: model.Regression}
	exponential := xlink{task: model.Regression, link: plan.OpExp, margin: log32}
	switch name {
	case "reg:squarederror", "reg:linear", "reg:squaredlogerror", "reg:absoluteerror", "reg:pseudohubererror", "reg:quantileerror":
		return identity, true
	case "rank:pairwise", "rank:ndcg", "rank:map":
		return xlink{task: model.Ranking}, true
	case "reg:gamma", "reg:tweedie", "count:poisson", "survival:cox", "survival:aft":
		return exponential, true
	case "reg:logistic":
		return xlink{task: model.Regression, link: plan.OpSigmoid, margin: logit32}, true
	case "binary:logistic":
		return xlink{task: model.Binary, link: plan.OpSigmoid, margin: logit32}, true
	case "binary:logitraw":
		return xlink{task: model.Binary, link: plan.OpSigmoid}, true
	case "binary:hinge":
		return xlink{task: model.Binary, step: true}, true
	case "multi:softprob", "multi:softmax":
		return xlink{task: model.Multiclass, link: plan.OpSoftmax}, true
	default:
		return xlink{}, false
	}
}

// logit32 is XGBoost's margin of a probability, which it keeps 1e-6 away from 0 and 1.
func logit32(p float32) float32 {
	const eps = float32(1e-6)
	p = min(max(p, eps), 1-eps)
	return -log32(float32(1/p) - 1)
}

// log32 is the logarithm of a float32 with the bits of the C library that XGBoost calls, which does not round correctly: near 1 every twentieth result would differ
// in its last bit, and with it every raw score of a model. It is logf of Arm's optimized routines 2018 (musl, glibc since 2.27): x = 2^k z, z near one of 16 c with
// tabled 1/c and log c, and a cubic polynomial of z/c - 1, all in float64. Error below 0.818 ulp.
func log32(x float32) float32 {
	bits := math.Float32bits(x)
	switch {
	case x != x || x < 0:
		return float32(math.NaN())
	case x == 0:
		return float32(math.Inf(-1))
	case x == 1:
		return 0
	case math.IsInf(float64(x), 1):
		return x
	case bits < 0x00800000: // subnormal
		bits = math.Float32bits(x*(1<<23)) - 23<<23
	}
	const offset = 0x3f330000 // about 0.7
	t := bits - offset
	e := log32Table()[t>>19%16]
	z := float64(math.Float32frombits(bits - t&(0x1ff<<23)))
	r := float64(z*e[0]) - 1
	y0 := e[1] + float64(float64(int32(t)>>23)*0x1.62e42fefa39efp-1)
	r2 := float64(r * r)
	y := float64(0x1.5575b0be00b6ap-2*r) - 0x1.ffffef20a4123p-2
	y = float64(-0x1.00ea348b88334p-2*r2) + y
	return float32(float64(y*r2) + (y0 + r))
}

// log32Table holds 1/c and log c for the middles of 16 parts of [0.7, 1.4).
func log32Table() *[16][2]float64 {
	return &[16][2]float64{
		{0x1.661ec79f8f3bep+0, -0x1.57bf7808caadep-2},
		{0x1.571ed4aaf883dp+0, -0x1.2bef0a7c06ddbp-2},
		{0x1.49539f0f010bp+0, -0x1.01eae7f513a67p-2},
		{0x1.3c995b0b80385p+0, -0x1.b31d8a68224e9p-3},
		{0x1.30d190c8864a5p+0, -0x1.6574f0ac07758p-3},
		{0x1.25e227b0b8eap+0, -0x1.1aa2bc79c81p-3},
		{0x1.1bb4a4a1a343fp+0, -0x1.a4e76ce8c0e5ep-4},
		{0x1.12358f08ae5bap+0, -0x1.1973c5a611cccp-4},
		{0x1.0953f419900a7p+0, -0x1.252f438e10c1ep-5},
		{1, 0},
		{0x1.e608cfd9a47acp-1, 0x1.aa5aa5df25984p-5},
		{0x1.ca4b31f026aap-1, 0x1.c5e53aa362eb4p-4},
		{0x1.b2036576afce6p-1, 0x1.526e57720db08p-3},
		{0x1.9c2d163a1aa2dp-1, 0x1.bc2860d22477p-3},
		{0x1.886e6037841edp-1, 0x1.1058bc8a07ee1p-2},
		{0x1.767dcf5534862p-1, 0x1.4043057b6ee09p-2},
	}
}
