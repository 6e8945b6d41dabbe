package report

import (
	"cmp"
	"slices"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/page"
	"github.com/tidewheel/tidewheel/validate"
)

// legend names the two sides in the order of their colours.
func legend() []string { return []string{"reference", "current"} }

// distribution draws both sides of a column, and returns nil where a side has no value.
func distribution(reference, current validate.ColumnProfile) []page.Block {
	switch {
	case reference.Number != nil && current.Number != nil:
		if listed(reference) && listed(current) {
			return bars(reference, current)
		}
		return overlaid(reference, current)
	case len(reference.Top) > 0 && len(current.Top) > 0 && reference.Number == nil && current.Number == nil:
		return bars(reference, current)
	default:
		return nil
	}
}

// listed reports whether all values of a column are in its list.
func listed(c validate.ColumnProfile) bool { return len(c.Top) > 0 && c.Other == 0 && len(c.Top) <= 20 }

// overlaid draws the histograms of both sides.
func overlaid(reference, current validate.ColumnProfile) []page.Block {
	a, b := page.Grid(reference.Number.Quantiles), page.Grid(current.Number.Quantiles)
	low, high, cut := page.Window(a, b)
	edges := page.Edges(low, high, drawnBins, reference.Number.Integral && current.Number.Integral)
	o := page.HistogramOptions{Title: "Share of rows by value", Edges: edges, Share: true, Series: []page.Series{{Name: "reference", Values: shares(a, edges)}, {Name: "current", Values: shares(b, edges)}}}
	if class := reference.Type.Class(); class == dataset.ClassDate || class == dataset.ClassTime {
		o.Format = func(x float64) string { return page.Value(reference.Type, x) }
	}
	f := &page.Figure{Caption: o.Title, Chart: page.Histogram(o), Legend: legend()}
	if cut {
		f.Note = "The middle 98 % of both sides; a few values lie far beyond."
	}
	return []page.Block{{Figure: f}}
}

// shares returns the shares of the bins; where there is one bin of no width, all values are in it.
func shares(g page.Grid, edges []float64) []float64 {
	if edges[0] == edges[len(edges)-1] {
		return []float64{1}
	}
	return g.Shares(edges)
}

// bars draws the shares of the values that are most frequent on either side, and of all others. Numbers are in their order, texts by the frequency of the reference.
func bars(reference, current validate.ColumnProfile) []page.Block {
	var values []dataset.Value
	for i := range max(len(reference.Top), len(current.Top)) {
		for _, top := range [][]validate.ValueCount{reference.Top, current.Top} {
			if i < len(top) && len(values) < drawnBars && !slices.Contains(values, top[i].Value) {
				values = append(values, top[i].Value)
			}
		}
	}
	if reference.Number != nil {
		slices.SortFunc(values, func(a, b dataset.Value) int { return cmp.Compare(a.Number, b.Number) })
	} else {
		slices.SortStableFunc(values, func(a, b dataset.Value) int { return cmp.Compare(count(reference, b), count(reference, a)) })
	}
	o := page.BarsOptions{Title: "Share of rows by value", Series: []page.Series{{Name: "reference"}, {Name: "current"}}}
	sides := []validate.ColumnProfile{reference, current}
	rest := make([]float64, len(sides))
	for k, c := range sides {
		n := c.Rows - c.Nulls - c.NaN - c.Infinite
		rest[k] = 1
		for _, v := range values {
			share := page.Share(count(c, v), n)
			o.Series[k].Values = append(o.Series[k].Values, share)
			rest[k] -= share
		}
	}
	for _, v := range values {
		name := v.Text
		if reference.Number != nil {
			name = page.Value(reference.Type, v.Number)
		} else if name == "" {
			name = "(empty text)"
		}
		o.Names = append(o.Names, name)
	}
	if max(rest[0], rest[1]) > 1e-9 {
		o.Names = append(o.Names, "all others")
		for k := range sides {
			o.Series[k].Values = append(o.Series[k].Values, max(0, rest[k]))
		}
	}
	t := &page.Table{Caption: o.Title, RowHead: true, Noun: "value", MaxBytes: 8_000, Head: []page.Head{{Text: "Value"}, {Text: "Reference", Number: true}, {Text: "Current", Number: true}}}
	for i, name := range o.Names {
		t.Rows = append(t.Rows, []page.Cell{page.D(name), page.N(page.Percent(o.Series[0].Values[i])), page.N(page.Percent(o.Series[1].Values[i]))})
	}
	return []page.Block{{Figure: &page.Figure{Caption: o.Title, Chart: page.Bars(o), Legend: legend()}}, {Table: t}}
}

// count returns how often a value is in the list of a column.
func count(c validate.ColumnProfile, v dataset.Value) int64 {
	for _, t := range c.Top {
		if t.Value == v {
			return t.Count
		}
	}
	return 0
}
