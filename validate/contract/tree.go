package contract

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/tidewheel/tidewheel/dataset"
)

// Limits of what is read.
const (
	maxBytes = 16 << 20
	maxDepth = 64
)

// Kinds of nodes.
const (
	kindNull = iota
	kindBool
	kindNumber
	kindString
	kindArray
	kindObject
)

// node is a JSON value whose objects keep their order, which is that of the columns.
type node struct {
	kind  int
	text  string         // a string, the digits of a number, true or false
	keys  []string       // of an object
	items []node         // of an array or an object
	index map[string]int // of the keys, where there are many
}

// many is from how many keys an object has an index.
const many = 16

func text(s string) node       { return node{kind: kindString, text: s} }
func boolean(b bool) node      { return node{kind: kindBool, text: strconv.FormatBool(b)} }
func digitsOf(s string) node   { return node{kind: kindNumber, text: s} }
func number(x float64) node    { return digitsOf(string(appendNumber(x))) }
func array(items ...node) node { return node{kind: kindArray, items: items} }

func texts(list []string) node {
	n := node{kind: kindArray}
	for _, s := range list {
		n.items = append(n.items, text(s))
	}
	return n
}

// appendNumber is encoding/json's text of a finite number.
func appendNumber(x float64) []byte {
	b, err := json.Marshal(x)
	if err != nil {
		return []byte("0")
	}
	return b
}

func (n *node) set(key string, value node) {
	n.kind = kindObject
	n.keys = append(n.keys, key)
	n.items = append(n.items, value)
	switch {
	case n.index != nil:
		n.index[key] = len(n.keys) - 1
	case len(n.keys) == many:
		n.index = make(map[string]int, 2*many)
		for i, k := range n.keys {
			n.index[k] = i
		}
	}
}

// get returns the member of a key.
func (n node) get(key string) (node, bool) {
	if n.index != nil {
		i, ok := n.index[key]
		if !ok {
			return node{}, false
		}
		return n.items[i], true
	}
	for i, k := range n.keys {
		if k == key {
			return n.items[i], true
		}
	}
	return node{}, false
}

// float returns the number that a node is.
func (n node) float() (float64, bool) {
	if n.kind != kindNumber {
		return 0, false
	}
	x, err := strconv.ParseFloat(n.text, 64)
	return x, err == nil
}

// strings returns the texts of an array that holds nothing else but, when nulls is given, nulls, which it tells.
func (n node) strings(nulls *bool) ([]string, bool) {
	if n.kind != kindArray {
		return nil, false
	}
	out := make([]string, 0, len(n.items))
	for _, v := range n.items {
		switch {
		case v.kind == kindString:
			out = append(out, v.text)
		case v.kind == kindNull && nulls != nil:
			*nulls = true
		default:
			return nil, false
		}
	}
	return out, true
}

// encode returns the document, indented, with a line break behind it.
func (n node) encode() []byte {
	var out bytes.Buffer
	if err := json.Indent(&out, n.append(nil), "", "  "); err != nil {
		return nil // what append wrote is JSON
	}
	out.WriteByte('\n')
	return out.Bytes()
}

func (n node) append(b []byte) []byte {
	switch n.kind {
	case kindString:
		return appendQuoted(b, n.text)
	case kindNumber, kindBool:
		return append(b, n.text...)
	case kindArray, kindObject:
		open, end := byte('['), byte(']')
		if n.kind == kindObject {
			open, end = '{', '}'
		}
		b = append(b, open)
		for i, item := range n.items {
			if i > 0 {
				b = append(b, ',')
			}
			if n.kind == kindObject {
				b = append(appendQuoted(b, n.keys[i]), ':')
			}
			b = item.append(b)
		}
		return append(b, end)
	default:
		return append(b, "null"...)
	}
}

func appendQuoted(b []byte, s string) []byte {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		return append(b, `""`...) // a text always encodes
	}
	return append(b, bytes.TrimSuffix(out.Bytes(), []byte("\n"))...)
}

// parse reads one JSON object: at most 16 MiB, nested at most 64 deep, no key twice, nothing behind it.
func parse(format string, data []byte) (node, error) {
	if len(data) > maxBytes {
		return node{}, fmt.Errorf("%d bytes of %s, want at most %d: %w", len(data), format, maxBytes, dataset.ErrLimit)
	}
	p := parser{format: format, dec: json.NewDecoder(bytes.NewReader(data))}
	p.dec.UseNumber()
	n, err := p.value(0)
	if err != nil {
		return node{}, err
	}
	if n.kind != kindObject {
		return node{}, p.bad("a JSON object", "another value")
	}
	if _, err := p.dec.Token(); !errors.Is(err, io.EOF) {
		return node{}, p.bad("one JSON object", "more behind it")
	}
	return n, nil
}

type parser struct {
	format string
	dec    *json.Decoder
}

func (p *parser) bad(want, got string) error {
	return &dataset.FormatError{Format: p.format, Want: want, Got: got}
}

func (p *parser) value(depth int) (node, error) {
	if depth > maxDepth {
		return node{}, fmt.Errorf("%s nested deeper than %d: %w", p.format, maxDepth, dataset.ErrLimit)
	}
	token, err := p.dec.Token()
	if err != nil {
		return node{}, p.bad("JSON", fmt.Sprintf("a fault at byte %d", p.dec.InputOffset()))
	}
	switch token := token.(type) {
	case json.Delim:
		if token == '[' {
			return p.items(depth)
		}
		return p.members(depth)
	case string:
		return text(token), nil
	case json.Number:
		return digitsOf(token.String()), nil
	case bool:
		return boolean(token), nil
	default:
		return node{}, nil
	}
}

func (p *parser) items(depth int) (node, error) {
	n := node{kind: kindArray}
	for p.dec.More() {
		item, err := p.value(depth + 1)
		if err != nil {
			return node{}, err
		}
		n.items = append(n.items, item)
	}
	return n, p.end()
}

func (p *parser) members(depth int) (node, error) {
	n := node{kind: kindObject}
	seen := map[string]bool{}
	for p.dec.More() {
		token, err := p.dec.Token()
		if err != nil {
			return node{}, p.bad("JSON", fmt.Sprintf("a fault at byte %d", p.dec.InputOffset()))
		}
		key, ok := token.(string)
		if !ok || seen[key] {
			return node{}, p.bad("each key of an object once", "one twice")
		}
		seen[key] = true
		item, err := p.value(depth + 1)
		if err != nil {
			return node{}, err
		}
		n.set(key, item)
	}
	return n, p.end()
}

func (p *parser) end() error {
	if _, err := p.dec.Token(); err != nil {
		return p.bad("JSON", fmt.Sprintf("a fault at byte %d", p.dec.InputOffset()))
	}
	return nil
}
