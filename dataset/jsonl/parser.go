package jsonl

import (
	"fmt"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/tidewheel/tidewheel/dataset"
)

// kind is the kind of a JSON value.
type kind uint8

const (
	kindNull kind = iota
	kindBool
	kindNumber
	kindString
	kindNested // an object or array
)

func (k kind) String() string {
	return [...]string{"null", "a bool", "a number", "a string", "an object or array"}[k]
}

// value is one JSON value. It aliases the line, or for a string with escapes the parser's memory until the next record.
type value struct {
	kind kind
	raw  []byte // as it is written
	text []byte // of a string, without quotes and escapes
}

// parser reads one record.
type parser struct {
	b        []byte
	at       int
	maxDepth int
	scratch  []byte
	flat     bool   // the members of inner objects are passed on, under the names of all keys to them
	prefix   []byte // the keys of the objects around, each with a point behind
	name     []byte // the last name that was joined
}

// syntaxError says what was wanted; the line is added by the caller.
type syntaxError struct{ want, got string }

func (e *syntaxError) Error() string { return "want " + e.want + ", got " + e.got }

func (p *parser) fail(want string) error {
	got := "the end of the line"
	if p.at < len(p.b) {
		got = fmt.Sprintf("another character at byte %d", p.at+1)
	}
	return &syntaxError{want: want, got: got}
}

// object parses b as one object and passes its members on.
func (p *parser) object(b []byte, member func(key []byte, v value) error) error {
	p.b, p.at, p.scratch, p.prefix = b, 0, p.scratch[:0], p.prefix[:0]
	if p.space(); !p.take('{') {
		return p.fail("an object")
	}
	if err := p.members(1, member); err != nil {
		return err
	}
	if p.space(); p.at < len(p.b) {
		return p.fail("one object")
	}
	return nil
}

// members parses the rest of an object behind its brace.
func (p *parser) members(depth int, member func(key []byte, v value) error) error {
	if p.space(); p.take('}') {
		return nil
	}
	for {
		p.space()
		key, err := p.str()
		if err != nil {
			return err
		}
		if p.space(); !p.take(':') {
			return p.fail("a colon")
		}
		if err := p.member(key, depth, member); err != nil {
			return err
		}
		p.space()
		if p.take('}') {
			return nil
		}
		if !p.take(',') {
			return p.fail("a comma or a closing brace")
		}
	}
}

// member parses the value of a key and passes it on.
func (p *parser) member(key []byte, depth int, member func(key []byte, v value) error) error {
	if p.flat && member != nil {
		p.space()
		if p.at < len(p.b) && p.b[p.at] == '{' {
			return p.inner(key, depth, member)
		}
		if len(p.prefix) > 0 {
			p.name = append(append(p.name[:0], p.prefix...), key...)
			key = p.name
		}
	}
	v, err := p.value(depth)
	if err != nil || member == nil {
		return err
	}
	return member(key, v)
}

// inner passes the members of an object on, whose brace is next.
func (p *parser) inner(key []byte, depth int, member func(key []byte, v value) error) error {
	if depth >= p.maxDepth {
		return fmt.Errorf("nested deeper than %d: %w", p.maxDepth, dataset.ErrLimit)
	}
	p.at++
	n := len(p.prefix)
	p.prefix = append(append(p.prefix, key...), '.')
	err := p.members(depth+1, member)
	p.prefix = p.prefix[:n]
	return err
}

// elements parses b as one array and passes its elements on.
func (p *parser) elements(b []byte, element func(v value) error) error {
	p.b, p.at, p.scratch = b, 1, p.scratch[:0]
	if p.space(); p.take(']') {
		return nil
	}
	for {
		v, err := p.value(1)
		if err == nil {
			err = element(v)
		}
		if err != nil {
			return err
		}
		if p.space(); p.take(']') {
			return nil
		}
		p.take(',') // the array was parsed before
	}
}

func (p *parser) value(depth int) (value, error) {
	p.space()
	from := p.at
	if p.at == len(p.b) {
		return value{}, p.fail("a value")
	}
	var v value
	var err error
	switch c := p.b[p.at]; c {
	case '"':
		v.kind = kindString
		v.text, err = p.str()
	case '{', '[':
		v.kind = kindNested
		err = p.nested(c, depth)
	case 't':
		v.kind, err = kindBool, p.word("true")
	case 'f':
		v.kind, err = kindBool, p.word("false")
	case 'n':
		v.kind, err = kindNull, p.word("null")
	default:
		v.kind, err = kindNumber, p.number()
	}
	v.raw = p.b[from:p.at]
	return v, err
}

