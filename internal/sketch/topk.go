package sketch

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
)

const (
	// DefaultTopKCapacity is the number of values that a TopK counts at once unless told otherwise.
	DefaultTopKCapacity = 128
	// MaxTopKCapacity is the largest capacity.
	MaxTopKCapacity = 4096
	// DefaultMaxValueBytes is the length up to which TopK counts a value unless told otherwise.
	DefaultMaxValueBytes = 256
	// MaxValueBytesLimit is the largest such length.
	MaxValueBytesLimit = 4096
)

// TopKOptions are the limits of a TopK. The zero value is ready to use.
type TopKOptions struct {
	Capacity      int // distinct values counted at once, 2 to MaxTopKCapacity; 0 is DefaultTopKCapacity
	MaxValueBytes int // longer values are only counted as too long, 1 to MaxValueBytesLimit; 0 is DefaultMaxValueBytes
}

// TopK finds the most frequent strings of a stream in bounded memory. It is exact while there are at most Capacity distinct values. Beyond,
// a count is a lower bound: the true one is at most ErrorBound larger, and a value that is not listed occurred at most ErrorBound times.
// ErrorBound never exceeds 2·Total/(Capacity+1). Only NewTopK and UnmarshalBinary make a usable one.
//
// It is the summary of Misra and Gries (1982), which merges as in Agarwal et al. (2013), "Mergeable summaries": a new value in a full
// table takes the median count off every counter, which frees half of them. Values too long are a weight of their own (TooLong), they are not in Total.
type TopK struct {
	capacity, maxBytes int
	total, long, bound uint64
	slots              []slot
	table              []int32 // open addressing into slots, power of two, 0 is free, else index+1
	scratch            []uint64
}

type slot struct {
	value []byte
	hash  uint64
	count uint64
}

// Item is a value of a TopK with its count, a lower bound.
type Item struct {
	Value string
	Count uint64
}

// NewTopK returns an empty TopK; the error is ErrOption for a limit out of range.
func NewTopK(o TopKOptions) (*TopK, error) {
	o.Capacity = cmp.Or(o.Capacity, DefaultTopKCapacity)
	o.MaxValueBytes = cmp.Or(o.MaxValueBytes, DefaultMaxValueBytes)
	if o.Capacity < 2 || o.Capacity > MaxTopKCapacity {
		return nil, fmt.Errorf("%w: top-k capacity: want 2 to %d, got %d", ErrOption, MaxTopKCapacity, o.Capacity)
	}
	if o.MaxValueBytes < 1 || o.MaxValueBytes > MaxValueBytesLimit {
		return nil, fmt.Errorf("%w: top-k max value bytes: want 1 to %d, got %d", ErrOption, MaxValueBytesLimit, o.MaxValueBytes)
	}
	return &TopK{capacity: o.Capacity, maxBytes: o.MaxValueBytes}, nil
}

// Add takes one value. It copies what it keeps.
func (t *TopK) Add(value string) { t.AddN(value, 1) }

// AddN takes a value that occurs n times, for example an entry of a dictionary.
func (t *TopK) AddN(value string, n uint64) {
	if n == 0 {
		return
	}
	if len(value) > t.maxBytes {
		t.long += n
		return
	}
	t.total += n
	t.put(value, HashString(value), n)
	if len(t.slots) > t.capacity {
		t.purge(t.capacity/2 + 1) // leaves at most half of the slots
	}
}

// put adds to the counter of a value and makes one if there is none, even beyond the capacity.
func (t *TopK) put(value string, hash, n uint64) {
	if 2*(len(t.slots)+1) > len(t.table) {
		t.rehash(max(64, 2*len(t.table)))
	}
	mask := len(t.table) - 1
	at := int(hash>>32) & mask
	for t.table[at] != 0 {
		s := &t.slots[t.table[at]-1]
		if s.hash == hash && string(s.value) == value {
			s.count += n
			return
		}
		at = (at + 1) & mask
	}
	last := len(t.slots)
	if cap(t.slots) > last { // reuse the bytes of a counter that was freed
		t.slots = t.slots[:last+1]
	} else {
		t.slots = append(t.slots, slot{})
	}
	s := &t.slots[last]
	s.value = append(s.value[:0], value...)
	s.hash, s.count = hash, n
	t.table[at] = int32(last + 1)
}

func (t *TopK) rehash(size int) {
	if size == len(t.table) {
		clear(t.table)
	} else {
		t.table = make([]int32, size)
	}
	mask := size - 1
	for i := range t.slots {
		at := int(t.slots[i].hash>>32) & mask
		for t.table[at] != 0 {
			at = (at + 1) & mask
		}
		t.table[at] = int32(i + 1)
	}
}

// purge takes the rank-th largest count off every counter and frees those at zero, so fewer than rank are left. It depends on the set of counters only.
func (t *TopK) purge(rank int) {
	t.scratch = t.scratch[:0]
	for i := range t.slots {
		t.scratch = append(t.scratch, t.slots[i].count)
	}
	slices.Sort(t.scratch)
	off := t.scratch[len(t.scratch)-rank]
	t.bound += off
	left := 0
	for i := range t.slots {
		if t.slots[i].count <= off {
			continue
		}
		t.slots[i].count -= off
		t.slots[left], t.slots[i] = t.slots[i], t.slots[left]
		left++
	}
	t.slots = t.slots[:left]
	t.rehash(len(t.table))
}

