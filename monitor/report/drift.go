package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/page"
	"github.com/tidewheel/tidewheel/monitor/drift"
	"github.com/tidewheel/tidewheel/validate"
)

const (
	tableBytes = 120_000 // of the table of columns
	drawnBins  = 24      // of a histogram
	drawnBars  = 10      // texts or numbers of a column, beside all others
	namedBytes = 20_000  // of a table of columns that were not compared
)

// Options says what stands beside a comparison on its page. The zero value is ready to use.
type Options struct {
	Title     string            // what was compared; empty is none
	Made      time.Time         // when, shown in UTC; the zero time is not shown
	Reference *validate.Profile // of the sources that were compared; without both no distribution is drawn
	Current   *validate.Profile
}

// WriteDrift writes the page of a comparison. There is room for about 300 columns in the table and 40 distributions, those of columns that drifted first; what is left
// out is counted on the page. Histograms are read from the profiles' quantiles, exact to 2 % of the rows. It holds the page in memory. Errors are those of w.
func WriteDrift(w io.Writer, r *drift.Report, o Options) error {
	d := &page.Document{Kind: "Data drift", Title: o.Title, Made: o.Made, Verdict: verdict(r), Facts: facts(r)}
	order := make([]int, len(r.Columns))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(rank(r.Columns[b]), rank(r.Columns[a])) })
	d.Sections = append(d.Sections, columns(r, order))
	if len(r.MissingColumns)+len(r.ExtraColumns)+len(r.ChangedColumns) > 0 {
		d.Sections = append(d.Sections, notCompared(r))
	}
	if o.Reference != nil && o.Current != nil {
		s := page.Section{
			ID: "distributions", Heading: "Distributions", Noun: "column",
			Intro: "Shares of the rows with a value, the reference and the current rows over each other. Columns that drifted come first. Histograms are read from quantiles and exact to 2 % of the rows.",
		}
		for _, i := range order {
			s.Items = append(s.Items, detail(i, r.Columns[i], o))
		}
		d.Sections = append(d.Sections, s)
	}
	return page.Write(w, d)
}

// id is the place of a column on the page.
func id(i int) string { return "c" + strconv.Itoa(i) }

// rank orders columns: those that drifted before the others, then by how far the effect is over what counts as one.
func rank(c drift.Column) float64 {
	over := 0.0
	if c.Effect != nil && c.EffectThreshold > 0 {
		over = *c.Effect / c.EffectThreshold
		over /= 1 + over // below 1
	}
	if c.Drifted {
		over += 2
	}
	return over
}

func verdict(r *drift.Report) *page.Verdict {
	lost := len(r.MissingColumns) + len(r.ChangedColumns)
	v := &page.Verdict{Tone: page.Good, Text: "No column drifted", Detail: fmt.Sprintf("%s judged.", page.Plural(int64(r.Judged), "column"))}
	switch {
	case r.Drifted > 0:
		v.Tone = page.Warn
		v.Text = fmt.Sprintf("%d of %s drifted", r.Drifted, page.Plural(int64(r.Judged), "column"))
		v.Detail = "A column drifted when both a test and the size of the effect say so."
	case r.Judged == 0:
		v.Tone, v.Text, v.Detail = page.Warn, "No column could be judged", "There are too few rows, or no column has a distribution to compare."
	}
	if lost > 0 {
		v.Tone = page.Bad
		v.Detail += fmt.Sprintf(" %s missing, or another kind of values.", page.Plural(int64(lost), "column"))
	}
	return v
}

func facts(r *drift.Report) []page.Fact {
	return []page.Fact{
		{Name: "Reference rows", Value: page.Count(r.RowsReference)},
		{Name: "Current rows", Value: page.Count(r.RowsCurrent)},
		{Name: "Columns compared", Value: page.Count(int64(len(r.Columns))), Note: fmt.Sprintf("%d judged", r.Judged)},
		{Name: "Drifted", Value: page.Count(int64(r.Drifted)), Note: page.Percent(r.ShareDrifted) + " of those judged"},
		{Name: "Level", Value: page.Number(r.Alpha), Note: "of adjusted p-values"},
	}
}

