package monitor

// Parts that are checked against references on their own.
var (
	WilsonUpper  = wilsonUpper
	UpperNormal  = upperNormal
	ChanceLevels = chanceLevels
	Homogeneity  = homogeneity
)
