package report

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/page"
	"github.com/tidewheel/tidewheel/validate"
	"github.com/tidewheel/tidewheel/validate/survey"
)

const (
	overviewBytes = 80_000 // of the table of all columns
	missingBars   = 20     // columns in the chart of missing values
	topValues     = 8      // values of a column
)

// ProfileOptions says what stands beside a profile on its page. The zero value is ready to use.
type ProfileOptions struct {
	Title        string                 // what was profiled, as a file name; empty is none
	Made         time.Time              // when, shown in UTC; the zero time is not shown
	Correlations *validate.Correlations // nil is none
	Survey       *survey.Survey         // a closer look at the same rows: shapes, order, duplicates, cells that miss together, dependencies; nil is none
	Suggestions  []survey.Suggestion    // what survey.Infer proposes
}

// WriteProfile writes the page of a profile. There is room for about 60 columns in detail and 300 in the overview; what is left out is counted on the page. It holds
// the page in memory. Errors are those of w.
func WriteProfile(w io.Writer, p *validate.Profile, o ProfileOptions) error {
	columns := p.Columns()
	d := &page.Document{Kind: "Data profile", Title: o.Title, Made: o.Made, Facts: summary(p, columns)}
	gaps := missing(columns)
	if o.Survey != nil {
		d.Facts = append(d.Facts, duplicates(o.Survey))
		gaps.Blocks = append(gaps.Blocks, patterns(o.Survey)...)
	}
	d.Sections = append(d.Sections, overview(columns), gaps)
	if o.Correlations != nil && len(o.Correlations.Columns) > 1 {
		d.Sections = append(d.Sections, coefficients(pearson(len(o.Correlations.Columns)), o.Correlations.Columns, o.Correlations.Values))
	}
	if o.Survey != nil {
		d.Sections = append(d.Sections, dependencies(o.Survey)...)
	}
	if len(o.Suggestions) > 0 {
		d.Sections = append(d.Sections, suggestions(o.Suggestions, columns))
	}
	details := page.Section{ID: "columns", Heading: "Columns", Noun: "column"}
	looked := surveyed(o.Survey)
	for i, c := range columns {
		field, _ := p.Schema().Lookup(c.Name)
		item := detail(i, c, field)
		if s := looked[c.Name]; s != nil {
			closer(&item, c, s)
			if len(s.Shapes) > 0 {
				details.Intro = shapesIntro
			}
		}
		details.Items = append(details.Items, item)
	}
	d.Sections = append(d.Sections, details)
	return page.Write(w, d)
}

// id is the place of a column on the page.
func id(i int) string { return "c" + strconv.Itoa(i) }

func absent(c validate.ColumnProfile) int64 { return c.Nulls + c.NaN }

func summary(p *validate.Profile, columns []validate.ColumnProfile) []page.Fact {
	var missing, cells, numeric, texts, constant, empty, personal int64
	for _, c := range columns {
		missing += absent(c)
		cells += c.Rows
		switch {
		case c.Type.IsText():
			texts++
		case c.Type.IsNumeric():
			numeric++
		}
		switch {
		case c.Personal:
			personal++
		case c.Rows > 0 && absent(c) == c.Rows:
			empty++
		case c.Distinct == 1 && c.DistinctExact:
			constant++
		}
	}
	facts := []page.Fact{
		{Name: "Rows", Value: page.Count(p.Rows())},
		{Name: "Columns", Value: page.Count(int64(len(columns))), Note: fmt.Sprintf("%s numeric, %s text", page.Count(numeric), page.Count(texts))},
		{Name: "Missing cells", Value: page.Percent(page.Share(missing, cells)), Note: fmt.Sprintf("%s of %s", page.Count(missing), page.Count(cells))},
	}
	for _, f := range []struct {
		name, note string
		n          int64
	}{{"Empty columns", "no value at all", empty}, {"Constant columns", "one value only", constant}, {"Personal columns", "counted, not shown", personal}} {
		if f.n > 0 {
			facts = append(facts, page.Fact{Name: f.name, Value: page.Count(f.n), Note: f.note})
		}
	}
	return facts
}

