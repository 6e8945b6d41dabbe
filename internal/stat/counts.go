package stat

import (
	"fmt"
	"math"
	"slices"

	"github.com/tidewheel/tidewheel/internal/num"
)

// EmptyShare is the share that most tools let stand for an empty bin in PSI.
const EmptyShare = 1e-4

// leastEmptyShare is the smallest one: a smaller one lets the logarithm of a ratio overflow or says nothing.
const leastEmptyShare = 1e-12

// Count is the number of values in a bin: whole where they were counted, a fraction where a bin of another cut was shared out.
type Count interface{ uint64 | float64 }

// totals checks two count vectors and returns their sums.
func totals[N Count](operation string, reference, current []N) (n, m N, err error) {
	if len(reference) != len(current) {
		return 0, 0, fmt.Errorf("stat: %s: %w: %d reference bins, %d current bins", operation, ErrLength, len(reference), len(current))
	}
	for i := range reference {
		if !(reference[i] >= 0 && current[i] >= 0) {
			return 0, 0, fmt.Errorf("stat: %s: %w: a count below 0 or NaN, want 0 or more", operation, ErrOption)
		}
		n += reference[i]
		m += current[i]
	}
	if n == 0 || m == 0 {
		return 0, 0, fmt.Errorf("stat: %s: %w: the counts of a side are all 0", operation, ErrEmpty)
	}
	if math.IsInf(float64(n), 0) || math.IsInf(float64(m), 0) {
		return 0, 0, fmt.Errorf("stat: %s: %w: counts without end", operation, ErrNonFinite)
	}
	return n, m, nil
}

// PSI returns the population stability index Σ (q−p)·ln(q/p) of the shares p of reference and q of current, with natural logarithm.
// It is at least 0, and 0 for equal shares, one bin and constant columns. A bin that is empty on one side has the share empty there, in [1e-12, 1), which decides
// the size where bins are empty; the other shares stay as they are, as in Evidently. Expect PSINullLevel for two samples of one distribution.
// Errors: ErrLength, ErrEmpty for a vector without counts, ErrOption for empty.
// Source: equals the formula in numpy 2.4 with the same edges to 1e-12; Evidently 0.7 gives the same for categories.
func PSI(reference, current []uint64, empty float64) (float64, error) {
	if !(empty >= leastEmptyShare && empty < 1) {
		return 0, fmt.Errorf("stat: psi: share of an empty bin: %w: want [1e-12, 1)", ErrOption)
	}
	n, m, err := totals("psi", reference, current)
	if err != nil {
		return 0, err
	}
	share := func(c, total uint64) float64 {
		if c == 0 {
			return empty
		}
		return float64(c) / float64(total)
	}
	psi := 0.0
	for i := range reference {
		p, q := share(reference[i], n), share(current[i], m)
		psi += float64((q - p) * num.Log(q/p))
	}
	return psi, nil
}

// PSINullLevel returns (bins−1)·(1/n+1/m), about what PSI is on average when n and m values are drawn from one distribution; 0 for fewer than
// two bins. Measured medians agree to a few percent from n = m = 1,000 on. The error is ErrEmpty if n or m is 0.
func PSINullLevel(bins int, n, m uint64) (float64, error) {
	if n == 0 || m == 0 {
		return 0, fmt.Errorf("stat: psi null level: %w: n is %d, m is %d", ErrEmpty, n, m)
	}
	return float64(max(bins-1, 0)) * (1/float64(n) + 1/float64(m)), nil
}

// JensenShannon returns the Jensen–Shannon distance, the square root of the divergence to base 2, in [0, 1]: 0 for equal shares, 1 for shares that have no bin in
// common. Empty bins need no convention. Errors: ErrLength, ErrEmpty.
// Source: Lin (1991); equals scipy.spatial.distance.jensenshannon(base=2) 1.17 to 1e-12.
func JensenShannon[N Count](reference, current []N) (float64, error) {
	divergence, err := JensenShannonDivergence(reference, current)
	return math.Sqrt(divergence), err
}

