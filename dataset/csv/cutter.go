package csv

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/internal/textfile"
)

// maxRecord is the most bytes of a record.
const maxRecord = 1 << 30

// cutter reads text and cuts it into blocks at the ends of records. It is used by one goroutine at a time.
type cutter struct {
	r     io.Reader
	split splitter
	size  int // of a read; a block is longer where its record is
	width int // cells of a record, 0 when it is not known
	rest  []byte
	pos   int64 // where rest starts in the text
	line  int64
	begun bool
	err   error // of the reader, io.EOF at its end

	at, end int    // within the text at hand: where scan stands, and behind the last whole record
	open    bool   // scan stands in quotes
	outside []span // quotes, where scan has not looked for line ends yet
}

func newCutter(r io.Reader, o *Options) *cutter {
	return &cutter{r: o.Encoding.decoded(r), split: o.splitter(), size: o.block, line: 1}
}

// next puts whole records into b: what one read gives, and more only where that does not end a record. It returns io.EOF when there are no more.
func (c *cutter) next(b *block) error {
	if !c.begun {
		if err := c.begin(); err != nil {
			return err
		}
	}
	if need := max(c.size, len(c.rest)) + slack; cap(b.buf) < need {
		b.buf = make([]byte, 0, need)
	}
	text := append(b.buf[:0], c.rest...)
	c.at, c.end, c.open, b.found = 0, 0, false, false
	for tries := 0; ; { // of a long record the text is not looked at again each time it grows
		if c.width > 0 && tries < 2 && c.isDense(text) {
			tries++
			b.found = c.cells(b, text)
		}
		if !b.found {
			c.scan(text)
		}
		if c.end > 0 {
			break
		}
		if c.err != nil {
			if !errors.Is(c.err, io.EOF) || len(text) == 0 {
				c.rest = c.rest[:0]
				return c.fault()
			}
			text = ended(text)
			c.end = len(text)
			break
		}
		var err error
		if text, err = c.grow(text); err != nil {
			return err
		}
		text = c.read(text)
	}
	b.size, b.line, b.at, b.more = c.end, c.line, c.pos, false
	c.rest = append(c.rest[:0], text[c.end:]...)
	b.buf = append(text[:c.end], make([]byte, slack)...)
	b.buf[c.end] = '\n'
	c.line = b.lineAt(c.end)
	c.pos += int64(c.end)
	return nil
}

// fault returns the error of the reader, with the line where the text ends that it gave.
func (c *cutter) fault() error {
	var facts *dataset.FormatError
	if errors.As(c.err, &facts) && facts.Line == 0 {
		at := *facts
		at.Line = c.line
		return &at
	}
	return c.err
}

// isDense reports whether a text has so many quotes that its records are found faster by looking at all cells.
func (c *cutter) isDense(text []byte) bool {
	return c.split.comment == 0 && len(text) > 64 && 32*bytes.Count(text, []byte{c.split.quote}) > len(text)
}

// cells finds the cells of the whole records of text, which is that of b. It reports false when there is none.
func (c *cutter) cells(b *block, text []byte) bool {
	b.size, b.line, b.at, b.more = len(text), c.line, c.pos, true
	b.buf = append(text, make([]byte, slack)...)
	b.buf[b.size] = '\n'
	c.split.begin(b, c.width)
	b.used, b.start, b.returns = c.split.cells(b)
	switch {
	case b.err != nil:
		c.end = len(text)
	case b.rows == 0:
		return false
	default:
		c.end = b.used
	}
	return true
}

// ended returns the last record of a file with a line end. A carriage return stays alone, which is an error.
func ended(text []byte) []byte {
	if text[len(text)-1] == '\r' {
		text = append(text, '\r')
	}
	return append(text, '\n')
}

// unread gives back what is behind the first n bytes of b, which is the last block.
func (c *cutter) unread(b *block, n int) {
	c.rest = append(append([]byte(nil), b.buf[n:b.size]...), c.rest...)
	c.pos = b.at + int64(n)
	c.line = b.lineAt(n)
}

