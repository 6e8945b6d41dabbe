package ipc

import (
	"encoding/binary"
	"math"
)

// flat reads a FlatBuffer. Every access is checked: one outside the bytes sets bad and gives zero, so that a walk ends in any case.
type flat struct {
	b   []byte
	bad bool
}

// at returns the n bytes at a position, nil outside.
func (f *flat) at(pos, n int) []byte {
	if pos < 0 || n < 0 || pos > len(f.b)-n {
		f.bad = true
		return nil
	}
	return f.b[pos : pos+n]
}

func (f *flat) uint16(pos int) int {
	if b := f.at(pos, 2); b != nil {
		return int(binary.LittleEndian.Uint16(b))
	}
	return 0
}

func (f *flat) int32(pos int) int {
	if b := f.at(pos, 4); b != nil {
		return int(int32(binary.LittleEndian.Uint32(b)))
	}
	return 0
}

func (f *flat) int64(pos int) int64 {
	if b := f.at(pos, 8); b != nil {
		return int64(binary.LittleEndian.Uint64(b))
	}
	return 0
}

func (f *flat) putInt32(pos, v int) {
	if b := f.at(pos, 4); b != nil && v >= 0 && v <= math.MaxInt32 {
		binary.LittleEndian.PutUint32(b, uint32(v))
	} else {
		f.bad = true
	}
}

func (f *flat) putInt64(pos int, v int64) {
	if b := f.at(pos, 8); b != nil {
		binary.LittleEndian.PutUint64(b, uint64(v))
	}
}

// follow returns the position that the offset at pos points to; offsets point forward.
func (f *flat) follow(pos int) int {
	n := f.int32(pos)
	if n <= 0 {
		f.bad = true
		return 0
	}
	return pos + n
}

// slot returns the position of a table's entry for a field in its vtable, 0 for none.
func (f *flat) slot(table, field int) int {
	vtable := table - f.int32(table)
	if at := 4 + 2*field; at+2 <= f.uint16(vtable) {
		return vtable + at
	}
	return 0
}

// field returns the position of a table's field, 0 when it is absent.
func (f *flat) field(table, field int) int {
	at := f.slot(table, field)
	if at == 0 || f.uint16(at) == 0 {
		return 0
	}
	return table + f.uint16(at)
}

func (f *flat) fieldByte(table, field int) int {
	if at := f.field(table, field); at > 0 {
		if b := f.at(at, 1); b != nil {
			return int(b[0])
		}
	}
	return 0
}

func (f *flat) fieldInt16(table, field int) int {
	if at := f.field(table, field); at > 0 {
		return f.uint16(at)
	}
	return 0
}

func (f *flat) fieldInt64(table, field int) int64 {
	if at := f.field(table, field); at > 0 {
		return f.int64(at)
	}
	return 0
}

// table returns the position of a table in a field, 0 when it is absent.
func (f *flat) table(table, field int) int {
	if at := f.field(table, field); at > 0 {
		return f.follow(at)
	}
	return 0
}

// vector returns the position of the first element of a vector in a field and the number of elements of a size.
func (f *flat) vector(table, field, size int) (start, n int) {
	at := f.table(table, field)
	if at == 0 {
		return 0, 0
	}
	n = f.int32(at)
	if n < 0 || n > (len(f.b)-at)/size {
		f.bad = true
		return 0, 0
	}
	return at + 4, n
}

// text returns a text in a field.
func (f *flat) text(table, field int) string {
	start, n := f.vector(table, field, 1)
	return string(f.at(start, n))
}
