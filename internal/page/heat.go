package page

import (
	"fmt"
	"math"
	"strconv"
)

const (
	heatLevels = 20 // shades of a colour
	heatTexts  = 12 // rows or columns up to which there is room for texts in the cells
	textCell   = 38 // width of a cell that has a text
)

// HeatOptions says what Heat draws.
type HeatOptions struct {
	Title   string
	Label   string      // main figures in a sentence, for those who do not see the colours
	Rows    []string    // names down the left side; texts of the data
	Columns []string    // names along the bottom
	X, Y    string      // titles of the sides; empty is none
	Values  [][]float64 // in [-1, 1]: negative ones in another colour; NaN is not drawn
	Texts   [][]string  // what stands in the cells where there is room; nil is nothing
	Lower   bool        // only what is below the diagonal, and the diagonal
}

// Heat draws a table of shades.
func Heat(o HeatOptions) *Chart {
	n := max(len(o.Rows), len(o.Columns))
	if n == 0 {
		return nil
	}
	left := 0.0
	for _, name := range o.Rows {
		left = max(left, min(textWidth(Visible(name)), 110))
	}
	below := 0.0
	for _, name := range o.Columns {
		below = max(below, min(textWidth(Visible(name)), 110))
	}
	left += 8
	side, foot := 0.0, 0.0
	if o.Y != "" {
		side = 20
	}
	if o.X != "" {
		foot = 20
	}
	size := min(44, (chartWidth-side-left-6)/float64(n)) // as wide as other charts
	switch {
	case o.Texts != nil && n <= heatTexts:
		size = max(size, textCell)
	case size < 20:
		size = min(20, max(14, 440/float64(n)))
	}
	upright := below+4 > size // names along the bottom are turned
	if !upright {
		below = charHeight + 4
	}
	width := max(side+left+size*float64(len(o.Columns))+6, 160)
	c := &Chart{Width: int(math.Ceil(width)), Height: int(math.Ceil(6 + size*float64(len(o.Rows)) + 6 + below + foot + 6)), Title: o.Title, Label: o.Title + ". " + o.Label}
	h := heat{HeatOptions: o, chart: c, left: side + left, top: 6, size: size}
	h.cells()
	bottom := h.top + size*float64(len(o.Rows))
	for i, name := range o.Rows {
		c.text(h.left-6, h.top+size*(float64(i)+0.5)+4, "e", shortTo(name, left-8))
	}
	for j, name := range o.Columns {
		x := h.left + size*(float64(j)+0.5)
		if upright {
			c.Texts = append(c.Texts, Label{X: decimal(x + 4), Y: decimal(bottom + 6), Class: "e", Rotate: true, Text: shortTo(name, below)})
		} else {
			c.text(x, bottom+charHeight+4, "m", name)
		}
	}
	if o.X != "" {
		c.text(h.left+size*float64(len(o.Columns))/2, float64(c.Height)-6, "m", o.X)
	}
	if o.Y != "" {
		c.Texts = append(c.Texts, Label{X: "13", Y: decimal((h.top + bottom) / 2), Class: "m t", Rotate: true, Text: shortTo(o.Y, bottom-h.top)})
	}
	return c
}

type heat struct {
	HeatOptions
	chart     *Chart
	left, top float64
	size      float64
}

// cells draws one path for each shade.
func (h *heat) cells() {
	paths := make([]path, 2*heatLevels+1)
	for i, row := range h.Values {
		for j, v := range row {
			if h.Lower && j > i || math.IsNaN(v) {
				continue
			}
			level := int(math.Round(min(max(v, -1), 1) * heatLevels))
			x, y := h.left+h.size*float64(j), h.top+h.size*float64(i)
			gap := 1.0
			paths[level+heatLevels].rect(x, y, h.size-gap, h.size-gap)
			if h.Texts != nil && h.size >= textCell {
				class := "m on"
				if level > heatLevels*11/20 || level < -heatLevels*11/20 {
					class = "m over"
				}
				h.chart.text(x+(h.size-gap)/2, y+h.size/2+4, class, h.Texts[i][j])
			}
		}
	}
	for k := range paths {
		level := k - heatLevels
		d := paths[k].String()
		switch {
		case d == "":
		case level == 0:
			h.chart.mark("void", d)
		default:
			class := "pos"
			if level < 0 {
				class = "neg"
			}
			h.chart.Marks = append(h.chart.Marks, Mark{Class: class, D: d, Alpha: alpha(math.Abs(float64(level)) / heatLevels)})
		}
	}
}