// skipTo goes on to a place behind what was read, where a record starts.
func (c *cutter) skipTo(to place) error {
	n := to.at - 1 - c.pos // up to the line end before it
	if ahead := n - int64(len(c.rest)); ahead < 0 {
		c.rest = c.rest[n:]
	} else {
		c.rest = make([]byte, 0, c.size+slack)
		if c.err == nil {
			c.err = textfile.Skip(c.r, ahead)
		}
		if c.err == nil {
			c.rest = c.read(c.rest)
		}
	}
	switch {
	case len(c.rest) > 0 && c.rest[0] == '\n':
	case len(c.rest) > 0 || errors.Is(c.err, io.EOF):
		return formatError(to.line, "", "the text that was there at opening", "another")
	default:
		return c.fault()
	}
	c.rest, c.pos, c.line = c.rest[1:], to.at, to.line
	return nil
}

// begin skips a byte order mark.
func (c *cutter) begin() error {
	c.begun = true
	c.rest = make([]byte, 0, c.size+slack)
	for len(c.rest) < 3 && c.err == nil {
		c.rest = c.read(c.rest)
	}
	n := len(c.rest)
	c.rest = bytes.TrimPrefix(c.rest, []byte("\xef\xbb\xbf")) // also one that was decoded
	c.pos = int64(n - len(c.rest))
	return nil
}

// read appends what one read gives, within the capacity of text less the slack.
func (c *cutter) read(text []byte) []byte {
	for range 100 {
		n, err := c.r.Read(text[len(text) : cap(text)-slack])
		text = text[:len(text)+n]
		if c.err = err; n > 0 || err != nil {
			return text
		}
	}
	c.err = io.ErrNoProgress
	return text
}

// grow makes room for a read behind a record that goes on, when the record is within the limits so far.
func (c *cutter) grow(text []byte) ([]byte, error) {
	if len(text) < cap(text)-slack {
		return text, nil
	}
	if len(text) >= maxRecord {
		return nil, fmt.Errorf("csv: line %d: record longer than %d bytes: %w", c.line, maxRecord, dataset.ErrLimit)
	}
	b := &block{buf: append(text, make([]byte, slack)...), size: len(text), line: c.line}
	b.buf[len(text)] = '\n'
	partial := c.split
	partial.dry = true
	if partial.split(b, 0); errors.Is(b.err, dataset.ErrLimit) {
		return nil, b.err
	}
	return append(make([]byte, 0, 2*len(text)+slack), text...), nil
}

// scan looks at the rest of text for the end of its last whole record. Quotes count where a cell starts with them, as for the splitter.
func (c *cutter) scan(text []byte) {
	c.outside = c.outside[:0]
	quotes := bytesOf(c.split.quote)
	for c.at < len(text) {
		at := nextQuote(text, c.at, quotes)
		if c.open {
			switch {
			case at == len(text):
				c.at = at
				continue
			case at+1 == len(text) && c.err == nil: // the next byte says whether it is doubled
				c.at = at
				c.findEnd(text)
				return
			case at+1 < len(text) && text[at+1] == c.split.quote:
				c.at = at + 2
			default:
				c.at, c.open = at+1, false
			}
			continue
		}
		if at-c.at > 1 || text[c.at] == '\n' { // no delimiter alone
			c.outside = append(c.outside, span{uint32(c.at), uint32(at)})
		}
		if c.at = at; at < len(text) {
			if c.split.comment != 0 {
				c.findEnd(text)
			}
			c.open = c.opens(text, at)
			c.at++
		}
	}
	c.findEnd(text)
}

// findEnd looks for the last line end outside quotes in what was scanned since it was called last.
func (c *cutter) findEnd(text []byte) {
	for _, s := range slices.Backward(c.outside) {
		if n := lastNewline(text[s.from:s.to]); n >= 0 {
			c.end = int(s.from) + n + 1
			break
		}
	}
	c.outside = c.outside[:0]
}

// opens reports whether a cell starts with the quote at i.
func (c *cutter) opens(text []byte, i int) bool {
	if c.split.comment != 0 && text[c.end] == c.split.comment {
		return false
	}
	return i == 0 || text[i-1] == c.split.delim || text[i-1] == '\n'
}
