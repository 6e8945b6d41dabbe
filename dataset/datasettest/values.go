package datasettest

import (
	"context"
	"fmt"
	"iter"
	"math"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/decimal128"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
)

// valueRows is the number of rows of newValues: more than a type has values.
const valueRows = 15

// newValues returns a batch with a column for each type, each with extreme values and nulls, behind one of keys.
func newValues(mem memory.Allocator, types []dataset.Type) (dataset.Batch, error) {
	fields := []dataset.Field{{Name: "key", Type: dataset.Int64, Role: dataset.Key}}
	for i, t := range types {
		name := fmt.Sprintf("c%d", i)
		if i == 0 {
			name = `a, "name" of é; its own`
		}
		fields = append(fields, dataset.Field{Name: name, Type: t, Nullable: true, Unit: "u"})
	}
	return build(mem, fields, func(b array.Builder, column, row int) {
		if column > 0 && (row+column)%4 == 1 {
			b.AppendNull()
		} else {
			appendValue(b, fields[column].Type, row)
		}
	}, valueRows)
}

// newNumbers returns a batch of the numbers from one to below another, as integers and as text.
func newNumbers(from, to int) (dataset.Batch, error) {
	fields := []dataset.Field{{Name: "n", Type: dataset.Int64}, {Name: "text", Type: dataset.Utf8, Nullable: true, Description: "of n"}}
	return build(memory.DefaultAllocator, fields, func(b array.Builder, _, row int) {
		switch b := b.(type) {
		case *array.Int64Builder:
			b.Append(int64(from + row))
		case *array.StringBuilder:
			b.Append(fmt.Sprintf("row %d", from+row))
		}
	}, to-from)
}

// newFloats returns a batch with NaN or an infinity.
func newFloats(t dataset.Type, infinite bool) (dataset.Batch, error) {
	values := [2]float64{1, math.NaN()}
	if infinite {
		values = [2]float64{math.Inf(1), math.Inf(-1)}
	}
	return build(memory.DefaultAllocator, []dataset.Field{{Name: "x", Type: t, Nullable: true}, {Name: "y", Type: dataset.Int64}}, func(b array.Builder, _, row int) {
		switch b := b.(type) {
		case *array.Float32Builder:
			b.Append(float32(values[row]))
		case *array.Float64Builder:
			b.Append(values[row])
		case *array.Int64Builder:
			b.Append(int64(row))
		}
	}, 2)
}

// newTexts returns a batch with a column of text that is declared in one encoding and stands in another.
func newTexts(declared, physical dataset.Type) (dataset.Batch, error) {
	s, err := dataset.NewSchema(dataset.Field{Name: "key", Type: dataset.Int64}, dataset.Field{Name: "text", Type: declared, Nullable: true})
	if err != nil {
		return dataset.Batch{}, err
	}
	b, err := newValues(memory.DefaultAllocator, []dataset.Type{physical})
	if err != nil {
		return dataset.Batch{}, err
	}
	return dataset.NewBatch(s, b.Record().Columns(), b.NumRows())
}

func build(mem memory.Allocator, fields []dataset.Field, fill func(b array.Builder, column, row int), rows int) (dataset.Batch, error) {
	s, err := dataset.NewSchema(fields...)
	if err != nil {
		return dataset.Batch{}, err
	}
	rb := array.NewRecordBuilder(mem, s.Arrow())
	defer rb.Release()
	for j, b := range rb.Fields() {
		for i := range rows {
			fill(b, j, i)
		}
	}
	return dataset.FromRecord(rb.NewRecord(), s)
}

// texts are what readers of text could take for something else.
func texts() []string {
	return []string{"", "NA", "null", "a,b;c\td|e", "\"q\"", "line\nend\r\n", " x ", "\ufeff", "é日本𝄞", strings.Repeat("long ", 1000), "1", "true", "{}", "\\n"}
}

