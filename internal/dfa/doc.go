// Package dfa says whether an RE2 expression is found in a text, at one table look-up a byte where package regexp walks an automaton.
//
//	m, err := dfa.Compile(`\A(?:[A-Z]{2}-[0-9]{4})\z`)
//	m.Match("AB-0042") // true
//
// It is for checks of whole columns. An expression is turned into a deterministic automaton when it is compiled, with at most MaxStates states; one that would need
// more, or too many steps to build, is left to package regexp. The answer is that of regexp.Regexp.MatchString for every expression and every text, bytes that are
// no UTF-8 included; it is fuzzed to be.
//
// A Matcher is immutable and safe for concurrent use.
package dfa
