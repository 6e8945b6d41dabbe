package clitest

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/csv"
	"github.com/tidewheel/tidewheel/dataset/parquet"
)

// flightsPerMonth is how many flights a file of flights has.
const flightsPerMonth = 600

// flights returns the text of january.csv, february.csv and july.csv: real flights, of the data of the quickstart.
func flights(t *testing.T) map[string]string {
	t.Helper()
	src, err := parquet.Open(filepath.Join("..", "quickstart", "data", "flights.parquet"), parquet.Options{})
	if err != nil {
		t.Fatal(err)
	}
	out := make(map[string]string)
	for name, month := range map[string]time.Month{"january.csv": time.January, "february.csv": time.February, "july.csv": time.July} {
		from, to := time.Date(2013, month, 2, 0, 0, 0, 0, time.UTC), time.Date(2013, month+1, 1, 0, 0, 0, 0, time.UTC)
		some, err := dataset.Scan(t.Context(), src, dataset.ScanOptions{Filter: []dataset.Predicate{
			{Column: "time", Operator: dataset.GreaterEqual, Value: dataset.NumberValue(float64(from.UnixMicro()))},
			{Column: "time", Operator: dataset.Less, Value: dataset.NumberValue(float64(to.UnixMicro()))},
		}})
		if err != nil {
			t.Fatal(err)
		}
		out[name] = text(t, some)
	}
	return out
}

// text returns the first rows of src as CSV.
func text(t *testing.T, src dataset.Source) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rows.csv")
	sink, err := csv.Create(path, src.Schema(), csv.WriteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = sink.Close() }()
	rows := make([]int32, 0, flightsPerMonth)
	for b, err := range src.Batches(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		for i := len(rows); i < min(flightsPerMonth, b.NumRows()); i++ {
			rows = append(rows, int32(i))
		}
		first, err := dataset.Take(nil, b, rows)
		if err != nil {
			t.Fatal(err)
		}
		defer first.Release()
		if err := sink.Write(t.Context(), first); err != nil {
			t.Fatal(err)
		}
		break
	}
	if err := sink.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	out, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}
