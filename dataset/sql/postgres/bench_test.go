//go:build unix

package postgres_test

import (
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/sql/postgres"
)

// benchQuery is what examples/benchmark/peers/sql.py reads too, from the table that it makes.
const benchQuery = "SELECT id, a, s, x, y, amount, name, code, at, flag FROM bench"

// BenchmarkRead reads the table of examples/benchmark/peers/sql.py from the database that TIDEWHEEL_POSTGRES names, and keeps every batch. CPU is that of this process,
// from connecting to the end.
func BenchmarkRead(b *testing.B) {
	database := os.Getenv("TIDEWHEEL_POSTGRES")
	if database == "" {
		b.Skip("TIDEWHEEL_POSTGRES names no database")
	}
	var rows int
	before := cpu(b)
	for b.Loop() {
		src, err := postgres.Open(b.Context(), database, benchQuery, postgres.Options{})
		if err != nil {
			b.Fatal(err)
		}
		kept, err := dataset.Cache(b.Context(), src)
		if err != nil {
			b.Fatal(err)
		}
		rows = kept.NumRows()
		if err := kept.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric((cpu(b)-before).Seconds()/float64(b.N), "cpu-s/op")
	b.ReportMetric(float64(rows), "rows")
}

func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
