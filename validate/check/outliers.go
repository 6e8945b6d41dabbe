package check

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// Method says what makes a number an outlier.
type Method uint8

// The methods. Quantiles are those of numpy's default: linear between neighbours.
const (
	ZScore Method = iota // further from the mean than Factor standard deviations of the sample
	MAD                  // 0.6745 times its distance from the median is more than Factor median absolute deviations (Iglewicz and Hoaglin 1993)
	IQR                  // further below the first or above the third quartile than Factor times their distance (Tukey 1977)
)

// String returns "z_score", "mad" or "iqr".
func (m Method) String() string { return nameOf(m, methods()) }

// MarshalText implements encoding.TextMarshaler with String.
func (m Method) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler; it takes what String gives.
func (m *Method) UnmarshalText(text []byte) error { return unmarshalName(m, text, methods()) }

func methods() []string { return []string{ZScore: "z_score", MAD: "mad", IQR: "iqr"} }

// Outliers wants no number far from the others. When the measure of spread is 0, every other number is an outlier. It looks at the finite numbers and at each row
// once, and holds 16 bytes for each of them until the last row is read.
type Outliers struct {
	Column string // a numeric column
	Method Method
	Factor float64 // above 0; 0 is 3 for ZScore, 3.5 for MAD and 1.5 for IQR
}

func (c Outliers) plan() (plan, error) {
	err := named("Outliers.Column", c.Column)
	if c.Method > IQR || !(c.Factor >= 0) {
		err = errors.Join(err, option("Outliers", fmt.Sprintf("Method %d, Factor %v", c.Method, c.Factor), "a method, and a factor of 0 or more"))
		return plan{}, err
	}
	if c.Factor == 0 {
		c.Factor = [...]float64{3, 3.5, 1.5}[c.Method]
	}
	return plan{
		rule: "outliers", needs: needs(number, c.Column), want: "numbers near the others", got: "a number far away",
		start: func() part { return &held{method: c.Method, factor: c.Factor} },
	}, err
}

// Quantile wants a quantile of a column (numpy's default: linear between neighbours) to be Min to Max. It passes over a column without finite values, and holds 16
// bytes for each of them until the last row is read.
type Quantile struct {
	Column   string  // a numeric column
	At       float64 // in [0, 1]; 0.5 is the median
	Min, Max float64 // an infinity is no bound
}

func (c Quantile) plan() (plan, error) {
	err := errors.Join(named("Quantile.Column", c.Column), bounds("Quantile", c.Min, c.Max))
	if !(c.At >= 0 && c.At <= 1) {
		err = errors.Join(err, option("Quantile.At", fmt.Sprint(c.At), "in [0, 1]"))
	}
	return plan{
		rule: "quantile", needs: needs(number, c.Column), want: fmt.Sprintf("a quantile %v of %s", c.At, span(c.Min, c.Max)), got: "another quantile", whole: true,
		start: func() part {
			return &held{outside: func(x []float64) bool { return outside(quantile(x, c.At), c.Min, c.Max) }}
		},
	}, err
}

// held is all finite numbers of a column with their rows.
type held struct {
	method  Method
	factor  float64
	outside func(sorted []float64) bool // of a Quantile, else nil
	numbers []float64
	rows    []int64
}

func (h *held) observe(v *view) error {
	x, err := v.numbers(0)
	for i, n := range x {
		if !math.IsNaN(n) && !math.IsInf(n, 0) {
			h.numbers = append(h.numbers, n)
			h.rows = append(h.rows, v.row(i))
		}
	}
	return err
}

func (h *held) merge(next part, offset int64, _ *rowset) {
	n := as[*held](next)
	h.numbers = append(h.numbers, n.numbers...)
	for _, row := range n.rows {
		h.rows = append(h.rows, offset+row)
	}
}

func (h *held) finish(bad *rowset) bool {
	if len(h.numbers) == 0 {
		return false
	}
	if h.outside != nil {
		return h.outside(slices.Sorted(slices.Values(h.numbers)))
	}
	low, high := h.fences()
	for i, n := range h.numbers {
		if n < low || n > high {
			bad.add(h.rows[i])
		}
	}
	return false
}

// fences returns the least and the greatest number that is no outlier.
func (h *held) fences() (low, high float64) {
	if h.method == ZScore {
		var t total
		t.addAll(h.numbers)
		mean, reach := t.sum/float64(t.n), 0.0
		if t.n > 1 {
			reach = float64(h.factor * math.Sqrt(t.squares/float64(t.n-1)))
		}
		return mean - reach, mean + reach
	}
	sorted := slices.Sorted(slices.Values(h.numbers))
	if h.method == IQR {
		q1, q3 := quantile(sorted, 0.25), quantile(sorted, 0.75)
		reach := float64(h.factor * (q3 - q1))
		return q1 - reach, q3 + reach
	}
	median := quantile(sorted, 0.5)
	for i, n := range sorted {
		sorted[i] = math.Abs(n - median)
	}
	slices.Sort(sorted)
	reach := float64(h.factor / 0.6745 * quantile(sorted, 0.5))
	return median - reach, median + reach
}

// quantile returns a quantile of numbers in ascending order.
func quantile(sorted []float64, at float64) float64 {
	place := float64(at * float64(len(sorted)-1))
	i := int(place)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[i] + float64((place-float64(i))*(sorted[i+1]-sorted[i]))
}
