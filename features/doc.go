// Package features turns columns into what a model takes.
//
// Callers put Steps into a Pipeline and fit it; implementers of a step write a Fitter that returns a Fitted. Everything a step learned is scoring operations on
// named columns (its plan), so batch and one-row scoring run the same kernels, a pipeline joins with a model into one plan, and a sealed bundle needs no code
// of this package to score.
//
//	Fitter       learns from training rows: impute.Imputer, scale.Standardizer, encode.OneHot, encode.Ordinal, datetime.Parts, text.Hash, text.Count, text.TFIDF, a Pipeline
//	Transformer  the fitted, immutable step
//	Selector     the columns of a step: by name, class of type, or role
//	Transform    runs a Transformer on a batch; Apply on a source
//
// Missing is null in a batch and NaN inside a plan; a step that can make a missing value makes it null again.
package features
