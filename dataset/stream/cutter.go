package stream

import (
	"bytes"
	"fmt"
	"io"

	"github.com/tidewheel/tidewheel/dataset"
)

// readBytes is what is read at once.
const readBytes = 64 << 10

// cutter cuts text into records: lines, or with a quote lines up to the first that leaves no quote open.
type cutter struct {
	max   int
	quote byte // 0 is none
	skip  int  // records to be dropped
	buf   []byte
	at    int   // of the next record in buf
	scan  int   // up to which buf was looked at
	from  int64 // of buf in the feed
	open  bool  // a quote is open at scan
	err   error
}

func (c *cutter) offset() int64 { return c.from + int64(c.at) }

// seek makes offset the place of the next byte that comes.
func (c *cutter) seek(offset int64) { c.from, c.skip = offset, 0 }

// fill reads some bytes.
func (c *cutter) fill(r io.Reader) error {
	c.compact()
	n := len(c.buf)
	if cap(c.buf)-n < readBytes/2 {
		grown := make([]byte, n, 2*cap(c.buf)+readBytes)
		copy(grown, c.buf)
		c.buf = grown
	}
	got, err := io.ReadAtLeast(r, c.buf[n:min(cap(c.buf), n+readBytes)], 1)
	c.buf = c.buf[:n+got]
	return err
}

// add appends p.
func (c *cutter) add(p []byte) {
	c.compact()
	c.buf = append(c.buf, p...)
}

func (c *cutter) compact() {
	if c.at > 0 {
		c.buf = c.buf[:copy(c.buf, c.buf[c.at:])]
		c.from += int64(c.at)
		c.scan -= c.at
		c.at = 0
	}
}

// take returns up to limit records, which are the caller's. end says that nothing comes behind what there is, so that the last record needs no line end. An error comes alone, and then always.
func (c *cutter) take(limit int, end bool) ([][]byte, error) {
	if !c.byteOrderMark(end) || c.err != nil {
		return nil, c.err
	}
	type span struct{ from, to int }
	var spans []span
	first := c.at
	for len(spans) < limit {
		from, to, ok := c.record(end)
		if !ok {
			break
		}
		if c.skip > 0 {
			c.skip--
		} else if len(bytes.TrimSpace(c.buf[from:to])) > 0 {
			spans = append(spans, span{from - first, to - first})
		}
	}
	if len(spans) == 0 {
		return nil, c.err
	}
	owned := bytes.Clone(c.buf[first:c.at]) // in one piece
	records := make([][]byte, len(spans))
	for i, s := range spans {
		records[i] = owned[s.from:s.to:s.to]
	}
	return records, nil
}

// record returns where in buf the next record is, without its line end, and passes it.
func (c *cutter) record(end bool) (from, to int, ok bool) {
	for {
		rest := c.buf[c.scan:]
		i := bytes.IndexByte(rest, '\n')
		seen := len(rest)
		if i >= 0 {
			seen = i + 1
		}
		if c.quote != 0 && bytes.Count(rest[:seen], []byte{c.quote})%2 == 1 {
			c.open = !c.open
		}
		c.scan += seen
		from, to = c.at, c.scan
		switch {
		case to-from > c.max+len("\r\n"):
			return c.tooLong()
		case i < 0 && (!end || to == from):
			return 0, 0, false
		case i < 0 && c.open:
			c.err = &dataset.FormatError{Format: "stream", Want: "a closing quote", Got: "the end of the feed"}
			return 0, 0, false
		case c.open:
			continue
		}
		if i >= 0 {
			to = from + len(bytes.TrimSuffix(c.buf[from:to-1], []byte{'\r'}))
		}
		if to-from > c.max {
			return c.tooLong()
		}
		c.at = c.scan
		return from, to, true
	}
}

func (c *cutter) tooLong() (from, to int, ok bool) {
	c.err = fmt.Errorf("record at byte %d: longer than %d bytes: %w", c.offset(), c.max, dataset.ErrLimit)
	return 0, 0, false
}

// byteOrderMark drops one at the start of the feed, and reports false when that cannot be said yet.
func (c *cutter) byteOrderMark(end bool) bool {
	mark := []byte("\xef\xbb\xbf")
	if c.offset() > 0 || len(c.buf) == 0 {
		return true
	}
	if len(c.buf) < len(mark) && !end && bytes.HasPrefix(mark, c.buf) {
		return false
	}
	if c.scan == 0 && bytes.HasPrefix(c.buf, mark) {
		c.at, c.scan = len(mark), len(mark)
	}
	return true
}
