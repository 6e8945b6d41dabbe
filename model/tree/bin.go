package tree

import (
	"context"
	"math"
	"math/bits"
	"slices"

	"github.com/tidewheel/tidewheel/internal/matrix"
)

// Constants of the binning, LightGBM's.
const (
	zeroBound   = 1.0000000180025095e-35 // float64(float32(1e-35)): |x| <= zeroBound is zero and gets a bin of its own
	boundInf    = math.MaxFloat64        // upper bound of the last bin: every finite number is in one
	minDataBin  = 3                      // rows of the sample in a bin, at least
	sampleRows  = 200_000                // rows that the bounds are taken from
	maxBinLimit = 255
	catShare    = 0.99 // categories beyond this share of the rows get a bin only while there are bins left
)

// column is one training column: numbers with NaN for missing, or category codes with a negative one for missing.
type column struct {
	numeric    []float64
	codes      []int32
	categories int  // codes are below it; 0 for a numeric column
	missing    bool // there are missing values beside those of numeric
}

// binner maps the values of a column to bins. Of a numeric column, bin b holds the values x <= bounds[b] above the bin before, and the bin after the last
// bound, if missing is set, holds NaN. Of a categorical column bin 0 holds missing, rare and unknown categories.
type binner struct {
	bounds   []float64 // numeric: ascending, the last is boundInf
	missing  bool      // numeric: NaN was seen and has the last bin
	binOf    []uint8   // categorical: code → bin
	category []int32   // categorical: bin → code; [0] is -1
}

func (b *binner) categorical() bool { return b.category != nil }

func (b *binner) bins() int {
	switch {
	case b.category != nil:
		return len(b.category)
	case b.missing:
		return len(b.bounds) + 1
	default:
		return len(b.bounds)
	}
}

// sampleIndex returns the rows, ascending, from which bounds are found: nil for all of n.
func sampleIndex(n int, seed uint64) []int32 {
	if n <= sampleRows {
		return nil
	}
	out := make([]int32, 0, sampleRows)
	choose(n, sampleRows, newRandom(seed, streamBins), func(i int, chosen bool) {
		if chosen {
			out = append(out, int32(i))
		}
	})
	return out
}

func newBinner(c column, sample []int32, maxBins int) *binner {
	if c.numeric == nil {
		return newCategoryBinner(c, sample, maxBins)
	}
	var values []float64
	missing := 0
	add := func(v float64) {
		if math.IsNaN(v) {
			missing++
		} else {
			values = append(values, v)
		}
	}
	if sample == nil {
		values = make([]float64, 0, len(c.numeric))
		for _, v := range c.numeric {
			add(v)
		}
	} else {
		values = make([]float64, 0, len(sample))
		for _, i := range sample {
			add(c.numeric[i])
		}
		if missing == 0 && slices.ContainsFunc(c.numeric, math.IsNaN) {
			missing = 1
		}
	}
	sortNumbers(values)
	distinct, counts := distinctValues(values)
	b := &binner{missing: missing > 0 || c.missing}
	if b.missing {
		maxBins--
	}
	b.bounds = zeroAwareBounds(distinct, counts, maxBins)
	return b
}

// distinctValues merges the sorted values that differ by at most one unit in the last place and keeps the larger.
func distinctValues(sorted []float64) (distinct []float64, counts []int) {
	for i, v := range sorted {
		if i > 0 && nearlyEqual(sorted[i-1], v) {
			distinct[len(distinct)-1] = v
			counts[len(counts)-1]++
			continue
		}
		distinct = append(distinct, v)
		counts = append(counts, 1)
	}
	return distinct, counts
}

// nearlyEqual reports whether b, which is not below a, is a or the next number.
func nearlyEqual(a, b float64) bool { return b <= math.Nextafter(a, math.Inf(1)) }

