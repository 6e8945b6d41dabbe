package csv

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/tidewheel/tidewheel/dataset"
)

// startBytes is the first size of the tokenizer's buffer, which doubles for longer records.
const startBytes = 256 << 10

// token is one field of a record, without its quotes. It aliases the tokenizer's memory until the next record.
type token struct {
	data   []byte
	quoted bool
}

// tokenizer cuts text into records.
type tokenizer struct {
	r        io.Reader
	buf      []byte
	at, end  int // unread bytes
	eof      bool
	begun    bool
	line     int64 // where the next record starts
	delim    byte
	maxField int
	maxCells int
	cells    []token
	plain    []byte // text of quoted cells that held doubled quotes
}

func newTokenizer(r io.Reader, o Options) *tokenizer {
	return &tokenizer{r: r, buf: make([]byte, startBytes), line: 1, delim: o.Delimiter, maxField: o.MaxFieldBytes, maxCells: o.MaxColumns}
}

func formatError(line int64, column, want, got string) error {
	return &dataset.FormatError{Format: "csv", Line: line, Column: column, Want: want, Got: got}
}

var errMore = errors.New("the record goes on behind the buffer")

// next returns the cells of the next record and the line where it starts, io.EOF after the last. Empty lines are skipped.
func (t *tokenizer) next() ([]token, int64, error) {
	if !t.begun {
		if err := t.begin(); err != nil {
			return nil, 0, err
		}
	}
	for {
		if t.at == t.end && t.eof {
			return nil, t.line, io.EOF
		}
		length, lines, err := t.record(t.buf[t.at:t.end])
		if errors.Is(err, errMore) {
			if err := t.fill(); err != nil {
				return nil, t.line, err
			}
			continue
		}
		if err != nil {
			return nil, t.line, err
		}
		raw, line := t.buf[t.at:t.at+length], t.line
		t.at += length
		t.line += lines
		if len(t.cells) == 1 && !t.cells[0].quoted && len(t.cells[0].data) == 0 {
			continue
		}
		if bytes.IndexByte(raw, 0) >= 0 {
			return nil, line, formatError(line, "", "text", "a NUL byte")
		}
		if !utf8.Valid(raw) {
			return nil, line, formatError(line, "", "UTF-8", "other bytes")
		}
		return t.cells, line, nil
	}
}

// begin skips a byte order mark.
func (t *tokenizer) begin() error {
	t.begun = true
	for t.end < 3 && !t.eof {
		if err := t.fill(); err != nil {
			return err
		}
	}
	head := t.buf[:t.end]
	switch {
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		t.at = 3
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")):
		return formatError(1, "", "UTF-8", "UTF-16")
	}
	return nil
}

// fill reads more bytes behind the unread ones.
func (t *tokenizer) fill() error {
	if t.at > 0 {
		t.end = copy(t.buf, t.buf[t.at:t.end])
		t.at = 0
	}
	if t.end == len(t.buf) {
		t.buf = append(t.buf, make([]byte, len(t.buf))...)
	}
	n, err := io.ReadAtLeast(t.r, t.buf[t.end:], 1)
	t.end += n
	if errors.Is(err, io.EOF) {
		t.eof = true
		return nil
	}
	return err
}

// record parses one record at the start of b into t.cells. It returns its length and lines, line end included, and errMore when b ends before it does.
func (t *tokenizer) record(b []byte) (length int, lines int64, err error) {
	t.cells, t.plain = t.cells[:0], t.plain[:0]
	for p := 0; ; {
		var c token
		var n int
		if p < len(b) && b[p] == '"' {
			c, n, lines, err = t.quoted(b[p:], lines)
		} else {
			c, n, err = t.bare(b[p:])
		}
		if err != nil {
			return 0, 0, err
		}
		if len(c.data) > t.maxField {
			return 0, 0, fmt.Errorf("csv: line %d: cell longer than %d bytes: %w", t.line, t.maxField, dataset.ErrLimit)
		}
		if t.cells = append(t.cells, c); len(t.cells) > t.maxCells {
			return 0, 0, fmt.Errorf("csv: line %d: more than %d columns: %w", t.line, t.maxCells, dataset.ErrLimit)
		}
		p += n
		if p >= len(b) { // at the end of the file, since both parsers ask for more before it
			return p, lines, nil
		}
		switch b[p] {
		case t.delim:
			p++
			if p == len(b) && !t.eof {
				return 0, 0, errMore
			}
			continue
		case '\r':
			p++
		}
		return p + 1, lines + 1, nil // the '\n'
	}
}

// bare parses a cell without quotes up to a delimiter or line end; n is its length without them.
func (t *tokenizer) bare(b []byte) (c token, n int, err error) {
	for n < len(b) && b[n] != t.delim && b[n] != '\n' && b[n] != '\r' {
		n++
	}
	if err := t.ends(b, n); err != nil {
		return c, 0, err
	}
	return token{data: b[:n]}, n, nil
}

// ends checks that a cell ends at b[n]: at a delimiter, a line end or the end of the file.
func (t *tokenizer) ends(b []byte, n int) error {
	switch {
	case n > t.maxField+2: // quotes included
		return fmt.Errorf("csv: line %d: cell longer than %d bytes: %w", t.line, t.maxField, dataset.ErrLimit)
	case n+1 < len(b) || t.eof:
	case n == len(b) || b[n] == '\r':
		return errMore
	}
	if n < len(b) && b[n] == '\r' && (n+1 == len(b) || b[n+1] != '\n') {
		return formatError(t.line, "", `line ends \n or \r\n`, `a lone \r`)
	}
	return nil
}

// quoted parses a cell that starts with a quote; n is its length with the quotes.
func (t *tokenizer) quoted(b []byte, lines int64) (c token, n int, _ int64, err error) {
	from, plainFrom := 1, len(t.plain)
	for n = 1; ; {
		i := bytes.IndexByte(b[n:], '"')
		if i < 0 || (n+i+1 == len(b) && !t.eof) {
			if len(b)-1 > 2*t.maxField+2 { // doubled quotes take twice their length
				return c, 0, 0, fmt.Errorf("csv: line %d: cell longer than %d bytes: %w", t.line, t.maxField, dataset.ErrLimit)
			}
			if t.eof {
				return c, 0, 0, formatError(t.line, "", "a closing quote", "the end of the file")
			}
			return c, 0, 0, errMore
		}
		n += i + 1
		if n == len(b) || b[n] != '"' {
			break
		}
		t.plain = append(t.plain, b[from:n]...)
		n++
		from = n
	}
	lines += int64(bytes.Count(b[:n], []byte("\n")))
	data := b[from : n-1]
	if from > 1 {
		t.plain = append(t.plain, data...)
		data = t.plain[plainFrom:len(t.plain):len(t.plain)]
	}
	if n < len(b) && b[n] != t.delim && b[n] != '\n' && b[n] != '\r' {
		return c, 0, 0, formatError(t.line+lines, "", "a delimiter or a line end behind a closing quote", "other text")
	}
	if n < len(b) && b[n] == '\r' || n == len(b) && !t.eof {
		if err := t.ends(b, n); err != nil {
			return c, 0, 0, err
		}
	}
	return token{data: data, quoted: true}, n, lines, nil
}
