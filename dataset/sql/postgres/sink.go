package postgres

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tidewheel/tidewheel/dataset"
)

// WriteOptions says how a sink writes. The zero value is ready to use.
type WriteOptions struct {
	Namespace string // the schema that the table is in; empty is what the connection's search path says
}

// Sink copies rows into a table, in one transaction. Not safe for concurrent use.
type Sink struct {
	schema  *dataset.Schema
	conn    *pgx.Conn
	done    func()
	tx      pgx.Tx
	copy    string // the statement
	columns []served
	buf     []byte
	ended   bool
}

// errEnded is the answer of a sink after its Commit, its Close or a Write that failed.
var errEnded = errors.New("the transaction has ended")

// Create returns the sink that copies batches of schema s into a table that exists, by the names of the columns; columns of the table that s lacks get their defaults.
// The database is named as for Open. Everything is copied in one transaction, which begins here, is committed by Commit, and is rolled back by Close and by a Write that
// fails; it holds a connection until then. The names of table and columns are quoted: they are names whatever is in them.
//
// Columns go in the binary form of the table's types: integers into integers and numeric, floats into floats, decimals into numeric, texts into texts, json, jsonb and enums,
// dates into date, instants into timestamptz and wall clocks into timestamp, lists into arrays. It errors with dataset.ErrUnsupported for another pair, with
// *dataset.OptionError for bad options, with dataset.ErrSchema for an empty name of the table or no columns, and with the server's error. Write errors with
// dataset.ErrSchema for a number that the table's column does not hold.
func Create(ctx context.Context, connString, table string, s *dataset.Schema, o WriteOptions) (*Sink, error) {
	from, err := dial(connString, maxRowBytes)
	if err != nil {
		return nil, fmt.Errorf("postgres: create: %w", err)
	}
	return newSink(ctx, from, table, s, o)
}

// NewSink is Create for a pool of the host, from which it borrows a connection until the sink ends.
func NewSink(ctx context.Context, pool *pgxpool.Pool, table string, s *dataset.Schema, o WriteOptions) (*Sink, error) {
	return newSink(ctx, pooled{pool}, table, s, o)
}

