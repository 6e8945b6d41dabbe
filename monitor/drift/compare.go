package drift

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/matrix"
	"github.com/tidewheel/tidewheel/internal/stat"
)

// Compare reads both sources once and returns how the columns that they share differ. Columns are found by name; numeric ones of different types compare. A source
// without rows gives a report without verdicts. It holds 8 bytes for each value of a numeric column (see Options.ExactRows) and at most 4,096 texts of each text column.
// Time is linear in the rows. Errors are those of the sources, *dataset.OptionError, and dataset.ErrSchema when no column can be compared or one of Options.Columns is
// absent; there is no report then.
func Compare(ctx context.Context, reference, current dataset.Source, o Options) (*Report, error) {
	o, err := o.resolve()
	if err != nil {
		return nil, fmt.Errorf("drift: compare: %w", err)
	}
	if reference == nil || current == nil {
		return nil, errors.New("drift: compare: want two sources, got nil")
	}
	r := &Report{Columns: []Column{}, DriftedColumns: []string{}, MissingColumns: []string{}, ExtraColumns: []string{}, ChangedColumns: []string{}, Alpha: o.Alpha}
	names, err := r.match(reference.Schema(), current.Schema(), o)
	if err != nil {
		return nil, fmt.Errorf("drift: compare: %w", err)
	}
	a, err := read(ctx, reference, names, o)
	if err != nil {
		return nil, fmt.Errorf("drift: compare: reference: %w", err)
	}
	b, err := read(ctx, current, names, o)
	if err != nil {
		return nil, fmt.Errorf("drift: compare: current: %w", err)
	}
	r.RowsReference, r.RowsCurrent = a.rows, b.rows
	places := r.comparable(a, b)
	if len(places) == 0 {
		return nil, fmt.Errorf("drift: compare: %w", &dataset.SchemaError{Want: "a column of one kind in both sources", Got: "columns of other kinds"})
	}
	r.Columns = make([]Column, len(places))
	found := make([]comparison, len(places))
	if err := matrix.Parallel(ctx, o.Workers, len(places), func(j, _ int) {
		i := places[j]
		r.Columns[j], found[j] = compare(a.schema.Field(i), &a.columns[i], &b.columns[i], slices.Contains(o.Scores, names[i]))
	}); err != nil {
		return nil, fmt.Errorf("drift: compare: %w", err)
	}
	if err := r.decide(found); err != nil {
		return nil, fmt.Errorf("drift: compare: %w", err)
	}
	return r, nil
}

// match finds the columns to compare, in order, and notes those that cannot be.
func (r *Report) match(a, b *dataset.Schema, o Options) ([]string, error) {
	wanted := a.Names()
	if o.Columns != nil {
		wanted = o.Columns
		seen := make(map[string]bool, len(wanted))
		for _, n := range wanted {
			if a.Index(n) < 0 || b.Index(n) < 0 {
				return nil, &dataset.SchemaError{Column: n, Want: "it in both sources", Got: "no such column"}
			}
			if seen[n] {
				return nil, &dataset.OptionError{Field: "drift.Options.Columns", Value: "a name twice", Want: "each name once"}
			}
			seen[n] = true
		}
	}
	for _, n := range o.Scores {
		if !slices.Contains(wanted, n) {
			return nil, &dataset.SchemaError{Column: n, Want: "a score among the columns", Got: "no such column"}
		}
	}
	var names []string
	for _, n := range wanted {
		if b.Index(n) < 0 {
			r.MissingColumns = append(r.MissingColumns, n)
		} else {
			names = append(names, n)
		}
	}
	if o.Columns == nil {
		for _, n := range b.Names() {
			if a.Index(n) < 0 {
				r.ExtraColumns = append(r.ExtraColumns, n)
			}
		}
	}
	if len(names) == 0 {
		return nil, &dataset.SchemaError{Want: "a column that both sources have", Got: fmt.Sprintf("%d and %d columns, none in common", a.Len(), b.Len())}
	}
	return names, nil
}

