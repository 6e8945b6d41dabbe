package metric

import (
	"encoding/json"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mathext"

	"github.com/tidewheel/tidewheel/internal/num"
	"github.com/tidewheel/tidewheel/internal/stat"
)

// Interval is an estimate with the bounds of its confidence interval. Bounds are NaN where none is defined. In JSON a
// number that is not finite is null.
type Interval struct {
	Value, Low, High float64
}

type intervalJSON struct {
	Value *float64 `json:"value"`
	Low   *float64 `json:"low"`
	High  *float64 `json:"high"`
}

// encoded has nil for what is not finite.
func (i Interval) encoded() intervalJSON {
	pointer := func(v float64) *float64 {
		if v != v || math.IsInf(v, 0) {
			return nil
		}
		return &v
	}
	return intervalJSON{pointer(i.Value), pointer(i.Low), pointer(i.High)}
}

// MarshalJSON writes value, low and high.
func (i Interval) MarshalJSON() ([]byte, error) { return json.Marshal(i.encoded()) }

// UnmarshalJSON reads what MarshalJSON writes; null and what is absent become NaN.
func (i *Interval) UnmarshalJSON(b []byte) error {
	var in intervalJSON
	if err := json.Unmarshal(b, &in); err != nil {
		return fmt.Errorf("metric: interval: %w", err)
	}
	number := func(v *float64) float64 {
		if v == nil {
			return math.NaN()
		}
		return *v
	}
	*i = Interval{number(in.Value), number(in.Low), number(in.High)}
	return nil
}

// without is a value that has no interval.
func without(v float64) Interval { return Interval{v, math.NaN(), math.NaN()} }

// upTo keeps the bounds in [0, high]; NaN stays.
func (i Interval) upTo(high float64) Interval {
	i.Low = math.Max(0, math.Min(high, i.Low))
	i.High = math.Max(0, math.Min(high, i.High))
	return i
}

// normalQuantile is the two-sided quantile of the standard normal distribution.
func normalQuantile(level float64) float64 { return mathext.NormalQuantile(0.5 + level/2) }

// Wilson returns a proportion with Wilson's score interval, which stays inside [0, 1] and holds its level also for few
// rows and near 0 and 1.
//
// Units: successes is in [0, n] and n above 0; neither need be whole, so that the effective number of weighted rows
// can be used. level is in (0, 1), usually 0.95.
// Errors: ErrRange.
// Source: Wilson (1927), without correction for continuity; equals scipy.stats.binomtest(k, n).proportion_ci(level,
// "wilson") 1.17.1 to 1e-12.
func Wilson(successes, n, level float64) (Interval, error) {
	const operation = "wilson"
	if err := checkFraction(operation, "level", level); err != nil {
		return Interval{}, err
	}
	if !(n > 0 && n <= math.MaxFloat64 && successes >= 0 && successes <= n) {
		return Interval{}, fmt.Errorf("metric: %s: %w: want 0 <= successes <= n and n above 0", operation, ErrRange)
	}
	return wilson(successes/n, n, level), nil
}

func wilson(p, n, level float64) Interval {
	z2 := square(normalQuantile(level)) / n
	half := math.Sqrt(float64(z2*p)*(1-p) + square(z2)/4)
	middle := p + z2/2
	i := Interval{p, (middle - half) / (1 + z2), (middle + half) / (1 + z2)}.upTo(1)
	if p == 0 {
		i.Low = 0
	}
	if p == 1 {
		i.High = 1
	}
	return i
}

// effective is Kish's effective number of rows of those that are chosen: (Σw)²/Σw².
func effective(n int, weight []float64, chosen func(i int) bool) float64 {
	var sum, squares num.Accumulator
	for i := range n {
		if w := weightOf(weight, i); w > 0 && chosen(i) {
			sum.Add(w)
			squares.Add(square(w))
		}
	}
	return ratio(square(sum.Value()), squares.Value())
}

