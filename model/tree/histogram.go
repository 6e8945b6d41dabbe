package tree

import (
	"context"
	"math"
	"math/bits"
	"sync"
)

// cell is the sum over the rows of a bin, in quanta: exact, so that sums do not depend on the order of the rows and a sibling's histogram is a subtraction.
type cell struct{ g, h int64 }

// tally is the histogram of a leaf, one sum a bin: packed where its rows may be summed packed, which takes half the memory and a third of the work, else wide.
type tally struct {
	packed []int64
	wide   []cell
}

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
	switch { // neither is NaN
	case qg > q.gMax:
		qg = q.gMax
	case qg < -q.gMax:
		qg = -q.gMax
	}
	if qh > q.hMax {
		qh = q.hMax
	}
	return int64(qg)<<q.shift + int64(qh)
}

// extremes returns the largest absolute values of derivatives and whether one of the second is below zero. NaN is larger than all numbers. Bits are compared as
// whole numbers, which have the order of absolute values.
func extremes(g, h []float64) (gMax, hMax float64, negative bool) {
	const sign = 1 << 63
	var top, high, raw uint64
	h = h[:len(g)]
	for i, v := range g {
		b := math.Float64bits(h[i])
		top, high, raw = max(top, math.Float64bits(v)&^sign), max(high, b&^sign), max(raw, b)
	}
	return math.Float64frombits(top), math.Float64frombits(high), raw > sign
}

// mix is the finaliser of splitmix64 (Steele, Lea, Flood 2014).
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}

// unpack returns the sums of a packed one.
func (q *quanta) unpack(v int64) cell { return cell{v >> q.shift, v & (1<<q.shift - 1)} }

// histogram makes the histograms of leaves over the same rows and columns.
type histogram struct {
	crew *crew
	layout
	offset  []int // first sum of each byte of the words; the last element is the number of sums
	packed  []int64
	ordered []int64 // packed pairs of the leaves being counted, in the order of their rows
	quanta  quanta
	sums    [][]int64  // packed sums, one for each worker; zero but while it counts
	buffers [][]uint64 // words of a lot of rows, one for each worker
	adding  sync.Mutex
	pool    sync.Mutex
	free    []tally
}

// padding is the room behind the last bin: a counter is found by an index of a byte, which then needs no check, and a missing column of a group counts there.
const padding = 256

func newHistogram(c *crew, l layout, n int) *histogram {
	h := &histogram{crew: c, layout: l, offset: make([]int, len(l.sizes)+1), packed: make([]int64, n), ordered: make([]int64, n), sums: make([][]int64, c.workers()), buffers: make([][]uint64, c.workers())}
	for slot, size := range l.sizes {
		h.offset[slot+1] = h.offset[slot] + size
	}
	return h
}

func (h *histogram) bins() int { return h.offset[len(h.offset)-1] }

// take returns an empty tally for a leaf of so many rows.
func (h *histogram) take(rows int) tally {
	wide := rows > h.quanta.block
	h.pool.Lock()
	defer h.pool.Unlock()
	for i := len(h.free) - 1; i >= 0; i-- {
		if t := h.free[i]; (t.wide != nil) == wide {
			h.free[i] = h.free[len(h.free)-1]
			h.free = h.free[:len(h.free)-1]
			clear(t.packed)
			clear(t.wide)
			return t
		}
	}
	if wide {
		return tally{wide: make([]cell, h.bins())}
	}
	return tally{packed: make([]int64, h.bins()+padding)}
}

func (h *histogram) give(t tally) {
	if t.packed == nil && t.wide == nil {
		return
	}
	h.pool.Lock()
	defer h.pool.Unlock()
	h.free = append(h.free, t)
}

// Updates of counters that are worth the other workers' while, about 50 microseconds, and those of a task.
const (
	manyUpdates = 1 << 17
	taskUpdates = 1 << 19
)

// count returns the histogram of the rows of a leaf, which are those from start on, over the groups in use. The additions of whole numbers commute, so that it
// does not matter which worker adds first.
func (h *histogram) count(ctx context.Context, me, start int, rows []int32, groups []int) (tally, error) {
	out := h.take(len(rows))
	updates := 8 * len(rows) * len(groups)
	if out.packed != nil {
		pairs := h.gather(start, rows)
		tasks := 1
		if updates >= manyUpdates {
			tasks = min(len(groups), 2*h.crew.workers())
		}
		err := h.crew.do(ctx, me, tasks, func(task, _ int) {
			for i := task; i < len(groups); i += tasks {
				h.sum(out.packed, groups[i], rows, pairs)
			}
		})
		return out, err
	}
	// Each worker sums blocks of rows packed and adds them to the wide sums of all.
	tasks := max(2*h.crew.workers(), (updates+taskUpdates-1)/taskUpdates)
	err := h.crew.do(ctx, me, tasks, func(task, worker int) {
		if h.sums[worker] == nil {
			h.sums[worker] = make([]int64, h.bins()+padding)
			h.buffers[worker] = make([]uint64, len(h.words)*lot)
		}
		end := (task + 1) * len(rows) / tasks
		for lo := task * len(rows) / tasks; lo < end; {
			hi := min(lo+h.quanta.block, end)
			pairs := h.gather(start+lo, rows[lo:hi])
			if h.copies.sparsely(rows[lo:hi]) {
				h.sumSparse(h.sums[worker], groups, rows[lo:hi], pairs, h.buffers[worker])
			} else {
				for _, g := range groups {
					h.sum(h.sums[worker], g, rows[lo:hi], pairs)
				}
			}
			h.adding.Lock()
			h.flush(h.sums[worker], out.wide)
			h.adding.Unlock()
			lo = hi
		}
	})
	return out, err
}

