package explain

import (
	"math"

	"github.com/tidewheel/tidewheel/internal/plan"
)

// expand passes the factor f of an output of an operation on to its inputs, and reports whether that could be done: whether it is a sum.
func (a *additive) expand(out *output, from origin, f float64, factor []float64) bool {
	o := &a.plan.Ops[from.op]
	j := from.index
	switch o.Kind {
	case plan.OpLinear:
		out.bias += float64(f * o.Shift[j])
		weigh(factor, o.In, o.Coef[j*len(o.In):], f)
	case plan.OpAffine:
		out.bias -= float64(f / o.Scale[j] * o.Shift[j])
		factor[o.In[j]] += f / o.Scale[j]
	case plan.OpConstant:
		out.bias += float64(f * o.Fill[j])
	case plan.OpComplement:
		if j == 0 {
			out.bias += f
			f = -f
		}
		factor[o.In[0]] += f
	case plan.OpPoints:
		if o.Math.Func != plan.FuncLinearKernel {
			return false
		}
		weigh(factor, o.In, o.Math.Points[j*len(o.In):], f)
	case plan.OpReduce:
		if o.Math.Func != plan.FuncSum && o.Math.Func != plan.FuncMean {
			return false
		}
		group := sources(o, j, o.Width())
		if o.Math.Func == plan.FuncMean {
			f /= float64(len(group))
		}
		for _, r := range group {
			factor[r] += f
		}
	case plan.OpMap:
		if o.Math.Func == plan.FuncNeg {
			f = -f
		} else if o.Math.Func != plan.FuncIdentity {
			return false
		}
		factor[o.In[j]] += f
	case plan.OpZip:
		return a.pair(sources(o, j, o.Width()), o.Math.Func, f, factor)
	case plan.OpSelect:
		s := sources(o, j, o.Width())
		if v, ok := a.constant(s[1]); !ok || !math.IsNaN(v) {
			return false
		}
		out.guards = append(out.guards, a.slot(s[0])) // no answer where this is not 0
		factor[s[2]] += f
	default:
		return false
	}
	return true
}

func weigh(factor []float64, in []int32, coef []float64, f float64) {
	for i, r := range in {
		factor[r] += float64(f * coef[i])
	}
}

// pair is expand for a function of two registers.
func (a *additive) pair(in []int32, f plan.Func, times float64, factor []float64) bool {
	first, firstConstant := a.constant(in[0])
	second, secondConstant := a.constant(in[1])
	switch {
	case f == plan.FuncAdd:
		factor[in[0]] += times
		factor[in[1]] += times
	case f == plan.FuncSub:
		factor[in[0]] += times
		factor[in[1]] -= times
	case f == plan.FuncMul && secondConstant:
		factor[in[0]] += float64(times * second)
	case f == plan.FuncMul && firstConstant:
		factor[in[1]] += float64(times * first)
	case f == plan.FuncDiv && secondConstant && second != 0:
		factor[in[0]] += times / second
	default:
		return false
	}
	return true
}

// constant returns the value of a register that has the same in every row.
func (a *additive) constant(register int32) (float64, bool) {
	from := a.origin[register]
	if from.op < 0 || a.plan.Ops[from.op].Kind != plan.OpConstant {
		return 0, false
	}
	return a.plan.Ops[from.op].Fill[from.index], true
}
