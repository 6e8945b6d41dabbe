package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/tidewheel/tidewheel/internal/page"
	"github.com/tidewheel/tidewheel/validate"
	"github.com/tidewheel/tidewheel/validate/survey"
)

// shapesIntro explains the shapes of texts.
const shapesIntro = "In shapes A and a stand for letters, 9 for a digit, h and H for hexadecimal ones, L, N and X for what is beyond ASCII."

const (
	patternColumns  = 24     // columns in the drawing of what misses together
	patternNames    = 6      // columns that a pattern names
	informed        = 20     // columns in the chart of what tells the target
	shownShapes     = 8      // shapes of a column
	suggestionBytes = 16_000 // of the table of suggestions
)

// surveyed finds the columns of a survey by name.
func surveyed(s *survey.Survey) map[string]*survey.Column {
	out := map[string]*survey.Column{}
	if s != nil {
		for i := range s.Columns {
			out[s.Columns[i].Name] = &s.Columns[i]
		}
	}
	return out
}

func duplicates(s *survey.Survey) page.Fact {
	f := page.Fact{Name: "Duplicate rows", Value: page.Count(s.Duplicates.Rows), Note: page.Percent(page.Share(s.Duplicates.Rows, s.Rows)) + " equal an earlier row"}
	if !s.Duplicates.Exact {
		f.Value = "≈ " + f.Value
		f.Note = fmt.Sprintf("standard error %s", page.Number(float64(int64(s.Duplicates.StdErr+0.5))))
	}
	return f
}

// patterns draws and lists which columns miss together. It returns nil where nothing is missing.
func patterns(s *survey.Survey) []page.Block {
	var with []survey.MissingPattern
	seen := map[string]int64{} // rows in which a column misses, in the listed patterns
	var names []string
	for _, m := range s.Missing {
		if len(m.Columns) == 0 {
			continue
		}
		with = append(with, m)
		for _, name := range m.Columns {
			if seen[name] == 0 {
				names = append(names, name)
			}
			seen[name] += m.Rows
		}
	}
	if len(with) == 0 {
		return nil
	}
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(seen[b], seen[a]) })
	left := max(0, len(names)-patternColumns)
	names = names[:len(names)-left]
	o := page.HeatOptions{Title: "Cells that miss together", Columns: names, Label: fmt.Sprintf("%s of %s.", page.Plural(int64(len(with)), "pattern"), page.Plural(int64(len(names)), "column"))}
	t := &page.Table{Caption: "Columns that miss together, and no others there", Noun: "pattern", MaxBytes: 12_000, Head: []page.Head{{Text: "Columns"}, {Text: "Rows", Number: true}, {Text: "Share"}}}
	for _, m := range with {
		row := make([]float64, len(names))
		for i, name := range names {
			if slices.Contains(m.Columns, name) {
				row[i] = 1
			}
		}
		o.Rows, o.Values = append(o.Rows, page.Count(m.Rows)), append(o.Values, row)
		share := page.T(page.Percent(page.Share(m.Rows, s.Rows)))
		share.Bar = page.Share(m.Rows, with[0].Rows)
		t.Rows = append(t.Rows, []page.Cell{page.D(listed(m.Columns, patternNames)), page.N(page.Count(m.Rows)), share})
	}
	if s.MissingOther > 0 {
		t.Rows = append(t.Rows, []page.Cell{page.T("all other patterns"), page.N(page.Count(s.MissingOther)), page.T(page.Percent(page.Share(s.MissingOther, s.Rows)))})
	}
	if s.MissingError > 0 {
		t.Caption += fmt.Sprintf("; a count may be up to %s too small", page.Count(s.MissingError))
	}
	f := &page.Figure{Caption: o.Title, Chart: page.Heat(o), Note: "A line is a pattern, with its rows on the left; filled cells miss."}
	if left > 0 {
		f.Note += fmt.Sprintf(" %s not drawn.", page.Plural(int64(left), "more column"))
	}
	return []page.Block{{Figure: f}, {Table: t}}
}

