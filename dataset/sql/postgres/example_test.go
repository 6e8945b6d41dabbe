package postgres_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/sql/postgres"
)

func ExampleOpen() {
	// What is wrong with the options is said before a connection is made.
	_, err := postgres.Open(context.Background(), "host=db dbname=shop", "SELECT amount, country FROM payments WHERE day >= $1", postgres.Options{
		Args:      []any{"2026-01-01"},
		Types:     map[string]dataset.Type{"amount": dataset.Float64}, // which is numeric in the table
		BatchRows: -1,
	})
	var option *dataset.OptionError
	fmt.Println(errors.As(err, &option), err)
	// Output: true postgres: open: option postgres.Options.BatchRows: want 0 or more, got -1
}

func ExampleCreate() {
	ctx := context.Background()
	copyTo := func(table string, src dataset.Source) (rows int64, err error) {
		var sink dataset.Sink
		if sink, err = postgres.Create(ctx, "host=db dbname=shop", table, src.Schema(), postgres.WriteOptions{}); err != nil {
			return 0, err
		}
		defer sink.Close() // rolls back what is not committed
		return dataset.Copy(ctx, sink, src)
	}
	type score struct {
		ID          int64   `ml:"name=id"`
		Probability float64 `ml:"name=probability"`
	}
	src, err := dataset.FromStructs([]score{{1, 0.25}, {2, 0.75}}, dataset.StructsOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = copyTo("", src)
	fmt.Println(errors.Is(err, dataset.ErrSchema), err)
	// Output: true postgres: create: schema: want the name of a table, got an empty name or one with NUL
}
