// Package arff reads and writes ARFF, the text of Weka and OpenML, as datasets: a header that declares the attributes and their types, and a line for each row, dense or sparse.
//
// Open gives a rewindable source of a file, NewSource one of a reader; Create a sink that writes one.
//
// # Columns
//
// The header says the columns and their types, so that nothing is inferred and the file is read once.
//
//	numeric, real     float64
//	integer           int64; a number with a fraction is refused
//	{a, b, c}         dictionary, with the values as OneOf in their order; any other value is refused
//	string            utf8
//	date ["format"]   date32 when the format has no time of day, else timestamp[us], with a zone timestamp[us,UTC]; formats are Java's, of the letters y M d H h a m s S Z X z
//	relational        refused by name
//
// Every column may hold nulls, which are written ? without quotes, or NaN among numbers. The two digits of a year yy are of 1969 to 2068.
//
// # Rows
//
// Values stand between commas, or in a line without any between spaces and tabs. Names and values that hold one of these, a brace or a quote stand in ' or ", with \ before a
// quote inside; \n, \t, \r and \u0041 are what they are elsewhere. A sparse row {1 x, 3 y} counts attributes from 0 and leaves out zeros: what is absent is 0 in a column of
// numbers, the first of the declared values in a nominal one, and null in others. A weight {2.5} behind a row is read into the column that Options.Weight names, and
// refused without one.
//
// A line that is not what the header asks for is a *dataset.FormatError with its line and column.
package arff