func overview(columns []validate.ColumnProfile) page.Section {
	t := &page.Table{
		Caption: "All columns", RowHead: true, MaxBytes: overviewBytes, Noun: "column",
		Head: []page.Head{{Text: "Column"}, {Text: "Type"}, {Text: "Missing", Number: true}, {Text: "Distinct", Number: true}, {Text: "Middle", Number: true}, {Text: "Range or most frequent"}},
	}
	for i, c := range columns {
		name := page.D(c.Name)
		name.Link = id(i)
		row := []page.Cell{name, page.T(string(c.Type)), page.N(page.Percent(page.Share(absent(c), c.Rows))), page.N(distinct(c)), page.N(page.None), page.T(page.None)}
		switch n := c.Number; {
		case n != nil:
			row[4] = page.N(page.Value(c.Type, n.Quantiles[len(n.Quantiles)/2]))
			row[5] = page.T(page.Value(c.Type, n.Min) + " to " + page.Value(c.Type, n.Max))
		case c.Personal:
			row[5] = page.T("personal data")
		case len(c.Top) > 0:
			row[5] = page.D(page.Short(c.Top[0].Value.Text, 40))
		case c.Length != nil:
			row[5] = page.T("length " + page.Count(c.Length.Min) + " to " + page.Count(c.Length.Max))
		}
		t.Rows = append(t.Rows, row)
	}
	return page.Section{ID: "overview", Heading: "Overview", Intro: "Middle is the median. The name of a column leads to its details.", Blocks: []page.Block{{Table: t}}}
}

func distinct(c validate.ColumnProfile) string {
	switch {
	case c.Personal || c.Number == nil && c.Text == nil && c.Distinct == 0 && absent(c) < c.Rows:
		return page.None
	case c.DistinctExact:
		return page.Count(c.Distinct)
	default:
		return "≈ " + page.Count(min(c.Distinct, c.Rows-absent(c))) // an estimate may be above what there can be
	}
}

func missing(columns []validate.ColumnProfile) page.Section {
	s := page.Section{ID: "missing", Heading: "Missing values"}
	var with []validate.ColumnProfile
	for _, c := range columns {
		if absent(c) > 0 {
			with = append(with, c)
		}
	}
	complete := len(columns) - len(with)
	if len(with) == 0 {
		s.Blocks = append(s.Blocks, page.Block{Text: "No column has a missing value."})
		return s
	}
	slices.SortStableFunc(with, func(a, b validate.ColumnProfile) int { return cmp.Compare(absent(b), absent(a)) })
	bars := page.BarsOptions{Title: "Share of rows without a value", Series: []page.Series{{Name: "missing"}}}
	for _, c := range with[:min(len(with), missingBars)] {
		bars.Names = append(bars.Names, c.Name)
		bars.Series[0].Values = append(bars.Series[0].Values, page.Share(absent(c), c.Rows))
	}
	note := page.Plural(int64(complete), "column") + " without any."
	if more := len(with) - len(bars.Names); more > 0 {
		note = fmt.Sprintf("The %d with the most; %s with fewer, %s", missingBars, page.Plural(int64(more), "column"), note)
	}
	s.Intro = "Nulls, and NaN in columns of floats."
	s.Blocks = append(s.Blocks, page.Block{Figure: &page.Figure{Caption: bars.Title, Chart: page.Bars(bars), Note: note}})
	return s
}

