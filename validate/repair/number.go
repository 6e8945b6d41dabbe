package repair

import (
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/validate"
)

// Clip moves numbers that lie outside Min to Max to the nearer of the two. Infinities and what is missing stay as they are. In a column whose type cannot hold a
// bound exactly, the next number inside stands for it.
type Clip struct {
	Column   string  // a column of numbers, dates or times, or of texts that are such
	Min, Max float64 // in number form; an infinity is no bound
}

func (r Clip) plan() (plan, error) {
	err := named("Clip.Column", r.Column)
	if !(r.Min <= r.Max) || math.IsInf(r.Min, 1) || math.IsInf(r.Max, -1) {
		err = errors.Join(err, option("Clip.Min, Max", fmt.Sprintf("%v and %v", r.Min, r.Max), "two numbers, the smaller one first"))
	}
	return numbers("clip", r.Column, func(t dataset.Type) (func(float64) float64, error) {
		low, high := inside(t, r.Min, 1), inside(t, r.Max, -1)
		if !(low <= high) {
			return nil, errors.New("a type with a value between the bounds of clip")
		}
		return func(x float64) float64 {
			if math.IsInf(x, 0) {
				return x
			}
			return min(max(x, low), high)
		}, nil
	}), err
}

// ClipQuantiles returns the Clip of a column to two quantiles of a profile: low is taken down to a hundredth and high up to one. It errors with ErrSchema for a
// column of which the profile has no numbers, as of a personal one, and with *dataset.OptionError for quantiles that are not 0 ≤ low < high ≤ 1.
func ClipQuantiles(p *validate.Profile, column string, low, high float64) (Clip, error) {
	if !(low >= 0 && low < high && high <= 1) {
		return Clip{}, fmt.Errorf("repair: clip quantiles: %w", option("ClipQuantiles", fmt.Sprintf("%v and %v", low, high), "0 ≤ low < high ≤ 1"))
	}
	c, ok := p.Column(column)
	if !ok || c.Number == nil {
		return Clip{}, fmt.Errorf("repair: clip quantiles: %w", &dataset.SchemaError{Column: column, Want: "a profile of its numbers", Got: "none"})
	}
	const slack = 1e-9 // 0.29·100 is a little less than 29
	return Clip{Column: column, Min: c.Number.Quantiles[int(100*low+slack)], Max: c.Number.Quantiles[int(math.Ceil(100*high-slack))]}, nil
}

// Rescale multiplies numbers that lie outside Min to Max by the one of Factors that brings them inside, where that is one alone: amounts in cents among amounts in
// euro. A factor below 1 that is one over a whole number divides by it.
type Rescale struct {
	Column   string    // a column of numbers, or of texts that are numbers
	Factors  []float64 // one or more, finite, above 0 and not 1
	Min, Max float64   // what is usual; an infinity is no bound
}

func (r Rescale) plan() (plan, error) {
	err := named("Rescale.Column", r.Column)
	if len(r.Factors) == 0 {
		err = errors.Join(err, option("Rescale.Factors", "none", "one or more"))
	}
	for _, f := range r.Factors {
		if !factor(f) {
			err = errors.Join(err, option("Rescale.Factors", fmt.Sprint(f), "finite numbers above 0, other than 1"))
		}
	}
	if !(r.Min <= r.Max) {
		err = errors.Join(err, option("Rescale.Min, Max", fmt.Sprintf("%v and %v", r.Min, r.Max), "two numbers, the smaller one first"))
	}
	usual := func(x float64) bool { return x >= r.Min && x <= r.Max }
	return numbers("rescale", r.Column, func(t dataset.Type) (func(float64) float64, error) {
		if class := t.Class(); class != dataset.ClassInteger && class != dataset.ClassFloat && class != dataset.ClassDecimal {
			return nil, errors.New("integers, floats or decimals for rescale")
		}
		return func(x float64) float64 {
			if usual(x) || math.IsInf(x, 0) {
				return x
			}
			to, ways := x, 0
			for _, f := range r.Factors {
				if y, ok := store(t, times(x, f)); ok && usual(y) {
					to = y
					ways++
				}
			}
			if ways != 1 {
				return x
			}
			return to
		}, nil
	}), err
}

func factor(f float64) bool { return f > 0 && !math.IsInf(f, 1) && f != 1 }

// times multiplies by a factor, or divides by what it is one over, so that cents become euro with one rounding.
func times(x, factor float64) float64 {
	if over := math.Round(1 / factor); factor < 1 && over < 1<<53 && 1/over == factor {
		return x / over
	}
	return x * factor
}

