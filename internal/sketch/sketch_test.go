package sketch_test

import (
	"bytes"
	"encoding"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/tidewheel/tidewheel/internal/sketch"
)

// twoPass returns mean, sample variance, biased skewness and excess kurtosis by their definitions.
func twoPass(values []float64) (mean, variance, skew, kurt float64) {
	n := float64(len(values))
	for _, x := range values {
		mean += x / n
	}
	var m2, m3, m4 float64
	for _, x := range values {
		d := x - mean
		m2 += d * d
		m3 += d * d * d
		m4 += d * d * d * d
	}
	return mean, m2 / (n - 1), math.Sqrt(n) * m3 / math.Pow(m2, 1.5), n*m4/(m2*m2) - 3
}

func near(got, want, tolerance float64) bool {
	return math.Abs(got-want) <= tolerance*max(1, math.Abs(want))
}

func TestMomentsEqualTheirDefinitions(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(5, 5))
	values := make([]float64, 20_000)
	for i := range values {
		values[i] = 1000 + rng.ExpFloat64()
	}
	var one, merged sketch.Moments
	one.AddSlice(values)
	for from, size := 0, 1; from < len(values); from, size = from+size, 3*size {
		var part sketch.Moments
		part.AddSlice(values[from:min(len(values), from+size)])
		merged.Merge(&part)
	}
	mean, variance, skew, kurt := twoPass(values)
	for name, m := range map[string]*sketch.Moments{"one pass": &one, "merged": &merged} {
		gotMean, _ := m.Mean()
		gotVar, _ := m.Variance()
		gotSkew, _ := m.Skewness()
		gotKurt, _ := m.Kurtosis()
		// The offset 1000 costs three digits of each power of the deviation; 1e-9 leaves room for that in the fourth moment.
		if !near(gotMean, mean, 1e-14) || !near(gotVar, variance, 1e-11) || !near(gotSkew, skew, 1e-9) || !near(gotKurt, kurt, 1e-9) {
			t.Errorf("%s: %v %v %v %v, want %v %v %v %v", name, gotMean, gotVar, gotSkew, gotKurt, mean, variance, skew, kurt)
		}
		lo, _ := m.Min()
		hi, _ := m.Max()
		if m.Count() != 20_000 || lo != slices.Min(values) || hi != slices.Max(values) {
			t.Errorf("%s: count, minimum or maximum is not exact", name)
		}
	}
}

// 1, 2, 3, 4, 10 by hand: mean 4, deviations −3 −2 −1 0 6, M2 = 50, M3 = 180, M4 = 1394.
func TestMomentsOfASmallSampleByHand(t *testing.T) {
	t.Parallel()
	var m sketch.Moments
	m.AddSlice([]float64{1, 2, 3, math.NaN(), 4, 10, math.Inf(-1)})
	variance, _ := m.Variance()
	skew, _ := m.Skewness()
	kurt, _ := m.Kurtosis()
	if !near(variance, 12.5, 1e-15) || !near(skew, math.Sqrt(5)*180/math.Pow(50, 1.5), 1e-15) || !near(kurt, 5*1394.0/2500-3, 1e-15) {
		t.Errorf("got %v %v %v", variance, skew, kurt)
	}
	if m.NonFinite() != 2 || m.Count() != 5 {
		t.Errorf("counts %d, %d", m.Count(), m.NonFinite())
	}
}

func TestMomentsNeverYieldNaN(t *testing.T) {
	t.Parallel()
	for name, values := range map[string][]float64{
		"empty": nil, "one": {4}, "constant": {3, 3, 3}, "huge": {1e308, -1e308, 1e308, -1e308}, "tiny": {5e-324, 0}, "not finite": {math.NaN(), math.Inf(1)},
	} {
		var m sketch.Moments
		m.AddSlice(values)
		for _, f := range []func() (float64, bool){m.Mean, m.Min, m.Max, m.Variance, m.StdDev, m.Skewness, m.Kurtosis} {
			if x, ok := f(); ok && (math.IsNaN(x) || math.IsInf(x, 0)) {
				t.Errorf("%s: got %v", name, x)
			}
		}
	}
}

func TestDistinctIsExactThenClose(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 100, sketch.DistinctExact, sketch.DistinctExact + 1, 5000, 50_000, 300_000} {
		var text, numbers, a, b sketch.Distinct
		for i := range n {
			s := "value " + strconv.Itoa(i)
			text.AddString(s)
			numbers.AddFloat64(float64(i) / 8)
			numbers.AddFloat64(float64(i/2) / 8)
			if i%3 != 0 {
				a.AddString(s)
			}
			if i%3 != 1 {
				b.AddString(s)
			}
		}
		b.Merge(&a)
		for name, d := range map[string]*sketch.Distinct{"text": &text, "numbers": &numbers} {
			got := float64(d.Estimate())
			if n <= sketch.DistinctExact && (got != float64(n) || !d.Exact()) {
				t.Errorf("%s: %v of %d distinct values", name, got, n)
			}
			if math.Abs(got-float64(n)) > 3*sketch.DistinctError*float64(n) { // three standard errors
				t.Errorf("%s: %v of %d distinct values is too far off", name, got, n)
			}
		}
		want, _ := text.MarshalBinary()
		if got, _ := b.MarshalBinary(); !bytes.Equal(got, want) {
			t.Errorf("n=%d: merged from overlapping halves differs from one pass", n)
		}
		if len(want) > 9000 {
			t.Errorf("n=%d: %d bytes", n, len(want))
		}
	}
}

