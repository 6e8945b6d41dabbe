package plan

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
)

// Floats is a list of float64 that JSON carries as base64 of its little-endian bytes: exact, compact, and free of the NaN and infinity that JSON lacks.
type Floats []float64

// Ints is a list of int32 that JSON carries as base64 of its little-endian bytes.
type Ints []int32

// Words is a list of uint32 that JSON carries as base64 of its little-endian bytes.
type Words []uint32

// Bytes is a list of bytes that JSON carries as base64.
type Bytes []byte

// MarshalJSON implements json.Marshaler.
func (f Floats) MarshalJSON() ([]byte, error) {
	b := make([]byte, 8*len(f))
	for i, v := range f {
		binary.LittleEndian.PutUint64(b[8*i:], math.Float64bits(v))
	}
	return quote(b), nil
}

// UnmarshalJSON implements json.Unmarshaler.
func (f *Floats) UnmarshalJSON(text []byte) error {
	b, err := unquote(text, 8)
	if err != nil {
		return err
	}
	out := make(Floats, len(b)/8)
	for i := range out {
		out[i] = math.Float64frombits(binary.LittleEndian.Uint64(b[8*i:]))
	}
	*f = out
	return nil
}

// MarshalJSON implements json.Marshaler.
func (v Ints) MarshalJSON() ([]byte, error) {
	b := make([]byte, 4*len(v))
	for i, x := range v {
		binary.LittleEndian.PutUint32(b[4*i:], uint32(x))
	}
	return quote(b), nil
}

// UnmarshalJSON implements json.Unmarshaler.
func (v *Ints) UnmarshalJSON(text []byte) error {
	var w Words
	if err := w.UnmarshalJSON(text); err != nil {
		return err
	}
	out := make(Ints, len(w))
	for i, x := range w {
		out[i] = int32(x)
	}
	*v = out
	return nil
}

// MarshalJSON implements json.Marshaler.
func (w Words) MarshalJSON() ([]byte, error) {
	b := make([]byte, 4*len(w))
	for i, x := range w {
		binary.LittleEndian.PutUint32(b[4*i:], x)
	}
	return quote(b), nil
}

// UnmarshalJSON implements json.Unmarshaler.
func (w *Words) UnmarshalJSON(text []byte) error {
	b, err := unquote(text, 4)
	if err != nil {
		return err
	}
	out := make(Words, len(b)/4)
	for i := range out {
		out[i] = binary.LittleEndian.Uint32(b[4*i:])
	}
	*w = out
	return nil
}

// MarshalJSON implements json.Marshaler.
func (b Bytes) MarshalJSON() ([]byte, error) { return quote(b), nil }

// UnmarshalJSON implements json.Unmarshaler.
func (b *Bytes) UnmarshalJSON(text []byte) error {
	out, err := unquote(text, 1)
	if err != nil {
		return err
	}
	*b = out
	return nil
}

func quote(b []byte) []byte {
	out := make([]byte, 2+base64.StdEncoding.EncodedLen(len(b)))
	out[0], out[len(out)-1] = '"', '"'
	base64.StdEncoding.Encode(out[1:len(out)-1], b)
	return out
}

func unquote(text []byte, size int) ([]byte, error) {
	var s string
	if err := json.Unmarshal(text, &s); err != nil {
		return nil, fmt.Errorf("plan: array: want a base64 string: %w", err)
	}
	b, err := base64.StdEncoding.Strict().DecodeString(s)
	if err != nil {
		return nil, fmt.Errorf("plan: array: want base64: %w", err)
	}
	if len(b)%size != 0 {
		return nil, fmt.Errorf("plan: array: want a multiple of %d bytes, got %d", size, len(b))
	}
	return b, nil
}