// words says a verdict in words.
func words(v drift.Verdict) string { return strings.ReplaceAll(string(v), "_", " ") }

// state is the verdict on a column.
func state(c drift.Column) page.Badge {
	b := page.Badge{Text: words(c.Verdict)}
	switch c.Verdict {
	case drift.Distribution, drift.Missing:
		b.Tone = page.Bad
		b.Text = "drifted"
		if c.Verdict == drift.Missing {
			b.Text = "drifted: missing values"
		}
	case drift.Unchanged:
		b.Tone = page.Good
	case drift.TooFewRows, drift.Identifier, drift.Excluded:
	}
	return b
}

func columns(r *drift.Report, order []int) page.Section {
	t := &page.Table{
		Caption: "Columns, those that drifted first", RowHead: true, MaxBytes: tableBytes, Noun: "column",
		Head: []page.Head{
			{Text: "Column"},
			{Text: "Verdict"},
			{Text: "Test"},
			{Text: "Statistic", Number: true},
			{Text: "p, adjusted", Number: true},
			{Text: "Effect", Number: true},
			{Text: "Least", Number: true},
			{Text: "Measure"},
			{Text: "PSI", Number: true},
			{Text: "Jensen–Shannon", Number: true},
		},
	}
	for _, i := range order {
		c := r.Columns[i]
		name := page.D(c.Name)
		name.Link = id(i)
		b := state(c)
		verdict := page.Cell{Text: b.Text, Tone: b.Tone}
		least := page.None
		if c.EffectMeasure != drift.MeasureNone {
			least = page.Number(c.EffectThreshold)
		}
		t.Rows = append(t.Rows, []page.Cell{
			name, verdict, page.T(testName(c.Test)), page.N(page.Maybe(c.Statistic)), page.N(probability(c.AdjustedP)), page.N(page.Maybe(c.Effect)), page.N(least),
			page.T(measureName(c.EffectMeasure)), page.N(page.Maybe(c.PSI)), page.N(page.Maybe(c.JensenShannon)),
		})
	}
	return page.Section{ID: "columns", Heading: "Columns", Intro: "Least is the smallest effect that counts as drift.", Blocks: []page.Block{{Table: t}}}
}

// testName says a test as people write it.
func testName(t drift.Test) string {
	switch t {
	case drift.KS:
		return "KS"
	case drift.ZerosKS:
		return "zeros and KS"
	case drift.ChiSquared:
		return "chi-square"
	case drift.NoTest:
		return page.None
	default:
		return string(t)
	}
}

// measureName says the measure of an effect as people write it.
func measureName(m drift.Measure) string {
	switch m {
	case drift.MeasureKS:
		return "KS"
	case drift.MeasureWasserstein:
		return "Wasserstein"
	case drift.MeasureJensenShannon:
		return "Jensen–Shannon"
	case drift.MeasureNone:
		return page.None
	default:
		return string(m)
	}
}

// probability writes a p-value: very small ones have no digits worth reading.
func probability(p *float64) string {
	if p != nil && *p == 0 {
		return "< 0.0001"
	}
	return page.Maybe(p)
}

func notCompared(r *drift.Report) page.Section {
	t := &page.Table{Caption: "Columns that could not be compared", Head: []page.Head{{Text: "Column"}, {Text: "Why"}}, MaxBytes: namedBytes, Noun: "column"}
	for _, group := range []struct {
		why   string
		names []string
	}{{"only in the reference", r.MissingColumns}, {"another kind of values", r.ChangedColumns}, {"only in the current rows", r.ExtraColumns}} {
		for _, name := range group.names {
			t.Rows = append(t.Rows, []page.Cell{page.D(name), page.T(group.why)})
		}
	}
	return page.Section{ID: "others", Heading: "Not compared", Blocks: []page.Block{{Table: t}}}
}

