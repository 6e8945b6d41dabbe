package contract

import (
	"math"
	"strconv"
	"strings"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/validate"
)

const (
	exact32     = 1 << 24 // integers below it are float32 values
	exact64     = 1 << 53 // the same of float64
	microsOfDay = 24 * 60 * 60 * 1e6
	lastDay     = math.MaxInt64 / microsOfDay // the last day whose midnight is a timestamp
)

// typeFits reports whether every value that f allows becomes a value of another type by the conversions of package validate, none refused and none rounded.
func typeFits(f dataset.Field, to dataset.Type) bool {
	from := f.Type
	if from == to || from.IsText() && (to.IsText() || to == dataset.JSON) {
		return true
	}
	a, b := from.Class(), to.Class()
	low, high := interval(f)
	switch {
	case b == dataset.ClassText:
		return a >= dataset.ClassBool && a <= dataset.ClassDate || a == dataset.ClassJSON
	case a == dataset.ClassBool:
		return b == dataset.ClassInteger || b == dataset.ClassFloat
	case a == dataset.ClassInteger:
		return wholeFits(from, to, low, high)
	case a == dataset.ClassFloat:
		return to == dataset.Float64 // from float32, since the types differ
	case a == dataset.ClassDecimal:
		return decimalFits(from, to, low, high)
	case a == dataset.ClassDate:
		return b == dataset.ClassTime && low >= -lastDay && high <= lastDay
	case a == dataset.ClassTime && b == dataset.ClassTime:
		return (from == dataset.Timestamp) == (to == dataset.Timestamp) // a naive time is no instant
	default:
		return false
	}
}

// wholeFits is typeFits of integers from low to high.
func wholeFits(from, to dataset.Type, low, high float64) bool {
	within := func(least, most float64) bool { return low >= least && high <= most }
	switch to.Class() {
	case dataset.ClassBool:
		return within(0, 1)
	case dataset.ClassInteger:
		a1, a2 := typeRange(from)
		b1, b2 := typeRange(to)
		if a1 >= b1 && a2 <= b2 {
			return true
		}
		// Beyond 2^53 a bound and the numbers beside it are one number.
		return within(max(b1, 1-exact64), min(b2, exact64-1))
	case dataset.ClassFloat:
		most := float64(exact64 - 1)
		if to == dataset.Float32 {
			most = exact32 - 1
		}
		return within(-most, most)
	case dataset.ClassDecimal:
		whole, _ := digits(to)
		if a1, a2 := typeRange(from); max(-a1, a2) < math.Pow10(whole) {
			return true
		}
		most := min(math.Pow10(whole), exact64) - 1
		return within(-most, most)
	default:
		return false
	}
}

// decimalFits is typeFits of decimals.
func decimalFits(from, to dataset.Type, low, high float64) bool {
	whole, places := digits(from)
	switch to.Class() {
	case dataset.ClassDecimal:
		w, p := digits(to)
		return w >= whole && p >= places
	case dataset.ClassFloat:
		return to == dataset.Float64 && whole+places <= 15
	case dataset.ClassInteger:
		b1, b2 := typeRange(to)
		return places == 0 && low >= max(b1, 1-exact64) && high <= min(b2, exact64-1)
	default:
		return false
	}
}

// digits returns how many digits a decimal type has in front of the point and behind it.
func digits(t dataset.Type) (whole, places int) {
	body := strings.TrimSuffix(strings.TrimPrefix(string(t), "decimal128("), ")")
	p, s, _ := strings.Cut(body, ",")
	precision, _ := strconv.Atoi(p) // the type was parsed when its schema was made
	places, _ = strconv.Atoi(strings.TrimSpace(s))
	return precision - places, places
}

// typeRange returns the least and the largest number form of a numeric type; that of 64 bits and of times is rounded outward.
func typeRange(t dataset.Type) (low, high float64) {
	switch t {
	case dataset.Bool:
		return 0, 1
	case dataset.Int8:
		return math.MinInt8, math.MaxInt8
	case dataset.Int16:
		return math.MinInt16, math.MaxInt16
	case dataset.Int32, dataset.Date32:
		return math.MinInt32, math.MaxInt32
	case dataset.Uint8:
		return 0, math.MaxUint8
	case dataset.Uint16:
		return 0, math.MaxUint16
	case dataset.Uint32:
		return 0, math.MaxUint32
	case dataset.Uint64:
		return 0, math.MaxUint64
	case dataset.Float32:
		return -math.MaxFloat32, math.MaxFloat32
	case dataset.Float64:
		return -math.MaxFloat64, math.MaxFloat64
	default: // decimals and what counts in 64 bits
	}
	if t.Class() == dataset.ClassDecimal {
		whole, _ := digits(t)
		return -math.Pow10(whole), math.Pow10(whole)
	}
	return math.MinInt64, math.MaxInt64
}

// interval returns the least and the largest number form that a numeric field allows.
func interval(f dataset.Field) (low, high float64) {
	if !f.Type.IsNumeric() {
		return math.Inf(-1), math.Inf(1)
	}
	low, high = typeRange(f.Type)
	if f.Min != nil {
		low = max(low, *f.Min)
	}
	if f.Max != nil {
		high = min(high, *f.Max)
	}
	if c := f.Type.Class(); c == dataset.ClassInteger || c == dataset.ClassDate || c == dataset.ClassBool {
		low, high = math.Ceil(low), math.Floor(high)
	}
	return low, high
}

// rangeFits reports whether every number that f allows keeps the bounds of to.
func rangeFits(f, to dataset.Field) bool {
	if to.Min == nil && to.Max == nil {
		return true
	}
	low, high := interval(f)
	if a, b := f.Type.Class(), to.Type.Class(); a == dataset.ClassDate && b == dataset.ClassTime {
		low, high = low*microsOfDay, high*microsOfDay
	} else if a == dataset.ClassTime && b == dataset.ClassDate {
		low, high = math.Floor(low/microsOfDay), math.Floor(high/microsOfDay)
	}
	return (to.Min == nil || low >= *to.Min) && (to.Max == nil || high <= *to.Max)
}

// patternFits reports whether every text that f allows is known to match the pattern of to: there is none, it is the same, or f has a closed set of categories that all match.
func patternFits(f, to dataset.Field) bool {
	if to.Pattern == "" || to.Pattern == f.Pattern {
		return true
	}
	if len(f.OneOf) == 0 || f.Unseen != dataset.UnseenReject {
		return false
	}
	s, err := dataset.NewSchema(dataset.Field{Name: "text", Type: dataset.Utf8, Pattern: to.Pattern})
	if err != nil {
		return false
	}
	v, err := validate.New(s, validate.ValidatorOptions{})
	if err != nil { // a pattern that compiles alone but not as a whole
		return false
	}
	var r validate.RowResult
	row := dataset.NewRow(s)
	for _, category := range f.OneOf {
		row.Values[0] = dataset.TextValue(category)
		if v.CheckRow(row, &r); !r.OK() {
			return false
		}
	}
	return true
}