// zeroAwareBounds finds the upper bounds of at most maxBins bins. Zero has a bin of its own; the bins left of it and right of it share the rest by row count.
func zeroAwareBounds(distinct []float64, counts []int, maxBins int) []float64 {
	var left, zero, right int
	leftEnd, rightStart := len(distinct), len(distinct)
	for i, v := range distinct {
		switch {
		case v <= -zeroBound:
			left += counts[i]
		case v > zeroBound:
			right += counts[i]
			rightStart = min(rightStart, i)
			leftEnd = min(leftEnd, i)
		default:
			zero += counts[i]
			leftEnd = min(leftEnd, i)
		}
	}
	var bounds []float64
	if leftEnd > 0 && maxBins > 1 {
		share := int(float64(left) / float64(left+right) * float64(maxBins-1))
		bounds = greedyBounds(distinct[:leftEnd], counts[:leftEnd], max(share, 1), left)
		bounds[len(bounds)-1] = -zeroBound
	}
	rest := maxBins - 1 - len(bounds)
	if rightStart == len(distinct) || rest <= 0 {
		return append(bounds, boundInf)
	}
	bounds = append(bounds, zeroBound)
	return append(bounds, greedyBounds(distinct[rightStart:], counts[rightStart:], rest, right)...)
}

// greedyBounds fills bins from the left with about equal numbers of rows. A value that alone holds more than a bin's share gets a bin of its own. Bounds lie
// half-way between neighbouring distinct values; the last is boundInf.
func greedyBounds(distinct []float64, counts []int, maxBins, total int) []float64 {
	var bounds []float64
	add := func(a, b float64) bool {
		v := math.Nextafter(a/2+b/2, math.Inf(1))
		if s := a + b; !math.IsInf(s, 0) {
			v = math.Nextafter(s/2, math.Inf(1))
		}
		if len(bounds) > 0 && nearlyEqual(bounds[len(bounds)-1], v) {
			return false
		}
		bounds = append(bounds, v)
		return true
	}
	if len(distinct) <= maxBins {
		n := 0
		for i := range len(distinct) - 1 {
			if n += counts[i]; n >= minDataBin && add(distinct[i], distinct[i+1]) {
				n = 0
			}
		}
		return append(bounds, boundInf)
	}
	maxBins = max(min(maxBins, total/minDataBin), 1)
	mean := float64(total) / float64(maxBins)
	big := make([]bool, len(counts))
	restBins, restRows := maxBins, total
	for i, c := range counts {
		if float64(c) >= mean {
			big[i] = true
			restBins--
			restRows -= c
		}
	}
	mean = float64(restRows) / float64(restBins)
	n, made := 0, 1
	for i := 0; i < len(distinct)-1 && made < maxBins; i++ {
		if !big[i] {
			restRows -= counts[i]
		}
		n += counts[i]
		if !big[i] && float64(n) < mean && (!big[i+1] || float64(n) < math.Max(1, mean*0.5)) {
			continue
		}
		add(distinct[i], distinct[i+1])
		made++
		n = 0
		if !big[i] {
			restBins--
			mean = float64(restRows) / float64(restBins)
		}
	}
	return append(bounds, boundInf)
}

// newCategoryBinner gives the most frequent categories a bin each, ties in code order: those that make up catShare of the rows and, while there are bins
// left, those with at least minDataBin rows. All others share bin 0 with the missing values.
func newCategoryBinner(c column, sample []int32, maxBins int) *binner {
	counts := make([]int, c.categories)
	rows := 0
	count := func(code int32) {
		if code >= 0 {
			counts[code]++
			rows++
		}
	}
	if sample == nil {
		for _, code := range c.codes {
			count(code)
		}
	} else {
		for _, i := range sample {
			count(c.codes[i])
		}
	}
	order := make([]int32, 0, len(counts))
	for code, n := range counts {
		if n > 0 {
			order = append(order, int32(code))
		}
	}
	slices.SortStableFunc(order, func(a, b int32) int { return counts[b] - counts[a] })
	b := &binner{binOf: make([]uint8, c.categories), category: []int32{-1}}
	cut, used := int(float64(rows)*catShare+0.5), 0
	limit := min(maxBins, len(order)+1)
	for i, code := range order {
		if (used >= cut && len(b.category) >= limit) || len(b.category) > maxBinLimit || (counts[code] < minDataBin && i > 1) {
			break
		}
		b.binOf[code] = uint8(len(b.category))
		b.category = append(b.category, code)
		used += counts[code]
	}
	return b
}

// words holds the bins of every column: eight columns share a uint64 a row, and words[g] has the columns 8g to 8g+7 of every row, lowest byte first. A
// histogram pass over one group touches 8 bytes a row and 16 KiB of counters.
type words [][]uint64

