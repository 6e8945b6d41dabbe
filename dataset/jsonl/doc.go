// Package jsonl reads and writes JSON as datasets: one object a row, UTF-8, a key for each column. It reads JSON lines, an object a line; one array of objects; objects of
// several lines each, one behind the other; and the objects that stand below a path of one document. Which of them a file is, its beginning says, and Options.Records the
// path. It writes JSON lines, or one array.
//
// Open gives a rewindable source of a file, NewSource one of a reader, Create a sink that writes a file. An array is read as a stream too: memory holds one record.
//
// # Values
//
// Without a schema the whole file is read once to infer one. The columns stand in the order in which their keys are first met, and a column takes the type that
// holds every value that is not null: bool; int64 for numbers that are all integers within its range, uint64 for those that are not negative, decimal128(38,0) for others
// of at most 38 digits; float64 for other numbers; utf8 for strings; json, passed through unread, for objects and arrays. A column of bools, numbers and strings mixed is
// utf8, each as it is written, so that one bad cell is one bad cell and not a bad file; a column of nested and other values is json, each as it is written. null and an
// absent key are the same null; a column that has one is nullable; a column of nulls alone is utf8. Source.Report says which line made each column what it is, and which
// columns came later than others.
//
// With NestedColumns the members of objects are columns of their own, a.b, and arrays of numbers, of texts or of bools are lists.
//
// With a schema each value must be one of its column's type without loss. Besides a number, a numeric column takes a string that holds one; a bool column also
// 0 and 1; dates and times are strings as package csv reads them; text columns take strings alone; a json column takes anything; a list takes an array, and a struct an
// object, whose absent members are null. Keys that the schema does not want are dropped. A wanted column that is in no record at all is an error, since its name must
// be wrong.
//
// The parser is strict: RFC 8259 numbers, no NaN, no key twice in a record's object, no lone surrogates, no bytes that are not UTF-8; \u0000 is a character like others.
// Malformed text is a *dataset.FormatError with its line. Empty lines are skipped. What stands in a document beside the records is skipped, not checked.
package jsonl
