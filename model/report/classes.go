package report

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/tidewheel/tidewheel/internal/page"
	"github.com/tidewheel/tidewheel/model/metric"
)

const (
	curvesDrawn = 8  // classes with a curve
	cellsDrawn  = 20 // classes in the confusion matrix
	scoreBins   = 25 // of the histograms of scores
	calibration = 10 // bins of the calibration curve, as of the metric ece
)

// oneClass is a class against all others: the rows as metrics take them.
type oneClass struct {
	name   string
	is     []bool
	score  []float64
	weight []float64
}

func (a Answers) classification() ([]page.Section, error) {
	var out []page.Section
	predicted := a.Predicted
	if a.Probability != nil && len(a.Class) > 0 {
		classes, left := a.against()
		curves, err := curveSection(classes, left)
		if err != nil {
			return nil, err
		}
		out = append(out, curves, scoreSection(classes))
		if predicted == nil {
			predicted = a.mostProbable()
		}
	}
	if predicted != nil && len(a.Class) > 0 {
		confusion, err := a.confusion(predicted)
		if err != nil {
			return nil, err
		}
		out = append(out, confusion)
	}
	return out, nil
}

// against returns the classes that curves are drawn of: the positive one of two, else those with the most rows, in their order.
func (a Answers) against() (out []oneClass, left int) {
	n, k := len(a.Class), len(a.Classes)
	if k == 2 {
		return []oneClass{a.against1(1)}, 0
	}
	rows := make([]int, k)
	for _, c := range a.Class {
		rows[c]++
	}
	order := make([]int, 0, k)
	for c := range k {
		if rows[c] > 0 && rows[c] < n {
			order = append(order, c)
		}
	}
	slices.SortStableFunc(order, func(x, y int) int { return cmp.Compare(rows[y], rows[x]) })
	left = max(0, len(order)-curvesDrawn)
	order = order[:len(order)-left]
	slices.Sort(order)
	for _, c := range order {
		out = append(out, a.against1(c))
	}
	return out, left
}

func (a Answers) against1(c int) oneClass {
	n, k := len(a.Class), len(a.Classes)
	o := oneClass{name: a.Classes[c], is: make([]bool, n), score: a.Probability, weight: a.Weight}
	if len(a.Probability) == n*k {
		o.score = make([]float64, n)
		for i := range o.score {
			o.score[i] = a.Probability[i*k+c]
		}
	}
	for i, v := range a.Class {
		o.is[i] = int(v) == c
	}
	return o
}

// mostProbable returns the class of the largest probability of each row, the first of equal ones; of two classes the positive one above one half.
func (a Answers) mostProbable() []int32 {
	n, k := len(a.Class), len(a.Classes)
	out := make([]int32, n)
	for i := range out {
		if len(a.Probability) == n && k == 2 {
			if a.Probability[i] > 0.5 {
				out[i] = 1
			}
			continue
		}
		row := a.Probability[i*k : i*k+k]
		for c, p := range row {
			if p > row[out[i]] {
				out[i] = int32(c)
			}
		}
	}
	return out
}

// figures gathers the curves of one kind.
type figures struct {
	page.CurvesOptions
	legend []string
	off    float64
	note   string
}

func (f *figures) add(c page.Curve, legend string) {
	thin, off := page.Thin(c)
	f.Curves = append(f.Curves, thin)
	f.legend = append(f.legend, legend)
	f.off = max(f.off, off)
	f.Label += legend + ". "
}

func (f *figures) block() page.Block {
	note := f.note
	if f.off > 0 {
		note += fmt.Sprintf(" Drawn to within %s of the true curve.", page.Number(f.off))
	}
	return page.Block{Figure: &page.Figure{Caption: f.Title, Chart: page.Curves(f.CurvesOptions), Legend: f.legend, Note: note}}
}

