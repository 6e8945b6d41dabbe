package postgres

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/internal/ranging"
)

// Source reads the result of a query. It can be ranged again, which runs the query again and gives what the database then has, and by several goroutines at once.
type Source struct {
	from   connector
	query  string
	o      Options
	schema *dataset.Schema
	names  names // of types that are not built in
}

// Open returns the source of a query on a database, which is named by a URL or by keywords and values as psql takes them. Each range connects and closes its
// connection. It connects at once to learn the columns, which does not run the query.
//
// The types of columns are in docs/formats.md. Decimals are exact: numeric(p,s) is decimal128(p,s), numeric without a size decimal128(38,18). A type that is not
// listed there (interval, a range, a composite) is refused by name with dataset.ErrUnsupported: cast it in the query. Open errors with *dataset.OptionError for bad options,
// dataset.ErrSchema for empty and repeated names of columns and for a column that the result lacks, and with the server's error. Ranging errors with dataset.ErrSchema
// for a value that its column does not hold, with its row, from 1, and column: NaN or more digits in a decimal, an infinite time, an array of several dimensions; with
// dataset.ErrLimit for a value above o.MaxValueBytes and a row above o.MaxRowBytes; and with the server's error, whose text is the server's. When ctx ends, the query is cancelled.
func Open(ctx context.Context, connString, query string, o Options) (*Source, error) {
	checked, err := o.check()
	if err != nil {
		return nil, fmt.Errorf("postgres: open: %w", err)
	}
	from, err := dial(connString, checked.MaxRowBytes)
	if err != nil {
		return nil, fmt.Errorf("postgres: open: %w", err)
	}
	return newSource(ctx, from, query, o)
}

// NewSource is Open for a pool of the host, from which each range borrows a connection. A range that is left early closes it, since the rest of a result would have to
// be read otherwise.
func NewSource(ctx context.Context, pool *pgxpool.Pool, query string, o Options) (*Source, error) {
	return newSource(ctx, pooled{pool}, query, o)
}

func newSource(ctx context.Context, from connector, query string, o Options) (*Source, error) {
	o, err := o.check()
	s := &Source{from: from, query: query, o: o, schema: o.Schema}
	if err == nil {
		err = s.describe(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("postgres: open: %w", err)
	}
	return s, nil
}

// describe learns the columns, and checks that they can be read as the schema says.
func (s *Source) describe(ctx context.Context) error {
	conn, done, err := s.from.connect(ctx)
	if err != nil {
		return err
	}
	defer done()
	statement, err := conn.Prepare(ctx, "", s.query)
	if err != nil {
		return err
	}
	if s.names, err = lookUp(ctx, conn, statement.Fields); err != nil {
		return err
	}
	columns := s.names.columns(statement.Fields)
	if s.schema == nil {
		if s.schema, err = s.infer(columns); err != nil {
			return err
		}
	}
	rb := array.NewRecordBuilder(s.o.Allocator, s.schema.Arrow())
	defer rb.Release()
	_, err = newReader(s, columns, rb, false)
	return err
}

func (s *Source) infer(columns []served) (*dataset.Schema, error) {
	fields := make([]dataset.Field, len(columns))
	for i, c := range columns {
		fields[i] = dataset.Field{Name: c.name, Type: s.o.Types[c.name], Nullable: true}
		if fields[i].Type == "" {
			fields[i].Type = c.natural()
		}
		if fields[i].Type == "" {
			return nil, fmt.Errorf("column %q: type %s: %w: cast it in the query", c.name, c.typeName, dataset.ErrUnsupported)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.o.Types)) {
		if !slices.ContainsFunc(columns, func(c served) bool { return c.name == name }) {
			return nil, &dataset.SchemaError{Column: name, Want: "a column of the result", Got: "no such column"}
		}
	}
	return dataset.NewSchema(fields...)
}

// Schema implements dataset.Source.
func (s *Source) Schema() *dataset.Schema { return s.schema }

// Scan implements dataset.Scanner: columns that are not wanted are passed over. The query stays as it is.
func (s *Source) Scan(_ context.Context, o dataset.ScanOptions) (dataset.Source, error) {
	return ranging.Scan("postgres: scan", s, o, func(narrow *dataset.Schema) (dataset.Source, error) {
		out := *s
		out.schema = narrow
		return &out, nil
	})
}

// Batches implements dataset.Source.
func (s *Source) Batches(ctx context.Context) iter.Seq2[dataset.Batch, error] {
	return ranging.Batches("postgres: read", func(emit func(dataset.Batch) bool) error { return s.run(ctx, emit) })
}

// run runs the query. An error after ctx ended is that of ctx.
func (s *Source) run(ctx context.Context, emit func(dataset.Batch) bool) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	err := s.rows(ctx, emit)
	var long *pgproto3.ExceededMaxBodyLenErr
	switch {
	case err != nil && ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &long):
		return fmt.Errorf("a row of %d bytes, want at most %d: %w", long.ActualBodyLen, long.MaxExpectedBodyLen, dataset.ErrLimit)
	default:
		return err
	}
}

func (s *Source) rows(ctx context.Context, emit func(dataset.Batch) bool) error {
	conn, done, err := s.from.connect(ctx)
	if err != nil {
		return err
	}
	defer done()
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	rows, err := conn.Query(inner, s.query, append([]any{pgx.QueryResultFormats{pgx.BinaryFormatCode}}, s.o.Args...)...)
	if err != nil {
		return err
	}
	defer rows.Close()
	defer cancel() // before Close, which would read the rest
	return s.read(ctx, conn, rows, emit)
}
