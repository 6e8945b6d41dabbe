package validate

import (
	"context"
	"fmt"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/tidewheel/tidewheel/dataset"
)

// CellFinding is what one rule met in one row of a batch.
type CellFinding struct {
	Row int
	RowFinding
}

// BatchResult is the outcome of checking one batch.
type BatchResult struct {
	Rows   []Severity    // the gravest finding of each row
	Cells  []CellFinding // what was refused and flagged, in order of the rows and then of the columns; faults of whole columns are in Report only
	Report *Report       // of the batch; its row addresses count from 0 in it
}

// Check checks every row of src against the validator's schema, converting columns as Conform does. Row addresses in the report count from 0 over the whole
// source. It holds a bounded number of batches, and its result does not depend on workers or on the reader's batches. Errors are those of src; bad rows, missing
// and unfit columns are no errors but findings.
func (v *Validator) Check(ctx context.Context, src dataset.Source) (*Report, error) {
	l := newLayout(src.Schema(), v.schema)
	t, err := dataset.Run(ctx, src, func() *checkFold { return v.newFold(l) }, dataset.RunOptions{Workers: v.workers, Allocator: v.mem})
	if err != nil {
		return nil, fmt.Errorf("validate: check: %w", err)
	}
	return v.report(l, t.tally), nil
}

// CheckBatch checks the rows of b, which may have another schema as for Conform. It is safe for concurrent use.
func (v *Validator) CheckBatch(b dataset.Batch) (*BatchResult, error) {
	out, result, err := v.Conform(b)
	if err != nil {
		return nil, err
	}
	out.Release()
	return result, nil
}

// Conform returns the rows of b under the validator's schema, with the findings on them. Columns are taken by name; further ones are dropped; texts that are
// numbers, bools, dates or times without loss, integers that fit, floats without a fraction and bools become the schema's type. A cell that cannot is null in the
// result and refuses its row; rows keep their number and order, so that the caller chooses with BatchResult.Rows (see Accepted). When a column is missing or its
// type cannot become the schema's, every row is refused and the batch is zero. The caller owns the batch. It is safe for concurrent use.
func (v *Validator) Conform(b dataset.Batch) (dataset.Batch, *BatchResult, error) {
	return v.conform(newLayout(b.Schema(), v.schema), b)
}

func (v *Validator) conform(l *layout, b dataset.Batch) (dataset.Batch, *BatchResult, error) {
	t := newTally()
	t.keep = true
	out, err := v.observe(l, b, t)
	if err != nil {
		return dataset.Batch{}, nil, err
	}
	slices.SortStableFunc(t.cells, func(a, b CellFinding) int { return a.Row - b.Row })
	return out, &BatchResult{Rows: t.worst, Cells: t.cells, Report: v.report(l, t)}, nil
}

// Accepted returns the positions of the rows that are not refused, for dataset.Take.
func (r *BatchResult) Accepted() []int32 {
	return r.pick(func(s Severity) bool { return s != Refused })
}

// Refused returns the positions of the rows that are refused.
func (r *BatchResult) Refused() []int32 { return r.pick(func(s Severity) bool { return s == Refused }) }

func (r *BatchResult) pick(want func(Severity) bool) []int32 {
	rows := make([]int32, 0, len(r.Rows))
	for i, s := range r.Rows {
		if want(s) {
			rows = append(rows, int32(i))
		}
	}
	return rows
}

// observe checks the rows of b and returns them conformed, the zero batch when the layout refuses all.
func (v *Validator) observe(l *layout, b dataset.Batch, t *tally) (dataset.Batch, error) {
	n := b.NumRows()
	t.start(n)
	for _, f := range l.faults {
		t.whole(n, f.severity)
	}
	if l.refused {
		return dataset.Batch{}, nil
	}
	out, bad, err := l.apply(v, b, func(column, row int, verdict Verdict) { t.note(row, verdict, column, -1) })
	if err != nil {
		return dataset.Batch{}, err
	}
	for i := range v.columns {
		if err := v.checkColumn(i, out.Column(i), bad, t); err != nil {
			out.Release()
			return dataset.Batch{}, fmt.Errorf("validate: check: column %q: %w", v.columns[i].field.Name, err)
		}
	}
	if v.guard != nil {
		if err := v.guardBatch(out, t); err != nil {
			out.Release()
			return dataset.Batch{}, err
		}
	}
	return out, nil
}

