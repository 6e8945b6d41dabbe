package repair

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/cell"
	"github.com/tidewheel/tidewheel/validate"
)

// exact bounds the integers that are floats exactly.
const exact = 1 << 53

// The days whose year has four digits.
const (
	firstDay     = -719_528
	lastDay      = 2_932_896
	microsPerDay = 24 * 60 * 60 * 1_000_000
)

// store returns a number as a column of type t holds it, and whether it can: a float32 rounded, a decimal rounded to its scale, all others as they are.
func store(t dataset.Type, x float64) (float64, bool) {
	x += 0 // no -0
	switch class := t.Class(); {
	case x-x != 0:
		return x, false
	case class == dataset.ClassDate:
		return x, x == math.Trunc(x) && x >= firstDay && x <= lastDay
	case class == dataset.ClassTime:
		return x, x == math.Trunc(x) && math.Abs(x) < exact && x >= firstDay*microsPerDay && x < (lastDay+1)*microsPerDay
	case class == dataset.ClassInteger && math.Abs(x) > exact:
		return x, false
	case class == dataset.ClassDecimal:
		y, err := strconv.ParseFloat(number(t, x), 64)
		if err != nil {
			return x, false
		}
		_, v := validate.ParseCell(dataset.Field{Type: t}, number(t, y))
		return y, v.Severity != validate.Refused
	case t == dataset.Float32:
		y := float64(float32(x))
		return y, !math.IsInf(y, 0)
	}
	_, v := validate.NumberCell(dataset.Field{Type: t}, x)
	return x, v.Severity != validate.Refused
}

// inside returns the number of type t that stands for a bound: itself, or the next one up for sign 1 and down for sign -1.
func inside(t dataset.Type, bound, sign float64) float64 {
	if math.IsInf(bound, 0) {
		return bound
	}
	switch t.Class() {
	case dataset.ClassInteger, dataset.ClassDate, dataset.ClassTime, dataset.ClassBool:
		return sign * math.Ceil(sign*bound)
	default:
	}
	y, ok := store(t, bound)
	switch {
	case !ok || y*sign >= bound*sign:
		return y
	case t == dataset.Float32:
		return float64(math.Nextafter32(float32(y), float32(math.Inf(int(sign)))))
	default:
		y, _ = store(t, y+sign*math.Pow10(-scale(t)))
		return y
	}
}

// scale returns the digits behind the point of a decimal type.
func scale(t dataset.Type) int {
	dt, err := t.Arrow()
	if d, ok := dt.(*arrow.Decimal128Type); err == nil && ok {
		return int(d.Scale)
	}
	return 0
}

// number returns the text of a stored number that cell.Appender reads.
func number(t dataset.Type, x float64) string {
	switch t.Class() {
	case dataset.ClassBool:
		return strconv.FormatBool(x == 1)
	case dataset.ClassDecimal:
		return strconv.FormatFloat(x, 'f', scale(t), 64)
	case dataset.ClassDate:
		return time.Unix(int64(x)*24*60*60, 0).UTC().Format(time.DateOnly)
	case dataset.ClassTime:
		text := time.UnixMicro(int64(x)).UTC().Format("2006-01-02T15:04:05.999999")
		if t != dataset.Timestamp {
			text += "Z"
		}
		return text
	case dataset.ClassInteger:
		return strconv.FormatFloat(x, 'f', -1, 64)
	default:
		bits := 64
		if t == dataset.Float32 {
			bits = 32
		}
		return string(cell.AppendFloat(nil, x, bits))
	}
}

// plain is number as it stands in a column of texts: a float without a fraction has no point.
func plain(t dataset.Type, x float64) string { return strings.TrimSuffix(number(t, x), ".0") }

// printer returns the function that gives the text of value i of a column, and false for one that has no text that reads back.
func printer(a arrow.Array) (func(i int) (string, bool), error) {
	switch a := a.(type) {
	case *array.Float64:
		return func(i int) (string, bool) { return string(cell.AppendFloat(nil, a.Value(i), 64)), true }, nil
	case *array.Float32:
		return func(i int) (string, bool) { return string(cell.AppendFloat(nil, float64(a.Value(i)), 32)), true }, nil
	default:
	}
	if texts, err := dataset.NewTexts(a); err == nil {
		return func(i int) (string, bool) { return strings.Clone(texts.Value(i)), true }, nil
	}
	of := cell.Printer(a)
	if of == nil {
		return nil, &dataset.SchemaError{Want: "a column of numbers or texts", Got: "arrow type " + a.DataType().String()}
	}
	return func(i int) (string, bool) {
		text, ok := of(nil, i)
		return string(text), ok
	}, nil
}

