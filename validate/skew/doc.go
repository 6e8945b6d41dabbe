// Package skew says how one table differs from another by their profiles: what a model was trained on from what it is served (skew), and one day's feed from the day
// before (drift), by the measures and thresholds of TensorFlow Data Validation (TFDV), with two-sample tests beside them.
//
//	two validate.Profiles ─▶ Compare     ─┐
//	                                      ├─▶ Report: figures of each column, and what is beyond a threshold as validate.Findings
//	two dataset.Sources   ─▶ CompareRows ─┘
//
// It is for whoever takes in a feed and has the profile of an earlier one at hand, but not its rows; package monitor/drift answers the same question about two sets of
// rows for a model that is watched.
//
//	r, err := skew.Compare(yesterday, today, skew.Options{})
//	for _, f := range r.Findings {
//		fmt.Println(f.Severity, f.Rule, f.Column, f.Want, f.Got)
//	}
//
// # Measures
//
//	rule, after skew_ or drift_   of                 what is measured                                              judged by default   as in TFDV
//	linfty                        categories         largest change of the share of one value                      above 0.05          infinity_norm
//	jensen_shannon                numbers and texts  Jensen–Shannon divergence to base 2, in [0, 1]                above 0.02          jensen_shannon_divergence
//	normalized_abs_difference     categories         largest change of a count, over all rows of both              no                  normalized_abs_difference
//	psi                           numbers and texts  population stability index; an empty bin counts as 1e-4       no                  –
//	ks                            numbers            largest distance of the two distribution functions            no                  –
//	wasserstein                   numbers            Wasserstein distance over the reference's standard deviation  no                  –
//	new_categories                texts              share of values that the reference lacks                      above 0.01          distribution_constraints
//	missing_share                 all                change of the share of nulls, NaN and infinities              above 0.01          –
//	low_num_examples              rows               rows over rows of the reference                               no                  num_examples_drift_comparator
//	high_num_examples             rows               the same                                                      no                  num_examples_drift_comparator
//	data_missing                  rows               there are no rows, and the reference has some                 yes                 data_missing
//
// Beside them are missing_column, extra_column and column_type, as package validate has them. Categories are the values of texts, of bools, and of numbers of which the
// reference has at most 20. Thresholds are set for all columns, and for single ones.
//
// TFDV calls whatever is above its threshold an anomaly, and thresholds that suit a thousand rows are noise at fifty. Here a distance is a finding when a test says
// besides that chance does not explain it: chi-square over the same bins (Kolmogorov–Smirnov where all values are at hand), adjusted over the report by Benjamini and
// Hochberg, at Options.Alpha, and with at least 30 values on both sides. Alpha: 1 asks no test, and is TFDV's verdict.
//
// Columns with the role of a key or a time, and those of dates and times, differ from day to day as they should: their figures are given and they are judged only when
// Options.Columns names them. Of a personal column a profile has counts only, so only its share of missing values is compared.
//
// # Bins
//
// Numbers are counted in the reference's own bins (validate.Bins: at its deciles, or at each of its values), in which the other profile's counts are read off its
// quantiles and off its own bins: exactly where it lists its values or has the same cuts, else within about 1 % of the rows. Histogram chooses TFDV's bins instead:
// equally wide ones, or quantiles, of each side, cut again at the edges of both. Those of a column with a long tail change with its largest value, so that equal
// distributions look different; they are for whoever needs TFDV's figure.
//
// Texts are counted one by one as far as the profiles list them. Of a text that only one side lists, the other has the number, within what may have been left off its
// list, that makes the least difference. CompareRows counts numbers exactly in these bins, and computes ks and wasserstein from the values themselves.
//
// # Lifetimes
//
// The functions keep nothing and are safe for concurrent use; a Report is the caller's. Findings hold names, rules, counts and distances, never values of rows; Column
// has the category that changed most, which the profiles hold too.
package skew
