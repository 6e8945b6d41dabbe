package dataset

import (
	"fmt"
	"math"
	"unsafe"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/bitutil"
	"github.com/apache/arrow/go/v17/arrow/decimal128"
	"github.com/apache/arrow/go/v17/arrow/memory"
)

// Take returns the rows of b at the given positions, in that order; a position may come more than once. The caller owns the result. A dictionary column keeps
// its dictionary. mem is for the result; nil is Go's. It errors with ErrSchema for a position outside the batch, and with ErrLimit when a column of text or
// lists would pass 2 GiB or 2^31 elements.
func Take(mem memory.Allocator, b Batch, rows []int32) (Batch, error) {
	if mem == nil {
		mem = memory.DefaultAllocator
	}
	n := b.NumRows()
	for _, r := range rows {
		if r < 0 || int(r) >= n {
			return Batch{}, fmt.Errorf("dataset: take: %w", &SchemaError{Want: fmt.Sprintf("rows from 0 to %d", n-1), Got: fmt.Sprintf("row %d", r)})
		}
	}
	columns := make([]arrow.Array, b.schema.Len())
	defer func() {
		for _, c := range columns {
			if c != nil {
				c.Release()
			}
		}
	}()
	for j := range columns {
		c, err := takeArray(mem, b.rec.Column(j), rows)
		if err != nil {
			return Batch{}, fmt.Errorf("dataset: take: column %q: %w", b.schema.fields[j].Name, err)
		}
		columns[j] = c
	}
	return NewBatch(b.schema, columns, len(rows))
}

// Filter returns the rows of b whose keep is true, in their order. keep has a value for each row. The caller owns the result; when the kept rows are contiguous it
// shares b's memory. mem is for the result; nil is Go's. It errors with ErrSchema for a keep of another length.
func Filter(mem memory.Allocator, b Batch, keep []bool) (Batch, error) {
	if len(keep) != b.NumRows() {
		return Batch{}, fmt.Errorf("dataset: filter: %w", &SchemaError{Want: fmt.Sprintf("%d rows", b.NumRows()), Got: fmt.Sprintf("%d", len(keep))})
	}
	rows := make([]int32, 0, len(keep))
	for i, k := range keep {
		if k {
			rows = append(rows, int32(i))
		}
	}
	return keepRows(mem, b, rows)
}

// keepRows returns the rows of b at increasing positions: b itself, retained, when it is all of them, a slice when they are contiguous, else a copy.
func keepRows(mem memory.Allocator, b Batch, rows []int32) (Batch, error) {
	switch n := len(rows); {
	case n == b.NumRows():
		b.Retain()
		return b, nil
	case n > 0 && int(rows[n-1]-rows[0]) == n-1:
		return b.Slice(int(rows[0]), int(rows[0])+n), nil
	default:
		return Take(mem, b, rows)
	}
}

func takeArray(mem memory.Allocator, a arrow.Array, rows []int32) (arrow.Array, error) {
	switch a := a.(type) {
	case *array.Int8, *array.Uint8:
		return takeFixed[uint8](mem, a, rows), nil
	case *array.Int16, *array.Uint16:
		return takeFixed[uint16](mem, a, rows), nil
	case *array.Int32, *array.Uint32, *array.Float32, *array.Date32:
		return takeFixed[uint32](mem, a, rows), nil
	case *array.Int64, *array.Uint64, *array.Float64, *array.Timestamp:
		return takeFixed[uint64](mem, a, rows), nil
	case *array.Decimal128:
		return takeFixed[decimal128.Num](mem, a, rows), nil
	case *array.Boolean:
		return takeBool(mem, a, rows), nil
	case *array.String, *array.Binary:
		return takeBytes(mem, a, rows)
	case *array.LargeString:
		return takeLarge(mem, a, rows), nil
	case *array.Dictionary:
		codes, err := takeArray(mem, a.Indices(), rows)
		if err != nil {
			return nil, err
		}
		defer codes.Release()
		return array.NewDictionaryArray(a.DataType(), codes, a.Dictionary()), nil
	case *array.List:
		return takeList(mem, a, rows)
	case *array.FixedSizeList:
		return takeFixedList(mem, a, rows)
	case *array.Struct:
		return takeStruct(mem, a, rows)
	default:
		return nil, fmt.Errorf("arrow type %s: %w", a.DataType(), ErrUnsupported)
	}
}

// takeValidity returns the gathered validity bitmap, nil when no taken row is null. The caller releases it.
func takeValidity(mem memory.Allocator, a arrow.Array, rows []int32) (*memory.Buffer, int) {
	if a.NullN() == 0 {
		return nil, 0
	}
	buf := newBuffer(mem, int(bitutil.BytesForBits(int64(len(rows)))))
	bits, nulls := buf.Bytes(), 0
	for i, r := range rows {
		if a.IsNull(int(r)) {
			nulls++
		} else {
			bitutil.SetBit(bits, i)
		}
	}
	return buf, nulls
}

// newBuffer returns a zeroed buffer of n bytes.
func newBuffer(mem memory.Allocator, n int) *memory.Buffer {
	buf := rawBuffer(mem, n)
	clear(buf.Bytes())
	return buf
}

// rawBuffer returns a buffer of n bytes, all of which the caller writes.
func rawBuffer(mem memory.Allocator, n int) *memory.Buffer {
	buf := memory.NewResizableBuffer(mem)
	buf.Resize(n)
	return buf
}

