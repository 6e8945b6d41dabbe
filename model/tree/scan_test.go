package tree

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestPackedSearchIsThePlainOne searches the same sums in both forms: the split has the same bits.
func TestPackedSearchIsThePlainOne(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 9))
	found := 0
	for range 20_000 {
		n := 1 + r.IntN(60)
		rows := 1 + r.IntN(500)
		scale := math.Ldexp(1, r.IntN(60)-30)
		q := newQuanta(rows, scale, 0.25, r.IntN(3) == 0)
		packed := make([]int64, n)
		sum := leafSums{count: rows}
		for range rows {
			b := min(int(r.ExpFloat64()*float64(n)/float64(1+r.IntN(4))), n-1)
			v := q.pack(scale*(r.Float64()-0.5)+float64(b%7)*scale/20, 0.25*r.Float64(), 1/q.gScale, 1/q.hScale, r.Uint64())
			packed[b] += v
			c := q.unpack(v)
			sum.g += c.g
			sum.h += c.h
		}
		cells := make([]cell, n)
		for i, v := range packed {
			cells[i] = q.unpack(v)
		}
		x := newSearch(rules{minRows: 1 + r.IntN(20), minHessian: []float64{0, 1e-3, 1}[r.IntN(3)], l2: float64(r.IntN(2)), minGain: float64(r.IntN(2)) * scale}, q, sum)
		b := &binner{bounds: make([]float64, n), missing: r.IntN(2) == 0}
		b.bounds[0] = float64(r.IntN(2)) - 0.5
		want, splits := x.best(0, b, sums{cells: cells})
		got, also := x.best(0, b, sums{packed: packed})
		if got != want || also != splits {
			t.Fatalf("%d bins of %d rows: %+v, %v, want %+v, %v", n, rows, got, also, want, splits)
		}
		if want.column >= 0 {
			found++
		}
	}
	if found < 1000 {
		t.Errorf("%d of 20000 can be split", found)
	}
}

func TestSetsUpToABin(t *testing.T) {
	for bin := range 256 {
		var want split
		for b := range bin + 1 {
			want.add(b)
		}
		if got := upTo(bin); got != want.left {
			t.Errorf("up to %d: %x, want %x", bin, got, want.left)
		}
	}
}

// TestTalliesAgree counts and subtracts packed and wide: the sums are the same.
func TestTalliesAgree(t *testing.T) {
	tb := synthetic(3000, 11, 5)
	p := defaults()
	p.objective, p.workers = logistic{}, 3
	tr, err := newTrainer(t.Context(), tb, nil, p)
	if err != nil {
		t.Fatal(err)
	}
	tr.crew.open()
	defer tr.crew.close()
	h := tr.grower.hist
	r := rand.New(rand.NewPCG(1, 2))
	h.quanta = newQuanta(tb.rows, 1, 0.25, false)
	for i := range h.packed {
		h.packed[i] = h.quanta.pack(r.Float64()-0.5, r.Float64()/4, 1/h.quanta.gScale, 1/h.quanta.hScale, r.Uint64())
	}
	rows := make([]int32, tb.rows)
	for i := range rows {
		rows[i] = int32(i)
	}
	groups := []int{0, 1}
	sumsOf := func(block int, part []int32, sibling []int32) []cell {
		h.quanta.block = block
		out, err := h.count(t.Context(), 0, 0, part, groups)
		if err != nil {
			t.Fatal(err)
		}
		if sibling != nil {
			other, err := h.count(t.Context(), 0, 0, sibling, groups)
			if err != nil {
				t.Fatal(err)
			}
			out = h.subtract(out, other, len(part)-len(sibling))
		}
		var cells []cell
		for f := range tb.columns {
			cells = append(cells, h.column(&leaf{tally: out}, f, &scratch{})...)
		}
		return cells
	}
	var part, rest []int32
	for i := range rows {
		if i%3 == 0 {
			part = append(part, int32(i))
		} else {
			rest = append(rest, int32(i))
		}
	}
	want := sumsOf(tb.rows, rest, nil)
	for _, block := range []int{tb.rows, 2500, 1500, 100} { // packed; wide without a packed child; one packed; none
		got := sumsOf(block, rows, part)
		for i := range want {
			if got[i] != want[i] {
				t.Fatalf("blocks of %d rows, bin %d: %v, want %v", block, i, got[i], want[i])
			}
		}
	}
}