func (p *parser) nested(open byte, depth int) error {
	if depth >= p.maxDepth {
		return fmt.Errorf("nested deeper than %d: %w", p.maxDepth, dataset.ErrLimit)
	}
	p.at++
	if open == '{' {
		return p.members(depth+1, nil)
	}
	if p.space(); p.take(']') {
		return nil
	}
	for {
		if _, err := p.value(depth + 1); err != nil {
			return err
		}
		p.space()
		if p.take(']') {
			return nil
		}
		if !p.take(',') {
			return p.fail("a comma or a closing bracket")
		}
	}
}

func (p *parser) word(w string) error {
	if len(p.b)-p.at < len(w) || string(p.b[p.at:p.at+len(w)]) != w {
		return p.fail("a value")
	}
	p.at += len(w)
	return nil
}

// number parses a number by the grammar of RFC 8259, section 6.
func (p *parser) number() error {
	p.take('-')
	if !p.take('0') && !p.digits() {
		return p.fail("a value")
	}
	if p.take('.') && !p.digits() {
		return p.fail("a digit behind the point")
	}
	if p.take('e') || p.take('E') {
		if !p.take('+') {
			p.take('-')
		}
		if !p.digits() {
			return p.fail("a digit in the exponent")
		}
	}
	return nil
}

func (p *parser) digits() bool {
	from := p.at
	for p.at < len(p.b) && p.b[p.at]-'0' <= 9 {
		p.at++
	}
	return p.at > from
}

func (p *parser) take(c byte) bool {
	if p.at < len(p.b) && p.b[p.at] == c {
		p.at++
		return true
	}
	return false
}

func (p *parser) space() {
	for p.at < len(p.b) && (p.b[p.at] == ' ' || p.b[p.at] == '\t' || p.b[p.at] == '\r' || p.b[p.at] == '\n') {
		p.at++
	}
}

// str parses a string and returns its text. A string without escapes is a part of the line.
func (p *parser) str() ([]byte, error) {
	if !p.take('"') {
		return nil, p.fail("a string")
	}
	from := p.at
	for i, c := range p.b[from:] {
		if c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		p.at = from + i
		switch c {
		case '"':
			p.at++
			return p.b[from : p.at-1 : p.at-1], nil
		case '\\':
			return p.escaped(from)
		default:
			return nil, p.fail("no control character in a string")
		}
	}
	p.at = len(p.b)
	return nil, p.fail("a closing quote")
}

// escaped goes on at the first backslash of a string that starts at from.
func (p *parser) escaped(from int) ([]byte, error) {
	start := len(p.scratch)
	p.scratch = append(p.scratch, p.b[from:p.at]...)
	for p.at < len(p.b) {
		c := p.b[p.at]
		switch {
		case c == '"':
			p.at++
			return p.scratch[start:len(p.scratch):len(p.scratch)], nil
		case c == '\\':
			if err := p.escape(); err != nil {
				return nil, err
			}
			continue
		case c < 0x20:
			return nil, p.fail("no control character in a string")
		}
		p.scratch = append(p.scratch, c)
		p.at++
	}
	return nil, p.fail("a closing quote")
}

func (p *parser) escape() error {
	p.at++
	if p.at == len(p.b) {
		return p.fail("an escape")
	}
	c := p.b[p.at]
	p.at++
	switch c {
	case '"', '\\', '/':
		p.scratch = append(p.scratch, c)
	case 'b':
		p.scratch = append(p.scratch, '\b')
	case 'f':
		p.scratch = append(p.scratch, '\f')
	case 'n':
		p.scratch = append(p.scratch, '\n')
	case 'r':
		p.scratch = append(p.scratch, '\r')
	case 't':
		p.scratch = append(p.scratch, '\t')
	case 'u':
		return p.unicode()
	default:
		p.at--
		return p.fail("an escape")
	}
	return nil
}

// unicode parses the digits of \u, and of the second half of a pair.
func (p *parser) unicode() error {
	r, err := p.hex()
	if err != nil {
		return err
	}
	if utf16.IsSurrogate(r) {
		if !p.take('\\') || !p.take('u') {
			return p.fail("the second half of a surrogate pair")
		}
		second, err := p.hex()
		if err != nil {
			return err
		}
		if r = utf16.DecodeRune(r, second); r == utf8.RuneError {
			return p.fail("a surrogate pair")
		}
	}
	p.scratch = utf8.AppendRune(p.scratch, r)
	return nil
}

func (p *parser) hex() (rune, error) {
	if len(p.b)-p.at < 4 {
		return 0, p.fail("four hexadecimal digits")
	}
	v, err := strconv.ParseUint(string(p.b[p.at:p.at+4]), 16, 16)
	if err != nil {
		return 0, p.fail("four hexadecimal digits")
	}
	p.at += 4
	return rune(v), nil
}
