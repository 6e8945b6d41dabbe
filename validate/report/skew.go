package report

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"time"

	"github.com/tidewheel/tidewheel/internal/page"
	"github.com/tidewheel/tidewheel/validate"
	"github.com/tidewheel/tidewheel/validate/skew"
)

const (
	skewFindingBytes = 40_000 // of the table of findings
	skewColumnBytes  = 60_000 // of the table of columns
)

// SkewOptions says what stands beside a comparison on its page. The zero value is ready to use.
type SkewOptions struct {
	Title string    // what was compared; empty is none
	Made  time.Time // when, shown in UTC; the zero time is not shown
}

// WriteSkew writes the page of a comparison of two profiles: the verdict, the findings, and the distances of each column, those that changed first. There is room for about 150
// columns; what is left out is counted on the page. It holds the page in memory. Errors are those of w.
func WriteSkew(w io.Writer, r *skew.Report, o SkewOptions) error {
	d := &page.Document{Kind: "Data drift", Title: o.Title, Made: o.Made, Verdict: skewVerdict(r)}
	if r.Kind == skew.Skew {
		d.Kind = "Data skew"
	}
	judged := 0
	for _, c := range r.Columns {
		if c.Judged {
			judged++
		}
	}
	d.Facts = []page.Fact{
		{Name: "Reference rows", Value: page.Count(r.RowsReference)},
		{Name: "Current rows", Value: page.Count(r.RowsCurrent), Note: ratio(r)},
		{Name: "Columns compared", Value: page.Count(int64(len(r.Columns))), Note: fmt.Sprintf("%d judged", judged)},
		changedFact(r),
	}
	d.Sections = []page.Section{skewFindings(r, "findings", "Findings"), skewColumns(r, "columns", "Columns")}
	return page.Write(w, d)
}

// ratio writes how many rows there are for each of the reference.
func ratio(r *skew.Report) string {
	if r.RowRatio == nil {
		return ""
	}
	return page.Percent(*r.RowRatio) + " of the reference"
}

// changed counts the columns that have a finding worse than counted.
func changed(r *skew.Report) int64 {
	columns := map[string]bool{}
	for _, f := range r.Findings {
		if f.Column != "" && f.Severity > validate.Counted {
			columns[f.Column] = true
		}
	}
	return int64(len(columns))
}

func changedFact(r *skew.Report) page.Fact {
	n := changed(r)
	return page.Fact{Name: "Columns that changed", Value: page.Count(n), Note: "against the reference", Tone: toneOf(n, page.Warn)}
}

func skewVerdict(r *skew.Report) *page.Verdict {
	n := changed(r)
	switch {
	case r.OK && len(r.Columns) == 0:
		return &page.Verdict{Tone: page.Warn, Text: "No column could be compared"}
	case r.OK:
		return &page.Verdict{Tone: page.Good, Text: "No column changed"}
	case n == 0:
		return &page.Verdict{Tone: page.Warn, Text: "The number of rows changed"}
	default:
		return &page.Verdict{Tone: page.Warn, Text: fmt.Sprintf("%s of %s changed", page.Count(n), page.Plural(int64(len(r.Columns)), "column")), Detail: "A column changed when a distance is above its threshold and chance does not explain it, or when it is not there."}
	}
}

// skewFindings lists what is beyond a threshold.
func skewFindings(r *skew.Report, id, heading string) page.Section {
	s := page.Section{ID: id, Heading: heading}
	if len(r.Findings) == 0 {
		s.Blocks = append(s.Blocks, page.Block{Text: "No distance is beyond its threshold."})
		return s
	}
	s.Intro = "Each is about the distribution of a column over all rows, and changes no verdict on a row."
	t := &page.Table{
		Caption: "What is beyond a threshold, the gravest first", MaxBytes: skewFindingBytes, Noun: "finding",
		Head: []page.Head{{Text: "Rule"}, {Text: "Column"}, {Text: "Severity"}, {Text: "Want"}, {Text: "Got"}},
	}
	for _, f := range r.Findings {
		t.Rows = append(t.Rows, []page.Cell{page.D(string(f.Rule)), page.D(f.Column), severity(f.Severity), {Text: page.Short(f.Want, 120), Wrap: true}, page.D(f.Got)})
	}
	s.Blocks = append(s.Blocks, page.Block{Table: t})
	return s
}

// divergence is the Jensen–Shannon divergence of a column, -1 for none.
func divergence(c skew.Column) float64 {
	if c.JensenShannon == nil {
		return -1
	}
	return *c.JensenShannon
}

// skewColumns lists all columns, those that changed first, then by how far they are from the reference.
func skewColumns(r *skew.Report, id, heading string) page.Section {
	order := slices.Clone(r.Columns)
	slices.SortStableFunc(order, func(a, b skew.Column) int {
		return cmp.Or(cmp.Compare(min(1, len(b.Anomalies)), min(1, len(a.Anomalies))), cmp.Compare(divergence(b), divergence(a)))
	})
	t := &page.Table{
		Caption: "Distance from the reference, columns that changed first", RowHead: true, MaxBytes: skewColumnBytes, Noun: "column",
		Head: []page.Head{
			{Text: "Column"},
			{Text: "State"},
			{Text: "Jensen–Shannon"},
			{Text: "L∞", Number: true},
			{Text: "Value that changed most"},
			{Text: "PSI", Number: true},
			{Text: "KS", Number: true},
			{Text: "p, adjusted", Number: true},
			{Text: "Missing before", Number: true},
			{Text: "now", Number: true},
		},
	}
	furthest := 0.1 // a full bar, at least
	for _, c := range order {
		furthest = max(furthest, divergence(c))
	}
	for _, c := range order {
		distance := page.T(page.Maybe(c.JensenShannon))
		distance.Bar = max(0, divergence(c)) / furthest
		most := page.T(page.None)
		if c.LInfinityValue != nil {
			most = page.D(*c.LInfinityValue)
		}
		t.Rows = append(t.Rows, []page.Cell{
			page.D(c.Name), skewState(c), distance, page.N(page.Maybe(c.LInfinity)), most, page.N(page.Maybe(c.PSI)), page.N(page.Maybe(c.KS)), page.N(probability(c.AdjustedP)),
			page.N(page.Percent(c.MissingReference)), page.N(page.Percent(c.MissingCurrent)),
		})
	}
	return page.Section{
		ID: id, Heading: heading, Intro: "The Jensen–Shannon divergence is to base 2, from 0 for equal to 1 for nothing in common; L∞ is the largest change of the share of one value.",
		Blocks: []page.Block{{Table: t}},
	}
}

func skewState(c skew.Column) page.Cell {
	switch {
	case len(c.Anomalies) > 0:
		return page.Cell{Text: "changed", Tone: page.Warn}
	case c.Judged:
		return page.Cell{Text: "unchanged", Tone: page.Good}
	default:
		return page.T("not judged")
	}
}

// probability writes a p-value: very small ones have no digits worth reading.
func probability(p *float64) string {
	if p != nil && *p < 1e-4 && !math.IsNaN(*p) {
		return "< 0.0001"
	}
	return page.Maybe(p)
}
