// Package report writes a comparison of two sources of rows as an HTML page that can be sent and kept: one file of at most 300 KB, whatever the size of the data, that
// asks for nothing from outside.
//
// WriteDrift shows a drift.Report: how many columns drifted, a table with the test, the statistic, the p-value, the effect and the distances of each column, and, from
// the profiles of both sources, both distributions of each column over each other, those that drifted first.
//
//	r, err := drift.Compare(ctx, reference, current, drift.Options{})
//	…
//	err = report.WriteDrift(file, r, report.Options{Title: "July against January", Reference: january, Current: july})
//
// The pages follow the reader's choice of dark or light, need no script and no pointer, and have no value of a personal column. A package of its own keeps html/template
// out of programs that serve. The bytes depend on the arguments alone.
package report
