package sketch

import (
	"encoding/binary"
	"math"
)

// Kinds of binary forms, the first byte of each; the second is the version.
const (
	kindMoments   = 'm'
	kindQuantiles = 'q'
	kindDistinct  = 'd'
	kindTopK      = 't'
	kindNumbers   = 'n'
	formVersion   = 1
)

func appendFloat(dst []byte, x float64) []byte {
	return binary.LittleEndian.AppendUint64(dst, math.Float64bits(x))
}

func appendUint64(dst []byte, x uint64) []byte { return binary.LittleEndian.AppendUint64(dst, x) }

func appendUint16(dst []byte, x uint16) []byte { return binary.LittleEndian.AppendUint16(dst, x) }

// reader takes fields off a binary form. After the first failure it yields zeros and keeps that error.
type reader struct {
	name string
	data []byte
	err  error
}

// newReader checks the two header bytes.
func newReader(name string, kind byte, data []byte) *reader {
	r := &reader{name: name, data: data}
	head := r.bytes(2)
	if r.err == nil && head[0] != kind {
		r.fail("another kind")
	}
	if r.err == nil && head[1] != formVersion {
		r.fail("unknown version")
	}
	return r
}

func (r *reader) fail(what string) {
	if r.err == nil {
		r.err = &DecodeError{Kind: r.name, What: what}
	}
}

func (r *reader) bytes(n int) []byte {
	if r.err == nil && len(r.data) < n {
		r.fail("too short")
	}
	if r.err != nil {
		return nil
	}
	b := r.data[:n]
	r.data = r.data[n:]
	return b
}

func (r *reader) byte() byte {
	if b := r.bytes(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) uint16() uint16 {
	if b := r.bytes(2); b != nil {
		return binary.LittleEndian.Uint16(b)
	}
	return 0
}

func (r *reader) uint64() uint64 {
	if b := r.bytes(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

// uvarint reads a number of 7 bits a byte in its shortest form.
func (r *reader) uvarint() uint64 {
	if r.err != nil {
		return 0
	}
	x, n := binary.Uvarint(r.data)
	if n <= 0 || n > 1 && r.data[n-1] == 0 {
		r.fail("a number is cut, or not in its shortest form")
		return 0
	}
	r.data = r.data[n:]
	return x
}

func (r *reader) float() float64 { return math.Float64frombits(r.uint64()) }

// end returns the first failure, or one for bytes that are left over.
func (r *reader) end() error {
	if r.err == nil && len(r.data) != 0 {
		r.fail("bytes after the end")
	}
	return r.err
}

func isFinite(x float64) bool { return x-x == 0 }

// isNegativeZero is used by decoders: sketches keep +0 only, so that equal values have equal bits.
func isNegativeZero(x float64) bool { return x == 0 && math.Signbit(x) }
