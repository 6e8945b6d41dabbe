package csv

import (
	"bytes"
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"unicode/utf8"

	"github.com/tidewheel/tidewheel/dataset"
)

// slack is how many bytes may be read behind a text, so that words need no end of their own.
const slack = 80

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
	at    int64  // where it starts in the whole text
	line  int64  // where the text starts
	quote byte
	spans []span  // of the cells, width a record
	marks []uint8 // empty where no cell is missing
	width int
	rows  int   // records, those before the fault
	err   error // what is wrong behind them
	short int64 // records that the policy filled
	left  int64 // records that the policy left out

	escapes []escape // of the record at hand
	found   bool     // the cells were found when the text was cut
	more    bool     // the last record may go on behind the text
	used    int      // bytes up to where the next record starts, or the one at fault
	start   int      // where the record at fault starts, else used
	returns int      // line ends that have a carriage return

	vectors []vector
	done    chan struct{}
}

// escape is a cell in quotes that holds doubled ones, and where its closing quote is.
type escape struct{ cell, end, doubled int }

// lineAt returns the line of a byte of the text.
func (b *block) lineAt(at int) int64 { return b.line + int64(bytes.Count(b.buf[:at], []byte("\n"))) }

// lineOf returns the line where record r starts.
func (b *block) lineOf(r int) int64 { return b.lineAt(int(b.spans[r*b.width].from)) }

// cell returns a cell and its mark.
func (b *block) cell(r, column int) ([]byte, uint8) {
	i := r*b.width + column
	s := b.spans[i]
	return b.buf[s.from:s.to], b.mark(i)
}

// mark returns the mark of cell i. No cell but one in quotes has a quote before it.
func (b *block) mark(i int) uint8 {
	switch from := b.spans[i].from; {
	case i < len(b.marks) && b.marks[i] == missing:
		return missing
	case from > 0 && b.buf[from-1] == b.quote:
		return quoted
	default:
		return bare
	}
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
	until                 int64 // records that start there or behind it are left
	dry                   bool  // leaves the text as it is
}

func (o *Options) splitter() splitter {
	return splitter{delim: o.Delimiter, quote: o.Quote, comment: o.Comment, ragged: o.Ragged, maxField: o.MaxFieldBytes, maxCells: o.MaxColumns, until: math.MaxInt64}
}

// bytesOf returns the word that has c in each byte.
func bytesOf(c byte) uint64 { return uint64(c) * ones }

