package arff

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/internal/textfile"
)

// kind is what an attribute was declared as.
type kind uint8

const (
	numeric kind = iota
	nominal
	text
	date
)

// attribute is a declared column.
type attribute struct {
	field  dataset.Field
	kind   kind
	values map[string]bool // of a nominal one
	date   dateFormat
}

// reader reads the lines of a file.
type reader struct {
	lines      *textfile.Lines
	scan       scanner
	attributes []attribute
	o          Options
}

func newReader(r io.Reader, o Options) *reader {
	return &reader{lines: textfile.NewLines(textfile.Marked(r, format), format, o.MaxLineBytes), o: o}
}

func (r *reader) fail(column, want, got string) error {
	return &dataset.FormatError{Format: format, Line: r.lines.Number(), Column: column, Want: want, Got: got}
}

// next makes the next line that is neither empty nor a comment ready to scan; io.EOF after the last.
func (r *reader) next() error {
	for {
		line, err := r.lines.Next()
		if err != nil {
			return err
		}
		line = bytes.Trim(line, " \t\r")
		if len(line) == 0 || line[0] == '%' {
			continue
		}
		if !utf8.Valid(line) || bytes.IndexByte(line, 0) >= 0 {
			return r.fail("", "text in UTF-8", "other bytes")
		}
		r.scan.reset(line)
		return nil
	}
}

// header reads up to the line @data.
func (r *reader) header() error {
	for {
		err := r.next()
		if errors.Is(err, io.EOF) {
			return r.fail("", "a line @data", "the end of the file")
		}
		if err != nil {
			return err
		}
		switch word := r.keyword(); {
		case word == "@relation":
		case word == "@attribute":
			err = r.attribute()
		case word == "@data" && r.rest():
			if len(r.attributes) == 0 {
				return r.fail("", "a line @attribute before @data", "none")
			}
			return nil
		default:
			err = r.fail("", "a line that starts with @relation, @attribute or @data", "another")
		}
		if err != nil {
			return err
		}
	}
}

// keyword reads a bare word in lower case.
func (r *reader) keyword() string {
	s := &r.scan
	s.space()
	from := s.at
	for s.at < len(s.text) && !isSpace(s.text[s.at]) && s.text[s.at] != '{' && s.text[s.at] != '%' {
		s.at++
	}
	return string(bytes.ToLower(s.text[from:s.at]))
}

// rest reports whether only a comment follows.
func (r *reader) rest() bool {
	r.scan.space()
	return r.scan.end() || r.scan.text[r.scan.at] == '%'
}

// attribute reads what follows @attribute.
func (r *reader) attribute() error {
	if len(r.attributes) == r.o.MaxColumns {
		return fmt.Errorf("%s: line %d: more than %d attributes: %w", format, r.lines.Number(), r.o.MaxColumns, dataset.ErrLimit)
	}
	name, want := r.scan.word(" \t{")
	if want != "" || len(name.text) == 0 {
		return r.fail("", "the name of an attribute", "none, or an open quote")
	}
	a := attribute{field: dataset.Field{Name: string(name.text), Nullable: true}}
	r.scan.space()
	if r.scan.take('{') {
		return r.nominal(a)
	}
	switch word := r.keyword(); word {
	case "numeric", "real":
		a.field.Type = dataset.Float64
	case "integer":
		a.field.Type = dataset.Int64
	case "string":
		a.kind, a.field.Type = text, dataset.Utf8
	case "date":
		if err := r.date(&a); err != nil {
			return err
		}
	case "relational":
		return fmt.Errorf("%s: line %d: column %q: a relational attribute: %w", format, r.lines.Number(), a.field.Name, dataset.ErrUnsupported)
	default:
		return r.fail(a.field.Name, "numeric, real, integer, string, date or values in braces", "another type")
	}
	if !r.rest() {
		return r.fail(a.field.Name, "the end of the line behind the type", "more")
	}
	r.attributes = append(r.attributes, a)
	return nil
}

func (r *reader) date(a *attribute) error {
	pattern := isoDate
	if !r.rest() {
		v, want := r.scan.word("%")
		if want != "" {
			return r.fail(a.field.Name, "a format of dates", "an open quote")
		}
		pattern = string(v.text)
	}
	f, unknown := parseDateFormat(pattern)
	if unknown != 0 {
		return fmt.Errorf("%s: line %d: column %q: %q in a format of dates: %w", format, r.lines.Number(), a.field.Name, unknown, dataset.ErrUnsupported)
	}
	a.kind, a.date, a.field.Type = date, f, f.typ()
	return nil
}

// nominal reads the values behind the opening brace.
func (r *reader) nominal(a attribute) error {
	a.kind, a.field.Type, a.values = nominal, dataset.Dictionary, map[string]bool{}
	for {
		v, want := r.scan.word(",}")
		if want != "" {
			return r.fail(a.field.Name, "values between commas, and a closing brace", "none, or an open quote")
		}
		if a.values[string(v.text)] {
			return r.fail(a.field.Name, "each value once", "one twice")
		}
		a.values[string(v.text)] = true
		a.field.OneOf = append(a.field.OneOf, string(v.text))
		r.scan.space()
		switch {
		case r.scan.take('}'):
			if !r.rest() {
				return r.fail(a.field.Name, "the end of the line behind the values", "more")
			}
			r.attributes = append(r.attributes, a)
			return nil
		case !r.scan.take(','):
			return r.fail(a.field.Name, "a comma or a closing brace", "another text")
		}
	}
}

// schema returns the columns that the header declares.
func (r *reader) schema() (*dataset.Schema, error) {
	fields := make([]dataset.Field, 0, len(r.attributes)+1)
	for _, a := range r.attributes {
		fields = append(fields, a.field)
	}
	if r.o.Weight != "" {
		fields = append(fields, dataset.Field{Name: r.o.Weight, Type: dataset.Float64, Role: dataset.Weight})
	}
	return dataset.NewSchema(fields...)
}
