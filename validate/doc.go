// Package validate says what data looks like, what rules it keeps, and which rows break them, before any model sees them.
//
//	source ─▶ ProfileOf ─▶ Profile ─▶ Infer ─▶ dataset.Schema, reviewed by a person
//	                          │                      │
//	                          └──── reference ─▶ New ▼ Validator ─▶ Check, Quarantine   a whole source
//	                                                            ├▶ CheckBatch, Conform  a batch of a file
//	                                                            └▶ CheckRow             a row that is served
//
// It is for whoever reads data: programs that train, jobs that score files, servers. A program that checks a feed against the data it was built for:
//
//	p, err := validate.ProfileOf(ctx, reference, validate.ProfileOptions{})
//	schema, err := validate.Infer(p, validate.InferOptions{})
//	v, err := validate.New(schema, validate.ValidatorOptions{Reference: p})
//	report, err := v.Check(ctx, feed)
//	for _, f := range report.Findings {
//		fmt.Println(f.Severity, f.Rule, f.Column, f.Count, f.FirstRows)
//	}
//
// # Verdicts
//
// The rules stand in the dataset.Schema. What breaks them is refused. What is accepted though a program that trusts types would not expect it is counted: a column
// too many or in another place, a number that came as text without loss, a null where nulls are allowed. What keeps every rule and is still probably wrong is
// flagged: a value that a factor of 100 or 1000 would make usual (unit_scale), and two values that fit each other's columns (swapped_columns), judged from the
// marginal distributions of the reference. The guard flags at most 1 % of clean rows, as a rule far fewer: whole numbers that run on, personal columns, targets and
// keys are not guarded, and a value has to lie outside everything usual before an explanation is sought. What it cannot see in one row (zero times 100, two columns
// of one range) it does not guess.
//
// Nothing that is refused reaches a model in silence, and a bad row is no error: errors are for data that cannot be read at all. Findings hold names, types, rules,
// counts and row addresses, never values of rows.
//
// # Two forms
//
// A Profile is sealed: JSON of at most 75 KB for 20 columns that goes into a bundle, has no value of a personal column and is read by ParseProfile; InferAll takes those of many days. A Profiler is what can
// still be merged: MarshalBinary gives at most 400 KB for 20 columns whose texts are not long, which another process reads, merges and seals. It says what one pass over all rows says: counts, bounds and moments the same, quantiles
// within 1 % in rank, distinct values with a standard error of 0.8 %, frequent values within TopError.
//
// # Lifetimes
//
// Profile and Validator are immutable and safe for concurrent use. Batches are borrowed, and what Conform returns belongs to the caller. A RowResult is reused by
// one goroutine, so that CheckRow allocates nothing.
package validate
