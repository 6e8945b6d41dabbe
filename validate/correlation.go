package validate

import (
	"fmt"
	"math"
	"slices"

	"github.com/tidewheel/tidewheel/dataset"
)

// MaxCorrelated is the number of columns that a Correlator looks at: its work grows with their square.
const MaxCorrelated = 64

// Correlations are Pearson's coefficients of pairs of columns.
type Correlations struct {
	Columns []string
	Values  [][]float64 // one row and one column for each of Columns, symmetric; NaN for a column that is constant or a pair with fewer than two rows
}

// Correlator is the fold behind Correlations: a dataset.Folder in memory that does not grow with the rows. Use it with dataset.Run, beside a Profiler in a dataset.Both. It looks at the
// first MaxCorrelated columns of bools (0 and 1), integers, floats and decimals that are not personal. Of each pair it takes the rows in which both are finite. Only
// NewCorrelator makes a usable one. It is not safe for concurrent use.
type Correlator struct {
	schema *dataset.Schema
	places []int
	pairs  []moments // of i ≤ j, row by row
	values [][]float64
	whole  []deviations
}

// blockRows is the number of rows that are looked at together: their numbers stay in the cache while the pairs go by.
const blockRows = 4096

// deviations are those of a block of a column from its mean, of use when all its values are finite.
type deviations struct {
	finite        bool
	mean, squares float64
	values        []float64
}

// moments are those of a pair of columns: sums of squares and products of deviations from the means.
type moments struct {
	n, meanX, meanY, xx, yy, xy float64
}

// NewCorrelator returns the fold of no rows of s.
func NewCorrelator(s *dataset.Schema) *Correlator {
	c := &Correlator{schema: s}
	for i, f := range s.Fields() {
		switch f.Type.Class() {
		case dataset.ClassBool, dataset.ClassInteger, dataset.ClassFloat, dataset.ClassDecimal:
			if !f.Personal && len(c.places) < MaxCorrelated {
				c.places = append(c.places, i)
			}
		default:
		}
	}
	p := len(c.places)
	c.pairs, c.values = make([]moments, p*(p+1)/2), make([][]float64, p)
	c.whole = make([]deviations, p)
	return c
}

