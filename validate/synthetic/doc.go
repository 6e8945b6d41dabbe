// Package synthetic makes rows from a schema: rows that keep every rule of it, and the same rows broken in named ways. It is for whoever tests what reads rows, such as a feed, a check, a decoder or a server,
// without a file of real ones.
//
//	dataset.Schema ─▶ New ─▶ Rows, which a Validator accepts ─▶ Break ─▶ Broken ─▶ Planted: which cell breaks which rule
//	                   ▲                                                  │
//	validate.Profile ──┘ shares and quantiles                             └─▶ Findings, Compare: what a report has to say, and nothing else
//
// Both are sources, so that they go wherever rows go, files included. A test of a feed's checks:
//
//	rows, err := synthetic.New(schema, 10_000, synthetic.Options{Seed: 1})
//	broken, err := synthetic.Break(rows, synthetic.BreakOptions{Share: 0.05})
//	report, err := validator.Check(ctx, broken)
//	err = broken.Compare(report) // nil when every planted cell is named, by row, column and rule, and no other
//
// Each cell follows from the seed, the column's name and the row's number alone: neither the size of batches nor further columns nor the number of rows change it, but in columns without repeats.
//
// # Lifetimes
//
// Rows and Broken are immutable and safe for concurrent use. The batches that they yield are borrowed. Nothing is held but the addresses of the draws of a column without repeats.
package synthetic
