package jsonl

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/tidewheel/tidewheel/dataset"
)

// lineReader parses the lines of a reader.
type lineReader struct {
	r    io.Reader
	buf  []byte
	at   int
	end  int
	eof  bool
	line int64 // the current line, from 1
	o    Options
	p    parser
	keys map[string]int64 // the line in which a key was last met
}

func newLineReader(r io.Reader, o Options) *lineReader {
	return &lineReader{r: r, buf: make([]byte, 256<<10), o: o, p: parser{maxDepth: o.MaxDepth}, keys: map[string]int64{}}
}

// next parses the next line that is not empty and returns its number, io.EOF after the last.
func (l *lineReader) next(member func(key []byte, v value) error) (int64, error) {
	for {
		text, err := l.text()
		if err != nil {
			return l.line, err
		}
		if l.line == 1 {
			text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
		}
		if len(bytes.TrimSpace(text)) == 0 {
			continue
		}
		if !utf8.Valid(text) {
			return l.line, formatError(l.line, "", "UTF-8", "other bytes")
		}
		count := 0
		err = l.p.object(text, func(key []byte, v value) error {
			if l.keys[string(key)] == l.line {
				return &syntaxError{want: "each key once", got: "one twice"}
			}
			if count++; count > l.o.MaxColumns {
				return fmt.Errorf("more than %d keys: %w", l.o.MaxColumns, dataset.ErrLimit)
			}
			if _, known := l.keys[string(key)]; known || len(l.keys) < l.o.MaxColumns {
				l.keys[string(key)] = l.line
			} else {
				return fmt.Errorf("more than %d keys: %w", l.o.MaxColumns, dataset.ErrLimit)
			}
			return member(key, v)
		})
		return l.line, l.wrap(err)
	}
}

// wrap adds the line.
func (l *lineReader) wrap(err error) error {
	var syntax *syntaxError
	switch {
	case errors.As(err, &syntax):
		return formatError(l.line, "", syntax.want, syntax.got)
	case errors.Is(err, dataset.ErrLimit):
		return fmt.Errorf("jsonl: line %d: %w", l.line, err)
	default:
		return err
	}
}

// text returns the next line without its end.
func (l *lineReader) text() ([]byte, error) {
	for from := l.at; ; {
		if i := bytes.IndexByte(l.buf[from:l.end], '\n'); i >= 0 {
			text := l.buf[l.at : from+i]
			l.at = from + i + 1
			l.line++
			return text, l.checkLength(len(text))
		}
		if err := l.checkLength(l.end - l.at); err != nil {
			return nil, err
		}
		if l.eof {
			if l.at == l.end {
				return nil, io.EOF
			}
			text := l.buf[l.at:l.end]
			l.at = l.end
			l.line++
			return text, nil
		}
		seen := l.end - l.at
		if err := l.fill(); err != nil {
			return nil, err
		}
		from = l.at + seen
	}
}

func (l *lineReader) checkLength(n int) error {
	if n > l.o.MaxLineBytes {
		return fmt.Errorf("jsonl: line %d: longer than %d bytes: %w", l.line+1, l.o.MaxLineBytes, dataset.ErrLimit)
	}
	return nil
}

func (l *lineReader) fill() error {
	l.end = copy(l.buf, l.buf[l.at:l.end])
	l.at = 0
	if l.end == len(l.buf) {
		l.buf = append(l.buf, make([]byte, len(l.buf))...)
	}
	n, err := io.ReadAtLeast(l.r, l.buf[l.end:], 1)
	l.end += n
	if errors.Is(err, io.EOF) {
		l.eof = true
		return nil
	}
	return err
}
