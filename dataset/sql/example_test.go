package sql_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"

	"github.com/tidewheel/tidewheel/dataset"
	tsql "github.com/tidewheel/tidewheel/dataset/sql"
)

func ExampleNewSource() {
	ctx := context.Background()
	// A database of the host: sql.Open with any driver.
	db := sql.OpenDB(&fake{
		columns: []fakeColumn{{name: "day", typ: "DATE"}, {name: "amount", typ: "DECIMAL", precision: 10, scale: 2}, {name: "country", typ: "TEXT"}},
		rows:    [][]driver.Value{{"2026-01-02", "19.90", "de"}, {"2026-01-03", "5.00", nil}},
	})
	defer db.Close()

	src, err := tsql.NewSource(ctx, db, "SELECT day, amount, country FROM payments WHERE day >= ?", tsql.Options{Args: []any{"2026-01-01"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range src.Schema().Fields() {
		fmt.Println(f.Name, f.Type)
	}
	for b, err := range src.Batches(ctx) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(b.NumRows(), "rows, the first amount is", b.Column(1).ValueStr(0))
	}
	// Output:
	// day date32
	// amount decimal128(10,2)
	// country utf8
	// 2 rows, the first amount is 19.9
}

func ExampleNewSink() {
	ctx := context.Background()
	f := &fake{}
	db := sql.OpenDB(f)
	defer db.Close()

	type score struct {
		ID          int64   `ml:"name=id"`
		Probability float64 `ml:"name=probability"`
	}
	src, err := dataset.FromStructs([]score{{1, 0.25}, {2, 0.75}}, dataset.StructsOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	sink, err := tsql.NewSink(ctx, db, "scores", src.Schema(), tsql.WriteOptions{Dialect: tsql.PostgreSQL})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer sink.Close() // rolls back what is not committed
	rows, err := dataset.Copy(ctx, sink, src)
	fmt.Println(rows, err)
	fmt.Println(f.executed[0])
	// Output:
	// 2 <nil>
	// INSERT INTO "scores" ("id", "probability") VALUES ($1, $2), ($3, $4)
}

func ExampleOptions() {
	ctx := context.Background()
	// An expression of SQLite has no type, and its first rows are whole numbers.
	db := sql.OpenDB(&fake{columns: []fakeColumn{{name: "ratio"}}, rows: [][]driver.Value{{int64(1)}, {nil}, {0.5}}})
	defer db.Close()

	src, err := tsql.NewSource(ctx, db, "SELECT a / b AS ratio FROM t", tsql.Options{Types: map[string]dataset.Type{"ratio": dataset.Float64}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for b, err := range src.Batches(ctx) {
		fmt.Println(b.Column(0), err)
	}
	// Output: [1 (null) 0.5] <nil>
}
