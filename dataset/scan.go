package dataset

import (
	"context"
	"fmt"

	"github.com/apache/arrow/go/v17/arrow"
)

// Select returns the named columns of src, in the order given. A name that src lacks is a *SchemaError.
func Select(ctx context.Context, src Source, columns ...string) (Source, error) {
	if columns == nil {
		columns = []string{}
	}
	return Scan(ctx, src, ScanOptions{Columns: columns})
}

// Scan returns the wanted columns and rows of src: a Scanner skips the others while it reads, every other source reads all and drops them. The result can be
// ranged as often, and as concurrently, as src. Predicates compare in value form: numbers as float64 (an integer beyond 2^53 is rounded), texts byte by byte; a
// null holds no predicate, and NaN holds only NotEqual. Columns of a filter need not be among the wanted ones. An unknown column, an unknown operator or a
// null to compare with, and an order between values of json, binary, lists or structs are a *SchemaError.
func Scan(ctx context.Context, src Source, o ScanOptions) (Source, error) {
	if o.Columns == nil && len(o.Filter) == 0 {
		return src, nil
	}
	if s, ok := src.(Scanner); ok {
		return s.Scan(ctx, o)
	}
	return ScanBatches(src, o)
}

// ScanBatches is Scan for a source that skips nothing while it reads: it drops rows and columns from the batches of src. Implementers of Scanner use it for the part of
// the work that their format cannot skip.
func ScanBatches(src Source, o ScanOptions) (Source, error) {
	schema := src.Schema()
	columns := o.Columns
	if columns == nil {
		columns = schema.Names()
	}
	out, err := schema.Select(columns...)
	if err != nil {
		return nil, fmt.Errorf("dataset: scan: %w", err)
	}
	matcher, err := NewMatcher(schema, o.Filter)
	if err != nil {
		return nil, fmt.Errorf("dataset: scan: %w", err)
	}
	return Map(src, out, func(_ context.Context, b Batch) (Batch, error) {
		kept, err := filterBatch(b, matcher)
		if err != nil || kept.IsZero() {
			return Batch{}, err
		}
		defer kept.Release()
		picked := make([]arrow.Array, len(columns))
		for i, name := range columns {
			picked[i] = kept.Column(schema.Index(name))
		}
		return NewBatch(out, picked, kept.NumRows())
	}), nil
}

// rowTest is a checked predicate.
type rowTest struct {
	column   int
	text     bool
	operator Operator
	value    Value
}

func newRowTest(s *Schema, p Predicate) (rowTest, error) {
	i := s.Index(p.Column)
	bad := func(want, got string) error { return &SchemaError{Column: p.Column, Want: want, Got: got} }
	if i < 0 {
		return rowTest{}, bad("a column of the source", "no such column")
	}
	t := s.fields[i].Type
	switch {
	case p.Operator > GreaterEqual:
		return rowTest{}, bad("a known operator", fmt.Sprintf("operator %d", p.Operator))
	case !p.Value.Valid:
		return rowTest{}, bad("a value to compare with", "null")
	case !t.IsNumeric() && !t.IsText():
		return rowTest{}, bad("a numeric or text column", "type "+string(t))
	}
	return rowTest{column: i, text: t.IsText(), operator: p.Operator, value: p.Value}, nil
}

// Matcher finds the rows that hold predicates. Implementers of Scanner use it where they can pass over the rest of a row. It is safe for concurrent use.
type Matcher struct{ tests []rowTest }

// NewMatcher returns the matcher of the predicates on batches of schema s. It errors as Scan does.
func NewMatcher(s *Schema, filter []Predicate) (*Matcher, error) {
	m := &Matcher{tests: make([]rowTest, len(filter))}
	for i, p := range filter {
		var err error
		if m.tests[i], err = newRowTest(s, p); err != nil {
			return nil, fmt.Errorf("filter: %w", err)
		}
	}
	return m, nil
}

// Rows appends the positions of the rows of b that hold every predicate to rows, in their order. It errors with ErrSchema for a batch of another schema.
func (m *Matcher) Rows(b Batch, rows []int32) ([]int32, error) {
	keep := make([]bool, b.NumRows())
	for i := range keep {
		keep[i] = true
	}
	if err := m.Narrow(b, keep); err != nil {
		return nil, err
	}
	for i, k := range keep {
		if k {
			rows = append(rows, int32(i))
		}
	}
	return rows, nil
}

// Narrow clears keep, which has an element for each row of b, where a predicate does not hold. It errors as Rows does, and keep is then of no use.
func (m *Matcher) Narrow(b Batch, keep []bool) error {
	for _, t := range m.tests {
		if t.column >= b.schema.Len() {
			return fmt.Errorf("dataset: match: %w", &SchemaError{Want: fmt.Sprintf("at least %d columns", t.column+1), Got: fmt.Sprint(b.schema.Len())})
		}
		if err := t.apply(b.Column(t.column), keep); err != nil {
			return err
		}
	}
	return nil
}

// filterBatch returns the rows that hold every test, owned by the caller, or the zero Batch when there are none. An empty batch stays.
func filterBatch(b Batch, m *Matcher) (Batch, error) {
	if len(m.tests) == 0 || b.NumRows() == 0 {
		b.Retain()
		return b, nil
	}
	rows, err := m.Rows(b, nil)
	if err != nil || len(rows) == 0 {
		return Batch{}, err
	}
	return keepRows(nil, b, rows)
}

func (t rowTest) apply(column arrow.Array, keep []bool) error {
	if t.text {
		texts, err := NewTexts(column)
		if err != nil {
			return err
		}
		for i := range keep {
			keep[i] = keep[i] && !texts.IsNull(i) && Holds(t.operator, texts.Value(i), t.value.Text)
		}
		return nil
	}
	numbers := make([]float64, len(keep))
	if err := Float64s(column, numbers); err != nil {
		return err
	}
	for i := range keep {
		keep[i] = keep[i] && column.IsValid(i) && Holds(t.operator, numbers[i], t.value.Number)
	}
	return nil
}

// Holds reports whether a and b stand in the order that op names, texts byte by byte. NaN is unequal to everything and in no order.
func Holds[T string | float64](op Operator, a, b T) bool {
	switch op {
	case Equal:
		return a == b
	case NotEqual:
		return a != b
	case Less:
		return a < b
	case LessEqual:
		return a <= b
	case Greater:
		return a > b
	default:
		return a >= b
	}
}
