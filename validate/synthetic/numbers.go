package synthetic

import (
	"math"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/validate"
)

const (
	microsPerDay = 24 * 60 * 60 * 1_000_000
	// The days that files of text can hold: 0001-01-01 and 9999-12-31; and those that columns without bounds have: 2000-01-01 and 2029-12-31.
	firstDay, lastDay = -719_162, 2_932_896
	fromDay, toDay    = 10_957, 21_914
	exact             = 1 << 53 // whole numbers up to here are all float64
)

// decimalForm says what the unit of a decimal column is: 10^-digits; its zero value is that of all other columns, 1.
type decimalForm struct {
	digits int     // at most 15, so that the number form is units divided by power, rounded once
	power  float64 // 10^digits; 0 is 1
	zeros  int     // digits of the scale beyond
	front  int     // digits before the point
	room   float64 // the most units
}

func (f decimalForm) form(units float64) float64 {
	if f.power == 0 {
		return units
	}
	return units / f.power
}

func (f decimalForm) units(x float64) float64 {
	if f.power == 0 {
		return x
	}
	return x * f.power
}

// typeRange returns the ends of the values that a column of numbers may have in a file of text, in number form.
func typeRange(t dataset.Type) (low, high float64) {
	switch t {
	case dataset.Bool:
		return 0, 1
	case dataset.Int8:
		return math.MinInt8, math.MaxInt8
	case dataset.Int16:
		return math.MinInt16, math.MaxInt16
	case dataset.Int32:
		return math.MinInt32, math.MaxInt32
	case dataset.Int64:
		return math.MinInt64, 1<<63 - 1<<10 // the largest float64 below 2^63
	case dataset.Uint8:
		return 0, math.MaxUint8
	case dataset.Uint16:
		return 0, math.MaxUint16
	case dataset.Uint32:
		return 0, math.MaxUint32
	case dataset.Uint64:
		return 0, 1<<64 - 1<<11
	case dataset.Float32:
		return -math.MaxFloat32, math.MaxFloat32
	case dataset.Date32:
		return firstDay, lastDay
	default:
		if t.Class() == dataset.ClassTime {
			return firstDay * microsPerDay, (lastDay+1)*microsPerDay - 1
		}
		return -math.MaxFloat64, math.MaxFloat64
	}
}

// usual returns the range of a column without bounds.
func usual(class dataset.Class) (low, high float64) {
	switch class {
	case dataset.ClassDate:
		return fromDay, toDay
	case dataset.ClassTime:
		return fromDay * microsPerDay, toDay * microsPerDay
	default:
		return -1000, 1000
	}
}

// numbers sets the limits and the distribution of a numeric column.
func (c *column) numbers(p *validate.ColumnProfile) error {
	low, high := usual(c.class)
	width := high - low
	if p != nil && p.Number != nil {
		low, high = p.Number.TailLow, p.Number.TailHigh
		if !(low <= high) { // of very few values
			low, high = p.Number.Min, p.Number.Max
		}
		c.quantiles = clipped(p.Number.Quantiles, low, high)
	}
	f := c.field
	if c.quantiles == nil { // an open side follows the bound of the other
		if f.Min != nil && f.Max == nil {
			low, high = *f.Min, *f.Min+width
		} else if f.Max != nil && f.Min == nil {
			low, high = *f.Max-width, *f.Max
		} else if f.Min != nil {
			low, high = *f.Min, *f.Max
		}
	}
	least, most := typeRange(f.Type)
	if f.Min != nil {
		least = max(least, *f.Min)
	}
	if f.Max != nil {
		most = min(most, *f.Max)
	}
	c.whole = c.class != dataset.ClassFloat || p != nil && p.Number != nil && p.Number.Integral
	none := &dataset.SchemaError{Column: f.Name, Want: "bounds between which type " + string(f.Type) + " has a value", Got: "none there"}
	if least > most {
		return none
	}
	low, high = max(low, least), min(high, most)
	if low > high { // what the profile knows is outside the rules
		low, high, c.quantiles = least, most, nil
	}
	ok := c.limits(low, high, least, most)
	if !ok {
		return none
	}
	c.list(p)
	return nil
}

// limits rounds the limits to what the type has, within the outer ones where the inner have nothing between them.
func (c *column) limits(low, high, least, most float64) bool {
	if c.class == dataset.ClassDecimal && !c.decimals(&low, &high, &least, &most) {
		return false
	}
	up, down := math.Ceil, math.Floor
	switch {
	case c.field.Type == dataset.Float32 && !c.whole:
		up, down = atLeast32, atMost32
	case !c.whole:
		up, down = func(x float64) float64 { return x }, func(x float64) float64 { return x }
	}
	c.low, c.high = up(low), down(high)
	if c.low > c.high {
		c.low, c.high, c.quantiles = up(least), down(most), nil
	}
	if c.low > c.high && c.class == dataset.ClassFloat && c.whole {
		c.whole = false // the profile's values were whole, and the bounds leave none
		return c.limits(low, high, least, most)
	}
	return c.low <= c.high
}

func atLeast32(x float64) float64 {
	f := float32(x)
	if float64(f) < x {
		f = math.Nextafter32(f, math.MaxFloat32)
	}
	return float64(f)
}

func atMost32(x float64) float64 { return -atLeast32(-x) }

// decimals turns limits into units, exactly: what rounds to a number form between them.
func (c *column) decimals(low, high, least, most *float64) bool {
	dt, err := c.field.Type.Arrow()
	d, ok := dt.(*arrow.Decimal128Type)
	if err != nil || !ok {
		return false
	}
	digits := min(int(d.Scale), 15)
	for reach := max(math.Abs(*low), math.Abs(*high)); digits > 0 && reach*math.Pow10(digits) > exact/4; {
		digits-- // so that the ends are counted exactly
	}
	front := int(d.Precision - d.Scale)
	room := min(math.Pow10(front+digits)-1, exact)
	c.decimal = decimalForm{digits: digits, power: math.Pow10(digits), zeros: int(d.Scale) - digits, front: front, room: room}
	within := func(x float64, outward float64) float64 {
		k := min(max(math.Round(x*c.decimal.power), -room), room)
		for i := 0; i < 4 && float64(outward*c.form(k)) > outward*x && math.Abs(k) < room; i++ {
			k -= outward
		}
		return k
	}
	*low, *least = within(*low, -1), within(*least, -1)
	*high, *most = within(*high, 1), within(*most, 1)
	return c.inside(*least, *most)
}

// inside reports whether some units between two ends keep the field's bounds.
func (c *column) inside(least, most float64) bool {
	f := c.field
	return least <= most && (f.Min == nil || c.form(least) >= *f.Min) && (f.Max == nil || c.form(most) <= *f.Max)
}

// clipped returns quantiles with their ends at the limits.
func clipped(q []float64, low, high float64) []float64 {
	if len(q) < 2 {
		return nil
	}
	out := make([]float64, len(q))
	for i, x := range q {
		out[i] = min(max(x, low), high)
	}
	return out
}

// list chooses among the values of a profile that knows them all.
func (c *column) list(p *validate.ColumnProfile) {
	if p == nil || p.Other > 0 || p.Number == nil || c.class == dataset.ClassDecimal {
		return
	}
	for _, v := range p.Top {
		if x := v.Value.Number; x >= c.low && x <= c.high && (!c.whole || x == math.Trunc(x)) && (c.field.Type != dataset.Float32 || float64(float32(x)) == x) {
			c.choose(cell{number: x}, float64(v.Count))
		}
	}
	c.share(0)
}
