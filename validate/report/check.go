package report

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/page"
	"github.com/tidewheel/tidewheel/validate"
	"github.com/tidewheel/tidewheel/validate/repair"
	"github.com/tidewheel/tidewheel/validate/skew"
)

const (
	findingBytes = 90_000 // of the table of findings
	statusBytes  = 60_000 // of the table of columns
	firstRows    = 5      // addresses of a finding
)

// ReportOptions says what stands beside a report on its page. The zero value is ready to use.
type ReportOptions struct {
	Title  string          // what was checked, as a file name; empty is none
	Made   time.Time       // when, shown in UTC; the zero time is not shown
	Schema *dataset.Schema // what it was checked against: the page then has the state of each column; nil is none

	Quality  *repair.Quality // of the rows; nil is none
	Repaired *repair.Quality // of the same rows after a repair, beside Quality; nil is none
	Skew     *skew.Report    // how the rows differ from those of the reference; nil is none
}

// WriteReport writes the page of a report: of a validate.Validator, of a check.Checker, or of both by its RunWith. There is room for about 200 findings and 200 columns; what is left out is counted on the page. It holds the page in memory.
// Errors are those of w.
func WriteReport(w io.Writer, r *validate.Report, o ReportOptions) error {
	d := &page.Document{Kind: "Data check", Title: o.Title, Made: o.Made, Verdict: verdict(r), Facts: checked(r)}
	if o.Quality != nil {
		d.Facts = append(d.Facts, qualityFact(o.Quality, o.Repaired))
	}
	if o.Skew != nil {
		d.Facts = append(d.Facts, changedFact(o.Skew))
	}
	d.Sections = append(d.Sections, findings(r))
	if o.Schema != nil {
		d.Sections = append(d.Sections, states(r, o.Schema))
	}
	if o.Quality != nil {
		d.Sections = append(d.Sections, quality(o.Quality, o.Repaired))
	}
	if o.Skew != nil {
		d.Sections = append(d.Sections, skewFindings(o.Skew, "drift", "Against the reference"), skewColumns(o.Skew, "distances", "Distances from the reference"))
	}
	return page.Write(w, d)
}

func verdict(r *validate.Report) *page.Verdict {
	switch {
	case r.Rows == 0 && r.OK:
		return &page.Verdict{Tone: page.Warn, Text: "There were no rows to check"}
	case !r.OK && r.RowsBad == 0:
		return &page.Verdict{Tone: page.Bad, Text: "The data do not fit the schema", Detail: "See the findings about whole columns."}
	case !r.OK:
		return &page.Verdict{Tone: page.Bad, Text: fmt.Sprintf("%s of %s refused", page.Count(r.RowsBad), page.Plural(r.Rows, "row")), Detail: page.Percent(page.Share(r.RowsBad, r.Rows)) + " of the rows break a rule."}
	case r.RowsFlagged > 0:
		return &page.Verdict{Tone: page.Warn, Text: fmt.Sprintf("All rows accepted, %s flagged", page.Count(r.RowsFlagged)), Detail: "Flagged rows keep every rule and are still probably wrong."}
	default:
		return &page.Verdict{Tone: page.Good, Text: "All rows accepted"}
	}
}

func checked(r *validate.Report) []page.Fact {
	columns := map[string]bool{}
	for _, f := range r.Findings {
		if f.Column != "" && f.Severity == validate.Refused {
			columns[f.Column] = true
		}
	}
	return []page.Fact{
		{Name: "Rows", Value: page.Count(r.Rows)},
		{Name: "Refused", Value: page.Count(r.RowsBad), Note: page.Percent(page.Share(r.RowsBad, r.Rows)), Tone: toneOf(r.RowsBad, page.Bad)},
		{Name: "Flagged", Value: page.Count(r.RowsFlagged), Note: page.Percent(page.Share(r.RowsFlagged, r.Rows)), Tone: toneOf(r.RowsFlagged, page.Warn)},
		{Name: "Findings", Value: page.Count(int64(len(r.Findings))), Note: refusals(len(columns))},
	}
}

// refusals says in how many columns rows are refused.
func refusals(columns int) string {
	if columns == 0 {
		return ""
	}
	return "refusals in " + page.Plural(int64(columns), "column")
}

func toneOf(n int64, t page.Tone) page.Tone {
	if n == 0 {
		return page.Plain
	}
	return t
}