// Convert changes the unit of a column: every number is multiplied by Factor, and the schema's unit and bounds with it. Nothing is done to a column that has the unit
// To already. A column of any other unit, or without one, is a *dataset.SchemaError: nobody can tell from its numbers whether they were converted. So is a number
// of an integer column that a factor makes too large.
type Convert struct {
	Column   string // of floats, or of integers where Factor is whole
	From, To string // units, as in the schema of the source
	Factor   float64
}

func (r Convert) plan() (plan, error) {
	err := named("Convert.Column", r.Column)
	if r.From == "" || r.To == "" || r.From == r.To {
		err = errors.Join(err, option("Convert.From, To", strconv.Quote(r.From)+" and "+strconv.Quote(r.To), "two units"))
	}
	if !factor(r.Factor) {
		err = errors.Join(err, option("Convert.Factor", fmt.Sprint(r.Factor), "a finite number above 0, other than 1"))
	}
	return plan{name: "convert", column: r.Column, convert: &r}, err
}

// apply returns what becomes of a field, and whether its numbers are to be converted.
func (r *Convert) apply(f dataset.Field) (dataset.Field, bool, error) {
	class := f.Type.Class()
	switch {
	case class != dataset.ClassFloat && (class != dataset.ClassInteger || r.Factor != math.Trunc(r.Factor)):
		return f, false, &dataset.SchemaError{Column: f.Name, Want: "floats, or integers and a whole factor, for convert", Got: "type " + string(f.Type)}
	case f.Unit == r.To:
		return f, false, nil
	case f.Unit != r.From:
		return f, false, &dataset.SchemaError{Column: f.Name, Want: fmt.Sprintf("unit %q or %q", r.From, r.To), Got: fmt.Sprintf("unit %q", f.Unit)}
	}
	f.Unit = r.To
	for _, bound := range []**float64{&f.Min, &f.Max} {
		if *bound != nil {
			x := times(**bound, r.Factor)
			*bound = &x
		}
	}
	return f, true, nil
}

// Impute writes a value for what is missing: null, and NaN in a column of floats.
type Impute struct {
	Column string        // a column of numbers, dates, times or texts
	Value  dataset.Value // in the column's form; a number is rounded to a whole one in a column of integers
}

func (r Impute) plan() (plan, error) {
	err := named("Impute.Column", r.Column)
	if r.Value.IsMissing() || math.IsInf(r.Value.Number, 0) {
		err = errors.Join(err, option("Impute.Value", "null or not finite", "a value"))
	}
	return plan{name: "impute", column: r.Column, bind: func(t target) (cellFunc, error) {
		value := dataset.TextValue(r.Value.Text)
		if t.as.IsNumeric() {
			x := r.Value.Number
			if class := t.as.Class(); class != dataset.ClassFloat && class != dataset.ClassDecimal && class != dataset.ClassBool {
				x = math.RoundToEven(x)
			}
			x, ok := store(t.as, x)
			if !ok {
				return nil, unfit(t, "a type that holds the value of impute")
			}
			value = dataset.NumberValue(x)
			if t.field.Type.IsText() {
				value = dataset.TextValue(plain(t.as, x))
			}
		} else if !t.field.Type.IsText() {
			return nil, unfit(t, "a column of numbers or texts for impute")
		}
		return func(x dataset.Value) (dataset.Value, string) {
			if x.IsMissing() {
				return value, "impute"
			}
			return x, ""
		}, nil
	}}, err
}

// Statistic is what a value is imputed by.
type Statistic uint8

// The statistics.
const (
	Median Statistic = iota // the quantile 0.5 of the profile
	Mean
	Mode // the most frequent value; of several the one that the profile lists first
)

// ImputeFrom returns the Impute of a column by a statistic of a profile, as a rule that of the rows a model was trained on. It errors with ErrSchema where the
// profile has none: of a column without values, of a personal one, of a median or mean of texts, of a mode where no value was met twice.
func ImputeFrom(p *validate.Profile, column string, s Statistic) (Impute, error) {
	none := func(want string) (Impute, error) {
		return Impute{}, fmt.Errorf("repair: impute from: %w", &dataset.SchemaError{Column: column, Want: want, Got: "a profile without it"})
	}
	c, _ := p.Column(column)
	switch {
	case s > Mode:
		return Impute{}, fmt.Errorf("repair: impute from: %w", option("ImputeFrom", strconv.Itoa(int(s)), "a known statistic"))
	case s == Mode && len(c.Top) == 0:
		return none("a most frequent value")
	case s == Mode:
		return Impute{Column: column, Value: c.Top[0].Value}, nil
	case c.Number == nil:
		return none("a mean and a median")
	case s == Mean:
		return Impute{Column: column, Value: dataset.NumberValue(c.Number.Mean)}, nil
	default:
		return Impute{Column: column, Value: dataset.NumberValue(c.Number.Quantiles[len(c.Number.Quantiles)/2])}, nil
	}
}
