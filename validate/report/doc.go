// Package report writes what package validate finds as an HTML page that can be sent and kept: one file of at most 300 KB, whatever the size of the data, that asks
// for nothing from outside.
//
// WriteProfile shows a validate.Profile: an overview of all columns, what is missing, correlations, and a part for each column with its figures, its histogram and
// its most frequent values; and of a survey.Survey of the same rows which cells miss together, how often rows come twice, how columns depend on each other, what
// texts look like, and what a schema should say. WriteReport shows a validate.Report, with or without the findings of a list of checks: the verdict, the findings, the
// state of each column, the quality of the rows before and after a repair, and how they differ from the reference. WriteSkew shows such a difference by itself.
//
//	p, err := validate.ProfileOf(ctx, source, validate.ProfileOptions{})
//	…
//	err = report.WriteProfile(file, p, report.ProfileOptions{Title: "adult-train.csv"})
//
// The pages follow the reader's choice of dark or light, need no script and no pointer, and have no value of a personal column. A package of its own keeps html/template
// out of programs that serve. The bytes depend on the arguments alone.
package report
