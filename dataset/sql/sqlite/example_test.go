package sqlite_test

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/tidewheel/tidewheel/dataset"
	tsql "github.com/tidewheel/tidewheel/dataset/sql"
)

func Example() {
	ctx := context.Background()
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer db.Close()
	db.SetMaxOpenConns(1) // each connection to :memory: has a database of its own
	for _, s := range []string{
		"CREATE TABLE payments (id INTEGER, amount DECIMAL(10,2), country TEXT)",
		"INSERT INTO payments VALUES (1, 19.90, 'de'), (2, 5, NULL), (3, 250.25, 'fr')",
		"CREATE TABLE large (id INTEGER, amount TEXT)",
	} {
		if _, err := db.ExecContext(ctx, s); err != nil {
			fmt.Println(err)
			return
		}
	}
	src, err := tsql.NewSource(ctx, db, "SELECT id, amount FROM payments WHERE amount > ?", tsql.Options{Args: []any{10}})
	if err != nil {
		fmt.Println(err)
		return
	}
	rows, err := dataset.Cache(ctx, src) // the one connection cannot read and write at once
	if err != nil {
		fmt.Println(err)
		return
	}
	defer rows.Close()
	sink, err := tsql.NewSink(ctx, db, "large", src.Schema(), tsql.WriteOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer sink.Close()
	n, err := dataset.Copy(ctx, sink, rows)
	fmt.Println(n, "rows", err)
	var text string
	err = db.QueryRowContext(ctx, "SELECT group_concat(amount, ' ') FROM large").Scan(&text)
	fmt.Println(text, err)
	// Output:
	// 2 rows <nil>
	// 19.90 250.25 <nil>
}
