package postgres

import (
	"bufio"
	"context"
	"errors"
	"io"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/jackc/pgx/v5/pgxpool"
)

// readBuffer is what is read from a connection of Open at once.
const readBuffer = 256 << 10

// connector lends connections.
type connector interface {
	// connect returns a connection and what gives it back, which waits for its goroutines when it was broken off.
	connect(ctx context.Context) (*pgx.Conn, func(), error)
}

// dialed connects each time.
type dialed struct{ config *pgx.ConnConfig }

// dial returns the connector of a database whose messages have at most longest bytes.
func dial(connString string, longest int) (dialed, error) {
	config, err := pgx.ParseConfig(connString)
	if err != nil {
		// The parser's own error may hold parts of the connection string.
		return dialed{}, errors.New("the connection string is none, or names a file that cannot be read")
	}
	config.BuildFrontend = func(r io.Reader, w io.Writer) *pgproto3.Frontend {
		f := pgproto3.NewFrontend(bufio.NewReaderSize(r, readBuffer), w)
		f.SetMaxBodyLen(longest)
		return f
	}
	return dialed{config}, nil
}

func (d dialed) connect(ctx context.Context) (*pgx.Conn, func(), error) {
	conn, err := pgx.ConnectConfig(ctx, d.config.Copy())
	if err != nil {
		return nil, nil, err
	}
	return conn, func() {
		_ = conn.Close(context.WithoutCancel(ctx)) // it is not used any more
		<-conn.PgConn().CleanupDone()
	}, nil
}

// pooled borrows from a pool of the host.
type pooled struct{ pool *pgxpool.Pool }

func (p pooled) connect(ctx context.Context) (*pgx.Conn, func(), error) {
	conn, err := p.pool.Acquire(ctx)
	if err != nil {
		return nil, nil, err
	}
	return conn.Conn(), func() {
		if conn.Conn().IsClosed() {
			<-conn.Conn().PgConn().CleanupDone()
		}
		conn.Release()
	}, nil
}
