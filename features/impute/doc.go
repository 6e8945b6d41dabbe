// Package impute fills in missing values of numeric columns.
//
// A missing value is null or NaN. An Imputer learns one number for each column (mean, median, the most frequent) or takes a given one, and can add columns that
// say where a value was missing:
//
//	im, err := impute.NewImputer(impute.ImputerOptions{Strategy: impute.Median, Indicator: true})
//	step := features.Step{Columns: features.Numeric(), Fitter: im}
//
// Everything learned becomes the plan operations impute and missing, so one row at serving time is filled as a batch is.
package impute
