// Package postgres reads queries of PostgreSQL as datasets and writes datasets into its tables, in the server's binary formats: faster than database/sql, and with arrays
// as lists. It is a module of its own, because it needs github.com/jackc/pgx.
//
//	src, err := postgres.Open(ctx, "postgres://reader@db/shop", "SELECT amount, country FROM payments WHERE day >= $1", postgres.Options{Args: []any{day}})
//	for b, err := range src.Batches(ctx) { … }
//
// Open connects for each range, NewSource takes connections from a pool of the host. Rows are streamed: at no time is more of a result in memory than a batch, and each
// range runs the query again. Create and NewSink give the sink of a table: rows are copied in one transaction, which Commit commits and Close rolls back.
package postgres
