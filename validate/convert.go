package validate

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/decimal128"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/cell"
)

// converts reports whether cells of one type can become cells of another, each by its own verdict.
func converts(from, to dataset.Type) bool {
	a, b := from.Class(), to.Class()
	number := func(c dataset.Class) bool { return c >= dataset.ClassBool && c <= dataset.ClassDecimal }
	switch {
	case from == to, from.IsText() && (to == dataset.JSON || b >= dataset.ClassBool && b <= dataset.ClassText):
		return true
	case b == dataset.ClassText:
		return number(a) || a == dataset.ClassDate || a == dataset.ClassJSON
	case number(a) && number(b):
		return a != dataset.ClassBool || b != dataset.ClassDecimal
	case a == dataset.ClassTime && b == dataset.ClassTime:
		return (from == dataset.Timestamp) == (to == dataset.Timestamp) // a naive time is no instant
	default:
		return a == dataset.ClassDate && b == dataset.ClassTime || a == dataset.ClassTime && b == dataset.ClassDate
	}
}

// passes reports whether the array of one type may stand in a column of another as it is.
func passes(from, to dataset.Type) bool {
	return from == to || from.IsText() && to.IsText()
}

// notes takes the verdict on a cell.
type notes func(row int, v Verdict)

// convertColumn returns src, of type from, as a column of f, whose type differs; converts(from, f.Type) holds. A cell that is refused is null in it. The caller owns
// the result.
func convertColumn(mem memory.Allocator, f dataset.Field, from dataset.Type, src arrow.Array, note notes) (arrow.Array, error) {
	dt, err := f.Type.Arrow()
	if err != nil {
		return nil, err
	}
	if f.Type.Class() == dataset.ClassText { // the plain encoding stands for all
		dt = arrow.BinaryTypes.String
	}
	b := array.NewBuilder(mem, dt)
	defer b.Release()
	b.Reserve(src.Len())
	c := converter{field: f, from: from, out: b, note: note}
	if src.NullN() == src.Len() {
		for range src.Len() {
			b.AppendNull()
		}
		return b.NewArray(), nil
	}
	switch from.Class() {
	case dataset.ClassText, dataset.ClassJSON:
		err = c.texts(src)
	case dataset.ClassDecimal:
		err = c.decimals(src)
	case dataset.ClassInteger:
		err = c.integers(src)
	default:
		err = c.numbers(src)
	}
	if err != nil {
		return nil, err
	}
	return b.NewArray(), nil
}

type converter struct {
	field dataset.Field
	from  dataset.Type
	out   array.Builder
	note  notes
}

// put notes the verdict on a row, and appends x unless it is refused.
func (c *converter) put(row int, v Verdict, x func()) {
	if v.Severity != Clean {
		c.note(row, v)
	}
	if v.Severity == Refused {
		c.out.AppendNull()
		return
	}
	x()
}

func (c *converter) texts(src arrow.Array) error {
	texts, err := dataset.NewTexts(src)
	if err != nil {
		return err
	}
	for i := range texts.Len() {
		if texts.IsNull(i) {
			c.out.AppendNull()
			continue
		}
		c.text(i, texts.Value(i), RuleTextAsNumber)
	}
	return nil
}

// text puts the value that a text stands for, exactly; rule counts what it was.
func (c *converter) text(row int, text string, rule Rule) {
	if c.field.Type.Class() == dataset.ClassText || c.field.Type == dataset.JSON {
		var v Verdict
		if rule == RuleNumberAsText {
			v = count(rule)
		}
		c.put(row, v, func() { appendText(c.out, text) })
		return
	}
	x, v := ParseCell(c.field, text)
	if v.Severity != Refused {
		v = count(rule)
		if rule == "" {
			v = Verdict{}
		}
	}
	c.put(row, v, func() {
		switch trimmed := strings.TrimSpace(text); c.field.Type.Class() {
		case dataset.ClassInteger:
			w, _ := parseWhole(trimmed, c.field.Type)
			appendWhole(c.out, w)
		case dataset.ClassDecimal:
			d, _ := parseDecimal(trimmed, c.field.Type)
			appendDecimal(c.out, d)
		default:
			appendFloat(c.out, x.Number)
		}
	})
}

// decimals go by their text, which is exact.
func (c *converter) decimals(src arrow.Array) error {
	d, ok := src.(*array.Decimal128)
	if !ok {
		return badArray(src)
	}
	dt, ok := d.DataType().(*arrow.Decimal128Type)
	if !ok {
		return badArray(src)
	}
	rule := Rule("")
	if c.field.Type.IsText() {
		rule = RuleNumberAsText
	}
	for i := range d.Len() {
		if d.IsNull(i) {
			c.out.AppendNull()
			continue
		}
		c.text(i, string(cell.AppendDecimal(nil, d.Value(i), dt.Scale)), rule)
	}
	return nil
}

// integers keep all 64 bits.
func (c *converter) integers(src arrow.Array) error {
	for i := range src.Len() {
		if src.IsNull(i) {
			c.out.AppendNull()
			continue
		}
		w, ok := wholeAt(src, i)
		if !ok {
			return badArray(src)
		}
		c.integer(i, w)
	}
	return nil
}

func (c *converter) integer(row int, w whole) {
	text := func() string {
		if w.u != 0 {
			return strconv.FormatUint(w.u, 10)
		}
		return strconv.FormatInt(w.i, 10)
	}
	switch c.field.Type.Class() {
	case dataset.ClassInteger:
		c.put(row, w.fits(c.field.Type), func() { appendWhole(c.out, w) })
	case dataset.ClassFloat:
		var v Verdict
		if x := w.float(); w.u != 0 && (x >= 1<<64 || uint64(x) != w.u) || w.u == 0 && (x >= 1<<63 || int64(x) != w.i) {
			v = refuse(RuleOverflow) // it would lose digits
		}
		c.put(row, v, func() { appendFloat(c.out, w.float()) })
	case dataset.ClassText:
		c.text(row, text(), RuleNumberAsText)
	case dataset.ClassDecimal:
		c.text(row, text(), "")
	default:
		x, v := NumberCell(c.field, w.float())
		c.put(row, v, func() { appendFloat(c.out, x.Number) })
	}
}

