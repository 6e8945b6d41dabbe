package validate

import (
	"math"

	"github.com/tidewheel/tidewheel/dataset"
)

const (
	// magnitude is how many times the largest known magnitude a value must have to be called a change of unit without a factor that explains it.
	magnitude = 10
	// fewRows for each guarded column is the size of a reference from which on its tails alone keep the promise of one row in guardBudget.
	fewRows = 2 * guardBudget
	// rareShare is the largest share of unlisted texts in a column in which one of them is unusual by itself.
	rareShare = 1.0 / (2 * guardBudget)
)

// guard finds values that a factor of 100 or 1000, or the exchange of two columns of one type, would explain, from marginal distributions alone.
//
// A value is unusual when it lies beyond the exact tail limits of the reference by more than the tail is long (from its 1 % quantile), or is a category that the
// reference does not list. Among n+1 exchangeable rows the further one lies outside limits at the k-th values with probability 2k/(n+1), whatever the distributions
// and their dependence; the sealed k is chosen so that this sums to at most 1/200 over the guarded columns. Only a row with an unusual value can be flagged, so
// that at most 1/200 of clean rows are, and far fewer in truth (0 to 0.3 % on the real sets of the tests), because the value must also be usual after the change
// of unit, or both values in each other's column. With a reference too small for that promise (fewer than 400 rows for each guarded column) the limits are
// the extremes, widened by half the range, or by half the range of the logarithms where nothing is negative. Columns of texts in which unlisted ones are common count only together with a second unusual value.
//
// Power follows: a changed unit is flagged where it leaves the limits, which a factor of 100 does unless the value is 0 or the column spans more than two orders of
// magnitude; a swap is flagged where at least one of the two values is impossible in its place. Two columns with the same range cannot be told apart in one row;
// windows over many rows can, by their drift.
type guard struct {
	columns []guarded // of the validator's schema
	active  []int     // positions of those that are guarded
}

type guarded struct {
	group      guardGroup
	low, high  float64 // the limits of usual values
	categories map[string]struct{}
	closed     bool // an unlisted text is unusual by itself
}

// guardGroup says which columns may be confused with each other.
type guardGroup uint8

const (
	guardNone guardGroup = iota
	guardInteger
	guardFloat
	guardDate
	guardTime
	guardText
)

// isGuarded reports whether the guard looks at a field: features that are numbers, dates, times or texts, and not personal.
func isGuarded(f dataset.Field) bool { return groupOf(f) != guardNone }

func groupOf(f dataset.Field) guardGroup {
	if f.Personal || f.Role != dataset.Feature {
		return guardNone
	}
	switch f.Type.Class() {
	case dataset.ClassInteger:
		return guardInteger
	case dataset.ClassFloat, dataset.ClassDecimal:
		return guardFloat
	case dataset.ClassDate:
		return guardDate
	case dataset.ClassTime:
		return guardTime
	case dataset.ClassText:
		return guardText
	default:
		return guardNone
	}
}

func newGuard(s *dataset.Schema, ref *Profile) (*guard, error) {
	g := &guard{columns: make([]guarded, s.Len())}
	for i := range g.columns {
		f := s.Field(i)
		c, ok := ref.Column(f.Name)
		if !ok || c.Personal || groupOf(f) == guardNone {
			continue
		}
		if refGroup := groupOf(dataset.Field{Type: c.Type}); refGroup != groupOf(f) {
			return nil, &dataset.SchemaError{Column: f.Name, Want: "a reference of type " + string(f.Type), Got: "one of type " + string(c.Type)}
		}
		switch {
		case c.Number != nil && c.Running():
			continue // a running number goes beyond all that was seen
		case c.Number != nil:
			g.columns[i] = guardNumbers(groupOf(f), c.Number, ref.guardedColumns())
		case c.Text != nil:
			g.columns[i] = guardTexts(&c)
		default:
			continue
		}
		g.active = append(g.active, i)
	}
	return g, nil
}

func (p *Profile) guardedColumns() int64 {
	n := int64(0)
	for i := range p.schema.Len() {
		if isGuarded(p.schema.Field(i)) {
			n++
		}
	}
	return max(n, 1)
}

