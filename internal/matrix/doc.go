// Package matrix is the only place that turns the columns of a training set into matrices, and where their types, missing and infinite values, weights and
// lengths are checked, so that no kernel meets a number it cannot use.
//
//	Read      the features, the target and the weights of a Source as a Table
//	Table     column-major: one slice of n numbers (or category codes) a column
//	Parallel  runs the tasks of a kernel on several goroutines
//
// Column by column is the cheap way to copy Arrow columns (one move each), and the kernels of the families read columns.
package matrix
