package validate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/tidewheel/tidewheel/dataset"
)

// layout says how batches of one schema become batches of another.
type layout struct {
	from    *dataset.Schema
	sources []int           // for each wanted column, the position it comes from, -1 when there is none
	types   []dataset.Type  // and its type there
	faults  []structFinding // what is to say about whole columns
	refused bool            // a fault refuses every row
	same    bool            // nothing is to do
}

// structFinding is a finding about a whole column.
type structFinding struct {
	rule      Rule
	severity  Severity
	column    string
	want, got string
}

func newLayout(from, want *dataset.Schema) *layout {
	l := &layout{from: from, sources: make([]int, want.Len()), types: make([]dataset.Type, want.Len()), same: true}
	var extra []string
	for _, name := range from.Names() {
		if want.Index(name) < 0 {
			extra = append(extra, name)
		}
	}
	last, ordered := -1, true
	for i := range want.Len() {
		f := want.Field(i)
		at := from.Index(f.Name)
		l.sources[i] = at
		if at < 0 {
			l.fault(RuleMissingColumn, Refused, f.Name, "a column of type "+string(f.Type), "no such column"+alike(f.Name, extra))
			continue
		}
		ordered, last = ordered && at > last, at
		got := from.Field(at)
		l.types[i] = got.Type
		l.same = l.same && at == i && passes(got.Type, f.Type)
		if !converts(got.Type, f.Type) {
			l.fault(RuleColumnType, Refused, f.Name, "type "+string(f.Type), "type "+string(got.Type))
		}
		if f.Unit != "" && got.Unit != "" && f.Unit != got.Unit {
			l.fault(RuleUnit, Flagged, f.Name, "unit "+f.Unit, "unit "+got.Unit)
		}
	}
	if !ordered {
		l.fault(RuleReorderedColumns, Counted, "", "the schema's order", "another order")
	}
	for _, name := range extra {
		l.fault(RuleExtraColumn, Counted, name, "no such column", "a column of type "+string(from.Field(from.Index(name)).Type))
	}
	l.same = l.same && !l.refused && len(extra) == 0
	return l
}

func (l *layout) fault(rule Rule, severity Severity, column, want, got string) {
	l.refused = l.refused || severity == Refused
	l.faults = append(l.faults, structFinding{rule, severity, column, want, got})
}

// alike names the extra column that a missing one may be: the only one, or one that differs in case, spaces and underscores.
func alike(name string, extra []string) string {
	plain := func(s string) string {
		return strings.Map(func(r rune) rune {
			if strings.ContainsRune(" _-.", r) {
				return -1
			}
			return r
		}, strings.ToLower(s))
	}
	for _, e := range extra {
		if len(extra) == 1 || plain(e) == plain(name) {
			return fmt.Sprintf(", but column %q", e)
		}
	}
	return ""
}

// cellNotes takes the verdict on a cell of a wanted column.
type cellNotes func(column, row int, v Verdict)

// apply returns b, of schema from, as a batch of want; cells that are refused, and NaN that became null, are null in it and listed in bad, by column, rows ascending. A column that is null
// throughout becomes one of the wanted type whatever its own. The layout must not be refused. The caller owns the result.
func (l *layout) apply(v *Validator, b dataset.Batch, note cellNotes) (out dataset.Batch, bad [][]int32, err error) {
	if l.same {
		out, err = dataset.NewBatch(v.schema, b.Record().Columns(), b.NumRows())
		return out, nil, err
	}
	columns := make([]arrow.Array, len(l.sources))
	bad = make([][]int32, len(l.sources))
	defer func() {
		for _, c := range columns {
			if c != nil {
				c.Release()
			}
		}
	}()
	for i, at := range l.sources {
		src := b.Column(at)
		if passes(l.types[i], v.columns[i].field.Type) {
			src.Retain()
			columns[i] = src
			continue
		}
		columns[i], err = convertColumn(v.mem, v.columns[i].field, l.types[i], src, func(row int, verdict Verdict) {
			if verdict.Severity == Refused || verdict.Rule == RuleNaNAsNull { // the null that stands for it is no news
				bad[i] = append(bad[i], int32(row))
			}
			note(i, row, verdict)
		})
		if err != nil {
			return dataset.Batch{}, nil, fmt.Errorf("validate: conform: column %q: %w", v.columns[i].field.Name, err)
		}
	}
	out, err = dataset.NewBatch(v.schema, columns, b.NumRows())
	return out, bad, err
}

// isBad reports whether a row is in an ascending list.
func isBad(bad [][]int32, column, row int) bool {
	if bad == nil || len(bad[column]) == 0 {
		return false
	}
	_, ok := slices.BinarySearch(bad[column], int32(row))
	return ok
}
