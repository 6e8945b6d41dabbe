package selection

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
)

// Group tests on each of K parts whose groups train in no other: the rows of one group, such as those of one customer or the documents of one query, stay together. The
// groups are dealt, the largest first, to the part with the fewest rows, as by sklearn.model_selection.GroupKFold; groups of equal size in the order in which they
// are met.
type Group struct {
	K      int    // 2 to 200; 0 is 5
	Column string // of the groups, texts or numbers; "" is the Group of the problem
}

// Folds implements Splitter. It errors with a *model.OptionError without a column and with fewer groups than K, and with dataset.ErrSchema for a column that is absent,
// of another type, or null in a row.
func (k Group) Folds(ctx context.Context, src dataset.Source, p model.Problem) ([]Fold, error) {
	column := k.Column
	if column == "" {
		column = p.Group
	}
	if column == "" {
		return nil, fmt.Errorf("selection: group: %w", &model.OptionError{Field: "selection.Group.Column", Value: "none", Want: "a column, or a problem with a Group"})
	}
	groups, sizes, err := readGroups(ctx, src, column)
	if err != nil {
		return nil, fmt.Errorf("selection: group: %w", err)
	}
	folds, err := checkCount("Group.K", k.K, len(sizes), "groups")
	if err != nil {
		return nil, err
	}
	order := make([]int, len(sizes))
	for g := range order {
		order[g] = g
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(sizes[b], sizes[a]) })
	fold, load := make([]uint8, len(sizes)), make([]int, folds)
	for _, g := range order {
		lightest := 0
		for f, n := range load {
			if n < load[lightest] {
				lightest = f
			}
		}
		load[lightest] += sizes[g]
		fold[g] = uint8(lightest)
	}
	part := make(dataset.Assignment, len(groups))
	for i, g := range groups {
		part[i] = fold[g]
	}
	return foldsOf(src, part, folds), nil
}

// readGroups returns the group of each row and the rows of each group.
func readGroups(ctx context.Context, src dataset.Source, column string) (groups []int32, sizes []int, err error) {
	one, err := dataset.Select(ctx, src, column)
	if err != nil {
		return nil, nil, err
	}
	values := dataset.NewNumbering()
	for b, err := range one.Batches(ctx) {
		if err != nil {
			return nil, nil, err
		}
		n := len(groups)
		groups = append(groups, make([]int32, b.NumRows())...)
		if err := values.Codes(b.Column(0), groups[n:]); err != nil {
			return nil, nil, err
		}
	}
	if values.Null() >= 0 {
		return nil, nil, &dataset.SchemaError{Column: column, Want: "a group in every row", Got: "a missing value"}
	}
	sizes = make([]int, values.Len())
	for _, g := range groups {
		sizes[g]++
	}
	return groups, sizes, nil
}
