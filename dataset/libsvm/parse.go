package libsvm

import (
	"bytes"
	"errors"
	"io"
	"math"
	"strconv"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/internal/textfile"
	"github.com/tidewheel/tidewheel/internal/cell"
)

// row is a line. Its texts are valid until the next line.
type row struct {
	label   []byte
	group   []byte // behind qid:, nil when the line has none
	feature []int32
	value   []float64
}

// parser reads rows.
type parser struct {
	lines *textfile.Lines
	row   row
}

func newParser(r io.Reader, o Options) *parser {
	return &parser{lines: textfile.NewLines(textfile.Marked(r, format), format, o.MaxLineBytes)}
}

// next parses the next line that is neither empty nor a comment into p.row; io.EOF after the last.
func (p *parser) next() error {
	for {
		text, err := p.lines.Next()
		if err != nil {
			return err
		}
		if at := bytes.IndexByte(text, '#'); at >= 0 {
			text = text[:at]
		}
		label, rest := word(text)
		if len(label) == 0 {
			continue
		}
		p.row.label, p.row.group = label, nil
		p.row.feature, p.row.value = p.row.feature[:0], p.row.value[:0]
		if err := p.checkLabel(label); err != nil {
			return err
		}
		return p.pairs(rest)
	}
}

// word returns the first word of text and what follows it.
func word(text []byte) (first, rest []byte) {
	from := 0
	for from < len(text) && isSpace(text[from]) {
		from++
	}
	to := from
	for to < len(text) && !isSpace(text[to]) {
		to++
	}
	return text[from:to], text[to:]
}

func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

func (p *parser) checkLabel(label []byte) error {
	if _, ok := cell.Float(label); ok {
		return nil
	}
	switch {
	case bytes.IndexByte(label, ',') >= 0:
		return p.fail("label", "one label", "several, with commas between")
	case bytes.IndexByte(label, ':') >= 0:
		return p.fail("label", "a label", "something with a colon")
	default:
		return p.fail("label", "a number", "another text")
	}
}

// pairs parses what follows the label.
func (p *parser) pairs(text []byte) error {
	for {
		var pair []byte
		if pair, text = word(text); len(pair) == 0 {
			return nil
		}
		name, value, ok := bytes.Cut(pair, []byte(":"))
		if !ok {
			return p.fail("", "pairs of a feature and a value with a colon between", "a word without one")
		}
		if string(name) == groupColumn {
			if p.row.group != nil || len(p.row.feature) > 0 {
				return p.fail(groupColumn, "one qid before the features", "another or a later one")
			}
			if _, ok := cell.Int(value); !ok {
				return p.fail(groupColumn, "an integer", "another text")
			}
			p.row.group = value
			continue
		}
		if err := p.pair(name, value); err != nil {
			return err
		}
	}
}

func (p *parser) pair(name, value []byte) error {
	n, ok := number(name)
	if !ok {
		return p.fail("", "the number of a feature", "another text before a colon")
	}
	if k := len(p.row.feature); k > 0 && p.row.feature[k-1] >= n {
		return p.fail(featureName(n), "features in increasing order", "one behind itself or a larger one")
	}
	v, ok := cell.Float(value)
	if !ok {
		if !bytes.EqualFold(value, []byte("nan")) {
			return p.fail(featureName(n), "a number", "another text")
		}
		v = math.NaN()
	}
	p.row.feature, p.row.value = append(p.row.feature, n), append(p.row.value, v)
	return nil
}

// number reads the number of a feature.
func number(b []byte) (int32, bool) {
	if len(b) == 0 || len(b) > 10 {
		return 0, false
	}
	n := int64(0)
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return int32(n), n <= maxFeature
}

func featureName(n int32) string { return "f" + strconv.Itoa(int(n)) }

func (p *parser) fail(column, want, got string) error {
	return &dataset.FormatError{Format: format, Line: p.lines.Number(), Column: column, Want: want, Got: got}
}

// isEnd reports whether err is the end of the text.
func isEnd(err error) bool { return errors.Is(err, io.EOF) }
