package matrix

import (
	"github.com/tidewheel/tidewheel/dataset"
)

// groups reads the column of groups.
type groups struct {
	field  dataset.Field
	values *dataset.Numbering
	codes  stack[int32]
}

func newGroups(s *dataset.Schema, name string) (*groups, error) {
	f, err := lookup(s, name)
	if err != nil {
		return nil, err
	}
	return &groups{field: f, values: dataset.NewNumbering()}, nil
}

func (g *groups) batch(b dataset.Batch) error {
	column, err := b.ByName(g.field.Name)
	if err != nil {
		return err
	}
	if err := g.values.Codes(column, g.codes.push(b.NumRows())); err != nil {
		return err
	}
	if g.values.Null() >= 0 {
		return &dataset.SchemaError{Column: g.field.Name, Want: "a group in every row", Got: "a missing value"}
	}
	return nil
}