func detail(i int, c validate.ColumnProfile, field dataset.Field) page.Section {
	s := page.Section{ID: id(i), Heading: c.Name, Data: true, Badges: []page.Badge{{Text: string(c.Type)}}}
	if role := string(field.Role); role != "" && field.Role != dataset.Feature {
		s.Badges = append(s.Badges, page.Badge{Text: role})
	}
	switch {
	case c.Rows > 0 && absent(c) == c.Rows:
		s.Badges = append(s.Badges, page.Badge{Text: "empty", Tone: page.Warn})
	case c.Distinct == 1 && c.DistinctExact && !c.Personal:
		s.Badges = append(s.Badges, page.Badge{Text: "constant", Tone: page.Warn})
	}
	if c.Personal {
		s.Badges = append(s.Badges, page.Badge{Text: "personal", Tone: page.Warn})
		s.Intro = "Personal data: no value is kept or shown."
	}
	s.Blocks = append(s.Blocks, page.Block{Facts: figures(c)})
	if c.Number != nil {
		s.Blocks = append(s.Blocks, histograms(c)...)
		if len(c.Number.Histogram) > 1 && c.Type != dataset.Bool {
			s.Blocks = append(s.Blocks, page.Block{Table: quantiles(c)})
		}
	}
	if len(c.Top) > 0 {
		s.Blocks = append(s.Blocks, page.Block{Table: top(c)})
	}
	return s
}

func figures(c validate.ColumnProfile) []page.Fact {
	values := c.Rows - absent(c)
	facts := []page.Fact{
		{Name: "Values", Value: page.Count(values)},
		{Name: "Missing", Value: page.Count(absent(c)), Note: page.Percent(page.Share(absent(c), c.Rows))},
		{Name: "Distinct", Value: distinct(c)},
	}
	if c.NaN > 0 {
		facts = append(facts, page.Fact{Name: "NaN", Value: page.Count(c.NaN), Note: "counted as missing"})
	}
	if c.Infinite > 0 {
		facts = append(facts, page.Fact{Name: "Infinite", Value: page.Count(c.Infinite), Note: "left out of the figures"})
	}
	if n := c.Number; n != nil {
		facts = append(
			facts,
			page.Fact{Name: "Mean", Value: page.Value(c.Type, n.Mean)},
			page.Fact{Name: "Std. deviation", Value: spread(c.Type, n.Std)},
			page.Fact{Name: "Minimum", Value: page.Value(c.Type, n.Min)},
			page.Fact{Name: "Maximum", Value: page.Value(c.Type, n.Max)},
			page.Fact{Name: "Skewness", Value: page.Fixed(n.Skewness, 2)},
			page.Fact{Name: "Excess kurtosis", Value: page.Fixed(n.Kurtosis, 2)},
		)
		if c.Type == dataset.Bool {
			facts[3].Value = page.Number(n.Mean)
		}
	}
	if t := c.Text; t != nil {
		facts = append(
			facts,
			page.Fact{Name: "Shortest", Value: page.Plural(t.MinLength, "character")},
			page.Fact{Name: "Longest", Value: page.Plural(t.MaxLength, "character")},
			page.Fact{Name: "Mean length", Value: page.Number(math.Round(100*t.MeanLength) / 100)},
		)
	}
	return facts
}

// spread writes a standard deviation: of dates and times in days.
func spread(t dataset.Type, std float64) string {
	switch t.Class() {
	case dataset.ClassDate:
		return page.Number(std) + " days"
	case dataset.ClassTime:
		return page.Number(std/(24*60*60*1e6)) + " days"
	default:
		return page.Number(std)
	}
}

// wholeBins is the widest range of whole numbers that is drawn with a bar for each of them.
const wholeBins = 40

// counted draws a bar for each value of a column all of whose values are listed: of bools, and of whole numbers that lie near each other. Otherwise it returns nil.
func counted(c validate.ColumnProfile) *page.Figure {
	n, caption := c.Number, "Rows by value"
	switch {
	case len(c.Top) == 0 || c.Other > 0:
		return nil
	case c.Type == dataset.Bool:
		o := page.BarsOptions{Title: caption, Series: []page.Series{{Name: "rows"}}}
		for _, v := range c.Top {
			o.Names = append(o.Names, page.Value(c.Type, v.Value.Number))
			o.Series[0].Values = append(o.Series[0].Values, page.Share(v.Count, n.Count))
		}
		return &page.Figure{Caption: caption, Chart: page.Bars(o)}
	case !n.Integral || n.Max == n.Min || n.Max-n.Min > wholeBins || dated(c.Type):
		return nil
	}
	edges := page.Edges(n.Min, n.Max, wholeBins+1, true)
	counts := make([]float64, len(edges)-1)
	for _, v := range c.Top {
		if i := int(v.Value.Number - n.Min); i >= 0 && i < len(counts) {
			counts[i] += float64(v.Count)
		}
	}
	return &page.Figure{Caption: caption, Chart: page.Histogram(page.HistogramOptions{Title: caption, Edges: edges, Series: []page.Series{{Name: "rows", Values: counts}}})}
}

