package validate_test

import (
	"math"
	"slices"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/validate"
)

// Of 100 values 60 are 0, 20 are below and 20 above: the deciles 0.3 to 0.8 are all 0, which has a bin of its own.
func TestValueAtSeveralDecilesHasItsOwnBin(t *testing.T) {
	type row struct{ X float64 }
	rows := make([]row, 100)
	for i := range 20 {
		rows[i].X, rows[99-i].X = float64(i-20), float64(20-i)
	}
	src, err := dataset.FromStructs(rows, dataset.StructsOptions{})
	must(t, err)
	c, _ := profileOf(t, src).Column("X")
	// The deciles 0.1 and 0.2 are the 10th and 20th value, 0.9 is the 90th.
	if want := []float64{-11, -1, 0, math.Nextafter(0, 1), 10}; !slices.Equal(c.Bins.Cuts, want) {
		t.Errorf("cuts %v, want %v", c.Bins.Cuts, want)
	}
	if want := []int64{9, 10, 1, 60, 9, 11}; !slices.Equal(c.Bins.Counts, want) {
		t.Errorf("counts %v, want %v", c.Bins.Counts, want)
	}
	if c.Bins.Bin(dataset.NumberValue(0)) != 3 || c.Bins.Bin(dataset.NumberValue(1e-300)) != 4 || c.Bins.Convention != validate.RefQuantile10 {
		t.Errorf("%+v", c.Bins)
	}
}
