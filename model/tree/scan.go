package tree

import "math"

// sums are those of the bins of a column: packed where the search reads them so, else cells.
type sums struct {
	packed []int64
	cells  []cell
}

func (s sums) bins() int { return len(s.packed) + len(s.cells) }

// sumsOf returns the sums of a column in the form in which they are searched: numbers are searched packed where no penalty or limit needs more than the two
// sums of each side.
func (x *search) sumsOf(h *histogram, l *leaf, column int, b *binner, buffer *scratch) sums {
	if l.tally.packed != nil && x.simple && !b.categorical() {
		return sums{packed: h.packedColumn(l, column, &buffer.packed)}
	}
	return sums{cells: h.column(l, column, buffer)}
}

// moderate reports whether products of four sums neither overflow nor vanish.
func (x *search) moderate() bool {
	const low, high = 0x1p-100, 0x1p100
	return x.gScale > low && x.gScale < high && x.hScale > low && x.hScale < high && x.l2 < high
}

// slack is what the rounding of a comparison without divisions is below, by far.
const slack = 1 - 0x1p-40

// packedScan is what scans of packed sums read again and again.
type packedScan struct {
	mask               int64
	shift              int
	sumG, sumH, l2     float64
	gScale, hScale     float64
	rowScale           float64
	minHessian         float64
	minRows, mostRows  int
	best               float64 // the score to beat
	bestBin            int     // -1: none better
	bestSum            int64
	start, end, stride int // the bins walked over
	count              int
}

func (x *search) newPackedScan(best float64) packedScan {
	return packedScan{
		mask: 1<<x.shift - 1, shift: x.shift, sumG: x.sumG, sumH: x.sumH, l2: x.l2, gScale: x.gScale, hScale: x.hScale, rowScale: x.hScale * x.perHessian,
		minHessian: x.minHessian, minRows: x.minRows, mostRows: x.count - x.minRows, best: max(best, x.floor), bestBin: -1,
	}
}

// fromRightPacked is fromRight of packed sums.
func (x *search) fromRightPacked(s *split, packed []int64, skip int) (splittable bool) {
	w := x.newPackedScan(s.gain)
	w.start, w.end, w.stride = len(packed)-1-skip, 0, -1
	w.walk(packed)
	if w.bestBin < 0 {
		return false
	}
	c := x.unpack(w.bestSum)
	s.gain, s.bin, s.leftG, s.leftH = w.best, w.bestBin-1, x.g-c.g, x.h-c.h
	return true
}

// fromLeftPacked is fromLeft of packed sums. What it returns counts only where fromRight found nothing.
func (x *search) fromLeftPacked(s *split, packed []int64, zeroFirst bool) (splittable bool) {
	w := x.newPackedScan(s.gain)
	w.start, w.end, w.stride = 0, len(packed)-1, 1
	if zeroFirst {
		w.count = x.count
		for _, v := range packed {
			w.count -= x.rows(v & w.mask)
		}
	}
	w.walk(packed)
	if w.bestBin < 0 {
		return false
	}
	c := x.unpack(w.bestSum)
	s.gain, s.bin, s.leftG, s.leftH, s.defaultLeft = w.best, w.bestBin, c.g, c.h, false
	return true
}

// walk is step and the choice of the best written out: most of the time of the search goes here. The two divisions of a score are made only where products say
// that it may be the best so far. Counts and hessians of the side that grows never fall, so that what is too small for the rules comes first.
func (w *packedScan) walk(packed []int64) {
	mask, shift, rowScale, gScale, hScale, sumG, sumH, l2 := w.mask, w.shift&63, w.rowScale, w.gScale, w.hScale, w.sumG, w.sumH, w.l2
	end, stride, minHessian, mostRows := w.end, w.stride, w.minHessian, w.mostRows
	best, bar := w.best, w.best*slack
	count, sum := w.count, int64(0)
	t := w.start
	for ; t != end; t += stride {
		v := packed[t]
		sum += v
		count += int(float64(float64(v&mask)*rowScale) + 0.5)
		if count >= w.minRows && float64(float64(sum&mask)*hScale)+epsilon >= minHessian {
			break
		}
	}
	if t == end {
		return
	}
	for {
		hess := float64(float64(sum&mask)*hScale) + epsilon
		rest := sumH - hess
		if count > mostRows || rest < minHessian {
			return
		}
		g := float64(sum>>shift) * gScale
		other := sumG - g
		gg, oo, a, b := g*g, other*other, hess+l2, rest+l2
		if gg*b+oo*a > bar*(a*b) {
			if score := gg/a + oo/b; score > best {
				best, bar = score, score*slack
				w.best, w.bestBin, w.bestSum = score, t, sum
			}
		}
		if t += stride; t == end {
			return
		}
		v := packed[t]
		sum += v
		count += int(float64(float64(v&mask)*rowScale) + 0.5)
	}
}

// upTo returns the set of the bins up to one.
func upTo(bin int) (set [4]uint64) {
	for i := range set {
		switch {
		case bin >= 64*i+63:
			set[i] = math.MaxUint64
		case bin >= 64*i:
			set[i] = 1<<(bin-64*i+1) - 1
		}
	}
	return set
}
