package survey

import (
	"math/bits"
	"strings"

	"github.com/tidewheel/tidewheel/internal/sketch"
)

const (
	maxGapColumns = 512
	gapPatterns   = 256
)

// gaps counts which columns miss together. A pattern is the set of them, as bits in order of columns without zeros at the end.
type gaps struct{ counts *sketch.TopK }

func newGaps() gaps {
	// The limits are those of the sketch, so there is no error.
	t, _ := sketch.NewTopK(sketch.TopKOptions{Capacity: gapPatterns, MaxValueBytes: maxGapColumns / 8})
	return gaps{t}
}

// block finds the patterns of some rows.
type block struct {
	group []int32 // of each row
	sets  []string
	next  map[int32]int32
}

// start begins with n rows that miss nothing.
func (b *block) start(n int) {
	if cap(b.group) < n {
		b.group = make([]int32, n)
	}
	b.group = b.group[:n]
	clear(b.group)
	b.sets = append(b.sets[:0], "")
	if b.next == nil {
		b.next = map[int32]int32{}
	}
}

// column parts the groups by whether a column misses. There are as many groups as patterns.
func (b *block) column(j int, missing func(i int) bool) {
	if j >= maxGapColumns {
		return
	}
	clear(b.next)
	for i, g := range b.group {
		if !missing(i) {
			continue
		}
		to, ok := b.next[g]
		if !ok {
			to = int32(len(b.sets))
			b.next[g] = to
			b.sets = append(b.sets, with(b.sets[g], j))
		}
		b.group[i] = to
	}
}

// with returns a pattern with a column that comes behind all that it has.
func with(set string, j int) string {
	out := make([]byte, j/8+1)
	copy(out, set)
	out[j/8] |= 1 << (j % 8)
	return string(out)
}

// count adds the patterns of the block, in the order in which they were met.
func (g gaps) count(b *block) {
	n := make([]uint64, len(b.sets))
	for _, to := range b.group {
		n[to]++
	}
	for k, set := range b.sets {
		g.counts.AddN(set, n[k])
	}
}

// names returns the columns of a pattern.
func names(set string, all []string) []string {
	out := []string{}
	for i := range len(set) {
		for b := set[i]; b != 0; b &= b - 1 {
			if j := 8*i + bits.TrailingZeros8(b); j < len(all) {
				out = append(out, strings.Clone(all[j]))
			}
		}
	}
	return out
}

// seal fills in the most frequent patterns.
func (g gaps) seal(s *Survey, columns []string) {
	s.Missing, s.MissingOther, s.MissingError = []MissingPattern{}, int64(g.counts.Total()), int64(g.counts.ErrorBound())
	for _, item := range g.counts.Top(maxMissing) {
		s.Missing = append(s.Missing, MissingPattern{Columns: names(item.Value, columns), Rows: int64(item.Count)})
		s.MissingOther -= int64(item.Count)
	}
}
