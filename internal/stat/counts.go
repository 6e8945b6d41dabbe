package stat

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/tidewheel/tidewheel/internal/num"
)

// SmoothingKind says how PSI treats empty bins.
type SmoothingKind uint8

const (
	// SmoothingEps replaces the share of an empty bin by a small number and leaves the others as they are, without normalizing again.
	// Evidently does this with 1e-4 in most cases.
	SmoothingEps SmoothingKind = iota
	// SmoothingLaplace adds a pseudo-count to every bin before shares are taken.
	SmoothingLaplace
)

const (
	defaultEps     = 1e-4
	defaultLaplace = 0.5
	leastSmoothing = 1e-12 // smaller ones let the logarithm of a ratio overflow or say nothing
)

// Smoothing is the convention by which PSI treats empty bins, part of the definition of its value. The zero value is Eps(1e-4).
// Its text form is "eps:0.0001" or "laplace:0.5".
type Smoothing struct {
	Kind  SmoothingKind
	Value float64 // 0 is the default of the kind: 1e-4 or 0.5
}

// Eps returns the convention that an empty bin has the share v, in [1e-12, 1).
func Eps(v float64) Smoothing { return Smoothing{Kind: SmoothingEps, Value: v} }

// Laplace returns the convention that every bin has v more values than were counted, in [1e-12, 1e12].
func Laplace(v float64) Smoothing { return Smoothing{Kind: SmoothingLaplace, Value: v} }

// resolve fills in the default and checks the range.
func (s Smoothing) resolve() (Smoothing, error) {
	if s.Value == 0 {
		s.Value = defaultEps
		if s.Kind == SmoothingLaplace {
			s.Value = defaultLaplace
		}
	}
	switch {
	case s.Kind == SmoothingEps && s.Value >= leastSmoothing && s.Value < 1:
	case s.Kind == SmoothingLaplace && s.Value >= leastSmoothing && s.Value <= 1/leastSmoothing:
	default:
		return s, fmt.Errorf("stat: smoothing: %w: want eps in [1e-12, 1) or laplace in [1e-12, 1e12]", ErrOption)
	}
	return s, nil
}

// MarshalText returns the text form; the error is ErrOption for a value out of range.
func (s Smoothing) MarshalText() ([]byte, error) {
	s, err := s.resolve()
	if err != nil {
		return nil, err
	}
	name := "eps:"
	if s.Kind == SmoothingLaplace {
		name = "laplace:"
	}
	return strconv.AppendFloat([]byte(name), s.Value, 'g', -1, 64), nil
}

// UnmarshalText reads the text form; the error is ErrOption for any other text.
func (s *Smoothing) UnmarshalText(text []byte) error {
	name, value, _ := strings.Cut(string(text), ":")
	v, err := strconv.ParseFloat(value, 64)
	got := Smoothing{Value: v}
	switch {
	case err != nil || !(v > 0):
		return fmt.Errorf("stat: smoothing: %w: want eps:NUMBER or laplace:NUMBER", ErrOption)
	case name == "laplace":
		got.Kind = SmoothingLaplace
	case name != "eps":
		return fmt.Errorf("stat: smoothing: %w: want eps:NUMBER or laplace:NUMBER", ErrOption)
	}
	if got, err = got.resolve(); err != nil {
		return err
	}
	*s = got
	return nil
}

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
// It is at least 0, and 0 for equal shares, one bin and constant columns. The empty-bin convention s decides its size where bins are empty.
// Expect PSINullLevel for two samples of one distribution. Errors: ErrLength, ErrEmpty for a vector without counts, ErrOption for s.
// Source: equals the formula in numpy 2.4 with the same edges to 1e-12; Evidently 0.7 gives the same for categories.
func PSI(reference, current []uint64, s Smoothing) (float64, error) {
	s, err := s.resolve()
	if err != nil {
		return 0, err
	}
	n, m, err := totals("psi", reference, current)
	if err != nil {
		return 0, err
	}
	share := func(c, total uint64) float64 {
		if s.Kind == SmoothingLaplace {
			return (float64(c) + s.Value) / (float64(total) + float64(s.Value*float64(len(reference))))
		}
		if c == 0 {
			return s.Value
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

// Base is the logarithm that JensenShannon uses.
type Base uint8

const (
	// Base2 makes 1 the largest distance.
	Base2 Base = iota
	// Natural makes √ln 2, about 0.8326, the largest distance.
	Natural
)

// JensenShannon returns the Jensen–Shannon distance, the square root of the divergence: 0 for equal shares, the largest value of the base
// for shares that have no bin in common. Empty bins need no convention. Errors: ErrLength, ErrEmpty, ErrOption for an unknown base.
// Source: Lin (1991); equals scipy.spatial.distance.jensenshannon 1.17 to 1e-12.
func JensenShannon(reference, current []uint64, base Base) (float64, error) {
	if base > Natural {
		return 0, fmt.Errorf("stat: jensen-shannon: %w: unknown base", ErrOption)
	}
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
	divergence := max(twice, 0) / 2
	if base == Base2 {
		divergence /= math.Ln2
	}
	return math.Sqrt(divergence), nil
}

// Hellinger returns the Hellinger distance √(½ Σ (√p−√q)²), in [0, 1]: 0 for equal shares, 1 for shares that have no bin in common.
// Errors: ErrLength, ErrEmpty. Equals the formula in numpy 2.4 to 1e-12.
func Hellinger(reference, current []uint64) (float64, error) {
	n, m, err := totals("hellinger", reference, current)
	if err != nil {
		return 0, err
	}
	sum := 0.0
	for i := range reference {
		d := math.Sqrt(float64(reference[i])/float64(n)) - math.Sqrt(float64(current[i])/float64(m))
		sum += float64(d * d)
	}
	return math.Sqrt(min(sum/2, 1)), nil
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
