package csv_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/dataset/csv"
)

// TestRealFiles reads the public data sets in TIDEWHEEL_DATA, whose sizes their README states.
func TestRealFiles(t *testing.T) {
	dir := os.Getenv("TIDEWHEEL_DATA")
	if dir == "" {
		t.Skip("TIDEWHEEL_DATA is not set")
	}
	for name, want := range map[string]struct {
		rows, columns int
		types         string // of the first columns
	}{
		"abalone.csv":            {4177, 9, "utf8 float64 float64"},
		"adult-test.csv":         {16281, 15, "int64 utf8 int64"},
		"adult-train.csv":        {32561, 15, "int64 utf8 int64"},
		"bike-sharing.csv":       {17379, 15, "int64 utf8 int64"},
		"california-housing.csv": {20640, 10, "float64 float64 float64 float64 float64"},
		"compas.csv":             {7214, 13, "int64 utf8 utf8"},
		"diamond.csv":            {6000, 8, "float64 utf8"},
		"electricity.csv":        {45312, 7, "float64 float64"},
		"german-credit.csv":      {1000, 21, "utf8 int64"},
		"mammography.csv":        {11183, 7, "float64 float64 float64 float64 float64 float64 int64"},
		"satellite.csv":          {6435, 37, "int64"},
		"telescope.csv":          {19020, 11, "float64"},
		"titanic.csv":            {891, 12, "int64 int64 int64 utf8 utf8 float64 int64 int64 utf8 float64 utf8 utf8"},
	} {
		src, err := csv.Open(filepath.Join(dir, name), csv.Options{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		rows := 0
		for b, err := range src.Batches(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			rows += b.NumRows()
		}
		var types []string
		for _, f := range src.Schema().Fields() {
			types = append(types, string(f.Type))
		}
		if rows != want.rows || len(types) != want.columns || !strings.HasPrefix(strings.Join(types, " "), want.types) {
			t.Errorf("%s: %d rows of %d columns %v", name, rows, len(types), types)
		}
	}
}
