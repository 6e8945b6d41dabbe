package monitor

import (
	"math"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/stat"
	"github.com/tidewheel/tidewheel/validate"
)

const (
	minValues   = 30 // values below which a distribution is not judged
	minExpected = 5  // expected values below which a bin is pooled
)

// place says where a column's values come from.
type place int8

const (
	fromRow place = iota
	fromPrediction
	fromProbability
)

// column is one watched column: its reference and its slots among the counts of the window.
//
// The slots are one for each bin (one in all for a column without bins), then one for missing values, then one for values out of range, which are in a bin too.
type column struct {
	name      string
	place     place
	text      bool
	bins      *validate.Bins // nil: only missing values are counted
	ranged    bool
	min, max  float64
	slot      int // the first of its slots
	nBins     int
	reference []uint64 // counts of the bins
	empty     float64  // the share of an empty bin
	values    uint64   // sum of reference
	fixed     float64  // least PSI above its null level
	rates     [distribution]rate
	states    [nSignals]state
}

// rate is the reference of a share.
type rate struct {
	on    bool
	share float64
	upper float64 // upper end of the Wilson interval
}

// newColumn returns the column of a profile. watched says whether its distribution counts.
func newColumn(p validate.ColumnProfile, watched bool, z, fixed float64) column {
	c := column{name: p.Name, text: p.Type.IsText(), nBins: 1, fixed: fixed}
	if p.Rows > 0 {
		c.rates[missing] = newRate(p.Nulls+p.NaN, p.Rows, z)
	}
	if !watched {
		return c
	}
	c.bins, c.nBins = p.Bins, len(p.Bins.Counts)
	c.empty = p.Bins.Smoothing
	for _, n := range p.Bins.Counts {
		c.reference = append(c.reference, uint64(max(n, 0)))
		c.values += uint64(max(n, 0))
	}
	if p.Bins.Convention == validate.RefCategories && c.values > 0 {
		c.rates[unseen] = newRate(int64(c.reference[c.nBins-1]), int64(c.values), z)
	}
	if p.Number != nil && p.Number.Count > 0 {
		c.ranged, c.min, c.max = true, p.Number.Min, p.Number.Max
		// A further value is outside n others with probability 2/(n+1).
		c.rates[outOfRange] = newRate(min(2, p.Number.Count), p.Number.Count, z)
		c.rates[outOfRange].share = 0
	}
	return c
}

func newRate(k, n int64, z float64) rate {
	return rate{on: true, share: float64(k) / float64(n), upper: wilsonUpper(float64(k), float64(n), z)}
}

// wilsonUpper returns the upper end of the Wilson score interval of k out of n at z standard errors.
// Source: Wilson (1927); equals statsmodels.stats.proportion.proportion_confint(method="wilson") 0.15 to 1e-12.
func wilsonUpper(k, n, z float64) float64 {
	p, zz := k/n, z*z
	center := p + zz/(2*n)
	spread := z * math.Sqrt(p*(1-p)/n+zz/(4*n*n))
	return min((center+spread)/(1+zz/n), 1)
}

// required returns by how much the share must rise among n values: least, and more than the upper end by z standard errors and one value.
func (r rate) required(n, z, least float64) float64 {
	return max(least, r.upper+z*math.Sqrt(r.upper*(1-r.upper)/n)+1/n-r.share)
}

// cell returns the slot of a value, and a second one or -1.
func (c *column) cell(v dataset.Value) (slot, second int) {
	switch {
	case !v.Valid || v.Number != v.Number:
		return c.slot + c.nBins, -1
	case c.bins == nil:
		return c.slot, -1
	}
	if c.text {
		return c.slot + c.bins.Bin(v), -1
	}
	// As Bins.Bin, without its branches that depend on the value: there are few cuts.
	bin := 0
	for _, cut := range c.bins.Cuts {
		if cut <= v.Number {
			bin++
		}
	}
	second = -1
	if c.ranged && (v.Number < c.min || v.Number > c.max) {
		second = c.slot + c.nBins + 1
	}
	return c.slot + bin, second
}

// slots is the number of counts that the column takes.
func (c *column) slots() int { return c.nBins + 2 }

// kind returns the kind of alert that a signal of the column belongs to.
func (c *column) kind(signal int) Kind {
	switch {
	case signal != distribution:
		return KindQuality
	case c.place == fromRow:
		return KindDrift
	default:
		return KindScore
	}
}

