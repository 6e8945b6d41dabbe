package sketch_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/tidewheel/tidewheel/internal/sketch"
)

func newTopK(t testing.TB, capacity int) *sketch.TopK {
	t.Helper()
	k, err := sketch.NewTopK(sketch.TopKOptions{Capacity: capacity})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestTopKIsExactWithinItsCapacity(t *testing.T) {
	t.Parallel()
	a, b := newTopK(t, 5), newTopK(t, 5)
	for _, s := range []string{"x", "y", "x", "", "z", "y"} {
		a.Add(s)
	}
	b.AddN("w", 2)
	b.AddN("none", 0)
	b.Add(string(make([]byte, 300)))
	if err := a.Merge(b); err != nil {
		t.Fatal(err)
	}
	want := []sketch.Item{{Value: "w", Count: 2}, {Value: "x", Count: 2}, {Value: "y", Count: 2}, {Value: "", Count: 1}, {Value: "z", Count: 1}}
	if got := a.Top(-1); !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
	if got := a.Top(2); !slices.Equal(got, want[:2]) {
		t.Errorf("got %v", got)
	}
	if a.ErrorBound() != 0 || a.Total() != 8 || a.TooLong() != 1 || a.Len() != 5 {
		t.Errorf("bound %d, total %d, too long %d", a.ErrorBound(), a.Total(), a.TooLong())
	}
	if err := a.Merge(newTopK(t, 6)); !errors.Is(err, sketch.ErrMismatch) {
		t.Errorf("other capacity: %v", err)
	}
}

func TestTopKKeepsItsErrorBound(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(9, 9))
	zipf := rand.NewZipf(rng, 1.1, 1, 100_000)
	for _, capacity := range []int{2, 7, 64, 128} {
		truth := map[string]uint64{}
		one, merged, part := newTopK(t, capacity), newTopK(t, capacity), newTopK(t, capacity)
		for i := range 200_000 {
			s := strconv.FormatUint(zipf.Uint64(), 36)
			n := uint64(1 + i%3)
			truth[s] += n
			one.AddN(s, n)
			part.AddN(s, n)
			if i%9999 == 0 {
				if err := merged.Merge(part); err != nil {
					t.Fatal(err)
				}
				part.Reset()
			}
		}
		if err := merged.Merge(part); err != nil {
			t.Fatal(err)
		}
		for name, k := range map[string]*sketch.TopK{"one pass": one, "merged": merged} {
			checkBound(t, fmt.Sprintf("capacity %d, %s", capacity, name), k, truth)
		}
	}
}

func checkBound(t *testing.T, name string, k *sketch.TopK, truth map[string]uint64) {
	t.Helper()
	total, listed := uint64(0), map[string]uint64{}
	for _, item := range k.Top(-1) {
		listed[item.Value] = item.Count
	}
	for s, want := range truth {
		total += want
		if got := listed[s]; got > want || want-got > k.ErrorBound() {
			t.Errorf("%s: count %d, true %d, bound %d", name, got, want, k.ErrorBound())
		}
	}
	if k.Total() != total || k.ErrorBound() > 2*total/uint64(k.Capacity()+1) || k.Len() > k.Capacity() {
		t.Errorf("%s: total %d of %d, bound %d, %d listed", name, k.Total(), total, k.ErrorBound(), k.Len())
	}
}

func TestTopKContinuesAfterItsBinaryForm(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(2, 9))
	live, stored := newTopK(t, 16), newTopK(t, 16)
	for range 200 {
		part := newTopK(t, 16)
		for range rng.IntN(60) {
			s := strconv.Itoa(int(rng.ExpFloat64() * 20))
			live.Add(s)
			stored.Add(s)
			part.AddN(s, 2)
		}
		b, _ := stored.MarshalBinary()
		stored = new(sketch.TopK)
		if err := errors.Join(stored.UnmarshalBinary(b), live.Merge(part), stored.Merge(part)); err != nil {
			t.Fatal(err)
		}
		want, _ := live.MarshalBinary()
		if got, _ := stored.MarshalBinary(); !bytes.Equal(got, want) {
			t.Fatal("a state that was read continues otherwise")
		}
	}
}

func TestHistogramCountsAsNumpyDoes(t *testing.T) {
	t.Parallel()
	h, err := sketch.NewHistogram([]float64{0, 1, 2.5, 4})
	if err != nil {
		t.Fatal(err)
	}
	h.AddSlice([]float64{-1, math.Inf(-1), 0, 0.5, 1, 2.4, 2.5, 4, 4.1, math.Inf(1), math.Inf(1), math.NaN()})
	o, _ := sketch.NewHistogram(h.Edges())
	o.AddN(2, 5)
	if err := h.Merge(o); err != nil {
		t.Fatal(err)
	}
	if got := h.Counts(nil); !slices.Equal(got, []uint64{2, 7, 2}) {
		t.Errorf("counts %v", got)
	}
	if got := h.OpenCounts([]uint64{9}); !slices.Equal(got, []uint64{9, 4, 7, 5}) {
		t.Errorf("open counts %v", got)
	}
	if h.Below() != 2 || h.Above() != 3 || h.NaN() != 1 || h.Total() != 16 || h.Bins() != 3 {
		t.Errorf("below %d, above %d, NaN %d, total %d", h.Below(), h.Above(), h.NaN(), h.Total())
	}
	other, _ := sketch.NewHistogram([]float64{0, 1})
	if err := h.Merge(other); !errors.Is(err, sketch.ErrMismatch) {
		t.Errorf("other edges: %v", err)
	}
	h.Reset()
	if h.Total() != 0 || h.NaN() != 0 {
		t.Error("a reset histogram remembers")
	}
}

func TestHistogramFindsTheBinOfALinearSearch(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(12, 12))
	for bins := 1; bins < 70; bins++ {
		edges := make([]float64, bins+1)
		for i := range edges {
			edges[i] = float64(i) + rng.Float64()/2
		}
		h, err := sketch.NewHistogram(edges)
		if err != nil {
			t.Fatal(err)
		}
		want := make([]uint64, bins)
		for i := range 20 * bins {
			x := rng.Float64() * float64(bins)
			if i < bins {
				x = edges[i] // an edge belongs to the bin that it opens
			}
			h.Add(x)
			for b := range bins {
				if edges[b] <= x && x < edges[b+1] {
					want[b]++
				}
			}
		}
		if got := h.Counts(nil); !slices.Equal(got, want) {
			t.Fatalf("%d bins: got %v, want %v", bins, got, want)
		}
	}
}
