package jsonl

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/tidewheel/tidewheel/dataset"
)

// extent finds the end of a value that starts with a brace or bracket, in pieces.
type extent struct {
	depth           int
	quoted, escaped bool
}

// scan goes on with b and returns how many bytes of it are left in the value, -1 when all of it and more are. Braces and brackets are only counted: the parser looks at them.
func (e *extent) scan(b []byte) int {
	for i, c := range b {
		switch {
		case e.escaped:
			e.escaped = false
		case e.quoted:
			e.escaped = c == '\\'
			e.quoted = c != '"'
		case c == '"':
			e.quoted = true
		case c == '{' || c == '[':
			e.depth++
		case c == '}' || c == ']':
			if e.depth--; e.depth <= 0 {
				return i + 1
			}
		}
	}
	return -1
}

// document cuts the records out of one text that is not lines: the objects of an array, of what stands below a path, or one behind the other.
type document struct {
	r     *bufio.Reader
	o     Options
	line  int64
	text  []byte // of the record
	state documentState
	outer int // objects around the records that are open
	first bool
}

type documentState uint8

const (
	atStart   documentState = iota
	inArray                 // between records of an array
	inObjects               // between records that stand one behind the other
	behind                  // behind the records
)

func newDocument(r *bufio.Reader, o Options) *document { return &document{r: r, o: o, line: 1} }

func (d *document) fail(want, got string) error { return formatError(d.line, "", want, got) }

// peek skips spaces and returns the next byte without taking it; io.EOF at the end.
func (d *document) peek() (byte, error) {
	for {
		c, err := d.r.ReadByte()
		switch {
		case err != nil:
			return 0, err
		case c == '\n':
			d.line++
		case c != ' ' && c != '\t' && c != '\r':
			return c, d.r.UnreadByte()
		}
	}
}

// take takes the byte that peek must return.
func (d *document) take(c byte, want string) error {
	got, err := d.peek()
	if errors.Is(err, io.EOF) {
		return d.fail(want, "the end of the text")
	}
	if err != nil {
		return err
	}
	if got != c {
		return d.fail(want, "another character")
	}
	_, err = d.r.ReadByte()
	return err
}

// cut implements cutter.
func (d *document) cut() ([]byte, int64, error) {
	if d.state == atStart {
		if err := d.start(); err != nil {
			return nil, 0, err
		}
	}
	if d.state == inArray {
		if err := d.nextOfArray(); err != nil {
			return nil, 0, err
		}
	}
	if d.state == behind {
		return nil, 0, d.rest()
	}
	c, err := d.peek()
	if errors.Is(err, io.EOF) && d.state == inObjects {
		return nil, 0, io.EOF
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, 0, err
	}
	if c != '{' {
		return nil, 0, d.fail("an object", "another value")
	}
	line := d.line
	if d.o.records != nil && d.state == inObjects {
		d.state = behind // what stands below the path is one object
	}
	text, err := d.value(true)
	return text, line, err
}

// nextOfArray goes to the next record, or behind the array.
func (d *document) nextOfArray() error {
	c, err := d.peek()
	if errors.Is(err, io.EOF) {
		return d.fail("a closing bracket", "the end of the text")
	}
	if err != nil {
		return err
	}
	switch {
	case c == ']':
		d.state = behind
		_, err = d.r.ReadByte()
		return err
	case d.first:
		d.first = false
		return nil
	default:
		return d.take(',', "a comma or a closing bracket")
	}
}

// start goes to the first record.
func (d *document) start() error {
	if head, _ := d.r.Peek(3); string(head) == "\xef\xbb\xbf" {
		if _, err := d.r.Discard(3); err != nil {
			return err
		}
	}
	if d.o.records != nil {
		if _, err := d.peek(); errors.Is(err, io.EOF) {
			return io.EOF
		}
	}
	for i, name := range d.o.records {
		if err := d.take('{', "an object with the key of Options.Records"); err != nil {
			return err
		}
		d.outer++
		if err := d.find(i, name); err != nil {
			return err
		}
	}
	c, err := d.peek()
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	d.state = inObjects
	if c == '[' {
		d.state, d.first = inArray, true
		_, err = d.r.ReadByte()
		return err
	}
	return nil
}

