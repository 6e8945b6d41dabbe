package csv

import (
	"bytes"
	"fmt"
	"strconv"
	"unicode/utf8"

	"github.com/tidewheel/tidewheel/dataset"
)

// slack is how many bytes may be read behind a text, so that words of 8 and pairs of them need no end of their own.
const slack = 32

// span is where a cell lies in the text of a block, without its quotes.
type span struct{ from, to uint32 }

// The marks of cells.
const (
	bare    uint8 = iota
	quoted        // it stood in quotes
	missing       // its record was too short to have it
)

// block is some whole records of a text and what was found in them.
type block struct {
	buf   []byte // the text, and behind it a line end and slack bytes
	size  int    // bytes of text
	line  int64  // where the text starts
	spans []span // of the cells, width a record
	marks []uint8
	width int
	rows  int   // records, those before the fault
	err   error // what is wrong behind them
	short int64 // records that the policy filled
	left  int64 // records that the policy left out

	vectors []vector
	done    chan struct{}
}

// lineAt returns the line of a byte of the text.
func (b *block) lineAt(at int) int64 { return b.line + int64(bytes.Count(b.buf[:at], []byte("\n"))) }

// lineOf returns the line where record r starts.
func (b *block) lineOf(r int) int64 { return b.lineAt(int(b.spans[r*b.width].from)) }

// cell returns a cell and its mark.
func (b *block) cell(r, column int) ([]byte, uint8) {
	i := r*b.width + column
	s := b.spans[i]
	if len(b.marks) == 0 {
		return b.buf[s.from:s.to], bare
	}
	return b.buf[s.from:s.to], b.marks[i]
}

// cut leaves the records before r, for a fault in it.
func (b *block) cut(r int, err error) {
	b.rows, b.err = r, err
}

// splitter finds the cells of blocks. It is safe for concurrent use.
type splitter struct {
	delim, quote, comment byte // no comments when that is 0
	ragged                Ragged
	maxField, maxCells    int
	dry                   bool // leaves the text as it is
}

func (o *Options) splitter() splitter {
	return splitter{delim: o.Delimiter, quote: o.Quote, comment: o.Comment, ragged: o.Ragged, maxField: o.MaxFieldBytes, maxCells: o.MaxColumns}
}

// bytesOf returns the word that has c in each byte.
func bytesOf(c byte) uint64 { return uint64(c) * ones }

// skip returns where the next record starts at or behind from: lines without a byte and comments are none.
func (s *splitter) skip(text []byte, from, size int, returns *int) int {
	for from < size {
		switch c := text[from]; {
		case c == '\n':
			from++
		case c == '\r' && text[from+1] == '\n':
			from += 2
			*returns++
		case c == s.comment && c != 0:
			from += bytes.IndexByte(text[from:], '\n') + 1
		default:
			return from
		}
	}
	return from
}

// split finds the cells of the records of b, width of each; of the first record alone, whatever it has, when width is 0. It returns the bytes it took.
func (s *splitter) split(b *block, width int) int {
	b.spans, b.marks, b.width, b.rows, b.err, b.short, b.left = b.spans[:0], b.marks[:0], width, 0, nil, 0, 0
	text, delim, quote := b.buf[:b.size+slack], s.delim, s.quote
	delims, quotes := bytesOf(delim), bytesOf(quote)
	spans, returns := b.spans, 0
	from := s.skip(text, 0, b.size, &returns) // where the cell starts
	start, first := from, 0                   // where the record does, and its first cell
	for p := from; p <= b.size && from < b.size; {
		w, at := word(text[p:]), p
		m := zeroBytes(w^delims, w^newlines, w^quotes)
		for p += 8; m != 0; m &= m - 1 {
			to := at + lowest(m)
			switch text[to] {
			case delim:
				spans = append(spans, span{uint32(from), uint32(to)})
				from = to + 1
				continue
			case quote:
				if to != from {
					continue // within a cell
				}
				if b.spans, to, b.err = s.quoted(b, spans, to, start); b.err != nil {
					b.spans = spans[:first]
					s.check(b, start, start, returns)
					return start
				}
				spans, from, p, m = b.spans, to+1, to+1, 0 // what is behind it is looked at again
				if text[to] == delim {
					continue
				}
				if text[to-1] == '\r' {
					returns++
				}
			default:
				end := to
				if to > from && text[to-1] == '\r' {
					end--
					returns++
				}
				spans = append(spans, span{uint32(from), uint32(end)})
				from = to + 1
			}
			b.spans = spans
			if whole, ok := s.record(b, first, start); !ok {
				s.check(b, start+whole*(from-start), start, returns)
				return start
			}
			next := s.skip(text, from, b.size, &returns)
			if width == 0 || next >= b.size {
				if width != 0 {
					from = next
				}
				s.check(b, from, from, returns)
				return from
			}
			if next != from {
				from, p, m = next, next, 0
			}
			spans, start, first = b.spans, next, len(b.spans)
		}
	}
	s.check(b, from, from, returns)
	return from
}

