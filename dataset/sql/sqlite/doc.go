// Package sqlite tries package sql with an embedded SQLite (modernc.org/sqlite, pure Go): its sources, sinks, types and transactions, and that a large result is streamed.
// It has tests and examples only, and is a module of its own, so that the driver comes with no program that did not ask for it. A program asks by an import:
//
//	import (
//		"database/sql"
//
//		tsql "github.com/tidewheel/tidewheel/dataset/sql"
//		_ "modernc.org/sqlite"
//	)
//
//	db, err := sql.Open("sqlite", "payments.db")
//	src, err := tsql.NewSource(ctx, db, "SELECT amount, country FROM payments", tsql.Options{})
package sqlite
