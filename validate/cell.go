package validate

import (
	"math"
	"strconv"
	"strings"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/cell"
)

// ParseCell reads a text that stands for a value of f, as untyped entrances (CSV, JSON, query strings) meet it. In a text column it is the text itself. Else it
// must be the value without loss, spaces around it aside: a decimal number, true, false, 0 or 1, a date 2006-01-02, or a time 2006-01-02T15:04[:05[.999999]] (or with
// a space) with an offset exactly where the column has a zone, without one also a date: what package csv reads, but for infinities; the verdict then is counted as
// text_as_number. Otherwise the verdict refuses it by type, fraction, overflow or non_finite, and the value is null. A text is never null: what a format writes for
// null is its reader's to know. The field's own rules (null, bounds, categories) are not applied; Validator.CheckRow does that.
func ParseCell(f dataset.Field, text string) (dataset.Value, Verdict) {
	if f.Type.IsText() || f.Type == dataset.JSON {
		return dataset.TextValue(text), Verdict{}
	}
	text = strings.TrimSpace(text)
	var x float64
	var v Verdict
	switch f.Type.Class() {
	case dataset.ClassBool:
		x, v = parseBool(text)
	case dataset.ClassInteger:
		var w whole
		w, v = parseWhole(text, f.Type)
		x = w.float()
	case dataset.ClassFloat:
		x, v = parseFloat(text, f.Type)
	case dataset.ClassDecimal:
		if x, v = parseFloat(text, f.Type); v.Severity != Refused {
			x += 0 // a decimal has no -0
			_, v = parseDecimal(text, f.Type)
		}
	case dataset.ClassDate:
		x, v = parseDate(text)
	case dataset.ClassTime:
		x, v = parseTime(text, f.Type)
	default:
		v = refuse(RuleType)
	}
	if v.Severity == Refused {
		return dataset.Value{}, v
	}
	return dataset.NumberValue(x), count(RuleTextAsNumber)
}

// NumberCell reads a number that stands for a value of f, as untyped entrances meet it: 0 and 1 in a bool column (counted as number_as_bool), whole numbers in
// an integer column, any number in a float or decimal column, and in a text column its shortest text (counted as number_as_text). Otherwise the verdict refuses
// it by type, fraction, overflow or non_finite, and the value is null. NaN passes in a nullable column (nan_as_null) as null. The field's own rules are not applied.
func NumberCell(f dataset.Field, x float64) (dataset.Value, Verdict) {
	switch class := f.Type.Class(); {
	case math.IsNaN(x) && f.Nullable:
		return dataset.Value{}, count(RuleNaNAsNull)
	case math.IsNaN(x) || math.IsInf(x, 0):
		return dataset.Value{}, refuse(RuleNonFinite)
	case class == dataset.ClassBool && (x == 0 || x == 1):
		return dataset.NumberValue(x), count(RuleNumberAsBool)
	case class == dataset.ClassInteger:
		if v := fits(x, f.Type); v.Severity != Clean {
			return dataset.Value{}, v
		}
		return dataset.NumberValue(x), Verdict{}
	case class == dataset.ClassFloat && tooLarge(x, f.Type):
		return dataset.Value{}, refuse(RuleOverflow)
	case class == dataset.ClassFloat:
		return dataset.NumberValue(x), Verdict{}
	case class == dataset.ClassDecimal:
		if _, v := parseDecimal(strconv.FormatFloat(x, 'f', -1, 64), f.Type); v.Severity != Clean {
			return dataset.Value{}, v
		}
		return dataset.NumberValue(x), Verdict{}
	case class == dataset.ClassText:
		return dataset.TextValue(strconv.FormatFloat(x, 'f', -1, 64)), count(RuleNumberAsText)
	default:
		return dataset.Value{}, refuse(RuleType)
	}
}

// BoolCell reads true or false that stands for a value of f: 1 or 0 in a numeric column (counted as bool_as_number), "true" or "false" in a text column (counted as
// number_as_text). Otherwise the verdict refuses it by type, and the value is null.
func BoolCell(f dataset.Field, b bool) (dataset.Value, Verdict) {
	x := 0.0
	if b {
		x = 1
	}
	switch f.Type.Class() {
	case dataset.ClassBool:
		return dataset.NumberValue(x), Verdict{}
	case dataset.ClassInteger, dataset.ClassFloat:
		return dataset.NumberValue(x), count(RuleBoolAsNumber)
	case dataset.ClassText:
		return dataset.TextValue(strconv.FormatBool(b)), count(RuleNumberAsText)
	default:
		return dataset.Value{}, refuse(RuleType)
	}
}

