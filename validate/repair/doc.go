// Package repair mends rows: what can be explained is repaired, every changed cell is written down, and what cannot be explained stays for a person to see.
//
//	Report ─▶ Propose ─▶ []Repair ─▶ New ─▶ Repairer ─▶ Apply(source) ─▶ Repaired, a source   ─▶ check it again
//	                        ▲                                   │
//	                     by hand                                └─▶ ledger, a sink ─▶ Undo
//
// It is for whoever gets rows that a validate.Validator refuses and cannot send them back. A program that repairs a feed by what it found in it:
//
//	report, err := v.Check(ctx, feed)
//	p, err := repair.Propose(report, schema, feed.Schema(), repair.ProposeOptions{Reference: profile})
//	r, err := repair.New(p.Repairs, repair.Options{Schema: schema})
//	repaired, err := r.Apply(feed, ledger)
//	rows, err := dataset.Copy(ctx, out, repaired)
//
// # Repairs
//
// Repairs are values, so a list of them reads like what was decided:
//
//	Impute             what is missing: a constant, or the mean, median or mode of a profile (ImputeFrom)
//	Clip               numbers out of range, to its ends or to quantiles of a profile (ClipQuantiles)
//	Rescale, Convert   numbers in another unit, one by one or the whole column
//	Trim, Case, NFC    spaces, letters and characters of texts
//	Map, Nearest       categories by a table or by edit distance
//	Dates              dates and times in other layouts
//	Smooth             spikes of a series, by a moving median
//	Dedupe             rows that are there twice
//	Mend               any of the above, only where a value breaks its field's rules and if the result keeps them
//
// Numbers are seen in number form (dataset.Float64s), and in a column of texts where the texts are numbers. A result that the column's type cannot hold is not written.
//
// # Twice is once
//
// Repairing repaired rows changes nothing. The repairs of a cell are repeated until none changes it; a cell whose repairs contradict each other, so that eight rounds
// do not settle it, stays as it was. Convert goes by the unit in the schema, Smooth takes the recursive median, and Dedupe looks at repaired cells. Where repaired rows
// pass through a file that keeps no units, such as CSV, the reader has to be given the new schema. A result depends on the rows alone, not on how they are cut into
// batches.
//
// # Ledger
//
// Each changed cell is a row of the ledger: row, column, rule, old and new value as text that reads back to the bit. Undo puts the old values back. Values of personal
// columns stand in it as HMAC-SHA-256 only, by a key of the host's (Hash); they cannot be undone, and old and new can still be compared with a value that is known.
// Errors hold no values.
//
// # Quality
//
// QualityOf condenses what was found into one figure in [0, 1]. With n rows of p columns, it is 0.3 completeness + 0.4 validity + 0.15 uniqueness + 0.15 consistency:
//
//	completeness  1 - missing cells / (n p): nulls, also where they are allowed, and NaN that counts as null, columns that are not there, categories taken as missing
//	validity      1 - cells refused or flagged for their value / (n p): type, fraction, overflow, not finite, out of range, not a category, pattern, and rules of the host's
//	uniqueness    1 - rows that repeat a key / n: the worst of the key columns, by the profile, and of the findings of check.Unique
//	consistency   1 - cells at odds with other cells, rows or the reference / (n p): units, scales, swapped columns, comparisons, orders, sums, references, distributions
//
// A finding about a row or a whole column counts as one cell of each of its rows, one that names two columns as two, and no figure falls below 0. Every further bad cell that is found lowers it or
// leaves it as it is, and nothing raises it. The figures of two feeds compare only under the same schema and checks.
//
// # Lifetimes
//
// Repairs are plain data; slices and maps in them must not change once New has them. Repairer is immutable and safe for concurrent use.
package repair
