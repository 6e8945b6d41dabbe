package drift

import (
	"fmt"
	"math"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/sketch"
)

const (
	textSlots  = sketch.MaxTopKCapacity // distinct texts counted at once
	maxText    = 256                    // bytes of a text that is told apart; longer ones count as other
	gridPoints = 4096                   // quantiles that stand for the values of a sketch
)

type kind uint8

const (
	kindOther kind = iota
	kindNumber
	kindText
)

func kindOf(t dataset.Type) kind {
	switch {
	case t.IsNumeric():
		return kindNumber
	case t.IsText():
		return kindText
	default:
		return kindOther
	}
}

// table is the fold over one side.
type table struct {
	schema  *dataset.Schema
	exact   int
	rows    int64
	columns []side
}

// side is what is known of one column on one side.
type side struct {
	kind    kind
	missing int64
	n       int64 // values that are not missing
	chunks  [][]float64
	sketch  *sketch.Quantiles // instead of chunks, once there are more than exact
	top     *sketch.TopK
}

func newTable(s *dataset.Schema, exact int) *table {
	t := &table{schema: s, exact: exact, columns: make([]side, s.Len())}
	for i := range t.columns {
		t.columns[i].become(kindOf(s.Field(i).Type))
	}
	return t
}

// become sets the kind of a side that has no values.
func (c *side) become(k kind) {
	c.kind, c.top = k, nil
	if k == kindText {
		// The limits are within those of the sketch, so there is no error.
		c.top, _ = sketch.NewTopK(sketch.TopKOptions{Capacity: textSlots, MaxValueBytes: maxText})
	}
}

// Observe implements dataset.Folder.
func (t *table) Observe(b dataset.Batch) error {
	t.rows += int64(b.NumRows())
	for i := range t.columns {
		c := &t.columns[i]
		var err error
		switch c.kind {
		case kindNumber:
			err = c.observeNumbers(b.Column(i), t.exact)
		case kindText:
			err = c.observeTexts(b.Column(i))
		default:
			missing := int64(b.Column(i).NullN())
			c.missing += missing
			c.n += int64(b.NumRows()) - missing
		}
		if err != nil {
			return fmt.Errorf("column %q: %w", t.schema.Field(i).Name, err)
		}
	}
	return nil
}

func (c *side) observeNumbers(column arrow.Array, exact int) error {
	values := make([]float64, column.Len())
	if err := dataset.Float64s(column, values); err != nil {
		return err
	}
	kept := values[:0]
	for _, x := range values {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			c.missing++
		} else {
			kept = append(kept, x+0) // -0 becomes +0
		}
	}
	c.take([][]float64{kept}, int64(len(kept)), exact)
	return nil
}

// take adds chunks of n values in all, and goes over to a sketch when there are too many.
func (c *side) take(chunks [][]float64, n int64, exact int) {
	c.n += n
	c.chunks = append(c.chunks, chunks...)
	if c.n <= int64(exact) && c.sketch == nil {
		return
	}
	if c.sketch == nil {
		c.sketch = new(sketch.Quantiles)
	}
	for _, values := range c.chunks {
		c.sketch.AddSlice(values)
	}
	c.chunks = nil
}

// observeTexts counts the distinct texts of the chunk in order of appearance, so that the column's encoding does not matter.
func (c *side) observeTexts(column arrow.Array) error {
	texts, err := dataset.NewTexts(column)
	if err != nil {
		return err
	}
	values, counts, missing := texts.Counts()
	c.missing += missing
	for i, v := range values {
		c.n += int64(counts[i])
		c.top.AddN(v, counts[i])
	}
	return nil
}

// Merge implements dataset.Folder.
func (t *table) Merge(next *table) error {
	t.rows += next.rows
	for i := range t.columns {
		c, o := &t.columns[i], &next.columns[i]
		c.missing += o.missing
		switch {
		case c.kind == kindOther:
			c.n += o.n
		case c.kind == kindText:
			c.n += o.n
			if err := c.top.Merge(o.top); err != nil {
				return err
			}
		case o.sketch != nil: // one chunk alone was over the bound
			if c.sketch == nil {
				c.sketch = new(sketch.Quantiles)
				for _, values := range c.chunks {
					c.sketch.AddSlice(values)
				}
				c.chunks = nil
			}
			c.n += o.n
			c.sketch.Merge(o.sketch)
		default:
			c.take(o.chunks, o.n, t.exact)
		}
	}
	return nil
}

// sorted returns the values in ascending order, or quantiles that stand for them, and forgets them.
func (c *side) sorted() []float64 {
	if c.sketch != nil {
		view := c.sketch.View()
		out := make([]float64, gridPoints)
		for i := range out {
			out[i], _ = view.Quantile((float64(i) + 0.5) / gridPoints)
		}
		c.sketch = nil
		return out
	}
	out := slices.Concat(c.chunks...)
	c.chunks = nil
	sortFloats(out)
	return out
}

// missingShare returns the share of missing values.
func (c *side) missingShare() float64 {
	if c.n+c.missing == 0 {
		return 0
	}
	return float64(c.missing) / float64(c.n+c.missing)
}
