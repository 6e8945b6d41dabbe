package csv

import (
	"bytes"
	"fmt"
	"math"
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
