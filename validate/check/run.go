package check

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"sync"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/validate"
)

// Result is the outcome of checking a source.
type Result struct {
	Report *validate.Report // findings in order of severity, the gravest first, then of the source's columns, then of the rule's name, then of the list of checks
	found  []found          // of each finding
}

// found is which rows a finding is about and which check made it.
type found struct {
	check  int
	column int
	rows   *rowset // nil for all
}

// Rows returns the address of every row that finding i of the report is about, ascending.
func (r *Result) Rows(i int) iter.Seq[int64] {
	if set := r.found[i].rows; set != nil {
		return set.all()
	}
	return func(yield func(int64) bool) {
		for row := range r.Report.Rows {
			if !yield(row) {
				return
			}
		}
	}
}

// Check returns the position in New's list of the check that made finding i of the report.
func (r *Result) Check(i int) int { return r.found[i].check }

// Run checks every row of src. Row addresses count from 0 over the whole source. The result does not depend on workers or on the reader's batches. Errors are those
// of src, of the source of a References and of a Judge; rows that break a check, missing and unfit columns are no errors but findings.
func (c *Checker) Run(ctx context.Context, src dataset.Source) (*Result, error) {
	s := src.Schema()
	starts := make([]func() part, len(c.plans)) // nil for a check that cannot run, or need not
	for i := range c.plans {
		p := &c.plans[i]
		if _, rule, _ := p.unfit(s); rule != "" {
			continue
		}
		starts[i] = p.start
		if p.prepare != nil {
			start, err := p.prepare(ctx, c.run)
			if err != nil {
				return nil, fmt.Errorf("check: run: check %d: %w", i, err)
			}
			starts[i] = start
		}
	}
	spare := new(sync.Pool)
	f, err := dataset.Run(ctx, src, func() *fold { return newFold(c, s, starts, spare) }, c.run)
	if err != nil {
		return nil, fmt.Errorf("check: run: %w", err)
	}
	return c.result(s, f), nil
}

// fold is all checks over some rows: a dataset.Folder.
type fold struct {
	checker *Checker
	columns [][]int // of each check in the source's schema
	rows    int64
	parts   []part // nil for a check that does not run
	bad     []rowset
	spare   *sync.Pool // of the memory of numbers
}

func newFold(c *Checker, s *dataset.Schema, starts []func() part, spare *sync.Pool) *fold {
	f := &fold{checker: c, spare: spare, columns: make([][]int, len(starts)), parts: make([]part, len(starts)), bad: make([]rowset, len(starts))}
	for i, start := range starts {
		if start == nil {
			continue
		}
		f.parts[i] = start()
		for _, n := range c.plans[i].needs {
			f.columns[i] = append(f.columns[i], s.Index(n.column))
		}
	}
	return f
}

// Observe implements dataset.Folder.
func (f *fold) Observe(b dataset.Batch) error {
	v := newView(b, f.rows, f.spare)
	defer v.done()
	for i, p := range f.parts {
		if p == nil {
			continue
		}
		v.columns, v.hits = f.columns[i], &f.bad[i]
		if err := p.observe(v); err != nil {
			return fmt.Errorf("check %d: %s: %w", i, f.checker.plans[i].rule, err)
		}
	}
	f.rows += int64(b.NumRows())
	return nil
}

func newView(b dataset.Batch, base int64, spare *sync.Pool) *view {
	return &view{batch: b, base: base, seen: make([]seen, b.Schema().Len()), spare: spare}
}

// Merge implements dataset.Folder.
func (f *fold) Merge(next *fold) error {
	for i, p := range f.parts {
		if p == nil {
			continue
		}
		f.bad[i].join(&next.bad[i], f.rows)
		p.merge(next.parts[i], f.rows, &f.bad[i])
	}
	f.rows += next.rows
	return nil
}

// finding returns what check i found, false for nothing.
func (c *Checker) finding(i int, s *dataset.Schema, f *fold) (validate.Finding, found, bool) {
	p := &c.plans[i]
	out := validate.Finding{Rule: p.rule, Severity: p.terms.Severity, Count: f.rows, FirstRows: []int64{}, Want: p.want, Got: p.got}
	at := found{check: i, column: s.Len()}
	if len(p.needs) > 0 {
		out.Column = p.needs[0].column
	}
	if len(p.needs) > 1 {
		out.Other = p.needs[1].column
	}
	n, unfit, typ := p.unfit(s)
	failed := true
	switch {
	case unfit != "":
		out.Rule, out.Column, out.Other, out.Want, out.Got = unfit, n.column, "", "a column of "+n.kind.String(), "no such column"
		if unfit == validate.RuleColumnType {
			out.Got = "type " + string(typ)
		}
	case p.shape != nil:
		failed = !p.shape(s)
	default:
		if failed = f.parts[i].finish(&f.bad[i]); !p.whole {
			at.rows = &f.bad[i]
			out.Count, failed = at.rows.n, at.rows.n > 0
		}
	}
	if !failed {
		return out, at, false
	}
	if j := s.Index(out.Column); j >= 0 {
		at.column = j
	}
	if f.rows > 0 {
		out.Share = float64(out.Count) / float64(f.rows)
	}
	if at.rows != nil && out.Share <= p.terms.AtMost {
		out.Severity = validate.Counted
	}
	return out, at, true
}

// result writes the findings out.
func (c *Checker) result(s *dataset.Schema, f *fold) *Result {
	type pair struct {
		finding validate.Finding
		found   found
	}
	var pairs []pair
	for i := range c.plans {
		if finding, at, ok := c.finding(i, s, f); ok {
			pairs = append(pairs, pair{finding, at})
		}
	}
	slices.SortStableFunc(pairs, func(a, b pair) int {
		return cmp.Or(cmp.Compare(b.finding.Severity, a.finding.Severity), cmp.Compare(a.found.column, b.found.column),
			cmp.Compare(a.finding.Rule, b.finding.Rule))
	})
	r := &Result{Report: &validate.Report{Rows: f.rows, Findings: []validate.Finding{}}}
	var refused, flagged marked
	for i, p := range pairs {
		r.found = append(r.found, p.found)
		for row := range r.Rows(i) {
			if len(p.finding.FirstRows) == validate.MaxFirstRows {
				break
			}
			p.finding.FirstRows = append(p.finding.FirstRows, row)
		}
		switch p.finding.Severity {
		case validate.Refused:
			refused.add(p.found.rows)
		case validate.Flagged:
			flagged.add(p.found.rows)
		case validate.Clean, validate.Counted:
		}
		r.Report.Findings = append(r.Report.Findings, p.finding)
	}
	r.Report.OK = !refused.any
	r.Report.RowsBad = refused.count(f.rows)
	flagged.add(&refused.rows)
	r.Report.RowsFlagged = max(flagged.count(f.rows)-r.Report.RowsBad, 0)
	return r
}

// marked is the rows that some findings are about.
type marked struct {
	any, all bool
	rows     rowset
}

// add adds the rows of a finding, nil for all.
func (m *marked) add(rows *rowset) {
	m.any = true
	if rows == nil {
		m.all = true
		return
	}
	m.rows.join(rows, 0)
}

func (m *marked) count(rows int64) int64 {
	if m.all {
		return rows
	}
	return m.rows.n
}
