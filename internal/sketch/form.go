package sketch

import (
	"bytes"
	"encoding"
	"encoding/binary"
	"math"
)

// AppendBlock appends bytes with their number in front, for FormReader.Block.
func AppendBlock(dst, block []byte) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(block))), block...)
}

// AppendCount appends a number for FormReader.Count; it must not be negative.
func AppendCount(dst []byte, n int64) []byte { return binary.AppendUvarint(dst, uint64(n)) }

// AppendUint64 appends eight bytes for FormReader.Uint64.
func AppendUint64(dst []byte, x uint64) []byte { return appendUint64(dst, x) }

// FormReader takes fields off the binary form of a fold that holds sketches. After the first fault it yields zeros. It allocates nothing itself.
type FormReader struct {
	data  []byte
	fault string
}

// NewFormReader reads what follows head, which must be there.
func NewFormReader(head string, form []byte) *FormReader {
	r := &FormReader{data: bytes.TrimPrefix(form, []byte(head))}
	r.Want(len(r.data) < len(form), "the form of this version")
	return r
}

// Want notes a fault, what was wanted, unless ok or there was one before.
func (r *FormReader) Want(ok bool, what string) {
	if !ok && r.fault == "" {
		r.fault = what
	}
}

// Fault returns what was wanted first and not there, "" for nothing.
func (r *FormReader) Fault() string { return r.fault }

// End returns Fault, bytes that are left being one.
func (r *FormReader) End() string {
	r.Want(len(r.data) == 0, "nothing behind the end")
	return r.fault
}

// Left returns how many bytes are left.
func (r *FormReader) Left() int { return len(r.data) }

// Count reads a number of at most limit in its shortest form.
func (r *FormReader) Count(limit int64) int64 {
	n := r.Uvarint()
	r.Want(limit >= 0 && n <= uint64(max(limit, 0)), "counts within their limits")
	if r.fault != "" {
		return 0
	}
	return int64(n)
}

// Uvarint reads a number as package encoding/binary writes it.
func (r *FormReader) Uvarint() uint64 {
	n, size := binary.Uvarint(r.data)
	r.Want(size == 1 || size > 1 && r.data[size-1] != 0, "a number in its shortest form")
	if r.fault != "" {
		return 0
	}
	r.data = r.data[size:]
	return n
}

// Bytes reads n bytes, nil after a fault. They alias the form.
func (r *FormReader) Bytes(n int64) []byte {
	r.Want(n <= int64(len(r.data)), "all of the bytes")
	if r.fault != "" {
		return nil
	}
	b := r.data[:n]
	r.data = r.data[n:]
	return b
}

// Uint64 reads eight bytes.
func (r *FormReader) Uint64() uint64 {
	if b := r.Bytes(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

// Block reads what AppendBlock wrote, nil after a fault.
func (r *FormReader) Block() []byte { return r.Bytes(r.Count(math.MaxInt64)) }

// Read hands a block to what reads its form.
func (r *FormReader) Read(into encoding.BinaryUnmarshaler) {
	if b := r.Block(); r.fault == "" {
		r.Want(into.UnmarshalBinary(b) == nil, "the form of a sketch")
	}
}