// MeanInterval returns the weighted mean of values with Student's interval, for metrics that are means over rows.
//
// Shapes: values and weight have length n; weight may be nil (all ones). level is in (0, 1), usually 0.95.
// With weights the variance is the linearised one, Σw²(v-mean)²/(Σw)²·n/(n-1), and n counts the rows with a weight above
// zero. Bounds are NaN for a single row. The interval holds its level when the mean of so many rows is nearly normal.
// Errors: ErrEmpty, ErrLength, ErrNonFinite or ErrRange.
// Source: equals scipy.stats.t.interval(level, n-1, mean, sem) 1.17.1 to 1e-9 (the quantile's accuracy).
func MeanInterval(values, weight []float64, level float64) (Interval, error) {
	const operation = "mean"
	if err := checkFraction(operation, "level", level); err != nil {
		return Interval{}, err
	}
	if err := check(operation, len(values), weight, anyNumber("values", values)); err != nil {
		return Interval{}, err
	}
	result := meanInterval(len(values), weight, func(i int) float64 { return values[i] }, level)
	if _, err := finite(operation, result.Value); err != nil {
		return Interval{}, err
	}
	return result, nil
}

func meanInterval(n int, weight []float64, value func(i int) float64, level float64) Interval {
	m := mean(n, weight, value)
	var total, spread num.Accumulator
	rows := 0.0
	for i := range n {
		if w := weightOf(weight, i); w > 0 {
			total.Add(w)
			spread.Add(square(float64(w * (value(i) - m))))
			rows++
		}
	}
	if rows < 2 {
		return without(m)
	}
	variance := spread.Value() / square(total.Value()) * rows / (rows - 1)
	t := stat.StudentsTQuantile(0.5+level/2, rows-1)
	half := float64(t * math.Sqrt(variance))
	return Interval{m, m - half, m + half}
}

// DeLong returns ROCAUC with DeLong's interval.
//
// Shapes, cost and errors are those of ROCAUC; ErrRange also for a level outside (0, 1). The interval is the normal one
// cut to [0, 1]; for a perfect separation it has no width, and with few rows of a class it is somewhat too narrow (one of
// 95 % holds the truth in about 93.6 % of samples with 40 true and 80 false rows). Bounds are NaN if a class has a single
// row. With weights the variance is the linearised one, which is DeLong's where weights are equal.
// Source: DeLong, DeLong & Clarke-Pearson (1988) through midranks as Sun & Xu (2014); equals R's pROC ci.auc in formula,
// and a direct evaluation of the 1988 definition to 1e-12.
func DeLong(class []bool, score, weight []float64, level float64) (Interval, error) {
	const operation = "roc_auc"
	if err := checkFraction(operation, "level", level); err != nil {
		return Interval{}, err
	}
	r, err := checkScores(operation, class, score, weight)
	if err != nil {
		return Interval{}, err
	}
	return deLong(r, level), nil
}

func deLong(r *ranking, level float64) Interval {
	area := areaOf(r)
	var total [2]num.Accumulator
	var count [2]float64
	r.ascending(func(g group) {
		r.each(g, func(c int, w float64) {
			total[c].Add(w)
			count[c]++
		})
	})
	if count[0] < 2 || count[1] < 2 {
		return without(area)
	}
	negatives, positives := total[0].Value(), total[1].Value()
	var below [2]num.Accumulator // weight of the rows of each class with a smaller score
	var spread [2]num.Accumulator
	r.ascending(func(g group) {
		// The share of the other class that a true (false) row of this score wins against, ties one half.
		trueWins := (below[0].Value() + g.weight[0].Value()/2) / negatives
		falseWins := 1 - (below[1].Value()+g.weight[1].Value()/2)/positives
		distance := [2]float64{falseWins - area, trueWins - area}
		r.each(g, func(c int, w float64) { spread[c].Add(square(float64(w * distance[c]))) })
		below[0].Merge(g.weight[0])
		below[1].Merge(g.weight[1])
	})
	variance := spread[1].Value()/square(positives)*count[1]/(count[1]-1) +
		spread[0].Value()/square(negatives)*count[0]/(count[0]-1)
	half := float64(normalQuantile(level) * math.Sqrt(variance))
	return Interval{area, area - half, area + half}.upTo(1)
}
