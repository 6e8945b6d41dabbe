package wire

import (
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/tidewheel/tidewheel/dataset"
)

// Kind is the kind of the next value.
type Kind uint8

// The kinds. NonFinite is NaN, Infinity or -Infinity, which are no JSON but are what several writers put where a number is not finite: they are read so that the
// answer can name the field.
const (
	Invalid Kind = iota
	Null
	Bool
	Number
	NonFinite
	Text
	Object
	Array
	End // nothing more
)

// String returns what the kind is called in an error.
func (k Kind) String() string {
	switch k {
	case Null:
		return "null"
	case Bool:
		return "a bool"
	case Number:
		return "a number"
	case NonFinite:
		return "a number that is not finite"
	case Text:
		return "a text"
	case Object:
		return "an object"
	case Array:
		return "an array"
	case End:
		return "the end"
	default:
		return "something that is no value"
	}
}

// Limits bounds what a Reader accepts. A zero field is no bound.
type Limits struct {
	Depth     int // of objects and arrays within each other
	TextBytes int // of one text or key
	Members   int // of one object
}

// Reader walks over a JSON text. A member's key may occur once in its object. Errors are *dataset.FormatError with the line, or wrap dataset.ErrLimit; they
// never hold a text of the input. Not safe for concurrent use.
type Reader struct {
	s      string
	at     int
	depth  int
	limits Limits
}

// NewReader returns a reader of text, which must be UTF-8.
func NewReader(text string, limits Limits) (*Reader, error) {
	r := &Reader{s: text, limits: limits}
	if !utf8.ValidString(text) {
		return nil, r.malformed("utf-8", "other bytes")
	}
	return r, nil
}

// Sub returns a reader of a value that Raw has returned, for reading it again when more is known.
func (r *Reader) Sub(raw string) *Reader { return &Reader{s: raw, limits: r.limits} }

// malformed returns the error of what stands at the reader's place.
func (r *Reader) malformed(want, got string) error {
	line := int64(1 + strings.Count(r.s[:min(r.at, len(r.s))], "\n"))
	return &dataset.FormatError{Format: "json", Line: line, Want: want, Got: got}
}

// Want returns the error of a value of another kind than the caller asks for.
func (r *Reader) Want(want string) error { return r.malformed(want, r.Peek().String()) }

func (r *Reader) limit(what string, n int) error {
	return fmt.Errorf("json: want at most %d %s: %w", n, what, dataset.ErrLimit)
}

func (r *Reader) space() {
	for r.at < len(r.s) {
		switch r.s[r.at] {
		case ' ', '\t', '\n', '\r':
			r.at++
		default:
			return
		}
	}
}

// Peek returns the kind of the next value, from its first byte.
func (r *Reader) Peek() Kind {
	r.space()
	if r.at >= len(r.s) {
		return End
	}
	switch c := r.s[r.at]; {
	case c == '{':
		return Object
	case c == '[':
		return Array
	case c == '"':
		return Text
	case c == 'n':
		return Null
	case c == 't', c == 'f':
		return Bool
	case c == 'N', c == 'I', strings.HasPrefix(r.s[r.at:], "-I"):
		return NonFinite
	case c == '-', c >= '0' && c <= '9':
		return Number
	default:
		return Invalid
	}
}

// End errors when more than space follows.
func (r *Reader) End() error {
	if r.Peek() != End {
		return r.malformed("the end", "more behind it")
	}
	return nil
}

// word reads one of the words.
func (r *Reader) word(words ...string) (int, error) {
	for i, w := range words {
		if rest, ok := strings.CutPrefix(r.s[r.at:], w); ok && (rest == "" || !letter(rest[0])) {
			r.at += len(w)
			return i, nil
		}
	}
	return 0, r.malformed("a value", "an unknown word")
}

func letter(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '_'
}

// Null reads null.
func (r *Reader) Null() error {
	if r.Peek() != Null {
		return r.Want("null")
	}
	_, err := r.word("null")
	return err
}

// Bool reads true or false.
func (r *Reader) Bool() (bool, error) {
	if r.Peek() != Bool {
		return false, r.Want("a bool")
	}
	i, err := r.word("false", "true")
	return i == 1, err
}

