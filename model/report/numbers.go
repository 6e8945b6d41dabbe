package report

import (
	"math"
	"slices"

	"github.com/tidewheel/tidewheel/internal/page"
)

const errorBins = 30 // of the histogram of errors

// regression draws predicted against actual values, and the errors.
func (a Answers) regression() []page.Section {
	s := page.Section{ID: "errors", Heading: "Predictions and errors"}
	rest := make([]float64, 0, len(a.Actual))
	residual := make([]float64, len(a.Actual))
	for i, v := range a.Actual {
		residual[i] = v - a.Number[i]
		if !math.IsNaN(residual[i]) && !math.IsInf(residual[i], 0) {
			rest = append(rest, residual[i])
		}
	}
	if len(rest) == 0 {
		s.Blocks = append(s.Blocks, page.Block{Text: "No row has both a finite actual value and a finite prediction."})
		return []page.Section{s}
	}
	slices.Sort(rest)
	s.Intro = "An error is the actual value less the predicted one. Where there are more than 400 rows, squares have more colour where more of them lie."
	add := func(caption string, c *page.Chart, note string) {
		s.Blocks = append(s.Blocks, page.Block{Figure: &page.Figure{Caption: caption, Chart: c, Note: note}})
	}
	add("Predicted against actual", page.Cloud(page.CloudOptions{Title: "Predicted against actual", X: "Actual", Y: "Predicted", Xs: a.Actual, Ys: a.Number, Diagonal: true}), "Dotted: a prediction without error.")
	add("Errors by prediction", page.Cloud(page.CloudOptions{Title: "Errors by prediction", X: "Predicted", Y: "Error", Xs: a.Number, Ys: residual, Zero: true}), "Dotted: no error. Above it the prediction was too low.")
	chart, note := histogram(rest)
	add("Rows by error", chart, note)
	s.Blocks = append(s.Blocks, page.Block{Table: errorTable(rest)})
	return []page.Section{s}
}

// histogram draws sorted errors; the farthest per cent of each side is left out where it takes most of the room.
func histogram(rest []float64) (*page.Chart, string) {
	grid := make(page.Grid, 101)
	for i := range grid {
		grid[i] = rest[(len(rest)-1)*i/100]
	}
	low, high, cut := page.Window(grid)
	edges := page.Edges(low, high, errorBins, false)
	counts := make([]float64, len(edges)-1)
	for _, r := range rest {
		if r < low || r > high {
			continue
		}
		b, found := slices.BinarySearch(edges, r)
		if !found {
			b--
		}
		counts[min(max(b, 0), len(counts)-1)]++
	}
	note := ""
	if cut {
		note = "The middle 98 % of the rows."
	}
	return page.Histogram(page.HistogramOptions{Title: "Rows by error", Edges: edges, Series: []page.Series{{Name: "rows", Values: counts}}, Value: "Error"}), note
}

func errorTable(rest []float64) *page.Table {
	t := &page.Table{Caption: "Quantiles of the errors", RowHead: true, Head: []page.Head{{Text: "Below"}, {Text: "Error", Number: true}}}
	for _, q := range []struct {
		name  string
		share float64
	}{{"smallest", 0}, {"1 %", 0.01}, {"5 %", 0.05}, {"25 %", 0.25}, {"50 %", 0.5}, {"75 %", 0.75}, {"95 %", 0.95}, {"99 %", 0.99}, {"largest", 1}} {
		at := max(0, int(math.Ceil(q.share*float64(len(rest))))-1)
		t.Rows = append(t.Rows, []page.Cell{page.T(q.name), page.N(page.Number(rest[at]))})
	}
	return t
}
