//go:build unix

package postgres_test

import (
	"database/sql"
	"os"
	"runtime"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"

	"github.com/tidewheel/tidewheel/dataset"
	tsql "github.com/tidewheel/tidewheel/dataset/sql"
	"github.com/tidewheel/tidewheel/dataset/sql/postgres"
)

// benchQuery is what examples/benchmark/peers/sql.py reads too, from the table that it makes.
const benchQuery = "SELECT id, a, s, x, y, amount, name, code, at, flag FROM bench"

// BenchmarkRead reads the table of examples/benchmark/peers/sql.py from the database that TIDEWHEEL_POSTGRES names, and keeps every batch.
func BenchmarkRead(b *testing.B) {
	measure(b, func(database string) (dataset.Source, error) {
		return postgres.Open(b.Context(), database, benchQuery, postgres.Options{})
	})
}

// BenchmarkDatabaseSQL does the same through database/sql.
func BenchmarkDatabaseSQL(b *testing.B) {
	measure(b, func(database string) (dataset.Source, error) {
		db, err := sql.Open("pgx", database)
		if err != nil {
			return nil, err
		}
		b.Cleanup(func() {
			if err := db.Close(); err != nil {
				b.Error(err)
			}
		})
		return tsql.NewSource(b.Context(), db, benchQuery, tsql.Options{})
	})
}

// measure reports the CPU of this process from connecting to the end, and its peak, resident.
func measure(b *testing.B, open func(database string) (dataset.Source, error)) {
	b.Helper()
	database := os.Getenv("TIDEWHEEL_POSTGRES")
	if database == "" {
		b.Skip("TIDEWHEEL_POSTGRES names no database")
	}
	rows, nulls := 0, 0
	before, _ := usage(b)
	for b.Loop() {
		src, err := open(database)
		if err != nil {
			b.Fatal(err)
		}
		kept, err := dataset.Cache(b.Context(), src)
		if err != nil {
			b.Fatal(err)
		}
		rows, nulls = kept.NumRows(), 0
		for batch, err := range kept.Batches(b.Context()) {
			if err != nil {
				b.Fatal(err)
			}
			for _, c := range batch.Record().Columns() {
				nulls += c.NullN()
			}
		}
		if err := kept.Close(); err != nil {
			b.Fatal(err)
		}
	}
	after, peak := usage(b)
	b.ReportMetric((after-before).Seconds()/float64(b.N), "cpu-s/op")
	b.ReportMetric(peak, "peak-MiB")
	b.ReportMetric(float64(rows), "rows")
	b.ReportMetric(float64(nulls), "nulls")
}

func usage(b *testing.B) (cpu time.Duration, peakMiB float64) {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	peakMiB = float64(u.Maxrss) / 1024
	if runtime.GOOS == "darwin" { // in bytes there
		peakMiB /= 1024
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), peakMiB
}