// numbers takes bools, floats, dates and times by their number form, which holds them exactly.
func (c *converter) numbers(src arrow.Array) error {
	values := make([]float64, src.Len())
	if err := dataset.Float64s(src, values); err != nil {
		return err
	}
	for i, x := range values {
		if src.IsNull(i) {
			c.out.AppendNull()
			continue
		}
		c.number(i, x)
	}
	return nil
}

func (c *converter) number(row int, x float64) {
	to := c.field.Type.Class()
	var cell dataset.Value
	var v Verdict
	switch from := c.from.Class(); {
	case from == dataset.ClassBool:
		cell, v = BoolCell(c.field, x == 1)
	case from == dataset.ClassDate && to == dataset.ClassText:
		day := time.Unix(int64(x)*24*60*60, 0).UTC().Format(time.DateOnly)
		cell, v = dataset.TextValue(day), count(RuleNumberAsText)
	case from == dataset.ClassDate:
		if cell, v = dataset.NumberValue(x*microsPerDay), count(RuleNumberFormChange); math.Abs(x*microsPerDay) >= 1<<63 {
			v = refuse(RuleOverflow) // a date reaches further than a time, which ends in the year 294247
		}
	case from == dataset.ClassTime && to == dataset.ClassDate:
		if cell, v = dataset.NumberValue(math.Floor(x/microsPerDay)), count(RuleNumberFormChange); math.Mod(x, microsPerDay) != 0 {
			v = refuse(RuleFraction)
		}
	case from == dataset.ClassTime:
		cell = dataset.NumberValue(x)
	case to == dataset.ClassFloat: // the rules on NaN and infinities look at it later
		if cell = dataset.NumberValue(x); tooLarge(x, c.field.Type) {
			v = refuse(RuleOverflow)
		}
	default:
		if cell, v = NumberCell(c.field, x); v.Severity == Clean && to == dataset.ClassInteger {
			v = count(RuleFloatAsInteger)
		}
	}
	c.put(row, v, func() {
		switch {
		case !cell.Valid:
			c.out.AppendNull()
		case to == dataset.ClassText:
			appendText(c.out, cell.Text)
		case to == dataset.ClassDecimal:
			d, _ := parseDecimal(strconv.FormatFloat(x, 'f', -1, 64), c.field.Type)
			appendDecimal(c.out, d)
		case to == dataset.ClassInteger:
			w, _ := wholeOf(cell.Number, c.field.Type)
			appendWhole(c.out, w)
		default:
			appendFloat(c.out, cell.Number)
		}
	})
}

func badArray(a arrow.Array) error {
	return fmt.Errorf("validate: conform: %w", &dataset.SchemaError{Want: "an array of the column's type", Got: "arrow type " + a.DataType().String()})
}

func wholeAt(src arrow.Array, i int) (whole, bool) {
	switch c := src.(type) {
	case *array.Int64:
		return whole{i: c.Value(i)}, true
	case *array.Int32:
		return whole{i: int64(c.Value(i))}, true
	case *array.Int16:
		return whole{i: int64(c.Value(i))}, true
	case *array.Int8:
		return whole{i: int64(c.Value(i))}, true
	case *array.Uint64:
		if u := c.Value(i); u > math.MaxInt64 {
			return whole{u: u}, true
		}
		return whole{i: int64(c.Value(i))}, true
	case *array.Uint32:
		return whole{i: int64(c.Value(i))}, true
	case *array.Uint16:
		return whole{i: int64(c.Value(i))}, true
	case *array.Uint8:
		return whole{i: int64(c.Value(i))}, true
	default:
		return whole{}, false
	}
}

// appendWhole appends an integer that fits the builder's type.
func appendWhole(out array.Builder, w whole) {
	switch b := out.(type) {
	case *array.Int64Builder:
		b.Append(w.i)
	case *array.Int32Builder:
		b.Append(int32(w.i))
	case *array.Int16Builder:
		b.Append(int16(w.i))
	case *array.Int8Builder:
		b.Append(int8(w.i))
	case *array.Uint64Builder:
		b.Append(max(w.u, uint64(w.i)))
	case *array.Uint32Builder:
		b.Append(uint32(w.i))
	case *array.Uint16Builder:
		b.Append(uint16(w.i))
	case *array.Uint8Builder:
		b.Append(uint8(w.i))
	default:
		out.AppendNull()
	}
}

func appendText(out array.Builder, s string) {
	if b, ok := out.(*array.StringBuilder); ok {
		b.Append(s)
	} else {
		out.AppendNull()
	}
}

func appendDecimal(out array.Builder, d decimal128.Num) {
	if b, ok := out.(*array.Decimal128Builder); ok {
		b.Append(d)
	} else {
		out.AppendNull()
	}
}

// appendFloat appends the number form of a bool, float, date or time.
func appendFloat(out array.Builder, x float64) {
	switch b := out.(type) {
	case *array.Float64Builder:
		b.Append(x)
	case *array.Float32Builder:
		b.Append(float32(x))
	case *array.BooleanBuilder:
		b.Append(x == 1)
	case *array.Date32Builder:
		b.Append(arrow.Date32(x))
	case *array.TimestampBuilder:
		b.Append(arrow.Timestamp(x))
	default:
		out.AppendNull()
	}
}
