package sketch_test

import (
	"bytes"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/tidewheel/tidewheel/internal/sketch"
)

// streams are orders and shapes that break summaries: sorted ones, ties, and periods at, below and beside powers of two.
func streams(n int) map[string]func(i int) float64 {
	rng := rand.New(rand.NewPCG(7, 11))
	return map[string]func(i int) float64{
		"sorted":     func(i int) float64 { return float64(i) },
		"reversed":   func(i int) float64 { return float64(n - i) },
		"normal":     func(int) float64 { return rng.NormFloat64() },
		"heavy tail": func(int) float64 { return math.Exp(5 * rng.NormFloat64()) },
		"seven ties": func(int) float64 { return float64(rng.IntN(7)) },
		"mostly 0":   func(int) float64 { return max(0, rng.Float64()-0.9) },
		"constant":   func(int) float64 { return 3 },
		"period":     func(i int) float64 { return float64(i % 1000) },
		"period 2^k": func(i int) float64 { return float64(i % 4096) },
		"zigzag": func(i int) float64 {
			if i%2 == 0 {
				return float64(i)
			}
			return float64(2*n - i)
		},
	}
}

// worstRankError returns the largest distance of q·n from the ranks that the answer to q has in the sorted values, and of Rank from the truth.
func worstRankError(s *sketch.Quantiles, sorted []float64) float64 {
	n := float64(len(sorted))
	view := s.View()
	worst := 0.0
	for i := 1; i < 1000; i++ {
		q := float64(i) / 1000
		x, _ := view.Quantile(q)
		below, _ := slices.BinarySearch(sorted, x)
		upTo, _ := slices.BinarySearch(sorted, math.Nextafter(x, math.Inf(1)))
		worst = max(worst, float64(below)/n-q, q-float64(upTo)/n)
		worst = max(worst, math.Abs(float64(s.Rank(x))-float64(upTo))/n)
	}
	return worst
}

func TestQuantilesStayWithinTheStatedErrorOnAnyOrder(t *testing.T) {
	t.Parallel()
	n := 100_000
	if !testing.Short() {
		n = 600_000
	}
	const chunk = 65_536
	values := make([]float64, n)
	for name, next := range streams(n) {
		for i := range values {
			values[i] = next(i)
		}
		var one, merged, tree sketch.Quantiles
		one.AddSlice(values)
		var parts []*sketch.Quantiles
		for from := 0; from < n; from += chunk {
			p := new(sketch.Quantiles)
			p.AddSlice(values[from:min(n, from+chunk)])
			merged.Merge(p)
			parts = append(parts, p)
		}
		for i := len(parts) - 1; i > 0; i-- { // the other association
			parts[i-1].Merge(parts[i])
		}
		tree.Merge(parts[0])
		slices.Sort(values)
		for how, s := range map[string]*sketch.Quantiles{"one pass": &one, "merged": &merged, "merged from the end": &tree} {
			if got := worstRankError(s, values); got > sketch.QuantileError/2 {
				t.Errorf("%s, %s: rank error %.4f, want at most %.4f", name, how, got, sketch.QuantileError/2)
			}
			if s.Count() != uint64(n) {
				t.Errorf("%s, %s: count %d", name, how, s.Count())
			}
			lo, _ := s.Quantile(0)
			hi, _ := s.Quantile(1)
			if lo != values[0] || hi != values[n-1] {
				t.Errorf("%s, %s: minimum or maximum is not exact", name, how)
			}
			if b, _ := s.MarshalBinary(); len(b) > 12<<10 {
				t.Errorf("%s, %s: %d bytes", name, how, len(b))
			}
		}
	}
}

