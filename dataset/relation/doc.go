// Package relation combines sources of rows into other sources: joins, concatenation, samples, shuffles and the removal of duplicates. It is for whoever makes a training set out
// of several files, tables or streams.
//
//	Concat          rows of one source behind those of another, by position or by name
//	Join            rows beside those with the same key: inner, left, semi, anti
//	AsOfJoin        rows beside what was known at their time: the join that leaks nothing of the future
//	Dedupe          each row, or each key, once
//	DedupeTexts     texts that are nearly the same, once
//	Sample          some rows at random, in their order
//	Shuffle         all rows in random order, on disk when they are more than memory holds
//
// A condition on columns is dataset.Scan, a function on batches dataset.Map. Each function takes sources and options and returns a source that reads nothing until it is ranged; what it
// takes in memory is said there and bounded by an option. Results depend on the rows and the seed alone, never on how they are cut into batches or on the encoding of a text.
//
//	known, err := relation.AsOfJoin(payments, balances, relation.AsOfOptions{Time: "at", By: []string{"account"}})
//	once, err := relation.Dedupe(known, relation.DedupeOptions{By: []string{"payment"}})
package relation
