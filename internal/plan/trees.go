package plan

// Missing says how a split reads a missing value (NaN).
type Missing uint8

// The three ways, as LightGBM names them.
const (
	// MissingNone reads NaN as 0 and compares it like any number.
	MissingNone Missing = iota
	// MissingZero sends NaN and every |x| <= 1e-35 to the default side.
	MissingZero
	// MissingNaN sends NaN to the default side.
	MissingNaN
)

// Aggregate says how the values of the trees of an output become one.
type Aggregate string

// The aggregates.
const (
	Sum  Aggregate = ""     // added in tree order
	Mean Aggregate = "mean" // added in tree order, then divided by the number of trees
	Min  Aggregate = "min"  // the least
	Max  Aggregate = "max"  // the largest
)

// Trees is an ensemble of binary decision trees in flat arrays: the parameters of a tree operation.
//
// Internal nodes are numbered through the whole ensemble, and so are leaves. A child c >= 0 is node c, a child c < 0 is leaf ^c. Roots[t] is the root of
// tree t in the same code (a tree of one leaf has a negative root). Tree t adds its leaf's value to output Target[t], or t % Outputs without Target, or with
// Vector the leaf's values to all outputs. The additions to an output are made in tree order, starting from Base[output], so the bits of a raw score are those
// of the library that trained it. With BaseLast they start from 0 (or from the first tree's value, for Min and Max) and Base is added at the end.
//
// A node sends x left by its flags. First, its Missing says what becomes of NaN (and of 0). Then
//   - a plain node sends x <= Threshold left,
//   - an Equal node x == Threshold,
//   - a Member node the x that equals one of a set of numbers: Words[Cat[node]] is their count n, the next word the index in Members of the first,
//   - a Categorical node x with int(x) in its bit set: Words[Cat[node]] is the number of 32-bit words n of the set and the n words follow. Numbers outside the set
//     go right, and so does NaN, whatever its Missing; a fraction above -1 counts as 0, as LightGBM casts. With Strict every negative number goes right and NaN
//     goes to the default side, as XGBoost has it.
//
// With Float32 inputs are rounded to float32 before anything is asked of them, and results are rounded after each addition, as in XGBoost and ONNX; then all
// parameters are float32 numbers.
//
// Weights of trees have no place of their own: a leaf that holds the rounded product gives the bits of a sum of products.
type Trees struct {
	Outputs   int       `json:"outputs"`
	Base      Floats    `json:"base"`            // one per output
	Roots     Ints      `json:"roots"`           // one per tree
	Feature   Ints      `json:"feature"`         // per node: index into the operation's inputs
	Threshold Floats    `json:"threshold"`       // per node; unused at nodes with a set
	Left      Ints      `json:"left"`            // per node
	Right     Ints      `json:"right"`           // per node
	Flags     Bytes     `json:"flags"`           // per node: the Flag bits | Missing<<2
	Cat       Ints      `json:"cat"`             // per node: offset into Words; 0 at nodes without a set
	Words     Words     `json:"words"`           // sets
	Leaf      Floats    `json:"leaf"`            // per leaf: its value; with Vector Outputs values per leaf
	Scale     float64   `json:"scale,omitempty"` // 0 means 1; a random forest averages: each output is multiplied by it at the end
	Float32   bool      `json:"float32,omitempty"`
	BaseLast  bool      `json:"base_last,omitempty"`
	Vector    bool      `json:"vector,omitempty"`
	Target    Ints      `json:"target,omitempty"` // one per tree
	Aggregate Aggregate `json:"aggregate,omitempty"`
	Members   Floats    `json:"members,omitempty"` // numbers of the Member nodes, ascending within a node
	Linear    *Linear   `json:"linear,omitempty"`
	// Cover is, per node and then per leaf, how much of the training data reached it: rows, or a sum of weights. Scoring does not need it; path-dependent
	// explanations do. Empty where the model's origin does not tell.
	Cover Floats `json:"cover,omitempty"`
}

// Linear gives each leaf a linear model: Const[leaf] + the sum of Coef[i] times input Feature[i] over i from Start[leaf] to Start[leaf+1], added in that order.
// Where one of these inputs is NaN, the value is that of Trees.Leaf.
type Linear struct {
	Const   Floats `json:"const"` // per leaf
	Start   Ints   `json:"start"` // per leaf, and the end of the last
	Feature Ints   `json:"feature"`
	Coef    Floats `json:"coef"`
}

// Bits of Trees.Flags. The lower four are LightGBM's decision_type.
const (
	FlagCategorical = 1
	FlagDefaultLeft = 2
	flagMissing     = 2 // shift of the two bits of Missing
	FlagEqual       = 16
	FlagMember      = 32
	FlagStrict      = 64 // with FlagCategorical
	flagMode        = FlagCategorical | FlagEqual | FlagMember | FlagStrict
)

// NodeFlags packs the three properties of a node.
func NodeFlags(categorical, defaultLeft bool, m Missing) byte {
	f := byte(m) << flagMissing
	if categorical {
		f |= FlagCategorical
	}
	if defaultLeft {
		f |= FlagDefaultLeft
	}
	return f
}

// missingOf returns the Missing of a node's flags.
func missingOf(flags byte) Missing { return Missing(flags >> flagMissing & 3) }

// target returns the output of a tree, 0 when it has a value for each.
func (t *Trees) target(tree int) int {
	switch {
	case t.Target != nil:
		return int(t.Target[tree])
	case t.Vector:
		return 0
	default:
		return tree % t.Outputs
	}
}
