// Package expression makes checks of rows out of text: conditions in the language of github.com/expr-lang/expr, for rules that come from a file or a person and not
// from the host's code.
//
//	small, err := expression.New("refund_of_sale", `refund <= amount && (state == "paid" || refund == 0)`, schema, expression.Options{})
//	c, err := check.New([]check.Check{small}, check.Options{})
//
// It is for whoever writes rules that no check of package check has. One that it has is several times cheaper there: an expression is evaluated row by row, at some
// 0.2 µs and an allocation or two a row, where a comparison of two columns takes a few ns.
//
// # The language
//
// A column is its name, or column("its name") where that is no identifier of the language. Integers and unsigned integers of up to 63 bits are int and wrap around
// beyond 2^63, floats, decimals and uint64 are float, and dates and timestamps are times in UTC (of a naive timestamp too). Texts are string, bools bool. Columns of
// other types can only be asked for by missing.
//
// There are the operators of arithmetic, comparison and logic, the conditional c ? a : b, in with a list, contains, startsWith, endsWith, matches with a pattern that is
// written out, slices of texts such as code[0:2], and the functions
//
//	abs ceil floor round max min int float
//	len upper lower trim trimPrefix trimSuffix hasPrefix hasSuffix indexOf lastIndexOf
//	date("2026-01-31") duration("36h") year month day weekday (Monday is 1) hour minute
//	missing(column)
//
// There is no clock, no variable, no loop and no function that reaches outside, so that a row costs no more than its expression is long.
//
// # What is missing
//
// A row that misses one of the columns, null or NaN, is passed over, as by all checks of values. A column that missing asks for does not count here: the expression
// decides, and where it is missing its value is the zero of its type. A row for which the expression has no value, as 1 % 0 and int("x"), breaks the check.
//
// # Errors
//
// The types of all columns are known when the check is made, and a name that is no column, or a type that an operator does not take, is a *dataset.SchemaError then. A
// source whose columns have other types than the schema is an error of Run.
package expression