// comparable returns the places of the columns that are of one kind on both sides, and notes the others. A column without values is of any kind: a text format
// cannot say which.
func (r *Report) comparable(a, b *table) []int {
	var places []int
	for i := range a.columns {
		f, g := a.schema.Field(i), b.schema.Field(i)
		x, y := &a.columns[i], &b.columns[i]
		if x.n == 0 {
			x.become(y.kind)
		} else if y.n == 0 {
			y.become(x.kind)
		}
		if x.kind != y.kind || x.kind == kindOther && f.Type != g.Type {
			r.ChangedColumns = append(r.ChangedColumns, f.Name)
		} else {
			places = append(places, i)
		}
	}
	return places
}

// read folds the named columns of a source.
func read(ctx context.Context, src dataset.Source, names []string, o Options) (*table, error) {
	src, err := dataset.Select(ctx, src, names...)
	if err != nil {
		return nil, err
	}
	exact := o.exactRows(src.Schema())
	return dataset.Run(ctx, src, func() *table { return newTable(src.Schema(), exact) }, dataset.RunOptions{Workers: o.Workers, Allocator: o.Allocator})
}

// comparison is what a column's verdict needs besides its figures.
type comparison struct {
	judged  bool // the distribution has a test
	large   bool // its effect is large enough
	missing float64
	tested  bool // missing is a p-value
	moved   bool // the share of missing values changed enough
}

// compare fills in the figures of one column.
func compare(f dataset.Field, a, b *side, score bool) (Column, comparison) {
	c := Column{
		Name: f.Name, Type: string(f.Type), NReference: a.n, NCurrent: b.n, MissingReference: a.missingShare(), MissingCurrent: b.missingShare(),
		Exact: a.exact() && b.exact(), Verdict: TooFewRows,
	}
	scale := 1.0
	if score {
		scale = 0.5
	}
	var v comparison
	identifier := false
	switch a.kind {
	case kindNumber:
		v.large = c.numbers(a.values.Sorted(), b.values.Sorted(), scale)
	case kindText:
		v.large, identifier = c.texts(a, b, scale)
	default:
	}
	class := f.Type.Class()
	excluded := a.kind == kindOther || f.Role == dataset.Key || f.Role == dataset.Time || class == dataset.ClassDate || class == dataset.ClassTime
	v.judged = c.P != nil && !excluded
	switch {
	case excluded:
		c.Verdict = Excluded
	case identifier:
		c.Verdict = Identifier
	case v.judged:
		c.Verdict = Unchanged
	}
	if a.missing+b.missing > 0 && min(a.n+a.missing, b.n+b.missing) >= minValues {
		chi, err := stat.ChiSquare([]uint64{uint64(a.n), uint64(a.missing)}, []uint64{uint64(b.n), uint64(b.missing)}, stat.ChiSquareOptions{Yates: true})
		if err == nil {
			v.tested, v.missing = true, chi.P
			v.moved = math.Abs(c.MissingReference-c.MissingCurrent) >= leastMissing
		}
	}
	return c, v
}

// exact reports whether nothing stands for the values.
func (c *side) exact() bool {
	return c.values.Exact() && (c.top == nil || c.top.ErrorBound() == 0)
}

// decide adjusts the p-values together and sets the verdicts.
func (r *Report) decide(found []comparison) error {
	var p []float64
	for i, v := range found {
		if v.judged {
			p = append(p, *r.Columns[i].P)
		}
		if v.tested {
			p = append(p, v.missing)
		}
	}
	adjusted, err := stat.BenjaminiHochberg(p)
	if err != nil {
		return err
	}
	take := func() *float64 {
		q := adjusted[0]
		adjusted = adjusted[1:]
		return &q
	}
	for i, v := range found {
		c := &r.Columns[i]
		if v.judged {
			c.AdjustedP = take()
			if v.large && *c.AdjustedP <= r.Alpha {
				c.Drifted, c.Verdict = true, Distribution
			}
		}
		if v.tested {
			c.MissingAdjustedP = take()
			if v.moved && *c.MissingAdjustedP <= r.Alpha && !c.Drifted {
				c.Drifted, c.Verdict = true, Missing
			}
		}
		if v.judged || c.Drifted {
			r.Judged++
		}
		if c.Drifted {
			r.Drifted++
			r.DriftedColumns = append(r.DriftedColumns, c.Name)
		}
	}
	if r.Judged > 0 {
		r.ShareDrifted = float64(r.Drifted) / float64(r.Judged)
	}
	return nil
}
