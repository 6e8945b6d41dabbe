package plan

import (
	"math"

	"github.com/tidewheel/tidewheel/internal/num"
)

// fits32 reports whether an operation is not to be computed in float32 or can be, step by step as XGBoost does: inputs, products, sums and results are rounded, and
// the parameters are float32 numbers.
func (o *Op) fits32() bool {
	if !o.Float32 {
		return true
	}
	switch o.Kind {
	case OpLinear, OpSigmoid, OpSoftmax, OpExp:
		return single(o.Shift) && single(o.Coef)
	default:
		return false
	}
}

// plain reports whether an operation that is none of an imported graph has none of their parameters, nor asks for float32 where it cannot.
func (o *Op) plain() bool { return o.Math == nil && o.fits32() }

// link returns the function of an operation: f, or f32 where it is computed in float32.
func (o *Op) link(f, f32 func(float64) float64) func(float64) float64 {
	if o.Float32 {
		return f32
	}
	return f
}

// exp32 rounds correctly; the C library, with an error of 0.502 units in the last place, all but does.
func exp32(x float64) float64 { return float64(float32(num.Exp(float64(float32(x))))) }

// sigmoid32 is common::Sigmoid of XGBoost.
func sigmoid32(x float64) float64 {
	const most = float32(88.7) // its exponential is finite
	negative := -float32(x)
	if negative > most {
		negative = most
	}
	return float64(1 / (float32(exp32(float64(negative))) + 1))
}

// softmax32 is common::Softmax of XGBoost: float32 numbers whose sum is a float64.
type softmax32 struct{ registers }

func (k *softmax32) run(f *frame, n int) {
	for i := range n {
		top := float32(math.Inf(-1))
		for _, r := range k.in {
			top = max(top, float32(f.regs[r][i]))
		}
		sum := 0.0
		for j, r := range k.in {
			e := exp32(float64(float32(f.regs[r][i]) - top))
			f.regs[k.out+j][i] = e
			sum += e
		}
		for j := range k.in {
			out := f.regs[k.out+j]
			out[i] = float64(float32(out[i]) / float32(sum))
		}
	}
}
