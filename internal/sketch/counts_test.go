package sketch_test

import (
	"bytes"
	"errors"
	"fmt"
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
				part = newTopK(t, capacity)
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
