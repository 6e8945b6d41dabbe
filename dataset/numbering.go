package dataset

import (
	"math"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
)

// Numbering gives the distinct values of a column the numbers 0, 1, 2 … in the order in which they are met, whatever the batches. Null and NaN are one value. Texts
// are equal by their bytes, integers exactly, all else by the number form. It is for grouping rows by a key. Not safe for concurrent use.
type Numbering struct {
	texts   map[string]int32
	wholes  map[int64]int32
	numbers map[float64]int32
	null, n int32
	scratch []float64
}

// NewNumbering returns a numbering that has met nothing.
func NewNumbering() *Numbering {
	return &Numbering{texts: make(map[string]int32), wholes: make(map[int64]int32), numbers: make(map[float64]int32), null: -1}
}

// Len returns how many values were met.
func (m *Numbering) Len() int { return int(m.n) }

// Null returns the number of null and NaN, -1 when none was met.
func (m *Numbering) Null() int32 { return m.null }

// Codes writes the number of each row's value into dst, which has the length of the column. Batches of one column must have one type. It errors with ErrSchema
// for a column that holds neither texts nor numbers.
func (m *Numbering) Codes(column arrow.Array, dst []int32) error {
	switch c := column.(type) {
	case *array.Int64:
		numbered(m, m.wholes, c, dst, c.Value)
		return nil
	case *array.Uint64:
		numbered(m, m.wholes, c, dst, func(i int) int64 { return int64(c.Value(i)) })
		return nil
	}
	if texts, err := NewTexts(column); err == nil {
		for i := range dst {
			if texts.IsNull(i) {
				dst[i] = m.nullCode()
			} else if v := texts.Value(i); !met(m.texts, v, &dst[i]) {
				dst[i] = m.next()
				m.texts[strings.Clone(v)] = dst[i] // the text is the batch's
			}
		}
		return nil
	}
	m.scratch = append(m.scratch[:0], make([]float64, column.Len())...)
	if err := Float64s(column, m.scratch); err != nil {
		return err
	}
	numbered(m, m.numbers, column, dst, func(i int) float64 { return m.scratch[i] })
	return nil
}

// numbered numbers the values of a column. NaN is no value.
func numbered[K int64 | float64](m *Numbering, seen map[K]int32, column arrow.Array, dst []int32, value func(i int) K) {
	for i := range dst {
		if v := value(i); column.IsNull(i) || math.IsNaN(float64(v)) {
			dst[i] = m.nullCode()
		} else if !met(seen, v, &dst[i]) {
			dst[i] = m.next()
			seen[v] = dst[i]
		}
	}
}

func met[K comparable](seen map[K]int32, v K, code *int32) bool {
	c, ok := seen[v]
	*code = c
	return ok
}

func (m *Numbering) next() int32 {
	m.n++
	return m.n - 1
}

func (m *Numbering) nullCode() int32 {
	if m.null < 0 {
		m.null = m.next()
	}
	return m.null
}
