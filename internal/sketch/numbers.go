package sketch

import (
	"cmp"
	"slices"
)

// numbersCapacity is the number of distinct numbers that a TopNumbers counts at once.
const numbersCapacity = 1024

// TopNumbers finds the most frequent numbers of a stream in bounded memory, as TopK does with strings: it is exact for up to 1,024 distinct ones, beyond a
// count is at most ErrorBound too small, and a number that is not listed occurred at most ErrorBound times. ErrorBound never exceeds 2·Total/1,025. -0 counts as
// +0; NaN must not be added. The zero value is empty and ready to use; a copy shares its memory.
type TopNumbers struct {
	total, bound uint64
	used         int
	many         int           // counters above 1
	table        []NumberCount // open addressing, power of two; free where Count is 0
	scratch      []NumberCount
}

// NumberCount is a number with its count, a lower bound.
type NumberCount struct {
	Value float64
	Count uint64
}

// AddSlice takes values.
func (t *TopNumbers) AddSlice(values []float64) {
	t.total += uint64(len(values))
	for _, x := range values {
		t.put(x+0, 1) // -0 + 0 is +0
		if t.used > numbersCapacity {
			t.purge(numbersCapacity/2 + 1) // leaves at most half of the counters
		}
	}
}

// put adds to the counter of a number and makes one if there is none, even beyond the capacity.
func (t *TopNumbers) put(x float64, n uint64) {
	if 2*(t.used+1) > len(t.table) {
		t.scratch = t.collect(t.scratch[:0])
		t.rebuild(make([]NumberCount, max(64, 2*len(t.table))), t.scratch)
	}
	mask := len(t.table) - 1
	at := int(HashFloat64(x)>>32) & mask
	for t.table[at].Count != 0 {
		if c := &t.table[at]; c.Value == x {
			if c.Count == 1 {
				t.many++
			}
			c.Count += n
			return
		}
		at = (at + 1) & mask
	}
	t.table[at] = NumberCount{x, n}
	t.used++
	if n > 1 {
		t.many++
	}
}

// collect appends the counters to dst.
func (t *TopNumbers) collect(dst []NumberCount) []NumberCount {
	for _, c := range t.table {
		if c.Count != 0 {
			dst = append(dst, c)
		}
	}
	return dst
}

// rebuild puts counters into an empty table.
func (t *TopNumbers) rebuild(table, counters []NumberCount) {
	t.table, t.used, t.many = table, 0, 0
	for _, c := range counters {
		t.put(c.Value, c.Count)
	}
}

// purge takes the rank-th largest count off every counter and frees those at zero, so fewer than rank are left. It depends on the set of counters only.
func (t *TopNumbers) purge(rank int) {
	t.scratch = t.scratch[:0]
	off := uint64(1)
	if t.many > 0 {
		t.scratch = t.collect(t.scratch)
	}
	if t.many >= rank {
		slices.SortFunc(t.scratch, func(a, b NumberCount) int { return cmp.Compare(b.Count, a.Count) })
		off = t.scratch[rank-1].Count
	}
	t.bound += off
	left := t.scratch[:0]
	for _, c := range t.scratch {
		if c.Count > off {
			left = append(left, NumberCount{c.Value, c.Count - off})
		}
	}
	clear(t.table)
	t.rebuild(t.table, left)
}

// Merge adds what o has seen; o is not changed.
func (t *TopNumbers) Merge(o *TopNumbers) {
	t.total += o.total
	t.bound += o.bound
	for _, c := range o.table {
		if c.Count != 0 {
			t.put(c.Value, c.Count)
		}
	}
	if t.used > numbersCapacity {
		t.purge(numbersCapacity + 1)
	}
}

// Total returns the number of values.
func (t *TopNumbers) Total() uint64 { return t.total }

// ErrorBound returns by how much a count can be too small, 0 while every value is counted exactly.
func (t *TopNumbers) ErrorBound() uint64 { return t.bound }

// Len returns the number of values listed now.
func (t *TopNumbers) Len() int { return t.used }

// Top returns the k numbers with the largest counts, ties in ascending order; k below 0 means all that are listed.
func (t *TopNumbers) Top(k int) []NumberCount {
	out := t.collect(make([]NumberCount, 0, t.used))
	slices.SortFunc(out, func(a, b NumberCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Value, b.Value))
	})
	if k >= 0 && k < len(out) {
		out = out[:k]
	}
	return out
}
