package validate_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/validate"
)

// Of a column with many numbers those that are surely frequent are listed, with counts within the stated error, and the sealed form keeps them.
func TestFrequentNumbersAreListed(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	cells := make([]float64, 200_000)
	truth := map[float64]int64{}
	for i := range cells {
		switch i % 10 {
		case 0, 1, 2, 3:
		case 4:
			cells[i] = 7.5
		default:
			cells[i] = rng.NormFloat64()
		}
		truth[cells[i]]++
	}
	src := tableOf(t, column{dataset.Field{Name: "x", Type: dataset.Float64}, cells}, column{dataset.Field{Name: "y", Type: dataset.Float64}, repeat(200_000, fewNumbers()...)})
	p := profileOf(t, src)
	x, _ := p.Column("x")
	if len(x.Top) != 2 || x.TopError == 0 || x.TopError > 2*200_000/1025 {
		t.Fatalf("%v, error %d", x.Top, x.TopError)
	}
	rest := x.Number.Count
	for _, v := range x.Top {
		if n := truth[v.Value.Number]; v.Count > n || n-v.Count > x.TopError {
			t.Errorf("%g: %d of %d, error %d", v.Value.Number, v.Count, n, x.TopError)
		}
		rest -= v.Count
	}
	if x.Other != rest {
		t.Errorf("other %d, want %d", x.Other, rest)
	}
	if y, _ := p.Column("y"); len(y.Top) != 20 || y.TopError != 0 || y.Other != 100_000 || y.Top[0].Count != 5000 || y.Top[0].Value.Number != 0 {
		t.Errorf("%v, error %d, other %d", y.Top, y.TopError, y.Other)
	}
	text, err := p.MarshalJSON()
	must(t, err)
	q, err := validate.ParseProfile(text)
	must(t, err)
	if got, _ := q.Column("x"); !slices.Equal(got.Top, x.Top) || got.Other != x.Other || got.TopError != x.TopError {
		t.Errorf("read back %v", got.Top)
	}
}

// fewNumbers returns 40 different numbers.
func fewNumbers() []float64 {
	out := make([]float64, 40)
	for i := range out {
		out[i] = float64(i)
	}
	return out
}
