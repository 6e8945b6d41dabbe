package check

import (
	"fmt"
	"math"
	"slices"

	"github.com/tidewheel/tidewheel/dataset"
)

// steps plans a KS. What is known of the reference's distribution function is its height from each of some points to the next: a sample gives it exactly, the
// quantiles 0, 0.01 … 1 of a profile to half a step. The column's function is needed just below and at these points only, since it rises and the other stands still
// between them.
func (c Like) steps() (plan, error) {
	var points, heights []float64
	if c.Reference == nil {
		sorted := slices.DeleteFunc(slices.Clone(c.Sample), math.IsNaN)
		if len(sorted) == 0 {
			return plan{}, option("Like.Sample", fmt.Sprintf("%d numbers", len(sorted)), "some, or a Reference")
		}
		slices.Sort(sorted)
		for i, x := range sorted {
			points, heights = step(points, heights, x, float64(i+1)/float64(len(sorted)))
		}
	} else {
		p, ok := c.Reference.Column(c.Column)
		if !ok || p.Number == nil {
			return plan{}, option("Like.Reference", "a profile without numbers of the column", "one that has them")
		}
		grid := p.Number.Quantiles
		for i, x := range grid {
			points, heights = step(points, heights, x, (float64(i)+0.5)/float64(len(grid)-1))
		}
		heights[len(heights)-1] = 1 // the last is the largest number
	}
	return c.whole(number, func() part {
		return &stepped{atMost: c.AtMost, points: points, heights: heights, below: make([]int64, len(points)+1), at: make([]int64, len(points))}
	}), nil
}

// step adds a point, or makes the last one higher.
func step(points, heights []float64, x, height float64) (p, h []float64) {
	if n := len(points); n > 0 && points[n-1] == x {
		heights[n-1] = height
		return points, heights
	}
	return append(points, x), append(heights, height)
}

// stepped counts the numbers between and at the points.
type stepped struct {
	atMost          float64
	points, heights []float64
	below           []int64 // below[j] lie above point j-1 and below point j
	at              []int64
}

func (s *stepped) observe(v *view) error {
	x, err := v.numbers(0)
	for _, n := range x {
		if n != n {
			continue
		}
		if j, found := slices.BinarySearch(s.points, n); found {
			s.at[j]++
		} else {
			s.below[j]++
		}
	}
	return err
}

func (s *stepped) merge(next part, _ int64, _ *rowset) {
	n := as[*stepped](next)
	for j, k := range n.below {
		s.below[j] += k
	}
	for j, k := range n.at {
		s.at[j] += k
	}
}

func (s *stepped) finish(*rowset) bool {
	var n, seen int64
	for _, k := range slices.Concat(s.below, s.at) {
		n += k
	}
	far, height := 0.0, 0.0
	for j := range s.points {
		seen += s.below[j]
		far = max(far, math.Abs(float64(seen)/float64(n)-height))
		seen += s.at[j]
		height = s.heights[j]
		far = max(far, math.Abs(float64(seen)/float64(n)-height))
	}
	return n == 0 || far > s.atMost
}

// nameOf returns the name of a constant.
func nameOf[E ~uint8](e E, names []string) string {
	if int(e) < len(names) {
		return names[e]
	}
	return fmt.Sprintf("%d", uint8(e))
}

// unmarshalName sets e to the constant with a name.
func unmarshalName[E ~uint8](e *E, text []byte, names []string) error {
	at := slices.Index(names, string(text))
	if at < 0 {
		return fmt.Errorf("check: %w", &dataset.FormatError{Format: "checks", Want: fmt.Sprintf("one of %q", names), Got: "another text"})
	}
	*e = E(at)
	return nil
}
