package http

import (
	"strings"

	"github.com/tidewheel/tidewheel/dataset"
)

// nextLink returns the target of relation next in the values of a header Link (RFC 8288, section 3), empty when there is none. A value that is malformed is an error,
// since a link that is not understood would cut off rows.
func nextLink(values []string) (string, error) {
	next := ""
	for _, text := range values {
		p := linkParser{text: text}
		for p.more() {
			target, isNext, ok := p.link()
			if !ok {
				return "", &dataset.FormatError{Format: "http", Want: "a header Link as in RFC 8288", Got: "another text"}
			}
			if isNext && next != "" && next != target {
				return "", &dataset.FormatError{Format: "http", Want: "one link of relation next", Got: "two"}
			}
			if isNext {
				next = target
			}
		}
	}
	return next, nil
}

type linkParser struct {
	text string
	at   int
}

// more skips what stands between links and reports whether another follows.
func (p *linkParser) more() bool {
	for p.at < len(p.text) && strings.IndexByte(" \t,", p.text[p.at]) >= 0 {
		p.at++
	}
	return p.at < len(p.text)
}

func (p *linkParser) space() {
	for p.at < len(p.text) && (p.text[p.at] == ' ' || p.text[p.at] == '\t') {
		p.at++
	}
}

func (p *linkParser) take(c byte) bool {
	if p.at < len(p.text) && p.text[p.at] == c {
		p.at++
		return true
	}
	return false
}

// link parses a target in angle brackets and its parameters. isNext says that it is of relation next to this page, and not to an anchor.
func (p *linkParser) link() (target string, isNext, ok bool) {
	if !p.take('<') {
		return "", false, false
	}
	end := strings.IndexByte(p.text[p.at:], '>')
	if end < 0 {
		return "", false, false
	}
	target = p.text[p.at : p.at+end]
	p.at += end + 1
	relations, anchored := "", false
	for met := false; ; {
		p.space()
		if p.at == len(p.text) || p.text[p.at] == ',' {
			break
		}
		if !p.take(';') {
			return "", false, false
		}
		p.space()
		name := strings.ToLower(p.token())
		value, ok := p.value()
		if !ok {
			return "", false, false
		}
		switch {
		case name == "rel" && !met: // the first counts
			relations, met = value, true
		case name == "anchor":
			anchored = true
		}
	}
	for relation := range strings.FieldsSeq(relations) {
		isNext = isNext || strings.EqualFold(relation, "next")
	}
	return target, isNext && !anchored && target != "", true
}

// token parses up to what ends one.
func (p *linkParser) token() string {
	from := p.at
	for p.at < len(p.text) && strings.IndexByte(" \t,;=\"<>", p.text[p.at]) < 0 {
		p.at++
	}
	return p.text[from:p.at]
}

// value parses an equals sign with a token or a quoted text behind it, or nothing.
func (p *linkParser) value() (string, bool) {
	p.space()
	if !p.take('=') {
		return "", true
	}
	p.space()
	if !p.take('"') {
		value := p.token()
		return value, value != ""
	}
	var b strings.Builder
	for p.at < len(p.text) {
		c := p.text[p.at]
		p.at++
		switch {
		case c == '"':
			return b.String(), true
		case c == '\\' && p.at < len(p.text):
			c = p.text[p.at]
			p.at++
		}
		b.WriteByte(c)
	}
	return "", false
}
