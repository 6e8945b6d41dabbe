package survey

import (
	"fmt"
	"math/bits"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/cell"
	"github.com/tidewheel/tidewheel/internal/sketch"
)

// nullHash stands for a null.
const nullHash = 0x9ae16a3b2f90404f

// join puts the hash of a value behind that of those before it.
func join(before, h uint64) uint64 {
	return sketch.HashUint64(bits.RotateLeft64(before, 29) ^ h*0x9fb21c651e98df25)
}

// hashes writes the hash of each cell of a column: of its value, whatever its encoding. Equal values of one type have equal hashes; -0 equals 0, NaN NaN, null null.
func hashes(column arrow.Array, dst []uint64) error {
	values, err := hasher(column)
	if err != nil {
		return err
	}
	if column.NullN() == 0 && column.DataType().ID() != arrow.DICTIONARY {
		for i := range dst {
			dst[i] = values(i)
		}
		return nil
	}
	for i := range dst {
		if dst[i] = nullHash; !column.IsNull(i) {
			dst[i] = values(i)
		}
	}
	return nil
}

// hasher returns the hashes of the values of a column.
func hasher(column arrow.Array) (func(i int) uint64, error) {
	switch c := column.(type) {
	case *array.Float64:
		return func(i int) uint64 { return sketch.HashFloat64(c.Value(i)) }, nil
	case *array.Uint64:
		return func(i int) uint64 { return sketch.HashUint64(c.Value(i)) }, nil
	case *array.Decimal128:
		return func(i int) uint64 {
			v := c.Value(i)
			return join(sketch.HashUint64(v.LowBits()), uint64(v.HighBits()))
		}, nil
	case *array.Binary:
		return func(i int) uint64 { return sketch.HashString(c.ValueString(i)) }, nil
	case array.ListLike:
		return listHasher(c)
	case *array.Struct:
		return structHasher(c)
	}
	if of := cell.Integers(column); of != nil {
		return func(i int) uint64 { return sketch.HashUint64(uint64(of(i))) }, nil
	}
	if texts, err := dataset.NewTexts(column); err == nil {
		return textHasher(texts), nil
	}
	numbers := make([]float64, column.Len())
	if err := dataset.Float64s(column, numbers); err != nil {
		return nil, fmt.Errorf("survey: %w", err)
	}
	return func(i int) uint64 { return sketch.HashFloat64(numbers[i]) }, nil
}

func textHasher(texts dataset.Texts) func(i int) uint64 {
	n := texts.DictionaryLen()
	if n == 0 || n > texts.Len() {
		return func(i int) uint64 {
			if texts.IsNull(i) {
				return nullHash
			}
			return sketch.HashString(texts.Value(i))
		}
	}
	codes := make([]uint64, n)
	for j := range codes {
		codes[j] = sketch.HashString(texts.DictionaryValue(j))
	}
	return func(i int) uint64 {
		if texts.IsNull(i) {
			return nullHash
		}
		return codes[texts.Code(i)]
	}
}

func listHasher(c array.ListLike) (func(i int) uint64, error) {
	inner := make([]uint64, c.ListValues().Len())
	if err := hashes(c.ListValues(), inner); err != nil {
		return nil, err
	}
	return func(i int) uint64 {
		from, to := c.ValueOffsets(i)
		h := uint64(to - from)
		for _, x := range inner[from:to] {
			h = join(h, x)
		}
		return h
	}, nil
}

func structHasher(c *array.Struct) (func(i int) uint64, error) {
	fields := make([][]uint64, c.NumField())
	for k := range fields {
		fields[k] = make([]uint64, c.Len())
		if err := hashes(c.Field(k), fields[k]); err != nil {
			return nil, err
		}
	}
	return func(i int) uint64 {
		h := uint64(len(fields))
		for _, f := range fields {
			h = join(h, f[i])
		}
		return h
	}, nil
}
