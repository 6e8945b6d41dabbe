// Package text turns texts into numbers by the terms in them: a Hash into a fixed number of columns, whatever the words, a Count into a column for each term of the
// training rows, a TFIDF into the same weighted by how rare the terms are.
//
//	tfidf, err := text.NewTFIDF(text.TFIDFOptions{Terms: text.Terms{MaxWords: 2}})
//	step := features.Step{Columns: features.Columns("description"), Fitter: tfidf}
//
// A word is a run of two or more letters, digits and underscores of any script (Unicode 15 and later), in small letters; a term is one word, or several that
// follow each other, with one space between. These are the rules of scikit-learn's vectorizers by default, and so are the numbers. Columns are dense, so there are at
// most 65,536 of them in a step, and fewer by default. A null has no terms: all its numbers are 0.
//
// What is learned becomes the plan operation terms, so one row at serving time gets the numbers that a batch gets. Count and TFIDF keep words of the training rows in the
// plan, so they refuse a personal column; Hash keeps none.
package text