// severity writes what a finding does to its rows.
func severity(s validate.Severity) page.Cell {
	c := page.T(s.String())
	switch s {
	case validate.Refused:
		c.Tone = page.Bad
	case validate.Flagged:
		c.Tone = page.Warn
	case validate.Clean:
		c.Tone = page.Good
	case validate.Counted:
	}
	return c
}

func findings(r *validate.Report) page.Section {
	s := page.Section{ID: "findings", Heading: "Findings"}
	if len(r.Findings) == 0 {
		s.Blocks = append(s.Blocks, page.Block{Text: "Nothing was found."})
		return s
	}
	s.Intro = "Refused rows break a rule; flagged ones keep all rules and are probably wrong; counted ones are accepted though they came in another form. Row addresses count from 0."
	t := &page.Table{
		Caption: "Findings, the gravest first", MaxBytes: findingBytes, Noun: "finding",
		Head: []page.Head{{Text: "Rule"}, {Text: "Column"}, {Text: "Severity"}, {Text: "Rows", Number: true}, {Text: "Share", Number: true}, {Text: "First rows"}, {Text: "Want"}, {Text: "Got"}},
	}
	for _, f := range r.Findings {
		name := f.Column
		if f.Other != "" {
			name += " and " + f.Other
		}
		t.Rows = append(t.Rows, []page.Cell{
			page.D(string(f.Rule)), page.D(name), severity(f.Severity), page.N(page.Count(f.Count)), page.N(page.Percent(f.Share)), {Text: addresses(f.FirstRows, f.Count), Wrap: true}, page.D(f.Want), page.D(f.Got),
		})
	}
	s.Blocks = append(s.Blocks, page.Block{Table: t})
	return s
}

// addresses writes the first rows of a finding.
func addresses(rows []int64, n int64) string {
	var b strings.Builder
	shown := rows[:min(len(rows), firstRows)]
	for i, row := range shown {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(strconv.FormatInt(row, 10))
	}
	if len(shown) > 0 && n > int64(len(shown)) {
		b.WriteString(" …")
	}
	return b.String()
}

// state is what was found in one column.
type state struct {
	worst validate.Severity
	rows  [validate.Refused + 1]int64 // of each severity; a row may be counted under several rules
	rules []string
}

func states(r *validate.Report, schema *dataset.Schema) page.Section {
	found := map[string]*state{}
	note := func(column string, f validate.Finding) {
		if column == "" || f.Severity > validate.Refused {
			return
		}
		s := found[column]
		if s == nil {
			s = &state{}
			found[column] = s
		}
		s.worst = max(s.worst, f.Severity)
		s.rows[f.Severity] = max(s.rows[f.Severity], f.Count)
		s.rules = append(s.rules, string(f.Rule))
	}
	for _, f := range r.Findings {
		note(f.Column, f)
		note(f.Other, f)
	}
	t := &page.Table{
		Caption: "The columns of the schema", RowHead: true, MaxBytes: statusBytes, Noun: "column",
		Head: []page.Head{{Text: "Column"}, {Text: "Type"}, {Text: "State"}, {Text: "Refused", Number: true}, {Text: "Flagged", Number: true}, {Text: "Counted", Number: true}, {Text: "Rules met"}},
	}
	clean := int64(0)
	for i := range schema.Len() {
		f := schema.Field(i)
		s := found[f.Name]
		if s == nil {
			s = &state{}
			clean++
		}
		rules := page.None
		if len(s.rules) > 0 {
			rules = strings.Join(s.rules, ", ")
		}
		kind := string(f.Type)
		if f.Personal {
			kind += ", personal"
		}
		t.Rows = append(t.Rows, []page.Cell{
			page.D(f.Name), page.T(kind), severity(s.worst), page.N(blank(s.rows[validate.Refused])), page.N(blank(s.rows[validate.Flagged])), page.N(blank(s.rows[validate.Counted])), {Text: rules, Wrap: true},
		})
	}
	return page.Section{
		ID: "columns", Heading: "Columns", Intro: fmt.Sprintf("%s of %s clean. The figures are the rows of the rule that was met most.", page.Count(clean), page.Plural(int64(schema.Len()), "column")),
		Blocks: []page.Block{{Table: t}},
	}
}

// blank writes a count that is better not seen when it is 0.
func blank(n int64) string {
	if n == 0 {
		return page.None
	}
	return page.Count(n)
}
