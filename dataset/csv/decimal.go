package csv

import (
	"math"
	"math/big"
	"math/bits"
)

const (
	maxDigits   = 19 // that any uint64 holds
	maxFraction = 31 // digits behind the point that the fast way reads
	exactTens   = 22 // powers of ten that float64 holds
)

// decimals reads decimal numbers to the bits that strconv.ParseFloat gives.
type decimals struct {
	exact [exactTens + 1]float64                   // 10^i
	whole [maxDigits + 1]uint64                    // 10^i
	tens  [maxFraction + 1]struct{ hi, lo uint64 } // the first 128 bits of 10^-i, the rest cut off
}

func newDecimals() *decimals {
	d := &decimals{}
	ten := new(big.Int).SetUint64(1)
	low := new(big.Int).SetUint64(math.MaxUint64)
	for i := range d.tens {
		z := new(big.Int).Lsh(big.NewInt(1), uint(127+ten.BitLen()))
		z.Quo(z, ten)
		if i == 0 {
			z.Rsh(z, 1)
		}
		d.tens[i].hi, d.tens[i].lo = new(big.Int).Rsh(z, 64).Uint64(), new(big.Int).And(z, low).Uint64()
		if i < len(d.exact) {
			d.exact[i], _ = new(big.Float).SetInt(ten).Float64()
		}
		if i < len(d.whole) {
			d.whole[i] = ten.Uint64()
		}
		ten.Mul(ten, big.NewInt(10))
	}
	return d
}

// read reads text[from:to] when it is an optional minus, at most 8 digits, and a point with more digits or none: at most 19 that count. It reports false for
// everything else, which says nothing about it. 8 bytes behind to can be read.
func (d *decimals) read(text []byte, from, to int) (float64, bool) {
	sign := uint64(0)
	if text[from] == '-' {
		sign = 1 << 63
		from++
	}
	w := word(text[from:]) ^ zeros
	n := 8
	if m := notDigits(w); m != 0 {
		n = lowest(m)
	}
	n = min(n, to-from)
	if n <= 0 {
		return 0, false
	}
	m := number(w << (64 - 8*uint(n)))
	at := from + n
	if at == to {
		return math.Float64frombits(math.Float64bits(float64(m)) | sign), true
	}
	at++
	fraction := to - at
	if text[at-1] != '.' || fraction > maxFraction || m != 0 && n+fraction > maxDigits || fraction > maxDigits {
		return 0, false
	}
	for ; to-at >= 8; at += 8 {
		w := word(text[at:]) ^ zeros
		if notDigits(w) != 0 {
			return 0, false
		}
		m = m*100_000_000 + number(w)
	}
	if rest := to - at; rest > 0 {
		w := (word(text[at:]) ^ zeros) << (64 - 8*uint(rest))
		if notDigits(w) != 0 {
			return 0, false
		}
		m = m*d.whole[rest] + number(w)
	}
	if m < 1<<53 && fraction <= exactTens {
		return math.Float64frombits(math.Float64bits(float64(m)/d.exact[fraction]) | sign), true
	}
	v, ok := d.round(m, fraction)
	return math.Float64frombits(v | sign), ok
}

// round returns the bits of m × 10^-i, m not 0, rounded to the nearest, and false where 128 bits of the power do not decide it.
//
// Source: D. Lemire, "Number parsing at a gigabyte per second" (2021), section 5, in the form that Go's strconv has.
func (d *decimals) round(m uint64, i int) (uint64, bool) {
	zeros := bits.LeadingZeros64(m)
	m <<= uint(zeros)
	exponent := uint64(-217706*i>>16+64+1023) - uint64(zeros)
	hi, lo := bits.Mul64(m, d.tens[i].hi)
	if hi&0x1ff == 0x1ff && lo+m < m {
		high, low := bits.Mul64(m, d.tens[i].lo)
		sum, carry := bits.Add64(lo, high, 0)
		hi += carry
		if hi&0x1ff == 0x1ff && sum+1 == 0 && low+m < m {
			return 0, false
		}
		lo = sum
	}
	top := hi >> 63
	v := hi >> (top + 9)
	exponent -= 1 ^ top
	if lo == 0 && hi&0x1ff == 0 && v&3 == 1 { // halfway
		return 0, false
	}
	v = (v + v&1) >> 1
	if v>>53 > 0 {
		v >>= 1
		exponent++
	}
	return exponent<<52 | v&(1<<52-1), true
}
