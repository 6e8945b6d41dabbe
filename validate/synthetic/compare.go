package synthetic

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/tidewheel/tidewheel/validate"
)

// Findings returns what a Validator of the rows' schema has to find in b, and of their profile if they have one: every finding of its report, without the words of Want and Got. The counted ones are there
// too: nulls where they are allowed, and the cells that a column's type makes a number as text and the like. It takes a look at every cell, without making it.
func (b *Broken) Findings() []validate.Finding {
	t := b.tally()
	return t.findings(b)
}

// told is what is to be told of one rule in one column.
type told struct {
	rule          validate.Rule
	severity      validate.Severity
	column, other int
	name          string // of what is no column of the schema
}

type expected struct {
	found                  map[told]*validate.Finding
	rows, refused, flagged int64
	guessed                map[string]int64 // by column, the rows whose refused number the guard may flag besides
}

func (e *expected) add(k told, row int64) {
	f := e.found[k]
	if f == nil {
		f = &validate.Finding{FirstRows: []int64{}}
		e.found[k] = f
	}
	if f.Count++; len(f.FirstRows) < validate.MaxFirstRows {
		f.FirstRows = append(f.FirstRows, row)
	}
}

func (b *Broken) tally() *expected {
	e := &expected{found: make(map[told]*validate.Finding), rows: b.rows.n, guessed: make(map[string]int64)}
	gravest := validate.Clean
	for _, p := range b.about {
		gravest = max(gravest, p.Severity)
		if at := b.rows.schema.Index(p.Column); p.Severity != validate.Counted || at < 0 {
			e.all(told{p.Rule, p.Severity, at, -1, p.Column})
		}
	}
	if b.hides() {
		e.refused = e.rows
		return e
	}
	d := newDraw()
	for row := range b.rows.n {
		r := b.at(row)
		worst := gravest
		if r != nil {
			worst = max(worst, r.severity)
			e.add(told{r.rule, r.severity, r.column, r.other, ""}, row)
			if b.rows.options.Profile != nil && r.severity == validate.Refused {
				e.guessed[b.rows.columns[r.column].field.Name]++
			}
		}
		switch worst {
		case validate.Refused:
			e.refused++
		case validate.Flagged:
			e.flagged++
		case validate.Clean, validate.Counted:
		}
		for i := range b.rows.columns {
			b.cellTold(e, d, i, row, r)
		}
	}
	return e
}

// cellTold adds what is counted of a cell whatever is planted there.
func (b *Broken) cellTold(e *expected, d *draw, i int, row int64, r *recipe) {
	c := b.rows.columns[i]
	switch planted := r != nil && (r.column == i || r.other == i); {
	case planted && (r.unread || r.fault == Null):
	case !planted && c.isNull(d, row):
		e.add(told{validate.RuleNull, validate.Counted, i, -1, ""}, row)
	case b.rules[i] != "":
		e.add(told{b.rules[i], validate.Counted, i, -1, ""}, row)
	}
}

// all adds a finding about every row.
func (e *expected) all(k told) {
	f := &validate.Finding{Count: e.rows, FirstRows: []int64{}}
	for row := range min(e.rows, validate.MaxFirstRows) {
		f.FirstRows = append(f.FirstRows, row)
	}
	e.found[k] = f
}

// findings puts what is expected in the order of a report.
func (e *expected) findings(b *Broken) []validate.Finding {
	s := b.rows.schema
	type placed struct {
		validate.Finding
		at int
	}
	var list []placed
	for k, f := range e.found {
		f.Rule, f.Severity, f.Column = k.rule, k.severity, k.name
		if k.column >= 0 {
			f.Column = s.Field(k.column).Name
		}
		if k.other >= 0 {
			f.Other = s.Field(k.other).Name
		}
		if e.rows > 0 {
			f.Share = float64(f.Count) / float64(e.rows)
		}
		at := k.column
		if at < 0 {
			at = s.Len()
		}
		list = append(list, placed{*f, at})
	}
	slices.SortFunc(list, func(x, y placed) int {
		return cmp.Or(cmp.Compare(y.Severity, x.Severity), cmp.Compare(x.at, y.at), cmp.Compare(x.Rule, y.Rule), cmp.Compare(x.Column, y.Column), cmp.Compare(x.Other, y.Other))
	})
	out := make([]validate.Finding, len(list))
	for i, p := range list {
		out[i] = p.Finding
	}
	return out
}

// Compare returns nil when a report on b, read under its own types, says what Findings says and nothing else, and an error with all differences otherwise. The rows must have been checked against
// their own schema, and with their own profile or none. Where they have one, its guard may flag a number that is refused besides.
func (b *Broken) Compare(r *validate.Report) error {
	e := b.tally()
	want := e.findings(b)
	var errs []error
	if r.Rows != e.rows || r.RowsBad != e.refused || r.RowsFlagged != e.flagged || r.OK != (e.refused == 0) {
		errs = append(errs, fmt.Errorf("%d of %d rows refused and %d flagged, want %d of %d and %d", r.RowsBad, r.Rows, r.RowsFlagged, e.refused, e.rows, e.flagged))
	}
	for _, f := range r.Findings {
		at := slices.IndexFunc(want, func(w validate.Finding) bool {
			return w.Rule == f.Rule && w.Column == f.Column && w.Other == f.Other && w.Severity == f.Severity
		})
		switch {
		case at < 0 && e.guesses(f):
		case at < 0:
			errs = append(errs, fmt.Errorf("%s %s of %q in %d rows: nothing was planted", f.Severity, f.Rule, f.Column, f.Count))
		default:
			if w := want[at]; (w.Count != f.Count || !slices.Equal(w.FirstRows, f.FirstRows) || w.Share != f.Share) && !e.guesses(f) {
				errs = append(errs, fmt.Errorf("%s of %q: %d rows, the first %v, want %d, the first %v", f.Rule, f.Column, f.Count, f.FirstRows, w.Count, w.FirstRows))
			}
			want = slices.Delete(want, at, at+1)
		}
	}
	for _, w := range want {
		errs = append(errs, fmt.Errorf("%s %s of %q in %d rows, the first %v: not found", w.Severity, w.Rule, w.Column, w.Count, w.FirstRows))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("synthetic: compare: %w", err)
	}
	return nil
}

// guesses reports whether a flag may be the guard's word on numbers that are refused.
func (e *expected) guesses(f validate.Finding) bool {
	guard := f.Severity == validate.Flagged && (f.Rule == validate.RuleUnitScale || f.Rule == validate.RuleSwappedColumns)
	if !guard {
		return false
	}
	planted := int64(0)
	for k, w := range e.found {
		if k.severity == validate.Flagged && k.rule == f.Rule {
			planted += w.Count
		}
	}
	return f.Count <= e.guessed[f.Column]+e.guessed[f.Other]+planted && e.guessed[f.Column]+e.guessed[f.Other] > 0
}
