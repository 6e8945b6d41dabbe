package csv

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tidewheel/tidewheel/dataset/internal/textfile"
	"github.com/tidewheel/tidewheel/internal/cell"
)

// sampleBytes is how much of a file Detect looks at.
const sampleBytes = 1 << 20

// Dialect is how a file seems to be written. Reasons says of each part why, in words that hold no values of rows.
type Dialect struct {
	Encoding     Encoding
	Delimiter    byte
	Quote        byte
	Comment      byte // 0 is none
	NoHeader     bool
	DecimalComma bool
	Thousands    byte     // 0 is none
	NullTokens   []string // the default ones, and words that stand for nothing in columns of numbers or times
	Reasons      []string
}

// Options returns o with what the dialect says.
func (d *Dialect) Options(o Options) Options {
	o.Encoding, o.Delimiter, o.Quote, o.Comment, o.NoHeader = d.Encoding, d.Delimiter, d.Quote, d.Comment, d.NoHeader
	o.DecimalComma, o.Thousands, o.NullTokens = d.DecimalComma, d.Thousands, slices.Clone(d.NullTokens)
	return o
}

// Detect guesses how the file at path is written from its first MiB, decompressed when its name ends in .gz or .zst: the encoding (byte order mark, UTF-8, the zeros of
// UTF-16, else Latin-1), comments (# before the first record), the delimiter (comma, semicolon, tab or bar) and the quote (" or ') under which most records have the same
// number of cells and most of those are values, whether the first record is a header (all texts, no two the same, none empty), and the notation of numbers under which most columns are
// numbers. It is a guess, and its Reasons are for a person: a program that reads the same feed each day states its options. A file without a record that two cells can be found in is of one column. It
// errors with a *dataset.FormatError for an empty file and with the system's error for a file that cannot be read.
func Detect(path string) (*Dialect, error) {
	var d *Dialect
	err := textfile.Opener(func() (io.ReadCloser, error) { return textfile.Open(path) }).With(func(r io.Reader) (err error) {
		d, err = detect(r)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("csv: detect %s: %w", path, err)
	}
	return d, nil
}

func detect(r io.Reader) (*Dialect, error) {
	raw := make([]byte, sampleBytes)
	n, err := io.ReadFull(r, raw)
	whole := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
	if err != nil && !whole {
		return nil, err
	}
	d := &Dialect{NullTokens: DefaultNullTokens()}
	raw = raw[:n]
	d.encoding(raw)
	text, _ := io.ReadAll(d.Encoding.decoded(bytes.NewReader(raw))) // half a character at the end is an error, and nothing is lost
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	if i := bytes.LastIndexByte(text, '\n'); i >= 0 && !whole {
		text = text[:i+1]
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, formatError(0, "", "a record", "an empty file")
	}
	d.comments(text)
	records := d.separators(text)
	d.notation(records)
	d.header(records)
	return d, nil
}

func (d *Dialect) because(format string, args ...any) {
	d.Reasons = append(d.Reasons, fmt.Sprintf(format, args...))
}

// encoding decides by the mark, by what is valid, and by where the zeros are.
func (d *Dialect) encoding(raw []byte) {
	var zero [2]int
	for i, c := range raw {
		if c == 0 {
			zero[i%2]++
		}
	}
	mark, length := textfile.Mark(raw)
	end := len(raw)
	for range 3 { // the last character may be cut
		if utf8.Valid(raw[:end]) || end == 0 {
			break
		}
		end--
	}
	switch {
	case length > 0:
		d.Encoding = EncodingAuto
		d.because("encoding: a byte order mark of %s", []string{"", "UTF-16LE", "UTF-16BE"}[mark])
	case zero[1] > len(raw)/8 && zero[0] <= zero[1]/8:
		d.Encoding = EncodingUTF16LE
		d.because("encoding UTF-16LE: %d of %d bytes are zeros behind another byte", zero[1], len(raw))
	case zero[0] > len(raw)/8 && zero[1] <= zero[0]/8:
		d.Encoding = EncodingUTF16BE
		d.because("encoding UTF-16BE: %d of %d bytes are zeros before another byte", zero[0], len(raw))
	case utf8.Valid(raw[:end]):
		d.Encoding = EncodingAuto
		d.because("encoding UTF-8: all characters are valid")
	default:
		d.Encoding = EncodingLatin1
		d.because("encoding Latin-1: byte %d is not UTF-8", invalid(raw))
	}
}

// comments looks for lines that start with # before a line that does not, unless the first of them alone has the delimiters of a header.
func (d *Dialect) comments(text []byte) {
	lines := bytes.SplitN(text, []byte("\n"), 102)
	n := 0
	for n < len(lines) && bytes.HasPrefix(lines[n], []byte("#")) {
		n++
	}
	if n == 0 || n+1 >= len(lines) {
		return
	}
	for _, c := range delimiters {
		if of := bytes.Count(lines[n], []byte(string(c))); n == 1 && of > 0 && bytes.Count(lines[0], []byte(string(c))) == of {
			d.because("comments: none, the line that starts with # has the delimiters of the next one")
			return
		}
	}
	d.Comment = '#'
	d.because("comments: %d lines start with # before the first that does not", n)
}

const delimiters = ",;\t|"

// sampled is the records of a sample under some delimiter and quote.
type sampled struct {
	width  int
	rows   [][][]byte // of the cells, without spaces around them
	quotes int        // cells in quotes
	left   int64      // records of another width
	values float64    // share of cells that are values in some notation
}

// separators takes the delimiter and the quote under which the most records have one number of cells, then the most cells are values, then there are the most columns.
func (d *Dialect) separators(text []byte) *sampled {
	d.Delimiter, d.Quote = ',', '"'
	best := d.sample(text)
	for _, quote := range []byte{'"', '\''} {
		for i := range delimiters {
			try := Dialect{Delimiter: delimiters[i], Quote: quote, Comment: d.Comment}
			if s := try.sample(text); (quote == '"' || s.quotes > 0) && s.better(best) {
				best, d.Delimiter, d.Quote = s, delimiters[i], quote
			}
		}
	}
	if best.width == 1 {
		d.because("delimiter: none of %q gives records of two cells", delimiters)
		return best
	}
	d.because("delimiter %q: %d of %d records have %d cells, %.0f %% of them values", d.Delimiter, len(best.rows), len(best.rows)+int(best.left), best.width, 100*best.values)
	d.because("quote %q: %d cells stand in it", d.Quote, best.quotes)
	return best
}

func (s *sampled) better(than *sampled) bool {
	share := func(s *sampled) float64 { return float64(len(s.rows)) / float64(max(int64(len(s.rows))+s.left, 1)) }
	a, b := share(s), share(than)
	switch {
	case (s.width > 1 && len(s.rows) > 0) != (than.width > 1 && len(than.rows) > 0):
		return s.width > 1 && len(s.rows) > 0
	case a < b-0.02 || a > b+0.02:
		return a > b
	case s.values < than.values-0.02 || s.values > than.values+0.02:
		return s.values > than.values
	default:
		return s.width > than.width
	}
}

// sample finds the records, those of the width that most of the first hundred have.
func (d *Dialect) sample(text []byte) *sampled {
	o, _ := Options{Delimiter: d.Delimiter, Quote: d.Quote, Comment: d.Comment, Ragged: RaggedSkip}.check("") // all of them known
	split := o.splitter()
	fresh := func() *block {
		b := &block{buf: append(slices.Clone(ended(slices.Clone(text))), make([]byte, slack)...), line: 1}
		b.size = len(b.buf) - slack
		return b
	}
	widths, b := make(map[int]int), fresh()
	for rest, n := b, 0; n < 100 && rest.size > 0; n++ {
		used := split.split(rest, 0)
		if rest.err != nil || rest.rows == 0 {
			break
		}
		widths[rest.width]++
		rest = &block{buf: rest.buf[used:], size: rest.size - used, line: 1}
	}
	s := &sampled{width: 1}
	for w, n := range widths {
		if most := widths[s.width]; n > most || n == most && w > s.width {
			s.width = w
		}
	}
	b = fresh()
	split.split(b, s.width)
	s.left = b.left
	for r := range b.rows {
		row := make([][]byte, s.width)
		for j := range row {
			raw, mark := b.cell(r, j)
			if row[j] = cell.Trim(raw); mark == quoted {
				s.quotes++
			}
		}
		s.rows = append(s.rows, row)
	}
	values, cells := 0, 0
	in, nulls, european := newInference(nil, &o, o.shared()), newNullSet(DefaultNullTokens()), &notation{comma: true, thousands: '.'}
	for _, row := range s.rows[:min(len(s.rows), 1000)] {
		for _, c := range row {
			cells++
			if nulls.has(c) || in.kindOf(c) != kindText || european.number(c) {
				values++
			}
		}
	}
	s.values = float64(values) / float64(max(cells, 1))
	return s
}

// notations are the ways to write numbers, the likeliest first.
func notations() []*notation {
	return []*notation{
		{}, {comma: true}, {thousands: ','}, {comma: true, thousands: '.'}, {thousands: ' '}, {comma: true, thousands: ' '}, {thousands: '\''}, {comma: true, thousands: '\''},
	}
}

// number reports whether a cell is a number in the notation.
func (n *notation) number(c []byte) bool {
	plain, ok := n.plain(nil, c)
	if ok {
		_, ok = cell.Float(plain)
	}
	return ok
}

// placeholders are words that stand for nothing in many files, beside the default null tokens.
func placeholders() []string {
	return []string{"?", "-", "--", ".", "*", "N.A.", "n.a.", "NIL", "nil", "none", "NONE", "Null", "missing", "Missing", "unknown", "Unknown", "\\N", "#VALUE!", "#DIV/0!"}
}

// notation takes the one in which the most columns are numbers, and the null tokens that more columns of numbers or times need.
func (d *Dialect) notation(s *sampled) {
	rows := s.rows
	if len(rows) > 1 {
		rows = rows[1:] // behind what may be a header
	}
	nulls := newNullSet(append(DefaultNullTokens(), placeholders()...))
	most, best := -1, &notation{}
	for _, n := range notations() {
		if n.comma && d.Delimiter == ',' && s.quotes == 0 || n.thousands == d.Quote {
			continue
		}
		columns := 0
		for j := range s.width {
			if holds(rows, j, nulls, n.number) {
				columns++
			}
		}
		if columns > most {
			most, best = columns, n
		}
	}
	d.DecimalComma, d.Thousands = best.comma, best.thousands
	switch {
	case best.comma && best.thousands != 0:
		d.because("numbers: a decimal comma and thousands apart by %q make %d columns numbers, the most", best.thousands, most)
	case best.comma:
		d.because("numbers: a decimal comma makes %d columns numbers, the most", most)
	case best.thousands != 0:
		d.because("numbers: thousands apart by %q make %d columns numbers, the most", best.thousands, most)
	default:
		d.because("numbers: a decimal point, %d columns are numbers", most)
	}
	d.nulls(s, rows, best)
}

// nulls looks for words without which a column would be of numbers, dates or times.
func (d *Dialect) nulls(s *sampled, rows [][][]byte, n *notation) {
	in := newInference(nil, &Options{KeepBytes: -1}, &shared{nulls: newNullSet(nil), notation: n})
	value := func(c []byte) bool { return in.kindOf(c) != kindText }
	for j := range s.width {
		for _, word := range placeholders() {
			with, without := newNullSet(append(slices.Clone(d.NullTokens), word)), newNullSet(d.NullTokens)
			if holds(rows, j, with, value) && !holds(rows, j, without, value) {
				d.NullTokens = append(d.NullTokens, word)
				d.because("null token %q: without it column %d has only values", word, j+1)
			}
		}
	}
}

// holds reports whether every cell of a column that is not null is one that is wanted, and there is one.
func holds(rows [][][]byte, j int, nulls *nullSet, wanted func([]byte) bool) bool {
	some := false
	for _, row := range rows {
		if nulls.has(row[j]) {
			continue
		}
		if !wanted(row[j]) {
			return false
		}
		some = true
	}
	return some
}

// header decides whether the first record is names: texts, none empty, no two the same.
func (d *Dialect) header(s *sampled) {
	if len(s.rows) == 0 {
		return
	}
	seen := make(map[string]bool)
	in := newInference(nil, &Options{KeepBytes: -1}, &shared{nulls: newNullSet(nil), notation: newNotation(d.DecimalComma, d.Thousands)})
	for j, c := range s.rows[0] {
		name := string(c)
		switch {
		case name == "":
			d.NoHeader = true
			d.because("header: none, cell %d of the first record is empty", j+1)
		case in.kindOf(c) != kindText:
			d.NoHeader = true
			d.because("header: none, cell %d of the first record is a value", j+1)
		case seen[name]:
			d.NoHeader = true
			d.because("header: none, cell %d of the first record is there twice", j+1)
		}
		if d.NoHeader {
			return
		}
		seen[name] = true
	}
	d.because("header: the cells of the first record are texts, none empty, no two the same")
}

// String returns the reasons as lines.
func (d *Dialect) String() string { return strings.Join(d.Reasons, "\n") }
