// Package conform is what the suites of the stages share, for datasettest, validatetest, featurestest and modeltest: rows of any schema, sources that fail or are watched, and looks at
// memory, goroutines and the errors of constructors. Nothing in it knows a stage.
package conform
