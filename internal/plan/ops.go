package plan

import "math"

// The operations that imported graphs are made of. They read and write groups of registers and take their parameters from Op.Math.
const (
	OpMap    OpKind = "map"    // Func of each input
	OpZip    OpKind = "zip"    // Func of two inputs: the first half of In with the second half
	OpSelect OpKind = "select" // of three thirds of In: the second where the first is not 0, else the third; NaN where the first is NaN
	OpReduce OpKind = "reduce" // Func of each group of Group inputs
	OpTopK   OpKind = "top_k"  // of each group of Group inputs the Count largest (or least), then, for all groups, their places; the first of equals comes first
	OpTable  OpKind = "table"  // the Width numbers of Values at the place of x in Keys, or Default
	OpPick   OpKind = "pick"   // of each group of Group inputs the one whose place is its last input; NaN out of range. A negative place counts from the end
	OpPoints OpKind = "points" // Func of the inputs and each point of Coef: a distance or a kernel
	OpCouple OpKind = "couple" // the probabilities of Count classes from those of each pair i < j, for i of (i or j)
)

// Func names the function of an operation.
type Func string

// Functions of map: one input. Params in parentheses.
const (
	FuncIdentity    Func = "identity"
	FuncNeg         Func = "neg"
	FuncAbs         Func = "abs"
	FuncSqrt        Func = "sqrt"
	FuncExp         Func = "exp"
	FuncLog         Func = "log"
	FuncReciprocal  Func = "reciprocal"
	FuncFloor       Func = "floor"
	FuncCeil        Func = "ceil"
	FuncRound       Func = "round"      // half to even
	FuncTruncate    Func = "truncate"   // towards zero; NaN for what int64 does not hold
	FuncSign        Func = "sign"       // -1, 0 or 1
	FuncNot         Func = "not"        // 1 for 0, else 0
	FuncNonZero     Func = "non_zero"   // 0 for 0, else 1
	FuncIsNaN       Func = "is_nan"     // 1 for NaN, else 0
	FuncIsInf       Func = "is_inf"     // 1 for an infinity, else 0
	FuncRelu        Func = "relu"       // max(0, x)
	FuncLeakyRelu   Func = "leaky_relu" // (slope of negative x)
	FuncElu         Func = "elu"        // (alpha) alpha (e**x - 1) for negative x
	FuncTanh        Func = "tanh"
	FuncSigmoid     Func = "sigmoid"
	FuncHardSigmoid Func = "hard_sigmoid" // (alpha, beta) alpha x + beta, held to 0 … 1
	FuncSoftplus    Func = "softplus"     // log(1 + e**x)
	FuncErf         Func = "erf"
	FuncClip        Func = "clip" // (least, largest)
)

// Functions of zip: two inputs. Comparisons give 1 or 0.
const (
	FuncAdd          Func = "add"
	FuncSub          Func = "sub"
	FuncMul          Func = "mul"
	FuncDiv          Func = "div"
	FuncQuotient     Func = "quotient" // of whole numbers, towards zero; NaN for a divisor of 0
	FuncMod          Func = "mod"      // of whole numbers, with the sign of the divisor
	FuncPow          Func = "pow"
	FuncLesser       Func = "min" // NaN if one is
	FuncLarger       Func = "max" // NaN if one is
	FuncLess         Func = "less"
	FuncLessEqual    Func = "less_equal"
	FuncGreater      Func = "greater"
	FuncGreaterEqual Func = "greater_equal"
	FuncEqual        Func = "equal"
	FuncAnd          Func = "and"
	FuncOr           Func = "or"
	FuncXor          Func = "xor"
)

// Functions of reduce: a group. Sums run from left to right in float64 and are rounded at the end; with Float32, sums of squares are rounded at each step.
const (
	FuncSum       Func = "sum"
	FuncMean      Func = "mean"
	FuncProd      Func = "prod"
	FuncLargest   Func = "largest" // also of top_k
	FuncSmallest  Func = "least"   // also of top_k
	FuncL1        Func = "l1"
	FuncL2        Func = "l2"
	FuncSumSquare Func = "sum_square"
	FuncLogSumExp Func = "log_sum_exp"
	FuncArgMax    Func = "arg_max"      // the first of equals
	FuncArgMin    Func = "arg_min"      // the first of equals
	FuncLastMax   Func = "last_arg_max" // the last of equals
	FuncLastMin   Func = "last_arg_min" // the last of equals
)

