package dataset

import (
	"fmt"
	"math"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/decimal128"
)

// Float64s writes the number form of a numeric column into dst, which has the column's length, with NaN for null: false and true are 0 and 1, a date is days
// and a timestamp microseconds since the epoch, an integer beyond 2^53 and a decimal are rounded once to the nearest float64. It errors with ErrSchema for a
// column that is not numeric or a dst of another length.
func Float64s(column arrow.Array, dst []float64) error {
	if column.Len() != len(dst) {
		return fmt.Errorf("dataset: read numbers: %w", &SchemaError{Want: fmt.Sprintf("%d rows", column.Len()), Got: fmt.Sprintf("%d", len(dst))})
	}
	switch c := column.(type) {
	case *array.Float64:
		copy(dst, c.Float64Values())
	case *array.Float32:
		widen(dst, c.Float32Values())
	case *array.Int64:
		widen(dst, c.Int64Values())
	case *array.Int32:
		widen(dst, c.Int32Values())
	case *array.Int16:
		widen(dst, c.Int16Values())
	case *array.Int8:
		widen(dst, c.Int8Values())
	case *array.Uint64:
		widen(dst, c.Uint64Values())
	case *array.Uint32:
		widen(dst, c.Uint32Values())
	case *array.Uint16:
		widen(dst, c.Uint16Values())
	case *array.Uint8:
		widen(dst, c.Uint8Values())
	case *array.Timestamp:
		widen(dst, c.TimestampValues())
	case *array.Date32:
		widen(dst, c.Date32Values())
	case *array.Boolean:
		for i := range dst {
			dst[i] = 0
			if c.Value(i) {
				dst[i] = 1
			}
		}
	case *array.Decimal128:
		scale := c.DataType().(*arrow.Decimal128Type).Scale
		for i := range dst {
			dst[i] = decimalFloat(c.Value(i), scale)
		}
	default:
		return fmt.Errorf("dataset: read numbers: %w", &SchemaError{Want: "a numeric column", Got: "arrow type " + column.DataType().String()})
	}
	if column.NullN() > 0 {
		gaps(dst, column)
	}
	return nil
}

// gaps writes NaN where a column that has nulls is null; most bytes of its bitmap say that eight rows are there.
func gaps(dst []float64, column arrow.Array) {
	valid, at := column.NullBitmapBytes(), column.Data().Offset()
	for i := 0; i < len(dst); {
		bit := at + i
		if bit&7 == 0 && valid[bit>>3] == 0xFF {
			i += 8
			continue
		}
		if valid[bit>>3]>>(bit&7)&1 == 0 {
			dst[i] = math.NaN()
		}
		i++
	}
}

// Float64At returns the number form of one cell, NaN for null; see Float64s.
func Float64At(column arrow.Array, i int) (float64, error) {
	if column.IsNull(i) {
		return math.NaN(), nil
	}
	switch c := column.(type) {
	case *array.Float64:
		return c.Value(i), nil
	case *array.Int64:
		return float64(c.Value(i)), nil
	case *array.Int32:
		return float64(c.Value(i)), nil
	case *array.Boolean:
		if c.Value(i) {
			return 1, nil
		}
		return 0, nil
	default:
		var one [1]float64
		s := array.NewSlice(column, int64(i), int64(i)+1)
		defer s.Release()
		err := Float64s(s, one[:])
		return one[0], err
	}
}

func widen[T int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64 | float32 | arrow.Timestamp | arrow.Date32](dst []float64, src []T) {
	for i, v := range src {
		dst[i] = float64(v)
	}
}

// decimalFloat rounds once for values and powers of ten that float64 holds exactly; beyond 2^53 or 10^22 the numerator or divisor is rounded too.
func decimalFloat(v decimal128.Num, scale int32) float64 {
	if hi := v.HighBits(); hi == 0 || hi == -1 {
		if n := int64(v.LowBits()); (hi == 0) == (n >= 0) && n < 1<<53 && n > -(1<<53) && scale <= 22 {
			return float64(n) / math.Pow10(int(scale))
		}
	}
	return v.ToFloat64(scale)
}

// Texts reads a column of text whatever its encoding. It borrows the column. The zero Texts is empty.
type Texts struct {
	plain *array.String
	large *array.LargeString
	codes *array.Dictionary
	inner *array.String      // the values behind codes
	wide  *array.LargeString // the same, when they are large
}

// NewTexts returns the reader of a text column. It errors with ErrSchema for a column of another type.
func NewTexts(column arrow.Array) (Texts, error) {
	switch c := column.(type) {
	case *array.String:
		return Texts{plain: c}, nil
	case *array.LargeString:
		return Texts{large: c}, nil
	case *array.Dictionary:
		switch v := c.Dictionary().(type) {
		case *array.String:
			return Texts{codes: c, inner: v}, nil
		case *array.LargeString:
			return Texts{codes: c, wide: v}, nil
		}
	}
	return Texts{}, fmt.Errorf("dataset: read text: %w", &SchemaError{Want: "a text column", Got: "arrow type " + column.DataType().String()})
}

// Len returns the number of rows.
func (t Texts) Len() int {
	switch {
	case t.plain != nil:
		return t.plain.Len()
	case t.large != nil:
		return t.large.Len()
	case t.codes != nil:
		return t.codes.Len()
	default:
		return 0
	}
}

// IsNull reports whether row i is null; a code that points at a null value is null too.
func (t Texts) IsNull(i int) bool {
	switch {
	case t.plain != nil:
		return t.plain.IsNull(i)
	case t.large != nil:
		return t.large.IsNull(i)
	default:
		return t.codes.IsNull(i) || t.codes.Dictionary().IsNull(t.codes.GetValueIndex(i))
	}
}

// Value returns the text of row i, borrowed from the column; "" for a null row.
func (t Texts) Value(i int) string {
	switch {
	case t.plain != nil:
		return t.plain.Value(i)
	case t.large != nil:
		return t.large.Value(i)
	case t.codes.IsNull(i):
		return ""
	default:
		return t.DictionaryValue(t.codes.GetValueIndex(i))
	}
}

// DictionaryLen returns the number of values behind the codes of a dictionary column, 0 for the plain encodings. Kernels map each value once and then read
// Code. Codes are private to the batch.
func (t Texts) DictionaryLen() int {
	if t.codes == nil {
		return 0
	}
	return t.codes.Dictionary().Len()
}

// DictionaryValue returns value j of a dictionary column.
func (t Texts) DictionaryValue(j int) string {
	if t.inner != nil {
		return t.inner.Value(j)
	}
	return t.wide.Value(j)
}

// Code returns the dictionary index of row i, which must not be null.
func (t Texts) Code(i int) int { return t.codes.GetValueIndex(i) }

// Counts returns the distinct values of the column in the order in which they are met, so that its encoding does not matter, with the number of rows of each, and the
// number of nulls. The values are borrowed from the column. A value behind a dictionary's code is looked up once.
func (t Texts) Counts() (values []string, counts []uint64, nulls int64) {
	var seen textTable
	places := make([]int, t.DictionaryLen()) // of a code in values, plus one
	for i := range t.Len() {
		if t.IsNull(i) {
			nulls++
			continue
		}
		if len(places) > 0 {
			if at := places[t.Code(i)]; at > 0 {
				counts[at-1]++
				continue
			}
		}
		at := seen.place(t.Value(i))
		if at == len(counts) {
			counts = append(counts, 0)
		}
		counts[at]++
		if len(places) > 0 {
			places[t.Code(i)] = at + 1
		}
	}
	return seen.values, counts, nulls
}
