package fit

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/tidewheel/tidewheel/dataset"
)

// maxDistinct bounds the distinct texts of one column.
const maxDistinct = 1 << 20

// Counts is a fold of how often each text of each column comes.
type Counts struct {
	names []string
	of    []map[string]*int64 // behind pointers, since an assignment to an entry would also replace its key by the text at hand, which is borrowed
	Nulls []int64
}

// RunCounts folds the text columns of train. More than 1,048,576 distinct texts in a column are dataset.ErrLimit.
func RunCounts(ctx context.Context, train dataset.Source, workers int) (*Counts, error) {
	return dataset.Run(ctx, train, func() *Counts { return newCounts(train.Schema()) }, dataset.RunOptions{Workers: workers})
}

func newCounts(s *dataset.Schema) *Counts {
	c := &Counts{names: s.Names(), of: make([]map[string]*int64, s.Len()), Nulls: make([]int64, s.Len())}
	for i := range c.of {
		c.of[i] = make(map[string]*int64)
	}
	return c
}

// Observe implements dataset.Folder.
func (c *Counts) Observe(b dataset.Batch) error {
	for j := range c.of {
		t, err := dataset.NewTexts(b.Column(j))
		if err != nil {
			return err
		}
		values, counts, nulls := t.Counts()
		c.Nulls[j] += nulls
		for i, v := range values {
			c.add(j, v, int64(counts[i]))
		}
		if err := c.check(j); err != nil {
			return err
		}
	}
	return nil
}

// add keeps a copy of text, which is borrowed from a batch.
func (c *Counts) add(j int, text string, n int64) {
	if old, ok := c.of[j][text]; ok {
		*old += n
		return
	}
	first := n
	c.of[j][strings.Clone(text)] = &first
}

// Count returns how often text came in column j.
func (c *Counts) Count(j int, text string) int64 {
	if n, ok := c.of[j][text]; ok {
		return *n
	}
	return 0
}

// Distinct returns the number of distinct texts of column j.
func (c *Counts) Distinct(j int) int { return len(c.of[j]) }

func (c *Counts) check(j int) error {
	if len(c.of[j]) > maxDistinct {
		return fmt.Errorf("column %q: more than %d distinct texts: %w", c.names[j], maxDistinct, dataset.ErrLimit)
	}
	return nil
}

// Merge implements dataset.Folder.
func (c *Counts) Merge(next *Counts) error {
	for j, m := range next.of {
		c.Nulls[j] += next.Nulls[j]
		for text, n := range m {
			c.add(j, text, *n)
		}
		if err := c.check(j); err != nil {
			return err
		}
	}
	return nil
}

// Categories returns the categories of column j in their order: the field's OneOf where it has one, else the texts that came, sorted by bytes.
func (c *Counts) Categories(j int, f dataset.Field) []string {
	if len(f.OneOf) > 0 {
		return slices.Clone(f.OneOf)
	}
	out := make([]string, 0, len(c.of[j]))
	for text := range c.of[j] {
		out = append(out, text)
	}
	slices.Sort(out)
	return out
}