func (v *Validator) checkColumn(i int, column arrow.Array, bad [][]int32, t *tally) error {
	c := &v.columns[i]
	switch {
	case c.class >= dataset.ClassBool && c.class <= dataset.ClassTime:
		values, err := t.numbers(column)
		if err != nil {
			return err
		}
		v.checkNumbers(i, column, values, bad, t)
		return nil
	case c.class == dataset.ClassText:
		return v.checkTexts(i, column, bad, t)
	default:
		for row := range column.Len() {
			if column.IsNull(row) && !isBad(bad, i, row) {
				t.note(row, c.null(), i, -1)
			}
		}
		return nil
	}
}

func (v *Validator) checkNumbers(i int, column arrow.Array, values []float64, bad [][]int32, t *tally) {
	c, nulls := &v.columns[i], column.NullN() > 0
	for row, x := range values {
		var verdict Verdict
		if nulls && column.IsNull(row) {
			if isBad(bad, i, row) {
				continue
			}
			verdict = c.null()
		} else {
			verdict = c.checkNumber(x)
		}
		if verdict.Severity != Clean {
			t.note(row, verdict, i, -1)
		}
	}
	if v.guard != nil && v.guard.columns[i].group != guardNone {
		g := &v.guard.columns[i]
		for row, x := range values {
			if g.suspect(x) {
				t.suspects = append(t.suspects, int32(row))
			}
		}
	}
}

// checkTexts looks at each distinct value of a dictionary once.
func (v *Validator) checkTexts(i int, column arrow.Array, bad [][]int32, t *tally) error {
	texts, err := dataset.NewTexts(column)
	if err != nil {
		return err
	}
	c := &v.columns[i]
	var g *guarded
	if v.guard != nil && v.guard.columns[i].group == guardText {
		g = &v.guard.columns[i]
	}
	type known struct{ seen, unusual bool }
	verdicts, states := make([]Verdict, texts.DictionaryLen()), make([]known, texts.DictionaryLen())
	look := func(text string) (Verdict, bool) {
		return c.checkText(text), g != nil && !g.usual(dataset.TextValue(text))
	}
	for row := range texts.Len() {
		var verdict Verdict
		unusual := false
		switch {
		case texts.IsNull(row):
			if isBad(bad, i, row) {
				continue
			}
			verdict = c.null()
		case len(states) == 0:
			verdict, unusual = look(texts.Value(row))
		default:
			code := texts.Code(row)
			if s := &states[code]; !s.seen {
				s.seen = true
				verdicts[code], s.unusual = look(texts.DictionaryValue(code))
			}
			verdict, unusual = verdicts[code], states[code].unusual
		}
		if verdict.Severity != Clean {
			t.note(row, verdict, i, -1)
		}
		if unusual {
			t.suspects = append(t.suspects, int32(row))
		}
	}
	return nil
}

// guardBatch shows the guard each row that has an unusual value.
func (v *Validator) guardBatch(b dataset.Batch, t *tally) error {
	slices.Sort(t.suspects)
	row := dataset.NewRow(v.schema)
	var r RowResult
	for _, at := range slices.Compact(t.suspects) {
		if err := b.ReadRow(int(at), row); err != nil {
			return fmt.Errorf("validate: check: %w", err)
		}
		r.Reset()
		v.guard.check(row.Values, &r)
		for _, f := range r.Findings {
			t.note(int(at), Verdict{f.Rule, f.Severity}, f.Column, f.Other)
		}
	}
	return nil
}

// checkFold is the fold of Check.
type checkFold struct {
	v      *Validator
	layout *layout
	tally  *tally
}

func (v *Validator) newFold(l *layout) *checkFold {
	return &checkFold{v: v, layout: l, tally: newTally()}
}

// Observe implements dataset.Folder.
func (f *checkFold) Observe(b dataset.Batch) error {
	t := newTally() // of the rows of b, counted from 0
	out, err := f.v.observe(f.layout, b, t)
	out.Release()
	t.end()
	f.tally.merge(t)
	return err
}

// Merge implements dataset.Folder.
func (f *checkFold) Merge(next *checkFold) error {
	f.tally.merge(next.tally)
	return nil
}
