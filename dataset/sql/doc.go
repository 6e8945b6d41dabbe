// Package sql reads the results of queries as datasets, and writes datasets into tables, through database/sql with any driver.
//
// NewSource gives the source of a query. Its rows are streamed: at no time is more of a result in memory than a batch. Its schema comes from what the driver says of
// the columns, from the first rows where the driver says nothing, or is given. Each range runs the query again.
//
//	db, err := sql.Open("sqlite", "payments.db")       // the standard library's, with the driver of your choice
//	src, err := tsql.NewSource(ctx, db, "SELECT amount, country FROM payments WHERE day < ?", tsql.Options{Args: []any{"2026-01-01"}})
//	for b, err := range src.Batches(ctx) { … }
//
// NewSink gives the sink of a table: rows are inserted many at a time in one transaction, which Commit commits and Close rolls back.
//
// No value passes through a type that could change it: decimals are read from their digits, times keep their microseconds, an integer that does not fit is refused
// with its row and column. The package links no driver. For PostgreSQL there is a faster way in the module dataset/sql/postgres.
package sql
