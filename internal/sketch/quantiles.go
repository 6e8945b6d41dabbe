package sketch

import "slices"

const (
	// QuantileExact is the number of values up to which Quantiles keeps all of them.
	QuantileExact = 1024
	topCapacity   = 384 // of the highest level; each level below has two thirds of the one above
	lowCapacity   = 16  // of the lowest levels
	maxLevels     = 48  // weights up to 2^47: more values than a stream has
	maxRetained   = 2048
	maxCount      = 1 << 48
)

// QuantileError is the error in rank, as a share of the number of values, within which the answers of Quantiles lie beyond QuantileExact
// values. In the tests sorted, reversed, random, periodic and heavily tied streams of 600,000 values stay within half of it, and so do the
// 10 million of BenchmarkQuantilesOf10Million. It is no bound against a stream built from the source code to be answered wrongly.
const QuantileError = 0.01

// Quantiles answers rank and quantile questions about a stream of numbers in bounded memory (at most about 1,400 kept values, 12 KB written).
// Infinities are values like others; NaN is not a value, it is counted apart. The zero value is empty and ready to use; do not copy one in use.
//
// It is the KLL compactor of Karnin, Lang and Liberty (2016), "Optimal quantile approximation in streams", with lazy compaction. Level h holds
// values that stand for 2^h. When all levels together are full, the lowest level over its capacity is sorted and every second value moves up.
// Whether the even or the odd ones move is a fixed function of the level and of how many compactions it has seen, and the two choices alternate
// in pairs, so that errors cancel; there is no random number.
type Quantiles struct {
	n      uint64
	nan    uint64
	lo, hi float64
	kept   int
	budget int
	levels [][]float64 // level 0 in order of arrival, the others ascending
	rounds []uint64    // compactions seen by each level
	spare  []float64   // scratch of merging
	order  []uint64    // scratch of sorting
}

// capacity returns the number of values that level h of n levels may keep when all are full.
func capacity(h, n int) int {
	c := float64(topCapacity)
	for range n - 1 - h {
		c = c * 2 / 3
	}
	return max(lowCapacity, int(c))
}

func (s *Quantiles) addLevel() {
	h := len(s.levels)
	room := lowCapacity * 4
	if h == 0 {
		room = QuantileExact + 1
	}
	s.levels = append(s.levels, make([]float64, 0, room))
	s.rounds = append(s.rounds, 0)
	total := 0
	for i := range s.levels {
		total += capacity(i, len(s.levels))
	}
	s.budget = max(QuantileExact, total)
}

// Add takes one value, in about 30 ns on average.
func (s *Quantiles) Add(x float64) {
	if x != x {
		s.nan++
		return
	}
	x += 0 // -0 becomes +0
	if s.n == 0 {
		s.lo, s.hi = x, x
		if len(s.levels) == 0 {
			s.addLevel()
		}
	}
	s.n++
	s.lo = min(s.lo, x)
	s.hi = max(s.hi, x)
	s.levels[0] = append(s.levels[0], x)
	s.kept++
	if s.kept > s.budget {
		s.compact()
	}
}

// AddSlice is Add of each value in order, to the bit.
func (s *Quantiles) AddSlice(values []float64) {
	for _, x := range values {
		s.Add(x)
	}
}

// Merge adds what o has seen. While the two have at most QuantileExact values together the result is exact; beyond, it keeps the error bound.
// o is not changed.
func (s *Quantiles) Merge(o *Quantiles) {
	s.nan += o.nan
	if o.n == 0 {
		return
	}
	if s.n == 0 {
		s.lo, s.hi = o.lo, o.hi
	}
	s.n += o.n
	s.lo = min(s.lo, o.lo)
	s.hi = max(s.hi, o.hi)
	for len(s.levels) < len(o.levels) {
		s.addLevel()
	}
	for h, values := range o.levels {
		s.rounds[h] += o.rounds[h]
		if h == 0 {
			s.levels[0] = append(s.levels[0], values...)
		} else {
			s.mergeInto(h, values)
		}
		s.kept += len(values)
	}
	for s.kept > s.budget {
		s.compact()
	}
}

// compact halves the lowest level that is over its capacity. One is, because the kept values exceed the sum of all capacities.
func (s *Quantiles) compact() {
	h := 0
	for len(s.levels[h]) < capacity(h, len(s.levels)) {
		h++
	}
	if h == len(s.levels)-1 {
		s.addLevel()
	}
	from := s.levels[h]
	if h == 0 {
		s.order = sortNumbers(from, s.order)
	}
	round := s.rounds[h]
	s.rounds[h]++
	odd := int(mix(uint64(h)<<56^round>>1)&1) ^ int(round&1)
	// An odd number of values leaves one behind, at either end in turn, so that the weights still sum to n.
	pairs, rest := from, []float64(nil)
	if len(from)%2 == 1 {
		if round&2 == 0 {
			pairs, rest = from[:len(from)-1], from[len(from)-1:]
		} else {
			pairs, rest = from[1:], from[:1]
		}
	}
	s.spare = s.spare[:0]
	for i := odd; i < len(pairs); i += 2 {
		s.spare = append(s.spare, pairs[i])
	}
	up := len(s.spare)
	s.levels[h] = append(from[:0], rest...)
	s.mergeInto(h+1, s.spare)
	s.kept -= up
}

// mergeInto puts ascending values into level h, which stays ascending. It merges from the back, in place.
func (s *Quantiles) mergeInto(h int, values []float64) {
	into := s.levels[h]
	i, j := len(into)-1, len(values)-1
	into = append(into, values...)
	for k := len(into) - 1; j >= 0; k-- {
		if i >= 0 && into[i] > values[j] {
			into[k] = into[i]
			i--
		} else {
			into[k] = values[j]
			j--
		}
	}
	s.levels[h] = into
}

// Count returns the number of values, without NaN.
func (s *Quantiles) Count() uint64 { return s.n }

// NaN returns the number of NaN values, which count nowhere else.
func (s *Quantiles) NaN() uint64 { return s.nan }

// Exact reports whether every value is kept, so that answers have no error.
func (s *Quantiles) Exact() bool { return uint64(s.kept) == s.n }

// Quantile returns the smallest kept value whose rank is at least q·Count: the inverse of the empirical distribution, without interpolation
// (numpy.quantile's method "inverted_cdf" while Exact). q at or below 0 gives the minimum, at or above 1 the maximum, both exact.
// It returns false if there is no value or q is NaN. Each call sorts what is kept; use View for many questions.
func (s *Quantiles) Quantile(q float64) (float64, bool) {
	v := s.View()
	return v.Quantile(q)
}

// Rank returns the estimated number of values ≤ x; 0 for NaN.
func (s *Quantiles) Rank(x float64) uint64 {
	rank := uint64(0)
	for h, level := range s.levels {
		if h == 0 {
			for _, v := range level {
				if v <= x {
					rank++
				}
			}
			continue
		}
		at, _ := slices.BinarySearchFunc(level, x, func(v, x float64) int {
			if v <= x {
				return -1
			}
			return 1
		})
		rank += uint64(at) << h
	}
	switch {
	case x >= s.hi:
		return s.n
	case x >= s.lo && s.n > 0:
		return max(rank, 1)
	}
	return 0
}