// Functions of points: x and a point p. With Float32, sums of products and of squares are rounded to float32 at each step, as matrix products of float32 numbers
// are in onnxruntime: differences of nearly equal sums, such as distances to centres, show the bits.
const (
	FuncEuclidean        Func = "euclidean"
	FuncSquaredEuclidean Func = "sqeuclidean"
	FuncManhattan        Func = "manhattan"
	FuncChebyshev        Func = "chebyshev"
	FuncMinkowskiSum     Func = "minkowski_sum" // (p) the sum of |x_i - p_i|**p
	FuncCosine           Func = "cosine"        // 1 - x·p / (|x| |p|)
	FuncLinearKernel     Func = "linear"        // x·p
	FuncDecision         Func = "decision"      // (rho) x·p + rho in float64; with Float32 each product and the result are rounded, as onnxruntime's SVMClassifier does
	FuncPolyKernel       Func = "poly"          // (gamma, coef0, degree) (gamma x·p + coef0)**degree
	FuncRBFKernel        Func = "rbf"           // (gamma) e**(-gamma |x - p|²)
	FuncSigmoidKernel    Func = "sigmoid"       // (gamma, coef0) tanh(gamma x·p + coef0)
)

// Math is the parameters of the operations of imported graphs.
type Math struct {
	Func    Func   `json:"func,omitempty"`
	Float32 bool   `json:"float32,omitempty"` // results are rounded to float32
	Params  Floats `json:"params,omitempty"`  // of Func
	Group   int32  `json:"group,omitempty"`   // reduce, top_k, pick: inputs of a group; pick counts its index
	Count   int32  `json:"count,omitempty"`   // top_k: results of a group; couple: classes
	Width   int32  `json:"width,omitempty"`   // table: results of an input
	Keys    Floats `json:"keys,omitempty"`    // table: distinct; NaN is a key like others. Empty for 0, 1, 2 …, where a negative place counts from the end
	Values  Floats `json:"values,omitempty"`  // table: Width numbers a key
	Default Floats `json:"default,omitempty"` // table: Width numbers
	Points  Floats `json:"points,omitempty"`  // points: len(In) numbers a point
}

// mathWidth returns the number of registers that an operation with Math puts out. It is called before check, so it trusts nothing.
func (o *Op) mathWidth() int {
	m, n := o.Math, len(o.In)
	if m == nil {
		return 0
	}
	groups := 0
	if m.Group > 0 {
		groups = n / int(m.Group)
	}
	switch o.Kind {
	case OpZip:
		return n / 2
	case OpSelect:
		return n / 3
	case OpReduce, OpPick:
		return groups
	case OpTopK:
		return min(2*groups*max(0, int(m.Count)), 2*n)
	case OpTable:
		return min(n*max(0, int(m.Width)), maxRegisters+1)
	case OpPoints:
		return len(m.Points) / max(1, n)
	case OpCouple:
		return min(max(0, int(m.Count)), n+1)
	default:
		return n
	}
}

// mathFits says whether o is an operation with Math whose parameters fit its n inputs, at least 1.
func (o *Op) mathFits(n int) bool {
	m := o.Math
	if m == nil {
		return false
	}
	whole := m.Group > 0 && n%int(m.Group) == 0
	switch o.Kind {
	case OpMap:
		_, ok := m.unary()
		return ok
	case OpZip:
		_, ok := dyadic(m.Func)
		return ok && n%2 == 0
	case OpSelect:
		return n%3 == 0
	case OpReduce:
		_, ok := m.reduction()
		return ok && whole
	case OpTopK:
		return whole && m.Count > 0 && m.Count <= m.Group && (m.Func == FuncLargest || m.Func == FuncSmallest)
	case OpTable:
		return m.tableFits(n)
	case OpPick:
		return whole && m.Group > 1
	case OpPoints:
		return len(m.Points) > 0 && len(m.Points)%n == 0 && m.point() != nil
	case OpCouple:
		k := int(m.Count)
		return k > 1 && k <= n+1 && n == k*(k-1)/2
	default:
		return false
	}
}

func (m *Math) tableFits(n int) bool {
	w := int(m.Width)
	if w < 1 || w > maxRegisters || n > maxRegisters/w || len(m.Default) != w || len(m.Values) == 0 || len(m.Values)%w != 0 {
		return false
	}
	if len(m.Keys) == 0 {
		return true
	}
	seen := make(map[uint64]bool, len(m.Keys))
	for _, k := range m.Keys {
		if seen[keyOf(k)] {
			return false
		}
		seen[keyOf(k)] = true
	}
	return len(m.Keys) == len(m.Values)/w
}

// keyOf returns the bits by which a table knows x: NaN is one key, and both zeros are one.
func keyOf(x float64) uint64 {
	switch {
	case x != x:
		return 0x7ff8000000000001
	case x == 0:
		return 0
	default:
		return math.Float64bits(x)
	}
}
