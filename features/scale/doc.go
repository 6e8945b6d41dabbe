// Package scale brings numeric columns to comparable sizes: a Standardizer to mean 0 and variance 1, a MinMax to the range 0 to 1.
//
//	st, err := scale.NewStandardizer(scale.StandardizerOptions{})
//	step := features.Step{Columns: features.Numeric(), Fitter: st}
//
// Both become the plan operation affine, (x - shift) / scale, so one row at serving time is scaled as a batch is. Missing values are left out of what is learned
// and stay missing.
package scale
