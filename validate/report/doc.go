// Package report writes what package validate finds as an HTML page that can be sent and kept: one file of at most 300 KB, whatever the size of the data, that asks
// for nothing from outside.
//
// WriteProfile shows a validate.Profile: an overview of all columns, what is missing, correlations, and a part for each column with its figures, its histogram and
// its most frequent values. WriteReport shows a validate.Report: the verdict, the findings, and the state of each column.
//
//	p, err := validate.ProfileOf(ctx, source, validate.ProfileOptions{})
//	…
//	err = report.WriteProfile(file, p, report.ProfileOptions{Title: "adult-train.csv"})
//
// The pages follow the reader's choice of dark or light, need no script and no pointer, and have no value of a personal column. A package of its own keeps html/template
// out of programs that serve. The bytes depend on the arguments alone.
package report
