package sketch

import (
	"cmp"
	"encoding/binary"
	"math"
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

// MarshalBinary returns the canonical form: for each number that is listed 1 to 10 bytes, 2 where they are whole and close together, and 1 to 10 for its count; the error is always nil.
func (t *TopNumbers) MarshalBinary() ([]byte, error) { return t.appendForm(nil, 0), nil }

// AppendTrimmed appends the canonical form of t without what says little, as TopK.AppendTrimmed does. t is not changed.
func (t *TopNumbers) AppendTrimmed(dst []byte) []byte {
	if t.bound == 0 {
		return t.appendForm(dst, 0)
	}
	return t.appendForm(dst, noise(t.total))
}

func (t *TopNumbers) appendForm(dst []byte, noise uint64) []byte {
	values, lost := make([]float64, 0, t.used), uint64(0)
	left := make([]NumberCount, 0, t.used)
	for _, c := range t.collect(make([]NumberCount, 0, t.used)) {
		if c.Count > noise {
			left = append(left, c)
		} else {
			lost = max(lost, c.Count)
		}
	}
	slices.SortFunc(left, func(a, b NumberCount) int { return cmp.Compare(a.Value, b.Value) })
	for _, c := range left {
		values = append(values, c.Value)
	}
	dst = appendUint64(append(dst, kindNumbers, formVersion), t.total)
	dst = appendUint64(dst, t.bound+lost)
	dst = appendUint16(dst, uint16(len(left)))
	dst = appendAscending(dst, values)
	for _, c := range left {
		dst = binary.AppendUvarint(dst, c.Count)
	}
	return dst
}

// UnmarshalBinary replaces t with the state in data, or leaves t as it is and returns an error that is ErrDecode.
func (t *TopNumbers) UnmarshalBinary(data []byte) error {
	r := newReader("top numbers", kindNumbers, data)
	v := TopNumbers{total: r.uint64(), bound: r.uint64()}
	n := int(r.uint16())
	if n > numbersCapacity {
		r.fail("more values than the limits allow")
	}
	values := make([]float64, 0, min(n, numbersCapacity))
	if n > 0 && r.err == nil {
		r.ascending(n, math.Inf(-1), math.Inf(1), func(x float64) {
			if len(values) > 0 && x == values[len(values)-1] {
				r.fail("a value is listed twice")
			}
			values = append(values, x)
		})
	}
	lost := v.total
	for i := 0; i < n && r.err == nil; i++ {
		count := r.uvarint()
		if count == 0 || count > lost {
			r.fail("counts do not add up to the total")
		}
		if r.err == nil {
			v.put(values[i], count)
			lost -= count
		}
	}
	if v.bound > lost || v.bound == 0 && lost != 0 {
		r.fail("counts do not add up to the total")
	}
	if err := r.end(); err != nil {
		return err
	}
	*t = v
	return nil
}
