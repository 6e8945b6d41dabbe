package interchange

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
)

const (
	maxYAMLDepth = 32
	yamlSpecial  = "[]{}|>&*!%@`,?#" // what a plain text does not start with
)

// yamlNode is a text, a list or a mapping. The empty plain text is also null.
type yamlNode struct {
	text   string
	fields map[string]*yamlNode // nil for others than mappings
	keys   []string             // of fields, in order
	items  []*yamlNode          // nil for others than lists
}

// get returns the node under a path of keys, nil for none.
func (n *yamlNode) get(path ...string) *yamlNode {
	for _, key := range path {
		if n == nil {
			return nil
		}
		n = n.fields[key]
	}
	return n
}

// scalar returns the text of a node that is one; null is the empty text.
func (n *yamlNode) scalar() string {
	if n == nil || n.text == "null" || n.text == "~" {
		return ""
	}
	return n.text
}

type yamlLine struct {
	number int64
	indent int
	text   string // without the indentation; empty for a blank line or a comment
	raw    string // with spaces behind it
}

// yamlReader reads the part of YAML that MLflow writes: block mappings and lists of plain and quoted texts. Everything else is refused.
type yamlReader struct {
	lines []yamlLine
	at    int
}

func parseYAML(text []byte) (*yamlNode, error) {
	if !utf8.Valid(text) {
		return nil, yamlBad(1, "UTF-8", "other bytes")
	}
	r := &yamlReader{}
	number := int64(0)
	for raw := range bytes.Lines(text) {
		number++
		line := strings.TrimRight(string(raw), "\r\n")
		trimmed := strings.TrimLeft(line, " ")
		l := yamlLine{number: number, indent: len(line) - len(trimmed), text: strings.TrimRight(trimmed, " \t"), raw: trimmed}
		if strings.HasPrefix(l.text, "#") || (number == 1 && line == "---") {
			l.text = ""
		}
		r.lines = append(r.lines, l)
	}
	n, err := r.block(0, 0)
	if err != nil {
		return nil, err
	}
	if l := r.peek(); l != nil {
		return nil, yamlBad(l.number, "a key at the level of the others", "another line")
	}
	return n, nil
}

func yamlBad(line int64, want, got string) error {
	return &dataset.FormatError{Format: mlflow, Line: line, Want: want, Got: got}
}

func yamlUnsupported(line int64, what string) error {
	return &model.UnsupportedError{Format: mlflow, Feature: fmt.Sprintf("line %d: YAML %s", line, what)}
}

// peek returns the next line that is not blank, nil at the end.
func (r *yamlReader) peek() *yamlLine {
	for r.at < len(r.lines) && r.lines[r.at].text == "" {
		r.at++
	}
	if r.at == len(r.lines) {
		return nil
	}
	return &r.lines[r.at]
}

// block reads the node whose lines are indented by at least indent.
func (r *yamlReader) block(indent, depth int) (*yamlNode, error) {
	l := r.peek()
	if l == nil || l.indent < indent {
		return &yamlNode{}, nil
	}
	switch {
	case depth > maxYAMLDepth:
		return nil, yamlBad(l.number, fmt.Sprintf("at most %d levels", maxYAMLDepth), "more")
	case strings.HasPrefix(l.text, "\t"):
		return nil, yamlBad(l.number, "spaces before a line", "a tab")
	case isItem(l.text):
		return r.list(l.indent, depth)
	}
	if _, _, ok, err := splitKey(l); err != nil {
		return nil, err
	} else if ok {
		return r.mapping(l.indent, depth)
	}
	r.at++
	return r.value(l, l.raw, indent-1)
}

func isItem(text string) bool { return text == "-" || strings.HasPrefix(text, "- ") }

// list reads the items at an indentation.
func (r *yamlReader) list(indent, depth int) (*yamlNode, error) {
	n := &yamlNode{items: []*yamlNode{}}
	for l := r.peek(); l != nil && l.indent == indent && isItem(l.text); l = r.peek() {
		rest := strings.TrimLeft(l.text[1:], " ")
		if rest == "" {
			r.at++
		} else { // what follows the dash is a block that starts in its own column
			shift := len(l.text) - len(rest)
			l.indent, l.text, l.raw = l.indent+shift, rest, l.raw[shift:]
		}
		item, err := r.block(indent+1, depth+1)
		if err != nil {
			return nil, err
		}
		n.items = append(n.items, item)
	}
	return n, r.over(indent)
}

// mapping reads the keys at an indentation.
func (r *yamlReader) mapping(indent, depth int) (*yamlNode, error) {
	n := &yamlNode{fields: map[string]*yamlNode{}}
	for l := r.peek(); l != nil && l.indent == indent && !isItem(l.text); l = r.peek() {
		key, rest, ok, err := splitKey(l)
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, yamlBad(l.number, "a key and a colon", "another line")
		}
		if n.fields[key] != nil {
			return nil, yamlBad(l.number, "each key once", "one twice")
		}
		r.at++
		var v *yamlNode
		if rest == "" || rest[0] == '#' {
			least := indent + 1
			if next := r.peek(); next != nil && next.indent == indent && isItem(next.text) {
				least = indent // a list may stand below its key without indentation
			}
			v, err = r.block(least, depth+1)
		} else {
			v, err = r.value(l, rest, indent)
		}
		if err != nil {
			return nil, err
		}
		n.fields[key], n.keys = v, append(n.keys, key)
	}
	return n, r.over(indent)
}

// over refuses a line that stands deeper than the block that it ends.
func (r *yamlReader) over(indent int) error {
	if l := r.peek(); l != nil && l.indent > indent {
		return yamlBad(l.number, "a line of the block", "another indentation")
	}
	return nil
}

