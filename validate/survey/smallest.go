package survey

import (
	"maps"
	"math"
	"slices"

	"github.com/tidewheel/tidewheel/internal/sketch"
)

// smallest counts how often the values came whose hashes are the k smallest (Bar-Yossef et al. 2002): a draw of distinct values, each with its true count. What it holds depends
// on the values alone, not on their order or on merges: a hash of the k smallest was of the k smallest from its first time on.
type smallest struct {
	k     int
	limit uint64 // hashes from here on are not of the k smallest; 0 is none yet
	table map[uint64]int64
}

func newSmallest(k int) smallest { return smallest{k: k, table: map[uint64]int64{}} }

func (s *smallest) add(h uint64, n int64) {
	if s.limit != 0 && h >= s.limit {
		return
	}
	s.table[h] += n
	if len(s.table) >= 2*s.k {
		s.cut()
	}
}

// cut keeps the k smallest.
func (s *smallest) cut() {
	if len(s.table) <= s.k {
		return
	}
	hashes := s.hashes()
	s.limit = hashes[s.k]
	for _, h := range hashes[s.k:] {
		delete(s.table, h)
	}
}

// hashes returns what is held, ascending.
func (s *smallest) hashes() []uint64 {
	out := make([]uint64, 0, len(s.table))
	for h := range s.table {
		out = append(out, h)
	}
	slices.Sort(out)
	return out
}

func (s *smallest) merge(o *smallest) {
	if o.limit != 0 && (s.limit == 0 || o.limit < s.limit) {
		s.limit = o.limit
		for h := range s.table {
			if h >= s.limit {
				delete(s.table, h)
			}
		}
	}
	for h, n := range o.table {
		s.add(h, n)
	}
}

// unique reports whether there are values and none of those held came twice.
func (s *smallest) unique() bool {
	s.cut()
	for _, n := range s.table {
		if n > 1 {
			return false
		}
	}
	return len(s.table) > 0
}

// often finds the rows that come very often, which a draw of different rows would hardly meet.
type often struct{ counts sketch.TopNumbers }

// name returns the number under which a hash is counted: its first 53 bits, which a float64 holds.
func name(h uint64) float64 { return float64(h >> 11) }

// rows returns the rows that are surely more frequent than any that is not listed, by name, with half of what their counts may lack.
func (o *often) rows() map[float64]float64 {
	out, bound := map[float64]float64{}, o.counts.ErrorBound()
	for _, c := range o.counts.Top(-1) {
		if c.Count > bound {
			out[c.Value] = float64(c.Count) + float64(bound)/2
		}
	}
	return out
}

// duplicates returns how many of rows equal an earlier one.
func (s *smallest) duplicates(rows int64, o *often) Duplicates {
	s.cut()
	if s.limit == 0 {
		return Duplicates{Rows: rows - int64(len(s.table)), Exact: true}
	}
	left, frequent := float64(rows), o.rows()
	for _, c := range slices.Sorted(maps.Values(frequent)) {
		left -= c
	}
	before := float64(rows) - left - float64(len(frequent)) // duplicates of frequent rows
	variance := float64(len(frequent)) * float64(o.counts.ErrorBound()) * float64(o.counts.ErrorBound()) / 12
	var k, sum, squares float64 // whole numbers, so that their order does not matter
	for h, n := range s.table {
		if _, ok := frequent[name(h)]; !ok {
			k++
			sum += float64(n)
			squares += float64(float64(n) * float64(n))
		}
	}
	// The k-th of d uniform hashes lies at k/d of the range, with a relative error of 1/√k. The limit is the next larger one.
	byHash := float64(s.k) / (float64(s.limit) / (1 << 64))
	hashError := byHash / math.Sqrt(float64(s.k))
	byHash = max(0, min(byHash-float64(len(frequent)), left))
	out := func(different, err float64) Duplicates {
		return Duplicates{Rows: int64(math.Round(before + max(0, left-different))), StdErr: math.Sqrt(variance + float64(err*err))}
	}
	if k == 0 {
		return out(byHash, hashError)
	}
	// The mean count m of drawn rows gives left/m different ones, far closer where few come twice. The error is that of a draw with one more row that came twice, so that it is not 0 where none did.
	m := sum / k
	byCount := left / m
	countError := byCount / m * math.Sqrt((max(squares/k-float64(m*m), 0)+1/k)/k)
	if math.Abs(byCount-byHash) > 3*hashError || countError > hashError {
		return out(byHash, hashError)
	}
	return out(byCount, countError)
}
