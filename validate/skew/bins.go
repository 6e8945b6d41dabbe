package skew

import (
	"math"
	"slices"
	"sort"

	"github.com/tidewheel/tidewheel/internal/stat"
	"github.com/tidewheel/tidewheel/validate"
)

// numberCounts returns the values of both sides in the reference's bins, and whether they were counted one by one. x and y are all values in order, nil where only the
// profile is at hand.
func numberCounts(a, b *validate.ColumnProfile, x, y []float64) (r, c []uint64, exact bool) {
	r, c = make([]uint64, len(a.Bins.Counts)), make([]uint64, len(a.Bins.Counts))
	exact = true
	if x != nil {
		r = stat.CountSorted(x, a.Bins.Cuts)
	} else {
		for i, n := range a.Bins.Counts {
			r[i] = uint64(n)
		}
		exact = a.Bins.Convention == validate.RefValues
	}
	switch {
	case y != nil:
		c = stat.CountSorted(y, a.Bins.Cuts)
	case b.Bins.Convention == validate.RefValues:
		for _, v := range b.Top {
			c[a.Bins.Bin(v.Value)] += uint64(v.Count)
		}
	default:
		exact = false
		last := int64(0)
		for i, cut := range a.Bins.Cuts {
			below := max(last, rank(b, cut))
			c[i], last = uint64(below-last), below
		}
		c[len(a.Bins.Cuts)] = uint64(b.Number.Count - last)
	}
	return r, c, exact
}

// rank returns about how many values of a column are below a number: as its own bins have it where it is one of their cuts, else between what they have for the cuts
// around it, on the line between the quantiles around it.
func rank(c *validate.ColumnProfile, x float64) int64 {
	cut, same := slices.BinarySearch(c.Bins.Cuts, x)
	low := int64(0)
	for _, n := range c.Bins.Counts[:cut] {
		low += n
	}
	high := low + c.Bins.Counts[cut]
	if same {
		return high
	}
	q, n := c.Number.Quantiles, c.Number.Count
	last := int64(len(q) - 1)
	at := int64(sort.SearchFloat64s(q, x)) // the quantile before is below x, and this one is not
	if at == 0 {
		return low
	}
	if at > last {
		return high
	}
	between := 0.5 // of a value that is there: how many of it are below the quantile is not known
	if q[at] > x {
		between = (x/2 - q[at-1]/2) / (q[at]/2 - q[at-1]/2)
	}
	below := int64(math.Round((float64(at-1) + between) / float64(last) * float64(n)))
	// A quantile is the value at a place in the order; up to 100 values each is a quantile.
	below = min(max(below, (n*(at-1)+last-1)/last, 1), (n*at+last-1)/last-1)
	return min(max(below, low), high)
}

// widen joins neighbouring bins until each expects at least so many values of the smaller side, by the reference's shares: a choice that does not look at current, as
// stat.PoolRare does, whose bias shows where all bins are near the bound.
func widen(r, s []uint64, least float64) (x, y []uint64) {
	n, m := uint64(0), uint64(0)
	for i := range r {
		n, m = n+r[i], m+s[i]
	}
	scale := float64(min(n, m)) / float64(n)
	open := false // the last bin may grow
	for i := range r {
		if !open {
			x, y = append(x, 0), append(y, 0)
		}
		last := len(x) - 1
		x[last], y[last] = x[last]+r[i], y[last]+s[i]
		open = float64(x[last])*scale < least
	}
	if last := len(x) - 1; open && last > 0 {
		x[last-1], y[last-1] = x[last-1]+x[last], y[last-1]+y[last]
		x, y = x[:last], y[:last]
	}
	return x, y
}

// textCounts returns the texts that either side lists, in the order of the reference's list and then of current's, with their counts on both sides, and behind them
// the counts of all others where there are some. exact is whether both lists are whole.
func textCounts(a, b *validate.ColumnProfile) (values []string, r, c []uint64, exact bool) {
	x, y := listOf(a), listOf(b)
	for _, v := range a.Top {
		values = append(values, v.Value.Text)
		r = append(r, uint64(v.Count))
		c = append(c, y.count(v.Value.Text, v.Count, x))
	}
	for _, v := range b.Top {
		if _, ok := x.counts[v.Value.Text]; !ok {
			values = append(values, v.Value.Text)
			r = append(r, x.count(v.Value.Text, v.Count, y))
			c = append(c, uint64(v.Count))
		}
	}
	if x.other+y.other > 0 {
		r, c = append(r, uint64(x.other)), append(c, uint64(y.other))
	}
	return values, r, c, a.Other == 0 && b.Other == 0
}

// list is what a profile lists of a text column.
type list struct {
	counts map[string]int64
	n      int64
	other  int64 // values of texts that are not listed, and not yet taken by count
	most   int64 // no text that is not listed has more
}

func listOf(c *validate.ColumnProfile) *list {
	l := &list{counts: make(map[string]int64, len(c.Top)), n: c.Other, other: c.Other, most: 1}
	for _, v := range c.Top {
		l.counts[v.Value.Text] = v.Count
		l.n += v.Count
		l.most = v.Count // the last is the least
	}
	l.most += c.TopError
	return l
}

// count returns how many values are of a text: as listed, or what makes the least difference to the share that k values are of the other side.
func (l *list) count(text string, k int64, of *list) uint64 {
	if n, ok := l.counts[text]; ok {
		return uint64(n)
	}
	same := int64(math.Round(float64(k) / float64(of.n) * float64(l.n)))
	n := min(same, l.most, l.other)
	l.other -= n
	return uint64(n)
}

// newTexts returns how many of current's values are texts that the reference lacks; false unless the reference lists all of its own. Of texts that current does not
// list, as many as can be are taken for known. once are the reference's values that are its only ones of their text: as many would be new to the others.
func newTexts(a, b *validate.ColumnProfile) (fresh, once int64, ok bool) {
	if a.Other > 0 || len(a.Top) == 0 {
		return 0, 0, false
	}
	x, y := listOf(a), listOf(b)
	for _, v := range a.Top {
		if v.Count == 1 {
			once++
		}
	}
	for _, v := range b.Top {
		if _, known := x.counts[v.Value.Text]; !known {
			fresh += v.Count
		}
	}
	hidden := y.other
	for _, v := range a.Top {
		if _, listed := y.counts[v.Value.Text]; !listed {
			hidden -= min(hidden, y.most)
		}
	}
	return fresh + hidden, once, true
}

// inner are the quantiles 0.01 to 0.99, which stand for the values in ks and wasserstein where only profiles are at hand: the tails beyond them are left out.
func inner(c *validate.ColumnProfile) []float64 {
	q := slices.Clone(c.Number.Quantiles)
	return q[1 : len(q)-1]
}