// Number reads a number and returns its text. For NonFinite the text is "NaN", "Infinity" or "-Infinity".
func (r *Reader) Number() (string, error) {
	switch r.Peek() {
	case Number:
	case NonFinite:
		words := []string{"NaN", "Infinity", "-Infinity"}
		i, err := r.word(words...)
		return words[i], err
	default:
		return "", r.Want("a number")
	}
	start := r.at
	if r.s[r.at] == '-' {
		r.at++
	}
	whole := r.digits()
	if whole == 0 || (whole > 1 && r.s[r.at-whole] == '0') {
		return "", r.malformed("a number", "one without digits or with a leading zero")
	}
	if r.at < len(r.s) && r.s[r.at] == '.' {
		r.at++
		if r.digits() == 0 {
			return "", r.malformed("a number", "one without digits behind the point")
		}
	}
	if r.at < len(r.s) && r.s[r.at]|0x20 == 'e' {
		r.at++
		if r.at < len(r.s) && (r.s[r.at] == '+' || r.s[r.at] == '-') {
			r.at++
		}
		if r.digits() == 0 {
			return "", r.malformed("a number", "one without digits in the exponent")
		}
	}
	if r.at < len(r.s) && letter(r.s[r.at]) {
		return "", r.malformed("a number", "one with letters behind it")
	}
	if n := r.limits.TextBytes; n > 0 && r.at-start > n {
		return "", r.limit("bytes of a number", n)
	}
	return r.s[start:r.at], nil
}

func (r *Reader) digits() int {
	start := r.at
	for r.at < len(r.s) && r.s[r.at] >= '0' && r.s[r.at] <= '9' {
		r.at++
	}
	return r.at - start
}

// Text reads a text.
func (r *Reader) Text() (string, error) {
	if r.Peek() != Text {
		return "", r.Want("a text")
	}
	r.at++
	start := r.at
	for ; r.at < len(r.s); r.at++ {
		switch c := r.s[r.at]; {
		case c == '"':
			text := r.s[start:r.at]
			r.at++
			return text, r.checkText(len(text))
		case c == '\\':
			return r.escaped(start)
		case c < ' ':
			return "", r.malformed("a text", "one with a control character")
		}
	}
	return "", r.malformed("a closing quote", "the end")
}

func (r *Reader) checkText(n int) error {
	if r.limits.TextBytes > 0 && n > r.limits.TextBytes {
		return r.limit("bytes of a text", r.limits.TextBytes)
	}
	return nil
}

// escaped reads the rest of a text that started at start and has an escape at the reader's place.
func (r *Reader) escaped(start int) (string, error) {
	var b strings.Builder
	b.WriteString(r.s[start:r.at])
	for r.at < len(r.s) {
		c := r.s[r.at]
		r.at++
		switch {
		case c == '"':
			return b.String(), r.checkText(b.Len())
		case c < ' ':
			return "", r.malformed("a text", "one with a control character")
		case c != '\\':
			b.WriteByte(c)
		default:
			v, ok := r.escape()
			if !ok {
				return "", r.malformed("an escape", "an unknown one, or half of a surrogate pair")
			}
			b.WriteRune(v)
		}
		if err := r.checkText(b.Len()); err != nil {
			return "", err
		}
	}
	return "", r.malformed("a closing quote", "the end")
}

func (r *Reader) escape() (rune, bool) {
	if r.at >= len(r.s) {
		return 0, false
	}
	c := r.s[r.at]
	r.at++
	if i := strings.IndexByte(`"\/bfnrt`, c); i >= 0 {
		return rune("\"\\/\b\f\n\r\t"[i]), true
	}
	if c != 'u' {
		return 0, false
	}
	v, ok := r.hex()
	if !ok || !utf16.IsSurrogate(v) {
		return v, ok
	}
	if !strings.HasPrefix(r.s[r.at:], `\u`) {
		return 0, false
	}
	r.at += 2
	low, ok := r.hex()
	v = utf16.DecodeRune(v, low)
	return v, ok && v != utf8.RuneError
}

func (r *Reader) hex() (rune, bool) {
	if r.at+4 > len(r.s) {
		return 0, false
	}
	var v rune
	for _, c := range []byte(r.s[r.at : r.at+4]) {
		switch {
		case c >= '0' && c <= '9':
			v = v<<4 | rune(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			v = v<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	r.at += 4
	return v, true
}