// listed writes the first n names, and how many others there are.
func listed(names []string, n int) string {
	shown := make([]string, 0, n)
	for _, name := range names[:min(n, len(names))] {
		shown = append(shown, page.Short(name, 40))
	}
	text := strings.Join(shown, ", ")
	if more := len(names) - len(shown); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// dependencies are the sections of what was found in the drawn rows.
func dependencies(s *survey.Survey) []page.Section {
	var out []page.Section
	drawn := fmt.Sprintf("over %s that were drawn.", page.Plural(int64(s.SampleRows), "row"))
	if len(s.Spearman.Columns) > 1 {
		out = append(out, coefficients(coefficient{
			id: "ranks", heading: "Correlations of ranks", caption: "Spearman's coefficients", symbol: "ρ", note: "Orange is positive, blue negative; more colour is a stronger one.",
			intro: "Spearman's coefficients see any rise or fall, not only that of a line, " + drawn,
		}, s.Spearman.Columns, s.Spearman.Values))
	}
	if len(s.CramersV.Columns) > 1 {
		out = append(out, coefficients(coefficient{
			id: "associations", heading: "Associations of categories", caption: "Cramér's V of columns", symbol: "V", note: "0 is independent; at 1 one column decides the other.",
			intro: "Cramér's V of columns of texts and bools, corrected for small samples, " + drawn,
		}, s.CramersV.Columns, s.CramersV.Values))
	}
	if s.Target != "" && len(s.Information) > 0 {
		out = append(out, information(s))
	}
	return out
}

// information draws what each column says about the target.
func information(s *survey.Survey) page.Section {
	order := slices.Clone(s.Information)
	slices.SortStableFunc(order, func(a, b survey.Information) int { return cmp.Compare(b.Share, a.Share) })
	o := page.BarsOptions{Title: "Share of the target's entropy that a column explains", Series: []page.Series{{Name: "explained"}}}
	for _, i := range order[:min(len(order), informed)] {
		if i.Share > 0 {
			o.Names = append(o.Names, i.Column)
			o.Series[0].Values = append(o.Series[0].Values, i.Share)
		}
	}
	out := page.Section{ID: "target", Heading: "What tells the target", Intro: fmt.Sprintf("Mutual information with %s, over %s that were drawn.", page.Short(s.Target, 60), page.Plural(int64(s.SampleRows), "row"))}
	if len(o.Names) == 0 {
		out.Blocks = []page.Block{{Text: "No column by itself says anything of it."}}
		return out
	}
	f := &page.Figure{Caption: o.Title, Chart: page.Bars(o), Note: "Each column by itself; what two say together may be more."}
	if more := len(order) - len(o.Names); more > 0 {
		f.Note += fmt.Sprintf(" %s not drawn: less, or nothing.", page.Plural(int64(more), "column"))
	}
	out.Blocks = []page.Block{{Figure: f}}
	return out
}

func suggestions(all []survey.Suggestion, columns []validate.ColumnProfile) page.Section {
	place := map[string]int{}
	for i, c := range columns {
		place[c.Name] = i
	}
	t := &page.Table{Caption: "For a person to review", RowHead: true, MaxBytes: suggestionBytes, Noun: "suggestion", Head: []page.Head{{Text: "Column"}, {Text: "Suggested as"}, {Text: "Why"}}}
	for _, s := range all {
		name := page.D(s.Column)
		if i, ok := place[s.Column]; ok {
			name.Link = id(i)
		}
		t.Rows = append(t.Rows, []page.Cell{name, page.T(string(s.Kind)), {Text: s.Reason, Wrap: true}})
	}
	return page.Section{ID: "suggestions", Heading: "Suggestions", Intro: "What a schema of these rows should say beyond types, bounds and categories.", Blocks: []page.Block{{Table: t}}}
}

// closer adds what a survey found in a column. Shapes of a few values, which are all listed, say nothing more.
func closer(item *page.Section, p validate.ColumnProfile, c *survey.Column) {
	if c.Unique && c.Values > 1 {
		item.Badges = append(item.Badges, page.Badge{Text: "no value twice", Tone: page.Good})
	}
	if c.Order != nil {
		if m := c.Order.Monotonic(); m != "" && m != "constant" {
			item.Badges = append(item.Badges, page.Badge{Text: m})
		}
	}
	if len(item.Blocks) > 0 && c.Values > 0 {
		item.Blocks[0].Facts = append(item.Blocks[0].Facts, votes(c)...)
	}
	if few := p.DistinctExact && p.Distinct <= topValues && len(p.Top) > 0; len(c.Shapes) > 0 && !few {
		item.Blocks = append(item.Blocks, page.Block{Table: shapes(c)})
	}
}

// votes are the types that texts read as, and the personal data that values look like.
func votes(c *survey.Column) []page.Fact {
	var out []page.Fact
	add := func(name string, n int64, t page.Tone) {
		if n > 0 {
			out = append(out, page.Fact{Name: name, Value: page.Count(n), Note: page.Percent(page.Share(n, c.Values)), Tone: t})
		}
	}
	if v := c.Votes; v != nil {
		add("Reads as integer", v.Integer, page.Plain)
		add("Reads as number", v.Number-v.Integer, page.Plain)
		add("Reads as bool", v.Bool, page.Plain)
		add("Reads as date", v.Date, page.Plain)
		add("Reads as time", v.Timestamp, page.Plain)
		add("Zeros in front", v.Padded, page.Plain)
		add("Only spaces", v.Blank, page.Warn)
	}
	if l := c.Looks; l != nil {
		add("Like an e-mail", l.Email, page.Warn)
		add("Like a telephone", l.Phone, page.Warn)
		add("Like an IBAN", l.IBAN, page.Warn)
		add("Like an IP address", l.IP, page.Warn)
		add("Like a card", l.Card, page.Warn)
		add("Like a person's no.", l.National, page.Warn)
	}
	return out
}

func shapes(c *survey.Column) *page.Table {
	t := &page.Table{Caption: "Shapes", Head: []page.Head{{Text: "Shape"}, {Text: "Rows", Number: true}, {Text: "Share"}}, MaxBytes: 8_000, Noun: "shape"}
	if c.ShapesError > 0 {
		t.Caption += fmt.Sprintf("; a count may be up to %s too small", page.Count(c.ShapesError))
	}
	rest := c.ShapesOther
	for i, s := range c.Shapes {
		if i >= shownShapes {
			rest += s.Count
			continue
		}
		form := page.D(s.Form)
		if s.Form == "" {
			form = page.T("(empty text)")
		}
		share := page.T(page.Percent(page.Share(s.Count, c.Values)))
		share.Bar = page.Share(s.Count, c.Shapes[0].Count)
		t.Rows = append(t.Rows, []page.Cell{form, page.N(page.Count(s.Count)), share})
	}
	if rest > 0 {
		t.Rows = append(t.Rows, []page.Cell{page.T("all others"), page.N(page.Count(rest)), page.T(page.Percent(page.Share(rest, c.Values)))})
	}
	return t
}
