package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/tidewheel/tidewheel/examples/internal/cli/clitest"
)

// The public data sets in TIDEWHEEL_DATA as they are, whose sizes their README states.
func TestPublicFiles(t *testing.T) {
	dir := os.Getenv("TIDEWHEEL_DATA")
	if dir == "" {
		t.Skip("TIDEWHEEL_DATA is not set")
	}
	sizes := map[string][2]int{
		"abalone.csv": {4177, 9}, "adult-test.csv": {16281, 15}, "adult-train.csv": {32561, 15}, "bike-sharing.csv": {17379, 15}, "california-housing.csv": {20640, 10},
		"compas.csv": {7214, 13}, "diamond.csv": {6000, 8}, "electricity.csv": {45312, 7}, "german-credit.csv": {1000, 21}, "mammography.csv": {11183, 7},
		"satellite.csv": {6435, 37}, "telescope.csv": {19020, 11}, "titanic.csv": {891, 12},
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.csv"))
	if err != nil || len(files) < len(sizes) {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		r := clitest.JSON(t, app(), 0, "-data", file)
		columns, _ := r["columns"].([]any)
		want, stated := sizes[filepath.Base(file)]
		if rows, _ := r["rows"].(float64); rows == 0 || len(columns) == 0 || stated && (int(rows) != want[0] || len(columns) != want[1]) {
			t.Errorf("%s: %v rows, %d columns, want %v", filepath.Base(file), rows, len(columns), want)
		}
	}
}