// edit is a new text for a cell of a column; null is one.
type edit struct {
	row  int
	text string
	null bool
}

// replace returns a with the cells of edits, rows ascending, replaced by the values that their texts are. All others are copied as they are. The caller owns the result.
func replace(mem memory.Allocator, t dataset.Type, a arrow.Array, edits []edit) (arrow.Array, error) {
	one, err := dataset.NewSchema(dataset.Field{Name: "column", Type: t, Nullable: true})
	if err != nil {
		return nil, err
	}
	fresh, err := parse(mem, a.DataType(), edits)
	if err != nil {
		return nil, err
	}
	defer fresh.Release()
	old, err := dataset.NewBatch(one, []arrow.Array{a}, a.Len())
	if err != nil {
		return nil, err
	}
	defer old.Release()
	repaired, err := dataset.NewBatch(one, []arrow.Array{fresh}, len(edits))
	if err != nil {
		return nil, err
	}
	defer repaired.Release()
	both, err := dataset.Concatenate(mem, one, old, repaired)
	if err != nil {
		return nil, err
	}
	defer both.Release()
	rows := make([]int32, a.Len())
	for i := range rows {
		rows[i] = int32(i)
	}
	for k, e := range edits {
		rows[e.row] = int32(a.Len() + k)
	}
	out, err := dataset.Take(mem, both, rows)
	if err != nil {
		return nil, err
	}
	defer out.Release()
	c := out.Column(0)
	c.Retain()
	return c, nil
}

// parse returns the array of the values of edits.
func parse(mem memory.Allocator, dt arrow.DataType, edits []edit) (arrow.Array, error) {
	if dt.ID() == arrow.DICTIONARY { // plain text stands for any encoding
		dt = arrow.BinaryTypes.String
	}
	b := array.NewBuilder(mem, dt)
	defer b.Release()
	appendText := cell.Appender(b)
	if appendText == nil {
		return nil, &dataset.SchemaError{Want: "a column of numbers or texts", Got: "arrow type " + dt.String()}
	}
	for _, e := range edits {
		ok := true
		switch b := b.(type) {
		case *array.Float64Builder:
			if e.text == "NaN" && !e.null {
				b.Append(math.NaN())
				continue
			}
		case *array.Float32Builder:
			if e.text == "NaN" && !e.null {
				b.Append(float32(math.NaN()))
				continue
			}
		default:
		}
		if e.null {
			b.AppendNull()
		} else {
			ok = appendText([]byte(e.text))
		}
		if !ok {
			return nil, &dataset.SchemaError{Want: "a text that is a value of arrow type " + dt.String(), Got: "another text"}
		}
	}
	return b.NewArray(), nil
}

// chain is the repairs of the cells of one column, in one range.
type chain struct {
	at      int // the column's position
	field   dataset.Field
	as      dataset.Type
	numeric bool
	convert *Convert
	steps   []cellFunc
	known   map[string]settled
	scratch []float64
}

// settled is what became of a text.
type settled struct {
	text  string
	by    string
	valid bool
}

const (
	maxRounds = 8    // after which a cell whose repairs contradict each other is left as it was
	maxKnown  = 4096 // texts remembered
	maxText   = 64   // bytes of such a text
)

// run returns what becomes of a cell when the steps are repeated until none of them changes it, and the names of those that did. A cell that does not settle, or
// comes back to what it was, stays. So a further run changes nothing.
func (c *chain) run(x dataset.Value) (dataset.Value, string) {
	y := x
	var names []string
	for range maxRounds {
		changed := false
		for _, step := range c.steps {
			next, by := step(y)
			if by == "" {
				continue
			}
			y, changed = next, true
			if !slices.Contains(names, by) {
				names = append(names, by)
			}
		}
		if !changed {
			if len(names) == 0 || y == x {
				return x, ""
			}
			return y, strings.Join(names, "+")
		}
	}
	return x, ""
}