// Observe implements dataset.Folder. The batch must be of the correlator's schema.
func (c *Correlator) Observe(b dataset.Batch) error {
	if !b.Schema().Equal(c.schema) {
		return fmt.Errorf("validate: correlate: %w", &dataset.SchemaError{Want: "a batch of the correlator's schema", Got: "another schema"})
	}
	for from := 0; from < b.NumRows(); from += blockRows {
		block := b.Slice(from, min(from+blockRows, b.NumRows()))
		err := c.observe(block)
		block.Release()
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *Correlator) observe(b dataset.Batch) error {
	for k, place := range c.places {
		c.values[k] = slices.Grow(c.values[k][:0], b.NumRows())[:b.NumRows()]
		if err := dataset.Float64s(b.Column(place), c.values[k]); err != nil {
			return fmt.Errorf("validate: correlate: column %q: %w", c.schema.Field(place).Name, err)
		}
		c.whole[k].set(c.values[k])
	}
	at := 0
	for i := range c.places {
		for j := i; j < len(c.places); j++ {
			var m moments
			if x, y := &c.whole[i], &c.whole[j]; x.finite && y.finite {
				m = moments{float64(b.NumRows()), x.mean, y.mean, x.squares, y.squares, dot(x.values, y.values)}
			} else {
				m = momentsOf(c.values[i], c.values[j])
			}
			c.pairs[at].merge(&m)
			at++
		}
	}
	return nil
}

// set fills in the deviations of values, if all are finite.
func (d *deviations) set(values []float64) {
	m := momentsOf(values, values)
	d.finite = m.n == float64(len(values))
	d.mean, d.squares = m.meanX, m.xx
	d.values = d.values[:0]
	if !d.finite {
		return
	}
	shifted := m.meanX - values[0]
	for _, x := range values {
		d.values = append(d.values, x-values[0]-shifted)
	}
}

func dot(x, y []float64) float64 {
	var a, b, c, d float64 // four sums, so that additions need not wait for each other
	y = y[:len(x)]
	i := 0
	for ; i+4 <= len(x); i += 4 {
		a += float64(x[i] * y[i])
		b += float64(x[i+1] * y[i+1])
		c += float64(x[i+2] * y[i+2])
		d += float64(x[i+3] * y[i+3])
	}
	for ; i < len(x); i++ {
		a += float64(x[i] * y[i])
	}
	return (a + b) + (c + d)
}

// momentsOf takes two passes over the differences to the first values, so that a large mean costs no digits and a constant deviates by exactly 0.
func momentsOf(x, y []float64) moments {
	var m moments
	var x0, y0 float64
	both := func(i int) bool { return !math.IsNaN(x[i]-x[i]) && !math.IsNaN(y[i]-y[i]) } // finite: Inf-Inf is NaN
	for i := range x {
		if !both(i) {
			continue
		}
		if m.n == 0 {
			x0, y0 = x[i], y[i]
		}
		m.n++
		m.meanX += x[i] - x0
		m.meanY += y[i] - y0
	}
	if m.n == 0 {
		return m
	}
	m.meanX /= m.n
	m.meanY /= m.n
	for i := range x {
		if both(i) {
			dx, dy := x[i]-x0-m.meanX, y[i]-y0-m.meanY
			m.xx += float64(dx * dx)
			m.yy += float64(dy * dy)
			m.xy += float64(dx * dy)
		}
	}
	m.meanX += x0
	m.meanY += y0
	return m
}

// merge adds o as in Chan, Golub and LeVeque (1979).
func (m *moments) merge(o *moments) {
	switch {
	case o.n == 0:
		return
	case m.n == 0:
		*m = *o
		return
	}
	n := m.n + o.n
	dx, dy, share := o.meanX-m.meanX, o.meanY-m.meanY, m.n/n*o.n
	m.xx += o.xx + float64(float64(dx*dx)*share)
	m.yy += o.yy + float64(float64(dy*dy)*share)
	m.xy += o.xy + float64(float64(dx*dy)*share)
	m.meanX += float64(dx * (o.n / n))
	m.meanY += float64(dy * (o.n / n))
	m.n = n
}

// Merge implements dataset.Folder.
func (c *Correlator) Merge(next *Correlator) error {
	if !next.schema.Equal(c.schema) {
		return fmt.Errorf("validate: correlate: merge: %w", &dataset.SchemaError{Want: "correlations of the same schema", Got: "another schema"})
	}
	for i := range c.pairs {
		c.pairs[i].merge(&next.pairs[i])
	}
	return nil
}

// Correlations returns the coefficients of what was observed until now, each in [-1, 1]. It equals pandas.DataFrame.corr 3.1 to 1e-11.
func (c *Correlator) Correlations() Correlations {
	p := len(c.places)
	out := Correlations{Columns: make([]string, p), Values: make([][]float64, p)}
	for i, place := range c.places {
		out.Columns[i], out.Values[i] = c.schema.Field(place).Name, make([]float64, p)
	}
	at := 0
	for i := range p {
		for j := i; j < p; j++ {
			r := c.pairs[at].pearson()
			if i == j && !math.IsNaN(r) {
				r = 1
			}
			out.Values[i][j], out.Values[j][i] = r, r
			at++
		}
	}
	return out
}

func (m *moments) pearson() float64 {
	r := m.xy / math.Sqrt(m.xx) / math.Sqrt(m.yy)
	if m.n < 2 || math.IsInf(m.xx, 0) || math.IsInf(m.yy, 0) {
		return math.NaN()
	}
	return min(max(r, -1), 1) // NaN stays NaN
}
