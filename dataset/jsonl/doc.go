// Package jsonl reads and writes JSON lines as datasets: one JSON object a line, UTF-8, a key for each column.
//
// Open gives a rewindable source of a file, NewSource one of a reader, Create a sink that writes a file.
//
// # Values
//
// Without a schema the whole file is read once to infer one. The columns stand in the order in which their keys are first met, and a column takes the type that
// holds every value that is not null: bool; int64 for numbers that are all integers within its range; float64 for other numbers; utf8 for strings; json, passed
// through unread, for objects and arrays. A column of bools, numbers and strings mixed is utf8, each as it is written, so that one bad cell is one bad cell
// and not a bad file; nested values beside others are refused. null and an absent key are the same null; a column that has one is nullable; a column of nulls
// alone is utf8.
//
// With a schema each value must be one of its column's type without loss. Besides a number, a numeric column takes a string that holds one; a bool column also
// 0 and 1; dates and times are strings as package csv reads them; text columns take strings alone; a json column takes anything. Keys that the schema does
// not want are dropped. A wanted column that is in no line at all is an error, since its name must be wrong.
//
// The parser is strict: RFC 8259 numbers, no NaN, no key twice in a line's object, no lone surrogates, no bytes that are not UTF-8. Malformed text is a *dataset.FormatError
// with its line. Empty lines are skipped.
package jsonl
