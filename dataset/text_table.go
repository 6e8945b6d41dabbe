package dataset

import "hash/maphash"

// textTable numbers distinct texts in the order in which they are met. It keeps their hashes, so that it grows without looking at them again, as a map does not: a
// profile of texts that are mostly distinct takes a tenth less time. The zero value is empty and ready to use.
type textTable struct {
	values []string
	hashes []uint64 // of values
	slots  []int32  // open addressing into values, power of two, 0 is free, else the place plus one
	seed   maphash.Seed
}

// place returns the number of v, which is the number of texts before it when it is new. It keeps v itself.
func (t *textTable) place(v string) int {
	if 2*len(t.values) >= len(t.slots) {
		t.grow()
	}
	h := maphash.String(t.seed, v)
	mask := uint64(len(t.slots) - 1)
	at := h & mask
	for ; t.slots[at] != 0; at = (at + 1) & mask {
		if k := t.slots[at] - 1; t.hashes[k] == h && t.values[k] == v {
			return int(k)
		}
	}
	t.values, t.hashes = append(t.values, v), append(t.hashes, h)
	t.slots[at] = int32(len(t.values))
	return len(t.values) - 1
}

func (t *textTable) grow() {
	if len(t.slots) == 0 {
		t.seed = maphash.MakeSeed()
	}
	t.slots = make([]int32, max(64, 4*len(t.slots)))
	mask := uint64(len(t.slots) - 1)
	for k, h := range t.hashes {
		at := h & mask
		for t.slots[at] != 0 {
			at = (at + 1) & mask
		}
		t.slots[at] = int32(k + 1)
	}
}