// judge writes the figures of the window to w and returns the ratio of figure to threshold of each signal, 0 where there is nothing to judge.
func (m *Monitor) judge(c *column, w *ColumnWindow) (ratios [nSignals]float64) {
	counts := m.counts[c.slot : c.slot+c.slots()]
	values := uint64(0)
	for _, n := range counts[:c.nBins] {
		values += n
	}
	gone := counts[c.nBins]
	*w = ColumnWindow{Column: c.name, Rows: int64(values + gone), Missing: int64(gone), OutOfRange: int64(counts[c.nBins+1])}
	if c.rates[unseen].on {
		w.Unseen = int64(counts[c.nBins-1])
	}
	for s := range ratios[:distribution] {
		share, of := w.share(s)
		if r := c.rates[s]; r.on && of >= minValues {
			rise := share - r.share
			ratios[s] = max(rise/r.required(float64(of), m.z, m.o.Rise), 0)
			c.states[s].page = rise >= pageRise
		}
	}
	if c.bins == nil || values == 0 || c.values == 0 {
		return ratios
	}
	// The count vectors have one length and are not empty, and the convention was checked: there is no error.
	w.PSI, _ = stat.PSI(c.reference, counts[:c.nBins], c.empty)
	w.JensenShannon, _ = stat.JensenShannon(c.reference, counts[:c.nBins])
	if values < minValues {
		return ratios
	}
	bins := m.pool(c, counts[:c.nBins], values)
	if bins < 2 {
		return ratios
	}
	psi, _ := stat.PSI(m.pooled[0][:bins], m.pooled[1][:bins], c.empty)
	level, _ := stat.PSINullLevel(bins, c.values, values)
	w.Excess = psi - level
	freedom := float64(bins - 1)
	chance := (homogeneity(m.pooled[0][:bins], m.pooled[1][:bins], c.values, values) - freedom) / m.chance[bins-1]
	w.Evidence = max(min(w.Excess/c.fixed, chance), 0)
	w.Judged = true
	ratios[distribution] = w.Evidence
	c.states[distribution].page = c.place != fromRow && w.Excess >= pagePSI && chance >= 1
	return ratios
}

// homogeneity returns Pearson's statistic of two count vectors without a bin that is empty in both, with sums n and m: stat.ChiSquare without its table.
func homogeneity(reference, current []uint64, n, m uint64) float64 {
	up := math.Sqrt(float64(m) / float64(n))
	sum := 0.0
	for i, r := range reference {
		d := float64(float64(r)*up) - float64(current[i])/up
		sum += d * d / float64(r+current[i])
	}
	return sum
}

// pool writes reference and current counts to m.pooled, the bins in which either expects fewer than five values in a last one, and returns the number of bins.
func (m *Monitor) pool(c *column, counts []uint64, values uint64) int {
	least := minExpected * float64(c.values) / float64(min(values, c.values))
	bins := 0
	var rest [2]uint64
	for i, n := range c.reference {
		if float64(n) < least {
			rest[0] += n
			rest[1] += counts[i]
			continue
		}
		m.pooled[0][bins], m.pooled[1][bins] = n, counts[i]
		bins++
	}
	if rest[0]+rest[1] > 0 {
		m.pooled[0][bins], m.pooled[1][bins] = rest[0], rest[1]
		bins++
	}
	return bins
}

// evidence returns the figures of a raised signal.
func (c *column) evidence(signal int, w *ColumnWindow) Evidence {
	e := Evidence{Column: c.name, Signal: signalName(signal), Ratio: w.ratios[signal], PSI: w.PSI, JensenShannon: w.JensenShannon}
	if signal != distribution {
		e.Share, _ = w.share(signal)
		e.ReferenceShare = c.rates[signal].share
	}
	return e
}

// chanceLevels returns, for each number of degrees of freedom up to most, by how much a chi-square variable passes its mean with the probability with which a normal
// one passes z. Source: Wilson and Hilferty (1931); within 5 % and larger for one degree, 1 % beyond.
func chanceLevels(most int, z float64) []float64 {
	out := make([]float64, most+1)
	for k := 1; k <= most; k++ {
		v := 2 / (9 * float64(k))
		cube := 1 - v + z*math.Sqrt(v)
		out[k] = float64(k)*cube*cube*cube - float64(k)
	}
	return out
}

// upperNormal returns the z that a standard normal variable passes with probability alpha, in (0, 0.5].
func upperNormal(alpha float64) float64 { return math.Sqrt2 * math.Erfinv(1-2*alpha) }
