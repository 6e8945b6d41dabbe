package drift

import (
	"fmt"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/sketch"
)

const (
	textSlots = sketch.MaxTopKCapacity // distinct texts counted at once
	maxText   = 256                    // bytes of a text that is told apart; longer ones count as other
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
	rows    int64
	columns []side
}

// side is what is known of one column on one side.
type side struct {
	kind    kind
	missing int64
	n       int64 // values that are not missing
	values  *sketch.Values
	top     *sketch.TopK
}

func newTable(s *dataset.Schema, exact int) *table {
	t := &table{schema: s, columns: make([]side, s.Len())}
	for i := range t.columns {
		t.columns[i].values = sketch.NewValues(exact)
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
			err = c.observeNumbers(b.Column(i))
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

func (c *side) observeNumbers(column arrow.Array) error {
	values := make([]float64, column.Len())
	if err := dataset.Float64s(column, values); err != nil {
		return err
	}
	kept := c.values.TakeSlice(values)
	c.n += int64(kept)
	c.missing += int64(column.Len() - kept)
	return nil
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
		switch c.kind {
		case kindOther:
			c.n += o.n
		case kindText:
			c.n += o.n
			if err := c.top.Merge(o.top); err != nil {
				return err
			}
		default:
			c.n += o.n
			c.values.Merge(o.values)
		}
	}
	return nil
}

// missingShare returns the share of missing values.
func (c *side) missingShare() float64 {
	if c.n+c.missing == 0 {
		return 0
	}
	return float64(c.missing) / float64(c.n+c.missing)
}
