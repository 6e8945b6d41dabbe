package sql

import (
	"context"
	"database/sql"
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/internal/ranging"
	"github.com/tidewheel/tidewheel/internal/cell"
)

// Querier runs queries: *sql.DB, *sql.Conn and *sql.Tx of database/sql do. Within a *sql.Tx that reads one state of the database, every range gives the same rows.
type Querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// Source reads the result of a query. It can be ranged again, which runs the query again and gives what the database then has, and by several goroutines at once where
// its Querier can, as a *sql.DB can.
type Source struct {
	db     Querier
	query  string
	o      Options
	schema *dataset.Schema
}

// NewSource returns the source of the first result of a query. Without o.Schema it runs the query and leaves it before the first row, or, where the driver does not know
// the type of a column, after inferRows rows (see SQL in docs/formats.md); with one it does nothing until the source is ranged.
//
// A column has the type that fits what the driver says of it: bool, integers and floats in their width, exact decimals in their precision and scale, or
// decimal128(38,18) where the database states none, text, bytes, dates, JSON. A time with a zone becomes microseconds since the epoch; one without keeps its wall clock,
// and wants one zone from the driver in all rows. A time finer than microseconds is refused: round it in the query. UUIDs, intervals and times of day are text.
// Where a database has no types of columns (SQLite's expressions), the first 1,000 rows decide, in which integers and floats together are floats and nulls alone are
// text. Nulls are nulls of the column's type.
//
// It errors with *dataset.OptionError for bad options, dataset.ErrLimit for more columns than o.MaxColumns, dataset.ErrSchema for empty and repeated names of columns and
// for a column of o.Types that the result lacks, dataset.ErrUnsupported for a type that no column here has, and with the driver's error. Ranging errors with
// dataset.ErrSchema for a value that is none of its column's type, with its row, from 1, and column; dataset.ErrLimit for a value longer than o.MaxValueBytes; and with
// the driver's error, whose text is the driver's. When ctx ends, the query is cancelled.
func NewSource(ctx context.Context, db Querier, query string, o Options) (*Source, error) {
	o, err := o.check()
	s := &Source{db: db, query: query, o: o, schema: o.Schema}
	if err == nil && s.schema == nil {
		err = s.run(ctx, func(rows *sql.Rows) (err error) {
			s.schema, err = s.infer(rows)
			return err
		})
	}
	if err == nil {
		err = checkTypes(s.schema)
	}
	if err != nil {
		return nil, fmt.Errorf("sql: new source: %w", err)
	}
	return s, nil
}

// checkTypes errors for a column of s that no driver gives.
func checkTypes(s *dataset.Schema) error {
	textual := slices.DeleteFunc(s.Fields(), func(f dataset.Field) bool { return f.Type == dataset.Binary })
	rest, err := dataset.NewSchema(textual...)
	if err != nil {
		return err
	}
	return cell.CheckTypes(rest, "a result of database/sql")
}

// Schema implements dataset.Source.
func (s *Source) Schema() *dataset.Schema { return s.schema }

// Scan implements dataset.Scanner: columns that are not wanted are neither converted nor checked. The query stays as it is.
func (s *Source) Scan(_ context.Context, o dataset.ScanOptions) (dataset.Source, error) {
	return ranging.Scan("sql: scan", s, o, func(narrow *dataset.Schema) (dataset.Source, error) {
		out := *s
		out.schema = narrow
		return &out, nil
	})
}

// Batches implements dataset.Source.
func (s *Source) Batches(ctx context.Context) iter.Seq2[dataset.Batch, error] {
	return ranging.Batches("sql: read", func(emit func(dataset.Batch) bool) error {
		return s.run(ctx, func(rows *sql.Rows) error { return s.read(ctx, rows, emit) })
	})
}

// run runs the query for the length of f. An error after ctx ended is that of ctx, whatever the driver makes of it.
func (s *Source) run(ctx context.Context, f func(*sql.Rows) error) (err error) {
	if err := ctx.Err(); err != nil {
		return err
	}
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	rows, err := s.db.QueryContext(inner, s.query, s.o.Args...)
	if err == nil {
		err = f(rows)
		// Some drivers read a result to its end before they close it. A query of a transaction that is cancelled may take the transaction with it.
		if _, ok := s.db.(*sql.DB); ok {
			cancel()
		}
		_ = rows.Close() // an error that matters was one of Next
	}
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

func (s *Source) read(ctx context.Context, rows *sql.Rows, emit func(dataset.Batch) bool) error {
	rb := array.NewRecordBuilder(s.o.Allocator, s.schema.Arrow())
	defer rb.Release()
	r, err := newReader(s, rows, rb)
	if err != nil {
		return err
	}
	for more := true; more; {
		if err := ctx.Err(); err != nil {
			return err
		}
		var n int
		if n, more, err = r.fill(rows); err != nil {
			return err
		}
		if n == 0 {
			continue
		}
		if wanted, err := ranging.Flush(rb, s.schema, n, emit); err != nil || !wanted {
			return err
		}
	}
	return nil
}

// reader fills the builders.
type reader struct {
	columns []*column
	into    []any // where Scan puts the values of a row: a column, or nowhere
	limit   int
	row     int64
	bytes   int // of texts and bytes in the builders
}

func newReader(s *Source, rows *sql.Rows, rb *array.RecordBuilder) (*reader, error) {
	names, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	if len(names) > s.o.MaxColumns {
		return nil, fmt.Errorf("%d columns, want at most %d: %w", len(names), s.o.MaxColumns, dataset.ErrLimit)
	}
	r := &reader{into: make([]any, len(names)), limit: s.o.BatchRows}
	for i := range r.into {
		r.into[i] = nowhere{}
	}
	for i, f := range s.schema.Fields() {
		at := slices.Index(names, f.Name)
		switch {
		case at < 0:
			return nil, &dataset.SchemaError{Column: f.Name, Want: "a column of the result", Got: "no such column"}
		case slices.Contains(names[at+1:], f.Name):
			return nil, &dataset.SchemaError{Column: f.Name, Want: "unique column names", Got: "the name twice"}
		}
		c := newColumn(f, rb.Field(i), s.o.MaxValueBytes)
		c.bytes = &r.bytes
		r.columns = append(r.columns, c)
		r.into[at] = c
	}
	return r, nil
}

// nowhere drops a value.
type nowhere struct{}

// Scan implements sql.Scanner.
func (nowhere) Scan(any) error { return nil }

// fill reads the rows of a batch and returns how many there were and whether there may be more.
func (r *reader) fill(rows *sql.Rows) (n int, more bool, err error) {
	r.bytes = 0
	for n < r.limit && r.bytes < maxBatchBytes {
		if !rows.Next() {
			return n, false, rows.Err()
		}
		r.row++
		if err := rows.Scan(r.into...); err != nil {
			return n, false, r.fault(err)
		}
		n++
	}
	return n, true, nil
}

// fault returns the error of the column that refused its value, which database/sql has wrapped, with its row.
func (r *reader) fault(err error) error {
	for _, c := range r.columns {
		if c.fault != nil {
			err = c.fault
		}
	}
	return fmt.Errorf("row %d: %w", r.row, err)
}

// checkNames errors for columns of types that are not among names.
func checkNames(types map[string]dataset.Type, names []string) error {
	for _, name := range slices.Sorted(maps.Keys(types)) {
		if !slices.Contains(names, name) {
			return &dataset.SchemaError{Column: name, Want: "a column of the result", Got: "no such column"}
		}
	}
	return nil
}
