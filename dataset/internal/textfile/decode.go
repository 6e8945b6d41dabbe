package textfile

import (
	"bytes"
	"errors"
	"io"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/tidewheel/tidewheel/dataset"
)

// Encoding is how the characters of a text are written.
type Encoding uint8

// The encodings.
const (
	UTF8 Encoding = iota
	UTF16LE
	UTF16BE
	Latin1 // ISO 8859-1: each byte is the character of that number
)

// Mark returns the encoding that a byte order mark at the start of head says, and the length of the mark; UTF8 and 0 for any other start.
func Mark(head []byte) (Encoding, int) {
	switch {
	case bytes.HasPrefix(head, []byte("\xff\xfe")):
		return UTF16LE, 2
	case bytes.HasPrefix(head, []byte("\xfe\xff")):
		return UTF16BE, 2
	default:
		return UTF8, 0
	}
}

// Marked returns the text of r as UTF-8 without its byte order mark when that is one of UTF-16, else as it is.
func Marked(r io.Reader, format string) io.Reader { return &marked{r: r, format: format} }

type marked struct {
	r      io.Reader
	format string
	begun  bool
	head   []byte // read of r and not passed on
}

// Read implements io.Reader.
func (m *marked) Read(p []byte) (int, error) {
	if !m.begun {
		m.begun = true
		head := make([]byte, 2)
		n, err := io.ReadFull(m.r, head)
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return 0, err
		}
		e, length := Mark(head[:n])
		if m.head = head[length:n]; e != UTF8 {
			m.r = Decode(m.r, e, m.format)
		}
	}
	if len(m.head) > 0 {
		n := copy(p, m.head)
		m.head = m.head[n:]
		return n, nil
	}
	return m.r.Read(p)
}

// Skip passes over the next n bytes of r: without reading them where r can seek.
func Skip(r io.Reader, n int64) error {
	if m, ok := r.(*marked); ok && m.begun && len(m.head) == 0 {
		r = m.r
	}
	if s, ok := r.(io.Seeker); ok {
		if _, err := s.Seek(n, io.SeekCurrent); err == nil {
			return nil
		}
	}
	_, err := io.CopyN(io.Discard, r, n)
	return err
}

// Decode returns the text of r, which is in an encoding, as UTF-8. What is not in it is a *dataset.FormatError of format, with its line.
func Decode(r io.Reader, e Encoding, format string) io.Reader {
	if e == UTF8 {
		return r
	}
	return &decoder{r: r, encoding: e, format: format, line: 1, in: make([]byte, 0, 64<<10)}
}

// decoder turns another encoding into UTF-8.
type decoder struct {
	r        io.Reader
	encoding Encoding
	format   string
	line     int64
	in       []byte // read and not decoded
	out      []byte // decoded and not passed on, of which at is the start
	at       int
	err      error
}

// Read implements io.Reader.
func (d *decoder) Read(p []byte) (int, error) {
	for d.at == len(d.out) {
		if d.err != nil {
			return 0, d.err
		}
		n, err := d.r.Read(d.in[len(d.in):cap(d.in)])
		d.in = d.in[:len(d.in)+n]
		d.err = err
		d.out, d.at = d.out[:0], 0
		used := len(d.in)
		if d.encoding == Latin1 {
			for _, c := range d.in {
				d.out = utf8.AppendRune(d.out, rune(c))
			}
		} else {
			used = d.units(err != nil)
		}
		d.in = d.in[:copy(d.in, d.in[used:])]
		d.line += int64(bytes.Count(d.out, []byte("\n")))
	}
	n := copy(p, d.out[d.at:])
	d.at += n
	return n, nil
}

// units decodes whole characters of UTF-16 and returns how many bytes they have. At the end nothing may be left.
func (d *decoder) units(last bool) int {
	at := 0
	for ; at+2 <= len(d.in); at += 2 {
		c := d.unit(at)
		if utf16.IsSurrogate(c) {
			if at+4 > len(d.in) {
				break
			}
			if c = utf16.DecodeRune(c, d.unit(at+2)); c == utf8.RuneError {
				d.refuse("half of a surrogate pair")
				return at
			}
			at += 2
		}
		d.out = utf8.AppendRune(d.out, c)
	}
	if last && at < len(d.in) && errors.Is(d.err, io.EOF) {
		d.refuse("half of a character at the end")
	}
	return at
}

// unit returns the 16 bits at a place.
func (d *decoder) unit(at int) rune {
	a, b := rune(d.in[at]), rune(d.in[at+1])
	if d.encoding == UTF16BE {
		a, b = b, a
	}
	return a | b<<8
}

func (d *decoder) refuse(got string) {
	d.err = &dataset.FormatError{Format: d.format, Line: d.line + int64(bytes.Count(d.out, []byte("\n"))), Want: "UTF-16", Got: got}
}