// assemble builds an array from buffers and children that it takes over.
func assemble(dt arrow.DataType, n, nulls int, buffers []*memory.Buffer, children ...arrow.Array) arrow.Array {
	datas := make([]arrow.ArrayData, len(children))
	for i, c := range children {
		datas[i] = c.Data()
	}
	data := array.NewData(dt, n, buffers, datas, nulls, 0)
	defer data.Release()
	for _, b := range buffers {
		if b != nil {
			b.Release()
		}
	}
	out := array.MakeFromData(data)
	for _, c := range children {
		c.Release()
	}
	return out
}

// takeFixed gathers the values of a fixed-width array whose elements have the size of T.
func takeFixed[T uint8 | uint16 | uint32 | uint64 | decimal128.Num](mem memory.Allocator, a arrow.Array, rows []int32) arrow.Array {
	valid, nulls := takeValidity(mem, a, rows)
	var zero T
	buf := rawBuffer(mem, len(rows)*int(unsafe.Sizeof(zero)))
	if len(rows) > 0 {
		src := arrow.GetData[T](a.Data().Buffers()[1].Bytes())[a.Data().Offset():]
		dst := arrow.GetData[T](buf.Bytes())
		for i, r := range rows {
			dst[i] = src[r]
		}
	}
	return assemble(a.DataType(), len(rows), nulls, []*memory.Buffer{valid, buf})
}

func takeBool(mem memory.Allocator, a *array.Boolean, rows []int32) arrow.Array {
	valid, nulls := takeValidity(mem, a, rows)
	buf := newBuffer(mem, int(bitutil.BytesForBits(int64(len(rows)))))
	for i, r := range rows {
		if a.Value(int(r)) {
			bitutil.SetBit(buf.Bytes(), i)
		}
	}
	return assemble(a.DataType(), len(rows), nulls, []*memory.Buffer{valid, buf})
}

// takeBytes gathers an array with 32-bit offsets into one buffer of bytes.
func takeBytes(mem memory.Allocator, a arrow.Array, rows []int32) (arrow.Array, error) {
	var from []int32 // offsets of a's rows
	var src []byte
	if buffers := a.Data().Buffers(); len(rows) > 0 {
		from = arrow.GetData[int32](buffers[1].Bytes())[a.Data().Offset():]
		if buffers[2] != nil {
			src = buffers[2].Bytes()
		}
	}
	total := 0
	for _, r := range rows {
		total += int(from[r+1] - from[r])
	}
	if total > math.MaxInt32 {
		return nil, fmt.Errorf("%d bytes of text: %w", total, ErrLimit)
	}
	valid, nulls := takeValidity(mem, a, rows)
	offsets := newBuffer(mem, (len(rows)+1)*4)
	buf := rawBuffer(mem, total)
	ends, at := arrow.GetData[int32](offsets.Bytes()), 0
	for i, r := range rows {
		at += copy(buf.Bytes()[at:], src[from[r]:from[r+1]])
		ends[i+1] = int32(at)
	}
	return assemble(a.DataType(), len(rows), nulls, []*memory.Buffer{valid, offsets, buf}), nil
}

func takeLarge(mem memory.Allocator, a *array.LargeString, rows []int32) arrow.Array {
	b := array.NewLargeStringBuilder(mem)
	defer b.Release()
	b.Reserve(len(rows))
	for _, r := range rows {
		if a.IsNull(int(r)) {
			b.AppendNull()
		} else {
			b.Append(a.Value(int(r)))
		}
	}
	return b.NewArray()
}

func takeList(mem memory.Allocator, a *array.List, rows []int32) (arrow.Array, error) {
	offsets := newBuffer(mem, (len(rows)+1)*4)
	ends := arrow.GetData[int32](offsets.Bytes())
	var inside []int32
	for i, r := range rows {
		from, to := a.ValueOffsets(int(r))
		if len(inside)+int(to-from) > math.MaxInt32 {
			offsets.Release()
			return nil, fmt.Errorf("more than %d list elements: %w", math.MaxInt32, ErrLimit)
		}
		for k := from; k < to; k++ {
			inside = append(inside, int32(k))
		}
		ends[i+1] = int32(len(inside))
	}
	child, err := takeArray(mem, a.ListValues(), inside)
	if err != nil {
		offsets.Release()
		return nil, err
	}
	valid, nulls := takeValidity(mem, a, rows)
	return assemble(a.DataType(), len(rows), nulls, []*memory.Buffer{valid, offsets}, child), nil
}

func takeFixedList(mem memory.Allocator, a *array.FixedSizeList, rows []int32) (arrow.Array, error) {
	width := int(a.DataType().(*arrow.FixedSizeListType).Len())
	if len(rows)*width > math.MaxInt32 {
		return nil, fmt.Errorf("more than %d list elements: %w", math.MaxInt32, ErrLimit)
	}
	inside := make([]int32, 0, len(rows)*width)
	for _, r := range rows {
		first := (a.Data().Offset() + int(r)) * width
		for k := range width {
			inside = append(inside, int32(first+k))
		}
	}
	child, err := takeArray(mem, a.ListValues(), inside)
	if err != nil {
		return nil, err
	}
	valid, nulls := takeValidity(mem, a, rows)
	return assemble(a.DataType(), len(rows), nulls, []*memory.Buffer{valid}, child), nil
}

func takeStruct(mem memory.Allocator, a *array.Struct, rows []int32) (arrow.Array, error) {
	children := make([]arrow.Array, 0, a.NumField())
	for j := range a.NumField() {
		c, err := takeArray(mem, a.Field(j), rows)
		if err != nil {
			for _, c := range children {
				c.Release()
			}
			return nil, err
		}
		children = append(children, c)
	}
	valid, nulls := takeValidity(mem, a, rows)
	return assemble(a.DataType(), len(rows), nulls, []*memory.Buffer{valid}, children...), nil
}
