package check

import (
	"bytes"
	"hash/maphash"
	"math/bits"
)

// words is a set of numbers of 64 bits: open addressing, at most half full. The number of a free slot, 0, is kept apart.
type words struct {
	seed  uint64
	slots []uint64 // a power of two of them
	n     int
	zero  bool
}

func (w *words) len() int {
	if w.zero {
		return w.n + 1
	}
	return w.n
}

// mix spreads numbers over 64 bits.
func mix(key, seed uint64) uint64 {
	high, low := bits.Mul64(key^seed, 0x9E37_79B9_7F4A_7C15)
	return high ^ low
}

func (w *words) add(key uint64) {
	if key == 0 {
		w.zero = true
		return
	}
	if 2*w.n >= len(w.slots) {
		old := w.slots
		w.slots, w.n = make([]uint64, max(2*len(old), 64)), 0
		for _, k := range old {
			if k != 0 {
				w.add(k)
			}
		}
	}
	mask := len(w.slots) - 1
	for at := int(mix(key, w.seed)) & mask; w.slots[at] != key; at = (at + 1) & mask {
		if w.slots[at] == 0 {
			w.slots[at] = key
			w.n++
			return
		}
	}
}

// all calls f with each number.
func (w *words) all(f func(key uint64)) {
	if w.zero {
		f(0)
	}
	for _, k := range w.slots {
		if k != 0 {
			f(k)
		}
	}
}

// word is a number with its row, or the complement of it when the row was found to share the number.
type word struct {
	key uint64
	row int64
}

// bucketWords is about how many numbers are compared at a time: few enough for a processor's cache.
const bucketWords = 4096

// same marks the rows that share a number, and returns each number once, with its first row. Rows stand in ascending order in all.
func same(all [][]word, seed uint64, bad *rowset) []word {
	n := 0
	for _, w := range all {
		n += len(w)
	}
	shift := 64 - min(bits.Len(uint(n/bucketWords)), 12)
	ends := make([]int, 1<<(64-shift)+1)
	for _, w := range all {
		for i := range w {
			ends[mix(w[i].key, seed)>>shift+1]++
		}
	}
	for b := range len(ends) - 1 {
		ends[b+1] += ends[b]
	}
	sorted := make([]word, n)
	for _, w := range all {
		for i := range w {
			b := mix(w[i].key, seed) >> shift
			sorted[ends[b]] = w[i]
			ends[b]++ // ends up as where the next one begins
		}
	}
	b, from := buckets{words: sorted, seed: seed, bad: bad}, 0
	for _, end := range ends[:len(ends)-1] {
		b.compare(from, end)
		from = end
	}
	return sorted[:b.kept]
}

// buckets is numbers that are compared with their neighbours alone.
type buckets struct {
	words []word
	kept  int // how many at the begin of words are known to differ
	slots []int32
	seed  uint64
	bad   *rowset
}

// compare is same for the numbers from..end, of which it moves one of each to the others that are kept.
func (b *buckets) compare(from, end int) {
	size := 1 << bits.Len(uint(2*(end-from)))
	if len(b.slots) < size {
		b.slots = make([]int32, size)
	}
	slots := b.slots[:size]
	clear(slots)
	first, mask := b.kept, len(slots)-1
next:
	for _, w := range b.words[from:end] {
		at := int(mix(w.key, b.seed)) & mask
		for ; slots[at] != 0; at = (at + 1) & mask {
			mine := &b.words[first+int(slots[at])-1]
			if mine.key != w.key {
				continue
			}
			b.bad.add(max(w.row, ^w.row))
			if mine.row >= 0 {
				b.bad.add(mine.row)
				mine.row = ^mine.row
			}
			continue next
		}
		b.words[b.kept] = w
		b.kept++
		slots[at] = int32(b.kept - first)
	}
}

// texts is a set of keys that gives them the numbers 0, 1, 2 … in the order in which they are met.
type texts struct {
	slots []slot // a power of two of them, at most half full
	all   packed
}

type slot struct {
	hash uint64
	key  uint64 // its number plus one, 0 for a free slot
}

// packed is keys one behind the other.
type packed struct {
	bytes []byte
	ends  []int
}

func (p *packed) len() int { return len(p.ends) }

func (p *packed) at(i int) []byte {
	from := 0
	if i > 0 {
		from = p.ends[i-1]
	}
	return p.bytes[from:p.ends[i]]
}

func (p *packed) add(key []byte) {
	p.bytes = append(p.bytes, key...)
	p.ends = append(p.ends, len(p.bytes))
}

// find returns the slot of a key, or the free one where it belongs.
func (t *texts) find(hash uint64, key []byte) *slot {
	mask := len(t.slots) - 1
	for at := int(hash) & mask; ; at = (at + 1) & mask {
		s := &t.slots[at]
		if s.key == 0 || s.hash == hash && bytes.Equal(t.all.at(int(s.key-1)), key) {
			return s
		}
	}
}

// add returns the number of a key, and whether it was met before.
func (t *texts) add(hash uint64, key []byte) (number int, again bool) {
	if 2*t.all.len() >= len(t.slots) {
		old := t.slots
		t.slots = make([]slot, max(2*len(old), 64))
		mask := len(t.slots) - 1
		for _, s := range old {
			at := int(s.hash) & mask
			for s.key != 0 && t.slots[at].key != 0 {
				at = (at + 1) & mask
			}
			if s.key != 0 {
				t.slots[at] = s
			}
		}
	}
	s := t.find(hash, key)
	if s.key != 0 {
		return int(s.key - 1), true
	}
	t.all.add(key)
	*s = slot{hash, uint64(t.all.len())}
	return t.all.len() - 1, false
}

// has reports whether a key was met.
func (t *texts) has(seed maphash.Seed, key []byte) bool {
	return len(t.slots) > 0 && t.find(maphash.Bytes(seed, key), key).key != 0
}
