package sql

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/cell"
)

// Sink inserts rows into a table, in one transaction. Not safe for concurrent use.
type Sink struct {
	schema *dataset.Schema
	table  string
	o      WriteOptions
	tx     *sql.Tx
	many   *sql.Stmt // inserts rows of them
	rows   int
	args   []any
	ended  bool
}

// NewSink returns the sink that inserts batches of schema s into a table that exists, by the names of the columns; columns of the table that s lacks get their
// defaults. Everything is inserted in one transaction, which begins here, is committed by Commit, and is rolled back by Close, by a Write that fails and when ctx ends;
// it holds a connection of db until then. Rows are inserted up to 1,000 at a time. The names of table, namespace and columns are quoted: they are names whatever is in them.
//
// Decimals, dates and wall clocks go as texts, which lose nothing on the way; instants as time.Time, and as text in the dialect Standard, where NaN is refused, since
// SQLite would store a null. It errors with dataset.ErrUnsupported for a column of lists or structs, with *dataset.OptionError for bad options, with
// dataset.ErrSchema for an empty name of the table, and with the driver's error. Write errors with dataset.ErrSchema for text that is not UTF-8.
func NewSink(ctx context.Context, db *sql.DB, table string, s *dataset.Schema, o WriteOptions) (*Sink, error) {
	err := o.check(table, s)
	if err == nil {
		err = checkTypes(s)
	}
	k := &Sink{schema: s, table: table, o: o}
	if err == nil {
		k.rows = min(maxParameters/s.Len(), maxInsertRows)
		k.tx, err = db.BeginTx(ctx, nil)
	}
	if err != nil {
		return nil, fmt.Errorf("sql: new sink: %w", err)
	}
	return k, nil
}

// Write implements dataset.Sink.
func (k *Sink) Write(ctx context.Context, b dataset.Batch) error {
	err := ctx.Err()
	switch {
	case k.ended:
		err = sql.ErrTxDone
	case err == nil && !b.Schema().Equal(k.schema):
		err = &dataset.SchemaError{Want: "batches of the sink's schema", Got: "another schema"}
	}
	if err == nil {
		err = k.write(ctx, b)
	}
	if err != nil {
		_ = k.Close()
		return fmt.Errorf("sql: write: %w", err)
	}
	return nil
}

func (k *Sink) write(ctx context.Context, b dataset.Batch) error {
	values := make([]func(i int) (any, string), k.schema.Len())
	for j := range values {
		var err error
		if values[j], err = k.values(b.Column(j)); err != nil {
			return fmt.Errorf("column %q: %w", k.schema.Field(j).Name, err)
		}
	}
	for from := 0; from < b.NumRows(); {
		to := min(from+k.rows, b.NumRows())
		k.args = k.args[:0]
		for i := from; i < to; i++ {
			for j, at := range values {
				if b.Column(j).IsNull(i) {
					k.args = append(k.args, nil)
					continue
				}
				v, bad := at(i)
				if bad != "" {
					return &dataset.SchemaError{Column: k.schema.Field(j).Name, Want: bad, Got: "another value"}
				}
				k.args = append(k.args, v)
			}
		}
		if err := k.insert(ctx, to-from); err != nil {
			return err
		}
		from = to
	}
	return nil
}

// insert inserts the rows of args. The statement for as many as fit is kept.
func (k *Sink) insert(ctx context.Context, rows int) (err error) {
	if rows < k.rows {
		_, err = k.tx.ExecContext(ctx, k.o.insert(k.table, k.schema.Names(), rows), k.args...)
		return err
	}
	if k.many == nil {
		if k.many, err = k.tx.PrepareContext(ctx, k.o.insert(k.table, k.schema.Names(), rows)); err != nil {
			return err
		}
	}
	_, err = k.many.ExecContext(ctx, k.args...)
	return err
}

// Commit implements dataset.Sink.
func (k *Sink) Commit(ctx context.Context) error {
	err := ctx.Err()
	if k.ended {
		err = sql.ErrTxDone
	}
	if err == nil {
		err = k.end(k.tx.Commit)
	}
	if err != nil {
		_ = k.Close()
		return fmt.Errorf("sql: commit: %w", err)
	}
	return nil
}