func curveSection(classes []oneClass, left int) (page.Section, error) {
	s := page.Section{ID: "curves", Heading: "Curves"}
	roc := figures{CurvesOptions: page.CurvesOptions{Title: "ROC", X: "False positive rate", Y: "True positive rate", Diagonal: true}, note: "Dotted: chance."}
	pr := figures{CurvesOptions: page.CurvesOptions{Title: "Precision and recall", X: "Recall", Y: "Precision"}}
	cal := figures{CurvesOptions: page.CurvesOptions{Title: "Calibration", X: "Mean predicted probability", Y: "Share that occurred", Diagonal: true}, note: "Ten bins of equal width. Dotted: what was predicted occurs."}
	for _, c := range classes {
		if err := c.curves(&roc, &pr, &cal); errors.Is(err, metric.ErrOneClass) {
			continue
		} else if err != nil {
			return s, err
		}
	}
	if len(roc.Curves) == 0 {
		s.Blocks = append(s.Blocks, page.Block{Text: "All rows are of one class, so that there is no curve."})
		return s, nil
	}
	if len(classes) == 1 {
		share := occurs(classes[0])
		pr.Level, pr.note = share, "Dotted: chance, "+page.Percent(share)+"."
		s.Intro = "The positive class is " + page.Short(classes[0].name, 60) + "."
	} else {
		s.Intro = "Each class against all others."
		if left > 0 {
			s.Intro += fmt.Sprintf(" The %d classes with the most rows; %s not drawn.", curvesDrawn, page.Plural(int64(left), "class"))
			if left > 1 {
				s.Intro = fmt.Sprintf("Each class against all others. The %d classes with the most rows; %d more classes are not drawn.", curvesDrawn, left)
			}
		}
	}
	s.Blocks = append(s.Blocks, roc.block(), pr.block(), cal.block())
	return s, nil
}

func (c oneClass) curves(roc, pr, cal *figures) error {
	curve, err := metric.ROC(c.is, c.score, c.weight)
	if err != nil {
		return err
	}
	area, err := metric.ROCAUC(c.is, c.score, c.weight)
	if err != nil {
		return err
	}
	recall, err := metric.PrecisionRecall(c.is, c.score, c.weight)
	if err != nil {
		return err
	}
	average, err := metric.AveragePrecision(c.is, c.score, c.weight)
	if err != nil {
		return err
	}
	bins, err := metric.Calibration(c.is, c.score, c.weight, calibration)
	if err != nil {
		return err
	}
	name := page.Short(c.name, 18)
	roc.add(page.Curve{Name: name, X: curve.FalsePositiveRate, Y: curve.TruePositiveRate}, name+", area "+page.Fixed(area, 4))
	pr.add(page.Curve{Name: name, X: recall.Recall, Y: recall.Precision}, name+", average precision "+page.Fixed(average, 4))
	points := page.Curve{Name: name, Dots: true}
	for _, b := range bins {
		if b.Weight > 0 {
			points.X, points.Y = append(points.X, b.Predicted), append(points.Y, b.Observed)
		}
	}
	off, err := metric.ECE(c.is, c.score, c.weight, calibration)
	cal.add(points, name+", ECE "+page.Fixed(off, 4))
	return err
}

// occurs returns the share of rows of the class, by weight.
func occurs(c oneClass) float64 {
	of, all := 0.0, 0.0
	for i, is := range c.is {
		w := weightOf(c.weight, i)
		all += w
		if is {
			of += w
		}
	}
	return of / all
}

func weightOf(weight []float64, i int) float64 {
	if weight == nil {
		return 1
	}
	return weight[i]
}

