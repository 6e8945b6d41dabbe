package onnx

import (
	"encoding/binary"
	"math"
	"unicode/utf8"

	"github.com/tidewheel/tidewheel/dataset"
)

// wire reads the fields of one protocol buffers message. It copies nothing; the first error stays.
type wire struct {
	what string // the message, for errors
	rest []byte
	num  int
	typ  int
	val  uint64 // of a number
	data []byte // of types 2: a text, a message, packed numbers
	err  error
}

// The wire types.
const (
	wireVarint = 0
	wire64     = 1
	wireBytes  = 2
	wire32     = 5
)

func malformed(want, got string) error {
	return &dataset.FormatError{Format: formatName, Want: want, Got: got}
}

// next moves to the next field and reports whether there is one.
func (w *wire) next() bool {
	if w.err != nil || len(w.rest) == 0 {
		return false
	}
	key, ok := w.varint()
	if !ok || key>>3 == 0 || key>>3 >= 1<<29 {
		return w.fail("a field number", "none")
	}
	w.num, w.typ, w.data = int(key>>3), int(key&7), nil
	switch w.typ {
	case wireVarint:
		if w.val, ok = w.varint(); !ok {
			return w.fail("a number of at most 10 bytes", "another or the end")
		}
	case wire64:
		if len(w.rest) < 8 {
			return w.fail("8 bytes", "the end")
		}
		w.val, w.rest = binary.LittleEndian.Uint64(w.rest), w.rest[8:]
	case wire32:
		if len(w.rest) < 4 {
			return w.fail("4 bytes", "the end")
		}
		w.val, w.rest = uint64(binary.LittleEndian.Uint32(w.rest)), w.rest[4:]
	case wireBytes:
		n, ok := w.varint()
		if !ok || n > uint64(len(w.rest)) {
			return w.fail("a length within the message", "another")
		}
		w.data, w.rest = w.rest[:n:n], w.rest[n:]
	default:
		return w.fail("wire type 0, 1, 2 or 5", "another")
	}
	return true
}

func (w *wire) fail(want, got string) bool {
	if w.err == nil {
		w.err = malformed(w.what+": "+want, got)
	}
	return false
}

func (w *wire) varint() (uint64, bool) {
	v, n := binary.Uvarint(w.rest)
	if n <= 0 {
		return 0, false
	}
	w.rest = w.rest[n:]
	return v, true
}

// typed reports whether the field has the wire type, and fails otherwise.
func (w *wire) typed(typ int) bool {
	if w.typ != typ {
		return w.fail("another wire type in a field", "this one")
	}
	return true
}

func (w *wire) int() int64 {
	w.typed(wireVarint)
	return int64(w.val)
}

func (w *wire) float() float64 {
	w.typed(wire32)
	return float64(math.Float32frombits(uint32(w.val)))
}

// bytes returns the data of a text or a message.
func (w *wire) bytes() []byte {
	w.typed(wireBytes)
	return w.data
}

// text returns a text, which must be UTF-8.
func (w *wire) text() string {
	b := w.bytes()
	if !utf8.Valid(b) {
		w.fail("a text in UTF-8", "other bytes")
		return ""
	}
	return string(b)
}

// ints appends the numbers of a repeated field, packed or not.
func (w *wire) ints(to []int64) []int64 {
	if w.typ != wireBytes {
		return append(to, w.int())
	}
	n := 0
	for _, b := range w.data {
		if b < 0x80 {
			n++
		}
	}
	if to == nil {
		to = make([]int64, 0, n)
	}
	packed := wire{what: w.what, rest: w.data}
	for len(packed.rest) > 0 {
		v, ok := packed.varint()
		if !ok {
			w.fail("numbers of at most 10 bytes", "others")
			return nil
		}
		to = append(to, int64(v))
	}
	return to
}

// floats appends the float32 numbers of a repeated field, packed or not.
func (w *wire) floats(to []float64) []float64 {
	if w.typ != wireBytes {
		return append(to, w.float())
	}
	if len(w.data)%4 != 0 {
		w.fail("a multiple of 4 bytes", "another length")
		return nil
	}
	if to == nil {
		to = make([]float64, 0, len(w.data)/4)
	}
	for at := 0; at < len(w.data); at += 4 {
		to = append(to, float64(math.Float32frombits(binary.LittleEndian.Uint32(w.data[at:]))))
	}
	return to
}

// doubles appends the float64 numbers of a repeated field, packed or not.
func (w *wire) doubles(to []float64) []float64 {
	if w.typ != wireBytes {
		w.typed(wire64)
		return append(to, math.Float64frombits(w.val))
	}
	if len(w.data)%8 != 0 {
		w.fail("a multiple of 8 bytes", "another length")
		return nil
	}
	if to == nil {
		to = make([]float64, 0, len(w.data)/8)
	}
	for at := 0; at < len(w.data); at += 8 {
		to = append(to, math.Float64frombits(binary.LittleEndian.Uint64(w.data[at:])))
	}
	return to
}
