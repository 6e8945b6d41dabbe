package matrix

import (
	"fmt"
	"slices"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/tidewheel/tidewheel/dataset"
)

// coder gives the values of a text column codes: those of OneOf, or in order of their first row until finish sorts them.
type coder struct {
	field  dataset.Field
	codes  map[string]int32
	closed bool // OneOf is the whole vocabulary
	memo   []int32
}

func newCoder(f dataset.Field) *coder {
	c := &coder{field: f, codes: make(map[string]int32), closed: f.OneOf != nil}
	for i, v := range f.OneOf {
		c.codes[v] = int32(i)
	}
	return c
}

// read writes the codes of a column and returns how many are missing.
func (c *coder) read(column arrow.Array, dst []int32) (missing int, err error) {
	texts, err := dataset.NewTexts(column)
	if err != nil {
		return 0, err
	}
	const unknown = -2
	dictionary := texts.DictionaryLen() > 0
	if dictionary {
		c.memo = slices.Grow(c.memo[:0], texts.DictionaryLen())[:texts.DictionaryLen()]
		for j := range c.memo {
			c.memo[j] = unknown
		}
	}
	for i := range dst {
		switch {
		case texts.IsNull(i):
			dst[i] = -1
		case dictionary:
			j := texts.Code(i)
			if c.memo[j] == unknown {
				c.memo[j] = c.code(texts.DictionaryValue(j))
			}
			dst[i] = c.memo[j]
		default:
			dst[i] = c.code(texts.Value(i))
		}
		if dst[i] < 0 {
			missing++
		}
	}
	if len(c.codes) > maxVocabulary {
		return 0, fmt.Errorf("column %q: %w: more than %d categories", c.field.Name, dataset.ErrLimit, maxVocabulary)
	}
	return missing, nil
}

func (c *coder) code(v string) int32 {
	if k, ok := c.codes[v]; ok {
		return k
	}
	if c.closed {
		if c.field.Unseen == dataset.UnseenOther {
			return int32(len(c.codes))
		}
		return -1
	}
	k := int32(len(c.codes))
	c.codes[strings.Clone(v)] = k
	return k
}

// finish puts the vocabulary in its order and the codes with it.
func (c *coder) finish(codes []int32) []string {
	if c.closed {
		return slices.Clone(c.field.OneOf)
	}
	vocabulary := make([]string, len(c.codes))
	for v, k := range c.codes {
		vocabulary[k] = v
	}
	order := make([]int32, len(vocabulary))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int { return strings.Compare(vocabulary[a], vocabulary[b]) })
	to := make([]int32, len(order))
	sorted := make([]string, len(order))
	for i, k := range order {
		to[k] = int32(i)
		sorted[i] = vocabulary[k]
	}
	for i, k := range codes {
		if k >= 0 {
			codes[i] = to[k]
		}
	}
	return sorted
}
