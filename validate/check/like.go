package check

import (
	"errors"
	"fmt"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/stat"
	"github.com/tidewheel/tidewheel/validate"
)

// Measure says how far two distributions over the same bins are apart.
type Measure uint8

// The measures.
const (
	PSI            Measure = iota // the population stability index; 0.1 is a small change by custom, 0.25 a large one
	JensenShannon                 // the distance with base 2, in [0, 1]
	TotalVariation                // in [0, 1]
	LInfinity                     // the largest difference of a bin's share, in [0, 1]
	KS                            // the Kolmogorov–Smirnov statistic of a numeric column: the largest distance of the two distribution functions, in [0, 1]
)

// Like wants a column to be distributed as in a reference. What is missing does not count, and a column without values is not like any.
//
// All measures but KS are over the bins of the reference's profile. KS is exact against a Sample, of which it holds each distinct number. Against a profile, whose
// quantiles lie at every 0.01, it is within 0.005 of the exact figure, and within 0.015 where the profile's column had more than 1,024 values.
type Like struct {
	Column    string            // a numeric or text column
	Reference *validate.Profile // has the column, with bins; for KS with numbers
	Sample    []float64         // for KS, in place of Reference: numbers of the reference in any order, NaN is passed over
	Measure   Measure
	AtMost    float64 // how far apart they may be, above 0; 0 is 0.1
}

// String returns "psi", "jensen_shannon", "total_variation", "l_infinity" or "ks".
func (m Measure) String() string { return nameOf(m, measures()) }

// MarshalText implements encoding.TextMarshaler with String.
func (m Measure) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler; it takes what String gives.
func (m *Measure) UnmarshalText(text []byte) error { return unmarshalName(m, text, measures()) }

func measures() []string {
	return []string{PSI: "psi", JensenShannon: "jensen_shannon", TotalVariation: "total_variation", LInfinity: "l_infinity", KS: "ks"}
}

func (c Like) plan() (plan, error) {
	if c.AtMost == 0 {
		c.AtMost = 0.1
	}
	err := named("Like.Column", c.Column)
	if !(c.AtMost > 0) || c.Measure > KS {
		err = errors.Join(err, option("Like", fmt.Sprintf("Measure %d, AtMost %v", c.Measure, c.AtMost), "a measure, and above 0"))
	}
	if c.Sample != nil && (c.Measure != KS || c.Reference != nil) {
		err = errors.Join(err, option("Like.Sample", fmt.Sprintf("%d numbers", len(c.Sample)), "none beside a Reference, and for KS alone"))
	}
	if c.Measure == KS {
		p, bad := c.steps()
		return p, errors.Join(err, bad)
	}
	if c.Reference == nil {
		return plan{}, errors.Join(err, option("Like.Reference", "nil", "a profile"))
	}
	p, ok := c.Reference.Column(c.Column)
	if !ok || p.Bins == nil {
		return plan{}, errors.Join(err, option("Like.Reference", "a profile without bins of the column", "one that has them"))
	}
	k := number
	if p.Type.IsText() {
		k = text
	}
	return c.whole(k, func() part { return &binned{check: c, bins: p.Bins, counts: make([]uint64, len(p.Bins.Counts))} }), err
}

func (c Like) whole(k kind, start func() part) plan {
	return plan{
		rule: "like", needs: needs(k, c.Column), want: fmt.Sprintf("a distance from the reference of at most %v", c.AtMost), got: "a greater one", whole: true,
		start: start,
	}
}

type binned struct {
	check  Like
	bins   *validate.Bins
	counts []uint64
}

func (b *binned) observe(v *view) error {
	if !v.field(0).Type.IsText() {
		x, err := v.numbers(0)
		for _, n := range x {
			b.count(dataset.NumberValue(n), 1)
		}
		return err
	}
	t, err := v.texts(0)
	if err != nil {
		return err
	}
	values, counts, _ := t.Counts()
	for i, s := range values {
		b.count(dataset.TextValue(s), counts[i])
	}
	return nil
}

func (b *binned) count(value dataset.Value, n uint64) {
	if k := b.bins.Bin(value); k >= 0 {
		b.counts[k] += n
	}
}

func (b *binned) merge(next part, _ int64, _ *rowset) {
	for k, n := range as[*binned](next).counts {
		b.counts[k] += n
	}
}

func (b *binned) finish(*rowset) bool {
	reference := make([]uint64, len(b.bins.Counts))
	for k, n := range b.bins.Counts {
		reference[k] = uint64(n)
	}
	var far float64
	var err error
	switch b.check.Measure {
	case PSI:
		far, err = stat.PSI(reference, b.counts, stat.EmptyShare)
	case JensenShannon:
		far, err = stat.JensenShannon(reference, b.counts)
	case TotalVariation:
		far, err = stat.TotalVariation(reference, b.counts)
	default:
		far, err = stat.LInfinity(reference, b.counts)
	}
	return err != nil || far > b.check.AtMost // an error is that there are no values
}