// dated reports whether values of a type are written as dates or times.
func dated(t dataset.Type) bool {
	return t.Class() == dataset.ClassDate || t.Class() == dataset.ClassTime
}

// histograms draws all values, and beside them the middle ones where a few values far off leave no room for the others.
func histograms(c validate.ColumnProfile) []page.Block {
	if f := counted(c); f != nil {
		return []page.Block{{Figure: f}}
	}
	var format func(float64) string // round numbers
	if dated(c.Type) {
		format = func(x float64) string { return page.Value(c.Type, x) }
	}
	counts := make([]float64, len(c.Number.Histogram))
	for i, n := range c.Number.Histogram {
		counts[i] = float64(n)
	}
	out := []page.Block{{Figure: &page.Figure{
		Caption: "Rows by value",
		Chart:   page.Histogram(page.HistogramOptions{Title: "Rows by value", Edges: c.Number.Edges(), Series: []page.Series{{Name: "rows", Values: counts}}, Format: format}),
	}}}
	grid := page.Grid(c.Number.Quantiles)
	if low, high, cut := page.Window(grid); cut {
		edges := page.Edges(low, high, 20, c.Number.Integral)
		out = append(out, page.Block{Figure: &page.Figure{
			Caption: "The middle 98 % of the values",
			Chart: page.Histogram(page.HistogramOptions{
				Title: "Share of rows by value, the middle 98 % of the values", Edges: edges, Series: []page.Series{{Name: "share", Values: grid.Shares(edges)}}, Format: format, Share: true,
			}),
			Note: "Shares of rows, from quantiles at each per cent.",
		}})
	}
	return out
}

func quantiles(c validate.ColumnProfile) *page.Table {
	t := &page.Table{Caption: "Quantiles", RowHead: true, Head: []page.Head{{Text: "Below"}, {Text: "Value", Number: true}}}
	last := len(c.Number.Quantiles) - 1
	for _, q := range []int{1, 5, 25, 50, 75, 95, 99} {
		t.Rows = append(t.Rows, []page.Cell{page.T(strconv.Itoa(q) + " %"), page.N(page.Value(c.Type, c.Number.Quantiles[q*last/100]))})
	}
	return t
}

func top(c validate.ColumnProfile) *page.Table {
	t := &page.Table{Caption: "Most frequent values", Head: []page.Head{{Text: "Value"}, {Text: "Rows", Number: true}, {Text: "Share"}}, MaxBytes: 12_000, Noun: "value"}
	if c.TopError > 0 {
		t.Caption = fmt.Sprintf("Most frequent values; a count may be up to %s too small", page.Count(c.TopError))
	}
	values := c.Rows - absent(c) - c.Infinite
	rest := values
	for _, v := range c.Top[:min(len(c.Top), topValues)] {
		name := page.D(v.Value.Text)
		switch {
		case c.Number != nil:
			name = page.T(page.Value(c.Type, v.Value.Number))
		case v.Value.Text == "":
			name = page.T("(empty text)")
		}
		rest -= v.Count
		share := page.T(page.Percent(page.Share(v.Count, values)))
		share.Bar = page.Share(v.Count, c.Top[0].Count)
		t.Rows = append(t.Rows, []page.Cell{name, page.N(page.Count(v.Count)), share})
	}
	if rest > 0 {
		t.Rows = append(t.Rows, []page.Cell{page.T("all others"), page.N(page.Count(rest)), page.T(page.Percent(page.Share(rest, values)))})
	}
	return t
}
