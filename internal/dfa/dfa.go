package dfa

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode/utf8"
)

// MaxStates is how many states an automaton may have: 64 KiB of tables for ASCII.
const MaxStates = 256

// The states in which nothing that follows matters.
const (
	dead state = iota
	accept
	first // the first other state
)

type state uint16

// Matcher finds one expression in texts.
type Matcher struct {
	slow    *regexp.Regexp // an expression that is left to package regexp
	plain   bool           // an expression that is a text
	literal string

	start state
	atEnd []bool                 // whether a text that ends here is found, of each state
	ascii [][utf8.RuneSelf]state // the next state, of each state
	wide  []state                // the same by class of rune, a row for each state
	cuts  []rune                 // the first rune of each range of runes that nothing tells apart, ascending from 0
	class []uint8                // of each range
	n     int                    // classes
}

// Compile returns the matcher of expr. Errors are those of regexp.Compile.
func Compile(expr string) (*Matcher, error) {
	tree, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return nil, fmt.Errorf("dfa: compile: %w", err)
	}
	prog, err := syntax.Compile(tree.Simplify())
	if err != nil {
		return nil, fmt.Errorf("dfa: compile: %w", err)
	}
	if !slices.ContainsFunc(prog.Inst, replaced) {
		if text, whole := prog.Prefix(); whole {
			return &Matcher{plain: true, literal: text}, nil
		}
		if m, ok := build(prog); ok {
			return m, nil
		}
	}
	re, err := regexp.Compile(expr)
	if err != nil {
		return nil, fmt.Errorf("dfa: compile: %w", err)
	}
	return &Matcher{slow: re}, nil
}

// replaced reports whether an instruction wants the replacement character or a surrogate, which is written as that one. Whether package regexp finds it, or bytes
// that are not UTF-8 in its place, depends on which of its ways it goes.
func replaced(in syntax.Inst) bool {
	return len(in.Rune) == 1 && (in.Rune[0] == utf8.RuneError || !utf8.ValidRune(in.Rune[0]))
}

// Match reports whether the expression is found in s. It allocates nothing.
func (m *Matcher) Match(s string) bool {
	switch {
	case m.plain:
		return strings.Contains(s, m.literal)
	case m.slow != nil:
		return m.slow.MatchString(s)
	}
	at := m.start
	for i := 0; i < len(s) && at >= first; {
		if b := s[i]; b < utf8.RuneSelf {
			at = m.ascii[at][b]
			i++
			continue
		}
		r, width := utf8.DecodeRuneInString(s[i:])
		at = m.wide[int(at)*m.n+m.classOf(r)]
		i += width
	}
	return m.atEnd[at]
}

func (m *Matcher) classOf(r rune) int {
	at, found := slices.BinarySearch(m.cuts, r)
	if !found {
		at--
	}
	return int(m.class[at])
}
