package page

import (
	"fmt"
	"math"
)

// Curve is a line through points, in the order in which they are joined.
type Curve struct {
	Name string
	X, Y []float64 // in [0, 1]
	Dots bool      // its points are marked
}

// CurvesOptions says what Curves draws.
type CurvesOptions struct {
	Title    string
	X, Y     string // titles of the axes
	Label    string // main figures in a sentence, for those who do not see the curves
	Curves   []Curve
	Diagonal bool    // a line of reference from (0, 0) to (1, 1)
	Level    float64 // a line of reference at this height, 0 is none
}

// Curves draws lines in the unit square. It draws every point: see Thin.
func Curves(o CurvesOptions) *Chart {
	c := &Chart{Width: chartWidth, Height: 290, Title: o.Title, Label: o.Title + ". " + o.Label}
	p := newPlot(c, axis{high: 1, ticks: 5, title: o.X}, axis{high: 1, ticks: 5, title: o.Y})
	var guide path
	if o.Diagonal {
		guide.line(p.x.at(0), p.y.at(0), p.x.at(1), p.y.at(1))
	}
	if o.Level > 0 {
		guide.line(p.x.at(0), p.y.at(o.Level), p.x.at(1), p.y.at(o.Level))
	}
	c.mark("guide", guide.String())
	for i, curve := range o.Curves {
		var d, dots path
		command := byte('M')
		for k, x := range curve.X {
			if math.IsNaN(x) || math.IsNaN(curve.Y[k]) {
				command = 'M'
				continue
			}
			d.to(command, p.x.at(x), p.y.at(curve.Y[k]))
			command = 'L'
			if curve.Dots {
				dots.circle(p.x.at(x), p.y.at(curve.Y[k]), 3.5)
			}
		}
		c.mark(fmt.Sprintf("line s%d", i%seriesColours), d.String())
		if curve.Dots && i < 2 {
			c.mark(fmt.Sprintf("f%d pin", i), dots.String())
		}
	}
	return c
}

// circle adds a circle as two arcs.
func (p *path) circle(x, y, r float64) {
	p.to('M', x-r, y)
	size, wide := decimal(r), decimal(2*r)
	p.b.WriteString("a" + size + " " + size + " 0 1 0 " + wide + " 0a" + size + " " + size + " 0 1 0 -" + wide + " 0z")
}

const (
	thinColumns = 1000 // strips of x of which four points are kept at most
	thinPoints  = 400  // points that a curve may have in the end
)

// Thin returns at most 400 points of a curve in the unit square, and how far the line through them leaves the line through all of them at most, in units of the
// axes: about 0.002 for a smooth curve. X must not turn back and forth: it rises or falls, or stays.
//
// Of each thousandth of x the first, the lowest, the highest and the last point are kept, which moves the line by at most 0.001; of these those that a straight line
// passes within a tolerance are left out (Douglas and Peucker 1973), and the tolerance grows until few enough are left.
func Thin(c Curve) (Curve, float64) {
	if len(c.X) <= thinPoints {
		return c, 0
	}
	x, y := strips(c.X, c.Y)
	for tolerance := 0.001; ; tolerance *= 2 {
		keep := make([]bool, len(x))
		keep[0], keep[len(x)-1] = true, true
		kept := 2 + simplify(x, y, keep, tolerance)
		if kept > thinPoints {
			continue
		}
		out := Curve{Name: c.Name, Dots: c.Dots, X: make([]float64, 0, kept), Y: make([]float64, 0, kept)}
		for i, k := range keep {
			if k {
				out.X, out.Y = append(out.X, x[i]), append(out.Y, y[i])
			}
		}
		return out, tolerance + 1.0/thinColumns
	}
}

// strips keeps the first, lowest, highest and last point of each strip of x.
func strips(x, y []float64) (keptX, keptY []float64) {
	strip := func(i int) int { return int(math.Floor(x[i] * thinColumns)) }
	for from := 0; from < len(x); {
		to, low, high := from, from, from
		for ; to < len(x) && strip(to) == strip(from); to++ {
			if y[to] < y[low] {
				low = to
			}
			if y[to] > y[high] {
				high = to
			}
		}
		last := -1
		for _, i := range []int{from, min(low, high), max(low, high), to - 1} {
			if i > last {
				keptX, keptY = append(keptX, x[i]), append(keptY, y[i])
				last = i
			}
		}
		from = to
	}
	return keptX, keptY
}

// simplify marks the points between the ends that a line within the tolerance needs, and returns their number.
func simplify(x, y []float64, keep []bool, tolerance float64) int {
	type span struct{ from, to int }
	kept := 0
	for todo := []span{{0, len(x) - 1}}; len(todo) > 0; {
		s := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		worst, far := -1, tolerance
		for i := s.from + 1; i < s.to; i++ {
			if d := distance(point{x[i], y[i]}, point{x[s.from], y[s.from]}, point{x[s.to], y[s.to]}); d > far {
				worst, far = i, d
			}
		}
		if worst >= 0 {
			keep[worst] = true
			kept++
			todo = append(todo, span{s.from, worst}, span{worst, s.to})
		}
	}
	return kept
}

type point struct{ x, y float64 }

// distance returns how far p is from the straight line between a and b.
func distance(p, a, b point) float64 {
	dx, dy := b.x-a.x, b.y-a.y
	length := dx*dx + dy*dy
	t := 0.0
	if length > 0 {
		t = min(max(((p.x-a.x)*dx+(p.y-a.y)*dy)/length, 0), 1)
	}
	return math.Hypot(p.x-a.x-t*dx, p.y-a.y-t*dy)
}