// JensenShannonDivergence returns the Jensen–Shannon divergence to base 2, the square of JensenShannon, in [0, 1]. Errors: ErrLength, ErrEmpty. Source: equals JensenShannonDivergence of TensorFlow Data Validation 1.22 (anomalies/metrics.cc) for the same bins to 1e-12.
func JensenShannonDivergence[N Count](reference, current []N) (float64, error) {
	n, m, err := totals("jensen-shannon", reference, current)
	if err != nil {
		return 0, err
	}
	twice := 0.0
	for i := range reference {
		p, q := float64(reference[i])/float64(n), float64(current[i])/float64(m)
		mid := (p + q) / 2
		left, right := 0.0, 0.0
		if mid == 0 { // also of shares so small that their half is 0
			continue
		}
		if p > 0 {
			left = float64(p * num.Log(p/mid))
		}
		if q > 0 {
			right = float64(q * num.Log(q/mid))
		}
		twice += left + right // in this order, so that the distance is symmetric to the bit
	}
	return min(max(twice, 0)/2/math.Ln2, 1), nil
}

// TotalVariation returns ½ Σ |p−q|, in [0, 1]: the share of values that would have to change bins. Errors: ErrLength, ErrEmpty.
func TotalVariation(reference, current []uint64) (float64, error) {
	n, m, err := totals("total variation", reference, current)
	if err != nil {
		return 0, err
	}
	sum := 0.0
	for i := range reference {
		sum += math.Abs(float64(reference[i])/float64(n) - float64(current[i])/float64(m))
	}
	return min(sum/2, 1), nil
}

// LInfinity returns max |p−q|, in [0, 1]: the largest change of the share of one bin. Errors: ErrLength, ErrEmpty.
func LInfinity(reference, current []uint64) (float64, error) {
	most, _, err := LInfinityBin(reference, current)
	return most, err
}

// LInfinityBin returns what LInfinity does, and the bin that changed so much: the first of several.
func LInfinityBin(reference, current []uint64) (most float64, bin int, err error) {
	n, m, err := totals("l-infinity", reference, current)
	if err != nil {
		return 0, 0, err
	}
	for i := range reference {
		if d := math.Abs(float64(reference[i])/float64(n) - float64(current[i])/float64(m)); d > most {
			most, bin = d, i
		}
	}
	return most, bin, nil
}

// NormalizedDifference returns max |a−b| / (n+m) of the counts a of reference and b of current, with the sums n and m: unlike LInfinity it also grows with the number of
// rows. It is in [0, 1]. Errors: ErrLength, ErrEmpty. Source: NormalizedAbsoluteDifference of TensorFlow Data Validation 1.22 (anomalies/metrics.cc).
func NormalizedDifference(reference, current []uint64) (float64, error) {
	n, m, err := totals("normalized difference", reference, current)
	if err != nil {
		return 0, err
	}
	all, most := float64(n)+float64(m), 0.0
	for i := range reference {
		most = max(most, math.Abs(float64(reference[i])/all-float64(current[i])/all))
	}
	return most, nil
}

// PoolRare returns the counts with the bins that expect fewer than least values on the smaller side, if both were one distribution, added up into a last bin, which holds
// pooled values of both sides and is absent without any. The vectors must have one length.
func PoolRare(reference, current []uint64, least float64) (r, c []uint64, pooled uint64) {
	n, m := 0.0, 0.0
	for i := range reference {
		n += float64(reference[i])
		m += float64(current[i])
	}
	var rest [2]uint64
	for i := range reference {
		if float64(reference[i]+current[i])*min(n, m)/(n+m) < least {
			rest[0] += reference[i]
			rest[1] += current[i]
			continue
		}
		r, c = append(r, reference[i]), append(c, current[i])
	}
	if rest[0]+rest[1] > 0 {
		r, c = append(r, rest[0]), append(c, rest[1])
	}
	return r, c, rest[0] + rest[1]
}

// CountSorted returns how many of ascending values are in each bin: below the first of ascending cuts, from each cut to below the next, from the last on.
func CountSorted(sorted, cuts []float64) []uint64 {
	counts := make([]uint64, len(cuts)+1)
	last := 0
	for i, cut := range cuts {
		below, _ := slices.BinarySearch(sorted, cut)
		counts[i] = uint64(below - last)
		last = below
	}
	counts[len(cuts)] = uint64(len(sorted) - last)
	return counts
}