func TestQuantilesAreExactForFewValues(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 1))
	for _, n := range []int{1, 2, 3, 10, 1000, sketch.QuantileExact} {
		values := make([]float64, n)
		for i := range values {
			values[i] = float64(rng.IntN(n))
		}
		var a, b sketch.Quantiles
		a.AddSlice(values[:n/3])
		b.AddSlice(values[n/3:])
		a.Merge(&b)
		slices.Sort(values)
		if !a.Exact() {
			t.Fatalf("n=%d: not exact", n)
		}
		for i := 1; i <= n; i++ {
			// (i-½)/n lies inside the step of the i-th value, so rounding cannot move it.
			if got, _ := a.Quantile((float64(i) - 0.5) / float64(n)); got != values[i-1] {
				t.Fatalf("n=%d: quantile %d is not the value of that rank", n, i)
			}
			upTo, _ := slices.BinarySearch(values, values[i-1]+0.5)
			if got := a.Rank(values[i-1]); got != uint64(upTo) {
				t.Fatalf("n=%d: rank %d, want %d", n, got, upTo)
			}
		}
	}
}

func TestQuantilesOfEdgeCases(t *testing.T) {
	t.Parallel()
	var s sketch.Quantiles
	if _, ok := s.Quantile(0.5); ok || s.Rank(1) != 0 {
		t.Error("an empty sketch has an answer")
	}
	s.Add(math.NaN())
	if s.Count() != 0 || s.NaN() != 1 {
		t.Error("NaN is counted as a value")
	}
	s.AddSlice([]float64{math.Inf(1), math.Inf(-1), math.Copysign(0, -1), 0})
	for q, want := range map[float64]float64{0: math.Inf(-1), 0.25: math.Inf(-1), 0.5: 0, 0.75: 0, 1: math.Inf(1)} {
		if got, ok := s.Quantile(q); !ok || got != want {
			t.Errorf("quantile %v is %v, want %v", q, got, want)
		}
	}
	if _, ok := s.Quantile(math.NaN()); ok {
		t.Error("a quantile of NaN has an answer")
	}
	if got := s.Rank(math.NaN()); got != 0 {
		t.Errorf("rank of NaN is %d", got)
	}
	if got := s.Rank(0); got != 3 {
		t.Errorf("%d values up to 0", got)
	}
}

func TestQuantilesContinueAfterTheirBinaryForm(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(3, 3))
	var live sketch.Quantiles
	stored := new(sketch.Quantiles)
	for range 300 {
		n := rng.IntN(700)
		for range n {
			x := rng.NormFloat64()
			live.Add(x)
			stored.Add(x)
		}
		b, _ := stored.MarshalBinary()
		stored = new(sketch.Quantiles)
		if err := stored.UnmarshalBinary(b); err != nil {
			t.Fatal(err)
		}
		var part sketch.Quantiles
		for range rng.IntN(2000) {
			part.Add(rng.ExpFloat64())
		}
		live.Merge(&part)
		stored.Merge(&part)
		want, _ := live.MarshalBinary()
		if got, _ := stored.MarshalBinary(); !bytes.Equal(got, want) {
			t.Fatal("a state that was read continues otherwise")
		}
	}
}

// Merging a sketch with a copy of itself 37 times stands for 10^14 values: weights, levels, size and error must hold.
func TestQuantilesOfDoubledStreams(t *testing.T) {
	t.Parallel()
	s := new(sketch.Quantiles)
	for i := range 1000 {
		s.Add(float64(i))
	}
	for round := range 37 {
		b, err := s.MarshalBinary()
		if err != nil || len(b) > 13<<10 {
			t.Fatalf("round %d: %d bytes, %v", round, len(b), err)
		}
		other := new(sketch.Quantiles)
		if err := other.UnmarshalBinary(b); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		s.Merge(other)
		if s.Count() != 1000<<(round+1) {
			t.Fatalf("round %d: count %d", round, s.Count())
		}
		for q := 0.005; q < 1; q += 0.01 {
			x, _ := s.Quantile(q)
			// The value x has the ranks x/1000 to (x+1)/1000.
			if x/1000 > q+sketch.QuantileError || (x+1)/1000 < q-sketch.QuantileError {
				t.Fatalf("round %d: quantile %v is %v", round, q, x)
			}
		}
	}
}