func TestDistinctOfSpecialFloats(t *testing.T) {
	t.Parallel()
	var d sketch.Distinct
	for _, x := range []float64{0, math.Copysign(0, -1), math.NaN(), math.Float64frombits(0x7ff8000000000123), math.Inf(1)} {
		d.AddFloat64(x)
	}
	if d.Estimate() != 3 {
		t.Errorf("got %d, want 3: zero, NaN, infinity", d.Estimate())
	}
}

// The hash is part of the binary form. The numbers fix it: they were computed by this package and must never change.
func TestHashesNeverChange(t *testing.T) {
	t.Parallel()
	got := []uint64{sketch.HashString(""), sketch.HashString("a"), sketch.HashString("tidewheel"), sketch.HashFloat64(1.5)}
	want := []uint64{
		0x9b5c8cb2be6ae1b8, 0xf8794aba14c4c00d, 0x88676c7ff9e1d50e, 0xd6dab18e1392608a,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %#x", got)
	}
}

func TestBadOptionsAreRefused(t *testing.T) {
	t.Parallel()
	for _, o := range []sketch.TopKOptions{{Capacity: 1}, {Capacity: -1}, {Capacity: sketch.MaxTopKCapacity + 1}, {MaxValueBytes: -1}, {MaxValueBytes: 1 << 20}} {
		if _, err := sketch.NewTopK(o); !errors.Is(err, sketch.ErrOption) {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

// form is what every sketch has.
type form interface {
	encoding.BinaryMarshaler
	encoding.BinaryUnmarshaler
}

// samples returns an empty and some filled ones of each kind, with a maker of an empty one.
func samples(t testing.TB) map[string][]form {
	t.Helper()
	out := map[string][]form{}
	for _, n := range []int{0, 1, 5, 1500, 40_000} {
		var m sketch.Moments
		var q sketch.Quantiles
		var d sketch.Distinct
		var v sketch.TopNumbers
		k := newTopK(t, 8)
		for i := range n {
			x := float64(i%977) / 3
			m.Add(x)
			q.Add(x - float64(i))
			d.AddFloat64(float64(i))
			k.Add(strconv.Itoa(i % (n/3 + 1)))
			v.AddSlice([]float64{float64(i*i%1511) - 700})
		}
		for name, f := range map[string]form{"Moments": &m, "Quantiles": &q, "Distinct": &d, "TopK": k, "TopNumbers": &v} {
			out[name] = append(out[name], f)
		}
	}
	return out
}

func blank(name string) form {
	switch name {
	case "Moments":
		return new(sketch.Moments)
	case "Quantiles":
		return new(sketch.Quantiles)
	case "Distinct":
		return new(sketch.Distinct)
	case "TopNumbers":
		return new(sketch.TopNumbers)
	}
	return new(sketch.TopK)
}

func TestBinaryFormsRoundTripAndRefuseCuts(t *testing.T) {
	t.Parallel()
	for name, list := range samples(t) {
		for _, f := range list {
			b, err := f.MarshalBinary()
			if err != nil {
				t.Fatal(err)
			}
			back := blank(name)
			if err := back.UnmarshalBinary(b); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if again, _ := back.MarshalBinary(); !bytes.Equal(again, b) {
				t.Errorf("%s: written again it differs", name)
			}
			for cut := 0; cut < len(b); cut += 1 + len(b)/50 {
				if err := blank(name).UnmarshalBinary(b[:cut]); !errors.Is(err, sketch.ErrDecode) {
					t.Errorf("%s cut at %d of %d: %v", name, cut, len(b), err)
				}
			}
			if err := blank(name).UnmarshalBinary(append(b, 0)); !errors.Is(err, sketch.ErrDecode) {
				t.Errorf("%s with a byte more: %v", name, err)
			}
			if err := back.UnmarshalBinary([]byte("nonsense")); err == nil {
				t.Errorf("%s reads nonsense", name)
			}
			if again, _ := back.MarshalBinary(); !bytes.Equal(again, b) {
				t.Errorf("%s: a failed read changed it", name)
			}
		}
	}
}

func TestAddingAllocatesNothingAfterWarmUp(t *testing.T) {
	var m sketch.Moments
	var q sketch.Quantiles
	var d sketch.Distinct
	k := newTopK(t, 64)
	words := make([]string, 5000)
	for i := range words {
		words[i] = strconv.Itoa(i * 7919)
	}
	i := 0
	add := func() {
		x := float64(i*7919%10_007) / 1000
		m.Add(x)
		q.Add(x)
		d.AddFloat64(x)
		d.AddString(words[i%len(words)])
		k.Add(words[i%977*(i%977)%len(words)])
		i++
	}
	for range 200_000 {
		add()
	}
	if got := testing.AllocsPerRun(20_000, add); got != 0 {
		t.Errorf("%v allocations for a value", got)
	}
}

// Twenty columns that are ready to be merged take at most 400 KB: here one with the longest form that a column of numbers has.
func TestTwentyColumnsStaySmall(t *testing.T) {
	t.Parallel()
	var m sketch.Moments
	var q sketch.Quantiles
	var d sketch.Distinct
	var v sketch.TopNumbers
	rng := rand.New(rand.NewPCG(8, 8))
	for n := range 400_000 {
		x := rng.NormFloat64()
		m.Add(x)
		q.Add(x)
		d.AddFloat64(x)
		v.AddSlice([]float64{x})
		if n&(n-1) != 0 && n%50_000 != 0 {
			continue
		}
		size := len(v.AppendTrimmed(nil))
		for _, f := range []form{&m, &q, &d} {
			b, _ := f.MarshalBinary()
			size += len(b)
		}
		if 20*size > 400_000 {
			t.Errorf("after %d values 20 columns take %d bytes", n+1, 20*size)
		}
	}
}