func guardNumbers(group guardGroup, n *NumberProfile, columns int64) guarded {
	if n.Count < fewRows*columns {
		return guardFew(group, n)
	}
	c := guarded{group: group, low: n.TailLow, high: n.TailHigh}
	// Beyond the limits by the length of the tail itself, so that a mild drift is not taken for a mistake.
	above, below := c.high-n.Quantiles[99], n.Quantiles[1]-c.low
	if c.low >= 0 {
		below = min(below, c.low/2) // what was never negative has a limit that is not
	}
	c.low -= max(below, 0)
	c.high += max(above, 0)
	return c
}

// guardFew widens the extremes by half of the range, and where nothing was negative also by half of the range of the logarithms.
func guardFew(group guardGroup, n *NumberProfile) guarded {
	half := n.Max/2 - n.Min/2
	if n.Min < 0 {
		return guarded{group: group, low: n.Min - half, high: n.Max + half}
	}
	smallest := n.Max
	for _, q := range n.Quantiles {
		if q > 0 {
			smallest = q
			break
		}
	}
	factor := 1.0
	if smallest > 0 {
		factor = math.Sqrt(n.Max / smallest)
	}
	return guarded{group: group, low: n.Min / max(factor, 2), high: max(n.Max+half, n.Max*factor)}
}

func guardTexts(c *ColumnProfile) guarded {
	g := guarded{group: guardText, categories: make(map[string]struct{}, len(c.Top))}
	rare := c.Other + 1
	for _, v := range c.Top {
		g.categories[v.Value.Text] = struct{}{}
		if v.Count == 1 {
			rare++ // the share of values seen once estimates that of values not yet seen (Good 1953)
		}
	}
	g.closed = float64(rare) <= rareShare*float64(c.Rows-c.Nulls)
	return g
}

// usual reports whether a value that is not missing could be one of the column's.
func (c *guarded) usual(v dataset.Value) bool {
	if c.group == guardText {
		_, ok := c.categories[v.Text]
		return ok
	}
	return v.Number >= c.low && v.Number <= c.high
}

// suspect reports whether a number is outside the limits; NaN is not.
func (c *guarded) suspect(x float64) bool { return x < c.low || x > c.high }

// check adds its findings on one row.
func (g *guard) check(values []dataset.Value, r *RowResult) {
	for _, i := range g.active {
		c := &g.columns[i]
		v := values[i]
		if v.IsMissing() || math.IsInf(v.Number, 0) || c.usual(v) {
			continue
		}
		j, both := g.swapped(values, i)
		if both && j < i {
			continue // named from the other side
		}
		if !both && c.group <= guardFloat && c.scaled(v.Number) {
			r.add(flag(RuleUnitScale), i, -1)
		}
		if j >= 0 {
			r.add(flag(RuleSwappedColumns), i, j)
		}
	}
}

// scaled reports whether a factor explains an unusual number.
func (c *guarded) scaled(x float64) bool {
	if x == 0 {
		return false
	}
	if math.Abs(x) > magnitude*max(math.Abs(c.low), math.Abs(c.high)) {
		return true
	}
	// Euro and cent, metre and kilometre, share and per cent, gram and kilogram.
	for _, factor := range [...]float64{100, 1000, 0.01, 0.001} {
		if u := x / factor; u >= c.low && u <= c.high && u != 0 {
			return true
		}
	}
	return false
}

// swapped returns the column whose value and i's are usual in each other's place, -1 for none: the first one that is unusual itself, then both is true, else the
// first. A column in which unlisted texts are common needs the other one to be unusual too.
func (g *guard) swapped(values []dataset.Value, i int) (found int, both bool) {
	a := &g.columns[i]
	found = -1
	for _, j := range g.active {
		b := &g.columns[j]
		w := values[j]
		if j == i || b.group != a.group || w.IsMissing() || !a.usual(w) || !b.usual(values[i]) {
			continue
		}
		if !b.usual(w) {
			return j, true
		}
		if found < 0 && (a.group != guardText || a.closed) {
			found = j
		}
	}
	return found, false
}
