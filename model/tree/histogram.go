package tree

import (
	"context"
	"math"
	"math/bits"
	"sync"

	"github.com/tidewheel/tidewheel/internal/matrix"
)

// cell is the sum over the rows of a bin, in quanta: exact, so that sums do not depend on the order of the rows and a sibling's histogram is a subtraction.
type cell struct{ g, h int64 }

// quanta says how gradients and hessians become integers. A row's pair travels packed in one int64, gradient above hessian; block rows are summed packed,
// so that neither part overflows, and then added to the cells.
type quanta struct {
	shift  int     // bits of the hessian part
	block  int     // rows that may be summed packed
	gScale float64 // gradient of one quantum, a power of two
	hScale float64 // hessian of one quantum, a power of two
	gMax   float64 // the largest quantised gradient
	hMax   float64
}

// newQuanta chooses the resolution for n rows whose gradients are at most g in absolute value and hessians at most h. With unit hessians the count takes as
// few bits as it needs and the gradient has the rest.
func newQuanta(n int, g, h float64, unit bool) quanta {
	rowBits := min(bits.Len(uint(n)), 14)
	q := quanta{block: 1<<rowBits - 1}
	if n <= q.block {
		q.block = n
	}
	if unit {
		q.shift, q.hMax, q.hScale = rowBits+1, 1, 1
		// a sum of block rows fits 64 bits, and a sum of all rows too
		q.gMax = math.Ldexp(1, min(62-q.shift-rowBits, 61-bits.Len(uint(n))))
	} else {
		q.shift, q.hMax = 32, math.Ldexp(1, 32-rowBits)-1
		q.gMax = math.Ldexp(1, 31-rowBits) - 1
		q.hScale = powerOfTwo(h / q.hMax)
	}
	q.gScale = powerOfTwo(g / q.gMax)
	return q
}

// powerOfTwo returns the least power of two that is not below x >= 0, at least 2^-1000, so that whole numbers and their halves stay exact when they are
// quantised.
func powerOfTwo(x float64) float64 {
	fraction, exponent := math.Frexp(x)
	if fraction == 0.5 {
		exponent--
	}
	return math.Ldexp(1, max(exponent, -1000))
}

// pack rounds one row's pair. Rounding is dithered by a fixed hash of the row, so that many equal gradients smaller than a quantum still sum to what they
// should.
func (q *quanta) pack(g, h, gInv, hInv float64, dither uint64) int64 {
	qg := math.Floor(g*gInv + float64(dither>>40)*(1.0/(1<<24)))
	qh := math.Floor(h*hInv + float64(dither&(1<<24-1))*(1.0/(1<<24)))
	qg = min(max(qg, -q.gMax), q.gMax)
	return int64(qg)<<q.shift + int64(min(qh, q.hMax))
}

// mix is the finaliser of splitmix64 (Steele, Lea, Flood 2014).
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}

// packed counters of one group of eight columns.
type groupSums [8][256]int64

// histogram makes the histograms of leaves over the same rows and columns.
type histogram struct {
	words   words
	offset  []int // first cell of each column; the last element is the number of cells
	packed  []int64
	ordered []int64 // packed pairs of the leaf being counted, in its row order
	quanta  quanta
	sums    []groupSums // one a worker
	locks   []sync.Mutex
	free    [][]cell
	workers int
}

func newHistogram(w words, binners []*binner, n, workers int) *histogram {
	h := &histogram{
		words: w, offset: make([]int, len(binners)+1), packed: make([]int64, n), ordered: make([]int64, n),
		sums: make([]groupSums, workers), locks: make([]sync.Mutex, len(w)), workers: workers,
	}
	for f, b := range binners {
		h.offset[f+1] = h.offset[f] + b.bins()
	}
	return h
}

func (h *histogram) take() []cell {
	if n := len(h.free); n > 0 {
		c := h.free[n-1]
		h.free = h.free[:n-1]
		clear(c)
		return c
	}
	return make([]cell, h.offset[len(h.offset)-1])
}

func (h *histogram) give(c []cell) {
	if c != nil {
		h.free = append(h.free, c)
	}
}

// count returns the histogram of rows over the groups marked in use. A task is a group and a block of rows; the additions of whole numbers into the shared
// cells commute, so that it does not matter which worker adds first.
func (h *histogram) count(ctx context.Context, rows []int32, use []bool) ([]cell, error) {
	out := h.take()
	pairs := h.ordered[:len(rows)]
	if len(rows) == len(h.packed) { // every row, in order
		pairs = h.packed
	} else {
		err := matrix.Parallel(ctx, h.workers, chunks(len(rows)), func(c, _ int) {
			lo, hi := chunk(c, len(rows))
			for i, r := range rows[lo:hi] {
				pairs[lo+i] = h.packed[r]
			}
		})
		if err != nil {
			return nil, err
		}
	}
	var groups []int
	for g := range h.words {
		if use[g] {
			groups = append(groups, g)
		}
	}
	blocks := (len(rows) + h.quanta.block - 1) / h.quanta.block
	err := matrix.Parallel(ctx, crew(h.workers, 5*len(rows)*len(groups)), blocks*len(groups), func(task, worker int) {
		g := groups[task/blocks]
		lo := task % blocks * h.quanta.block
		hi := min(lo+h.quanta.block, len(rows))
		sums := &h.sums[worker]
		width := min(8, len(h.offset)-1-8*g)
		sumGroup(sums, h.words[g], rows[lo:hi], pairs[lo:hi], width)
		h.locks[g].Lock()
		h.flush(sums, out, g, width)
		h.locks[g].Unlock()
	})
	return out, err
}

// sumGroup adds the packed pairs of rows to the counters of a group. The words of some rows are fetched first, so that their cache misses overlap.
func sumGroup(sums *groupSums, word []uint64, rows []int32, pairs []int64, width int) {
	const ahead = 256
	var buffer [ahead]uint64
	for lo := 0; lo < len(rows); lo += ahead {
		hi := min(lo+ahead, len(rows))
		b := buffer[:hi-lo]
		for i, r := range rows[lo:hi] {
			b[i] = word[r]
		}
		p := pairs[lo:hi]
		if width > 4 {
			for i, w := range b {
				v := p[i]
				sums[0][uint8(w)] += v
				sums[1][uint8(w>>8)] += v
				sums[2][uint8(w>>16)] += v
				sums[3][uint8(w>>24)] += v
				sums[4][uint8(w>>32)] += v
				sums[5][uint8(w>>40)] += v
				sums[6][uint8(w>>48)] += v
				sums[7][uint8(w>>56)] += v
			}
			continue
		}
		for i, w := range b {
			v := p[i]
			sums[0][uint8(w)] += v
			sums[1][uint8(w>>8)] += v
			sums[2][uint8(w>>16)] += v
			sums[3][uint8(w>>24)] += v
		}
	}
}

// flush moves the counters of a group into the cells and clears them.
func (h *histogram) flush(sums *groupSums, out []cell, g, width int) {
	mask := int64(1)<<h.quanta.shift - 1
	for f := range 8 {
		if f >= width {
			sums[f][0] = 0 // columns that are not there count in bin 0
			continue
		}
		cells := out[h.offset[8*g+f]:h.offset[8*g+f+1]]
		for b := range cells {
			v := sums[f][b]
			cells[b].h += v & mask
			cells[b].g += v >> h.quanta.shift
			sums[f][b] = 0
		}
	}
}

// subtract turns the histogram of a leaf into that of the child whose sibling's histogram is given.
func subtract(parent, sibling []cell) {
	for i, s := range sibling {
		parent[i].g -= s.g
		parent[i].h -= s.h
	}
}
