package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/tidewheel/tidewheel/internal/page"
	"github.com/tidewheel/tidewheel/validate"
)

const (
	heatColumns = 32 // columns in a heat map
	pairs       = 12 // coefficients in the table
)

// pair is the coefficient of two columns.
type pair struct {
	a, b string
	r    float64
}

// coefficient is a measure of how two columns depend on each other.
type coefficient struct {
	id, heading, intro string
	caption, symbol    string
	note               string // what the colours mean
}

func pearson(n int) coefficient {
	c := coefficient{
		id: "correlations", heading: "Correlations", caption: "Correlations of columns", symbol: "r", note: "Orange is positive, blue negative; more colour is a stronger one.",
		intro: "Pearson's coefficients of the columns of numbers that are not personal, over the rows in which both have a value.",
	}
	if n >= validate.MaxCorrelated {
		c.intro = fmt.Sprintf("Pearson's coefficients of the first %d columns of numbers that are not personal, over the rows in which both have a value.", n)
	}
	return c
}

// coefficients draws those of each two columns, NaN for none, and lists the strongest.
func coefficients(k coefficient, columns []string, values [][]float64) page.Section {
	strongest := make([]float64, len(columns))
	var all []pair
	for i := range columns {
		for j := range i {
			if r := values[i][j]; !math.IsNaN(r) {
				strongest[i], strongest[j] = max(strongest[i], math.Abs(r)), max(strongest[j], math.Abs(r))
				all = append(all, pair{columns[j], columns[i], r})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b pair) int { return cmp.Compare(math.Abs(b.r), math.Abs(a.r)) })
	s := page.Section{ID: k.id, Heading: k.heading, Intro: k.intro}
	if len(all) == 0 {
		s.Intro = ""
		s.Blocks = append(s.Blocks, page.Block{Text: "No pair of columns has a coefficient: all are constant or empty."})
		return s
	}
	if page.Fixed(math.Abs(all[0].r), 3) == page.Fixed(0, 3) {
		s.Blocks = append(s.Blocks, page.Block{Text: "No two columns depend on each other: every coefficient is 0."})
		return s
	}
	if f := heatMap(k, columns, values, strongest, all[0]); f != nil {
		s.Blocks = append(s.Blocks, page.Block{Figure: f})
	}
	t := &page.Table{Caption: "Strongest", MaxBytes: 12_000, Noun: "pair", Head: []page.Head{{Text: "Column"}, {Text: "With"}, {Text: k.symbol, Number: true}}}
	for _, p := range all[:min(len(all), pairs)] {
		t.Rows = append(t.Rows, []page.Cell{page.D(p.a), page.D(p.b), page.N(page.Fixed(p.r, 3))})
	}
	s.Blocks = append(s.Blocks, page.Block{Table: t})
	return s
}

// heatMap draws the columns that have the strongest coefficients, in their order, and returns nil where all of them are 0.
func heatMap(k coefficient, columns []string, values [][]float64, strongest []float64, first pair) *page.Figure {
	var order []int
	for i, r := range strongest {
		if r > 0 { // not constant or empty
			order = append(order, i)
		}
	}
	if len(order) == 0 {
		return nil
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(strongest[b], strongest[a]) })
	left := max(0, len(order)-heatColumns)
	order = order[:len(order)-left]
	slices.Sort(order)
	o := page.HeatOptions{Title: k.caption, Lower: true}
	o.Label = fmt.Sprintf("%s; the strongest, %s, between %s and %s.", page.Plural(int64(len(order)), "column"), page.Fixed(first.r, 2), page.Short(first.a, 40), page.Short(first.b, 40))
	for _, i := range order {
		row, texts := make([]float64, len(order)), make([]string, len(order))
		for k, j := range order {
			row[k] = values[i][j]
			texts[k] = page.Fixed(row[k], 2)
		}
		o.Rows, o.Columns = append(o.Rows, columns[i]), append(o.Columns, columns[i])
		o.Values, o.Texts = append(o.Values, row), append(o.Texts, texts)
	}
	f := &page.Figure{Caption: o.Title, Chart: page.Heat(o), Note: k.note}
	if left > 0 {
		f.Note += fmt.Sprintf(" The %d columns with the strongest ones; %s not drawn.", heatColumns, page.Plural(int64(left), "column"))
	}
	return f
}
