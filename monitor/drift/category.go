package drift

import (
	"slices"
	"strings"

	"github.com/tidewheel/tidewheel/internal/sketch"
	"github.com/tidewheel/tidewheel/internal/stat"
)

const (
	maxListed   = 64  // texts with a bin of their own for PSI
	rareShare   = 0.5 // of rare texts above which a column is one of identifiers
	errorFactor = 20  // counts must be so many times as large as what a sketch may have lost
)

// categories fills in the figures of counts of the same categories, and returns whether the effect is large enough. Those that expect fewer than five values on the
// smaller side are one.
func (c *Column) categories(reference, current []uint64, scale float64) (large bool) {
	reference, current, _ = stat.PoolRare(reference, current, minExpected)
	chi, err := stat.ChiSquare(reference, current, stat.ChiSquareOptions{})
	if err != nil {
		return false
	}
	// The counts have passed the test, so they have these measures too.
	js, _ := stat.JensenShannon(reference, current)
	tv, _ := stat.TotalVariation(reference, current)
	c.Test, c.Statistic, c.P, c.CramersV = ChiSquared, some(chi.Statistic), some(chi.P), some(chi.CramersV)
	c.effect(MeasureJensenShannon, js, leastJensenShannon*scale)
	return js >= leastJensenShannon*scale && tv >= leastTotalVariation*scale
}

// texts fills in the figures of a text column and returns whether the effect is large enough; identifier says that there is nothing to judge.
func (c *Column) texts(reference, current *side, scale float64) (large, identifier bool) {
	if reference.n == 0 || current.n == 0 {
		return false, false
	}
	table := tally(reference, current)
	if reference.top.ErrorBound() == 0 && reference.top.TooLong() == 0 {
		unseen := uint64(current.n)
		for _, t := range table {
			if t.reference > 0 {
				unseen -= t.current
			}
		}
		c.UnseenShare = some(float64(unseen) / float64(current.n))
	}
	c.listed(table)
	least := errorFactor * max(reference.top.ErrorBound(), current.top.ErrorBound())
	var r, s []uint64
	rest := [2]uint64{uint64(reference.n), uint64(current.n)}
	for _, t := range table {
		if t.reference+t.current < least {
			continue
		}
		r, s = append(r, t.reference), append(s, t.current)
		rest[0] -= t.reference
		rest[1] -= t.current
	}
	if min(c.NReference, c.NCurrent) < minValues {
		return false, false
	}
	_, _, pooled := stat.PoolRare(r, s, minExpected)
	if float64(pooled+rest[0]+rest[1]) > rareShare*float64(c.NReference+c.NCurrent) {
		return false, true
	}
	return c.categories(append(r, rest[0]), append(s, rest[1]), scale), false
}

// category is a text with its counts.
type category struct {
	text               string
	reference, current uint64
}

// tally returns the texts of both sides with their counts, in order of the texts.
func tally(reference, current *side) []category {
	byText := func(a, b sketch.Item) int { return strings.Compare(a.Value, b.Value) }
	a, b := reference.top.Top(-1), current.top.Top(-1)
	slices.SortFunc(a, byText)
	slices.SortFunc(b, byText)
	out := make([]category, 0, max(len(a), len(b)))
	for i, j := 0, 0; i < len(a) || j < len(b); {
		switch {
		case j == len(b) || i < len(a) && a[i].Value < b[j].Value:
			out = append(out, category{text: a[i].Value, reference: a[i].Count})
			i++
		case i == len(a) || b[j].Value < a[i].Value:
			out = append(out, category{text: b[j].Value, current: b[j].Count})
			j++
		default:
			out = append(out, category{text: a[i].Value, reference: a[i].Count, current: b[j].Count})
			i++
			j++
		}
	}
	return out
}

// listed sets PSI and the Jensen–Shannon distance over the reference's most frequent texts and all others.
func (c *Column) listed(table []category) {
	top := slices.Clone(table)
	slices.SortStableFunc(top, func(a, b category) int {
		switch {
		case a.reference > b.reference:
			return -1
		case a.reference < b.reference:
			return 1
		}
		return 0
	})
	r, s := []uint64{}, []uint64{}
	rest := [2]uint64{uint64(c.NReference), uint64(c.NCurrent)}
	for _, t := range top[:min(len(top), maxListed)] {
		if t.reference == 0 {
			break
		}
		r, s = append(r, t.reference), append(s, t.current)
		rest[0] -= t.reference
		rest[1] -= t.current
	}
	c.bins(append(r, rest[0]), append(s, rest[1]))
}
