package stat

// The distributions are tested on a grid that no pair of samples reaches.
var (
	KolmogorovSurvival = kolmogorovSurvival
	ChiSquareSurvival  = chiSquareSurvival
	Marsaglia          = marsaglia
	PelzGood           = pelzGood
	Smirnov            = smirnov
)