func newSink(ctx context.Context, from connector, table string, s *dataset.Schema, o WriteOptions) (*Sink, error) {
	var errs []error
	if strings.ContainsRune(o.Namespace, 0) {
		errs = append(errs, &dataset.OptionError{Field: "postgres.WriteOptions.Namespace", Value: "a name with NUL", Want: "a name"})
	}
	if table == "" || strings.ContainsRune(table, 0) {
		errs = append(errs, &dataset.SchemaError{Want: "the name of a table", Got: "an empty name or one with NUL"})
	}
	if s.Len() == 0 {
		errs = append(errs, &dataset.SchemaError{Want: "a column to copy", Got: "no columns"})
	}
	err := errors.Join(errs...)
	k := &Sink{schema: s, ended: true}
	if err == nil {
		k.conn, k.done, err = from.connect(ctx)
	}
	if err == nil {
		if err = k.begin(ctx, table, o); err != nil {
			k.abandon(ctx)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("postgres: create: %w", err)
	}
	k.ended = false
	return k, nil
}

// begin begins the transaction and learns the types of the table's columns.
func (k *Sink) begin(ctx context.Context, table string, o WriteOptions) (err error) {
	into := pgx.Identifier{table}
	if o.Namespace != "" {
		into = pgx.Identifier{o.Namespace, table}
	}
	columns := make([]string, k.schema.Len())
	for i, name := range k.schema.Names() {
		columns[i] = pgx.Identifier{name}.Sanitize()
	}
	list := strings.Join(columns, ", ")
	if k.tx, err = k.conn.Begin(ctx); err != nil {
		return err
	}
	statement, err := k.conn.Prepare(ctx, "", "SELECT "+list+" FROM "+into.Sanitize())
	if err != nil {
		return err
	}
	known, err := lookUp(ctx, k.conn, statement.Fields)
	if err != nil {
		return err
	}
	k.columns = known.columns(statement.Fields)
	k.copy = "COPY " + into.Sanitize() + " (" + list + ") FROM STDIN (FORMAT binary)"
	for i, f := range k.schema.Fields() {
		if !writable(f.Type, k.columns[i]) {
			return fmt.Errorf("column %q: type %s as %s: %w", f.Name, f.Type, k.columns[i].typeName, dataset.ErrUnsupported)
		}
	}
	return nil
}

// Write implements dataset.Sink.
func (k *Sink) Write(ctx context.Context, b dataset.Batch) error {
	err := ctx.Err()
	switch {
	case k.ended:
		err = errEnded
	case err == nil && !b.Schema().Equal(k.schema):
		err = &dataset.SchemaError{Want: "batches of the sink's schema", Got: "another schema"}
	}
	if err == nil {
		err = k.write(ctx, b)
	}
	if err != nil {
		k.abandon(ctx)
		return fmt.Errorf("postgres: write: %w", err)
	}
	return nil
}

// copyBytes is what a COPY may hold before it is sent.
const copyBytes = 8 << 20

func (k *Sink) write(ctx context.Context, b dataset.Batch) error {
	take := make([]take, k.schema.Len())
	isNull := make([]func(int) bool, len(take))
	for j := range take {
		isNull[j] = b.Column(j).IsNull
		if texts, err := dataset.NewTexts(b.Column(j)); err == nil {
			isNull[j] = texts.IsNull // also behind a code
		}
		if take[j] = newTake(b.Column(j), k.columns[j]); take[j] == nil {
			f := k.schema.Field(j)
			return fmt.Errorf("column %q: type %s as %s: %w", f.Name, f.Type, k.columns[j].typeName, dataset.ErrUnsupported)
		}
	}
	for i := 0; i < b.NumRows(); {
		k.buf = append(k.buf[:0], "PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00"...)
		for ; i < b.NumRows() && len(k.buf) < copyBytes; i++ {
			k.buf = binary.BigEndian.AppendUint16(k.buf, uint16(len(take)))
			for j, t := range take {
				if bad := k.value(isNull[j](i), t, i); bad != "" {
					return &dataset.SchemaError{Column: k.schema.Field(j).Name, Want: bad, Got: "another value"}
				}
			}
		}
		k.buf = append(k.buf, 0xff, 0xff)
		if _, err := k.conn.PgConn().CopyFrom(ctx, bytes.NewReader(k.buf), k.copy); err != nil {
			return err
		}
	}
	return nil
}

// value appends a value behind its length.
func (k *Sink) value(null bool, t take, i int) (bad string) {
	at := len(k.buf)
	k.buf = append(k.buf, 0xff, 0xff, 0xff, 0xff)
	if null {
		return ""
	}
	if k.buf, bad = t(k.buf, i); bad != "" {
		return bad
	}
	size := len(k.buf) - at - 4
	if size > maxCopied {
		return "a value of at most " + strconv.Itoa(maxCopied) + " bytes"
	}
	binary.BigEndian.PutUint32(k.buf[at:], uint32(size))
	return ""
}

// maxCopied is what the server takes as one value.
const maxCopied = 1<<30 - 1

// Commit implements dataset.Sink.
func (k *Sink) Commit(ctx context.Context) error {
	err := ctx.Err()
	if k.ended {
		err = errEnded
	}
	if err == nil {
		err = k.tx.Commit(ctx)
	}
	if err != nil {
		k.abandon(ctx)
		return fmt.Errorf("postgres: commit: %w", err)
	}
	k.ended = true
	k.done()
	k.done = nil
	return nil
}

// Close implements dataset.Sink. It never fails: what cannot be rolled back is closed, upon which the server rolls back.
func (k *Sink) Close() error {
	k.abandon(context.Background())
	return nil
}

// rollbackTime is how long the server has to say that it has rolled back, before the connection is closed.
const rollbackTime = 10 * time.Second

// abandon rolls back, also when ctx ended, and gives the connection back.
func (k *Sink) abandon(ctx context.Context) {
	k.ended = true
	if k.done == nil {
		return
	}
	if k.tx != nil {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackTime)
		defer cancel()
		_ = k.tx.Rollback(ctx)
	}
	k.done()
	k.done = nil
}
