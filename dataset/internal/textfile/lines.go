package textfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/tidewheel/tidewheel/dataset"
)

// Lines reads a text line by line into memory of its own. Not safe for concurrent use.
type Lines struct {
	r       io.Reader
	format  string
	longest int
	buf     []byte
	at, end int
	eof     bool
	number  int64
}

// NewLines returns the lines of r, of at most longest bytes each. format is what errors call the text.
func NewLines(r io.Reader, format string, longest int) *Lines {
	return &Lines{r: r, format: format, longest: longest, buf: make([]byte, 256<<10)}
}

// Number returns the number of the line that Next returned last, from 1.
func (l *Lines) Number() int64 { return l.number }

// Next returns the next line without its \n, and without a byte order mark of UTF-8 before the first; io.EOF after the last. It is valid until the next call. A line that
// is too long is an error of dataset.ErrLimit.
func (l *Lines) Next() ([]byte, error) {
	for from := l.at; ; {
		if i := bytes.IndexByte(l.buf[from:l.end], '\n'); i >= 0 {
			return l.take(from+i, from+i+1)
		}
		if err := l.check(l.end - l.at); err != nil {
			return nil, err
		}
		if l.eof {
			if l.at == l.end {
				return nil, io.EOF
			}
			return l.take(l.end, l.end)
		}
		seen := l.end - l.at
		if err := l.fill(); err != nil {
			return nil, err
		}
		from = l.at + seen
	}
}

// take returns the line up to end and goes on at next.
func (l *Lines) take(end, next int) ([]byte, error) {
	text := l.buf[l.at:end]
	if err := l.check(len(text)); err != nil {
		return nil, err
	}
	l.at = next
	if l.number++; l.number == 1 {
		text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	}
	return text, nil
}

func (l *Lines) check(n int) error {
	if n > l.longest {
		return fmt.Errorf("%s: line %d: longer than %d bytes: %w", l.format, l.number+1, l.longest, dataset.ErrLimit)
	}
	return nil
}

func (l *Lines) fill() error {
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