// scoreSection draws where the scores of rows of a class lie, and those of all others.
func scoreSection(classes []oneClass) page.Section {
	s := page.Section{ID: "scores", Heading: "Scores by class", Intro: "Share of the rows of each kind by the probability that was given to the class. The less the two lie over each other, the better they are told apart."}
	edges := page.Edges(0, 1, scoreBins, false)
	for _, c := range classes {
		shares := [2][]float64{make([]float64, scoreBins), make([]float64, scoreBins)}
		var total [2]float64
		for i, p := range c.score {
			side := 1
			if c.is[i] {
				side = 0
			}
			w := weightOf(c.weight, i)
			shares[side][min(scoreBins-1, int(p*scoreBins))] += w
			total[side] += w
		}
		for side, all := range total {
			for b := range shares[side] {
				shares[side][b] /= math.Max(all, math.SmallestNonzeroFloat64)
			}
		}
		name := page.Short(c.name, 24)
		title := "Scores of " + name
		s.Blocks = append(s.Blocks, page.Block{Figure: &page.Figure{
			Caption: title, Legend: []string{name, "not " + name},
			Chart: page.Histogram(page.HistogramOptions{Title: title, Edges: edges, Share: true, Value: "Predicted probability", Series: []page.Series{{Name: name, Values: shares[0]}, {Name: "not " + name, Values: shares[1]}}}),
		}})
	}
	return s
}

func (a Answers) confusion(predicted []int32) (page.Section, error) {
	s := page.Section{ID: "confusion", Heading: "Confusion matrix"}
	k := len(a.Classes)
	m, err := metric.NewConfusion(a.Class, predicted, k, a.Weight)
	if err != nil {
		return s, err
	}
	order := make([]int, k)
	for c := range order {
		order[c] = c
	}
	slices.SortStableFunc(order, func(x, y int) int { return cmp.Compare(m.Actual(y)+m.Predicted(y), m.Actual(x)+m.Predicted(x)) })
	left := max(0, k-cellsDrawn)
	order = order[:k-left]
	slices.Sort(order)
	heat := page.HeatOptions{Title: "Predicted classes of the rows of each class", X: "Predicted", Y: "Actual", Label: "Accuracy " + page.Percent(m.Accuracy()) + "."}
	classes := &page.Table{
		Caption: "By class", RowHead: true, Noun: "class",
		Head: []page.Head{{Text: "Class"}, {Text: "Rows", Number: true}, {Text: "Predicted", Number: true}, {Text: "Precision", Number: true}, {Text: "Recall", Number: true}, {Text: "F1", Number: true}},
	}
	for _, c := range order {
		heat.Rows, heat.Columns = append(heat.Rows, a.Classes[c]), append(heat.Columns, a.Classes[c])
		shares, texts := make([]float64, len(order)), make([]string, len(order))
		for j, p := range order {
			if all := m.Actual(c); all > 0 {
				shares[j] = m.At(c, p) / all
			}
			texts[j] = brief(m.At(c, p))
		}
		heat.Values, heat.Texts = append(heat.Values, shares), append(heat.Texts, texts)
		classes.Rows = append(classes.Rows, []page.Cell{
			page.D(a.Classes[c]), page.N(page.Number(m.Actual(c))), page.N(page.Number(m.Predicted(c))),
			page.N(page.Fixed(m.Precision(c), 4)), page.N(page.Fixed(m.Recall(c), 4)), page.N(page.Fixed(m.F1(c), 4)),
		})
	}
	note := "More colour: a larger share of the rows of the actual class."
	if left > 0 {
		note += fmt.Sprintf(" The %d classes with the most rows; %d more are not drawn.", cellsDrawn, left)
	}
	s.Blocks = append(s.Blocks, page.Block{Figure: &page.Figure{Caption: heat.Title, Chart: page.Heat(heat), Note: note}}, page.Block{Table: classes})
	return s, nil
}

// brief writes a count in at most five characters.
func brief(x float64) string {
	for _, u := range []struct {
		size float64
		sign string
	}{{1e9, "G"}, {1e6, "M"}, {1e4, "k"}} {
		if x >= u.size {
			unit := u.size
			if u.sign == "k" {
				unit = 1e3
			}
			return page.Fixed(x/unit, 0) + u.sign
		}
	}
	if x == math.Trunc(x) {
		return page.Fixed(x, 0)
	}
	return page.Fixed(x, 1)
}