// detail is the part of one column.
func detail(i int, c drift.Column, o Options) page.Section {
	s := page.Section{ID: id(i), Heading: c.Name, Data: true, Badges: []page.Badge{{Text: c.Type}, state(c)}}
	s.Blocks = append(s.Blocks, page.Block{Facts: figures(c)})
	reference, ok1 := o.Reference.Column(c.Name)
	current, ok2 := o.Current.Column(c.Name)
	switch {
	case !ok1 || !ok2:
		s.Blocks = append(s.Blocks, page.Block{Text: "A profile lacks the column."})
	case reference.Personal || current.Personal:
		s.Blocks = append(s.Blocks, page.Block{Text: "Personal data: no value is kept or shown."})
	default:
		if drawn := distribution(reference, current); drawn != nil {
			s.Blocks = append(s.Blocks, drawn...)
		} else {
			s.Blocks = append(s.Blocks, page.Block{Text: "There is no value to draw on one side or both."})
		}
		if reference.Number != nil && current.Number != nil {
			s.Blocks = append(s.Blocks, page.Block{Table: sides(reference, current)})
		}
	}
	return s
}

func figures(c drift.Column) []page.Fact {
	out := []page.Fact{
		{Name: "Reference values", Value: page.Count(c.NReference), Note: page.Percent(c.MissingReference) + " missing"},
		{Name: "Current values", Value: page.Count(c.NCurrent), Note: page.Percent(c.MissingCurrent) + " missing"},
	}
	for _, f := range []struct {
		name string
		x    *float64
	}{
		{"Statistic", c.Statistic},
		{"p", c.P},
		{"p, adjusted", c.AdjustedP},
		{"Effect", c.Effect},
		{"PSI", c.PSI},
		{"PSI over chance", c.PSIExcess},
		{"Jensen–Shannon", c.JensenShannon},
		{"KS", c.KS},
		{"Wasserstein", c.Wasserstein},
		{"Wasserstein, normed", c.WassersteinNormed},
		{"Cramér's V", c.CramersV},
		{"p of missing values", c.MissingAdjustedP},
	} {
		if f.x == nil {
			continue
		}
		fact := page.Fact{Name: f.name, Value: page.Metric(*f.x)}
		switch f.name {
		case "p", "p, adjusted", "p of missing values":
			fact.Value = probability(f.x)
		case "Effect":
			fact.Note = measureName(c.EffectMeasure)
		case "Statistic":
			fact.Note = testName(c.Test)
		case "Wasserstein":
			fact.Value = span(c.Type, *f.x)
		}
		out = append(out, fact)
	}
	if c.UnseenShare != nil {
		out = append(out, page.Fact{Name: "Unseen texts", Value: page.Percent(*c.UnseenShare), Note: "of current"})
	}
	return out
}

// span writes a distance in the unit of a column: of dates and times in days.
func span(kind string, x float64) string {
	const day = 24 * 60 * 60 * 1e6 // microseconds
	switch t := dataset.Type(kind); t.Class() {
	case dataset.ClassDate:
		return page.Number(x) + " days"
	case dataset.ClassTime:
		return page.Number(x/day) + " days"
	default:
		return page.Number(x)
	}
}

// sides is a table of what both sides look like.
func sides(reference, current validate.ColumnProfile) *page.Table {
	t := &page.Table{Caption: "Side by side", RowHead: true, Head: []page.Head{{Text: ""}, {Text: "Reference", Number: true}, {Text: "Current", Number: true}}}
	a, b := reference.Number, current.Number
	write := func(c validate.ColumnProfile, x float64) page.Cell { return page.N(page.Value(c.Type, x)) }
	row := func(name string, x, y float64) {
		t.Rows = append(t.Rows, []page.Cell{page.T(name), write(reference, x), write(current, y)})
	}
	row("Minimum", a.Min, b.Min)
	last := len(a.Quantiles) - 1
	for _, q := range []int{5, 25, 50, 75, 95} {
		row(strconv.Itoa(q)+" %", a.Quantiles[q*last/100], b.Quantiles[q*last/100])
	}
	row("Maximum", a.Max, b.Max)
	if class := reference.Type.Class(); class != dataset.ClassDate && class != dataset.ClassTime && reference.Type != dataset.Bool {
		row("Mean", a.Mean, b.Mean)
		row("Std. deviation", a.Std, b.Std)
	}
	return t
}
