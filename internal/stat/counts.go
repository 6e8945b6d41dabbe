package stat

import (
	"fmt"
	"math"

	"github.com/tidewheel/tidewheel/internal/num"
)

// EmptyShare is the share that most tools let stand for an empty bin in PSI.
const EmptyShare = 1e-4

// leastEmptyShare is the smallest one: a smaller one lets the logarithm of a ratio overflow or says nothing.
const leastEmptyShare = 1e-12

// totals checks two count vectors and returns their sums.
func totals(operation string, reference, current []uint64) (n, m uint64, err error) {
	if len(reference) != len(current) {
		return 0, 0, fmt.Errorf("stat: %s: %w: %d reference bins, %d current bins", operation, ErrLength, len(reference), len(current))
	}
	for i := range reference {
		n += reference[i]
		m += current[i]
	}
	if n == 0 || m == 0 {
		return 0, 0, fmt.Errorf("stat: %s: %w: %d in the reference, %d in the current counts", operation, ErrEmpty, n, m)
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
func JensenShannon(reference, current []uint64) (float64, error) {
	n, m, err := totals("jensen-shannon", reference, current)
	if err != nil {
		return 0, err
	}
	twice := 0.0
	for i := range reference {
		p, q := float64(reference[i])/float64(n), float64(current[i])/float64(m)
		mid := (p + q) / 2
		left, right := 0.0, 0.0
		if p > 0 {
			left = float64(p * num.Log(p/mid))
		}
		if q > 0 {
			right = float64(q * num.Log(q/mid))
		}
		twice += left + right // in this order, so that the distance is symmetric to the bit
	}
	return math.Sqrt(max(twice, 0) / 2 / math.Ln2), nil
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
	n, m, err := totals("l-infinity", reference, current)
	if err != nil {
		return 0, err
	}
	most := 0.0
	for i := range reference {
		most = max(most, math.Abs(float64(reference[i])/float64(n)-float64(current[i])/float64(m)))
	}
	return most, nil
}