// record counts the record that ends with the last cell. Its first cell is first. If it is not to go on, whole is that of unequal.
func (s *splitter) record(b *block, first, start int) (whole int, ok bool) {
	n := len(b.spans) - first
	if b.width == 0 {
		b.width = n
	}
	if n != b.width {
		if whole, ok := s.unequal(b, first, start, n); !ok {
			return whole, false
		}
	}
	b.rows = len(b.spans) / b.width
	return 0, true
}

// mark fills the marks up to n cells and gives the next one a mark that is not bare.
func (b *block) mark(n int, kind uint8) {
	if need := n - len(b.marks); need > 0 {
		b.marks = append(b.marks, make([]uint8, need)...)
	}
	if kind != bare {
		b.marks = append(b.marks, kind)
	}
}

// quoted appends the cell in quotes that starts at p of a record that starts at start to spans, and returns where its delimiter or line end is.
func (s *splitter) quoted(b *block, spans []span, p, start int) ([]span, int, error) {
	text := b.buf[:b.size+slack]
	from := p + 1
	quotes := bytesOf(s.quote)
	to, at := from, from // text[from:to] is the cell so far, at is what is not looked at
	for {
		i := nextQuote(b.buf[:b.size], at, quotes) - at
		switch {
		case at+i == b.size && b.size-from > 2*s.maxField+2: // doubled quotes take twice their length
			return spans, at, s.tooLong(b.lineAt(start))
		case at+i == b.size:
			return spans, at, formatError(b.lineAt(start), "", "a closing quote", "the end of the file")
		}
		if to != at && !s.dry {
			copy(text[to:], text[at:at+i])
		}
		to, at = to+i, at+i+1
		if text[at] != s.quote {
			break
		}
		if !s.dry {
			text[to] = s.quote
		}
		to++
		at++
	}
	if !s.dry { // line ends can still be counted: what is left of the cell holds none
		for i := to; i < at-1; i++ {
			text[i] = s.quote
		}
	}
	b.mark(len(spans), quoted)
	spans = append(spans, span{uint32(from), uint32(to)})
	switch c := text[at]; {
	case c == s.delim || c == '\n':
		return spans, at, nil
	case c == '\r' && text[at+1] == '\n':
		return spans, at + 1, nil
	case c == '\r':
		return spans, at, loneReturn(b.lineAt(start))
	default:
		return spans, at, formatError(b.lineAt(at), "", "a delimiter or a line end behind a closing quote", "other text")
	}
}

func loneReturn(line int64) error { return formatError(line, "", `line ends \n or \r\n`, `a lone \r`) }

