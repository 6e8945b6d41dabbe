package page

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// HistogramOptions says what Histogram draws.
type HistogramOptions struct {
	Title  string
	Edges  []float64            // rising, one more than bins
	Series []Series             // one, or two that lie over each other
	Format func(float64) string // of the values below the bars; nil writes round numbers
	Value  string               // the title of the axis below; empty is none
	Share  bool                 // counts are shares
	Width  int                  // 0 is 300
}

// Series is a named list of numbers.
type Series struct {
	Name   string
	Values []float64
}

// Histogram draws counts of bins. Without bins, or where an edge is not finite, it returns nil.
func Histogram(o HistogramOptions) *Chart {
	bins := len(o.Edges) - 1
	if bins < 1 || len(o.Series) == 0 || !finite(o.Edges) {
		return nil
	}
	c := &Chart{Width: max(o.Width, chartWidth), Height: 168, Title: o.Title}
	top := 0.0
	for _, s := range o.Series {
		if len(s.Values) != bins || !finite(s.Values) {
			return nil
		}
		top = max(top, slices.Max(s.Values))
	}
	c.Label = o.describe(top)
	if top == 0 {
		top = 1
	}
	count := axis{high: top * 1.04, ticks: 5, percent: o.Share}
	x := axis{low: o.Edges[0], high: o.Edges[bins], format: o.Format, ticks: 6, title: o.Value}
	single := o.Edges[0] == o.Edges[bins]
	if single && x.format == nil {
		x.format = Number
	}
	p := newPlot(c, x, count)
	if single {
		var bar path
		mid := (p.left + p.right) / 2
		at := p.y.at(o.Series[0].Values[0])
		bar.rect(mid-18, at, 36, p.bottom-at)
		c.mark("bars", bar.String())
		return c
	}
	if len(o.Series) == 1 {
		c.mark("bars", p.bars(o.Edges, o.Series[0].Values))
		return c
	}
	for i, s := range o.Series {
		outline := p.outline(o.Edges, s.Values)
		c.mark(fmt.Sprintf("area a%d", i), outline+"z")
		c.mark(fmt.Sprintf("line s%d", i), outline)
	}
	return c
}

// bars draws a bar for each bin that is not empty, with a gap where there is room for one.
func (p *plot) bars(edges, values []float64) string {
	var d path
	for i, v := range values {
		if v <= 0 {
			continue
		}
		x, end, y := p.x.at(edges[i]), p.x.at(edges[i+1]), p.y.at(v)
		gap := min(1, (end-x)/4)
		y = min(y, p.bottom-1) // what is there is seen
		d.rect(x, y, end-x-gap, p.bottom-y)
	}
	return d.String()
}

// outline draws the steps over the bins.
func (p *plot) outline(edges, values []float64) string {
	var d path
	d.to('M', p.x.at(edges[0]), p.bottom)
	for i, v := range values {
		y := decimal(p.y.at(v))
		d.b.WriteString("V" + y + "H" + decimal(p.x.at(edges[i+1])))
	}
	d.b.WriteString("V" + decimal(p.bottom))
	return d.String()
}

// describe says what a histogram shows.
func (o HistogramOptions) describe(top float64) string {
	format := o.Format
	if format == nil {
		format = Number
	}
	bins := len(o.Edges) - 1
	var out strings.Builder
	fmt.Fprintf(&out, "%s. %s from %s to %s", o.Title, Plural(int64(bins), "bin"), format(o.Edges[0]), format(o.Edges[bins]))
	for _, s := range o.Series {
		most := slices.Index(s.Values, slices.Max(s.Values))
		size := Number(s.Values[most])
		if o.Share {
			size = Percent(s.Values[most])
		}
		if top > 0 && s.Values[most] > 0 {
			fmt.Fprintf(&out, "; %s most, %s, between %s and %s", s.Name, size, format(o.Edges[most]), format(o.Edges[most+1]))
		}
	}
	out.WriteByte('.')
	return out.String()
}

func finite(values []float64) bool {
	for _, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return false
		}
	}
	return true
}

// BarsOptions says what Bars draws.
type BarsOptions struct {
	Title  string
	Names  []string // texts of the data
	Series []Series // shares in [0, 1], one or two
}

// Bars draws shares of named things as bars to the right, those of two series side by side. Without names, or where a share is not finite, it returns
// nil.
func Bars(o BarsOptions) *Chart {
	if len(o.Names) == 0 {
		return nil
	}
	const label, value = 124.0, 60.0
	thick, room := 14.0, chartWidth-label-value
	if len(o.Series) > 1 {
		thick, room = 9, chartWidth-label-4
	}
	step := thick*float64(len(o.Series)) + 9
	c := &Chart{Width: chartWidth, Height: int(step*float64(len(o.Names))) + 6, Title: o.Title, Label: o.Title + "."}
	top := 0.0
	for _, s := range o.Series {
		if !finite(s.Values) {
			return nil
		}
		for _, v := range s.Values {
			top = max(top, v)
		}
	}
	if top <= 0 {
		top = 1
	}
	x := scale{0, top, 0, room}
	paths := make([]path, len(o.Series))
	for i, name := range o.Names {
		y := 4 + step*float64(i)
		mid := y + (step-9)/2 + 4
		c.text(label-6, mid, "e", shortTo(name, label-8))
		c.Label += " " + Short(name, nameChars) + ":"
		furthest, shown := 0.0, ""
		for k, s := range o.Series {
			w := x.at(s.Values[i])
			if s.Values[i] > 0 {
				paths[k].rect(label, y+thick*float64(k), max(w, 0.8), thick-1)
			}
			furthest = max(furthest, w)
			shown = Percent(s.Values[i])
			c.Label += " " + shown
			if len(o.Series) > 1 {
				c.Label += " " + s.Name
			}
		}
		c.Label += ";"
		if len(o.Series) == 1 {
			c.text(label+furthest+5, mid, "on", shown)
		}
	}
	for k := range paths {
		class := "bars"
		if len(o.Series) > 1 {
			class = fmt.Sprintf("f%d", k)
		}
		c.mark(class, paths[k].String())
	}
	return c
}
