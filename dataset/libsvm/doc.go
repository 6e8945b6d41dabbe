// Package libsvm reads and writes the sparse text of libsvm, svmlight, XGBoost and LightGBM as datasets: a line for each row,
//
//	label [qid:group] feature:value feature:value … # comment
//
// Open gives a rewindable source of a file, NewSource one of a reader, Create a sink that writes a file.
//
// # Columns
//
// The columns are label, of the role target; qid, of the role group, when the lines have it, and then all of them must; and a float64 column for each feature, f and its
// number as the file has it, from the first number to the largest that is met: f1, f2 … of a file that counts from 1, f0, f1 … of one that counts from 0. A file in which
// 0 occurs counts from 0, any other from 1, as with scikit-learn, unless Options.Base says so. A label column is int64 when every label is an integer, else float64.
//
// A feature that a line leaves out is 0: that is what the format means by it. With Options.AbsentNull it is null, for files that leave out what is missing.
//
// The file is read once to find its columns and once for each range; a schema that is given saves the first.
//
// # What is refused
//
// Several labels in a line (the multi-label form 1,3), a label with a weight behind a colon, features that are not in increasing order, a feature or qid twice, numbers
// that are none, and a feature below the first: a *dataset.FormatError with the line. More columns than MaxColumns and longer lines than MaxLineBytes are
// dataset.ErrLimit, however small the file that asks for them.
package libsvm