// unequal does what the policy says with a record of n cells, whose first is cell first, and reports whether to go on. If not, whole is 1 when nothing but the number of
// cells is wrong so far, else 0.
func (s *splitter) unequal(b *block, first, start, n int) (whole int, ok bool) {
	if b.err = s.faultOf(b, first, start, n); b.err != nil {
		b.spans = b.spans[:first]
		return 0, false
	}
	switch {
	case s.ragged == RaggedSkip:
		b.spans = b.spans[:first]
		b.marks = b.marks[:min(first, len(b.marks))]
		b.left++
		return 0, true
	case s.ragged == RaggedPad && n < b.width:
		at := uint32(start)
		for ; n < b.width; n++ {
			b.mark(len(b.spans), missing)
			b.spans = append(b.spans, span{at, at})
		}
		b.short++
		return 0, true
	}
	b.err = formatError(b.lineAt(start), "", fmt.Sprintf("%d fields", b.width), strconv.Itoa(n))
	b.spans = b.spans[:first]
	return 1, false
}

// faultOf returns what is wrong with a record of n cells, whatever the header has.
func (s *splitter) faultOf(b *block, first, start, n int) error {
	if n > s.maxCells {
		return s.tooMany(b.lineAt(start))
	}
	for i := first; i < first+n; i++ {
		if err := s.fault(b, i, start); err != nil {
			return err
		}
	}
	return nil
}

// check looks at the text of the first p bytes as a whole, and for what is wrong with it cell by cell only when something is. A record that is at fault starts at start, if not
// behind p.
func (s *splitter) check(b *block, p, start, returns int) {
	if len(b.marks) > 0 {
		b.marks = b.marks[:min(len(b.marks), len(b.spans))]
		b.mark(len(b.spans), bare)
	}
	text := b.buf[:p]
	if len(text) > s.maxField || bytes.Count(text, []byte("\r")) != returns || b.width > s.maxCells {
		text = text[:s.checkCells(b, p)]
	}
	bad, got := bytes.IndexByte(text, 0), formatError(0, "", "text", "a NUL byte")
	if !utf8.Valid(text) {
		if at := invalid(text); bad < 0 || at < bad {
			bad, got = at, formatError(0, "", "UTF-8", "other bytes")
		}
	}
	if bad < 0 {
		return
	}
	r := 0
	for r < b.rows && int(b.spans[r*b.width].from) <= bad {
		r++
	}
	switch {
	case r > 0 && bad <= int(b.spans[r*b.width-1].to):
		r--
		got.Line = b.lineOf(r)
	case bad >= start:
		got.Line = b.lineAt(start)
	default:
		got.Line = b.lineAt(bad)
	}
	b.cut(r, got)
}

// checkCells looks for cells that are too long and for carriage returns that end no line. It returns where the record that has one starts, or p.
func (s *splitter) checkCells(b *block, p int) int {
	if b.rows > 0 && b.width > s.maxCells {
		b.cut(0, s.tooMany(b.lineOf(0)))
		return 0
	}
	for i := range b.rows * b.width {
		start := int(b.spans[i-i%b.width].from)
		if err := s.fault(b, i, start); err != nil {
			b.cut(i/b.width, err)
			return start
		}
	}
	return p
}

// fault returns what is wrong with cell i, whose record starts at start.
func (s *splitter) fault(b *block, i, start int) error {
	cell := b.buf[b.spans[i].from:b.spans[i].to]
	switch {
	case len(cell) > s.maxField:
		return s.tooLong(b.lineAt(start))
	case (i >= len(b.marks) || b.marks[i] == bare) && bytes.IndexByte(cell, '\r') >= 0:
		return loneReturn(b.lineAt(start))
	default:
		return nil
	}
}

func (s *splitter) tooMany(line int64) error {
	return fmt.Errorf("csv: line %d: more than %d columns: %w", line, s.maxCells, dataset.ErrLimit)
}

func (s *splitter) tooLong(line int64) error {
	return fmt.Errorf("csv: line %d: cell longer than %d bytes: %w", line, s.maxField, dataset.ErrLimit)
}

// invalid returns where text stops being UTF-8.
func invalid(text []byte) int {
	at := 0
	for at < len(text) {
		r, n := utf8.DecodeRune(text[at:])
		if r == utf8.RuneError && n == 1 {
			break
		}
		at += n
	}
	return at
}

func formatError(line int64, column, want, got string) *dataset.FormatError {
	return &dataset.FormatError{Format: "csv", Line: line, Column: column, Want: want, Got: got}
}
