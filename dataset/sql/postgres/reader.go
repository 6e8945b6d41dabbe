package postgres

import (
	"context"
	"fmt"
	"slices"

	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/internal/ranging"
)

// reader fills the builders.
type reader struct {
	columns []column
	longest int
	row     int64
	bytes   int // of the values in the builders
}

type column struct {
	field   dataset.Field
	at      int // in a row
	put     put
	builder array.Builder
	size    int // of the values in the builder
}

// newReader returns the reader of a result into the builders of s.schema.
func newReader(s *Source, result []served, rb *array.RecordBuilder, checked bool) (*reader, error) {
	r := &reader{longest: s.o.MaxValueBytes}
	for i, f := range s.schema.Fields() {
		c := column{field: f, at: -1, builder: rb.Field(i)}
		for j, from := range result {
			if from.name != f.Name {
				continue
			}
			if c.at >= 0 {
				return nil, &dataset.SchemaError{Column: f.Name, Want: "unique column names", Got: "the name twice"}
			}
			c.at = j
			if c.put = newPut(c.builder, from.form, from.elem, checked); c.put == nil {
				return nil, fmt.Errorf("column %q: type %s as %s: %w", f.Name, from.typeName, f.Type, dataset.ErrUnsupported)
			}
		}
		if c.at < 0 {
			return nil, &dataset.SchemaError{Column: f.Name, Want: "a column of the result", Got: "no such column"}
		}
		r.columns = append(r.columns, c)
	}
	return r, nil
}

// fill reads the rows of a batch and returns how many there were and whether there may be more.
func (r *reader) fill(rows pgx.Rows, limit int) (n int, more bool, err error) {
	r.bytes = 0
	for n < limit && r.bytes < maxBatchBytes {
		if !rows.Next() {
			return n, false, rows.Err()
		}
		r.row++
		if err := r.add(rows.RawValues()); err != nil {
			return n, false, fmt.Errorf("row %d: %w", r.row, err)
		}
		n++
	}
	return n, true, nil
}

func (r *reader) add(values [][]byte) error {
	for i := range r.columns {
		c := &r.columns[i]
		v := values[c.at]
		if v == nil {
			c.builder.AppendNull()
			continue
		}
		if len(v) > r.longest {
			return fmt.Errorf("column %q: %d bytes, want at most %d: %w", c.field.Name, len(v), r.longest, dataset.ErrLimit)
		}
		r.bytes += len(v)
		c.size += len(v)
		if bad := c.put(v); bad != "" {
			return &dataset.SchemaError{Column: c.field.Name, Want: string(c.field.Type), Got: bad}
		}
	}
	return nil
}

func (s *Source) read(ctx context.Context, conn *pgx.Conn, rows pgx.Rows, emit func(dataset.Batch) bool) error {
	fields := rows.FieldDescriptions()
	if len(fields) == 0 && s.schema.Len() > 0 { // there are none when the query has failed
		if rows.Close(); rows.Err() != nil {
			return rows.Err()
		}
	}
	if slices.ContainsFunc(fields, func(f pgconn.FieldDescription) bool { return f.Format != pgx.BinaryFormatCode }) {
		return fmt.Errorf("results in text, which the simple protocol has: %w", dataset.ErrUnsupported)
	}
	rb := array.NewRecordBuilder(s.o.Allocator, s.schema.Arrow())
	defer rb.Release()
	encoding := conn.PgConn().ParameterStatus
	r, err := newReader(s, s.names.columns(fields), rb, encoding("client_encoding") != "UTF8" || encoding("server_encoding") == "SQL_ASCII")
	if err != nil {
		return err
	}
	for more := true; more; {
		if err := ctx.Err(); err != nil {
			return err
		}
		var n int
		if n, more, err = r.fill(rows, s.o.BatchRows); err != nil {
			return err
		}
		if n == 0 {
			continue
		}
		if wanted, err := ranging.Flush(rb, s.schema, n, emit); err != nil || !wanted {
			return err
		}
		if more {
			r.reserve(n)
		}
	}
	return nil
}

// reserve makes room for a batch like the one before.
func (r *reader) reserve(n int) {
	for i := range r.columns {
		c := &r.columns[i]
		c.builder.Reserve(n)
		if b, ok := c.builder.(interface{ ReserveData(n int) }); ok {
			b.ReserveData(c.size)
		}
		c.size = 0
	}
}
