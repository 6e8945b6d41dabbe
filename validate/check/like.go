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
)

// Like wants a column to be distributed as in a reference, over the reference's bins. What is missing is in none, and a column without values is not like any.
type Like struct {
	Column    string            // a numeric or text column
	Reference *validate.Profile // has the column, with bins
	Measure   Measure
	AtMost    float64 // how far apart they may be, above 0; 0 is 0.1
}

func (c Like) plan() (plan, error) {
	if c.AtMost == 0 {
		c.AtMost = 0.1
	}
	err := named("Like.Column", c.Column)
	if !(c.AtMost > 0) || c.Measure > LInfinity {
		err = errors.Join(err, option("Like", fmt.Sprintf("Measure %d, AtMost %v", c.Measure, c.AtMost), "a measure, and above 0"))
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
	return plan{
		rule: "like", needs: needs(k, c.Column), want: fmt.Sprintf("a distance from the reference of at most %v", c.AtMost), got: "a greater one", whole: true,
		start: func() part { return &binned{check: c, bins: p.Bins, counts: make([]uint64, len(p.Bins.Counts))} },
	}, err
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
	case LInfinity:
		far, err = stat.LInfinity(reference, b.counts)
	}
	return err != nil || far > b.check.AtMost // an error is that there are no values
}
