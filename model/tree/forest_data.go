package tree

import (
	"context"
	"math"
	"math/bits"
	"slices"

	"github.com/tidewheel/tidewheel/internal/matrix"
)

// axis is a column of a forest: its values in the order in which splits cut it. Numbers are in the order of their bins, with the missing ones behind them.
// Categories are in the order of the vocabulary, with the missing, rarest and unknown ones behind them.
type axis struct {
	binner   *binner
	steps    int     // values; numbers: without the missing one
	missing  int     // the value that stands for missing numbers, behind all others; -1 for none
	low, top float64 // numbers: the least and the largest
}

// forestData is the training rows of a forest.
type forestData struct {
	rows    int
	axes    []axis
	values  [][]uint8 // per column and row
	value   []float64 // regression: the target
	class   []int32   // classification
	classes int       // 0 for a regression
	pay     []int64   // per row: what is summed, see payload
	shift   uint      // payload: bits of the weight
	scale   float64   // weight of one quantum
	targets bool      // leaves have the target of one row, too
	mean    bool      // payloads are sums to split by their mean; else they hold the class
	squares float64   // what a score is multiplied by to be an impurity times a weight in quanta
}

// newForestData bins the columns of a table, which are not read after it.
func newForestData(ctx context.Context, t *table, p *forestParameters) (*forestData, error) {
	n := t.rows
	d := &forestData{
		rows: n, axes: make([]axis, len(t.columns)), values: make([][]uint8, len(t.columns)), value: t.value, class: t.class, classes: t.classes, targets: p.quantiles,
	}
	if t.value != nil {
		d.classes = 0
	}
	sample := sampleIndex(n, p.seed)
	err := matrix.Parallel(ctx, p.workers, len(t.columns), func(f, _ int) {
		c := t.columns[f]
		a := &d.axes[f]
		a.missing = -1
		if c.numeric == nil {
			d.values[f] = a.categories(c, p.maxBins)
			return
		}
		a.binner = newBinner(c, sample, p.maxBins)
		word := make([]uint64, n)
		a.binner.fill(c, word, 0)
		d.values[f] = make([]uint8, n)
		for i, w := range word {
			d.values[f][i] = uint8(w)
		}
		a.steps = a.binner.bins()
		if a.binner.missing {
			a.steps--
			a.missing = a.steps
		}
		a.low, a.top = math.Inf(1), math.Inf(-1)
		for _, v := range c.numeric {
			if v == v {
				a.low, a.top = min(a.low, v), max(a.top, v)
			}
		}
	})
	if err != nil {
		return nil, err
	}
	d.mean = d.classes == 0 || (d.classes == 2 && !p.entropy)
	d.squares = 1
	if d.mean && d.classes == 2 {
		d.squares = 2
	}
	d.payload(t, p.draws)
	return d, nil
}

// categories gives the categories of a column a value each, in the order of the vocabulary: as many as there is room for, the most frequent first. The rest and the
// missing ones have the value behind them. It returns the values of the rows.
func (a *axis) categories(c column, maxBins int) []uint8 {
	counts := make([]int, c.categories)
	for _, code := range c.codes {
		if code >= 0 {
			counts[code]++
		}
	}
	kept := make([]int32, 0, len(counts))
	for code, n := range counts {
		if n > 0 {
			kept = append(kept, int32(code))
		}
	}
	if len(kept) >= maxBins {
		slices.SortStableFunc(kept, func(x, y int32) int { return counts[y] - counts[x] })
		kept = kept[:maxBins-1]
		slices.Sort(kept)
	}
	a.binner = &binner{binOf: make([]uint8, c.categories), category: append([]int32{-1}, kept...)}
	a.steps = len(kept) + 1
	to := slices.Repeat([]uint8{uint8(len(kept))}, c.categories)
	for v, code := range kept {
		a.binner.binOf[code] = uint8(v + 1)
		to[code] = uint8(v)
	}
	values := make([]uint8, len(c.codes))
	for i, code := range c.codes {
		if values[i] = uint8(len(kept)); code >= 0 {
			values[i] = to[code]
		}
	}
	return values
}

// payload makes what is summed over the rows of a node: weights, and weights times targets, as whole numbers, so that equal sums are equal whatever the order of
// their rows, and splits that part the rows alike tie exactly. A weight is at least one quantum. With mean, the sum is above the weight in one number, so that
// one addition sums both; else the class is below the weight.
func (d *forestData) payload(t *table, draws int) {
	n := d.rows
	d.pay = make([]int64, n)
	room := 30 // bits that the weights of all draws may take
	if d.classes == 0 {
		room = bits.Len(uint(draws))
		if t.weight != nil {
			room += max(0, (61-2*room)/3) // the rest is for the targets
		}
	}
	d.shift, d.scale = 32, 1
	if d.classes == 0 {
		d.shift = uint(room) + 1
	}
	if t.weight != nil {
		d.scale = powerOfTwo(slices.Max(t.weight) * float64(draws) / math.Ldexp(1, room))
	}
	var center, step float64
	if d.classes == 0 {
		center = squared{}.base(&t.labels, n)[0]
		var top float64
		for i, y := range t.value {
			top = max(top, math.Abs(y-center)*t.weightOf(i))
		}
		step = powerOfTwo(top * float64(draws) / math.Ldexp(1, 62-int(d.shift)))
		d.squares = step / d.scale * (step / d.scale)
	}
	for i := range d.pay {
		w := int64(1)
		if t.weight != nil {
			w = max(1, dithered(t.weight[i]/d.scale, t.weight[i]))
		}
		switch {
		case d.classes == 0:
			d.pay[i] = dithered((t.value[i]-center)*t.weightOf(i)/step, t.value[i])<<d.shift + w
		case d.mean:
			d.pay[i] = w<<32*int64(t.class[i]) + w
		default:
			d.pay[i] = w<<32 + int64(t.class[i])
		}
	}
}

// dithered rounds x up or down by a hash of a number: many different small numbers keep their sum, and equal ones stay equal.
func dithered(x, of float64) int64 {
	return int64(math.Floor(x + float64(mix(math.Float64bits(of)+streamDither)>>40)*(1.0/(1<<24))))
}

// width returns how many values a leaf has: the mean, and of a quantile forest the target of one row; the share of the second of two classes; or the shares of all.
func (d *forestData) width() int {
	switch {
	case d.classes > 2:
		return d.classes
	case d.targets:
		return 2
	default:
		return 1
	}
}

// total returns the sum of payloads.
func total(pay []int64) int64 {
	var sum int64
	for _, v := range pay {
		sum += v
	}
	return sum
}