// splitKey cuts "key: rest". ok is false for a line without a key.
func splitKey(l *yamlLine) (key, rest string, ok bool, err error) {
	text := l.raw
	if text[0] == '"' || text[0] == '\'' {
		key, end, err := unquoteYAML(nil, text[1:], text[0], l.number)
		if err != nil || !end.closed || (end.rest != ":" && !strings.HasPrefix(end.rest, ": ")) {
			return "", "", false, err
		}
		return string(key), strings.TrimLeft(end.rest[1:], " "), true, nil
	}
	text = l.text
	key, rest, ok = strings.Cut(text, ": ")
	if !ok {
		if key, ok = strings.CutSuffix(text, ":"); !ok {
			return "", "", false, nil
		}
		rest = ""
	}
	if key == "" || strings.ContainsAny(key[:1], yamlSpecial) {
		return "", "", false, yamlUnsupported(l.number, "other than mappings, lists and texts")
	}
	if rest != "" {
		_, rest, _ = strings.Cut(l.raw, ": ")
	}
	return key, strings.TrimLeft(rest, " "), true, nil
}

// value reads a text that starts on line l and may go on in lines that are deeper than indent. The line is read already.
func (r *yamlReader) value(l *yamlLine, start string, indent int) (*yamlNode, error) {
	switch start[0] {
	case '"', '\'':
		return r.quoted(l, start)
	case '{', '[':
		if s := strings.TrimRight(start, " "); s == "{}" {
			return &yamlNode{fields: map[string]*yamlNode{}}, nil
		} else if s == "[]" {
			return &yamlNode{items: []*yamlNode{}}, nil
		}
	}
	if strings.ContainsAny(start[:1], yamlSpecial) {
		return nil, yamlUnsupported(l.number, "other than mappings, lists and texts")
	}
	var text strings.Builder
	text.WriteString(plainPart(start))
	for next := r.peek(); next != nil && next.indent > indent; next = r.peek() {
		if strings.Contains(next.text, ": ") || strings.HasSuffix(next.text, ":") {
			return nil, yamlBad(next.number, "the rest of a text", "a key")
		}
		text.WriteByte(' ')
		text.WriteString(plainPart(next.text))
		r.at++
	}
	return &yamlNode{text: text.String()}, nil
}

// plainPart is what a line adds to a plain text: all before a comment.
func plainPart(s string) string {
	s, _, _ = strings.Cut(s, " #")
	return strings.TrimRight(s, " ")
}

// quoted reads a quoted text, whose lines fold into one: a line break is a space, n blank lines are n breaks.
func (r *yamlReader) quoted(l *yamlLine, start string) (*yamlNode, error) {
	var text []byte
	for part, quote := start[1:], start[0]; ; {
		var end quoteEnd
		var err error
		if text, end, err = unquoteYAML(text, part, quote, l.number); err != nil {
			return nil, err
		}
		if end.closed {
			if rest := strings.TrimSpace(end.rest); rest != "" && rest[0] != '#' {
				return nil, yamlBad(l.number, "the end of the line behind a text", "more")
			}
			return &yamlNode{text: string(text)}, nil
		}
		breaks := 0
		for ; r.at < len(r.lines) && strings.TrimSpace(r.lines[r.at].raw) == ""; r.at++ {
			breaks++
		}
		if r.at == len(r.lines) {
			return nil, yamlBad(l.number, "the end of a quoted text", "the end of the file")
		}
		switch {
		case breaks > 0:
			text = append(text, strings.Repeat("\n", breaks)...)
		case !end.escaped:
			text = append(text, ' ')
		}
		part = r.lines[r.at].raw
		r.at++
	}
}

// quoteEnd is how a line of a quoted text ends.
type quoteEnd struct {
	closed  bool   // by the quotation mark
	rest    string // what stands behind it
	escaped bool   // by a backslash, so that the line break is nothing
}

// unquoteYAML appends a line of a quoted text to text, up to the quotation mark.
func unquoteYAML(text []byte, s string, quote byte, line int64) ([]byte, quoteEnd, error) {
	for i := 0; i < len(s); i++ {
		switch {
		case quote == '\'' && strings.HasPrefix(s[i:], "''"):
			text = append(text, '\'')
			i++
		case s[i] == quote:
			return text, quoteEnd{closed: true, rest: s[i+1:]}, nil
		case quote == '"' && s[i] == '\\':
			if i == len(s)-1 {
				return text, quoteEnd{escaped: true}, nil
			}
			v, n := unescapeYAML(s[i+1:])
			if n == 0 {
				return nil, quoteEnd{}, yamlBad(line, "an escape of YAML", "another")
			}
			text = append(text, v...)
			i += n
		default:
			text = append(text, s[i])
		}
	}
	spaces := len(s) - len(strings.TrimRight(s, " "))
	if strings.HasSuffix(s[:len(s)-spaces], `\`) {
		spaces-- // the first is escaped
	}
	return text[:len(text)-max(0, spaces)], quoteEnd{}, nil
}

// unescapeYAML returns what an escape stands for and its length behind the backslash, 0 for none.
func unescapeYAML(s string) (string, int) {
	if i := strings.IndexByte(`0abtnvfre"/\ N_LP`+"\t", s[0]); i >= 0 {
		return []string{"\x00", "\a", "\b", "\t", "\n", "\v", "\f", "\r", "\x1b", `"`, "/", `\`, " ", "\u0085", "\u00a0", "\u2028", "\u2029", "\t"}[i], 1
	}
	digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[s[0]]
	if digits == 0 || len(s) <= digits {
		return "", 0
	}
	v, err := strconv.ParseUint(s[1:1+digits], 16, 32)
	if err != nil || !utf8.ValidRune(rune(v)) {
		return "", 0
	}
	return string(rune(v)), 1 + digits
}
