// Package drift compares two sources of rows column by column and says which columns are distributed differently.
//
// It is for whoever has two sets of rows at hand: last month's against this month's, a training set against what was served. A model that is watched row by row
// while it serves has package monitor.
//
//	report, err := drift.Compare(ctx, reference, current, drift.Options{})
//	for _, name := range report.DriftedColumns { … }
//
// # What decides
//
// A column drifted when both a test and an effect say so, because a p-value alone calls any difference drift once there are enough rows, and an effect alone calls
// chance drift while there are few. n is the number of values of the smaller side:
//
//	column                          test                                effect, n ≤ 1,000    effect, n > 1,000
//	numeric                         Kolmogorov–Smirnov (KS)             KS ≥ 0.1             normed Wasserstein ≥ 0.1, or PSI above its null level ≥ 0.1
//	  with 20 % zeros or more       share of zeros and KS of the rest   the same             the same
//	  with at most 20 values, bool  chi-square of homogeneity           Jensen–Shannon ≥ 0.1 and total variation ≥ 0.05
//	text                            chi-square of homogeneity           Jensen–Shannon ≥ 0.1 and total variation ≥ 0.05
//	missing values                  chi-square of homogeneity           share changed by 0.01
//
// The p-values of one report are adjusted together by Benjamini and Hochberg, and compared with Options.Alpha. There is no verdict on a distribution with fewer than 30 values on a side, on texts that are
// mostly rare (identifiers), on dates and times, and on columns with the role of a key or a time: their figures are given where they exist. For columns named in
// Options.Scores every least effect is half as large. On 20 unchanged columns at most one report in 20 names any column, which a test of this package checks for 50 to
// 10,000 rows. All tests take rows to be independent; rows of a time series that depend on each other are called drift more often.
//
// PSI and the Jensen–Shannon distance are taken over bins of the reference, as a Profile of package validate seals them: at its deciles, at its values when there are at
// most 20, or its 64 most frequent texts and all others; an empty bin counts as a share of 1e-4.
//
// Results depend on the rows alone, not on workers or batches. Figures that do not exist (no values, infinite distance) are absent, never NaN.
package drift
