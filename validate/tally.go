package validate

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/tidewheel/tidewheel/dataset"
)

// tally counts findings by rule, severity and column over the rows in order.
type tally struct {
	rows, refused, flagged int64
	counts                 map[tallyKey]*tallied
	lastKey                tallyKey
	last                   *tallied

	keep     bool // keep what is refused and flagged
	cells    []CellFinding
	worst    []Severity // of the rows of the present batch
	suspects []int32    // rows with an unusual value
	scratch  []float64
}

type tallyKey struct {
	verdict       Verdict
	column, other int
}

type tallied struct {
	count int64
	first []int64
}

func newTally() *tally { return &tally{counts: make(map[tallyKey]*tallied)} }

func (t *tally) start(rows int) {
	t.rows = int64(rows)
	t.worst = make([]Severity, rows)
}

// whole notes a fault of the whole batch.
func (t *tally) whole(rows int, s Severity) {
	for i := range rows {
		t.worst[i] = max(t.worst[i], s)
	}
}

func (t *tally) note(row int, v Verdict, column, other int) {
	t.worst[row] = max(t.worst[row], v.Severity)
	key := tallyKey{v, column, other}
	if t.last == nil || key != t.lastKey {
		c := t.counts[key]
		if c == nil {
			c = &tallied{}
			t.counts[key] = c
		}
		t.lastKey, t.last = key, c
	}
	t.last.count++
	if len(t.last.first) < MaxFirstRows {
		t.last.first = append(t.last.first, int64(row))
	}
	if t.keep && v.Severity > Counted {
		t.cells = append(t.cells, CellFinding{row, RowFinding{v.Rule, v.Severity, column, other}})
	}
}

// end counts the rows of the batch by their gravest finding and gives its memory back.
func (t *tally) end() {
	t.countRows()
	t.worst, t.suspects, t.scratch = nil, nil, nil
}

func (t *tally) countRows() {
	t.refused, t.flagged = 0, 0
	for _, s := range t.worst {
		switch s {
		case Refused:
			t.refused++
		case Flagged:
			t.flagged++
		case Clean, Counted:
		}
	}
}

// numbers reads a numeric column into memory that the next call uses again.
func (t *tally) numbers(column arrow.Array) ([]float64, error) {
	n := column.Len()
	t.scratch = slices.Grow(t.scratch[:0], n)[:n]
	return t.scratch, dataset.Float64s(column, t.scratch)
}

// merge adds the tally of the rows that come next.
func (t *tally) merge(next *tally) {
	for key, c := range next.counts {
		mine := t.counts[key]
		if mine == nil {
			mine = &tallied{}
			t.counts[key] = mine
		}
		mine.count += c.count
		for _, row := range c.first {
			if len(mine.first) < MaxFirstRows {
				mine.first = append(mine.first, t.rows+row)
			}
		}
	}
	t.rows += next.rows
	t.refused += next.refused
	t.flagged += next.flagged
}

