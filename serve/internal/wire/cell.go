package wire

import (
	"math"
	"strconv"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/validate"
)

// Cell reads the next JSON value as a value of f. The verdict says what package validate says about a number, bool or text that stands for such a value; JSON has
// one type of number, so a number in a column of any numeric type that holds it exactly is clean. An array or object in a column of plain values refuses by type.
// The error is about the JSON only.
func Cell(r *Reader, f *dataset.Field) (dataset.Value, validate.Verdict, error) {
	switch r.Peek() {
	case Null:
		return dataset.Value{}, validate.Verdict{}, r.Null()
	case Bool:
		b, err := r.Bool()
		v, verdict := validate.BoolCell(*f, b)
		return v, verdict, err
	case Number:
		text, err := r.Number()
		if err != nil {
			return dataset.Value{}, validate.Verdict{}, err
		}
		v, verdict := NumberCell(f, text)
		return v, verdict, nil
	case NonFinite:
		text, err := r.Number()
		x := map[string]float64{"NaN": math.NaN(), "Infinity": math.Inf(1), "-Infinity": math.Inf(-1)}[text]
		v, verdict := validate.NumberCell(*f, x)
		return v, verdict, err
	case Text:
		text, err := r.Text()
		v, verdict := TextCell(f, text)
		return v, verdict, err
	default:
		return nested(r, f)
	}
}

// NumberCell reads the text of a JSON number as a value of f: exactly where the type is, through float64 elsewhere.
func NumberCell(f *dataset.Field, text string) (dataset.Value, validate.Verdict) {
	switch f.Type.Class() {
	case dataset.ClassInteger, dataset.ClassFloat, dataset.ClassDecimal:
		v, verdict := validate.ParseCell(*f, text)
		if verdict.Severity == validate.Counted {
			verdict = validate.Verdict{}
		}
		return v, verdict
	case dataset.ClassJSON:
		return dataset.TextValue(text), validate.Verdict{}
	default:
		x, err := strconv.ParseFloat(text, 64)
		if err != nil { // over the range
			x = math.Inf(1)
		}
		return validate.NumberCell(*f, x)
	}
}

// TextCell reads a text as a value of f: a date or a time in a column of that type is clean, as JSON has no other form for it.
func TextCell(f *dataset.Field, text string) (dataset.Value, validate.Verdict) {
	switch f.Type.Class() {
	case dataset.ClassBinary:
		return dataset.Value{Valid: true}, validate.Verdict{}
	case dataset.ClassDate, dataset.ClassTime:
		v, verdict := validate.ParseCell(*f, text)
		if verdict.Severity == validate.Counted {
			verdict = validate.Verdict{}
		}
		return v, verdict
	default:
		return validate.ParseCell(*f, text)
	}
}

// nested reads an array or object.
func nested(r *Reader, f *dataset.Field) (dataset.Value, validate.Verdict, error) {
	kind := r.Peek()
	text, err := r.Raw()
	switch class := f.Type.Class(); {
	case err != nil:
		return dataset.Value{}, validate.Verdict{}, err
	case class == dataset.ClassJSON:
		return dataset.TextValue(text), validate.Verdict{}, nil
	case class == dataset.ClassList && kind == Array, class == dataset.ClassStruct && kind == Object:
		return dataset.Value{Valid: true}, validate.Verdict{}, nil
	default:
		return dataset.Value{}, validate.Verdict{Rule: validate.RuleType, Severity: validate.Refused}, nil
	}
}
