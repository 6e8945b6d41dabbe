package dataset

import (
	"fmt"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
)

// Concatenate returns the rows of batches, all of schema s, as one batch, in order. The caller owns it. A single batch is returned as it is, retained; else the columns are
// copied, and text that is not of one plain encoding in all of them becomes utf8. mem is for the result; nil is Go's. It errors with ErrSchema for a batch of
// another schema, and with Arrow's error when a column of text or lists would pass 2 GiB or 2^31 elements.
func Concatenate(mem memory.Allocator, s *Schema, batches ...Batch) (Batch, error) {
	if mem == nil {
		mem = memory.DefaultAllocator
	}
	for _, b := range batches {
		if !b.schema.Equal(s) {
			return Batch{}, fmt.Errorf("dataset: concatenate: %w", &SchemaError{Want: "batches of one schema", Got: "another schema"})
		}
	}
	switch len(batches) {
	case 0:
		rb := array.NewRecordBuilder(mem, s.Arrow())
		defer rb.Release()
		return FromRecord(rb.NewRecord(), s)
	case 1:
		batches[0].Retain()
		return batches[0], nil
	}
	columns := make([]arrow.Array, s.Len())
	defer func() {
		for _, c := range columns {
			if c != nil {
				c.Release()
			}
		}
	}()
	n := 0
	for _, b := range batches {
		n += b.NumRows()
	}
	for j := range columns {
		parts := make([]arrow.Array, len(batches))
		for i, b := range batches {
			parts[i] = b.rec.Column(j)
		}
		c, err := concatColumn(mem, s.fields[j].Type, parts)
		if err != nil {
			return Batch{}, fmt.Errorf("dataset: concatenate column %q: %w", s.fields[j].Name, err)
		}
		columns[j] = c
	}
	return NewBatch(s, columns, n)
}

func concatColumn(mem memory.Allocator, t Type, parts []arrow.Array) (arrow.Array, error) {
	same := true
	for _, p := range parts {
		same = same && arrow.TypeEqual(p.DataType(), parts[0].DataType()) && p.DataType().ID() != arrow.DICTIONARY
	}
	if same || !t.IsText() {
		return array.Concatenate(parts, mem)
	}
	b := array.NewStringBuilder(mem)
	defer b.Release()
	for _, p := range parts {
		texts, err := NewTexts(p)
		if err != nil {
			return nil, err
		}
		for i := range texts.Len() {
			if texts.IsNull(i) {
				b.AppendNull()
			} else {
				b.Append(texts.Value(i))
			}
		}
	}
	return b.NewArray(), nil
}
