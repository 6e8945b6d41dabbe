package tree

import (
	"math"
	"math/rand/v2"
	"testing"
)

// planted returns rows of uniform numbers in ten columns, of which value looks at the first three.
func planted(rows int, seed uint64, value func(x []float64) float64) *table {
	r := rand.New(rand.NewPCG(seed, 0))
	t := &table{rows: rows, columns: make([]column, 10), labels: labels{value: make([]float64, rows)}}
	x := make([]float64, 10)
	for i := range rows {
		for j := range x {
			x[j] = 2*r.Float64() - 1
			t.columns[j].numeric = append(t.columns[j].numeric, x[j])
		}
		t.value[i] = value(x) + 0.1*r.NormFloat64()
	}
	return t
}

func meanSquare(t *table, scores []float64) float64 {
	sum := 0.0
	for i, s := range scores {
		sum += (s - t.value[i]) * (s - t.value[i]) / float64(t.rows)
	}
	return sum
}

// A product of two columns has no effect of either alone: that it is learnt, and the columns of noise are not, shows that splits build on each other.
func TestAPlantedInteractionIsFound(t *testing.T) {
	product := func(x []float64) float64 { return 2 * x[0] * x[1] }
	train, test := planted(4000, 1, product), planted(2000, 2, product)
	p := defaults()
	e, err := boost(t.Context(), train, nil, p)
	if err != nil {
		t.Fatal(err)
	}
	got := meanSquare(test, e.raw(test)[0])
	if variance := 4.0 / 9; got > 0.15*variance {
		t.Errorf("mean squared error %.3f of the variance, want at most 0.15", got/variance)
	}
	requireNoise(t, e, 2, 0.05)
	p.leaves = 2 // of one split each, which add up to no product
	if e, err = boost(t.Context(), train, nil, p); err != nil {
		t.Fatal(err)
	}
	if got := meanSquare(test, e.raw(test)[0]); got < 0.8*4/9 {
		t.Errorf("trees of one split: mean squared error %.3f of the variance, want at least 0.8", got/(4.0/9))
	}
}

// requireNoise wants each column from first on to have at most a share of the gain.
func requireNoise(t *testing.T, e *ensemble, first int, share float64) {
	t.Helper()
	all := 0.0
	for _, g := range e.gain {
		all += g
	}
	for j, g := range e.gain[first:] {
		if g > share*all {
			t.Errorf("column %d of noise has %.3f of the gain, want at most %.3f", first+j, g/all, share)
		}
	}
}

// A rising relation is predicted as one, between points that are further apart than noise reaches, and in the size that it has.
func TestAPlantedMonotoneRelationIsRecovered(t *testing.T) {
	rising := func(x []float64) float64 { return math.Tanh(2*x[0]) + x[1] - 0.5*x[2] }
	e, err := boost(t.Context(), planted(6000, 3, rising), nil, defaults())
	if err != nil {
		t.Fatal(err)
	}
	requireNoise(t, e, 3, 0.01)
	for j, direction := range []float64{1, 1, -1} {
		grid := &table{rows: 9, columns: make([]column, 10)}
		for k := range grid.columns {
			grid.columns[k].numeric = make([]float64, 9)
		}
		for i := range grid.rows {
			grid.columns[j].numeric[i] = -0.8 + 0.2*float64(i)
		}
		for i, s := range e.raw(grid)[0] {
			x := make([]float64, 10)
			x[j] = grid.columns[j].numeric[i]
			if want := rising(x); math.Abs(s-want) > 0.2 {
				t.Errorf("column %d at %.1f: %.3f, want about %.3f", j, x[j], s, want)
			}
			if i > 0 && direction*(s-e.raw(grid)[0][i-1]) < 0 && math.Abs(s-e.raw(grid)[0][i-1]) > 0.05 {
				t.Errorf("column %d at %.1f: the prediction turns", j, x[j])
			}
		}
	}
}

// Targets of noise alone leave nothing to find: early stopping keeps few rounds, and what is kept hardly differs from the mean.
func TestNoiseAloneTeachesNothing(t *testing.T) {
	noise := func([]float64) float64 { return 0 }
	train, valid, test := planted(2000, 4, noise), planted(1000, 5, noise), planted(1000, 6, noise)
	p := defaults()
	p.patience = 10
	e, err := boost(t.Context(), train, valid, p)
	if err != nil {
		t.Fatal(err)
	}
	if got := meanSquare(test, e.raw(test)[0]); got > 0.01*1.1 {
		t.Errorf("mean squared error %.4f, want about the variance of the noise, 0.01", got)
	}
	if len(e.trees) > 10 {
		t.Errorf("%d rounds kept, want at most 10", len(e.trees))
	}
}
