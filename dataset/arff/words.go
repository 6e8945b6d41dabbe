package arff

import (
	"strconv"
	"unicode/utf8"
)

// scanner reads the names and values of a line.
type scanner struct {
	text    []byte
	at      int
	scratch []byte // of texts with escapes, until the next line
}

// value is a name or a value. It aliases the line or the scanner's memory until the next line.
type value struct {
	text   []byte
	quoted bool
}

// isMissing reports whether v stands for no value.
func (v value) isMissing() bool { return !v.quoted && len(v.text) == 1 && v.text[0] == '?' }

func (s *scanner) reset(line []byte) { s.text, s.at, s.scratch = line, 0, s.scratch[:0] }

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' }

// space skips spaces and reports whether there were any.
func (s *scanner) space() bool {
	from := s.at
	for s.at < len(s.text) && isSpace(s.text[s.at]) {
		s.at++
	}
	return s.at > from
}

// take skips c when it is next.
func (s *scanner) take(c byte) bool {
	if s.at < len(s.text) && s.text[s.at] == c {
		s.at++
		return true
	}
	return false
}

func (s *scanner) end() bool { return s.at == len(s.text) }

// word reads a value up to one of the bytes of stop, or to the end, without the spaces around it. want is what is missing when it errs.
func (s *scanner) word(stop string) (v value, want string) {
	s.space()
	if s.at < len(s.text) && (s.text[s.at] == '\'' || s.text[s.at] == '"') {
		text, ok := s.quoted()
		if !ok {
			return value{}, "a closing quote"
		}
		return value{text, true}, ""
	}
	from := s.at
	for s.at < len(s.text) && !contains(stop, s.text[s.at]) {
		s.at++
	}
	to := s.at
	for to > from && isSpace(s.text[to-1]) {
		to--
	}
	if from == to {
		return value{}, "a value, or ? where it is missing"
	}
	return value{text: s.text[from:to]}, ""
}

func contains(stop string, c byte) bool {
	for i := range len(stop) {
		if stop[i] == c {
			return true
		}
	}
	return false
}

// quoted reads a text in quotes. One without escapes is a part of the line.
func (s *scanner) quoted() ([]byte, bool) {
	q := s.text[s.at]
	s.at++
	from, start := s.at, -1 // start: where the text begins in scratch, once there was an escape
	for s.at < len(s.text) {
		c := s.text[s.at]
		switch {
		case c == q:
			s.at++
			if start < 0 {
				return s.text[from : s.at-1 : s.at-1], true
			}
			return s.scratch[start:len(s.scratch):len(s.scratch)], true
		case c == '\\' && s.at+1 < len(s.text):
			if start < 0 {
				start = len(s.scratch)
				s.scratch = append(s.scratch, s.text[from:s.at]...)
			}
			s.escape()
		default:
			if start >= 0 {
				s.scratch = append(s.scratch, c)
			}
			s.at++
		}
	}
	return nil, false
}

// escape reads a backslash and what follows it.
func (s *scanner) escape() {
	c := s.text[s.at+1]
	s.at += 2
	switch c {
	case 'n':
		s.scratch = append(s.scratch, '\n')
	case 't':
		s.scratch = append(s.scratch, '\t')
	case 'r':
		s.scratch = append(s.scratch, '\r')
	case '\'', '"', '\\', '%':
		s.scratch = append(s.scratch, c)
	case 'u':
		if len(s.text)-s.at >= 4 {
			if r, err := strconv.ParseUint(string(s.text[s.at:s.at+4]), 16, 16); err == nil && utf8.ValidRune(rune(r)) {
				s.scratch = utf8.AppendRune(s.scratch, rune(r))
				s.at += 4
				return
			}
		}
		s.scratch = append(s.scratch, '\\', 'u')
	default:
		s.scratch = append(s.scratch, '\\', c)
	}
}
