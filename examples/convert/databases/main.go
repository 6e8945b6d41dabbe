// Convert is the program of examples/convert with PostgreSQL and SQLite linked in, for -sql and -query.
package main

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"strings"

	_ "modernc.org/sqlite" // the driver of files

	"github.com/tidewheel/tidewheel/dataset"
	tsql "github.com/tidewheel/tidewheel/dataset/sql"
	"github.com/tidewheel/tidewheel/dataset/sql/postgres"
	"github.com/tidewheel/tidewheel/examples/internal/cli"
	"github.com/tidewheel/tidewheel/examples/internal/convert"
)

func main() { app().Main() }

func app() cli.App { return convert.App(query) }

// query opens the rows of a query: of PostgreSQL for a URL, else of a file of SQLite, which must be there. Connections end with the process.
func query(ctx context.Context, dsn, text string) (dataset.Source, error) {
	if strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://") {
		src, err := postgres.Open(ctx, dsn, text, postgres.Options{})
		if err != nil {
			return nil, err
		}
		return src, nil
	}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Opaque: url.PathEscape(dsn), RawQuery: "mode=ro"}).String())
	if err != nil {
		return nil, err
	}
	src, err := tsql.NewSource(ctx, db, text, tsql.Options{})
	if err != nil {
		return nil, fmt.Errorf("%q: %w", dsn, err)
	}
	return src, nil
}
