package csv

// The plain way of reading: a byte at a time, a record at a time, every text by internal/cell and types by a first pass over all of it. The fast way must give the same rows,
// types and errors.

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/cell"
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
		if i := bytes.IndexByte(raw, 0); i >= 0 && utf8.Valid(raw[:i]) {
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
	if bytes.HasPrefix(t.buf[:t.end], []byte("\xef\xbb\xbf")) {
		t.at = 3
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

// plainColumn appends the cells of one column to its builder.
type plainColumn struct {
	name   string
	typ    dataset.Type
	from   int // position in the file
	text   bool
	null   func()
	append func(b []byte) bool // reports false for a cell that is no value of the type
}

// newPlainColumn returns the column of a type that text holds.
func newPlainColumn(f dataset.Field, from int, b array.Builder) plainColumn {
	return plainColumn{name: f.Name, typ: f.Type, from: from, text: f.Type.IsText() || f.Type == dataset.JSON, null: b.AppendNull, append: cell.Appender(b)}
}

// add appends a cell.
func (c *plainColumn) add(v token, nulls *nullSet, line int64) error {
	b := v.data
	if c.text {
		if !v.quoted && nulls.has(b) {
			c.null()
			return nil
		}
	} else {
		if b = cell.Trim(b); nulls.has(b) {
			c.null()
			return nil
		}
	}
	if !c.append(b) {
		return formatError(line, c.name, string(c.typ), fmt.Sprintf("a cell of %d bytes that is none", len(v.data)))
	}
	return nil
}

// plainGuess is what the cells of a column allow so far.
type plainGuess struct {
	notBool, notInt, notFloat, notDate, notNaive, notZoned bool

	huge     bool // an integer that int64 does not hold
	fraction bool // a number that is no integer
	values   bool // some cell is not null
	nulls    bool // some cell is null if the column is not text
	bareNull bool // some cell is null even if the column is text
}

func (g *plainGuess) isText() bool {
	return g.notBool && g.notInt && g.notFloat && g.notDate && g.notNaive && g.notZoned
}

// observe narrows the guess by a cell.
func (g *plainGuess) observe(c token, nulls *nullSet) {
	if !c.quoted && nulls.has(c.data) {
		g.nulls, g.bareNull = true, true
		return
	}
	b := cell.Trim(c.data)
	if nulls.has(b) {
		g.nulls = true
		return
	}
	g.values = true
	if g.isText() {
		return
	}
	if !g.notInt || !g.notFloat {
		g.observeNumber(b)
	}
	if !g.notBool {
		_, ok := cell.Bool(b)
		g.notBool = !ok
	}
	if !g.notDate {
		_, ok := cell.Date(b)
		g.notDate = !ok
	}
	if !g.notNaive || !g.notZoned {
		_, zoned, ok := cell.Time(b)
		g.notNaive = g.notNaive || !ok || zoned
		g.notZoned = g.notZoned || !ok || !zoned
	}
}

func (g *plainGuess) observeNumber(b []byte) {
	if !cell.IsInteger(b) {
		_, ok := cell.Float(b)
		g.notInt, g.fraction = true, true
		g.notFloat = g.notFloat || !ok
		return
	}
	if len(b) < 19 {
		return
	}
	if _, err := strconv.ParseInt(cell.Text(b), 10, 64); err != nil {
		g.huge, g.notInt = true, true
		_, ok := cell.Float(b)
		g.notFloat = g.notFloat || !ok
	}
}

// field returns the field of the column.
func (g *plainGuess) field(name string, fixed dataset.Type) dataset.Field {
	t := dataset.Utf8
	switch {
	case fixed != "":
		t = fixed
	case !g.values:
	case !g.notBool:
		t = dataset.Bool
	case !g.notInt:
		t = dataset.Int64
	case !g.notFloat && (g.fraction || !g.huge):
		t = dataset.Float64
	case !g.notDate:
		t = dataset.Date32
	case !g.notNaive:
		t = dataset.Timestamp
	case !g.notZoned:
		t = dataset.TimeUTC
	}
	nullable := g.nulls
	if t.IsText() || t == dataset.JSON {
		nullable = g.bareNull
	}
	return dataset.Field{Name: name, Type: t, Nullable: nullable}
}

// plainInfer reads every record behind the header and returns the schema.
func plainInfer(t *tokenizer, header []string, o Options) (*dataset.Schema, error) {
	nulls := newNullSet(o.NullTokens)
	guesses := make([]plainGuess, len(header))
	for {
		cells, line, err := t.next()
		if isEOF(err) {
			break
		}
		if err != nil {
			return nil, err
		}
		if len(cells) != len(header) {
			return nil, ragged(line, len(header), len(cells))
		}
		for i, c := range cells {
			guesses[i].observe(c, nulls)
		}
	}
	fields := make([]dataset.Field, len(header))
	for i, name := range header {
		fields[i] = guesses[i].field(name, o.Types[name])
	}
	return dataset.NewSchema(fields...)
}

func ragged(line int64, want, got int) error {
	return formatError(line, "", fmt.Sprintf("%d fields", want), strconv.Itoa(got))
}

// plainHeader returns the names, of which the fast way says more.
func plainHeader(t *tokenizer) ([]string, error) {
	cells, line, err := t.next()
	if isEOF(err) {
		return nil, formatError(0, "", "a header line", "an empty file")
	}
	if err != nil {
		return nil, err
	}
	header := make([]string, len(cells))
	seen := make(map[string]bool, len(cells))
	for i, c := range cells {
		name := string(c.data)
		switch {
		case name == "":
			return nil, formatError(line, "", fmt.Sprintf("a name for column %d", i+1), "an empty one")
		case seen[name]:
			return nil, formatError(line, name, "unique column names", "the name twice")
		}
		header[i], seen[name] = name, true
	}
	return header, nil
}

// plainSchema returns what the text has when its types are inferred.
func plainSchema(text []byte, o Options) (*dataset.Schema, error) {
	t := newTokenizer(bytes.NewReader(text), o)
	header, err := plainHeader(t)
	if err != nil {
		return nil, err
	}
	return plainInfer(t, header, o)
}

// plainRows returns the rows under a schema, and those of whole batches where there is an error.
func plainRows(text []byte, s *dataset.Schema, o Options) (rows []string, err error) {
	t := newTokenizer(bytes.NewReader(text), o)
	header, err := plainHeader(t)
	if err != nil {
		return nil, err
	}
	rb := array.NewRecordBuilder(memory.DefaultAllocator, s.Arrow())
	defer rb.Release()
	var columns []plainColumn
	for i, f := range s.Fields() {
		columns = append(columns, newPlainColumn(f, slices.Index(header, f.Name), rb.Field(i)))
	}
	nulls, n := newNullSet(o.NullTokens), 0
	flush := func() error {
		b, err := cell.NewBatch(rb, s, n)
		if err == nil {
			rows = append(rows, lines(b)...)
			b.Release()
		}
		n = 0
		return err
	}
	for {
		cells, line, err := t.next()
		if isEOF(err) {
			return rows, flush()
		}
		if err != nil {
			return rows, err
		}
		if len(cells) != len(header) {
			return rows, ragged(line, len(header), len(cells))
		}
		for i := range columns {
			if err := columns[i].add(cells[columns[i].from], nulls, line); err != nil {
				return rows, err
			}
		}
		if n++; n == o.BatchRows {
			if err := flush(); err != nil {
				return rows, err
			}
		}
	}
}

// lines returns the rows of b with the bits of their values.
func lines(b dataset.Batch) []string {
	out := make([]string, b.NumRows())
	for j := range b.Schema().Len() {
		for i := range out {
			switch c := b.Column(j).(type) {
			case *array.Float64:
				out[i] += fmt.Sprintf("%v %x|", c.IsNull(i), math.Float64bits(c.Value(i))*valid(c.IsValid(i)))
			case *array.Float32:
				out[i] += fmt.Sprintf("%v %x|", c.IsNull(i), uint64(math.Float32bits(c.Value(i)))*valid(c.IsValid(i)))
			case *array.Dictionary:
				word := ""
				if c.IsValid(i) {
					word = c.Dictionary().ValueStr(c.GetValueIndex(i))
				}
				out[i] += fmt.Sprintf("%v %q|", c.IsNull(i), word)
			default:
				word := ""
				if c.IsValid(i) {
					word = c.ValueStr(i)
				}
				out[i] += fmt.Sprintf("%v %q|", c.IsNull(i), word)
			}
		}
	}
	return out
}

func valid(is bool) uint64 {
	if is {
		return 1
	}
	return 0
}
