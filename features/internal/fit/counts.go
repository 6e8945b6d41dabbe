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
	Of    []map[string]int64
	Nulls []int64
}

// RunCounts folds the text columns of train. More than 1,048,576 distinct texts in a column are dataset.ErrLimit.
func RunCounts(ctx context.Context, train dataset.Source, workers int) (*Counts, error) {
	names := train.Schema().Names()
	return dataset.Run(ctx, train, func() *Counts {
		c := &Counts{names: names, Of: make([]map[string]int64, len(names)), Nulls: make([]int64, len(names))}
		for i := range c.Of {
			c.Of[i] = make(map[string]int64)
		}
		return c
	}, dataset.RunOptions{Workers: workers})
}

// Observe implements dataset.Folder.
func (c *Counts) Observe(b dataset.Batch) error {
	for j := range c.Of {
		t, err := dataset.NewTexts(b.Column(j))
		if err != nil {
			return err
		}
		if t.DictionaryLen() > 0 {
			c.dictionary(j, t)
		} else {
			c.plain(j, t)
		}
		if err := c.check(j); err != nil {
			return err
		}
	}
	return nil
}

func (c *Counts) dictionary(j int, t dataset.Texts) {
	byCode := make([]int64, t.DictionaryLen())
	for i := range t.Len() {
		if t.IsNull(i) {
			c.Nulls[j]++
		} else {
			byCode[t.Code(i)]++
		}
	}
	for code, n := range byCode {
		if n > 0 {
			c.add(j, t.DictionaryValue(code), n)
		}
	}
}

func (c *Counts) plain(j int, t dataset.Texts) {
	for i := range t.Len() {
		if t.IsNull(i) {
			c.Nulls[j]++
		} else {
			c.add(j, t.Value(i), 1)
		}
	}
}

// add keeps a copy of text, which is borrowed from a batch.
func (c *Counts) add(j int, text string, n int64) {
	m := c.Of[j]
	if old, ok := m[text]; ok {
		m[text] = old + n
		return
	}
	m[strings.Clone(text)] = n
}

func (c *Counts) check(j int) error {
	if len(c.Of[j]) > maxDistinct {
		return fmt.Errorf("column %q: more than %d distinct texts: %w", c.names[j], maxDistinct, dataset.ErrLimit)
	}
	return nil
}

// Merge implements dataset.Folder.
func (c *Counts) Merge(next *Counts) error {
	for j, m := range next.Of {
		c.Nulls[j] += next.Nulls[j]
		for text, n := range m {
			c.Of[j][text] += n
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
	out := make([]string, 0, len(c.Of[j]))
	for text := range c.Of[j] {
		out = append(out, text)
	}
	slices.Sort(out)
	return out
}