// appendValue appends value i of a type.
func appendValue(b array.Builder, t dataset.Type, i int) {
	switch b := b.(type) {
	case *array.BooleanBuilder:
		b.Append(i%2 == 0)
	case *array.Float32Builder:
		b.Append([]float32{0.1, math.SmallestNonzeroFloat32, math.MaxFloat32, float32(math.Copysign(0, -1)), -1e-7}[i%5])
	case *array.Float64Builder:
		b.Append([]float64{0.1, math.SmallestNonzeroFloat64, math.MaxFloat64, math.Copysign(0, -1), 123456789012345680, -1e22 / 3}[i%6])
	case array.StringLikeBuilder:
		if t == dataset.JSON {
			b.Append([]string{`{"a":[1,null,"x"]}`, `"é\n"`, `-1.5e3`, `true`, `[]`, `{}`}[i%6])
		} else {
			b.Append(texts()[i%len(texts())])
		}
	case *array.BinaryDictionaryBuilder:
		_ = b.AppendString(texts()[i%len(texts())])
	case *array.BinaryBuilder:
		b.Append([][]byte{{}, {0}, {0xff, 0, 0x0a}, []byte("text")}[i%4])
	case *array.Date32Builder:
		b.Append([]arrow.Date32{-719162, 2932896, -1, 0, 19000}[i%5]) // 0001-01-01 and 9999-12-31
	case *array.TimestampBuilder:
		b.Append([]arrow.Timestamp{-62135596800000000, 253402300799999999, -1, 0, 1_000_000, 1700000000123456}[i%6]) // the same years
	case *array.Decimal128Builder:
		appendDecimal(b, i)
	case *array.ListBuilder:
		b.Append(true)
		for k := range i % 4 {
			appendValue(b.ValueBuilder(), t, i+k)
		}
	case *array.FixedSizeListBuilder:
		b.Append(true)
		for k := range b.Type().(*arrow.FixedSizeListType).Len() {
			appendValue(b.ValueBuilder(), t, i+int(k))
		}
	case *array.StructBuilder:
		b.Append(true)
		for k := range b.NumField() {
			if (i+k)%5 == 4 {
				b.FieldBuilder(k).AppendNull()
			} else {
				appendValue(b.FieldBuilder(k), t, i+k)
			}
		}
	default:
		appendInteger(b, i)
	}
}

func appendDecimal(b *array.Decimal128Builder, i int) {
	dt := b.Type().(*arrow.Decimal128Type)
	largest, err := decimal128.FromString(strings.Repeat("9", int(dt.Precision)), 38, 0)
	if err != nil { // at most 38 digits
		largest = decimal128.MaxDecimal128
	}
	b.Append([]decimal128.Num{largest, largest.Negate(), decimal128.FromI64(0), decimal128.FromI64(1), decimal128.FromI64(-7)}[i%5])
}

func appendInteger(b array.Builder, i int) {
	i %= 3
	switch b := b.(type) {
	case *array.Int8Builder:
		b.Append([]int8{math.MinInt8, math.MaxInt8, 0}[i])
	case *array.Int16Builder:
		b.Append([]int16{math.MinInt16, math.MaxInt16, 0}[i])
	case *array.Int32Builder:
		b.Append([]int32{math.MinInt32, math.MaxInt32, 0}[i])
	case *array.Int64Builder:
		b.Append([]int64{math.MinInt64, math.MaxInt64, 0}[i])
	case *array.Uint8Builder:
		b.Append([]uint8{0, math.MaxUint8, 1}[i])
	case *array.Uint16Builder:
		b.Append([]uint16{0, math.MaxUint16, 1}[i])
	case *array.Uint32Builder:
		b.Append([]uint32{0, math.MaxUint32, 1}[i])
	case *array.Uint64Builder:
		b.Append([]uint64{0, math.MaxUint64, 1}[i])
	default:
		b.AppendNull()
	}
}

// one is a source of one batch.
type one struct{ dataset.Batch }

func sourceOf(b dataset.Batch) dataset.Source { return one{b} }

// Batches implements dataset.Source.
func (o one) Batches(context.Context) iter.Seq2[dataset.Batch, error] {
	return func(yield func(dataset.Batch, error) bool) { yield(o.Batch, nil) }
}
