package validate_test

import (
	"math"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/validate"
)

func correlate(t *testing.T, src dataset.Source, workers int) validate.Correlations {
	t.Helper()
	c, err := dataset.Run(t.Context(), src, func() *validate.Correlator { return validate.NewCorrelator(src.Schema()) }, dataset.RunOptions{Workers: workers})
	must(t, err)
	return c.Correlations()
}

// By hand: of 1 2 3 and 2 4 7 the sums of deviations are 2, 38/3 and 5, so that r = 5/√(2·38/3); a row in which one is missing or infinite does not count.
func TestCorrelationsByHand(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	got := correlate(t, tableOf(t,
		column{dataset.Field{Name: "a", Type: dataset.Float64}, []float64{1, 2, 3, nan, 9}},
		column{dataset.Field{Name: "s", Type: dataset.Utf8}, []string{"x", "y", "z", "x", "y"}},
		column{dataset.Field{Name: "b", Type: dataset.Float64}, []float64{2, 4, 7, 100, inf}},
		column{dataset.Field{Name: "k", Type: dataset.Int64}, []int64{5, 5, 5, 5, 5}},
		column{dataset.Field{Name: "p", Type: dataset.Int64, Personal: true}, []int64{1, 2, 3, 4, 5}},
	), 1)
	if len(got.Columns) != 3 || got.Columns[0] != "a" || got.Columns[1] != "b" || got.Columns[2] != "k" {
		t.Fatalf("columns %v", got.Columns)
	}
	want := 5 / math.Sqrt(2*38.0/3)
	if r := got.Values[0][1]; math.Abs(r-want) > 1e-15 || r != got.Values[1][0] || got.Values[0][0] != 1 {
		t.Errorf("want %v, got %v", want, got.Values)
	}
	if !math.IsNaN(got.Values[2][0]) || !math.IsNaN(got.Values[2][2]) {
		t.Errorf("a constant: %v", got.Values[2])
	}
}

// Many chunks give the same bits for any number of workers, and the coefficient of the whole: x and x+offset correlate by 1, whatever the offset; x and -x by -1.
func TestCorrelationsOfManyChunks(t *testing.T) {
	n := 3*dataset.ChunkRows + 17
	x, far, back := make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range x {
		x[i] = float64(i * 7919 % 10007)
		far[i], back[i] = x[i]+1e9, -x[i]
	}
	src := tableOf(t, column{dataset.Field{Name: "x", Type: dataset.Float64}, x}, column{dataset.Field{Name: "far", Type: dataset.Float64}, far},
		column{dataset.Field{Name: "back", Type: dataset.Float64}, back})
	one := correlate(t, src, 1)
	if math.Abs(one.Values[0][1]-1) > 1e-12 || math.Abs(one.Values[0][2]+1) > 1e-12 {
		t.Errorf("got %v", one.Values)
	}
	for i := range back {
		back[i] = 0.1
	}
	if r := correlate(t, tableOf(t, column{dataset.Field{Name: "k", Type: dataset.Float64}, back}, column{dataset.Field{Name: "x", Type: dataset.Float64}, x}), 1); !math.IsNaN(r.Values[0][1]) {
		t.Errorf("a constant: %v", r.Values)
	}
	if one.Values[0][0] != 1 || one.Values[1][1] != 1 {
		t.Errorf("with itself: %v", one.Values)
	}
	two := correlate(t, src, 2)
	for i := range one.Values {
		for j, r := range one.Values[i] {
			if r != two.Values[i][j] {
				t.Errorf("%d, %d: %v and %v", i, j, r, two.Values[i][j])
			}
		}
	}
	other := validate.NewCorrelator(tableOf(t, column{dataset.Field{Name: "y", Type: dataset.Int64}, []int64{1}}).Schema())
	if err := validate.NewCorrelator(src.Schema()).Merge(other); err == nil {
		t.Error("another schema merged")
	}
}
