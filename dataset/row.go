package dataset

import (
	"fmt"
	"math"
)

// Value is one cell in the form that scoring and checks use: a numeric column's number form (see Float64s) or a text column's text. The zero Value is null.
type Value struct {
	Valid  bool    // false: null
	Number float64 // of a numeric column
	Text   string  // of a text or JSON column
}

// NumberValue returns the value of a numeric column.
func NumberValue(v float64) Value { return Value{Valid: true, Number: v} }

// TextValue returns the value of a text column.
func TextValue(s string) Value { return Value{Valid: true, Text: s} }

// Row is one row in value form: Values[i] belongs to field i of Schema. It is what the one-row entrances of validation, scoring and monitoring take. Whoever
// made the row owns Values and may reuse it once the call that took the row has returned. Columns that are neither numeric nor text (binary, list, struct)
// have a Value that says only whether they are null.
type Row struct {
	Schema *Schema
	Values []Value
}

// NewRow returns a row of s with every value null.
func NewRow(s *Schema) Row { return Row{Schema: s, Values: make([]Value, s.Len())} }

// ReadRow writes row i of b into r, whose schema must be b's. Texts are borrowed from b. It allocates nothing for text and plain numbers. It is the plain way
// of reading a cell; loops over many rows read columns.
func (b Batch) ReadRow(i int, r Row) error {
	if len(r.Values) != b.schema.Len() {
		return fmt.Errorf("dataset: read row: %w", &SchemaError{Want: fmt.Sprintf("%d values", b.schema.Len()), Got: fmt.Sprintf("%d", len(r.Values))})
	}
	for j := range r.Values {
		c := b.rec.Column(j)
		v := Value{Valid: c.IsValid(i)}
		switch class := b.schema.fields[j].Type.Class(); {
		case !v.Valid:
		case class >= ClassBool && class <= ClassTime:
			x, err := Float64At(c, i)
			if err != nil {
				return err
			}
			v.Number = x
		case class == ClassText || class == ClassJSON:
			t, err := NewTexts(c)
			if err != nil {
				return err
			}
			if t.IsNull(i) {
				v.Valid = false
			} else {
				v.Text = t.Value(i)
			}
		}
		r.Values[j] = v
	}
	return nil
}

// IsMissing reports whether v is null or, in a numeric column, NaN.
func (v Value) IsMissing() bool { return !v.Valid || math.IsNaN(v.Number) }
