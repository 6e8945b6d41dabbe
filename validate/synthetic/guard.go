package synthetic

import (
	"math"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/validate"
)

// known is what a reference profile says of a numeric column that a Validator guards: all drawn values lie in [low, high], and what lies outside [least, most] cannot be a value of the column, whichever of its limits the guard uses.
type known struct {
	low, high, least, most float64
}

// fewRows for each column make the limits of the guard those of the tails, as its documentation says.
const fewRows = 400

// few widens the limits to those of a reference of few rows.
func (k *known) few(n *validate.NumberProfile) {
	half := n.Max/2 - n.Min/2
	k.most, k.least = max(k.most, n.Max+half), min(k.least, n.Min-half)
	if n.Min < 0 {
		return
	}
	k.least = 0
	for _, q := range n.Quantiles {
		if q > 0 {
			k.most = max(k.most, n.Max*math.Sqrt(n.Max/q))
			return
		}
	}
}

// known returns what the profile knows of a column, false for one that is not guarded for sure.
func (r *Rows) known(i int) (known, bool) {
	c, p := r.columns[i], r.options.Profile
	if p == nil || c.field.Personal || c.field.Role != dataset.Feature || c.class < dataset.ClassInteger || c.class > dataset.ClassTime {
		return known{}, false
	}
	got, ok := p.Column(c.field.Name)
	if !ok || got.Personal || got.Number == nil {
		return known{}, false
	}
	n := got.Number
	k := known{low: c.form(c.low), high: c.form(c.high)}
	if k.low < n.TailLow || k.high > n.TailHigh {
		return known{}, false // the rules forbid what the profile knows
	}
	k.least, k.most = n.TailLow-max(n.Quantiles[1]-n.TailLow, 0), n.TailHigh+max(n.TailHigh-n.Quantiles[99], 0)
	if n.Count < fewRows*int64(p.Schema().Len()) {
		k.few(n)
	}
	running := n.Integral && got.Distinct >= n.Count*9/10 // a running number may be unguarded
	return k, !running
}

// same reports whether the guard may take values of one column for another's.
func same(a, b *column) bool {
	number := func(c *column) bool { return c.class == dataset.ClassFloat || c.class == dataset.ClassDecimal }
	return a.class == b.class || number(a) && number(b)
}

// guarded returns the faults of column i that the guard of the profile is sure to see.
func (r *Rows) guarded(i int, may func(int) bool) []recipe {
	k, ok := r.known(i)
	if !ok {
		return nil
	}
	var out []recipe
	if spoil := r.unitChange(i, k); spoil != nil {
		out = append(out, recipe{fault: UnitChange, column: i, other: -1, rule: validate.RuleUnitScale, severity: validate.Flagged, spoil: spoil})
	}
	for j := i + 1; j < len(r.columns); j++ {
		if may(j) && r.swaps(i, j, k) {
			return append(out, recipe{fault: SwappedColumns, column: i, other: j, rule: validate.RuleSwappedColumns, severity: validate.Flagged})
		}
	}
	return out
}

// swaps reports whether no value of i could be one of j, nor the reverse, and both keep the other's rules.
func (r *Rows) swaps(i, j int, k known) bool {
	a, b := r.columns[i], r.columns[j]
	o, ok := r.known(j)
	apart := k.high < o.least || k.low > o.most
	back := o.high < k.least || o.low > k.most
	return ok && a.field.Type == b.field.Type && apart && back && a.allows(o.low, o.high) && b.allows(k.low, k.high)
}

// allows reports whether the field's bounds allow all between two numbers.
func (c *column) allows(low, high float64) bool {
	return (c.field.Min == nil || low >= *c.field.Min) && (c.field.Max == nil || high <= *c.field.Max)
}

// unitChange returns what multiplies by 100 a value that shows it, nil where none does.
func (r *Rows) unitChange(i int, k known) func(*draw, cell) cell {
	c := r.columns[i]
	if c.class > dataset.ClassDecimal || k.high <= 0 {
		return nil
	}
	bar := k.most
	for j, other := range r.columns {
		if j == i || !same(c, other) {
			continue
		}
		o, _ := r.known(j)
		if o == (known{}) || o.low > k.most || o.high < k.least {
			continue // no value of that column could stand here, so that the two are not taken for swapped
		}
		bar = max(bar, o.most)
	}
	_, most := typeRange(c.field.Type)
	if c.class == dataset.ClassDecimal {
		most = c.form(c.decimal.room)
	}
	if c.field.Max != nil {
		most = min(most, *c.field.Max)
	}
	low, high := c.decimal.units(max(k.low, bar/100)), c.decimal.units(min(k.high, most/100))
	low, high = low+math.Abs(low)*1e-6, high-math.Abs(high)*1e-6
	if c.whole {
		low, high = math.Floor(low)+1, math.Floor(high)
	}
	if low >= high {
		return nil
	}
	return func(d *draw, was cell) cell {
		v := was.number
		if v < low || v > high {
			v = float64(low*0.25) + float64(high*0.75)
			if c.whole {
				v = math.Ceil(v)
			}
		}
		x := v * 100
		if c.field.Type == dataset.Float32 {
			x = float64(float32(x))
		}
		return cell{number: x}
	}
}
