package page

import (
	"math"
	"strconv"
)

// Ticks returns about n round numbers from low to high: multiples of 1, 2 or 5 times a power of ten. Where there is no range it returns low alone, and nothing when
// a bound is not finite.
func Ticks(low, high float64, n int) []float64 {
	if math.IsNaN(low) || math.IsNaN(high) || math.IsInf(low, 0) || math.IsInf(high, 0) {
		return nil
	}
	span := high - low
	if !(span > 0) {
		return []float64{low}
	}
	if math.IsInf(span, 0) {
		return []float64{low, high}
	}
	step := niceStep(span / float64(max(n, 1)))
	first := math.Ceil(low/step - 1e-9)
	var out []float64
	for i := 0.0; i <= float64(2*n+2); i++ {
		x := (first + i) * step
		if x > high+1e-9*step {
			break
		}
		if x == 0 {
			x = 0 // not -0
		}
		if len(out) == 0 || x > out[len(out)-1] { // steps may be too fine for the numbers
			out = append(out, x)
		}
	}
	if len(out) == 0 {
		return []float64{low, high}
	}
	return out
}

// niceStep returns the smallest of 1, 2 and 5 times a power of ten that is not below x.
func niceStep(x float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(x)))
	for _, m := range []float64{1, 2, 5} {
		if m*power >= x*(1-1e-9) {
			return m * power
		}
	}
	return 10 * power
}

// tickLabels writes ticks with the same number of digits after the point.
func tickLabels(ticks []float64) []string {
	digits := 0
	large, small := 0.0, math.Inf(1)
	for i, t := range ticks {
		large = math.Max(large, math.Abs(t))
		if i > 0 {
			small = math.Min(small, t-ticks[i-1])
		}
	}
	if small > 0 && small < 1 {
		digits = int(math.Ceil(-math.Log10(small) - 1e-9))
	}
	out := make([]string, len(ticks))
	for i, t := range ticks {
		switch {
		case large >= 1e6 || digits > 5:
			out[i] = strconv.FormatFloat(t, 'g', 4, 64)
			if large >= 1e6 && large < 1e15 {
				out[i] = scaled(t, large)
			}
		case digits == 0 && t == math.Trunc(t):
			out[i] = Count(int64(t))
		case len(ticks) == 1:
			out[i] = Number(t)
		default:
			out[i] = Fixed(t, digits)
		}
	}
	return out
}

// scaled writes a large number in millions, billions (G) or trillions (T).
func scaled(t, large float64) string {
	for _, u := range []struct {
		size float64
		sign string
	}{{1e12, "T"}, {1e9, "G"}, {1e6, "M"}} {
		if large >= u.size {
			if t == 0 {
				return "0"
			}
			return strconv.FormatFloat(t/u.size, 'g', 4, 64) + " " + u.sign
		}
	}
	return Number(t)
}

// scale maps [low, high] to [from, to] on the page.
type scale struct{ low, high, from, to float64 }

func (s scale) at(x float64) float64 {
	span := s.high/2 - s.low/2 // halves, so that the widest range does not overflow
	if !(span > 0) {
		return (s.from + s.to) / 2
	}
	f := (x/2 - s.low/2) / span
	return s.from + math.Min(math.Max(f, 0), 1)*(s.to-s.from)
}
