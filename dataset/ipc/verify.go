package ipc

import (
	"fmt"
	"math"
	"unicode/utf8"
	"unsafe"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/bitutil"
	"github.com/apache/arrow/go/v17/arrow/memory"
)

// verifier checks that reading any cell of an array stays within its buffers. The library checks little of it, and whoever reads the batch nothing.
type verifier struct {
	checked map[string]arrow.ArrayData // the dictionary of each place that was checked last, retained
}

func (v *verifier) release() {
	for _, d := range v.checked {
		d.Release()
	}
	v.checked = nil
}

// data checks one array. place names it within the batch.
func (v *verifier) data(d arrow.ArrayData, place string) error {
	n := d.Len()
	if d.Offset() != 0 || n < 0 || n > math.MaxInt32 {
		return formatError(place, "0 to 2^31-1 cells", fmt.Sprint(n))
	}
	if err := validity(d, place); err != nil {
		return err
	}
	switch dt := d.DataType().(type) {
	case *arrow.DictionaryType:
		return v.dictionary(d, dt, place)
	case *arrow.StringType, *arrow.BinaryType:
		return texts[int32](d, place)
	case *arrow.LargeStringType:
		return texts[int64](d, place)
	case *arrow.ListType:
		child := d.Children()[0]
		if err := offsets[int32](d, int64(child.Len()), place); err != nil {
			return err
		}
		return v.data(child, place)
	case *arrow.FixedSizeListType:
		child := d.Children()[0]
		if int64(child.Len()) < int64(n)*int64(dt.Len()) {
			return formatError(place, fmt.Sprintf("%d elements", int64(n)*int64(dt.Len())), fmt.Sprint(child.Len()))
		}
		return v.data(child, place)
	case *arrow.StructType:
		for _, child := range d.Children() {
			if child.Len() < n {
				return formatError(place, fmt.Sprintf("%d cells in every field", n), fmt.Sprint(child.Len()))
			}
			if err := v.data(child, place); err != nil {
				return err
			}
		}
		return nil
	case arrow.FixedWidthDataType:
		return room(d.Buffers()[1], bitutil.BytesForBits(int64(n)*int64(dt.BitWidth())), place)
	default:
		return formatError(place, "a type that is known", dt.Name())
	}
}

// room checks that a buffer has a number of bytes.
func room(b *memory.Buffer, bytes int64, place string) error {
	got := 0
	if b != nil {
		got = b.Len()
	}
	if int64(got) < bytes {
		return formatError(place, fmt.Sprintf("a buffer of %d bytes", bytes), fmt.Sprint(got))
	}
	return nil
}

func validity(d arrow.ArrayData, place string) error {
	n, nulls := d.Len(), d.NullN()
	valid := d.Buffers()[0]
	got := 0
	if nulls != 0 {
		if err := room(valid, bitutil.BytesForBits(int64(n)), place); err != nil {
			return err
		}
		got = n
		if n > 0 {
			got -= bitutil.CountSetBits(valid.Bytes(), 0, n)
		}
	}
	if got != nulls {
		return formatError(place, fmt.Sprintf("%d nulls, as stated", nulls), fmt.Sprint(got))
	}
	return nil
}

func isNull(d arrow.ArrayData, i int) bool {
	return d.NullN() > 0 && bitutil.BitIsNotSet(d.Buffers()[0].Bytes(), i)
}

// offsets checks that the offsets of an array grow from 0 or more to at most limit.
func offsets[T int32 | int64](d arrow.ArrayData, limit int64, place string) error {
	n := d.Len()
	if n == 0 {
		return nil
	}
	b := d.Buffers()[1]
	if err := room(b, int64(n+1)*int64(unsafe.Sizeof(T(0))), place); err != nil {
		return err
	}
	last := T(0)
	for _, o := range arrow.GetData[T](b.Bytes())[:n+1] {
		if o < last {
			return formatError(place, "offsets that grow", "one below another")
		}
		last = o
	}
	if int64(last) > limit {
		return formatError(place, fmt.Sprintf("offsets up to %d", limit), fmt.Sprint(last))
	}
	return nil
}

// texts checks an array of texts or of bytes.
func texts[T int32 | int64](d arrow.ArrayData, place string) error {
	var values []byte
	if b := d.Buffers()[2]; b != nil {
		values = b.Bytes()
	}
	if err := offsets[T](d, int64(len(values)), place); err != nil || d.Len() == 0 || d.DataType().ID() == arrow.BINARY {
		return err
	}
	ends := arrow.GetData[T](d.Buffers()[1].Bytes())[:d.Len()+1]
	if wholeUTF8(values, ends) {
		return nil
	}
	for i := range d.Len() { // what stands behind a null does not matter
		if !isNull(d, i) && !utf8.Valid(values[ends[i]:ends[i+1]]) {
			return formatError(place, "UTF-8 text", fmt.Sprintf("other bytes in row %d of a batch", i))
		}
	}
	return nil
}

// wholeUTF8 reports whether all texts together are UTF-8 and no offset is within a character.
func wholeUTF8[T int32 | int64](values []byte, ends []T) bool {
	last := ends[len(ends)-1]
	if !utf8.Valid(values[ends[0]:last]) {
		return false
	}
	for _, o := range ends {
		if o < last && !utf8.RuneStart(values[o]) {
			return false
		}
	}
	return true
}

// dictionary checks that every code points into the dictionary, and the dictionary itself when it is another than in the last batch.
func (v *verifier) dictionary(d arrow.ArrayData, dt *arrow.DictionaryType, place string) error {
	index, ok := dt.IndexType.(arrow.FixedWidthDataType)
	values := d.Dictionary()
	if !ok || values == nil {
		return formatError(place, "a dictionary", "none")
	}
	if err := room(d.Buffers()[1], int64(d.Len())*int64(index.Bytes()), place); err != nil {
		return err
	}
	if last := v.checked[place]; last != values {
		if err := v.data(values, place); err != nil {
			return err
		}
		if last != nil {
			last.Release()
		}
		values.Retain()
		v.checked[place] = values
	}
	plain := array.NewData(dt.IndexType, d.Len(), d.Buffers(), nil, d.NullN(), 0)
	defer plain.Release()
	codes := array.MakeFromData(plain)
	defer codes.Release()
	if !codesWithin(codes, values.Len()) {
		return formatError(place, fmt.Sprintf("codes below %d, the size of the dictionary", values.Len()), "another")
	}
	return nil
}

func codesWithin(codes arrow.Array, n int) bool {
	switch c := codes.(type) {
	case *array.Int8:
		return within(c, c.Int8Values(), n)
	case *array.Int16:
		return within(c, c.Int16Values(), n)
	case *array.Int32:
		return within(c, c.Int32Values(), n)
	case *array.Int64:
		return within(c, c.Int64Values(), n)
	case *array.Uint8:
		return within(c, c.Uint8Values(), n)
	case *array.Uint16:
		return within(c, c.Uint16Values(), n)
	case *array.Uint32:
		return within(c, c.Uint32Values(), n)
	case *array.Uint64:
		return within(c, c.Uint64Values(), n)
	default:
		return false
	}
}

func within[T int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64](a arrow.Array, codes []T, n int) bool {
	for i, c := range codes {
		if (c < 0 || uint64(c) >= uint64(n)) && a.IsValid(i) {
			return false
		}
	}
	return true
}
