package sketch

import (
	"math"
	"slices"
)

// sortNumbers sorts values without NaN and negative zeros, and returns its scratch to be given again. Their bits are sorted, as whole numbers in the same order, runs of eight
// by a network without a branch, and longer ones by merging from both ends at once: the branches that a sort of random values mispredicts are most of its time.
func sortNumbers(values []float64, scratch []uint64) []uint64 {
	n := len(values)
	padded := (n + 7) &^ 7
	scratch = slices.Grow(scratch[:0], 2*padded)[:2*padded]
	keys, spare := scratch[:padded], scratch[padded:]
	for i, x := range values {
		b := math.Float64bits(x)
		keys[i] = b ^ (uint64(int64(b)>>63) | 1<<63)
	}
	for i := n; i < padded; i++ {
		keys[i] = math.MaxUint64 // above the key of every number
	}
	for i := 0; i < padded; i += 8 {
		sortEight((*[8]uint64)(keys[i:]))
	}
	for run := 8; run < padded; run *= 2 {
		for i := 0; i < padded; i += 2 * run {
			middle, end := min(i+run, padded), min(i+2*run, padded)
			mergeRuns(spare[i:end], keys[i:middle], keys[middle:end])
		}
		keys, spare = spare, keys
	}
	for i := range values {
		k := keys[i]
		values[i] = math.Float64frombits(k ^ (^uint64(int64(k)>>63) | 1<<63))
	}
	return scratch
}

// sortEight is the network of 19 exchanges.
func sortEight(v *[8]uint64) {
	a, b, c, d, e, f, g, h := v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7]
	a, c = min(a, c), max(a, c)
	b, d = min(b, d), max(b, d)
	e, g = min(e, g), max(e, g)
	f, h = min(f, h), max(f, h)
	a, e = min(a, e), max(a, e)
	b, f = min(b, f), max(b, f)
	c, g = min(c, g), max(c, g)
	d, h = min(d, h), max(d, h)
	a, b = min(a, b), max(a, b)
	c, d = min(c, d), max(c, d)
	e, f = min(e, f), max(e, f)
	g, h = min(g, h), max(g, h)
	c, e = min(c, e), max(c, e)
	d, f = min(d, f), max(d, f)
	b, e = min(b, e), max(b, e)
	d, g = min(d, g), max(d, g)
	b, c = min(b, c), max(b, c)
	d, e = min(d, e), max(d, e)
	f, g = min(f, g), max(f, g)
	*v = [8]uint64{a, b, c, d, e, f, g, h}
}

// mergeRuns merges two ascending runs, y at most as long as x.
func mergeRuns(to, x, y []uint64) {
	if len(y) == 0 || x[len(x)-1] <= y[0] {
		copy(to[copy(to, x):], y)
		return
	}
	if len(x) != len(y) {
		mergeUneven(to, x, y)
		return
	}
	n := len(x)
	y, to = y[:n], to[:2*n]
	i, j, k, l := 0, 0, n-1, n-1
	for at := range n {
		a, b := x[i], y[j]
		second := 0
		if b < a {
			second = 1
		}
		to[at] = min(a, b)
		i, j = i+1-second, j+second
		c, d := x[k], y[l]
		first := 0
		if d < c {
			first = 1
		}
		to[2*n-1-at] = max(c, d)
		k, l = k-first, l-1+first
	}
}

func mergeUneven(to, x, y []uint64) {
	i, j, at := 0, 0, 0
	for ; i < len(x) && j < len(y); at++ {
		a, b := x[i], y[j]
		second := 0
		if b < a {
			second = 1
		}
		to[at] = min(a, b)
		i, j = i+1-second, j+second
	}
	copy(to[at+copy(to[at:], x[i:]):], y[j:])
}