func parseBool(text string) (float64, Verdict) {
	value, ok := cell.Bool([]byte(text))
	switch {
	case ok && value, text == "1":
		return 1, Verdict{}
	case ok, text == "0":
		return 0, Verdict{}
	default:
		return 0, refuse(RuleType)
	}
}

// parseFloat reads a decimal number; hexadecimal forms and underscores are not numbers here.
func parseFloat(text string, t dataset.Type) (float64, Verdict) {
	switch strings.ToLower(strings.TrimLeft(text, "+-")) {
	case "nan", "inf", "infinity":
		return 0, refuse(RuleNonFinite)
	}
	if strings.ContainsAny(text, "xXpP_") {
		return 0, refuse(RuleType)
	}
	bits := 64
	if t == dataset.Float32 {
		bits = 32
	}
	x, err := strconv.ParseFloat(text, bits)
	switch {
	case err == nil:
		return x, Verdict{}
	case math.IsInf(x, 0):
		return 0, refuse(RuleOverflow)
	default:
		return 0, refuse(RuleType)
	}
}

// whole is an integer of any of the types: i, or u when that is beyond int64.
type whole struct {
	i int64
	u uint64 // not 0 only when larger than the largest int64
}

func (w whole) float() float64 {
	if w.u != 0 {
		return float64(w.u)
	}
	return float64(w.i)
}

func parseWhole(text string, t dataset.Type) (whole, Verdict) {
	var w whole
	if front, back, ok := strings.Cut(text, "."); ok && front != "" && strings.Trim(back, "0") == "" {
		text = front
	}
	if i, err := strconv.ParseInt(text, 10, 64); err == nil {
		w.i = i
	} else if u, err := strconv.ParseUint(strings.TrimPrefix(text, "+"), 10, 64); err == nil {
		w.u = u
	} else {
		x, v := parseFloat(text, dataset.Float64)
		if v.Severity != Clean {
			return w, v
		}
		if math.Abs(x) >= 1<<53 {
			return w, refuse(RuleOverflow) // digits may have been rounded away
		}
		return wholeOf(x, t)
	}
	return w, w.fits(t)
}

// wholeOf returns the integer that a float is.
func wholeOf(x float64, t dataset.Type) (whole, Verdict) {
	if v := fits(x, t); v.Severity != Clean {
		return whole{}, v
	}
	if x >= 1<<63 {
		return whole{u: uint64(x)}, Verdict{}
	}
	return whole{i: int64(x)}, Verdict{}
}

func (w whole) fits(t dataset.Type) Verdict {
	low, high := integerRange(t)
	if w.u > high || w.u == 0 && (w.i < low || w.i > 0 && uint64(w.i) > high) {
		return refuse(RuleOverflow)
	}
	return Verdict{}
}

// fits says whether a finite number is a value of an integer type.
func fits(x float64, t dataset.Type) Verdict {
	if x != math.Trunc(x) {
		return refuse(RuleFraction)
	}
	low, high := integerRange(t)
	// The bounds of 64 bits round up to 2^63 and 2^64, which do not fit themselves.
	if x < float64(low) || x > float64(high) || x == float64(high) && high > 1<<53 {
		return refuse(RuleOverflow)
	}
	return Verdict{}
}

// tooLarge says whether a finite number is beyond a float type.
func tooLarge(x float64, t dataset.Type) bool {
	return t == dataset.Float32 && math.Abs(x) > math.MaxFloat32 && !math.IsInf(x, 0)
}

func integerRange(t dataset.Type) (low int64, high uint64) {
	switch t {
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
	default:
		return math.MinInt64, math.MaxInt64
	}
}

const microsPerDay = 24 * 60 * 60 * 1_000_000

func parseDate(text string) (float64, Verdict) {
	days, ok := cell.Date([]byte(text))
	if !ok {
		return 0, refuse(RuleType)
	}
	return float64(days), Verdict{}
}

// parseTime reads a time with an offset when the type has a zone, and without one when it is naive; a date then is midnight.
func parseTime(text string, t dataset.Type) (float64, Verdict) {
	fits := func(text string) (micros int64, ok bool) {
		micros, zoned, ok := cell.Time([]byte(text))
		return micros, ok && zoned == (t != dataset.Timestamp)
	}
	if micros, ok := fits(text); ok {
		return float64(micros), Verdict{}
	}
	whole, fraction, _ := strings.Cut(text, ".")
	if _, ok := fits(whole + strings.TrimLeft(fraction, "0123456789")); ok && fraction != "" {
		return 0, refuse(RuleFraction) // finer than microseconds
	}
	return 0, refuse(RuleType)
}
