package tree

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestCopiesAreTheWords counts and divides leaves of every density from the copies and from the words alone: the same sums, the same rows.
func TestCopiesAreTheWords(t *testing.T) {
	const n = 60_000
	for _, columns := range []int{3, 12, 28, 41} {
		r := rand.New(rand.NewPCG(7, uint64(columns)))
		plain := layout{words: newWords(columns, n), places: make([]place, columns)}
		for f := range columns {
			bins := 1 + r.IntN(255)
			plain.places[f] = place{slot: f, bins: bins}
			plain.sizes = append(plain.sizes, bins)
			for i := range n {
				plain.words[f>>3][i] |= uint64(r.IntN(bins)) << (8 * (f & 7))
			}
		}
		quick := plain
		c := newCrew(2)
		c.open()
		defer c.close()
		if err := quick.copy(t.Context(), c); err != nil || quick.copies.rows == nil || len(quick.copies.columns) != columns {
			t.Fatalf("no copies: %v", err)
		}
		a, b := newHistogram(c, plain, n), newHistogram(c, quick, n)
		q := newQuanta(n, 1, 0.25, false)
		a.quanta, b.quanta = q, q
		for i := range n {
			a.packed[i] = q.pack(2*r.Float64()-1, r.Float64()/4, 1/q.gScale, 1/q.hScale, r.Uint64())
		}
		b.packed = a.packed
		groups := make([]int, len(plain.words))
		for g := range groups {
			groups[g] = g
		}
		for _, share := range []float64{1, 0.5, 0.2, 0.05, 0.003} {
			var rows []int32
			for i := range n {
				if r.Float64() < share {
					rows = append(rows, int32(i))
				}
			}
			sums := [2][]int64{make([]int64, a.bins()+padding), make([]int64, a.bins()+padding)}
			pairs := slices.Clone(a.gather(0, rows))
			for _, g := range groups {
				a.sum(sums[0], g, rows, pairs)
			}
			b.sumSparse(sums[1], groups, rows, pairs, make([]uint64, len(groups)*lot))
			if !slices.Equal(sums[0][:a.bins()], sums[1][:a.bins()]) {
				t.Errorf("%d columns, %g of the rows: sums differ", columns, share)
			}
			if got, want := b.copies.sparsely(rows), share < 1.0/(sparse+1); got != want {
				t.Errorf("%g of the rows: sparse %v", share, got)
			}
			s := split{column: columns - 1, left: [4]uint64{r.Uint64(), r.Uint64(), r.Uint64(), r.Uint64()}}
			checkCuts(t, newCutter(&plain, &s), newCutter(&quick, &s), rows)
		}
	}
}

func checkCuts(t *testing.T, word, column *cutter, rows []int32) {
	t.Helper()
	if column.column == nil || word.column != nil {
		t.Fatal("the cutters read the same")
	}
	n := len(rows)
	left, right := [2][]int32{make([]int32, n), make([]int32, n)}, [2][]int32{make([]int32, n), make([]int32, n)}
	apart := [2][]int32{make([]int32, n), make([]int32, n)}
	var counts, others [2]int
	for i, c := range []*cutter{word, column} {
		counts[i] = c.cut(rows, left[i], right[i])
		others[i] = c.cutApart(rows, apart[i])
	}
	k := counts[0]
	if counts[1] != k || others != counts || !slices.Equal(left[0][:k], left[1][:k]) || !slices.Equal(right[0][:n-k], right[1][:n-k]) || !slices.Equal(apart[0], apart[1]) {
		t.Errorf("%d rows are divided otherwise: %v and %v", n, counts, others)
	}
}