func (w words) at(column int, row int32) uint8 {
	return uint8(w[column>>3][row] >> (8 * (column & 7)))
}

func newWords(columns, rows int) words {
	w := make(words, (columns+7)/8)
	for g := range w {
		w[g] = make([]uint64, rows)
	}
	return w
}

// binColumns maps every value to its bin. Work is shared by group, so no two workers write the same word.
func binColumns(ctx context.Context, columns []column, binners []*binner, n, workers int) (words, error) {
	w := newWords(len(columns), n)
	err := matrix.Parallel(ctx, workers, len(w), func(g, _ int) {
		for f := 8 * g; f < min(8*g+8, len(columns)); f++ {
			if ctx.Err() != nil {
				return
			}
			binners[f].fill(columns[f], w[g], 8*(f&7))
		}
	})
	return w, err
}

// fill sets the byte at shift of every word.
func (b *binner) fill(c column, word []uint64, shift int) {
	if b.category != nil {
		for i, code := range c.codes {
			if code >= 0 && int(code) < len(b.binOf) {
				word[i] |= uint64(b.binOf[code]) << shift
			}
		}
		return
	}
	var table [256]uint64
	for i := range table {
		table[i] = math.MaxUint64
	}
	for i, v := range b.bounds[:len(b.bounds)-1] {
		table[i] = orderKey(v)
	}
	nan := uint64(len(b.bounds))
	if !b.missing {
		nan = uint64(searchBins(&table, [4]float64{})[0]) // scoring reads it as 0
	}
	var four [4]float64
	for i := 0; i < len(c.numeric); i += len(four) {
		n := copy(four[:], c.numeric[i:])
		bins := searchBins(&table, four)
		for j, v := range four[:n] {
			bin := uint64(bins[j])
			if v != v {
				bin = nan
			}
			word[i+j] |= bin << shift
		}
	}
}

// orderKey maps numbers to whole numbers of the same order; -0 comes just before 0.
func orderKey(v float64) uint64 {
	b := math.Float64bits(v)
	return b ^ (uint64(int64(b)>>63) | 1<<63)
}

// searchBins returns for each number how many keys of the table are below its own. Four searches without branches run beside each other: which way each turns
// cannot be guessed, and the loads of one hide behind those of the others.
func searchBins(table *[256]uint64, v [4]float64) (bins [4]uint8) {
	k0, k1, k2, k3 := orderKey(v[0]), orderKey(v[1]), orderKey(v[2]), orderKey(v[3])
	var b0, b1, b2, b3 uint8
	for step := uint8(128); step > 0; step >>= 1 {
		_, less0 := bits.Sub64(table[b0+step-1], k0, 0)
		_, less1 := bits.Sub64(table[b1+step-1], k1, 0)
		_, less2 := bits.Sub64(table[b2+step-1], k2, 0)
		_, less3 := bits.Sub64(table[b3+step-1], k3, 0)
		b0 += step & -uint8(less0)
		b1 += step & -uint8(less1)
		b2 += step & -uint8(less2)
		b3 += step & -uint8(less3)
	}
	return [4]uint8{b0, b1, b2, b3}
}

// sortNumbers sorts numbers other than NaN: by comparison when they are few, else by the bytes of their order keys, lowest first, without the bytes that all
// have in common.
func sortNumbers(v []float64) {
	if len(v) < 1<<12 {
		slices.Sort(v)
		return
	}
	keys, next := make([]uint64, len(v)), make([]uint64, len(v))
	var counts [8][256]int
	for i, x := range v {
		k := orderKey(x)
		keys[i] = k
		for d := range counts {
			counts[d][uint8(k>>(8*d))]++
		}
	}
	for d := range counts {
		c, shift := &counts[d], 8*d
		if c[uint8(keys[0]>>shift)] == len(v) {
			continue
		}
		at := 0
		for b, n := range c {
			c[b] = at
			at += n
		}
		for _, k := range keys {
			b := uint8(k >> shift)
			next[c[b]] = k
			c[b]++
		}
		keys, next = next, keys
	}
	for i, k := range keys {
		v[i] = math.Float64frombits(k ^ (^uint64(int64(k)>>63) | 1<<63))
	}
}