// report writes a tally out.
func (v *Validator) report(l *layout, t *tally) *Report {
	if t.worst != nil {
		t.countRows()
	}
	r := &Report{OK: t.refused == 0, Rows: t.rows, RowsBad: t.refused, RowsFlagged: t.flagged, Findings: []Finding{}}
	share := func(n int64) float64 {
		if t.rows == 0 {
			return 0
		}
		return float64(n) / float64(t.rows)
	}
	type placed struct {
		Finding
		column int
	}
	var list []placed
	for _, f := range l.faults {
		first := []int64{}
		for i := range min(t.rows, MaxFirstRows) {
			first = append(first, i)
		}
		column := v.schema.Index(f.column)
		if column < 0 {
			column = v.schema.Len() // what the schema does not know comes last
		}
		r.OK = r.OK && f.severity != Refused
		list = append(list, placed{Finding{
			Rule: f.rule, Column: f.column, Severity: f.severity, Count: t.rows, Share: share(t.rows), FirstRows: first, Want: f.want, Got: f.got,
		}, column})
	}
	for key, c := range t.counts {
		f := Finding{
			Rule: key.verdict.Rule, Column: v.columns[key.column].field.Name, Severity: key.verdict.Severity,
			Count: c.count, Share: share(c.count), FirstRows: c.first,
		}
		if key.other >= 0 {
			f.Other = v.columns[key.other].field.Name
		}
		f.Want, f.Got = v.columns[key.column].describe(key.verdict, f.Other)
		list = append(list, placed{f, key.column})
	}
	slices.SortFunc(list, func(a, b placed) int {
		return cmp.Or(cmp.Compare(b.Severity, a.Severity), cmp.Compare(a.column, b.column), cmp.Compare(a.Rule, b.Rule),
			cmp.Compare(a.Column, b.Column), cmp.Compare(a.Other, b.Other))
	})
	for _, p := range list {
		r.Findings = append(r.Findings, p.Finding)
	}
	return r
}

// Describe returns what a finding of CheckRow or CheckBatch says in words: the names of its columns, and what was wanted and met, in rules and types, without
// values. Share and FirstRows are those of a single row. A finding about no column of the schema (a negative position) has an empty name.
func (v *Validator) Describe(f RowFinding) Finding {
	out := Finding{Rule: f.Rule, Severity: f.Severity, Count: 1, Share: 1, FirstRows: []int64{}}
	c := new(column)
	if f.Column >= 0 {
		c = &v.columns[f.Column]
		if f.Other >= 0 {
			out.Other = v.columns[f.Other].field.Name
		}
	}
	out.Column = c.field.Name
	out.Want, out.Got = c.describe(Verdict{f.Rule, f.Severity}, out.Other)
	return out
}

// describe returns what a rule wants and what it met.
func (c *column) describe(v Verdict, other string) (want, got string) {
	typ := string(c.field.Type)
	switch v.Rule {
	case RuleMissingColumn:
		return "a column of type " + typ, "no such column"
	case RuleType:
		return "a value of type " + typ, "something else"
	case RuleFraction:
		return "a whole number for type " + typ, "a fraction"
	case RuleOverflow:
		return "a value that type " + typ + " holds", "one beyond its range"
	case RuleNull:
		if v.Severity == Refused {
			return "no null", "null"
		}
		return "a value or null", "null"
	case RuleNonFinite:
		return "a finite number", "NaN or infinity"
	case RuleBelowMin:
		return fmt.Sprintf("at least %v", c.min), "a smaller value"
	case RuleAboveMax:
		return fmt.Sprintf("at most %v", c.max), "a larger value"
	case RuleOneOf, RuleUnseenAsMissing, RuleUnseenAsOther:
		return fmt.Sprintf("one of %d categories", len(c.field.OneOf)), "another text"
	case RulePattern:
		return "a text that matches " + c.field.Pattern, "another text"
	case RuleUnitScale:
		return "a value of the reference's magnitude", "one that a factor of 100 or 1000 explains"
	case RuleSwappedColumns:
		return "a value that the reference knows", "one that fits column " + other + ", and the reverse"
	case RuleTextAsNumber:
		return "type " + typ, "its text"
	case RuleBoolAsNumber:
		return "type " + typ, "true or false"
	case RuleNumberAsBool:
		return "type " + typ, "0 or 1"
	case RuleNumberAsText:
		return "type " + typ, "a number, bool or date"
	case RuleFloatAsInteger:
		return "type " + typ, "a float without a fraction"
	case RuleNaNAsNull:
		return "a value or null", "NaN"
	case RuleNumberFormChange:
		return "type " + typ, "a date or a time at midnight"
	case RuleExtraColumn:
		return "no such column", "a further column"
	case RuleReorderedColumns:
		return "the schema's order", "another order"
	default:
		return "type " + typ, "another type"
	}
}