// Close implements dataset.Sink.
func (k *Sink) Close() error {
	if k.ended {
		return nil
	}
	err := k.end(k.tx.Rollback)
	if err == nil || errors.Is(err, sql.ErrTxDone) { // when its context had ended
		return nil
	}
	return fmt.Errorf("sql: close: %w", err)
}

func (k *Sink) end(f func() error) error {
	k.ended = true
	if k.many != nil {
		_ = k.many.Close() // ends with the transaction anyway
	}
	return f()
}

// values returns the function that gives value i of a column as drivers take it, or says what it should have been. The value is not null.
func (k *Sink) values(a arrow.Array) (func(i int) (any, string), error) {
	switch a := a.(type) {
	case *array.Boolean:
		return func(i int) (any, string) { return a.Value(i), "" }, nil
	case *array.Int64:
		return func(i int) (any, string) { return a.Value(i), "" }, nil
	case *array.Int32:
		return func(i int) (any, string) { return int64(a.Value(i)), "" }, nil
	case *array.Int16:
		return func(i int) (any, string) { return int64(a.Value(i)), "" }, nil
	case *array.Int8:
		return func(i int) (any, string) { return int64(a.Value(i)), "" }, nil
	case *array.Uint64:
		return func(i int) (any, string) {
			if v := a.Value(i); v > math.MaxInt64 {
				return strconv.FormatUint(v, 10), ""
			}
			return int64(a.Value(i)), ""
		}, nil
	case *array.Uint32:
		return func(i int) (any, string) { return int64(a.Value(i)), "" }, nil
	case *array.Uint16:
		return func(i int) (any, string) { return int64(a.Value(i)), "" }, nil
	case *array.Uint8:
		return func(i int) (any, string) { return int64(a.Value(i)), "" }, nil
	case *array.Float64:
		return func(i int) (any, string) { return k.float(a.Value(i)) }, nil
	case *array.Float32:
		return func(i int) (any, string) { return k.float(float64(a.Value(i))) }, nil
	case *array.String, *array.LargeString, *array.Dictionary:
		return texts(a)
	case *array.Binary:
		return func(i int) (any, string) { return a.Value(i), "" }, nil
	case *array.Timestamp:
		if a.DataType().(*arrow.TimestampType).TimeZone != "" {
			return func(i int) (any, string) { return k.instant(a.Value(i)) }, nil
		}
		return func(i int) (any, string) {
			t := time.UnixMicro(int64(a.Value(i))).UTC()
			return t.Format("2006-01-02 15:04:05.999999"), fourDigits(t)
		}, nil
	}
	printed := cell.Printer(a)
	if printed == nil {
		return nil, fmt.Errorf("arrow type %s: %w", a.DataType(), dataset.ErrUnsupported)
	}
	return func(i int) (any, string) {
		text, ok := printed(nil, i)
		if !ok {
			return nil, yearOfFour
		}
		return string(text), ""
	}, nil
}

const yearOfFour = "a year of four digits"

func fourDigits(t time.Time) string {
	if t.Year() < 0 || t.Year() > 9999 {
		return yearOfFour
	}
	return ""
}

func (k *Sink) float(v float64) (any, string) {
	if math.IsNaN(v) && k.o.Dialect == Standard {
		return nil, "a number or a null"
	}
	return v, ""
}

func (k *Sink) instant(v arrow.Timestamp) (any, string) {
	t := time.UnixMicro(int64(v)).UTC()
	if k.o.Dialect == Standard {
		return t.Format("2006-01-02 15:04:05.999999-07:00"), fourDigits(t)
	}
	return t, fourDigits(t)
}

func texts(a arrow.Array) (func(i int) (any, string), error) {
	t, err := dataset.NewTexts(a)
	if err != nil {
		return nil, err
	}
	return func(i int) (any, string) {
		if t.IsNull(i) { // behind a code
			return nil, ""
		}
		v := t.Value(i)
		if !utf8.ValidString(v) {
			return nil, "UTF-8 text"
		}
		return v, ""
	}, nil
}
