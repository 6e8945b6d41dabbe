// Package stat holds measures between two distributions, given as counts in the same bins or as two samples, and the p-values that go with them.
//
//	counts   PSI  JensenShannon (distance and divergence)  TotalVariation  LInfinity  NormalizedDifference  ChiSquare (with Cramér's V)
//	samples  KolmogorovSmirnovSorted  WassersteinSorted
//	columns  BenjaminiHochberg
//	bins     PoolRare  CountSorted
//
// It is for package monitor, which compares a window with the reference, and for package validate, which compares two profiles.
//
// Where a measure has no one definition, the convention is part of the call (the share of an empty bin, Yates' correction), so that it can be stored with a
// baseline. Every function gives a number or an error, never NaN: no value at all is ErrEmpty; identical and constant inputs have the values that each comment states.
// All functions are pure and safe for concurrent use. Counts of a single reference and current sample are []uint64, one entry a bin or category, in the same order; shares of a bin may stand for counts in JensenShannon.
package stat
