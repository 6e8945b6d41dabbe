// Package arrays makes Arrow arrays of the bytes that readers have put together.
package arrays

import (
	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
)

// Validity says which rows of an array have a value.
type Validity struct {
	Rows, Nulls int
	Bits        []byte // not looked at where there are no nulls
}

// New returns the array of buffers behind the validity. It keeps them when mem is Go's memory: the caller must not write to them any more.
func New(dt arrow.DataType, mem memory.Allocator, v Validity, buffers ...[]byte) arrow.Array {
	list := make([]*memory.Buffer, 1, 3)
	if v.Nulls > 0 {
		list[0] = Buffer(v.Bits, mem)
	}
	for _, raw := range buffers {
		list = append(list, Buffer(raw, mem))
	}
	data := array.NewData(dt, v.Rows, list, nil, v.Nulls, 0)
	defer data.Release()
	for _, buffer := range list {
		if buffer != nil {
			buffer.Release()
		}
	}
	return array.MakeFromData(data)
}

// Buffer returns raw as a buffer: itself where mem is Go's memory, else a copy in mem.
func Buffer(raw []byte, mem memory.Allocator) *memory.Buffer {
	if mem == memory.DefaultAllocator {
		return memory.NewBufferBytes(raw)
	}
	buffer := memory.NewResizableBuffer(mem)
	buffer.Resize(len(raw))
	copy(buffer.Bytes(), raw)
	return buffer
}
