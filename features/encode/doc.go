// Package encode turns text categories into numbers: a OneHot into a column of 0 and 1 for each category, an Ordinal into one column of codes.
//
//	hot, err := encode.NewOneHot(encode.OneHotOptions{MaxCategories: 20})
//	step := features.Step{Columns: features.Categorical(), Fitter: hot}
//
// The categories of a column are those of its field's OneOf, in that order, or else the texts met in training, sorted by their bytes. What is not among them is
// treated as the field's Unseen says. Everything learned becomes the plan operations lookup and one_hot, so one row at serving time is encoded as a batch is, and a
// dictionary's codes, which are private to a batch, never matter.
//
// Categories become part of the plan and of column names, so a personal column is refused.
package encode
