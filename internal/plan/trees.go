package plan

// Missing says how a numeric split reads a missing value (NaN).
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

// Trees is an ensemble of binary decision trees in flat arrays: the parameters of a tree operation.
//
// Internal nodes are numbered through the whole ensemble, and so are leaves. A child c >= 0 is node c, a child c < 0 is leaf ^c. Roots[t] is the root of
// tree t in the same code (a tree of one leaf has a negative root). Tree t adds its leaf's value to output t % Outputs; the additions to an output are
// made in tree order, starting from Base[output], so the bits of a raw score are those of the library that trained it.
//
// A numeric node sends x <= Threshold left. A categorical node (Flags&FlagCategorical) sends x left when int(x) is a member of its bit set: Words[Cat[node]] is
// the number of 32-bit words n of the set and the n words follow; NaN, negative numbers and numbers outside the set go right.
type Trees struct {
	Outputs   int     `json:"outputs"`
	Base      Floats  `json:"base"`            // one per output
	Roots     Ints    `json:"roots"`           // one per tree
	Feature   Ints    `json:"feature"`         // per node: index into the operation's inputs
	Threshold Floats  `json:"threshold"`       // per node; unused at categorical nodes
	Left      Ints    `json:"left"`            // per node
	Right     Ints    `json:"right"`           // per node
	Flags     Bytes   `json:"flags"`           // per node: FlagCategorical | FlagDefaultLeft | Missing<<2
	Cat       Ints    `json:"cat"`             // per node: offset into Words; 0 at numeric nodes
	Words     Words   `json:"words"`           // bit sets of the categorical nodes
	Leaf      Floats  `json:"leaf"`            // per leaf: its value
	Scale     float64 `json:"scale,omitempty"` // 0 means 1; a random forest averages: each output is multiplied by it at the end
}

// Bits of Trees.Flags, LightGBM's decision_type.
const (
	FlagCategorical = 1
	FlagDefaultLeft = 2
	flagMissing     = 2 // shift of Missing
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