// Merge adds what o has seen; o must have the same limits, otherwise the error is ErrMismatch and t is not changed. o is not changed.
func (t *TopK) Merge(o *TopK) error {
	if t.capacity != o.capacity || t.maxBytes != o.maxBytes {
		return fmt.Errorf("%w: top-k limits", ErrMismatch)
	}
	t.total += o.total
	t.long += o.long
	t.bound += o.bound
	for i := range o.slots {
		t.put(string(o.slots[i].value), o.slots[i].hash, o.slots[i].count)
	}
	if len(t.slots) > t.capacity {
		t.purge(t.capacity + 1)
	}
	return nil
}

// Capacity returns the number of values counted at once.
func (t *TopK) Capacity() int { return t.capacity }

// Total returns the number of values, without those that were too long.
func (t *TopK) Total() uint64 { return t.total }

// TooLong returns the number of values longer than MaxValueBytes, which are not listed and not in Total.
func (t *TopK) TooLong() uint64 { return t.long }

// ErrorBound returns by how much a count can be too small, 0 while every value that was not too long is counted exactly.
func (t *TopK) ErrorBound() uint64 { return t.bound }

// Len returns the number of values listed now.
func (t *TopK) Len() int { return len(t.slots) }

// Top returns the k values with the largest counts, ties in ascending byte order of the value; k below 0 means all that are listed.
func (t *TopK) Top(k int) []Item {
	items := make([]Item, 0, len(t.slots))
	for i := range t.slots {
		items = append(items, Item{Value: string(t.slots[i].value), Count: t.slots[i].count})
	}
	slices.SortFunc(items, func(a, b Item) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Value, b.Value))
	})
	if k >= 0 && k < len(items) {
		items = items[:k]
	}
	return items
}

// MarshalBinary returns the canonical form: some 2 to 11 bytes and the value for each that is listed; the error is always nil.
func (t *TopK) MarshalBinary() ([]byte, error) { return t.AppendBinary(nil) }

// AppendBinary appends the canonical form to dst; the error is always nil.
func (t *TopK) AppendBinary(dst []byte) ([]byte, error) { return t.appendForm(dst, 0), nil }

// AppendTrimmed appends the canonical form of t without what says little: where not every value is counted, those whose count is 1 or at most Total/16384. ErrorBound grows by
// as much. t is not changed.
func (t *TopK) AppendTrimmed(dst []byte) []byte {
	if t.bound == 0 {
		return t.appendForm(dst, 0)
	}
	return t.appendForm(dst, noise(t.total))
}

func (t *TopK) appendForm(dst []byte, noise uint64) []byte {
	order, lost := make([]int, 0, len(t.slots)), uint64(0)
	for i := range t.slots {
		if count := t.slots[i].count; count > noise {
			order = append(order, i)
		} else {
			lost = max(lost, count)
		}
	}
	slices.SortFunc(order, func(a, b int) int { return bytes.Compare(t.slots[a].value, t.slots[b].value) })
	dst = append(dst, kindTopK, formVersion)
	dst = appendUint16(dst, uint16(t.capacity))
	dst = appendUint16(dst, uint16(t.maxBytes))
	dst = appendUint64(dst, t.total)
	dst = appendUint64(dst, t.long)
	dst = appendUint64(dst, t.bound+lost)
	dst = appendUint16(dst, uint16(len(order)))
	for _, i := range order {
		dst = binary.AppendUvarint(dst, uint64(len(t.slots[i].value)))
		dst = append(dst, t.slots[i].value...)
		dst = binary.AppendUvarint(dst, t.slots[i].count)
	}
	return dst
}

// UnmarshalBinary replaces t, limits included, with the state in data, or leaves t as it is and returns an error that is ErrDecode.
func (t *TopK) UnmarshalBinary(data []byte) error {
	r := newReader("top-k", kindTopK, data)
	o := TopKOptions{Capacity: int(r.uint16()), MaxValueBytes: int(r.uint16())}
	if r.err != nil {
		return r.err
	}
	v, err := NewTopK(o)
	if err != nil || o.Capacity == 0 || o.MaxValueBytes == 0 {
		r.fail("limits out of range")
		return r.err
	}
	v.total, v.long, v.bound = r.uint64(), r.uint64(), r.uint64()
	v.readCounters(r)
	if err := r.end(); err != nil {
		return err
	}
	*t = *v
	return nil
}

// readCounters reads the listed values into t, whose limits and totals are set.
func (t *TopK) readCounters(r *reader) {
	n := int(r.uint16())
	if n > t.capacity {
		r.fail("more values than the limits allow")
	}
	lost, last := t.total, []byte(nil)
	for i := 0; i < n && r.err == nil; i++ {
		length := r.uvarint()
		if length > uint64(t.maxBytes) {
			r.fail("a value is too long")
			return
		}
		value, count := r.bytes(int(length)), r.uvarint()
		if i > 0 && bytes.Compare(last, value) >= 0 {
			r.fail("values are not ascending")
		}
		if count == 0 || count > lost {
			r.fail("counts do not add up to the total")
		}
		if r.err == nil {
			text := string(value)
			t.put(text, HashString(text), count)
			lost, last = lost-count, value
		}
	}
	// Each unit of the bound was taken off at least one counter.
	if t.bound > lost || t.bound == 0 && lost != 0 {
		r.fail("counts do not add up to the total")
	}
}
