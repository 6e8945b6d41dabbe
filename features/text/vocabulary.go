package text

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/features/internal/fit"
	"github.com/tidewheel/tidewheel/internal/plan"
)

// Bounds of what is learned of a column.
const (
	maxDistinct = 1 << 20 // terms counted at once
	maxName     = 256     // bytes of a column's name, as dataset.NewSchema has it
)

// vocabulary is a fold of how often each term of each column comes, and in how many rows.
type vocabulary struct {
	fields []dataset.Field
	terms  *plan.Terms
	of     []map[string]*seen
	rows   []int64 // without nulls
	buffer plan.TermBuffer
}

// seen is what is known of a term.
type seen struct {
	times, rows int64
	last        int64 // of rows when it was met last, one more than its place, so that a row counts once
}

// learn folds the terms of train.
func learn(ctx context.Context, train dataset.Source, t *plan.Terms, workers int) (*vocabulary, error) {
	fields, err := fit.Text(train.Schema())
	if err != nil {
		return nil, err
	}
	if err := fit.NotPersonal(fields); err != nil {
		return nil, err
	}
	return dataset.Run(ctx, train, func() *vocabulary { return newVocabulary(fields, t) }, dataset.RunOptions{Workers: workers})
}

func newVocabulary(fields []dataset.Field, t *plan.Terms) *vocabulary {
	v := &vocabulary{fields: fields, terms: t, of: make([]map[string]*seen, len(fields)), rows: make([]int64, len(fields))}
	for j := range v.of {
		v.of[j] = make(map[string]*seen)
	}
	return v
}

// Observe implements dataset.Folder.
func (v *vocabulary) Observe(b dataset.Batch) error {
	for j, known := range v.of {
		texts, err := dataset.NewTexts(b.Column(j))
		if err != nil {
			return err
		}
		longest := maxName - len(v.fields[j].Name) - 1
		for i := range texts.Len() {
			if texts.IsNull(i) {
				continue
			}
			v.rows[j]++
			v.buffer.Read(v.terms, texts.Value(i))
			v.buffer.Each(v.terms, func(term []byte) {
				s := known[string(term)]
				switch {
				case s == nil && len(term) > longest:
					return
				case s == nil:
					s = new(seen)
					known[string(term)] = s
				}
				s.times++
				if s.last != v.rows[j] {
					s.last = v.rows[j]
					s.rows++
				}
			})
			if err := v.check(j); err != nil {
				return err
			}
		}
	}
	return nil
}

// Merge implements dataset.Folder.
func (v *vocabulary) Merge(next *vocabulary) error {
	for j, terms := range next.of {
		v.rows[j] += next.rows[j]
		for term, n := range terms {
			s := v.of[j][term]
			if s == nil {
				s = new(seen)
				v.of[j][term] = s
			}
			s.times, s.rows = s.times+n.times, s.rows+n.rows
		}
		if err := v.check(j); err != nil {
			return err
		}
	}
	return nil
}

func (v *vocabulary) check(j int) error {
	if len(v.of[j]) > maxDistinct {
		return fmt.Errorf("column %q: more than %d distinct terms, a Hash takes any number: %w", v.fields[j].Name, maxDistinct, dataset.ErrLimit)
	}
	return nil
}

// choose returns the terms of column j within the limits, sorted by bytes.
func (v *vocabulary) choose(j int, o CountOptions) ([]string, error) {
	var out []string
	most := float64(v.rows[j])
	if o.MaxShare > 0 {
		most *= o.MaxShare
	}
	for term, s := range v.of[j] {
		if s.rows >= int64(o.MinRows) && float64(s.rows) <= most {
			out = append(out, term)
		}
	}
	slices.Sort(out)
	if len(out) > o.MaxColumns {
		slices.SortStableFunc(out, func(a, b string) int { return cmp.Compare(v.of[j][b].times, v.of[j][a].times) })
		out = out[:o.MaxColumns]
		slices.Sort(out)
	}
	if len(out) == 0 {
		return nil, fit.Learned(v.fields[j].Name, "a term within the limits in training", "none")
	}
	return out, nil
}
