package stat

import "math"

// kolmogorovSurvival returns P(D ≥ d) of the two-sided one-sample Kolmogorov–Smirnov statistic of n ≥ 1 values, n whole.
//
// It chooses among exact forms and expansions as Simard and L'Ecuyer (2011), "Computing the two-sided Kolmogorov–Smirnov distribution",
// and scipy.stats.kstwo do, but for small d and n ≤ 140 it takes the matrix of Marsaglia, Tsang and Wang (2003) where they take Pomeranz's recursion.
func kolmogorovSurvival(n, d float64) float64 {
	t := n * d
	switch {
	case t <= 0.5:
		return 1
	case d >= 1:
		return 0
	case t <= 1:
		return clamp(1 - rubenGambino(n, 2*t-1))
	case t >= n-1:
		return clamp(2 * math.Pow(1-d, n))
	case d >= 0.5:
		return clamp(2 * smirnov(n, d))
	}
	square := t * d // n·d²
	switch {
	case square >= 370:
		return 0
	case n <= 140 && square <= 4:
		return clamp(1 - marsaglia(int(n), d))
	case n <= 140 || square >= 2.2:
		return clamp(2 * smirnov(n, d))
	case n <= 1000 && n*d*math.Sqrt(d) <= 1.4:
		return clamp(1 - marsaglia(int(n), d))
	}
	return clamp(1 - pelzGood(n, d))
}

func clamp(p float64) float64 { return min(max(p, 0), 1) }

// rubenGambino returns P(D ≤ d) for 1/(2n) ≤ d ≤ 1/n, where it is n!·(u/n)^n with u = 2nd−1.
func rubenGambino(n, u float64) float64 {
	if u <= 0 {
		return 0
	}
	factorial, _ := math.Lgamma(n + 1)
	return math.Exp(factorial + n*math.Log(u/n))
}

// smirnovExact is the size up to which smirnov adds up the exact sum.
const smirnovExact = 100_000

// smirnov returns P(D⁺ ≥ d) of the one-sided statistic: d·Σ C(n,j)·(d+j/n)^(j−1)·(1−d−j/n)^(n−j) for 0 ≤ j ≤ n(1−d), all terms positive.
// Beyond smirnovExact values it is exp(−(6nd+1)²/18n), which is closer to it there than 1e-5 of its size (Maag and Dicaire 1971).
func smirnov(n, d float64) float64 {
	if n > smirnovExact {
		e := 6*n*d + 1
		return math.Exp(-e * e / (18 * n))
	}
	all, _ := math.Lgamma(n + 1)
	sum := 0.0
	for j := 0.0; j <= math.Floor(n*(1-d)); j++ {
		rest := 1 - d - j/n
		if rest <= 0 {
			break
		}
		a, _ := math.Lgamma(j + 1)
		b, _ := math.Lgamma(n - j + 1)
		sum += math.Exp(all - a - b + (j-1)*math.Log(d+j/n) + (n-j)*math.Log(rest))
	}
	return d * sum
}

// marsaglia returns P(D ≤ d) exactly but for rounding: n!/n^n times the middle element of the n-th power of a matrix of size 2⌈nd⌉−1.
func marsaglia(n int, d float64) float64 {
	k := int(math.Ceil(float64(n) * d))
	size := 2*k - 1
	h := float64(k) - float64(n)*d
	a := make([]float64, size*size)
	for i := range size {
		for j := range size {
			if i-j+1 >= 0 {
				a[i*size+j] = 1
			}
		}
	}
	for i := range size {
		a[i*size] -= math.Pow(h, float64(i+1))
		a[(size-1)*size+i] -= math.Pow(h, float64(size-i))
	}
	if 2*h-1 > 0 {
		a[(size-1)*size] += math.Pow(2*h-1, float64(size))
	}
	factorial := make([]float64, size+1)
	factorial[0] = 1
	for i := 1; i <= size; i++ {
		factorial[i] = factorial[i-1] * float64(i)
	}
	for i := range size {
		for j := 0; j <= i; j++ {
			a[i*size+j] /= factorial[i-j+1]
		}
	}
	power, exponent := matrixPower(a, size, n)
	p := power[(k-1)*size+k-1]
	for i := 1; i <= n; i++ {
		p = p * float64(i) / float64(n)
		if p < 1e-140 {
			p *= 1e140
			exponent -= 140
		}
	}
	return p * math.Pow(10, float64(exponent))
}

// matrixPower returns a^n as a matrix times a power of ten, which keeps its elements in range.
func matrixPower(a []float64, size, n int) ([]float64, int) {
	if n == 1 {
		return a, 0
	}
	half, exponent := matrixPower(a, size, n/2)
	out := multiply(half, half, size)
	exponent *= 2
	if n%2 == 1 {
		out = multiply(out, a, size)
	}
	if out[size*size/2] > 1e140 {
		for i := range out {
			out[i] *= 1e-140
		}
		exponent += 140
	}
	return out, exponent
}

func multiply(a, b []float64, size int) []float64 {
	out := make([]float64, size*size)
	for i := range size {
		row := out[i*size : (i+1)*size]
		for k := range size {
			x := a[i*size+k]
			for j, y := range b[k*size : (k+1)*size] {
				row[j] += float64(x * y)
			}
		}
	}
	return out
}

// pelzGood returns P(D ≤ d) by the expansion of Pelz and Good (1976) to the order n^(−3/2): K0 + K1/√n + K2/n + K3/n^(3/2).
func pelzGood(n, d float64) float64 {
	const pi2 = math.Pi * math.Pi
	z := math.Sqrt(n) * d
	z2 := z * z
	z4 := z2 * z2
	z6 := z4 * z2
	last := math.Ceil(16 * z / math.Pi)
	var k0, k1, k2, k3 float64
	for k := 1.0; k <= last; k++ {
		m2 := (2*k - 1) * (2*k - 1)
		q := math.Exp(-m2 * pi2 / (8 * z2))
		k0 += q
		k1 += q * (-z2 + pi2/4*m2)
		k2 += q * (6*z6 + 2*z4 + (2*z4-5*z2)*pi2/4*m2 + (1-2*z2)*pi2*pi2/16*m2*m2)
		k3 += q * (-30*z6 - 90*z4*z4 + (135*z4-96*z6)*pi2/4*m2 + (212*z4-60*z2)*pi2*pi2/16*m2*m2 + (5-30*z2)*pi2*pi2*pi2/64*m2*m2*m2)
	}
	k0 /= z
	k1 /= 6 * z4
	k2 /= 72 * z6 * z
	k3 /= 6480 * z6 * z4
	for k := 1.0; k <= last; k++ {
		q := math.Exp(-k * k * pi2 / (2 * z2))
		k2 -= q * k * k * pi2 / (36 * z2 * z)
		k3 += q * k * k * pi2 * (3*z2 - pi2*k*k) / (216 * z6)
	}
	root := math.Sqrt(n)
	return math.Sqrt(2*math.Pi) * (k0 + k1/root + k2/n + k3/(n*root))
}
