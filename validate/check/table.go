package check

import (
	"bytes"
	"hash/maphash"
	"math/bits"
)

// words is a set of numbers of 64 bits with a row for each: open addressing, at most half full.
type words struct {
	seed  uint64
	slots []word // a power of two of them
	n     int
}

// word is a number and the first row that has it, plus one; the complement of that when the row was found already. 0 is a free slot.
type word struct {
	key uint64
	row int64
}

// add notes that row has key and marks rows of equal keys; without bad it only notes the key.
func (w *words) add(key uint64, row int64, bad *rowset) {
	if 2*w.n >= len(w.slots) {
		w.grow(2*w.n + 1)
	}
	for at := w.place(key); ; at = (at + 1) & (len(w.slots) - 1) {
		switch s := &w.slots[at]; {
		case s.row == 0:
			w.n++
			*s = word{key, row + 1}
			return
		case s.key == key:
			if bad == nil {
				return
			}
			bad.add(row)
			if s.row > 0 {
				bad.add(s.row - 1)
				s.row = ^s.row
			}
			return
		}
	}
}

func (w *words) place(key uint64) int {
	high, low := bits.Mul64(key^w.seed, 0x9E37_79B9_7F4A_7C15)
	return int((high ^ low) >> (bits.LeadingZeros64(uint64(len(w.slots))) + 1))
}

// grow makes room for n numbers.
func (w *words) grow(n int) {
	size := 1 << bits.Len(uint(max(2*n, 32)-1))
	if size <= len(w.slots) {
		return
	}
	old := w.slots
	w.slots = make([]word, size)
	for _, s := range old {
		if s.row == 0 {
			continue
		}
		at := w.place(s.key)
		for w.slots[at].row != 0 {
			at = (at + 1) & (size - 1)
		}
		w.slots[at] = s
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