// text is run, of a text, which is remembered.
func (c *chain) text(x dataset.Value) (dataset.Value, string) {
	if len(x.Text) > maxText || !x.Valid {
		return c.run(x)
	}
	if s, ok := c.known[x.Text]; ok {
		return dataset.Value{Valid: s.valid, Text: s.text}, s.by
	}
	y, by := c.run(x)
	if len(c.known) >= maxKnown || c.known == nil {
		c.known = make(map[string]settled)
	}
	key := strings.Clone(x.Text)
	s := settled{text: key, valid: y.Valid, by: by}
	if by != "" {
		s.text = strings.Clone(y.Text)
	}
	c.known[key] = s
	return y, by
}

// apply returns the repaired column, which the caller owns, and what was changed, by rows of the column.
func (c *chain) apply(mem memory.Allocator, a arrow.Array) (arrow.Array, []change, error) {
	var edits []edit
	var changes []change
	note := func(i int, y dataset.Value, by string) {
		text := y.Text
		if c.numeric {
			text = number(c.field.Type, y.Number)
		}
		edits = append(edits, edit{row: i, text: text})
		changes = append(changes, change{row: int64(i), column: c.at, rule: by, new: text})
	}
	err := c.scan(a, note)
	if err == nil && len(edits) > 0 {
		edits, changes, err = c.olds(a, edits, changes)
	}
	if err != nil {
		return nil, nil, err
	}
	if len(edits) == 0 {
		a.Retain()
		return a, nil, nil
	}
	out, err := replace(mem, c.field.Type, a, edits)
	return out, changes, err
}

// scan passes on each cell that is to be changed.
func (c *chain) scan(a arrow.Array, note func(i int, y dataset.Value, by string)) error {
	if !c.numeric {
		texts, err := dataset.NewTexts(a)
		if err != nil {
			return err
		}
		for i := range texts.Len() {
			x := dataset.Value{Valid: !texts.IsNull(i)}
			if x.Valid {
				x.Text = texts.Value(i)
			}
			if y, by := c.text(x); by != "" {
				note(i, y, by)
			}
		}
		return nil
	}
	c.scratch = slices.Grow(c.scratch[:0], a.Len())[:a.Len()]
	if err := dataset.Float64s(a, c.scratch); err != nil {
		return err
	}
	for i, number := range c.scratch {
		x := dataset.Value{Valid: a.IsValid(i)}
		if x.Valid {
			x.Number = number
		}
		y, by, err := c.number(x)
		if err != nil {
			return fmt.Errorf("row %d of its batch: %w", i, err)
		}
		if by != "" {
			note(i, y, by)
		}
	}
	return nil
}

// number is run of a number, which is converted first.
func (c *chain) number(x dataset.Value) (dataset.Value, string, error) {
	if c.convert == nil || x.IsMissing() || math.IsInf(x.Number, 0) || x.Number == 0 {
		y, by := c.run(x)
		return y, by, nil
	}
	converted, ok := store(c.field.Type, times(x.Number, c.convert.Factor))
	if !ok || c.field.Type.Class() == dataset.ClassInteger && math.Abs(x.Number) > exact {
		return x, "", &dataset.SchemaError{Column: c.field.Name, Want: "a number that its type holds in the unit " + c.convert.To, Got: "a larger one"}
	}
	y, by := c.run(dataset.NumberValue(converted))
	if by != "" {
		by = "+" + by
	}
	return y, "convert" + by, nil
}

// olds writes what the cells were into changes, and leaves out those whose old text does not read back.
func (c *chain) olds(a arrow.Array, edits []edit, changes []change) ([]edit, []change, error) {
	text, err := printer(a)
	if err != nil {
		return nil, nil, err
	}
	n := 0
	for k := range edits {
		ch, ok := changes[k], true
		if ch.oldNull = isNull(a, edits[k].row); !ch.oldNull {
			ch.old, ok = text(edits[k].row)
		}
		if ok && (ch.oldNull || ch.old != ch.new) {
			edits[n], changes[n] = edits[k], ch
			n++
		}
	}
	return edits[:n], changes[:n], nil
}

// isNull reports whether a row is null, also by a dictionary's null value.
func isNull(a arrow.Array, i int) bool {
	if d, ok := a.(*array.Dictionary); ok && d.IsValid(i) {
		return d.Dictionary().IsNull(d.GetValueIndex(i))
	}
	return a.IsNull(i)
}