// skip returns where the next record starts at or behind from: lines without a byte and comments are none.
func (s *splitter) skip(text []byte, from, size int, returns *int) int {
	for from < size {
		switch c := text[from]; {
		case c == '\n':
			from++
		case c == '\r' && text[from+1] == '\n' && from+1 < size:
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
	if !b.found {
		s.begin(b, width)
		b.used, b.start, b.returns = s.cells(b)
	}
	s.check(b)
	return b.used
}

func (s *splitter) begin(b *block, width int) {
	b.quote, b.spans, b.marks, b.width, b.rows, b.err, b.short, b.left = s.quote, b.spans[:0], b.marks[:0], width, 0, nil, 0, 0
	b.escapes = b.escapes[:0]
}

// stop returns where in b no record is wanted that starts there or behind it.
func (s *splitter) stop(b *block) int {
	return int(max(0, min(s.until-b.at, int64(b.size))))
}

// cells finds the cells of the whole records of b, and returns used, start and returns of b. A byte is in quotes when an odd number of them stands up to it, as long as quotes that open
// stand where cells start. A cell with another one is looked at by itself.
func (s *splitter) cells(b *block) (used, start, returns int) {
	text, delim, quote := b.buf[:b.size+slack], s.delim, s.quote
	delims, quotes := bytesOf(delim), bytesOf(quote)
	stop := s.stop(b)
	spans, first, header := b.spans, 0, b.width == 0
	from := s.skip(text, 0, b.size, &returns)
	start = from
	inside, before := uint64(0), uint64(1) // all ones in quotes; 1 where a cell can start
	for p := from; p <= b.size && start < stop; {
		q, n := masks(text[p:p+64], delims, quotes)
		in := inside
		if q != 0 {
			in ^= parity(q)
		}
		at, m, odd := p, n&^in, q&in&^(n<<1|before)
		p, inside, before = p+64, uint64(int64(in)>>63), n>>63
		if odd != 0 {
			m &= odd&-odd - 1
		}
		for m != 0 {
			k := len(b.escapes) - 1
			escaped := k >= 0 && b.escapes[k].cell == len(spans)
			if !escaped {
				if spans, m, from = s.delimited(text, spans, m, at, from); m == 0 {
					break
				}
			}
			to := at + bits.TrailingZeros64(m)
			if to >= b.size && b.more {
				return start, start, returns // the record goes on
			}
			f, t := from, to
			if text[to] == '\n' && t > f && text[t-1] == '\r' {
				t--
				returns++
			}
			if text[f] == quote {
				if text[t-1] != quote {
					b.spans = spans
					s.quoteFault(b, first, f, start)
					return start, start, returns
				}
				f++
				t--
				if escaped {
					t -= b.escapes[k].doubled
				}
			}
			spans = append(spans, span{uint32(f), uint32(t)})
			m &= m - 1
			if from = to + 1; text[to] == delim {
				continue
			}
			b.spans = spans
			if used, ok := s.record(b, first, start, from); !ok {
				if used < from && text[from-2] == '\r' { // it is not among what was used
					returns--
				}
				return used, start, returns
			}
			if header {
				return from, from, returns
			}
			next := s.skip(text, from, b.size, &returns)
			if next >= stop {
				return next, next, returns
			}
			if next != from {
				from, p, m, odd, inside, before = next, next, 0, 0, 0, 1
			}
			spans, start, first = b.spans, next, len(b.spans)
		}
		if odd != 0 {
			if p = s.behind(b, len(spans), from, at+bits.TrailingZeros64(odd)); p < 0 {
				break
			}
			inside, before = 0, 0
		}
	}
	if b.spans = spans; start < stop && !b.more { // an open quote, or text behind one that closes
		s.quoteFault(b, first, from, start)
	}
	b.spans = spans[:first]
	return start, start, returns
}

// delimited appends the cells that end at delimiters, up to one that ends a line or has text behind its closing quote. Their ends are the bits of m, which are those of 64 bytes at at; from
// is where the first of them starts. It returns what is left of both.
func (s *splitter) delimited(text []byte, spans []span, m uint64, at, from int) ([]span, uint64, int) {
	delim, quote := s.delim, s.quote
	for ; m != 0; m &= m - 1 {
		to := at + bits.TrailingZeros64(m)
		if text[to] != delim {
			break
		}
		f, t := from, to
		if text[f] == quote {
			if text[t-1] != quote {
				break
			}
			f++
			t--
		}
		spans = append(spans, span{uint32(f), uint32(t)})
		from = to + 1
	}
	return spans, m, from
}

// behind returns where dense goes on behind the quotes of the cell at from, of which the one at odd stands where none opens; below 0 when there is text behind the one that closes.
func (s *splitter) behind(b *block, n, from, odd int) int {
	text := b.buf[:b.size+slack]
	if text[from] != s.quote {
		for text[odd] != s.delim && text[odd] != '\n' {
			odd++
		}
		return odd
	}
	if k := len(b.escapes); k > 0 && b.escapes[k-1].cell == n {
		b.more = false
		return -1
	}
	end, doubled := s.closing(b, from)
	b.escapes = append(b.escapes, escape{n, end, doubled})
	return end + 1
}

// record counts the record of the cells from first on, which starts at start and ends before end. It reports false when it is at fault; used is end when nothing but the number of cells
// is wrong so far, else start.
func (s *splitter) record(b *block, first, start, end int) (used int, ok bool) {
	if len(b.escapes) > 0 {
		s.unescape(b)
	}
	n := len(b.spans) - first
	if b.width == 0 {
		b.width = n
	}
	if n != b.width {
		if used, ok := s.unequal(b, first, start, end, n); !ok {
			return used, false
		}
	}
	b.rows = len(b.spans) / b.width
	return end, true
}

// unescape writes each doubled quote of the record's cells once. What is left of a cell is filled with quotes, so that line ends can still be counted.
func (s *splitter) unescape(b *block) {
	for _, e := range b.escapes {
		if s.dry || e.doubled == 0 {
			continue
		}
		at := int(b.spans[e.cell].from)
		to := at
		for at < e.end {
			n := bytes.IndexByte(b.buf[at:e.end], s.quote) + 1
			if n == 0 {
				n = e.end - at
			}
			copy(b.buf[to:], b.buf[at:at+n])
			to += n
			at += n + 1
		}
		for ; to < e.end; to++ {
			b.buf[to] = s.quote
		}
	}
	b.escapes = b.escapes[:0]
}

// closing returns where the closing quote of the cell in quotes at p is, the end of the text without one, and how many doubled quotes the cell holds.
func (s *splitter) closing(b *block, p int) (at, doubled int) {
	quotes := bytesOf(s.quote)
	for at = p + 1; ; doubled++ {
		at = nextQuote(b.buf[:b.size], at, quotes)
		if at == b.size || b.buf[at+1] != s.quote {
			return at, doubled
		}
		at += 2
	}
}

// quoteFault says what is wrong with the quotes of the cell that starts at p, unless a cell before it in its record is at fault, of which first is the first. It drops the record.
func (s *splitter) quoteFault(b *block, first, p, start int) {
	at, _ := s.closing(b, p)
	b.err = s.faultOf(b, first, start, len(b.spans)-first)
	switch {
	case b.err != nil:
	case at == b.size && b.size-p-1 > 2*s.maxField+2: // doubled quotes take twice their length
		b.err = s.tooLong(b.lineAt(start))
	case at == b.size:
		b.err = formatError(b.lineAt(start), "", "a closing quote", "the end of the file")
	case b.buf[at+1] == '\r':
		b.err = loneReturn(b.lineAt(start))
	default:
		b.err = formatError(b.lineAt(at+1), "", "a delimiter or a line end behind a closing quote", "other text")
	}
	b.spans = b.spans[:first]
}

func loneReturn(line int64) error { return formatError(line, "", `line ends \n or \r\n`, `a lone \r`) }

// unequal does what the policy says with a record of n cells, as record does.
func (s *splitter) unequal(b *block, first, start, end, n int) (used int, ok bool) {
	if b.err = s.faultOf(b, first, start, n); b.err != nil {
		b.spans = b.spans[:first]
		return start, false
	}
	switch {
	case s.ragged == RaggedSkip:
		b.spans = b.spans[:first]
		b.marks = b.marks[:min(first, len(b.marks))]
		b.left++
		return end, true
	case s.ragged == RaggedPad && n < b.width:
		at := uint32(start)
		for ; n < b.width; n++ {
			b.marks = append(append(b.marks, make([]uint8, len(b.spans)-len(b.marks))...), missing)
			b.spans = append(b.spans, span{at, at})
		}
		b.short++
		return end, true
	}
	b.err = formatError(b.lineAt(start), "", fmt.Sprintf("%d fields", b.width), strconv.Itoa(n))
	b.spans = b.spans[:first]
	return end, false
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

// check looks at the text that was used as a whole, and for what is wrong with it cell by cell only when something is.
func (s *splitter) check(b *block) {
	text := b.buf[:b.used]
	if len(text) > s.maxField || bytes.Count(text, []byte("\r")) != b.returns || b.width > s.maxCells {
		text = text[:s.checkCells(b, b.used)]
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
	case bad >= b.start:
		got.Line = b.lineAt(b.start)
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
	case b.mark(i) == bare && bytes.IndexByte(cell, '\r') >= 0:
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
