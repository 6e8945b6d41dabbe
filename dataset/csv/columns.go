package csv

import (
	"fmt"

	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/cell"
)

// delimitedText is what the format is called in errors about types.
const delimitedText = "delimited text"

// column appends the cells of one column to its builder.
type column struct {
	name   string
	typ    dataset.Type
	from   int // position in the file
	text   bool
	null   func()
	append func(b []byte) bool // reports false for a cell that is no value of the type
}

// newColumn returns the column of a type that text holds.
func newColumn(f dataset.Field, from int, b array.Builder) column {
	return column{name: f.Name, typ: f.Type, from: from, text: f.Type.IsText() || f.Type == dataset.JSON, null: b.AppendNull, append: cell.Appender(b)}
}

// add appends a cell.
func (c *column) add(v token, nulls *nullSet, line int64) error {
	b := v.data
	if c.text {
		if !v.quoted && nulls.has(b) {
			c.null()
			return nil
		}
	} else {
		if b = cell.Trim(b); nulls.has(b) {
			c.null()
			return nil
		}
	}
	if !c.append(b) {
		return formatError(line, c.name, string(c.typ), fmt.Sprintf("a cell of %d bytes that is none", len(v.data)))
	}
	return nil
}
