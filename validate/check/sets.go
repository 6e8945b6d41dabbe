package check

// textSet is a set of texts. Those of up to 7 bytes, as most are, are compared as one number each, in a table in which no two of them share a place.
type textSet struct {
	short  []uint64 // 0 is a free place
	factor uint64
	shift  uint
	all    map[string]int
}

const shortText = 7

// number7 returns a text of up to 7 bytes as a number that no other one has; it is not 0.
func number7(s string) uint64 {
	k := uint64(1)
	for i := range len(s) {
		k = k<<8 | uint64(s[i])
	}
	return k
}

func newSet(all map[string]int) *textSet {
	t := &textSet{all: all}
	for size := uint(4); size <= 10; size++ {
		for try := range uint64(100) {
			t.shift, t.factor = 64-size, 0x9E37_79B9_7F4A_7C15*(2*try+1)
			if t.fill(1 << size) {
				return t
			}
		}
	}
	t.short = nil
	return t
}

// fill reports whether all short texts have a place of their own.
func (t *textSet) fill(size int) bool {
	t.short = make([]uint64, size)
	for s := range t.all {
		if len(s) > shortText {
			continue
		}
		k := number7(s)
		place := &t.short[k*t.factor>>t.shift]
		if *place != 0 {
			return false
		}
		*place = k
	}
	return true
}

func (t *textSet) has(s string) bool {
	if len(s) <= shortText && t.short != nil {
		k := number7(s)
		return t.short[k*t.factor>>t.shift] == k
	}
	_, ok := t.all[s]
	return ok
}