func alpha(share float64) string {
	return strconv.FormatFloat(math.Round(100*(0.06+0.94*share))/100, 'f', -1, 64)
}

// CloudOptions says what Cloud draws.
type CloudOptions struct {
	Title    string
	X, Y     string    // titles of the axes
	Xs, Ys   []float64 // points; those that are not finite are left out
	Diagonal bool      // a line of reference where both are equal; both axes have one range then
	Zero     bool      // a line of reference at Y = 0
}

const (
	cloudPoints = 400 // points that are drawn one by one
	cloudBins   = 48  // squares along a side where there are more
)

// Cloud draws points, and squares that are darker where more points lie, on a scale of square roots, when there are more than 400. Where no point is finite it
// returns nil.
func Cloud(o CloudOptions) *Chart {
	var x, y axis
	x.low, x.high, y.low, y.high = math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)
	n := 0
	for i, v := range o.Xs {
		if w := o.Ys[i]; finite([]float64{v, w}) {
			x.low, x.high, y.low, y.high = min(x.low, v), max(x.high, v), min(y.low, w), max(y.high, w)
			n++
		}
	}
	if n == 0 {
		return nil
	}
	if o.Zero {
		y.low, y.high = min(y.low, 0), max(y.high, 0)
	}
	if o.Diagonal {
		x.low, x.high = min(x.low, y.low), max(x.high, y.high)
		y.low, y.high = x.low, x.high
	}
	x.ticks, y.ticks, x.title, y.title = 4, 5, o.X, o.Y
	widen(&x)
	widen(&y)
	c := &Chart{Width: chartWidth, Height: 290, Title: o.Title}
	c.Label = fmt.Sprintf("%s. %s; %s from %s to %s, %s from %s to %s.", o.Title, Plural(int64(n), "row"), o.X, Number(x.low), Number(x.high), o.Y, Number(y.low), Number(y.high))
	p := newPlot(c, x, y)
	var guide path
	if o.Diagonal {
		guide.line(p.x.at(x.low), p.y.at(y.low), p.x.at(x.high), p.y.at(y.high))
	}
	if o.Zero {
		guide.line(p.left, p.y.at(0), p.right, p.y.at(0))
	}
	if n <= cloudPoints {
		var d path
		for i, v := range o.Xs {
			if finite([]float64{v, o.Ys[i]}) {
				d.circle(p.x.at(v), p.y.at(o.Ys[i]), 2.2)
			}
		}
		c.Marks = append(c.Marks, Mark{Class: "dots", D: d.String(), Alpha: "0.55"})
	} else {
		p.squares(o.Xs, o.Ys)
	}
	c.mark("guide", guide.String())
	return c
}

// widen gives an axis of a single value some room on both sides.
func widen(a *axis) {
	if a.low == a.high {
		room := max(math.Abs(a.low)/10, 1)
		a.low, a.high = a.low-room, a.high+room
	}
}

// squares draws how many points lie in each square of the plot.
func (p *plot) squares(xs, ys []float64) {
	counts := make([]int, cloudBins*cloudBins)
	most := 0
	for i, v := range xs {
		if !finite([]float64{v, ys[i]}) {
			continue
		}
		col := min(cloudBins-1, int((p.x.at(v)-p.left)/(p.right-p.left)*cloudBins))
		row := min(cloudBins-1, int((p.y.at(ys[i])-p.top)/(p.bottom-p.top)*cloudBins))
		k := row*cloudBins + col
		counts[k]++
		most = max(most, counts[k])
	}
	const shades = 12
	paths := make([]path, shades+1)
	w, h := (p.right-p.left)/cloudBins, (p.bottom-p.top)/cloudBins
	for k, n := range counts {
		if n > 0 {
			level := max(1, int(math.Round(math.Sqrt(float64(n)/float64(most))*shades)))
			paths[level].rect(p.left+w*float64(k%cloudBins), p.top+h*float64(k/cloudBins), w, h)
		}
	}
	for level := 1; level <= shades; level++ {
		if d := paths[level].String(); d != "" {
			p.Marks = append(p.Marks, Mark{Class: "cell", D: d, Alpha: alpha(0.12 + 0.88*float64(level)/shades)})
		}
	}
}
