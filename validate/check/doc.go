// Package check holds checks that a schema cannot say, as values that a host lists: of cells, of rows, between columns, of keys, of whole columns, against another
// source or against a reference.
//
//	[]Check ─▶ New ─▶ Checker ─▶ Run(source) ─▶ Result ─▶ validate.Report, and the address of every row
//
// It is for whoever reads data and knows more of it than its types and bounds (those stand in a dataset.Schema, which package validate checks). A program that
// checks a table of orders:
//
//	c, err := check.New([]check.Check{
//		check.Unique{Columns: []string{"id"}},
//		check.Compare{Left: "shipped", Operator: dataset.GreaterEqual, Right: "ordered"},
//		check.Terms{Check: check.Between{Column: "discount", Min: 0, Max: 0.5}, Severity: validate.Flagged, AtMost: 0.001},
//		check.When{Column: "state", Value: dataset.TextValue("paid"), Then: check.NotNull{Column: "paid_at"}},
//	}, check.Options{})
//	result, err := c.Run(ctx, orders)
//
// docs/checks.md has a table of the checks with the names that pandera and Great Expectations have for them. A List is kept as JSON and read by Parse; package
// expression makes a check of a condition that is text.
//
// # What all checks share
//
// A value is missing when it is null or NaN. A check of values passes over what is missing; NotNull, Null and NullShare are about it. Numbers are compared in number
// form (dataset.Float64s), so an integer beyond 2^53 is rounded; keys (Unique, References, DistinctCount) are exact. Texts are compared byte by byte.
//
// A check refuses the rows that break it; Terms gives it another severity, or a share of rows that may break it. A check of a whole column or source (Sum, RowCount
// …) that fails is about all rows. A column that the source lacks, or that has a type the check cannot read, is a finding too and no error, under the rules
// missing_column and column_type of package validate.
//
// Every source is read once (those of References and SameRowCount before it), in chunks, on several cores, and the result depends on the rows alone. Beside what
// dataset.Run holds, a check holds one bit for each row of a chunk that has a row which breaks it; checks that hold more say so.
//
// # Lifetimes
//
// Check values are plain data. Checker and Result are immutable and safe for concurrent use. Findings hold names, rules, counts and row addresses, never values.
package check
