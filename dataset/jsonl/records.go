package jsonl

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/internal/textfile"
)

// cutter cuts the text of the next record out of a file. It returns the line where that starts, and io.EOF after the last. The text is valid until the next call.
type cutter interface {
	cut() (text []byte, line int64, err error)
}

// lineCutter cuts lines, and leaves out empty ones.
type lineCutter struct{ *textfile.Lines }

func (c lineCutter) cut() ([]byte, int64, error) {
	for {
		text, err := c.Next()
		if err != nil || len(bytes.TrimSpace(text)) > 0 {
			return text, c.Number(), err
		}
	}
}

// newCutter finds out how the records of r stand: below a path, in an array, as objects of several lines each, or one in a line.
func newCutter(r io.Reader, o Options) cutter {
	buffered := bufio.NewReaderSize(r, 64<<10)
	head, _ := buffered.Peek(64 << 10) // an error comes again
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")
	array := len(head) > 0 && head[0] == '['
	first, _, whole := bytes.Cut(head, []byte("\n"))
	var e extent
	several := len(head) > 0 && head[0] == '{' && whole && e.scan(first) < 0
	if o.records != nil || array || several {
		return newDocument(buffered, o)
	}
	return lineCutter{textfile.NewLines(buffered, format, o.MaxLineBytes)}
}

// recordReader parses the records of a file.
type recordReader struct {
	cutter
	record int64 // the current one, from 1
	line   int64 // where it starts, from 1
	o      Options
	p      parser
	keys   []key
	index  map[string]int
	hint   int // the key that is expected next, as in the record before
}

// key is a key that was met.
type key struct {
	name   string
	record int64 // the last that has it
}

func newRecordReader(r io.Reader, o Options) *recordReader {
	return &recordReader{cutter: newCutter(r, o), o: o, p: parser{maxDepth: o.MaxDepth, flat: o.Nested == NestedColumns}, index: map[string]int{}}
}

// next parses the next record; io.EOF after the last. Keys are told by their places in r.keys, which grows.
func (r *recordReader) next(member func(id int, v value) error) error {
	text, line, err := r.cut()
	if err != nil {
		return err
	}
	r.line, r.hint = line, 0
	r.record++
	if !utf8.Valid(text) {
		return formatError(r.line, "", "UTF-8", "other bytes")
	}
	count := 0
	err = r.p.object(text, func(name []byte, v value) error {
		id, err := r.id(name)
		if err != nil {
			return err
		}
		k := &r.keys[id]
		if k.record == r.record {
			return &syntaxError{want: "each key once", got: "one twice"}
		}
		k.record = r.record
		if count++; count > r.o.MaxColumns {
			return fmt.Errorf("more than %d keys: %w", r.o.MaxColumns, dataset.ErrLimit)
		}
		return member(id, v)
	})
	return r.wrap(err, text)
}

// id returns the place of a key.
func (r *recordReader) id(name []byte) (int, error) {
	if r.hint < len(r.keys) && r.keys[r.hint].name == string(name) {
		r.hint++
		return r.hint - 1, nil
	}
	id, known := r.index[string(name)]
	if !known {
		if len(r.keys) == r.o.MaxColumns {
			return 0, fmt.Errorf("more than %d keys: %w", r.o.MaxColumns, dataset.ErrLimit)
		}
		id = len(r.keys)
		r.keys = append(r.keys, key{name: string(name)})
		r.index[r.keys[id].name] = id
	}
	r.hint = id + 1
	return id, nil
}

// wrap adds the line.
func (r *recordReader) wrap(err error, text []byte) error {
	var syntax *syntaxError
	switch {
	case errors.As(err, &syntax):
		return formatError(r.line+int64(bytes.Count(text[:min(r.p.at, len(text))], []byte("\n"))), "", syntax.want, syntax.got)
	case errors.Is(err, dataset.ErrLimit):
		return fmt.Errorf("jsonl: line %d: %w", r.line, err)
	default:
		return err
	}
}
