package sql_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"reflect"
	"strings"
	"sync"
	"testing"
)

// fakeColumn is a column of a fake database. Without a type it says nothing of it.
type fakeColumn struct {
	name, typ        string
	scan             reflect.Type
	precision, scale int64
	notNull          bool
}

// fake is a driver and its database: what every query gives, and what was executed.
type fake struct {
	columns []fakeColumn
	rows    [][]driver.Value
	failAt  int    // the row, from 1, that gives an error
	fail    error  // which one
	hang    int    // the row, from 1, that comes when the context ends
	hangs   func() // is called when that row is asked for

	mu       sync.Mutex
	queries  int
	args     []driver.NamedValue
	open     int // results that are not closed
	executed []string
	given    [][]driver.NamedValue
	failExec int // the execution, from 1, that fails
	commits  int
	backs    int
}

func (f *fake) db(t testing.TB) *sql.DB {
	t.Helper()
	db := sql.OpenDB(f)
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
		if f.open != 0 {
			t.Errorf("%d results are open", f.open)
		}
	})
	return db
}

var errFake = errors.New("the fake database has failed")

// Connect implements driver.Connector.
func (f *fake) Connect(context.Context) (driver.Conn, error) { return &fakeConn{f}, nil }

// Driver implements driver.Connector.
func (f *fake) Driver() driver.Driver { return nil }

type fakeConn struct{ f *fake }

// Prepare implements driver.Conn.
func (c *fakeConn) Prepare(query string) (driver.Stmt, error) { return &fakeStmt{c, query}, nil }

// Close implements driver.Conn.
func (c *fakeConn) Close() error { return nil }

// Begin implements driver.Conn.
func (c *fakeConn) Begin() (driver.Tx, error) { return c, nil }

// Commit implements driver.Tx.
func (c *fakeConn) Commit() error {
	c.f.mu.Lock()
	defer c.f.mu.Unlock()
	c.f.commits++
	return nil
}

// Rollback implements driver.Tx.
func (c *fakeConn) Rollback() error {
	c.f.mu.Lock()
	defer c.f.mu.Unlock()
	c.f.backs++
	return nil
}

// QueryContext implements driver.QueryerContext.
func (c *fakeConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	c.f.mu.Lock()
	defer c.f.mu.Unlock()
	c.f.queries++
	c.f.args = args
	if strings.Contains(query, "syntax error") {
		return nil, errFake
	}
	c.f.open++
	return &fakeRows{f: c.f, ctx: ctx}, nil
}

type fakeStmt struct {
	c     *fakeConn
	query string
}

// Close implements driver.Stmt.
func (s *fakeStmt) Close() error { return nil }

// NumInput implements driver.Stmt.
func (s *fakeStmt) NumInput() int { return -1 }

// Query implements driver.Stmt.
func (s *fakeStmt) Query([]driver.Value) (driver.Rows, error) { return nil, errFake }

// Exec implements driver.Stmt.
func (s *fakeStmt) Exec([]driver.Value) (driver.Result, error) { return nil, errFake }

// ExecContext implements driver.StmtExecContext.
func (s *fakeStmt) ExecContext(_ context.Context, args []driver.NamedValue) (driver.Result, error) {
	f := s.c.f
	f.mu.Lock()
	defer f.mu.Unlock()
	f.executed = append(f.executed, s.query)
	f.given = append(f.given, args)
	if len(f.executed) == f.failExec {
		return nil, errFake
	}
	return driver.RowsAffected(1), nil
}

type fakeRows struct {
	f   *fake
	ctx context.Context //nolint:containedctx // a query of a driver ends with the context it was given
	at  int
}

// Columns implements driver.Rows.
func (r *fakeRows) Columns() []string {
	names := make([]string, len(r.f.columns))
	for i, c := range r.f.columns {
		names[i] = c.name
	}
	return names
}

// Close implements driver.Rows.
func (r *fakeRows) Close() error {
	r.f.mu.Lock()
	defer r.f.mu.Unlock()
	r.f.open--
	return nil
}

// Next implements driver.Rows.
func (r *fakeRows) Next(dst []driver.Value) error {
	r.at++
	switch {
	case r.at == r.f.hang:
		r.f.hangs()
		<-r.ctx.Done()
		return errFake // many drivers do not give the context's error
	case r.at == r.f.failAt:
		return r.f.fail
	case r.at > len(r.f.rows):
		return io.EOF
	}
	copy(dst, r.f.rows[r.at-1])
	return nil
}

// ColumnTypeDatabaseTypeName implements driver.RowsColumnTypeDatabaseTypeName.
func (r *fakeRows) ColumnTypeDatabaseTypeName(i int) string { return r.f.columns[i].typ }

// ColumnTypeScanType implements driver.RowsColumnTypeScanType.
func (r *fakeRows) ColumnTypeScanType(i int) reflect.Type { return r.f.columns[i].scan }

// ColumnTypeNullable implements driver.RowsColumnTypeNullable.
func (r *fakeRows) ColumnTypeNullable(i int) (nullable, ok bool) {
	return false, r.f.columns[i].notNull
}

// ColumnTypePrecisionScale implements driver.RowsColumnTypePrecisionScale.
func (r *fakeRows) ColumnTypePrecisionScale(i int) (precision, scale int64, ok bool) {
	c := r.f.columns[i]
	return c.precision, c.scale, c.precision != 0
}
