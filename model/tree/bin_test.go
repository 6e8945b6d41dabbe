package tree

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func up(v float64) float64 { return math.Nextafter(v, math.Inf(1)) }

// TestBoundsByHand follows LightGBM's rules by hand: half-way between neighbours, rounded up by one unit in the last place; at least 3 rows a bin; zero alone.
func TestBoundsByHand(t *testing.T) {
	cases := []struct {
		name     string
		distinct []float64
		counts   []int
		bins     int
		want     []float64
	}{
		{"a bin a value", []float64{1, 2, 4}, []int{3, 3, 3}, 255, []float64{zeroBound, up(1.5), up(3), boundInf}},
		{"three rows a bin", []float64{1, 2, 3, 4}, []int{1, 1, 1, 5}, 255, []float64{zeroBound, up(3.5), boundInf}},
		{"zero alone", []float64{-2, 0, 5}, []int{3, 3, 3}, 255, []float64{-zeroBound, zeroBound, boundInf}},
		{"negative only", []float64{-4, -2}, []int{3, 3}, 255, []float64{up(-3), -zeroBound, boundInf}},
		// Right of zero 3 bins for 12 rows: value 5 holds 6 rows, more than a third of 12, and gets its own; the others share 2 bins by 3 rows each.
		{"a big value alone", []float64{1, 2, 3, 5, 6, 7}, []int{1, 1, 1, 6, 1, 2}, 4, []float64{zeroBound, up(4), up(5.5), boundInf}},
		{"nothing", nil, nil, 255, []float64{boundInf}},
	}
	for _, c := range cases {
		got := zeroAwareBounds(c.distinct, c.counts, c.bins)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: bounds %v, want %v", c.name, got, c.want)
		}
	}
}

func TestBinsOfNumbers(t *testing.T) {
	values := []float64{-2, -2, -2, 0, 0, 0, 5, 5, 5, 9, 9, 9, math.NaN()}
	b := newBinner(column{numeric: values}, nil, 255)
	if !b.missing || b.bins() != 5 {
		t.Fatalf("%d bins, missing %v, want 4 and one for missing values", b.bins(), b.missing)
	}
	ask := []float64{-1e300, -2, 0, 1e-36, 6.9, 7.1, math.Inf(1), math.NaN()}
	word := make([]uint64, len(ask))
	b.fill(column{numeric: ask}, word, 8)
	for i, want := range []uint64{0, 0, 1, 1, 2, 3, 3, 4} {
		if word[i]>>8 != want {
			t.Errorf("value %d is in bin %d, want %d", i, word[i]>>8, want)
		}
	}
}

func TestSortNumbersSorts(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 0))
	for _, scale := range []float64{1, 1e-300, 1e300} {
		v := []float64{0, math.Copysign(0, -1), math.MaxFloat64, -math.MaxFloat64, 5e-324, -5e-324, math.Inf(1), math.Inf(-1)}
		for range 10_000 {
			v = append(v, scale*r.NormFloat64())
		}
		want := slices.Clone(v)
		slices.Sort(want)
		sortNumbers(v)
		if !slices.Equal(v, want) { // 0 and -0 are equal
			t.Errorf("scale %v: not the order of slices.Sort", scale)
		}
	}
}

func TestBinsOfCategories(t *testing.T) {
	var codes []int32
	for code, n := range []int{50, 0, 300, 2, 100, 2} {
		codes = append(codes, slices.Repeat([]int32{int32(code)}, n)...)
	}
	codes = append(codes, -1, -1)
	b := newBinner(column{codes: codes, categories: 6}, nil, 255)
	// By frequency 2, 4, 0; the categories of two rows have no bin, as three is the least after the second category.
	if want := []int32{-1, 2, 4, 0}; !slices.Equal(b.category, want) {
		t.Errorf("categories of the bins %v, want %v", b.category, want)
	}
	word := make([]uint64, 4)
	b.fill(column{codes: []int32{4, 3, -1, 99}}, word, 0)
	if want := []uint64{2, 0, 0, 0}; !slices.Equal(word, want) {
		t.Errorf("bins %v, want %v", word, want)
	}
}

func TestSampleIsDrawnWithoutRepetition(t *testing.T) {
	if sampleIndex(sampleRows, 1) != nil {
		t.Error("a sample of all rows, want nil")
	}
	s := sampleIndex(3*sampleRows, 1)
	if len(s) != sampleRows || !slices.IsSorted(s) || len(slices.Compact(slices.Clone(s))) != sampleRows {
		t.Errorf("%d rows, want %d different ones in order", len(s), sampleRows)
	}
	if mean := float64(s[sampleRows/2]) / (3 * sampleRows); math.Abs(mean-0.5) > 0.01 { // its standard deviation is 0.001
		t.Errorf("the middle of the sample is at %v of the rows, want about a half", mean)
	}
}

func TestQuantaKeepTheSums(t *testing.T) {
	for _, n := range []int{1, 2, 1000, 16383, 16384, 1 << 20, 1 << 28} {
		for _, unit := range []bool{false, true} {
			q := newQuanta(n, 3, 0.25, unit)
			if unit != (q.hScale == 1) {
				t.Errorf("%d rows: hessian quantum %v", n, q.hScale)
			}
			rows := float64(q.block)
			if rows*q.hMax >= math.Ldexp(1, q.shift) || rows*(q.gMax+1) >= math.Ldexp(1, 63-q.shift) || float64(n)*q.gMax >= math.Ldexp(1, 62) {
				t.Errorf("%d rows, unit %v: sums overflow: %+v", n, unit, q)
			}
			if q.gMax*q.gScale < 3 || (!unit && q.hMax*q.hScale < 0.25) {
				t.Errorf("%d rows: the largest values do not fit: %+v", n, q)
			}
			low, high := q.pack(-3, 0.25, 1/q.gScale, 1/q.hScale, 0), q.pack(3, 0.25, 1/q.gScale, 1/q.hScale, math.MaxUint64)
			if g := float64(low>>q.shift) * q.gScale; math.Abs(g+3) > 2*q.gScale {
				t.Errorf("%d rows: -3 comes back as %v", n, g)
			}
			if g := float64(high>>q.shift) * q.gScale; math.Abs(g-3) > 2*q.gScale {
				t.Errorf("%d rows: 3 comes back as %v", n, g)
			}
		}
	}
}

func TestExtremesOfDerivatives(t *testing.T) {
	nan, inf, zero := math.NaN(), math.Inf(1), math.Copysign(0, -1)
	for _, c := range []struct {
		g, h       []float64
		gMax, hMax float64
		negative   bool
	}{
		{[]float64{-3, 2}, []float64{1, 0.5}, 3, 1, false},
		{[]float64{0, zero}, []float64{zero, 0}, 0, 0, false},
		{[]float64{1, nan}, []float64{-2, 1}, nan, 2, true},
		{[]float64{-inf, 1}, []float64{0, math.Copysign(nan, -1)}, inf, nan, true},
		{[]float64{5e-324}, []float64{5e-324}, 5e-324, 5e-324, false},
	} {
		g, h, negative := extremes(c.g, c.h)
		same := func(a, b float64) bool { return a == b || (a != a && b != b) }
		if !same(g, c.gMax) || !same(h, c.hMax) || negative != c.negative {
			t.Errorf("%v, %v: %v, %v, %v", c.g, c.h, g, h, negative)
		}
	}
}