// find goes behind the colon of a key of the object that is open.
func (d *document) find(i int, name string) error {
	for first := true; ; first = false {
		if c, err := d.peek(); err == nil && c == '}' {
			return &dataset.SchemaError{Want: fmt.Sprintf("the key of part %d of Options.Records", i+1), Got: "an object without it"}
		}
		if !first {
			if err := d.take(',', "a comma or a closing brace"); err != nil {
				return err
			}
		}
		key, err := d.key()
		if err != nil || key == name {
			return err
		}
		if _, err := d.value(false); err != nil {
			return err
		}
	}
}

// key reads a key and its colon.
func (d *document) key() (string, error) {
	if c, err := d.peek(); err != nil && !errors.Is(err, io.EOF) {
		return "", err
	} else if c != '"' {
		return "", d.fail("a key in quotes", "another character or the end of the text")
	}
	raw, err := d.value(true)
	if err != nil {
		return "", err
	}
	p := parser{b: raw}
	text, err := p.str()
	if err != nil {
		return "", d.fail("a key in quotes", "a string that is none")
	}
	return string(text), d.take(':', "a colon")
}

// value reads a value whole, or skips it.
func (d *document) value(keep bool) ([]byte, error) {
	d.text = d.text[:0]
	c, err := d.peek()
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if c != '{' && c != '[' && c != '"' {
		return nil, d.scalar()
	}
	if c == '"' {
		return d.quoted(keep)
	}
	var e extent
	for {
		piece, err := d.piece()
		if err != nil {
			return nil, err
		}
		n := e.scan(piece)
		if err := d.consume(piece, n, keep); err != nil || n >= 0 {
			return d.text, err
		}
	}
}

// quoted reads a string.
func (d *document) quoted(keep bool) ([]byte, error) {
	escaped, opened := false, false
	for {
		piece, err := d.piece()
		if err != nil {
			return nil, err
		}
		n := -1
		for i, c := range piece {
			if !opened {
				opened = true
			} else if escaped {
				escaped = false
			} else if c == '\\' {
				escaped = true
			} else if c == '"' {
				n = i + 1
				break
			}
		}
		if err := d.consume(piece, n, keep); err != nil || n >= 0 {
			return d.text, err
		}
	}
}

// piece returns what is in memory of the text, at least a byte.
func (d *document) piece() ([]byte, error) {
	if _, err := d.r.Peek(1); errors.Is(err, io.EOF) {
		return nil, d.fail("the end of a value", "the end of the text")
	} else if err != nil {
		return nil, err
	}
	return d.r.Peek(d.r.Buffered())
}

// consume takes n bytes of piece, or all of it when n is below 0.
func (d *document) consume(piece []byte, n int, keep bool) error {
	if n >= 0 {
		piece = piece[:n]
	}
	d.line += int64(bytes.Count(piece, []byte("\n")))
	if keep {
		if len(d.text)+len(piece) > d.o.MaxLineBytes {
			return fmt.Errorf("jsonl: line %d: a record longer than %d bytes: %w", d.line, d.o.MaxLineBytes, dataset.ErrLimit)
		}
		d.text = append(d.text, piece...)
	}
	_, err := d.r.Discard(len(piece))
	return err
}

// scalar skips a number or a word.
func (d *document) scalar() error {
	for n := 0; ; n++ {
		c, err := d.r.ReadByte()
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if err != nil || bytes.IndexByte([]byte(",]} \t\r\n"), c) >= 0 {
			if n == 0 {
				return d.fail("a value", "another character or the end of the text")
			}
			if err != nil {
				return nil //nolint:nilerr // what follows finds the end
			}
			return d.r.UnreadByte()
		}
	}
}

// rest reads what stands behind the records; io.EOF when that is well.
func (d *document) rest() error {
	for {
		c, err := d.peek()
		if err != nil {
			if errors.Is(err, io.EOF) && d.outer > 0 {
				return d.fail("a closing brace", "the end of the text")
			}
			return err
		}
		if d.outer == 0 {
			return d.fail("one value", "more behind it")
		}
		if c == '}' {
			d.outer--
			if err := d.take('}', "a closing brace"); err != nil {
				return err
			}
			continue
		}
		if err := d.take(',', "a comma or a closing brace"); err != nil {
			return err
		}
		if _, err := d.key(); err != nil {
			return err
		}
		if _, err := d.value(false); err != nil {
			return err
		}
	}
}
