package dataset

import (
	"fmt"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
)

// Batch is some rows as Arrow columns, together with the schema that says what the columns mean. It is the one currency between stages.
//
// A Batch is a small value; copying it copies a reference. A batch that is a parameter or is yielded by a Source is borrowed: valid until the callee
// returns, not to be written to, not to be released. To keep it, Retain it now and Release it when done. A batch that a function returns belongs to the
// caller, who releases it. Its columns never change, so a Batch is safe for concurrent reading.
//
// The zero Batch has no schema and no rows; IsZero reports it.
type Batch struct {
	rec    arrow.Record
	schema *Schema
}

// FromRecord returns rec under the rules of s. Names, order and types must agree (*SchemaError otherwise); a text column may come in any encoding of text.
// Values are not looked at: that is the work of package validate. The batch shares rec's reference; FromRecord does not retain it.
func FromRecord(rec arrow.Record, s *Schema) (Batch, error) {
	if err := s.matches(rec.Schema()); err != nil {
		return Batch{}, fmt.Errorf("dataset: from record: %w", err)
	}
	return Batch{rec: rec, schema: s}, nil
}

// NewBatch returns the batch of columns, one for each field of s, all of n rows. It retains the columns; the caller owns the batch and still owns the columns.
func NewBatch(s *Schema, columns []arrow.Array, n int) (Batch, error) {
	if len(columns) != s.Len() {
		return Batch{}, fmt.Errorf("dataset: new batch: %w", &SchemaError{Want: fmt.Sprintf("%d columns", s.Len()), Got: fmt.Sprintf("%d", len(columns))})
	}
	fields := make([]arrow.Field, len(columns))
	for i, c := range columns {
		f := s.fields[i]
		if !f.Type.accepts(c.DataType()) {
			return Batch{}, fmt.Errorf("dataset: new batch: %w",
				&SchemaError{Column: f.Name, Want: "type " + string(f.Type), Got: "arrow type " + c.DataType().String()})
		}
		if c.Len() != n {
			return Batch{}, fmt.Errorf("dataset: new batch: %w", &SchemaError{Column: f.Name, Want: fmt.Sprintf("%d rows", n), Got: fmt.Sprintf("%d", c.Len())})
		}
		fields[i] = arrow.Field{Name: f.Name, Type: c.DataType(), Nullable: f.Nullable}
	}
	return Batch{rec: array.NewRecord(arrow.NewSchema(fields, nil), columns, int64(n)), schema: s}, nil
}

// IsZero reports whether b is the zero Batch.
func (b Batch) IsZero() bool { return b.rec == nil }

// Record returns the Arrow record, borrowed from b.
func (b Batch) Record() arrow.Record { return b.rec }

// Schema returns the schema, nil for the zero Batch.
func (b Batch) Schema() *Schema { return b.schema }

// NumRows returns the number of rows, 0 for the zero Batch.
func (b Batch) NumRows() int {
	if b.rec == nil {
		return 0
	}
	return int(b.rec.NumRows())
}

// Column returns the i-th column, borrowed from b.
func (b Batch) Column(i int) arrow.Array { return b.rec.Column(i) }

// ByName returns the named column, borrowed from b, and a *SchemaError when there is none.
func (b Batch) ByName(name string) (arrow.Array, error) {
	i := b.schema.Index(name)
	if i < 0 {
		return nil, fmt.Errorf("dataset: %w", &SchemaError{Column: name, Want: "a column of the batch", Got: "no such column"})
	}
	return b.rec.Column(i), nil
}

// Retain adds a reference, so that b outlives the call that lent it. The zero Batch is ignored.
func (b Batch) Retain() {
	if b.rec != nil {
		b.rec.Retain()
	}
}

// Release gives back a reference. The zero Batch is ignored.
func (b Batch) Release() {
	if b.rec != nil {
		b.rec.Release()
	}
}

// Slice returns rows i (inclusive) to j (exclusive) without a copy. The caller owns the result. It panics when the range is not within the batch, as
// slicing does.
func (b Batch) Slice(i, j int) Batch {
	return Batch{rec: b.rec.NewSlice(int64(i), int64(j)), schema: b.schema}
}

// Select returns the named columns in the order given, without a copy. The caller owns the result.
func (b Batch) Select(names ...string) (Batch, error) {
	s, err := b.schema.Select(names...)
	if err != nil {
		return Batch{}, err
	}
	columns := make([]arrow.Array, len(names))
	for i, n := range names {
		columns[i] = b.rec.Column(b.schema.Index(n))
	}
	return NewBatch(s, columns, b.NumRows())
}

// As returns the same columns under another schema that has the same names, order and types. The caller owns the result.
func (b Batch) As(s *Schema) (Batch, error) {
	out, err := FromRecord(b.rec, s)
	if err == nil {
		out.Retain()
	}
	return out, err
}
