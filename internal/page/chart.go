package page

import (
	"math"
	"strconv"
	"strings"
)

// The sizes of charts, in CSS pixels.
const (
	chartWidth    = 300
	charHeight    = 12 // of the text in charts
	seriesColours = 8  // the number of colours of series, after which they come again with another name only
)

// Chart is a drawing. The functions of this package make it.
type Chart struct {
	Width, Height int
	Title         string // what is drawn
	Label         string // the same in a sentence with its main figures, for those who do not see it
	Marks         []Mark
	Texts         []Label
}

// Mark is a path of one kind.
type Mark struct {
	Class string
	D     string
	Alpha string // opacity of its fill, empty is 1
}

// Label is a text in a chart.
type Label struct {
	X, Y   string
	Class  string // anchors: "m" is in the middle, "e" at the end, else at the start; "t" is the title of an axis
	Rotate bool   // it runs upwards
	Text   string
}

// path gathers the commands of a mark.
type path struct{ b strings.Builder }

func (p *path) String() string { return p.b.String() }

func (p *path) to(command byte, x, y float64) {
	p.b.WriteByte(command)
	p.b.WriteString(decimal(x))
	p.b.WriteByte(' ')
	p.b.WriteString(decimal(y))
}

func (p *path) line(x1, y1, x2, y2 float64) { p.to('M', x1, y1); p.to('L', x2, y2) }

// rect adds a rectangle.
func (p *path) rect(x, y, w, h float64) {
	p.to('M', x, y)
	p.b.WriteString("h" + decimal(w) + "v" + decimal(h) + "h-" + decimal(w) + "z")
}

// decimal writes a coordinate with one digit after the point.
func decimal(x float64) string {
	x = math.Round(x*10) / 10
	if x == 0 {
		return "0"
	}
	return strconv.FormatFloat(x, 'f', -1, 64)
}

func (c *Chart) mark(class, d string) {
	if d != "" {
		c.Marks = append(c.Marks, Mark{Class: class, D: d})
	}
}

// text puts s at a place, moved and cut so that it stays inside the chart.
func (c *Chart) text(x, y float64, class, s string) {
	width := float64(c.Width)
	s = shortTo(s, width)
	w := textWidth(s)
	switch class {
	case "m":
		x = min(max(x, w/2), width-w/2)
	case "e":
		x = max(x, w)
	default:
		x = min(x, width-w)
	}
	c.Texts = append(c.Texts, Label{X: decimal(x), Y: decimal(y), Class: class, Text: s})
}

// plot is the part for data inside a chart with its axes.
type plot struct {
	*Chart
	left, top, right, bottom float64
	x, y                     scale
}

// axis says how an axis is written.
type axis struct {
	low, high float64
	title     string
	format    func(float64) string // nil writes round numbers
	ticks     int                  // about how many
	percent   bool                 // round numbers are written as per cent
}

// marks returns the ticks of an axis with their texts.
func (a axis) marks() ([]float64, []string) {
	if a.format == nil {
		ticks := Ticks(a.low, a.high, a.ticks)
		if !a.percent {
			return ticks, tickLabels(ticks)
		}
		labels := make([]float64, len(ticks))
		for i, t := range ticks {
			labels[i] = 100 * t
		}
		texts := tickLabels(labels)
		for i := range texts {
			texts[i] += " %"
		}
		return ticks, texts
	}
	ticks := []float64{a.low}
	if a.high > a.low {
		ticks = append(ticks, a.high)
	}
	labels := make([]string, len(ticks))
	for i, t := range ticks {
		labels[i] = a.format(t)
	}
	return ticks, labels
}

// newPlot draws axes with room for their texts.
func newPlot(c *Chart, x, y axis) *plot {
	yTicks, yLabels := y.marks()
	wide := 0.0
	for _, l := range yLabels {
		wide = max(wide, textWidth(l))
	}
	p := &plot{Chart: c, left: wide + 8, top: 8, right: float64(c.Width) - 6, bottom: float64(c.Height) - 22}
	if y.title != "" {
		p.left += 16
	}
	if x.title != "" {
		p.bottom -= 18
	}
	p.x, p.y = scale{x.low, x.high, p.left, p.right}, scale{y.low, y.high, p.bottom, p.top}
	var grid path
	for i, t := range yTicks {
		at := p.y.at(t)
		grid.line(p.left, at, p.right, at)
		c.text(p.left-6, at+4, "e", yLabels[i])
	}
	c.mark("grid", grid.String())
	p.bottomAxis(x)
	if y.title != "" {
		c.Texts = append(c.Texts, Label{X: "12", Y: decimal((p.top + p.bottom) / 2), Class: "m t", Rotate: true, Text: shortTo(y.title, p.bottom-p.top)})
	}
	return p
}

// bottomAxis draws the axis of x, with fewer texts where they would touch.
func (p *plot) bottomAxis(x axis) {
	ticks, labels := x.marks()
	var line path
	line.line(p.left, p.bottom, p.right, p.bottom)
	ends := math.Inf(-1)
	for i, t := range ticks {
		at, w := p.x.at(t), textWidth(labels[i])
		line.line(at, p.bottom, at, p.bottom+4)
		from := min(max(at-w/2, 0), float64(p.Width)-w)
		if from < ends+6 {
			continue
		}
		ends = from + w
		p.text(at, p.bottom+17, "m", labels[i])
	}
	p.mark("axis", line.String())
	if x.title != "" {
		p.text((p.left+p.right)/2, float64(p.Height)-4, "m", x.title)
	}
}