// gather returns the pairs of rows, which are those of the tree from start on.
func (h *histogram) gather(start int, rows []int32) []int64 {
	if n := len(rows); n > 0 && int(rows[0]) == start && int(rows[n-1]) == start+n-1 { // rows ascend
		return h.packed[start : start+n]
	}
	pairs := h.ordered[start : start+len(rows)]
	for i, r := range rows {
		pairs[i] = h.packed[r]
	}
	return pairs
}

// sum adds the packed pairs of rows to the counters of a group.
func (h *histogram) sum(sums []int64, group int, rows []int32, pairs []int64) {
	word := h.words[group]
	if n := len(rows); n > 0 && int(rows[n-1]-rows[0]) == n-1 { // rows ascend
		h.add(sums, group, word[rows[0]:][:n], pairs)
		return
	}
	var buffer [ahead]uint64
	for lo := 0; lo < len(rows); lo += ahead {
		hi := min(lo+ahead, len(rows))
		b := buffer[:hi-lo]
		for i, r := range rows[lo:hi] {
			b[i] = word[r]
		}
		h.add(sums, group, b, pairs[lo:hi])
	}
}

// ahead is how many words are fetched before they are used, so that their cache misses overlap.
const ahead = 256

// sumSparse is sum for several groups, from the copy by rows.
func (h *histogram) sumSparse(sums []int64, groups []int, rows []int32, pairs []int64, buffer []uint64) {
	for lo := 0; lo < len(rows); lo += lot {
		hi := min(lo+lot, len(rows))
		h.copies.gather(buffer, rows[lo:hi])
		for _, g := range groups {
			h.add(sums, g, buffer[g*lot:][:hi-lo], pairs[lo:hi])
		}
	}
}

// add adds pairs to the counters of a group that the bytes of words name.
func (h *histogram) add(sums []int64, group int, words []uint64, pairs []int64) {
	var at [8]*[padding]int64
	for i := range at {
		at[i] = (*[padding]int64)(sums[h.offset[min(8*group+i, len(h.offset)-1)]:])
	}
	pairs = pairs[:len(words)]
	s0, s1, s2, s3, s4, s5, s6, s7 := at[0], at[1], at[2], at[3], at[4], at[5], at[6], at[7]
	if len(h.offset)-1-8*group > 4 {
		for i, w := range words {
			v := pairs[i]
			s0[uint8(w)] += v
			s1[uint8(w>>8)] += v
			s2[uint8(w>>16)] += v
			s3[uint8(w>>24)] += v
			s4[uint8(w>>32)] += v
			s5[uint8(w>>40)] += v
			s6[uint8(w>>48)] += v
			s7[uint8(w>>56)] += v
		}
		return
	}
	for i, w := range words {
		v := pairs[i]
		s0[uint8(w)] += v
		s1[uint8(w>>8)] += v
		s2[uint8(w>>16)] += v
		s3[uint8(w>>24)] += v
	}
}

// flush moves packed sums into wide ones and clears them.
func (h *histogram) flush(sums []int64, out []cell) {
	mask, shift := int64(1)<<h.quanta.shift-1, h.quanta.shift&63
	for b, v := range sums[:len(out)] {
		if v != 0 {
			out[b].h += v & mask
			out[b].g += v >> shift
		}
	}
	clear(sums)
}

// subtract returns the histogram of the child of so many rows whose sibling's histogram is given, and takes that of the parent for it.
func (h *histogram) subtract(parent, sibling tally, rows int) tally {
	switch {
	case parent.packed != nil:
		for i, v := range sibling.packed[:len(parent.packed)] {
			parent.packed[i] -= v
		}
	case sibling.packed == nil:
		for i, s := range sibling.wide {
			parent.wide[i].g -= s.g
			parent.wide[i].h -= s.h
		}
	case rows > h.quanta.block:
		for i := range parent.wide {
			s := h.quanta.unpack(sibling.packed[i])
			parent.wide[i].g -= s.g
			parent.wide[i].h -= s.h
		}
	default:
		out := h.take(rows)
		for i, c := range parent.wide {
			out.packed[i] = c.g<<h.quanta.shift + c.h - sibling.packed[i]
		}
		h.give(parent)
		return out
	}
	return parent
}

// packedColumn returns the packed sums of a column of a leaf, in buffer where others share its byte: of the usual bin, what the others leave of the leaf.
func (h *histogram) packedColumn(l *leaf, column int, buffer *[padding]int64) []int64 {
	p := &h.places[column]
	from := l.tally.packed[h.offset[p.slot]:]
	if p.first == 0 {
		return from[:p.bins]
	}
	out := buffer[:p.bins]
	copy(out[:p.usual], from[p.first:])
	copy(out[p.usual+1:], from[p.first+p.usual:])
	rest := l.g<<h.quanta.shift + l.h
	out[p.usual] = 0
	for _, v := range out {
		rest -= v
	}
	out[p.usual] = rest
	return out
}

// column returns the sums of a column of a leaf, in buffer where they are packed or shared.
func (h *histogram) column(l *leaf, column int, buffer *scratch) []cell {
	p := &h.places[column]
	out := buffer.cells[:p.bins]
	if l.tally.wide == nil {
		for i, v := range h.packedColumn(l, column, &buffer.packed) {
			out[i] = h.quanta.unpack(v)
		}
		return out
	}
	from := l.tally.wide[h.offset[p.slot]:]
	if p.first == 0 {
		return from[:p.bins]
	}
	copy(out[:p.usual], from[p.first:])
	copy(out[p.usual+1:], from[p.first+p.usual:])
	rest := cell{l.g, l.h}
	out[p.usual] = cell{}
	for _, c := range out {
		rest.g -= c.g
		rest.h -= c.h
	}
	out[p.usual] = rest
	return out
}
