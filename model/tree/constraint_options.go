package tree

import (
	"maps"
	"slices"
	"strconv"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/matrix"
)

// checkConstraints refuses constraints that no columns could keep.
func (o *BoostingOptions) checkConstraints(refuse func(field, value, want string)) {
	for _, name := range slices.Sorted(maps.Keys(o.Monotone)) {
		if v := o.Monotone[name]; v < -1 || v > 1 {
			refuse("Monotone", strconv.Itoa(v), "-1, 0 or 1 for column "+strconv.Quote(name))
		}
	}
	for i, g := range o.Interactions {
		if len(g) == 0 {
			refuse("Interactions", "a group of 0 columns", "at least 1 in group "+strconv.Itoa(i))
		}
	}
}

// constraints finds the columns that the options name. It errors with dataset.ErrSchema for one that is not there, and for one that is to be monotone and has
// no order.
func (o *BoostingOptions) constraints(columns []matrix.Column) (constraints, error) {
	var out constraints
	index := make(map[string]int, len(columns))
	for j := range columns {
		index[columns[j].Field.Name] = j
	}
	for _, name := range slices.Sorted(maps.Keys(o.Monotone)) {
		j, ok := index[name]
		switch {
		case !ok:
			return out, &dataset.SchemaError{Column: name, Want: "the columns of Monotone among the features", Got: "no such feature"}
		case columns[j].IsText():
			return out, &dataset.SchemaError{Column: name, Want: "numbers in the columns of Monotone", Got: "type " + string(columns[j].Field.Type)}
		case o.Monotone[name] == 0:
			continue
		case out.monotone == nil:
			out.monotone = make([]int8, len(columns))
		}
		out.monotone[j] = int8(o.Monotone[name])
	}
	for _, names := range o.Interactions {
		var group []int
		for _, name := range names {
			j, ok := index[name]
			if !ok {
				return out, &dataset.SchemaError{Column: name, Want: "the columns of Interactions among the features", Got: "no such feature"}
			}
			group = append(group, j)
		}
		out.groups = append(out.groups, group)
	}
	return out, nil
}
